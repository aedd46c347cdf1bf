"""From the resolved model to the typed program.

Each quantity has a slot in every block that needs it, or is a literal. Quantities with few elements
are unrolled: their indices are literals, and loads of them become the values themselves. Larger
ones stay loops over their elements.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from headwater.compiler.builder import BlockBuilder
from headwater.compiler.elements import Turns, all_turns
from headwater.compiler.expression_code import UNROLL_LIMIT, ExpressionCode
from headwater.compiler.liveness import prune
from headwater.compiler.order import Phase, Schedule, Task
from headwater.compiler.pipelines import Pipelines
from headwater.compiler.program import (
    Block,
    Clock,
    Input,
    Output,
    Program,
)
from headwater.compiler.resolved import (
    Apply,
    Kind,
    Quantity,
    Rule,
    StepLength,
)
from headwater.compiler.storage import BlockName, Storage


def lower(
    name: str,
    schedule: Schedule,
    outputs: Sequence[Quantity],
    inputs: Sequence[tuple[Quantity, Sequence[str]]],
    clock: Clock,
    method: str,
) -> Program:
    """Return the program that computes ``outputs`` from ``inputs`` (with their elements' names)."""
    lowering = _Lowering(schedule, clock, outputs, [q for q, _ in inputs])
    blocks = lowering.blocks()
    storage = lowering.storage
    program = Program(
        name,
        clock,
        method,
        tuple(storage.slots),
        tuple(_inputs(storage, inputs)),
        tuple(_output(storage, schedule, q) for q in outputs),
        blocks["constants"],
        blocks["initial"],
        blocks["step"],
        blocks["update"],
        blocks["commit"],
        tables=tuple(storage.tables),
        index_tables=tuple(storage.index_tables),
        graphs=tuple(storage.graphs),
    )
    return prune(program)


def _inputs(storage: Storage, inputs: Iterable[tuple[Quantity, Sequence[str]]]) -> Iterable[Input]:
    for quantity, names in inputs:
        slot = storage.slot(quantity, BlockName.CONSTANTS)
        assert quantity.defaults is not None
        for offset, (label, value) in enumerate(zip(names, quantity.defaults.ravel(), strict=True)):
            yield Input(label, slot, offset, float(value))


def _output(storage: Storage, schedule: Schedule, quantity: Quantity) -> Output:
    static = schedule.phase[quantity] is not Phase.STEP
    slot = storage.slot(quantity, BlockName.CONSTANTS if static else BlockName.STEP)
    return Output(
        quantity.name,
        slot,
        quantity.dimensions,
        quantity.shape,
        static,
        tuple(sorted(quantity.missing)),
    )


class _Lowering:
    """The blocks of one program under construction."""

    def __init__(
        self,
        schedule: Schedule,
        clock: Clock,
        outputs: Sequence[Quantity],
        inputs: Sequence[Quantity],
    ) -> None:
        self.schedule = schedule
        self.clock = clock
        quantities = list(schedule.phase)
        self.storage = Storage(schedule.phase, clock)
        self.pipelines = Pipelines(self.storage, clock)
        saved = set(outputs)
        kept = saved | _read_by_update(quantities)
        for quantity in inputs:
            self.storage.add_input(quantity)
        for quantity in quantities:
            self.storage.add(quantity, keep=quantity in kept, output=quantity in saved)

    def blocks(self) -> dict[str, Block]:
        """Build every block, in the order in which they run."""
        storage = self.storage
        constants = self._code(BlockName.CONSTANTS)
        for task in self.schedule.start:
            if self.schedule.phase[task.quantity] is Phase.CONSTANT:
                self._task(constants, task, task.quantity.initial)
        storage.note_literals(constants.builder)
        initial = self._code(BlockName.INITIAL)
        for task in self.schedule.start:
            if self.schedule.phase[task.quantity] is not Phase.CONSTANT:
                self._task(initial, task, task.quantity.initial)
        storage.note_literals(initial.builder)
        step = self._code(BlockName.STEP)
        for task in self.schedule.step:
            quantity = task.quantity
            if self.schedule.phase[quantity] is not Phase.STEP:
                continue
            if quantity.kind is Kind.VALUE:
                self._task(step, task, quantity.step)
            elif quantity.kind is Kind.PIPELINE:
                self.pipelines.read(step, quantity)
        for quantity in self._of(Kind.STOCK):
            rules = [self._per_step(rule) for rule in quantity.step]
            self._rules(step, quantity, rules, storage.derivative(quantity))
        update = self._code(BlockName.UPDATE)
        commit = self._code(BlockName.COMMIT)
        for quantity in self._of(Kind.STATE):
            self._rules(update, quantity, quantity.step, storage.next(quantity))
            self._copy(commit, storage.next(quantity), storage.state(quantity), quantity.size)
        for quantity in self._of(Kind.PIPELINE):
            self._rules(update, quantity, quantity.step, storage.next(quantity))
            self.pipelines.write(commit, quantity)
        codes = (constants, initial, step, update, commit)
        return {c.block_name.value: c.builder.block() for c in codes}

    def _per_step(self, rule: Rule) -> Rule:
        """Return a rate for the program's own step, which is 1 where the model's step changes."""
        if not self.clock.times:
            return rule
        return replace(rule, expression=Apply("*", (rule.expression, StepLength())))

    def _of(self, kind: Kind) -> list[Quantity]:
        return [q for q in self.schedule.phase if q.kind is kind]

    def _code(self, block: BlockName) -> ExpressionCode:
        builder = BlockBuilder(self.storage.known)
        return ExpressionCode(builder, self.storage, block)

    def _task(self, code: ExpressionCode, task: Task, rules: Sequence[Rule]) -> None:
        quantity = task.quantity
        if quantity.kind is Kind.INPUT or self.storage.is_literal(quantity):
            self.storage.write_literal(code, quantity)
            return
        if quantity.kind is Kind.PIPELINE:
            self._rules(code, quantity, quantity.lag, self.storage.lag(quantity))
            self._rules(code, quantity, rules, self.storage.initial_of_pipeline(quantity))
            return
        slot = self.storage.slot(quantity, code.block_name)
        if task.element is None:
            self._rules(code, quantity, rules, slot)
        else:
            self._element(code, quantity, rules, slot, task.element)

    def _rules(
        self, code: ExpressionCode, quantity: Quantity, rules: Sequence[Rule], slot: int
    ) -> None:
        for rule in rules:
            if quantity.size <= UNROLL_LIMIT or rule.extent == 1:
                for turns in all_turns(rule.axes):
                    self._one(code, quantity, rule, slot, turns)
            else:
                self._loop(code, quantity, rule, slot)

    def _loop(self, code: ExpressionCode, quantity: Quantity, rule: Rule, slot: int) -> None:
        with code.loops(rule.axes):
            index = code.flat(quantity.shape, rule.target)
            value = code.number(rule.expression)
            code.builder.store(slot, index, value)

    def _one(
        self, code: ExpressionCode, quantity: Quantity, rule: Rule, slot: int, turns: Turns
    ) -> None:
        with code.turns(turns):
            index = code.flat(quantity.shape, rule.target)
            value = code.number(rule.expression)
            code.builder.store(slot, index, value)

    def _element(
        self,
        code: ExpressionCode,
        quantity: Quantity,
        rules: Sequence[Rule],
        slot: int,
        element: int,
    ) -> None:
        rule, turns = self.storage.rule_of(quantity, rules, element)
        self._one(code, quantity, rule, slot, turns)

    def _copy(self, code: ExpressionCode, source: int, target: int, size: int) -> None:
        builder = code.builder
        with code.each(size) as elements:
            for index in elements:
                builder.store(target, index, builder.load(source, index))


def _read_by_update(quantities: Iterable[Quantity]) -> set[Quantity]:
    """Return what states and pipelines take in between steps."""
    return {
        mentioned
        for quantity in quantities
        if quantity.kind in (Kind.STATE, Kind.PIPELINE)
        for rule in quantity.step
        for mentioned in rule.mentioned
    }
