"""Operations on values alone, as LLVM instructions.

Strict IEEE 754: no fast-math flag is ever set, and nothing is contracted but what the program says.
``{T}`` stands for the type of the arguments, ``{R}`` for that of the result.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from headwater.compiler.program import SIGNATURES, Op, Type
from headwater.compiler.targets.llvm.text import Function, literal_text
from headwater.errors import CompileError

INSTRUCTIONS = {
    Op.ADD: "fadd {T} {0}, {1}",
    Op.SUB: "fsub {T} {0}, {1}",
    Op.MUL: "fmul {T} {0}, {1}",
    Op.DIV: "fdiv {T} {0}, {1}",
    Op.NEG: "fneg {T} {0}",
    Op.LT: "fcmp olt {T} {0}, {1}",
    Op.LE: "fcmp ole {T} {0}, {1}",
    Op.EQ: "fcmp oeq {T} {0}, {1}",
    Op.NE: "fcmp une {T} {0}, {1}",
    Op.ILT: "icmp slt {T} {0}, {1}",
    Op.ILE: "icmp sle {T} {0}, {1}",
    Op.IEQ: "icmp eq {T} {0}, {1}",
    Op.AND: "and {T} {0}, {1}",
    Op.OR: "or {T} {0}, {1}",
    Op.NOT: "xor {T} {0}, {ones}",
    Op.IADD: "add {T} {0}, {1}",
    Op.ISUB: "sub {T} {0}, {1}",
    Op.IMUL: "mul {T} {0}, {1}",
    Op.IAND: "and {T} {0}, {1}",
    Op.IOR: "or {T} {0}, {1}",
    Op.IXOR: "xor {T} {0}, {1}",
    Op.TO_FLOAT: "sitofp {T} {0} to {R}",
    Op.BITS: "bitcast {T} {0} to {R}",
    Op.FROM_BITS: "bitcast {T} {0} to {R}",
}

INTRINSICS = {
    Op.FMA: "fma",
    Op.ABS: "fabs",
    Op.SQRT: "sqrt",
    Op.FLOOR: "floor",
    Op.CEIL: "ceil",
    Op.TRUNC: "trunc",
    Op.RINT: "rint",
    Op.COPYSIGN: "copysign",
}

SHIFTS = {Op.SHL: "shl", Op.SHR: "lshr", Op.SAR: "ashr"}

Literal = float | int | bool | None


@dataclass(frozen=True, slots=True)
class Operand:
    """An argument as text, and its value where it is a literal."""

    text: str
    literal: Literal = None


def operate(function: Function, op: Op, arguments: Sequence[Operand], uniform: bool) -> str:
    """Write the instructions of an operation on values; return the name of the result."""
    shape = function.shape
    signature = SIGNATURES[op]
    kind = signature.arguments[0]
    texts = [a.text for a in arguments]
    operand = shape.type(kind, uniform)
    if op in INSTRUCTIONS:
        result = shape.type(signature.result, uniform)
        ones = "true" if uniform else shape.splat(Type.BOOL, True)
        return function.value(INSTRUCTIONS[op].format(*texts, T=operand, R=result, ones=ones))
    if op in INTRINSICS:
        name = f"llvm.{INTRINSICS[op]}.{shape.suffix(kind, uniform)}"
        return function.call(name, operand, *((operand, t) for t in texts))
    return _SPECIAL[op](_Writer(function, uniform), *arguments)


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes operations that take several instructions."""

    function: Function
    uniform: bool

    def type(self, kind: Type) -> str:
        return self.function.shape.type(kind, self.uniform)

    def literal(self, kind: Type, value: float | int | bool) -> str:
        if self.uniform:
            return literal_text(value)
        return self.function.shape.splat(kind, value)

    def compare(self, test: str, kind: Type, a: str, b: str) -> str:
        return self.function.value(f"{test} {self.type(kind)} {a}, {b}")

    def binary(self, name: str, kind: Type, a: str, b: str) -> str:
        return self.function.value(f"{name} {self.type(kind)} {a}, {b}")

    def select(self, kind: Type, condition: str, yes: str, no: str) -> str:
        t, c = self.type(kind), self.type(Type.BOOL)
        return self.function.value(f"select {c} {condition}, {t} {yes}, {t} {no}")

    def cast(self, name: str, start: Type, value: str, end: Type) -> str:
        return self.function.value(f"{name} {self.type(start)} {value} to {self.type(end)}")


def _extreme(test: str, pick: str) -> Callable[[_Writer, Operand, Operand], str]:
    """Return the writer of MIN (``olt``) or MAX (``ogt``).

    ``pick`` merges the bits of equal operands: -0 is less than +0, other equal numbers have the
    same bits. A literal that is neither zero nor NaN needs one instruction of most processors.
    """

    def write(w: _Writer, a: Operand, b: Operand) -> str:
        if _plain(a, test):
            a, b = b, a
        nearer = w.compare(f"fcmp {test}", Type.F64, a.text, b.text)
        nearest = w.select(Type.F64, nearer, a.text, b.text)
        if _plain(b, test):
            return nearest
        bits = [w.cast("bitcast", Type.F64, v.text, Type.I64) for v in (a, b)]
        merged = w.cast("bitcast", Type.I64, w.binary(pick, Type.I64, *bits), Type.F64)
        equal = w.compare("fcmp oeq", Type.F64, a.text, b.text)
        ordered = w.select(Type.F64, equal, merged, nearest)
        absent = w.compare("fcmp uno", Type.F64, b.text, b.text)
        return w.select(Type.F64, absent, a.text, ordered)

    return write


def _plain(v: Operand, test: str) -> bool:
    """Tell whether ``v`` is a literal with which ``select(x test v, x, v)`` is right for every x.

    It is when ``v`` is a number other than zero, and for the maximum with +0 and the minimum with
    -0, because what is selected of two zeros is then ``v``.
    """
    if not isinstance(v.literal, float) or math.isnan(v.literal):
        return False
    return v.literal != 0.0 or (math.copysign(1.0, v.literal) > 0) == (test == "ogt")


def _to_integer(w: _Writer, x: Operand) -> str:
    shape, uniform = w.function.shape, w.uniform
    suffix = f"{shape.suffix(Type.I64, uniform)}.{shape.suffix(Type.F64, uniform)}"
    return w.function.call(
        f"llvm.fptosi.sat.{suffix}", w.type(Type.I64), (w.type(Type.F64), x.text)
    )


def _divisor(d: Operand) -> int:
    if not isinstance(d.literal, int) or d.literal < 1:
        raise CompileError("a divisor of whole numbers is not a positive literal")
    return d.literal


def _floor_divide(w: _Writer, a: Operand, d: Operand) -> str:
    divisor = _divisor(d)
    if divisor & (divisor - 1) == 0:
        shift = w.literal(Type.I64, divisor.bit_length() - 1)
        return w.binary("ashr", Type.I64, a.text, shift)
    quotient = w.binary("sdiv", Type.I64, a.text, d.text)
    product = w.binary("mul", Type.I64, quotient, d.text)
    above = w.compare("icmp slt", Type.I64, a.text, product)
    lower = w.binary("sub", Type.I64, quotient, w.literal(Type.I64, 1))
    return w.select(Type.I64, above, lower, quotient)


def _floor_modulo(w: _Writer, a: Operand, d: Operand) -> str:
    divisor = _divisor(d)
    if divisor & (divisor - 1) == 0:
        return w.binary("and", Type.I64, a.text, w.literal(Type.I64, divisor - 1))
    rest = w.binary("srem", Type.I64, a.text, d.text)
    negative = w.compare("icmp slt", Type.I64, rest, w.literal(Type.I64, 0))
    return w.select(Type.I64, negative, w.binary("add", Type.I64, rest, d.text), rest)


def _shift(name: str) -> Callable[[_Writer, Operand, Operand], str]:
    def write(w: _Writer, a: Operand, count: Operand) -> str:
        if isinstance(count.literal, int):
            bits = w.literal(Type.I64, count.literal & 63)
        else:
            bits = w.binary("and", Type.I64, count.text, w.literal(Type.I64, 63))
        return w.binary(name, Type.I64, a.text, bits)

    return write


_SPECIAL: dict[Op, Callable[..., str]] = {
    Op.MIN: _extreme("olt", "or"),
    Op.MAX: _extreme("ogt", "and"),
    Op.TO_INTEGER: _to_integer,
    Op.IDIV: _floor_divide,
    Op.IMOD: _floor_modulo,
    **{op: _shift(name) for op, name in SHIFTS.items()},
}

VALUE_OPERATIONS = frozenset({*INSTRUCTIONS, *INTRINSICS, *_SPECIAL})
"""The operations that :func:`operate` writes."""
