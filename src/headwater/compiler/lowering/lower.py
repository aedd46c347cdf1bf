"""From the resolved model to the typed program.

Each quantity has a slot in every block that needs it, or is a literal. Quantities with few elements
are unrolled: their indices are literals, and loads of them become the values themselves. Larger
ones stay loops over their elements.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from math import prod

from headwater.compiler.lowering.builder import BlockBuilder
from headwater.compiler.lowering.expression_code import ExpressionCode
from headwater.compiler.lowering.liveness import prune
from headwater.compiler.lowering.pipelines import Pipelines
from headwater.compiler.lowering.single_writes import single_writes, write_place
from headwater.compiler.lowering.storage import BlockName, Storage
from headwater.compiler.ordering.elements import Turns, all_turns
from headwater.compiler.ordering.fusing import Work, fuse
from headwater.compiler.ordering.order import Phase, Schedule, Task
from headwater.compiler.ordering.slices import turns_of
from headwater.compiler.program import (
    Block,
    Clock,
    Input,
    Op,
    Output,
    Program,
)
from headwater.compiler.resolved import (
    Apply,
    Kind,
    Now,
    Quantity,
    Rule,
    StepLength,
)
from headwater.compiler.simultaneous.solving import solve


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
        self.writes = single_writes(quantities)
        self.storage = Storage(schedule.phase, clock, frozenset(self.writes))
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
        at_start = [(t, t.quantity.initial) for t in self.schedule.start]
        phase = self.schedule.phase
        self._tasks(constants, [t for t in at_start if phase[t[0].quantity] is Phase.CONSTANT])
        storage.note_literals(constants.builder)
        initial = self._code(BlockName.INITIAL)
        self._tasks(initial, [t for t in at_start if phase[t[0].quantity] is not Phase.CONSTANT])
        storage.note_literals(initial.builder)
        step = self._code(BlockName.STEP)
        tasks = [t for t in self.schedule.step if phase[t.quantity] is Phase.STEP]
        values = [
            (t, t.quantity.step) for t in tasks if t.quantity.kind in (Kind.VALUE, Kind.PIPELINE)
        ]
        rates = [
            self._work(rule, quantity, storage.derivative(quantity))
            for quantity in self._of(Kind.STOCK)
            for rule in map(self._per_step, quantity.step)
        ]
        self._tasks(step, values, rates)
        update = self._code(BlockName.UPDATE)
        commit = self._code(BlockName.COMMIT)
        states = self._of(Kind.STATE) + self._of(Kind.PIPELINE)
        following = [work for quantity in states for work in self._following(quantity)]
        self._carry_out(update, following)
        for quantity in states:
            if quantity.kind is Kind.PIPELINE:
                self.pipelines.write(commit, quantity)
            elif quantity in self.writes:
                slots = storage.state(quantity), storage.place(quantity), storage.next(quantity)
                write_place(commit, quantity, *slots)
            else:
                self._copy(commit, storage.next(quantity), storage.state(quantity), quantity.size)
        codes = (constants, initial, step, update, commit)
        return {c.block_name.value: c.builder.block() for c in codes}

    def _following(self, quantity: Quantity) -> Iterator[Work]:
        """Yield the work of finding what a state holds next."""
        write = self.writes.get(quantity)
        if write is not None:
            yield self._work(write.number, write.rows, self.storage.place(quantity))
            yield self._work(write.value, write.rows, self.storage.next(quantity))
            return
        for rule in quantity.step:
            yield self._work(rule, quantity, self.storage.next(quantity))

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

    def _tasks(
        self,
        code: ExpressionCode,
        tasks: Sequence[tuple[Task, Sequence[Rule]]],
        more: Sequence[Work] = (),
    ) -> None:
        """Compute quantities, each by its rules in this block, and do some more work."""
        works = [work for task, rules in tasks for work in self._works(code, task, rules)]
        self._carry_out(code, [*works, *more])

    def _works(self, code: ExpressionCode, task: Task, rules: Sequence[Rule]) -> Iterator[Work]:
        quantity = task.quantity
        known = quantity.kind is Kind.INPUT or self.storage.is_literal(quantity)
        piped = quantity.kind is Kind.PIPELINE
        if known or (piped and code.block_name is BlockName.STEP):
            yield Work((), (quantity,), quantity, task=task)
        elif task.element is not None and task.system is None:
            own = self._rules_at(quantity, rules, task.element)
            yield Work(own, (quantity,), quantity, task=task)
        elif piped:
            yield Work((*quantity.lag, *rules), (quantity,), quantity, task=task)
        elif task.system is not None:
            every = [rule for q in task.quantities for rule in _rules_of(q, code.block_name)]
            yield Work(every, task.quantities, quantity, task=task)
        elif task.part is not None:
            slot = self.storage.slot(quantity, code.block_name)
            for rule in rules:
                for turns in turns_of(rule, task.part):
                    yield replace(self._slice(rule, quantity, slot, turns), makes=(quantity,))
        else:
            slot = self.storage.slot(quantity, code.block_name)
            for rule in rules:
                yield replace(self._work(rule, quantity, slot), makes=(quantity,))

    def _rules_at(self, quantity: Quantity, rules: Sequence[Rule], element: int) -> list[Rule]:
        """Return what computes a single element: its rule and, in a pipeline, that of its delay."""
        every = (quantity.lag, rules) if quantity.kind is Kind.PIPELINE else (rules,)
        return [self.storage.rule_of(quantity, found, element)[0] for found in every]

    def _work(self, rule: Rule, quantity: Quantity, slot: int) -> Work:
        """Return the work of a rule whose result goes to ``slot``, where none takes it from."""
        unrolled = quantity.size <= self.storage.unrolled or rule.extent == 1
        extents = () if unrolled else tuple(axis.extent for axis in rule.axes)
        return Work((rule,), (), quantity, slot, extents=extents)

    def _slice(self, rule: Rule, quantity: Quantity, slot: int, turns: Turns) -> Work:
        """Return the work of a rule with some of its axes at fixed counters."""
        extents = [axis.extent for axis in rule.axes if axis not in turns]
        unrolled = prod(extents) <= self.storage.unrolled
        return Work(
            (rule,), (), quantity, slot, extents=() if unrolled else tuple(extents), turns=turns
        )

    def _carry_out(self, code: ExpressionCode, works: Sequence[Work]) -> None:
        for group in fuse(works):
            if group[0].extents:
                self._loop(code, group)
                continue
            for work in group:
                if work.task is not None:
                    self._task(code, work.task)
                else:
                    self._rules(code, work.quantity, work.rules, work.slot, work.turns or {})

    def _task(self, code: ExpressionCode, task: Task) -> None:
        """Compute what is no plain value, or a single element."""
        quantity = task.quantity
        if task.system is not None:
            solve(code, task.system, lambda q: _rules_of(q, code.block_name))
            for cell in task.system.others:
                self._element_lag(code, *cell)
        elif task.element is not None:
            slot = self.storage.slot(quantity, code.block_name)
            rules = _rules_of(quantity, code.block_name)
            self._element(code, quantity, rules, slot, task.element)
            self._element_lag(code, quantity, task.element)
        elif quantity.kind is not Kind.PIPELINE:
            self.storage.write_literal(code, quantity)
        elif code.block_name is BlockName.STEP:
            self.pipelines.read(code, quantity)
        else:
            initial = self.storage.initial_of_pipeline(quantity)
            lags = [self._work(rule, quantity, self.storage.lag(quantity)) for rule in quantity.lag]
            values = [self._work(rule, quantity, initial) for rule in quantity.initial]
            self._carry_out(code, [*lags, *values])

    def _rules(
        self,
        code: ExpressionCode,
        quantity: Quantity,
        rules: Sequence[Rule],
        slot: int,
        fixed: Turns,
    ) -> None:
        for rule in rules:
            for turns in all_turns([axis for axis in rule.axes if axis not in fixed]):
                self._one(code, quantity, rule, slot, {**fixed, **turns})

    def _loop(self, code: ExpressionCode, works: Sequence[Work]) -> None:
        """Compute rules in one loop."""
        with code.counters(works[0].extents) as counters:
            for work in works:
                rule, fixed = work.rules[0], work.turns or {}
                running = [axis for axis in rule.axes if axis not in fixed]
                with code.turns(fixed), code.loop_turn(running, counters):
                    self._store(code, work.quantity, rule, work.slot)

    def _one(
        self, code: ExpressionCode, quantity: Quantity, rule: Rule, slot: int, turns: Turns
    ) -> None:
        with code.turns(turns):
            self._store(code, quantity, rule, slot)

    def _store(self, code: ExpressionCode, quantity: Quantity, rule: Rule, slot: int) -> None:
        """Compute an element and put it into a slot; what is held, in a step's first stage only."""
        builder = code.builder
        index = code.flat(quantity.shape, rule.target)
        value = code.number(rule.expression)
        if quantity.held and code.block_name is BlockName.STEP:
            begins = builder.emit(Op.LE, code.number(Now()), code.step_time())
            value = builder.emit(Op.SELECT, begins, value, builder.load(slot, index))
        builder.store(slot, index, value)

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

    def _element_lag(self, code: ExpressionCode, quantity: Quantity, element: int) -> None:
        """Compute how long an element of a pipeline is delayed."""
        if quantity.kind is Kind.PIPELINE:
            self._element(code, quantity, quantity.lag, self.storage.lag(quantity), element)

    def _copy(self, code: ExpressionCode, source: int, target: int, size: int) -> None:
        builder = code.builder
        with code.each(size) as elements:
            for index in elements:
                builder.store(target, index, builder.load(source, index))


def _rules_of(quantity: Quantity, block: BlockName) -> Sequence[Rule]:
    return quantity.step if block is BlockName.STEP else quantity.initial


def _read_by_update(quantities: Iterable[Quantity]) -> set[Quantity]:
    """Return what states and pipelines take in between steps."""
    return {
        mentioned
        for quantity in quantities
        if quantity.kind in (Kind.STATE, Kind.PIPELINE)
        for rule in quantity.step
        for mentioned in rule.mentioned
    }
