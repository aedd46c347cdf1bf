"""Vensim's depreciation of investments, by fiscal periods."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from headwater.compiler.functions.data.functions import Reader
from headwater.compiler.functions.financial.vensim import (
    known_at_start,
    number_of,
    time_since_start,
)
from headwater.compiler.functions.memory.delays import Arguments, Maker
from headwater.compiler.functions.memory.slots import Slots, make_slots
from headwater.compiler.resolved import (
    Aggregate,
    Axis,
    Computed,
    Fixed,
    Follow,
    Literal,
    Node,
    Reference,
    op,
)
from headwater.compiler.resolving.expressions import Frame
from headwater.language.syntax import Call, Expression

_ZERO, _ONE = Literal(0.0), Literal(1.0)
INVALID = Literal(math.nan)


def _taken_in(
    frame: Frame, node: Call, stream: Node, initial: Node, number: tuple[Node, Node], count: int
) -> Slots:
    """Return what each fiscal period took in, the current one first, up to the current step.

    ``number`` is the period that the step begins in, and the one that the next begins in.
    """
    dt = Literal(frame.resolver.clock.dt)
    sums = make_slots(frame, node, f"{node.function.text}.sums", [stream, initial], count)
    is_first = op("=", sums.place, _ZERO)
    now = op("*", stream, dt)
    turns = op(">", number[1], number[0])
    moved = op("+", sums.previous, op("if", op("=", sums.place, _ONE), now, _ZERO))
    sums.complete(
        op("if", is_first, _ZERO, initial),
        op("if", turns, moved, op("+", sums.here, op("if", is_first, now, _ZERO))),
    )
    return sums


def _straight_line(frame: Frame, node: Call, arguments: Arguments) -> Node:
    """Equal parts of what each fiscal period took in, and of the current stream."""
    dt = frame.resolver.clock.dt
    lifetime = known_at_start(frame, node, 1, "lifetime")
    period = known_at_start(frame, node, 2, "fiscal period")
    if lifetime is None or period is None:
        return _ZERO
    count = max(1, round(lifetime / period))
    stream = frame.resolver.shared(frame, f"{node.function.text}.stream", arguments["stream"])
    full = op("*", arguments["initial"], Literal(period))
    now = time_since_start(frame)
    then = op("+", now, Literal(dt))
    number = number_of(now, period, dt), number_of(then, period, dt)
    sums = _taken_in(frame, node, stream, full, number, count)
    is_first = op("=", sums.place, _ZERO)
    earlier = Aggregate("sum", (sums.axis,), op("if", is_first, _ZERO, sums.here), node.span)
    return op("/", op("+", stream, op("/", earlier, Literal(period))), Literal(float(count)))


def _by_schedule(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """A share of what each fiscal period took in, by how long ago that was."""
    name, clock = node.function.text, frame.resolver.clock
    schedule = _first_of(frame, node, arguments[1], "schedule")
    if schedule is None:
        return INVALID
    first = schedule.selectors[-1]
    assert isinstance(first, Fixed)
    count = schedule.quantity.shape[-1] - first.index
    lifetime = known_at_start(frame, node, 3, "depreciation time")
    begins = frame.resolver.at_start(node, 4)
    if lifetime is None or begins is None:
        if begins is None:
            frame.error(
                node, f"the start of the fiscal year of {name} must be known before the run"
            )
        return INVALID
    period = lifetime / count
    stream = frame.resolver.shared(frame, f"{name}.stream", frame.expression(arguments[0]))
    since = op("+", time_since_start(frame), Literal(clock.start - begins))
    then = op("+", since, Literal(clock.dt))
    number = number_of(since, period, clock.dt), number_of(then, period, clock.dt)
    sums = _taken_in(frame, node, stream, _ZERO, number, count)
    share = _along(schedule, sums.axis)
    other = Axis(count, "place")
    total = Aggregate("sum", (other,), _along(schedule, other), node.span)
    taken = op("if", op("=", sums.place, _ZERO), stream, op("/", sums.here, Literal(period)))
    written_off = Aggregate("sum", (sums.axis,), op("*", share, taken), node.span)
    at_start = math.floor((clock.start - begins) / period + 1e-6)
    turn = op("-", number[0], Literal(float(at_start)))
    return op("+", op("/", written_off, total), _initial(frame, arguments[2], turn, count, period))


def _initial(frame: Frame, argument: Expression, turn: Node, count: int, period: float) -> Node:
    """Return what is written off in a fiscal period of what was invested before the run."""
    value = frame.expression(argument)
    if isinstance(value, Reference) and value.selectors and isinstance(value.selectors[-1], Fixed):
        first = value.selectors[-1].index
        if value.quantity.shape[-1] - first < count:
            return frame.error(
                argument, "the initial depreciation has fewer periods than there are"
            )
        place = Computed(op("+", turn, Literal(float(first + 1))))
        value = Reference(value.quantity, (*value.selectors[:-1], place), value.span)
    value = op("if", op("<", turn, Literal(float(count))), value, _ZERO)
    if period == 1.0:
        return value
    # Whether it is meant by the period or by the unit of time is not known, and is the same for 0.
    return op("if", op("=", value, _ZERO), _ZERO, INVALID)


def _first_of(frame: Frame, node: Call, argument: Expression, what: str) -> Reference | None:
    found = frame.expression(argument)
    if isinstance(found, Reference) and found.selectors and isinstance(found.selectors[-1], Fixed):
        return found
    frame.error(node, f"the {what} of {node.function.text} is named by its first element")
    return None


def _along(first: Reference, axis: Axis) -> Reference:
    """Return the element that an axis leads to, counted from the first one."""
    begin = first.selectors[-1]
    assert isinstance(begin, Fixed)
    table = tuple(begin.index + k for k in range(axis.extent))
    return Reference(first.quantity, (*first.selectors[:-1], Follow(axis, table)), first.span)


DEPRECIATIONS: Mapping[str, Maker] = {"DEPRECIATE_STRAIGHTLINE": _straight_line}
SCHEDULES: Mapping[str, Reader] = {"DEPRECIATE_BY_SCHEDULE": _by_schedule}
