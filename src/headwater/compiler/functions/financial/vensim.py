"""Vensim's functions of fiscal periods: what flows in a period counts together."""

from __future__ import annotations

import math
from collections.abc import Mapping

from headwater.compiler.functions.memory.delays import Arguments, Maker
from headwater.compiler.functions.memory.slots import make_slots
from headwater.compiler.resolved import (
    Aggregate,
    Apply,
    Bisection,
    Kind,
    Literal,
    Node,
    Now,
    Unknown,
    op,
)
from headwater.compiler.resolving.expressions import Frame
from headwater.language.builtins.vensim.values import NOT_AVAILABLE
from headwater.language.syntax import Call

_SLACK = 1e-6
_ZERO, _ONE = Literal(0.0), Literal(1.0)
_HALVINGS = 60
_LOWEST, _HIGHEST = -1.0 + 1e-9, 1.0
MOST_PERIODS = 10_000


def known_at_start(frame: Frame, node: Call, argument: int, what: str) -> float | None:
    """Return an argument above 0 that can be told before the run; None where not (reported).

    ``what`` names the argument in the message.
    """
    value = frame.resolver.at_start(node, argument)
    if value is None or not value > 0.0 or not math.isfinite(value):
        frame.error(
            node,
            f"the {what} of {node.function.text} must be known before the run, and more than 0",
            "write it as a number, or by constants alone",
        )
        return None
    return value


def time_since_start(frame: Frame) -> Node:
    """Return the time since the start, at the step's beginning."""
    return op("-", Now(at_step=True), Literal(frame.resolver.clock.start))


def number_of(time: Node, period: float, dt: float) -> Node:
    """Return the number, from 0, of the period that a time since the start lies in."""
    return op("floor", op("/", op("+", time, Literal(_SLACK * dt)), Literal(period)))


def _rate_of_return(frame: Frame, node: Call, arguments: Arguments) -> Node:
    """The rate at which the sums of the periods, each moved to the end of the run, cancel out."""
    name, resolver = node.function.text, frame.resolver
    dt = resolver.clock.dt
    period = known_at_start(frame, node, 1, "fiscal period")
    if period is None:
        return _ZERO
    count = math.floor(resolver.clock.steps * dt / period + _SLACK) + 1
    if count > MOST_PERIODS:
        return frame.error(node, f"{name} would have {count:,} periods", "take longer ones")
    stream = resolver.shared(frame, f"{name}.stream", arguments["stream"])
    initial = resolver.shared(frame, f"{name}.initial", arguments["initial"])
    when = op("-", arguments["initial_time"], Literal(resolver.clock.start))
    when = resolver.shared(frame, f"{name}.when", op("/", when, Literal(period)))
    sums = make_slots(frame, node, f"{name}.sums", [stream, initial, when], count)
    current = op("=", sums.place, number_of(time_since_start(frame), period, dt))
    more = op("if", current, op("*", stream, Literal(dt)), _ZERO)
    total = op("+", sums.here, more)
    sums.complete(_ZERO, total)

    def worth(rate: Node) -> Node:
        """The value at the end, which has the sign of the net present value."""
        growth = op("+", _ONE, rate)
        left = op("-", Literal(float(count)), op("+", sums.place, _ONE))
        flows = Aggregate("sum", (sums.axis,), op("*", total, op("^", growth, left)))
        first = op("*", initial, op("^", growth, op("-", Literal(float(count)), when)))
        return op("+", flows, first)

    lowest, highest = Literal(_LOWEST), Literal(_HIGHEST)
    low = resolver.shared(frame, f"{name}.low", worth(lowest))
    high = resolver.shared(frame, f"{name}.high", worth(highest))
    unknown = Unknown()
    # Below the rate that is looked for, the sign is that of the lowest one.
    balance = op("*", worth(unknown), sign(low))
    found = Bisection(unknown, balance, lowest, highest, _HALVINGS)
    crosses = op("<", op("*", sign(low), sign(high)), _ZERO)
    return op("if", crosses, found, Literal(NOT_AVAILABLE))


def sign(value: Node) -> Node:
    """Return -1, 0 or 1."""
    negative = op("if", op("<", value, _ZERO), Literal(-1.0), _ZERO)
    return op("if", op(">", value, _ZERO), _ONE, negative)


def _present_value_at_end(frame: Frame, node: Call, arguments: Arguments) -> Node:
    """As NPV, the discount factor being that of the step's end."""
    name, resolver = node.function.text, frame.resolver
    dt = Literal(resolver.clock.dt)
    stream = resolver.shared(frame, f"{name}.stream", arguments["stream"])
    rate = resolver.shared(frame, f"{name}.rate", arguments["discount_rate"])
    factor = resolver.reserve(frame, f"{name}.discount", Kind.STATE, [rate])
    at_end = op("/", factor, op("+", _ONE, op("*", rate, dt)))
    resolver.complete(factor, _ONE, at_end)
    now = op("*", op("*", stream, at_end), dt)
    total = resolver.reserve(frame, f"{name}.sum", Kind.STATE, [stream, rate, arguments["initial"]])
    resolver.complete(total, arguments["initial"], op("+", total, now))
    return Apply("*", (op("+", total, now), arguments["factor"]))


VENSIM_FINANCIAL: Mapping[str, Maker] = {
    "INTERNAL_RATE_OF_RETURN": _rate_of_return,
    "NPVE": _present_value_at_end,
}
