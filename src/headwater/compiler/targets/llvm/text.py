"""LLVM's textual form: types, literals, a function under construction and the module around it.

Text is made directly: it is read back by LLVM once, and a hundred thousand instructions take a
fraction of the time that a tree of objects would.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from headwater.compiler.program import Type
from headwater.compiler.targets.llvm.processor import Processor

_SCALARS = {Type.F64: "double", Type.I64: "i64", Type.BOOL: "i1", Type.NONE: "void"}
_SUFFIXES = {Type.F64: "f64", Type.I64: "i64", Type.BOOL: "i1"}


def float_text(value: float) -> str:
    """Return a float literal, exact to the bit."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


def literal_text(value: float | int | bool) -> str:
    """Return a literal of the type that the value has in Python."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else float_text(value)


LONGEST_BLOCK = 400
"""Lines of a basic block: LLVM's work on one grows faster than its length."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Names of types at a number of lanes."""

    lanes: int

    def type(self, kind: Type, uniform: bool = False) -> str:
        """Return LLVM's type of a value."""
        return _SCALARS[kind] if uniform else f"<{self.lanes} x {_SCALARS[kind]}>"

    def suffix(self, kind: Type, uniform: bool = False) -> str:
        """Return the type as the name of an intrinsic has it."""
        return _SUFFIXES[kind] if uniform else f"v{self.lanes}{_SUFFIXES[kind]}"

    def splat(self, kind: Type, value: float | int | bool) -> str:
        """Return a literal vector with ``value`` in all lanes."""
        return f"splat ({_SCALARS[kind]} {literal_text(value)})"

    def pointers(self) -> str:
        """Return the type of one address per lane."""
        return f"<{self.lanes} x ptr>"

    def numbers(self) -> str:
        """Return the literal vector 0, 1, 2 ... of lane numbers."""
        return "<" + ", ".join(f"i64 {k}" for k in range(self.lanes)) + ">"


@dataclass(slots=True)
class Module:
    """Everything that goes into one object file.

    Without a ``processor`` it keeps to instructions that all have.
    """

    shape: Shape
    processor: Processor | None = None
    declarations: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    functions: dict[str, str] = field(default_factory=dict)

    def declare(self, name: str, result: str, arguments: Sequence[str]) -> str:
        """Declare an intrinsic function and return its name as a call has it."""
        self.declarations.setdefault(name, f"declare {result} @{name}({', '.join(arguments)})")
        return f"@{name}"

    def floats(self, name: str, values: npt.NDArray[np.float64]) -> str:
        """Add a constant array of floats and return its name."""
        items = ", ".join(f"double {float_text(v)}" for v in values.ravel().tolist())
        return self._array(name, "double", values.size, items)

    def integers(self, name: str, values: npt.NDArray[np.int64]) -> str:
        """Add a constant array of integers and return its name."""
        items = ", ".join(f"i64 {v}" for v in values.ravel().tolist())
        return self._array(name, "i64", values.size, items)

    def _array(self, name: str, kind: str, size: int, items: str) -> str:
        self.constants[name] = (
            f"@{name} = private unnamed_addr constant [{size} x {kind}] [{items}], align 64"
        )
        return f"@{name}"

    def text(self) -> str:
        """Return the module as LLVM reads it."""
        parts = [*self.constants.values(), *self.declarations.values(), *self.functions.values()]
        return "\n".join(parts) + "\n"


class Function:
    """The body of a function, line by line, and the basic block that is being written.

    ``natural`` is the name of an integer that is never negative, which LLVM does not know. A
    function that has one ends with a block ``done``.
    """

    def __init__(self, module: Module) -> None:
        self.module = module
        self.shape = module.shape
        self.lines: list[str] = []
        self.label = "entry"
        self.natural = ""
        self._begun = 0
        self._temporaries = 0
        self._labels = 0

    def line(self, text: str) -> None:
        """Add an instruction without a result."""
        self.lines.append(text)

    def value(self, text: str) -> str:
        """Add an instruction and return the name of its result."""
        self._temporaries += 1
        name = f"%t{self._temporaries}"
        self.lines.append(f"{name} = {text}")
        return name

    def new_label(self, hint: str) -> str:
        """Return a label that is not in use."""
        self._labels += 1
        return f"{hint}{self._labels}"

    def begin(self, label: str) -> None:
        """Start the basic block ``label``."""
        self.lines.append(f"{label}:")
        self.label = label
        self._begun = len(self.lines)

    def cut(self) -> None:
        """Go on in a basic block of its own where the present one has become long.

        LLVM joins blocks where it can tell that one follows the other. Here it cannot: each cut
        has a condition of its own, which is always met.
        """
        if self.natural and len(self.lines) - self._begun > LONGEST_BLOCK:
            following = self.new_label("on")
            met = self.value(f"icmp ne i64 {self.natural}, -{self._labels}")
            self.branch(met, following, "done")
            self.begin(following)

    def jump(self, label: str) -> None:
        """End the basic block by going to ``label``."""
        self.line(f"br label %{label}")

    def branch(self, condition: str, yes: str, no: str) -> None:
        """End the basic block by going to one of two."""
        self.line(f"br i1 {condition}, label %{yes}, label %{no}")

    def splat(self, kind: Type, scalar: str) -> str:
        """Return a vector with a computed scalar in all lanes."""
        vector, element = self.shape.type(kind), self.shape.type(kind, uniform=True)
        first = self.value(f"insertelement {vector} poison, {element} {scalar}, i64 0")
        mask = f"<{self.shape.lanes} x i32> zeroinitializer"
        return self.value(f"shufflevector {vector} {first}, {vector} poison, {mask}")

    def call(self, name: str, result: str, *arguments: tuple[str, str]) -> str:
        """Call an intrinsic with (type, value) arguments and return its result."""
        callee = self.module.declare(name, result, [t for t, _ in arguments])
        given = ", ".join(f"{t} {v}" for t, v in arguments)
        return self.value(f"call {result} {callee}({given})")

    def load_row(self, address: str) -> str:
        """Read the numbers of all lanes."""
        row, size = self.shape.type(Type.F64), min(64, 8 * self.shape.lanes)
        return self.value(f"load {row}, ptr {address}, align {size}")

    def store_row(self, value: str, address: str) -> None:
        """Write the numbers of all lanes."""
        row, size = self.shape.type(Type.F64), min(64, 8 * self.shape.lanes)
        self.line(f"store {row} {value}, ptr {address}, align {size}")

    def clamp(self, text: str, known: tuple[int, int] | None, size: int, uniform: bool) -> str:
        """Return an index brought into 0 .. size - 1; ``known`` is its range, where one is known.

        Checks that cannot fail are left out.
        """
        shape = self.shape
        kind, suffix = shape.type(Type.I64, uniform), shape.suffix(Type.I64, uniform)
        low, high = known or (-1, size)
        for name, wanted, limit in (("smax", low < 0, 0), ("smin", high >= size, size - 1)):
            if wanted:
                bound = str(limit) if uniform else shape.splat(Type.I64, limit)
                text = self.call(f"llvm.{name}.{suffix}", kind, (kind, text), (kind, bound))
        return text

    def gather(self, kind: Type, addresses: str) -> str:
        """Read one number per lane."""
        shape = self.shape
        result, mask = shape.type(kind), shape.type(Type.BOOL)
        return self.call(
            f"llvm.masked.gather.{shape.suffix(kind)}.v{shape.lanes}p0",
            result,
            (shape.pointers(), addresses),
            ("i32", "8"),
            (mask, shape.splat(Type.BOOL, True)),
            (result, "poison"),
        )

    def scatter(self, value: str, addresses: str) -> None:
        """Write one float per lane."""
        shape = self.shape
        given, pointers, mask = shape.type(Type.F64), shape.pointers(), shape.type(Type.BOOL)
        name = f"llvm.masked.scatter.{shape.suffix(Type.F64)}.v{shape.lanes}p0"
        callee = self.module.declare(name, "void", [given, pointers, "i32", mask])
        true = shape.splat(Type.BOOL, True)
        self.line(
            f"call void {callee}({given} {value}, {pointers} {addresses}, i32 8, {mask} {true})"
        )

    def finish(self, name: str, result: str, parameters: str, attributes: str = "") -> None:
        """Put the function into its module."""
        body = "\n".join(self.lines)
        self.module.functions[name] = (
            f"define {result} @{name}({parameters}) {attributes} {{\nentry:\n{body}\n}}"
        )
