"""A machine that carries out PTX one thread at a time, slowly and by the book.

Source: NVIDIA, *Parallel Thread Execution ISA*, the instruction set's sections on integer,
comparison, floating-point, data movement and control flow instructions. It knows what a code
generator makes of a program and stops at anything else.
"""

from __future__ import annotations

import math
import operator
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

MASK = 2**64 - 1
GLOBAL_BASE, LOCAL_BASE = 1 << 20, 1 << 44
LOCAL_STRIDE = 1 << 24
SIZES = {"b8": 1, "u8": 1, "s8": 1, "b16": 2, "u16": 2, "b32": 4, "u32": 4, "s32": 4}
SIZES |= {"b64": 8, "u64": 8, "s64": 8, "f64": 8}


class UnknownInstruction(Exception):
    """The code has something that this machine has not learnt."""


def to_float(bits: int) -> float:
    return struct.unpack("<d", struct.pack("<Q", bits))[0]


def to_bits(value: float) -> int:
    return struct.unpack("<Q", struct.pack("<d", value))[0]


def signed(bits: int, width: int = 64) -> int:
    bits &= (1 << width) - 1
    return bits - (1 << width) if bits >> (width - 1) else bits


def fused(a: float, b: float, c: float) -> float:
    if not (math.isfinite(a) and math.isfinite(b) and math.isfinite(c)):
        with np.errstate(all="ignore"):
            return float(np.float64(a) * np.float64(b) + np.float64(c))
    exact = Fraction(a) * Fraction(b) + Fraction(c)
    if exact == 0:
        return a * b + c if c == 0.0 and a * b == 0.0 else 0.0
    try:
        return exact.numerator / exact.denominator
    except OverflowError:
        return math.inf if exact > 0 else -math.inf


def _numpy(function: Callable[..., Any]) -> Callable[..., float]:
    def compute(*values: float) -> float:
        with np.errstate(all="ignore"):
            return float(function(*map(np.float64, values)))

    return compute


def _extreme(a: float, b: float, smaller: bool) -> float:
    if math.isnan(a) or math.isnan(b):
        return b if math.isnan(a) else a
    if a == b:
        negative = a if math.copysign(1, a) < 0 else b
        positive = b if math.copysign(1, a) < 0 else a
        return negative if smaller else positive
    return min(a, b) if smaller else max(a, b)


FLOAT_OPERATIONS: dict[str, Callable[..., float]] = {
    "add.rn.f64": _numpy(operator.add),
    "sub.rn.f64": _numpy(operator.sub),
    "mul.rn.f64": _numpy(operator.mul),
    "div.rn.f64": _numpy(operator.truediv),
    "rcp.rn.f64": _numpy(lambda x: np.float64(1.0) / x),
    "fma.rn.f64": fused,
    "sqrt.rn.f64": _numpy(np.sqrt),
    "abs.f64": _numpy(np.fabs),
    "min.f64": lambda a, b: _extreme(a, b, smaller=True),
    "max.f64": lambda a, b: _extreme(a, b, smaller=False),
    "copysign.f64": lambda a, b: math.copysign(b, a),
    "cvt.rni.f64.f64": _numpy(np.rint),
    "cvt.rmi.f64.f64": _numpy(np.floor),
    "cvt.rpi.f64.f64": _numpy(np.ceil),
    "cvt.rzi.f64.f64": _numpy(np.trunc),
}


def _divide(a: int, b: int) -> int:
    quotient = abs(signed(a)) // abs(signed(b))
    return quotient if (signed(a) < 0) == (signed(b) < 0) else -quotient


def _to_whole(bits: int) -> int:
    value = to_float(bits)
    if math.isnan(value):
        return 1 << 63
    return max(-(2**63), min(2**63 - 1, int(max(-1e19, min(1e19, value)))))


WHOLE_OPERATIONS: dict[str, Callable[..., int]] = {
    "neg.f64": lambda a: a ^ (1 << 63),
    "add.s64": operator.add,
    "add.u64": operator.add,
    "add.s32": operator.add,
    "sub.s64": operator.sub,
    "sub.s32": operator.sub,
    "mul.lo.s64": operator.mul,
    "mul.lo.s32": operator.mul,
    "mad.lo.s64": lambda a, b, c: a * b + c,
    "mul.wide.u32": lambda a, b: (a & 0xFFFFFFFF) * (b & 0xFFFFFFFF),
    "mul.wide.s32": lambda a, b: signed(a, 32) * signed(b, 32),
    "mul.hi.s64": lambda a, b: (signed(a) * signed(b)) >> 64,
    "mul.hi.u64": lambda a, b: (a * b) >> 64,
    "div.s64": _divide,
    "rem.s64": lambda a, b: signed(a) - _divide(a, b) * signed(b),
    "neg.s64": operator.neg,
    "min.s64": lambda a, b: min(signed(a), signed(b)),
    "max.s64": lambda a, b: max(signed(a), signed(b)),
    "min.u64": min,
    "max.u64": max,
    "and.b64": operator.and_,
    "or.b64": operator.or_,
    "xor.b64": operator.xor,
    "not.b64": operator.invert,
    "and.b32": operator.and_,
    "or.b32": operator.or_,
    "shl.b64": lambda a, n: a << n if n < 64 else 0,
    "shr.u64": lambda a, n: a >> n if n < 64 else 0,
    "shr.s64": lambda a, n: signed(a) >> min(n, 63),
    "bfe.u64": lambda a, start, length: (a >> start) & ((1 << length) - 1) if length else 0,
    "bfe.s64": lambda a, start, length: signed(a >> start, length) if length else 0,
    "shr.u32": lambda a, n: a >> n if n < 32 else 0,
    "shr.s32": lambda a, n: signed(a, 32) >> min(n, 31),
    "min.s32": lambda a, b: min(signed(a, 32), signed(b, 32)),
    "max.s32": lambda a, b: max(signed(a, 32), signed(b, 32)),
    "xor.b32": operator.xor,
    "shl.b32": lambda a, n: a << n if n < 32 else 0,
    "cvt.u64.u32": lambda a: a & 0xFFFFFFFF,
    "cvt.s64.s32": lambda a: signed(a, 32),
    "cvt.u32.u64": lambda a: a & 0xFFFFFFFF,
    "cvt.rn.f64.s64": lambda a: to_bits(float(signed(a))),
    "cvt.rn.f64.u64": lambda a: to_bits(float(a)),
    "cvt.rn.f64.s32": lambda a: to_bits(float(signed(a, 32))),
    "cvt.rn.f64.u32": lambda a: to_bits(float(a & 0xFFFFFFFF)),
    "cvt.rzi.s64.f64": _to_whole,
    "and.pred": operator.and_,
    "or.pred": operator.or_,
    "xor.pred": operator.xor,
    "not.pred": lambda a: not a,
}

COMPARISONS = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "lo": operator.lt,
    "ls": operator.le,
    "hi": operator.gt,
    "hs": operator.ge,
}


def _compare_floats(word: str, a: float, b: float) -> bool:
    unordered = math.isnan(a) or math.isnan(b)
    if word in ("num", "nan"):
        return unordered == (word == "nan")
    if word.endswith("u") and word[:-1] in COMPARISONS:
        return unordered or COMPARISONS[word[:-1]](a, b)
    return not unordered and COMPARISONS[word](a, b)


@dataclass(slots=True)
class Instruction:
    """One line of code: an opcode with its operands, perhaps under a predicate."""

    opcode: str
    operands: list[str]
    predicate: str = ""
    negated: bool = False


@dataclass(slots=True)
class Body:
    """A function: what it takes and returns, its code, and where its labels stand."""

    name: str
    parameters: list[str]
    result: str
    code: list[Instruction] = field(default_factory=list)
    labels: dict[str, int] = field(default_factory=dict)
    depot: str = ""
    depot_size: int = 0


class Machine:
    """A module loaded, with its memory."""

    def __init__(self, text: str) -> None:
        self.memory = bytearray()
        self.symbols: dict[str, int] = {}
        self.functions: dict[str, Body] = {}
        self.locals: dict[int, bytearray] = {}
        self.opcodes: set[str] = set()
        text = re.sub(r"//[^\n]*", "", text)
        for match in re.finditer(
            r"\.global[^;]*?\.(b8|b64|u64) (\w[\w$]*)\[(\d+)\] = \{([^}]*)\}", text
        ):
            size = SIZES[match[1]]
            values = [int(v, 0) for v in match[4].split(",")]
            content = b"".join((v & (2 ** (8 * size) - 1)).to_bytes(size, "little") for v in values)
            content += bytes(size * (int(match[3]) - len(values)))
            self.symbols[match[2]] = self.store(content)
        header = r"(?:\.func|\.entry)\s*(?:\(([^)]*)\))?\s*([\w$]+)\s*\(([^)]*)\)[^{;]*\{"
        for match in re.finditer(header, text):
            self._function(text, match)

    def store(self, content: bytes) -> int:
        """Put bytes into global memory and return their address."""
        self.memory += bytes(-len(self.memory) % 64)
        address = GLOBAL_BASE + len(self.memory)
        self.memory += content
        return address

    def read(self, address: int, size: int) -> bytes:
        """Return bytes of global memory."""
        where, start = self._place(address)
        assert start >= 0 and start + size <= len(where), "an address outside of memory"
        return bytes(where[start : start + size])

    def write(self, address: int, content: bytes) -> None:
        """Set bytes of global memory."""
        where, start = self._place(address)
        where[start : start + len(content)] = content

    def _place(self, address: int) -> tuple[bytearray, int]:
        if address >= LOCAL_BASE:
            level, offset = divmod(address - LOCAL_BASE, LOCAL_STRIDE)
            return self.locals[level], offset
        return self.memory, address - GLOBAL_BASE

    def _function(self, text: str, match: re.Match[str]) -> None:
        depth, stop = 1, match.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(text[stop], 0)
            stop += 1
        names = re.findall(r"([\w$]+)(?:\[\d+\])?\s*(?:,|$)", match[3].strip())
        result = re.search(r"([\w$]+)(?:\[\d+\])?\s*$", (match[1] or "").strip())
        body = Body(match[2], names, result[1] if result else "")
        self.functions[body.name] = body
        source = text[match.end() : stop - 1]
        source = re.sub(r"\{(?=\s*\n)|^\s*\}\s*$", "", source, flags=re.MULTILINE)
        source = re.sub(r"^(\s*[$\w]+):", r"\1:;", source, flags=re.MULTILINE)
        for line in source.split(";"):
            self._line(body, line.strip())

    def _line(self, body: Body, line: str) -> None:
        if not line or line.startswith((".reg", ".param", ".loc ", ".pragma")):
            return
        if line.startswith(".local"):
            found = re.search(r"\.b8\s+([\w$]+)\[(\d+)\]", line)
            assert found
            body.depot, body.depot_size = found[1], int(found[2])
            return
        if line.endswith(":"):
            body.labels[line[:-1].strip()] = len(body.code)
            return
        found = re.fullmatch(r"(?:@(!?)(%\w+)\s+)?([\w.]+)\s*(.*)", line, re.DOTALL)
        if not found:
            raise UnknownInstruction(line)
        pieces = re.findall(r"\{[^}]*\}|\([^)]*\)|\[[^\]]*\]|[^,\s]+", found[4])
        self.opcodes.add(found[3])
        body.code.append(Instruction(found[3], pieces, found[2] or "", bool(found[1])))

    def run(self, name: str, arguments: list[int], thread: int = 0) -> None:
        """Carry out an entry for one thread of the first block."""
        body = self.functions[name]
        given = {
            p: a.to_bytes(8, "little", signed=a < 0)
            for p, a in zip(body.parameters, arguments, strict=True)
        }
        _Thread(self, thread).call(body, given, 0)


class _Thread:
    def __init__(self, machine: Machine, number: int) -> None:
        self.machine = machine
        self.special = {"%tid.x": number, "%ctaid.x": 0, "%ntid.x": 1024}

    def call(self, body: Body, parameters: dict[str, bytes], level: int) -> bytes:
        """Carry out a function; return the bytes of its result."""
        frame = _Frame(self, body, dict(parameters), level)
        self.machine.locals[level] = bytearray(body.depot_size)
        return frame.run()


class _Frame:
    def __init__(
        self, thread: _Thread, body: Body, parameters: dict[str, bytes], level: int
    ) -> None:
        self.thread, self.body, self.level = thread, body, level
        self.machine = thread.machine
        self.parameters = parameters
        self.registers: dict[str, Any] = {}

    def run(self) -> bytes:
        place, code = 0, self.body.code
        while place < len(code):
            line = code[place]
            place += 1
            if line.predicate and bool(self.registers[line.predicate]) == line.negated:
                continue
            if line.opcode in ("bra", "bra.uni"):
                place = self.body.labels[line.operands[0]]
            elif line.opcode == "ret":
                break
            else:
                self._execute(line)
        return self.parameters.get(self.body.result, b"")

    def _value(self, text: str) -> Any:
        if text in self.registers:
            return self.registers[text]
        if text in self.thread.special:
            return self.thread.special[text]
        if text.startswith("0d"):
            return int(text[2:], 16)
        if text == self.body.depot:
            return LOCAL_BASE + self.level * LOCAL_STRIDE
        if text in self.machine.symbols:
            return self.machine.symbols[text]
        return int(text, 0)

    def _execute(self, line: Instruction) -> None:
        opcode, operands = line.opcode, line.operands
        family = opcode.split(".")[0]
        if opcode in FLOAT_OPERATIONS:
            values = [to_float(self._value(o) & MASK) for o in operands[1:]]
            self.registers[operands[0]] = to_bits(FLOAT_OPERATIONS[opcode](*values))
        elif opcode in WHOLE_OPERATIONS:
            values = [self._value(o) for o in operands[1:]]
            self._whole(opcode, operands[0], values)
        elif family == "setp":
            self._compare(opcode, operands)
        elif family == "selp":
            chosen = operands[1] if self._value(operands[3]) else operands[2]
            self.registers[operands[0]] = self._value(chosen)
        elif family == "mov" or family == "cvta":
            self.registers[operands[0]] = self._value(operands[1])
        elif family in ("ld", "st"):
            self._move(opcode, operands, load=family == "ld")
        elif family == "call":
            self._call(operands)
        else:
            raise UnknownInstruction(opcode)

    def _whole(self, opcode: str, target: str, values: list[Any]) -> None:
        if opcode.endswith("pred"):
            self.registers[target] = bool(WHOLE_OPERATIONS[opcode](*map(bool, values)))
            return
        width = (
            32
            if opcode.endswith(("s32", "u32", "b32"))
            and "cvt" not in opcode
            and "wide" not in opcode
            else 64
        )
        mask = (1 << width) - 1
        self.registers[target] = WHOLE_OPERATIONS[opcode](*(v & mask for v in values)) & mask

    def _compare(self, opcode: str, operands: list[str]) -> None:
        word, kind = opcode.split(".")[1], opcode.rsplit(".", maxsplit=1)[-1]
        a, b = (self._value(o) for o in operands[1:3])
        if kind == "f64":
            found = _compare_floats(word, to_float(a & MASK), to_float(b & MASK))
        else:
            width = 8 * SIZES[kind]
            convert = signed if kind.startswith("s") else lambda v, w: v & ((1 << w) - 1)
            found = COMPARISONS[word](convert(a, width), convert(b, width))
        self.registers[operands[0]] = found

    def _move(self, opcode: str, operands: list[str], load: bool) -> None:
        words = opcode.split(".")
        size = SIZES[words[-1]]
        address, values = (operands[1], operands[0]) if load else (operands[0], operands[1])
        names = [n.strip() for n in values.strip("{}").split(",")]
        base, _, offset = address.strip("[]").partition("+")
        if "param" in words:
            self._move_parameter(base, int(offset or 0), size, names, load)
            return
        where, start = self.machine._place((self._value(base) + int(offset or 0)) & MASK)
        assert start >= 0 and start + size * len(names) <= len(where), (
            "an address outside of memory"
        )
        for k, name in enumerate(names):
            part = slice(start + k * size, start + (k + 1) * size)
            if load:
                self.registers[name] = int.from_bytes(where[part], "little")
            else:
                where[part] = (self._value(name) & ((1 << 8 * size) - 1)).to_bytes(size, "little")

    def _move_parameter(
        self, base: str, offset: int, size: int, names: list[str], load: bool
    ) -> None:
        assert len(names) == 1
        if load:
            content = self.parameters[base][offset : offset + size]
            self.registers[names[0]] = int.from_bytes(content, "little")
            return
        assert offset == 0
        self.parameters[base] = (self._value(names[0]) & MASK).to_bytes(8, "little")

    def _call(self, operands: list[str]) -> None:
        *results, name, given = operands if len(operands) == 3 else [*operands, ""]
        body = self.machine.functions[name]
        names = [n.strip() for n in given.strip("()").split(",") if n.strip()]
        parameters = {p: self.parameters[n] for p, n in zip(body.parameters, names, strict=True)}
        result = self.thread.call(body, parameters, self.level + 1)
        if results:
            self.parameters[results[0].strip("()")] = result
