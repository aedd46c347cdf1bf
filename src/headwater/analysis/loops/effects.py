"""What one input's change alone does to what depends on it, at many steps at once.

The method's own definition is carried out literally: an equation is evaluated with one input as it
is now and everything else as it was a step before. Each equation becomes a block of instructions
for the reference target, whose lanes are not runs here but steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headwater.analysis.loops.graph import CausalGraph
from headwater.analysis.loops.trace import Trace
from headwater.compiler.lowering.builder import BlockBuilder
from headwater.compiler.lowering.expression_code import ExpressionCode
from headwater.compiler.lowering.storage import BlockName, Storage
from headwater.compiler.program import Block, Program, Role
from headwater.compiler.resolved import Kind, Quantity
from headwater.compiler.targets.graphs import layout
from headwater.compiler.targets.reference import Machine

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
NOTHING = Block()


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """How a cell changed over each step, and by how much each input's change alone moved it."""

    total: Floats
    partial: tuple[Floats, ...]


class Effects:
    """Evaluates the equations of cells; ``steps`` are the ends of the steps that are looked at.

    For what accumulates the equation is that of its net flow or next value.
    """

    def __init__(
        self, trace: Trace, graph: CausalGraph, targets: Sequence[int], steps: Integers, seed: int
    ) -> None:
        self._trace = trace
        self._graph = graph
        self._storage = Storage(trace.schedule.phase, trace.clock)
        for quantity in trace.schedule.phase:
            self._storage.add(quantity, keep=True, output=False)
        self._result = self._storage.make("result", Role.SCRATCH)
        with np.errstate(all="ignore"):
            self._blocks = {t: self._block(t) for t in targets}
        self._before = self._machine(steps - 1, seed)
        self._after = self._machine(steps, seed)

    def of(self, target: int, sources: Sequence[int]) -> Effect:
        """Return the change of a cell, and its changes with each of ``sources`` alone."""
        block = self._blocks[target]
        with np.errstate(all="ignore"):
            old = self._value(self._before, block)
            total = self._value(self._after, block) - old
            partial = tuple(self._alone(block, s) - old for s in sources)
        return Effect(total, partial)

    def _alone(self, block: Block, source: int) -> Floats:
        quantity, element = self._graph.cell(source)
        slot = self._storage.slot(quantity, BlockName.STEP)
        cells = self._before.memory[slot]
        kept = cells[element].copy()
        cells[element] = self._after.memory[slot][element]
        value = self._value(self._before, block)
        cells[element] = kept
        return value

    def _value(self, machine: Machine, block: Block) -> Floats:
        machine.execute(block)
        value: Floats = machine.memory[self._result][0].copy()
        return value

    def _block(self, target: int) -> Block:
        quantity, element = self._graph.cell(target)
        rule, turns = self._storage.rule_of(quantity, quantity.step, element)
        builder = BlockBuilder({})
        code = ExpressionCode(builder, self._storage, BlockName.STEP)
        with code.turns(turns):
            value = code.number(rule.expression)
            builder.store(self._result, builder.integer(0), value)
        return builder.block()

    def _machine(self, steps: Integers, seed: int) -> Machine:
        trace, storage = self._trace, self._storage
        program = Program(
            trace.project.name,
            trace.clock,
            "euler",
            tuple(storage.slots),
            (),
            (),
            *(NOTHING,) * 5,
            tables=tuple(storage.tables),
            index_tables=tuple(storage.index_tables),
            graphs=tuple(storage.graphs),
        )
        lanes = np.zeros(len(steps), dtype=np.int64)
        machine = Machine(program, [layout(g) for g in program.graphs], lanes, np.int64(seed))
        # The machine's clock may differ by lane, as any other value.
        machine.step = steps  # type: ignore[assignment]
        clock = trace.clock
        machine.time = clock.start + steps * clock.dt
        for quantity in trace.schedule.phase:
            if self._in_memory(quantity):
                slot = storage.slot(quantity, BlockName.STEP)
                machine.memory[slot][:] = trace.window(quantity, steps)
        return machine

    def _in_memory(self, quantity: Quantity) -> bool:
        return quantity.kind is not Kind.INPUT and not self._storage.is_literal(quantity)
