"""Writes the search for the unknowns of a system, and the other equations at its end.

In each lane a search freezes when it has found its solution; the loop around it ends when all have.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from headwater.compiler.lowering.expression_code import ExpressionCode
from headwater.compiler.lowering.newton import NEAR_END, difference, is_short
from headwater.compiler.ordering.elements import Cell, Turns
from headwater.compiler.program import Op, Role
from headwater.compiler.resolved import Axis, Node, Quantity, Rule, Search
from headwater.compiler.simultaneous.elimination import eliminate, repeat
from headwater.compiler.simultaneous.rows import WHOLE
from headwater.compiler.simultaneous.systems import System

NEAR_ZERO = 0.1
"""The longest last step of a search for zeros, as a share of a number."""

RulesOf = Callable[[Quantity], Sequence[Rule]]


def solve(code: ExpressionCode, system: System, rules: RulesOf) -> None:
    """Write what gives all elements of a system their values; ``rules`` are those of the block."""
    with code.counters(system.extents) as counters:
        work = _Solving(code, system, rules, counters)
        if any(unknown.search.zero for unknown in work.unknowns):
            work.find_zero()
        else:
            work.go_around()


class _Equation(NamedTuple):
    """The equation of one number: where that is kept, and its rule in the turn that computes it."""

    slot: int
    place: int
    rule: Rule
    turns: Turns

    @property
    def search(self) -> Search:
        """How the number is searched for, where it is."""
        assert self.rule.search is not None
        return self.rule.search


class _Spot(NamedTuple):
    """Rooms of a search for zeros: the best point so far, the step from there, and its share.

    ``best`` is the sum of squares of what is left at the best point, ``length`` the share.
    """

    base: int
    step: int
    best: int
    length: int


class _Solving:
    """One system while it is written.

    ``point`` is where the search has come to, ``moved`` what each number is moved by for a
    difference, ``residuals`` what is left of each equation at the point (the first row) and with
    one number after another moved, and ``matrix`` the linear equations for the next step.
    """

    def __init__(
        self, code: ExpressionCode, system: System, rules: RulesOf, counters: Sequence[int]
    ) -> None:
        self.code = code
        self.builder = code.builder
        self.system = system
        self.rules = rules
        self.counters = counters
        self.unknowns = [self._equation(cell) for cell in system.unknowns]
        self.others = [self._equation(cell) for cell in system.others]
        self.size = size = len(self.unknowns)
        self.guesses = [self._number(u, u.search.guess) for u in self.unknowns]
        self.tolerances = [self._number(u, u.search.tolerance) for u in self.unknowns]
        self.sizes = [self._size(u, g) for u, g in zip(self.unknowns, self.guesses, strict=True)]
        self.point = self._room("point", size)
        self.moved = self._room("moved", size)
        self.residuals = self._room("residuals", size * (size + 1))
        self.matrix = self._room("equations", size * (size + 1))
        self.done = self._room("found")
        self.scratch = {self.point, self.moved, self.residuals, self.matrix, self.done}
        self.scratch |= {u.slot for u in self.unknowns}

    def _equation(self, cell: Cell) -> _Equation:
        quantity, element = cell
        storage, rules = self.code.storage, self.rules(quantity)
        slot = storage.slot(quantity, self.code.block_name)
        if element != WHOLE:
            rule, turns = storage.rule_of(quantity, rules, element)
            return _Equation(slot, self.builder.integer(element), rule, turns)
        (rule,) = rules
        with self.code.loop_turn(rule.axes, self.counters):
            return _Equation(slot, self.code.flat(quantity.shape, rule.target), rule, {})

    def _room(self, name: str, size: int = 1) -> int:
        first = self.system.unknowns[0][0].name
        return self.code.storage.make(f"{name} of {first}", Role.SCRATCH, size)

    # The two searches

    def go_around(self) -> None:
        """Compute all equations again and again, until no unknown changes."""
        emit, builder = self.builder.emit, self.builder
        self._begin()
        with self.code.loops([Axis(max(u.search.turns for u in self.unknowns), "turn")]):
            frozen = self._is_found()
            before = [self._at(self.point, j) for j in range(self.size)]
            self._set(before)
            self._compute_others()
            after = [self._number(u, u.rule.expression) for u in self.unknowns]
            close = self._all(
                [self._is_close(j, *pair) for j, pair in enumerate(zip(before, after, strict=True))]
            )
            for j, (old, new) in enumerate(zip(before, after, strict=True)):
                self._put(self.point, j, emit(Op.SELECT, frozen, old, new))
            found = emit(Op.OR, frozen, close)
            self._put(self.done, 0, self._as_number(found))
            builder.leave_when(found)
        self._evaluate()
        self._next_step()
        ends = self._last_step(NEAR_END)
        self._end(ends)

    def _is_close(self, j: int, old: int, new: int) -> int:
        """Tell whether a number is as it was, compared with it or with its guess."""
        emit = self.builder.emit
        largest = self.guesses[j]
        for value in (old, new):
            largest = emit(Op.MAX, emit(Op.ABS, largest), emit(Op.ABS, value))
        change = emit(Op.ABS, emit(Op.SUB, new, old))
        near = emit(Op.LE, change, emit(Op.MUL, self.tolerances[j], largest))
        return emit(Op.AND, near, emit(Op.LT, largest, self.builder.number(math.inf)))

    def find_zero(self) -> None:
        """Take steps of Newton's method, halved until the sum of squares of what is left falls."""
        builder = self.builder
        spot = _Spot(
            self._room("base", self.size),
            self._room("step", self.size),
            self._room("best"),
            self._room("length"),
        )
        self.scratch |= set(spot)
        self._begin()
        for j, guess in enumerate(self.guesses):
            self._put(spot.base, j, guess)
            self._put(spot.step, j, builder.number(0.0))
        self._put(spot.best, 0, builder.number(math.inf))
        self._put(spot.length, 0, builder.number(1.0))
        with self.code.loops([Axis(max(u.search.turns for u in self.unknowns), "step")]):
            self._evaluate()
            self._next_step()
            self._go_on(spot)
        self._end([self._at(self.point, j) for j in range(self.size)])

    def _go_on(self, spot: _Spot) -> None:
        """Go on from the point where it is better than the best so far, or half as far as before.

        Where it is near enough, Newton's step is taken still, and the search is over.
        """
        emit, builder = self.builder.emit, self.builder
        left = [self._at(self.residuals, i) for i in range(self.size)]
        pairs = zip(left, self.tolerances, strict=True)
        near = self._all([emit(Op.LE, emit(Op.ABS, r), t) for r, t in pairs])
        squares = self._sum([emit(Op.MUL, r, r) for r in left])
        frozen = self._is_found()
        active = emit(Op.NOT, frozen)
        found, over = emit(Op.AND, active, near), emit(Op.OR, frozen, near)
        lower = emit(Op.LT, squares, self._at(spot.best, 0))
        better = emit(Op.AND, active, emit(Op.OR, lower, near))
        half = emit(Op.MUL, builder.number(0.5), self._at(spot.length, 0))
        share = emit(Op.SELECT, better, builder.number(1.0), half)
        self._put(spot.length, 0, share)
        self._put(spot.best, 0, emit(Op.SELECT, better, squares, self._at(spot.best, 0)))
        for j, end in enumerate(self._last_step(NEAR_ZERO)):
            here = emit(Op.SELECT, better, self._at(self.point, j), self._at(spot.base, j))
            here = emit(Op.SELECT, found, end, here)
            move = emit(Op.SELECT, better, self._step(j), self._at(spot.step, j))
            self._put(spot.base, j, here)
            self._put(spot.step, j, move)
            further = emit(Op.ADD, here, emit(Op.MUL, share, move))
            self._put(self.point, j, emit(Op.SELECT, over, here, further))
        self._put(self.done, 0, self._as_number(over))
        builder.leave_when(over)

    # Parts of both

    def _begin(self) -> None:
        self.builder.accumulators |= self.scratch
        for j, guess in enumerate(self.guesses):
            self._put(self.point, j, guess)
        self._put(self.done, 0, self.builder.number(0.0))

    def _end(self, values: Sequence[int]) -> None:
        """Give the unknowns their values where they were found, and the others theirs."""
        builder, found = self.builder, self._is_found()
        nothing = builder.number(math.nan)
        self._set([builder.emit(Op.SELECT, found, value, nothing) for value in values])
        self._compute_others()
        builder.accumulators -= self.scratch

    def _evaluate(self) -> None:
        """Write what is left of the equations at the point, and with each number moved."""
        emit, builder = self.builder.emit, self.builder
        for j in range(self.size):
            here = self._at(self.point, j)
            self._put(self.moved, j, difference(builder, here, self.sizes[j]))
        with self.code.loops([row := Axis(self.size + 1, "row")]):
            which = self.code.counter(row)
            values = []
            for j in range(self.size):
                mine = emit(Op.IEQ, which, builder.integer(j + 1))
                more = emit(Op.SELECT, mine, self._at(self.moved, j), builder.number(0.0))
                values.append(emit(Op.ADD, self._at(self.point, j), more))
            self._set(values)
            self._compute_others()
            first = emit(Op.IMUL, which, builder.integer(self.size))
            for i, unknown in enumerate(self.unknowns):
                value = self._number(unknown, unknown.rule.expression)
                if not unknown.search.zero:
                    value = emit(Op.DIV, emit(Op.SUB, value, values[i]), self.sizes[i])
                place = emit(Op.IADD, first, builder.integer(i))
                builder.store(self.residuals, place, value)

    def _next_step(self) -> None:
        """Solve the equations for Newton's step, which :meth:`_step` then reads."""
        emit, builder = self.builder.emit, self.builder
        size, width = builder.integer(self.size), builder.integer(self.size + 1)

        def row(i: int) -> None:
            left = builder.load(self.residuals, i)
            first = emit(Op.IMUL, i, width)

            def column(j: int) -> None:
                later = emit(Op.IMUL, emit(Op.IADD, j, builder.integer(1)), size)
                changed = builder.load(self.residuals, emit(Op.IADD, later, i))
                slope = emit(Op.DIV, emit(Op.SUB, changed, left), builder.load(self.moved, j))
                builder.store(self.matrix, emit(Op.IADD, first, j), slope)

            repeat(builder, self.size, self.size, column)
            builder.store(self.matrix, emit(Op.IADD, first, size), emit(Op.NEG, left))

        repeat(builder, self.size, self.size, row)
        eliminate(builder, self.matrix, self.size)

    def _step(self, j: int) -> int:
        return self._at(self.matrix, j * (self.size + 1) + self.size)

    def _last_step(self, longest: float) -> list[int]:
        """Return where Newton's step leads to, if it is as short as it should be at the end."""
        emit, short, ends = self.builder.emit, [], []
        for j in range(self.size):
            here, step = self._at(self.point, j), self._step(j)
            short.append(is_short(self.builder, here, step, self.sizes[j], longest))
            ends.append(emit(Op.ADD, here, step))
        fine = self._all(short)
        return [emit(Op.SELECT, fine, end, self._at(self.point, j)) for j, end in enumerate(ends)]

    def _set(self, values: Sequence[int]) -> None:
        for unknown, value in zip(self.unknowns, values, strict=True):
            self.builder.store(unknown.slot, unknown.place, value)

    def _compute_others(self) -> None:
        for other in self.others:
            value = self._number(other, other.rule.expression)
            self.builder.store(other.slot, other.place, value)

    def _number(self, equation: _Equation, node: Node) -> int:
        code, rule = self.code, equation.rule
        looped = bool(self.system.extents)
        scope = code.loop_turn(rule.axes, self.counters) if looped else code.turns(equation.turns)
        with scope:
            return code.number(node)

    def _size(self, unknown: _Equation, guess: int) -> int:
        """Return how large a number is expected to be, whatever it is: never 0."""
        emit, one = self.builder.emit, self.builder.number(1.0)
        if unknown.search.zero:
            return emit(Op.DIV, one, emit(Op.ABS, self._number(unknown, unknown.search.scale)))
        known = emit(Op.ABS, guess)
        return emit(Op.SELECT, emit(Op.LT, self.builder.number(0.0), known), known, one)

    # Memory and truth

    def _at(self, slot: int, cell: int) -> int:
        return self.builder.load(slot, self.builder.integer(cell))

    def _put(self, slot: int, cell: int, value: int) -> None:
        self.builder.store(slot, self.builder.integer(cell), value)

    def _is_found(self) -> int:
        return self.builder.emit(Op.NE, self._at(self.done, 0), self.builder.number(0.0))

    def _as_number(self, truth: int) -> int:
        one, zero = self.builder.number(1.0), self.builder.number(0.0)
        return self.builder.emit(Op.SELECT, truth, one, zero)

    def _all(self, truths: Sequence[int]) -> int:
        result = truths[0]
        for truth in truths[1:]:
            result = self.builder.emit(Op.AND, result, truth)
        return result

    def _sum(self, values: Sequence[int]) -> int:
        result = values[0]
        for value in values[1:]:
            result = self.builder.emit(Op.ADD, result, value)
        return result
