"""The hidden quantities of a Vensim queue: running totals, and rows with a place for each age.

The first places hold what is in the queue at the start, the oldest first; each later one holds what
comes in with a step.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headwater.compiler.functions.memory.slots import MOST, step_number
from headwater.compiler.resolved import (
    Axis,
    Computed,
    ElementNumber,
    Fixed,
    Follow,
    Kind,
    Literal,
    Node,
    Quantity,
    Reference,
    Rule,
    Selector,
    op,
)
from headwater.language.builtins import find_spelling
from headwater.language.syntax import Call, Expression

if TYPE_CHECKING:
    from headwater.compiler.resolving.expressions import Frame
    from headwater.compiler.resolving.resolve import Resolver

QUEUES = frozenset({"QUEUE_FIFO", "QUEUE_FIFO_ATTRIB"})


@dataclass(frozen=True, slots=True)
class QueueRows:
    """What is kept of a queue. ``first`` places are filled at the start, one a step of age.

    Of each place: the ``amount`` that came in, the total ``before`` it, its attribute as the
    ``base`` that the common ``drift`` is added to, and the total of attributes before it, by base.
    Of the whole: its ``level``, what ``entered`` and was ``removed`` so far, and the attributes of
    all that entered, by base.
    """

    axis: Axis
    first: int
    dt: float
    attributed: bool
    amount: Quantity
    before: Quantity
    base: Quantity
    weights: Quantity
    level: Quantity
    entered: Quantity
    removed: Quantity
    drift: Quantity
    weighed: Quantity

    def times_dt(self, rate: Node) -> Node:
        """Return what a rate brings in a step."""
        return op("*", rate, Literal(self.dt))

    def age_at_start(self, axis: Axis) -> Node:
        """Return the age of a place at the start, in steps, from 0 for the youngest."""
        return op("-", Literal(self.first - 1.0), place_number(axis))

    def keep(self, frame: Frame, quantity: Quantity, initial: Node, following: Node) -> None:
        """Say what a total is at the start, and after the next step."""
        span = frame.owner.span
        quantity.initial.append(Rule(frame.axes, frame.target, initial, span))
        quantity.step.append(Rule(frame.axes, frame.target, following, span))

    def put(self, frame: Frame, quantity: Quantity, initial: Node, value: Node) -> None:
        """Say what each place of a row holds at the start, and what the step's own place takes."""
        axes, target = (*frame.axes, self.axis), (*frame.target, Follow(self.axis))
        span = frame.owner.span
        own = op("+", step_number(frame), Literal(self.first + 1.0))
        here = op("=", ElementNumber(Follow(self.axis)), own)
        following = op("if", here, value, Reference(quantity, target, span))
        quantity.initial.append(Rule(axes, target, initial, span))
        quantity.step.append(Rule(axes, target, following, span))


def place_number(axis: Axis) -> Node:
    """Return the number, from 0, of the place that an axis has come to."""
    return op("-", ElementNumber(Follow(axis)), Literal(1.0))


def rows_of(resolver: Resolver, queue: Quantity) -> QueueRows | None:
    """Return what is kept of a queue, made when it is first asked for; None: it is no queue."""
    if queue not in resolver.queues:
        variable = resolver.variable_of(queue)
        calls = [_call(resolver, e.expression) for e in getattr(variable, "equations", ())]
        known = [c for c in calls if c is not None]
        if not known or len(known) < len(calls):
            return None
        resolver.queues[queue] = _make(resolver, queue, known)
    return resolver.queues[queue]


def _call(resolver: Resolver, expression: Expression) -> Call | None:
    if not isinstance(expression, Call):
        return None
    found = find_spelling(expression.function.text, resolver.project.dialect)
    return expression if found is not None and found[0].name in QUEUES else None


def range_in_steps(resolver: Resolver, call: Call) -> int:
    """Return the age range of a queue in steps, to the nearest; report one that is not known."""
    age = resolver.at_start(call, len(call.arguments) - 1)
    if age is not None and 0.0 <= age < math.inf:
        return math.floor(age / resolver.clock.dt + 0.5)
    resolver.diagnostics.error(
        f"the age range of {call.function.text} must be known before the run, and not be negative",
        call.span.place if call.span else None,
        "write it as a number, or by constants alone",
    )
    return 0


def _make(resolver: Resolver, queue: Quantity, calls: Sequence[Call]) -> QueueRows:
    clock = resolver.clock
    first = max(range_in_steps(resolver, call) for call in calls) + 1
    count = first + max(clock.steps, 1)
    if count * queue.size > MOST:
        resolver.diagnostics.error(
            f"the queue `{queue.name}` would need {count * queue.size:,} places for what waits",
            queue.span.place if queue.span else None,
            f"the most are {MOST:,}: take fewer steps or elements",
        )
        first, count = 1, 2

    def made(label: str, *more: int) -> Quantity:
        shape = (*queue.shape, *more)
        name = f"{queue.name}~{label}"
        quantity = Quantity(
            name, Kind.STATE, shape, origin=queue.origin or queue, save=False, span=queue.span
        )
        resolver.made.append(quantity)
        return quantity

    rows = [made(label, count) for label in ("amount", "before", "base", "weights")]
    totals = [made(t) for t in ("level", "entered", "removed", "drift", "weighed")]
    attributed = all(c.function.key.endswith("attrib") for c in calls)
    return QueueRows(Axis(count, "place"), first, clock.dt, attributed, *rows, *totals)


@dataclass(frozen=True, slots=True)
class Content:
    """What is in a queue, or in one element of an array of queues, by the places of an axis."""

    rows: QueueRows
    selectors: tuple[Selector, ...]
    axis: Axis

    def total(self, quantity: Quantity) -> Reference:
        """Return one of the queue's totals."""
        return Reference(quantity, self.selectors)

    def row(self, quantity: Quantity) -> Reference:
        """Return what a row holds at the place that the axis has come to."""
        return Reference(quantity, (*self.selectors, Follow(self.axis)))

    def newest(self, frame: Frame, quantity: Quantity) -> Reference:
        """Return what a row holds at the place of the step before."""
        if self.rows.axis.extent <= self.rows.first:
            return Reference(quantity, (*self.selectors, Fixed(self.rows.axis.extent - 1)))
        number = op("+", step_number(frame), Literal(float(self.rows.first)))
        return Reference(quantity, (*self.selectors, Computed(number)))
