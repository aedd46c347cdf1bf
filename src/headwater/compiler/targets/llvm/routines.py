"""Elementary functions as functions of the module: written once, called or inlined at each use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from headwater.compiler.elementary import choose
from headwater.compiler.elementary.routine import Routine
from headwater.compiler.program import Op, Type
from headwater.compiler.targets.llvm.facts import analyse
from headwater.compiler.targets.llvm.operations import Operand
from headwater.compiler.targets.llvm.scaling import can_scale, scale
from headwater.compiler.targets.llvm.text import Function, Module
from headwater.compiler.targets.llvm.values import IndexArray, ValueWriter

INLINED_INSTRUCTIONS = 1500
"""A routine is inlined while its copies have no more instructions than this in all."""


@dataclass(slots=True)
class _Use:
    """A routine that the module needs, for scalars or vectors, and how often."""

    routine: Routine
    uniform: bool
    count: int = 0


class RoutineLibrary:
    """The elementary functions that a module uses."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self._uses: dict[str, _Use] = {}
        self._tables: dict[tuple[int, ...], int] = {}

    def write_call(
        self, function: Function, op: Op, operands: Sequence[Operand], uniform: bool
    ) -> str:
        """Write a call of the function for ``op`` and return its result."""
        name, routine, chosen = choose(op, [o.literal for o in operands])
        return self._call(function, name, routine, [operands[k].text for k in chosen], uniform)

    def _call(
        self, function: Function, name: str, routine: Routine, texts: Sequence[str], uniform: bool
    ) -> str:
        name = f"{name}.scalar" if uniform else f"{name}.lanes"
        use = self._uses.setdefault(name, _Use(routine, uniform))
        use.count += 1
        kind = function.shape.type(Type.F64, uniform)
        return function.value(f"call {kind} @{name}({', '.join(f'{kind} {t}' for t in texts)})")

    def write_functions(self) -> None:
        """Put the functions that were called into the module."""
        written: set[str] = set()
        while pending := [name for name in self._uses if name not in written]:
            for name in pending:
                self._write(name, self._uses[name])
                written.add(name)

    def _write(self, name: str, use: _Use) -> None:
        function = Function(self.module)
        routine, uniform = use.routine, use.uniform
        kind = function.shape.type(Type.F64, uniform)
        parameters = [(Type.F64, uniform)] * routine.parameters
        facts = analyse(routine.code, None, parameters)
        tables = [self._table(values) for values in routine.tables]
        writer = ValueWriter(function, routine.code, facts, tables, first=routine.parameters)
        names = [f"%x{k}" for k in range(routine.parameters)]
        for k, parameter in enumerate(names):
            writer.define(k, parameter)
        self._write_code(function, writer, routine, uniform)
        result = writer.operand(routine.result, uniform).text
        if routine.usual is not None and routine.rescue is not None:
            usual = writer.operand(routine.usual, uniform).text
            result = self._rescue(function, name, routine.rescue, names, usual, result, uniform)
        function.line(f"ret {kind} {result}")
        given = ", ".join(f"{kind} {n}" for n in names)
        small = use.count * len(routine.code) <= INLINED_INSTRUCTIONS
        rare = name.split(".")[-2] == "rare"
        linkage = "cold noinline" if rare else "alwaysinline" if small else "noinline"
        function.finish(name, kind, given, f"{linkage} nounwind memory(none) alignstack(64)")

    def _write_code(
        self, function: Function, writer: ValueWriter, routine: Routine, uniform: bool
    ) -> None:
        """Write the instructions, scalings at a stroke where the processor can."""
        place, end = routine.parameters, routine.parameters + len(routine.code)
        if not uniform and can_scale(function):
            for scaling in routine.scalings:
                writer.write(range(place, scaling.places.start))
                factor, exponent = (
                    writer.operand(v, False).text for v in (scaling.factor, scaling.exponent)
                )
                writer.define(scaling.result, scale(function, factor, exponent))
                place = scaling.places.stop
        writer.write(range(place, end))

    def _table(self, values: tuple[int, ...]) -> IndexArray:
        number = self._tables.setdefault(values, len(self._tables))
        name = self.module.integers(f"elementary{number}", np.array(values, np.int64))
        return IndexArray(name, len(values))

    def _rescue(
        self,
        function: Function,
        name: str,
        routine: Routine,
        names: Sequence[str],
        usual: str,
        result: str,
        uniform: bool,
    ) -> str:
        """Branch around the rescue when no lane needs it."""
        shape = function.shape
        kind, test = shape.type(Type.F64, uniform), shape.type(Type.BOOL, uniform)
        every = usual
        if not uniform:
            bits = f"i{shape.lanes}"
            mask = function.value(f"bitcast {test} {usual} to {bits}")
            every = function.value(f"icmp eq {bits} {mask}, -1")
        before = function.label
        rare, after = function.new_label("rare"), function.new_label("after")
        function.branch(every, after, rare)
        function.begin(rare)
        base = name.rsplit(".", 1)[0]
        rescued = self._call(function, f"{base}.rare", routine, names, uniform)
        chosen = function.value(f"select {test} {usual}, {kind} {result}, {kind} {rescued}")
        function.jump(after)
        function.begin(after)
        return function.value(f"phi {kind} [ {result}, %{before} ], [ {chosen}, %{rare} ]")
