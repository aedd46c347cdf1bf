"""Stella's functions of streams of payments (isee systems, Stella help, Financial builtins)."""

from __future__ import annotations

from collections.abc import Mapping

from headwater.compiler.functions.financial.vensim import sign
from headwater.compiler.functions.memory.delays import Arguments, Maker
from headwater.compiler.functions.memory.slots import make_slots, step_number
from headwater.compiler.resolved import (
    Aggregate,
    Bisection,
    Kind,
    Literal,
    Node,
    Unknown,
    op,
)
from headwater.compiler.resolving.expressions import Frame
from headwater.language.syntax import Call

_ZERO, _ONE = Literal(0.0), Literal(1.0)
_LOWEST, _HIGHEST = -1.0 + 1e-9, 1000.0
_HALVINGS = 80


def _elapsed(frame: Frame, steps: Node) -> Node:
    """Return the time, since the start, of the step with a number."""
    return op("*", steps, Literal(frame.resolver.clock.dt))


def _present_value(frame: Frame, node: Call, arguments: Arguments) -> Node:
    """The sum of all discounted values up to now; the first is given, or the stream's own."""
    name, resolver = node.function.text, frame.resolver
    stream = resolver.shared(frame, f"{name}.stream", arguments["stream"])
    rate = resolver.shared(frame, f"{name}.rate", arguments["discount_rate"])
    initial = arguments.get("initial", stream)
    growth = op("^", op("+", _ONE, rate), _elapsed(frame, step_number(frame)))
    worth = op("/", op("*", stream, Literal(resolver.clock.dt)), growth)
    total = resolver.reserve(frame, f"{name}.sum", Kind.STATE, [stream, rate, initial])
    first = op("=", step_number(frame), _ZERO)
    now = op("+", total, op("if", first, _ZERO, worth))
    resolver.complete(total, initial, now)
    return now


def _rate_of_return(frame: Frame, node: Call, arguments: Arguments) -> Node:
    """The rate at which the values so far cancel out, each discounted to the start."""
    name, resolver = node.function.text, frame.resolver
    stream = resolver.shared(frame, f"{name}.stream", arguments["stream"])
    paid = make_slots(frame, node, f"{name}.paid", [stream], resolver.clock.steps + 1)
    now = step_number(frame)
    so_far = op("if", op("=", paid.place, now), stream, paid.here)
    paid.complete(_ZERO, so_far)
    latest = resolver.reserve(frame, f"{name}.latest", Kind.STATE, [stream])
    last = resolver.shared(frame, f"{name}.last", op("if", op("=", stream, _ZERO), latest, now))
    resolver.complete(latest, _ZERO, last)

    def worth(rate: Node) -> Node:
        """What has the sign of the present value.

        Discounted to the start, or to the last value where the rate is below 0: no weight is above
        1, and that of the value that counts most is 1.
        """
        growth = op("+", _ONE, rate)
        since = _elapsed(frame, paid.place)
        left = op("max", _ZERO, _elapsed(frame, op("-", last, paid.place)))
        back, forth = op("^", growth, op("negate", since)), op("^", growth, left)
        weight = op("if", op(">", rate, _ZERO), back, forth)
        return Aggregate("sum", (paid.axis,), op("*", so_far, weight))

    lowest, highest = Literal(_LOWEST), Literal(_HIGHEST)
    low = sign(resolver.shared(frame, f"{name}.low", worth(lowest)))
    high = sign(resolver.shared(frame, f"{name}.high", worth(highest)))
    unknown = Unknown()
    found = Bisection(unknown, op("*", worth(unknown), low), lowest, highest, _HALVINGS)
    crosses = op("<", op("*", low, high), _ZERO)
    return op("if", crosses, found, arguments["missing"])


STELLA_FINANCIAL: Mapping[str, Maker] = {
    "STELLA_NPV": _present_value,
    "IRR": _rate_of_return,
}
