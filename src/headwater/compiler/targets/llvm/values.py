"""Writes instructions that only compute: literals, operations, selections, tables of indices.

Uniform values are scalars and are broadcast once, where they are made, if vectors need them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from headwater.compiler.program import Attribute, Instruction, Op, Type
from headwater.compiler.targets.llvm.facts import Facts
from headwater.compiler.targets.llvm.operations import VALUE_OPERATIONS, Operand, operate
from headwater.compiler.targets.llvm.text import Function, literal_text
from headwater.errors import CompileError

LITERALS = frozenset({Op.FLOAT, Op.INTEGER, Op.BOOLEAN})


class IndexArray(NamedTuple):
    """A shared vector of indices in the module."""

    name: str
    size: int


class ValueWriter:
    """Writes a sequence of instructions into a function.

    ``first`` is the number of values that exist before the first instruction; name these with
    :meth:`define`. ``scalars`` and ``vectors`` are the names of values so far.
    """

    def __init__(
        self,
        function: Function,
        code: Sequence[Instruction],
        facts: Facts,
        index_tables: Sequence[IndexArray] = (),
        first: int = 0,
    ) -> None:
        self.function = function
        self.shape = function.shape
        self.code = code
        self.facts = facts
        self.index_tables = index_tables
        self.first = first
        self.scalars: dict[int, str] = {}
        self.vectors: dict[int, str] = {}

    def write(self, places: Iterable[int]) -> None:
        """Write the instructions that make the values ``places``."""
        for place in places:
            self.write_instruction(place, self.code[place - self.first])

    def write_instruction(self, place: int, instruction: Instruction) -> None:
        """Write one instruction."""
        op, arguments, attribute = instruction
        if op in VALUE_OPERATIONS:
            uniform = self.facts.uniform[place]
            operands = [self.operand(a, uniform) for a in arguments]
            self.define(place, operate(self.function, op, operands, uniform))
        elif op in LITERALS:
            self._literal(place, attribute)
        elif op in (Op.SELECT, Op.ISELECT):
            self._select(place, arguments)
        elif op is Op.INDEX_TABLE:
            table = self.index_tables[int(attribute or 0)]
            self.define(place, self.read_table(Type.I64, arguments[0], table.name, table.size))
        else:
            raise CompileError(f"the LLVM target cannot write the operation {op.value} here")

    def define(self, place: int, name: str) -> None:
        """Note the name of a value, and broadcast it where vectors will need it."""
        if not self.facts.uniform[place]:
            self.vectors[place] = name
            return
        self.scalars[place] = name
        if self.facts.wide[place]:
            self.vectors[place] = self.function.splat(self.facts.types[place], name)

    def operand(self, place: int, uniform: bool) -> Operand:
        """Return a value as an argument of an operation on scalars or on vectors."""
        literal = None
        if place >= self.first:
            op, _, attribute = self.code[place - self.first]
            literal = attribute if op in LITERALS else None
        return Operand((self.scalars if uniform else self.vectors)[place], literal)

    def inside(self, index: int, size: int) -> str:
        """Return an index brought into 0 .. size - 1."""
        uniform = self.facts.uniform[index]
        text = (self.scalars if uniform else self.vectors)[index]
        return self.function.clamp(text, self.facts.ranges[index], size, uniform)

    def read_table(self, kind: Type, index: int, name: str, size: int) -> str:
        """Write the reading of an array of the module and return the value."""
        uniform = self.facts.uniform[index]
        element, indices = self.shape.type(kind, True), self.shape.type(Type.I64, uniform)
        inside = self.inside(index, size)
        address = self.function.value(f"getelementptr {element}, ptr {name}, {indices} {inside}")
        if uniform:
            return self.function.value(f"load {element}, ptr {address}, align 8")
        return self.function.gather(kind, address)

    def _literal(self, place: int, attribute: Attribute) -> None:
        kind = self.facts.types[place]
        value = _typed(kind, attribute)
        self.scalars[place] = literal_text(value)
        self.vectors[place] = self.shape.splat(kind, value)

    def _select(self, place: int, arguments: Sequence[int]) -> None:
        uniform = self.facts.uniform[place]
        test_uniform = self.facts.uniform[arguments[0]]
        condition = self.operand(arguments[0], test_uniform).text
        yes, no = (self.operand(a, uniform).text for a in arguments[1:])
        t = self.shape.type(self.facts.types[place], uniform)
        c = self.shape.type(Type.BOOL, test_uniform)
        self.define(place, self.function.value(f"select {c} {condition}, {t} {yes}, {t} {no}"))


def _typed(kind: Type, value: Attribute) -> float | int | bool:
    assert value is not None
    if kind is Type.F64:
        return float(value)
    return bool(value) if kind is Type.BOOL else int(value)
