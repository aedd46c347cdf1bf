"""Vensim's queues: levels that remember when what is in them came in.

A queue is kept by two running totals, of all that ever came in and of all that ever left. What came
in with one step lies between two values of the first; so much of it is still there as lies above
the second.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from headwater.compiler.functions.data.functions import Reader, integral
from headwater.compiler.functions.lookups.graphs import per_row
from headwater.compiler.functions.queues.rows import (
    QueueRows,
    place_number,
    range_in_steps,
    rows_of,
)
from headwater.compiler.resolved import Aggregate, Axis, Interpolate, Literal, Node, Reference, op
from headwater.compiler.resolving.expressions import Frame
from headwater.language.syntax import Call, Expression, Number

_ZERO, _ONE = Literal(0.0), Literal(1.0)
INVALID = Literal(math.nan)


def _queue(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    inflow, outflow, profile, initial, _ = arguments
    shares = _shares(frame, node, profile)
    if shares is None:
        return INVALID
    given = [frame.expression(a) for a in (inflow, outflow, initial)]
    return _filled(frame, node, shares, given)[0]


def _attributed(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    inflow, outflow, attribute, change, profile, factors, initial, first, _ = arguments
    shares = _shares(frame, node, profile)
    multiplier = frame.graph_argument(node, factors, Number(0.0))
    if shares is None or not isinstance(multiplier, Interpolate):
        return INVALID
    rows, shared = shares.rows, frame.resolver.shared
    content = shared(frame, f"{node.function.text}.initial", frame.expression(initial))
    given = [frame.expression(inflow), frame.expression(outflow), content]
    level, entering = _filled(frame, node, shares, given)
    start = frame.expression(first)

    def begun(axis: Axis) -> Node:
        x = _abscissa(multiplier, shares.way(axis, 0.0))
        return op("*", start, replace(multiplier, x=x))

    drift, weighed = (Reference(q, frame.target) for q in (rows.drift, rows.weighed))
    own = op("-", frame.expression(attribute), drift)
    own = shared(frame, f"{node.function.text}.attribute", own)
    moved = op("+", drift, rows.times_dt(frame.expression(change)))
    rows.keep(frame, rows.drift, _ZERO, moved)
    other = Axis(rows.first, "older")
    attributes = op("*", op("*", content, shares.of(other)), begun(other))
    older = op("<", place_number(other), place_number(rows.axis))
    before = Aggregate("sum", (other,), op("if", older, attributes, _ZERO))
    rows.put(frame, rows.base, begun(rows.axis), own)
    rows.put(frame, rows.weights, before, weighed)
    whole = Aggregate("sum", (other,), attributes)
    rows.keep(frame, rows.weighed, whole, op("+", weighed, op("*", entering, own)))
    return level


def _filled(frame: Frame, node: Call, shares: _Shares, given: Sequence[Node]) -> tuple[Node, Node]:
    """Return what is in the queue, and what enters with the step. A negative flow is the other."""
    name, rows, shared = node.function.text, shares.rows, frame.resolver.shared
    inflow, outflow, content = (
        shared(frame, f"{name}.{label}", value)
        for label, value in zip(("inflow", "outflow", "initial"), given, strict=True)
    )

    content = shares.of_all(content)

    def both(one: Node, other: Node) -> Node:
        return rows.times_dt(op("+", op("max", one, _ZERO), op("max", op("negate", other), _ZERO)))

    into = shared(frame, f"{name}.in", both(inflow, outflow))
    level, entered, removed = (
        Reference(q, frame.target) for q in (rows.level, rows.entered, rows.removed)
    )
    net = rows.times_dt(op("-", inflow, outflow))
    rows.keep(frame, rows.level, content, op("+", level, net))
    rows.keep(frame, rows.entered, content, op("+", entered, into))
    rows.keep(frame, rows.removed, _ZERO, op("+", removed, both(outflow, inflow)))
    rows.put(frame, rows.amount, op("*", content, shares.of(rows.axis)), into)
    rows.put(frame, rows.before, op("*", content, shares.older(rows.axis)), entered)
    return level, into


@dataclass(frozen=True, slots=True)
class _Shares:
    """How what is in a queue at the start is spread over ages: the area around each of them."""

    rows: QueueRows
    profile: Interpolate
    steps: int

    def of(self, axis: Axis) -> Node:
        """Return the share that a place has."""
        part = op("-", self._up_to(axis, 0.5), self._up_to(axis, -0.5))
        return op("safe_divide", part, self._whole())

    def older(self, axis: Axis) -> Node:
        """Return the share of all that is older than a place."""
        rest = op("-", self._whole(), self._up_to(axis, 0.5))
        return op("safe_divide", rest, self._whole())

    def of_all(self, content: Node) -> Node:
        """Return all that is there at the start; no number where no age has a share of it."""
        known = op("or", op("=", content, _ZERO), op(">", self._whole(), _ZERO))
        return op("if", known, content, INVALID)

    def _whole(self) -> Node:
        return integral(self.profile, _abscissa(self.profile, _ONE))

    def _up_to(self, axis: Axis, beyond: float) -> Node:
        """Return the area of the profile up to a place's age, and half a step more or less."""
        within = op("max", _ZERO, op("min", _ONE, self.way(axis, beyond)))
        return integral(self.profile, _abscissa(self.profile, within))

    def way(self, axis: Axis, beyond: float) -> Node:
        """Return how far into the range a place's age is, and so many steps more; 1 is its end."""
        steps = op("+", self.rows.age_at_start(axis), Literal(beyond))
        if self.steps:
            return op("/", steps, Literal(float(self.steps)))
        return op("if", op(">", steps, _ZERO), _ONE, _ZERO)


def _shares(frame: Frame, node: Call, argument: Expression) -> _Shares | None:
    """Return how the queue that this equation makes is filled at the start."""
    variable = frame.resolver.variable_of(frame.owner)
    equations = getattr(variable, "equations", ())
    if frame.closed or not any(e.expression is node for e in equations):
        frame.error(
            node,
            f"{node.function.text} must be the whole right side of an equation of the model",
            "give the queue a variable of its own, outside of macros",
        )
        return None
    rows = rows_of(frame.resolver, frame.owner)
    profile = frame.graph_argument(node, argument, Number(0.0))
    if rows is None or not isinstance(profile, Interpolate):
        return None
    return _Shares(rows, profile, range_in_steps(frame.resolver, node))


def _abscissa(profile: Interpolate, share: Node) -> Node:
    """Return the abscissa at a share of the way from a profile's first one to its last."""
    first = per_row(profile, [float(x[0]) for x in profile.graph.x])
    span = per_row(profile, [float(x[-1] - x[0]) for x in profile.graph.x])
    return op("+", first, op("*", share, span))


VENSIM_QUEUES: Mapping[str, Reader] = {"QUEUE_FIFO": _queue, "QUEUE_FIFO_ATTRIB": _attributed}
