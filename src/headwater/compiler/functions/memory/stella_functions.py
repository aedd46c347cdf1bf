"""Stella's own functions with a memory."""

from __future__ import annotations

from collections.abc import Mapping

from headwater.compiler.functions.arrays.vectors import Reader
from headwater.compiler.functions.lookups.stella_graphs import STELLA_GRAPHS
from headwater.compiler.functions.memory.delays import MAX_ORDER, Arguments, Maker
from headwater.compiler.functions.memory.slots import step_number
from headwater.compiler.resolved import (
    Axis,
    Computed,
    ElementNumber,
    Follow,
    Kind,
    Literal,
    Node,
    Quantity,
    Reference,
    Rule,
    op,
)
from headwater.compiler.resolving.expressions import Frame
from headwater.compiler.stocks.belt_readings import BELT_READINGS
from headwater.language.syntax import Call

_A_LITTLE = Literal(1e-6)


def _derivative(frame: Frame, node: Call, arguments: Arguments) -> Node:
    """Differences of differences, each from one step to the next."""
    order = arguments["order"]
    if not isinstance(order, Literal) or not 0 <= order.value <= MAX_ORDER:
        return frame.error(
            node, "the order of DERIVN must be a whole number, 0 or more", "write it as a number"
        )
    resolver, dt = frame.resolver, Literal(frame.resolver.clock.dt)
    value = resolver.shared(frame, "DERIVN.0", arguments["input"])
    for level in range(1, round(order.value) + 1):
        before = resolver.hidden(frame, f"DERIVN.before {level}", Kind.STATE, value, value)
        change = op("/", op("-", value, before), dt)
        early = op("<", step_number(frame), Literal(float(level)))
        change = op("if", early, Literal(0.0), change)
        value = resolver.shared(frame, f"DERIVN.{level}", change)
    return value


def _end_value(frame: Frame, node: Call, arguments: Arguments) -> Node:
    initial = arguments.get("initial", arguments["input"])
    return frame.resolver.hidden(frame, node.function.text, Kind.FROZEN, initial)


def _history(frame: Frame, node: Call, arguments: Arguments) -> Node:
    """What was at a time of the run that lies before now, or is now: that of the step then."""
    resolver, clock = frame.resolver, frame.resolver.clock
    given = arguments["variable"]
    value = resolver.hidden(frame, "HISTORY.variable", Kind.VALUE, given, given)
    asked = resolver.shared(frame, "HISTORY.time", arguments["time"])
    axes = tuple(s.axis for s in value.selectors if isinstance(s, Follow))
    past = Quantity(
        f"{frame.owner.name}~HISTORY.past",
        Kind.STATE,
        (*value.quantity.shape, clock.steps + 1),
        origin=frame.owner.origin or frame.owner,
        save=False,
        span=frame.owner.span,
    )
    resolver.made.append(past)
    axis = Axis(clock.steps + 1, "step")
    here = (*map(Follow, axes), Follow(axis))
    now = op("=", ElementNumber(Follow(axis)), op("+", step_number(frame), Literal(1.0)))
    kept = op("if", now, value, Reference(past, here))
    span = frame.owner.span
    past.initial = [Rule((*axes, axis), here, Literal(0.0), span)]
    past.step = [Rule((*axes, axis), here, kept, span)]
    since = op("/", op("-", asked, Literal(clock.start)), Literal(clock.dt))
    step = resolver.shared(frame, "HISTORY.step", op("floor", op("+", since, _A_LITTLE)))
    number = Computed(op("+", step, Literal(1.0)))
    then = Reference(past, (*map(Follow, axes), number), node.span)
    late = op("<", op("+", step_number(frame), _A_LITTLE), since)
    present = op("=", step, step_number(frame))
    return op("if", late, Literal(0.0), op("if", present, value, then))


STELLA_DYNAMIC: Mapping[str, Maker] = {
    "DERIVN": _derivative,
    "ENDVAL": _end_value,
    "HISTORY": _history,
}

STELLA_READERS: Mapping[str, Reader] = {**STELLA_GRAPHS, **BELT_READINGS}
