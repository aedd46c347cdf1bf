"""Writes a stretch of a block's instructions into a function.

To what only computes this adds memory, tables, graphs, the context of the run, elementary
functions and loops. Code in a loop is written once; a loop of the program is one of the machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from headwater.compiler.elementary import ELEMENTARY
from headwater.compiler.program import ENDS, Instruction, Op, Program, Type
from headwater.compiler.targets.llvm.facts import Facts
from headwater.compiler.targets.llvm.lookup import LookupWriter
from headwater.compiler.targets.llvm.memory import Memory
from headwater.compiler.targets.llvm.routines import RoutineLibrary
from headwater.compiler.targets.llvm.text import Function
from headwater.compiler.targets.llvm.values import IndexArray, ValueWriter


@dataclass(frozen=True, slots=True)
class Tools:
    """What writing any part of a program needs, shared by all its functions."""

    program: Program
    memory: Memory
    lookups: LookupWriter
    routines: RoutineLibrary
    tables: list[str]
    index_tables: list[IndexArray]


@dataclass(frozen=True, slots=True)
class _Loop:
    """A loop that is being written: its number of turns, its first block and its index."""

    extent: int
    body: str
    index: str


class BlockWriter(ValueWriter):
    """Writes instructions of one block of a program into one function.

    ``time`` and ``step`` are the names of these; the rest of the context of a run is always
    ``%seed`` and ``%runs``.
    """

    def __init__(
        self,
        function: Function,
        code: Sequence[Instruction],
        facts: Facts,
        tools: Tools,
        time: str = "%time",
        step: str = "%step",
    ) -> None:
        super().__init__(function, code, facts, tools.index_tables)
        self.tools = tools
        self.context = {Op.TIME: time, Op.STEP: step, Op.SEED: "%seed"}
        self._loops: list[_Loop] = []
        self._skipping = 0

    def write_instruction(self, place: int, instruction: Instruction) -> None:
        """Write one instruction; a loop without turns is left out whole."""
        op, arguments, attribute = instruction
        if self._skipping or (op is Op.LOOP and attribute == 0):
            self._skipping += (op is Op.LOOP) - (op in ENDS)
        elif op is Op.LOOP:
            self._begin_loop(place, int(attribute or 0))
        elif op in ENDS:
            self._end_loop(*arguments)
        elif op is Op.STORE:
            self._store(arguments, int(attribute or 0))
        elif (result := self._result(place, instruction)) is not None:
            self.define(place, result)
        else:
            super().write_instruction(place, instruction)

    def _result(self, place: int, instruction: Instruction) -> str | None:
        """Write an operation that is more than a function of its arguments."""
        op, arguments, attribute = instruction
        if op in self.context:
            return self.context[op]
        if op is Op.RUN:
            return self.function.value(f"load {self.shape.type(Type.I64)}, ptr %runs, align 8")
        if op in ELEMENTARY:
            uniform = self.facts.uniform[place]
            operands = [self.operand(a, uniform) for a in arguments]
            return self.tools.routines.write_call(self.function, op, operands, uniform)
        if op is Op.LOAD:
            return self._load(arguments[0], int(attribute or 0))
        if op is Op.TABLE:
            number = int(attribute or 0)
            size = len(self.tools.program.tables[number].values)
            return self.read_table(Type.F64, arguments[0], self.tools.tables[number], size)
        if op is Op.LOOKUP:
            return self._look_up(arguments[0], arguments[1], int(attribute or 0))
        return None

    # Memory

    def _load(self, index: int, slot: int) -> str:
        if not self.facts.uniform[index]:
            return self.function.gather(Type.F64, self._lane_addresses(slot, index))
        return self.function.load_row(self._address(slot, index))

    def _store(self, arguments: Sequence[int], slot: int) -> None:
        index, value = arguments[0], self.vectors[arguments[1]]
        if not self.facts.uniform[index]:
            self.function.scatter(value, self._lane_addresses(slot, index))
        else:
            self.function.store_row(value, self._address(slot, index))

    def _address(self, slot: int, index: int) -> str:
        """Return the address of the row of an element that is the same in all lanes."""
        memory = self.tools.memory
        size = memory.frame.sizes[slot]
        literal = self.operand(index, True).literal
        if literal is not None:
            return memory.element(self.function, slot, min(max(int(literal), 0), size - 1))
        inside = self.inside(index, size)
        first = memory.frame.first_row[slot]
        return memory.row(self.function, self.function.value(f"add i64 {inside}, {first}"))

    def _lane_addresses(self, slot: int, index: int) -> str:
        """Return a vector of addresses: each lane's own element of a slot."""
        memory = self.tools.memory
        inside = self.inside(index, memory.frame.sizes[slot])
        base = memory.row(self.function, str(memory.frame.first_row[slot]))
        integers = self.shape.type(Type.I64)
        lanes = self.shape.splat(Type.I64, self.shape.lanes)
        rows = self.function.value(f"mul {integers} {inside}, {lanes}")
        cells = self.function.value(f"add {integers} {rows}, {self.shape.numbers()}")
        return self.function.value(f"getelementptr double, ptr {base}, {integers} {cells}")

    # Tables and graphs

    def _look_up(self, row: int, x: int, graph: int) -> str:
        rows = len(self.tools.program.graphs[graph].x)
        row_uniform = self.facts.uniform[row]
        uniform = row_uniform and self.facts.uniform[x]
        literal = self.operand(row, row_uniform).literal
        if literal is not None:
            inside = str(min(max(int(literal), 0), rows - 1))
        else:
            inside = self.inside(row, rows)
        given = self.operand(x, uniform).text
        return self.tools.lookups.write(self.function, graph, inside, row_uniform, given, uniform)

    # Loops

    def _begin_loop(self, place: int, extent: int) -> None:
        function = self.function
        before, body = function.label, function.new_label("loop")
        function.jump(body)
        function.begin(body)
        index = function.value(f"phi i64 [ 0, %{before} ], [ %next.{body}, %end.{body} ]")
        self._loops.append(_Loop(extent, body, index))
        self.define(place, index)

    def _end_loop(self, leaving: int | None = None) -> None:
        function, loop = self.function, self._loops.pop()
        function.jump(f"end.{loop.body}")
        function.begin(f"end.{loop.body}")
        function.line(f"%next.{loop.body} = add nuw nsw i64 {loop.index}, 1")
        again = function.value(f"icmp slt i64 %next.{loop.body}, {loop.extent}")
        if leaving is not None:
            stay = function.value(f"xor i1 {self._in_all_lanes(leaving)}, true")
            again = function.value(f"and i1 {again}, {stay}")
        function.branch(again, loop.body, f"after.{loop.body}")
        function.begin(f"after.{loop.body}")

    def _in_all_lanes(self, condition: int) -> str:
        """Return whether a truth value holds in every lane, as one of its own."""
        if self.facts.uniform[condition]:
            return self.scalars[condition]
        kind, suffix = self.shape.type(Type.BOOL), self.shape.suffix(Type.BOOL)
        given = (kind, self.vectors[condition])
        return self.function.call(f"llvm.vector.reduce.and.{suffix}", "i1", given)
