"""Vensim's discrete delays whose time may change, batches, conveyors and response profiles.

Each keeps what is on its way in a row of states, a place for each step (on a conveyor, for each
step in which something was put on it). Where the time is one number there are only as many places
as steps in it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from headwater.compiler.constants import number_of
from headwater.compiler.functions.data.functions import Reader, integral
from headwater.compiler.functions.lookups.graphs import per_row
from headwater.compiler.functions.memory.delays import Arguments, Maker
from headwater.compiler.functions.memory.slots import Slots, make_slots, step_number
from headwater.compiler.resolved import (
    Aggregate,
    Axis,
    ElementNumber,
    Follow,
    Interpolate,
    Kind,
    Literal,
    Node,
    Now,
    op,
)
from headwater.compiler.resolving.expressions import Frame
from headwater.language.syntax import Call, Expression, Name, Number
from headwater.model.variables import Auxiliary, Constant

_SLACK = 1e-6
"""The share of a step by which a time may fall short of a whole number of steps."""

Floats = npt.NDArray[np.float64]

_ZERO, _ONE = Literal(0.0), Literal(1.0)
INVALID = Literal(math.nan)


def _dt(frame: Frame) -> Literal:
    return Literal(frame.resolver.clock.dt)


def _whole_steps(frame: Frame, duration: Node) -> Node:
    """Return a duration in steps, rounded with halves up, at least one."""
    steps = op("/", duration, _dt(frame))
    return op("max", op("floor", op("+", steps, Literal(0.5 + _SLACK))), _ONE)


def _material(frame: Frame, node: Call, arguments: Arguments) -> Node:
    """What enters at a step is added to what arrives with the step of its arrival."""
    name, shared = node.function.text, frame.resolver.shared
    value = shared(frame, f"{name}.input", arguments["input"])
    lag = shared(frame, f"{name}.steps", _whole_steps(frame, arguments["delay_time"]))
    initial = arguments["initial"]
    depends = [value, lag, initial]
    amount, full = _arrivals(frame, node, ("amount", "full"), depends)
    now = step_number(frame)
    then = op("+", now, lag)
    early = op("<", amount.place, lag)
    amount.replace(op("if", early, initial, _ZERO), then, op("+", amount.numbered(then), value))
    full.replace(op("if", early, _ONE, _ZERO), then, op("+", full.numbered(then), _ONE))
    arrives = op(">", full.numbered(now), _ZERO)
    return op("if", arrives, amount.numbered(now), arguments["missing"])


def _information(frame: Frame, node: Call, arguments: Arguments) -> Node:
    """What entered last of all that has arrived: what a later value overtakes is dropped."""
    name, shared, resolver = node.function.text, frame.resolver.shared, frame.resolver
    value = shared(frame, f"{name}.input", arguments["input"])
    lag = shared(frame, f"{name}.steps", _whole_steps(frame, arguments["delay_time"]))
    initial = arguments["initial"]
    depends = [value, lag, initial]
    amount, entered = _arrivals(frame, node, ("value", "entered"), depends)
    now = step_number(frame)
    then = op("+", now, lag)
    amount.replace(initial, then, value)
    entered.replace(_ZERO, then, op("+", now, _ONE))
    held, latest = (
        resolver.reserve(frame, f"{name}.{what}", Kind.STATE, depends) for what in ("held", "last")
    )
    arriving = shared(frame, f"{name}.arriving", entered.numbered(now))
    newer = op(">", arriving, latest)
    current = op("if", newer, amount.numbered(now), held)
    resolver.complete(held, initial, current)
    resolver.complete(latest, _ZERO, op("if", newer, arriving, latest))
    return current


def _arrivals(
    frame: Frame, node: Call, labels: tuple[str, str], depends: Sequence[Node]
) -> tuple[Slots, Slots]:
    """Make two rows with a place for each step of the run, in which something may arrive."""
    name, count = node.function.text, frame.resolver.clock.steps + 1
    first = make_slots(frame, node, f"{name}.{labels[0]}", depends, count)
    return first, make_slots(frame, node, f"{name}.{labels[1]}", depends, count, axis=first.axis)


def _batch(frame: Frame, node: Call, arguments: Arguments) -> Node:
    """A batch in process and when it is done; what waits for the next one."""
    name, resolver = node.function.text, frame.resolver
    given = {k: resolver.shared(frame, f"{name}.{k}", v) for k, v in arguments.items()}
    depends = list(given.values())
    dt = _dt(frame)
    batch, ready, waiting = (
        resolver.reserve(frame, f"{name}.{what}", Kind.STATE, depends)
        for what in ("batch", "ready", "waiting")
    )
    busy = op(">", batch, _ZERO)
    reached = op(">=", Now(at_step=True), op("-", ready, op("*", dt, Literal(_SLACK))))
    done = op("and", busy, reached)
    free = op("or", op("not", busy), done)
    begins = resolver.shared(
        frame, f"{name}.begins", op("and", free, op(">=", waiting, given["size"]))
    )
    left = op("if", done, _ZERO, batch)
    first = op("*", dt, given["initial_batch"])
    resolver.complete(batch, first, op("if", begins, given["size"], left))
    later = op("+", Now(at_step=True), given["batch_time"])
    resolver.complete(ready, given["initial_time"], op("if", begins, later, ready))
    taken = op("if", begins, given["size"], _ZERO)
    more = op("-", op("+", waiting, op("*", dt, given["input"])), taken)
    resolver.complete(waiting, given["backlog"], more)
    return op("/", op("if", done, batch, _ZERO), dt)


def _sample_until(frame: Frame, node: Call, arguments: Arguments) -> Node:
    held = frame.resolver.reserve(
        frame, node.function.text, Kind.STATE, [arguments["input"], arguments["initial"]]
    )
    last = op("+", arguments["last_time"], op("*", _dt(frame), Literal(_SLACK)))
    current = op("if", op("<=", Now(at_step=True), last), arguments["input"], held)
    frame.resolver.complete(held, arguments["initial"], current)
    return current


# Functions of a profile


def _profile(frame: Frame, node: Call, argument: Expression) -> Interpolate | None:
    """Resolve the name of a graphical function, to be read at other places later."""
    found = frame.graph_argument(node, argument, Number(0.0))
    return found if isinstance(found, Interpolate) else None


def _fixed(frame: Frame, argument: Expression) -> float | None:
    """Return a duration that is one number throughout every run: None where it may be another."""
    if isinstance(argument, Name) and not argument.subscripts:
        quantity = frame.quantity_named(argument.key)
        variable = None if quantity is None else frame.resolver.variable_of(quantity)
        if quantity is None or quantity.kind is not Kind.VALUE or quantity.shape:
            return None
        if not isinstance(variable, Constant | Auxiliary) or len(variable.equations) != 1:
            return None
        return number_of(variable.equations[0].expression)
    return number_of(argument)


def _at_most(count: int, steps: float) -> int:
    """Return how many places there need to be for so many steps, of those there could be."""
    return min(count, math.ceil(steps) + 2) if 0.0 <= steps < count else count


def _conveyor(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """Each entry has an amount and the way that is left to it, as a share of the belt."""
    name, resolver, dt = node.function.text, frame.resolver, _dt(frame)
    labels = ("input", "conveyance_time", "leak", "", "total", "initial_time")
    given = {
        label: resolver.shared(frame, f"{name}.{label}", frame.expression(argument))
        for label, argument in zip(labels, arguments, strict=True)
        if label
    }
    profile = _profile(frame, node, arguments[3])
    if profile is None:
        return INVALID
    at_start = resolver.at_start(node, 5)
    steps = resolver.clock.steps + 1
    first = steps if at_start is None else math.ceil(at_start / resolver.clock.dt - _SLACK)
    first = max(1, min(first, 10 * steps))
    fixed = _fixed(frame, arguments[1])
    ring = steps if fixed is None else _at_most(steps, fixed / resolver.clock.dt)
    depends = [*given.values(), profile]
    amount = make_slots(frame, node, f"{name}.amount", depends, first + ring)
    way = make_slots(frame, node, f"{name}.way", depends, first + ring, axis=amount.axis)
    is_initial = op("<", amount.place, Literal(float(first)))
    start = _initial_amounts(amount, profile, given, dt, first)
    out = op("<=", way.here, Literal(_SLACK))
    number = op("+", step_number(frame), Literal(float(first)))
    turn = op("+", op("mod", step_number(frame), Literal(float(ring))), Literal(float(first)))
    enters = op("=", amount.place, turn)
    kept = op("max", _ZERO, op("-", _ONE, op("*", given["leak"], dt)))
    on_belt = op("if", enters, op("*", given["input"], dt), op("if", out, _ZERO, amount.here))
    amount.complete(op("if", is_initial, start, _ZERO), op("*", on_belt, kept))
    nominal = op("/", op("*", way.place, dt), given["initial_time"])
    moved = op("/", dt, given["conveyance_time"])
    ahead = op("-", op("if", enters, _ONE, way.here), moved)
    waits = op(">", way.place, number)
    way.complete(op("if", is_initial, nominal, _ONE), op("if", waits, way.here, ahead))
    leaving = op("if", op("<=", way.here, Literal(_SLACK)), amount.here, _ZERO)
    return op("/", Aggregate("sum", (amount.axis,), leaving, node.span), dt)


def _initial_amounts(
    slots: Slots, profile: Interpolate, given: Mapping[str, Node], dt: Node, count: int
) -> Node:
    """Return what of the initial total leaves with each step; the last place has the rest."""
    starts = per_row(profile, [float(x[0]) for x in profile.graph.x])
    spans = per_row(profile, [float(x[-1] - x[0]) for x in profile.graph.x])

    def below(place: Node) -> Node:
        share = op("min", _ONE, op("/", op("*", place, dt), given["initial_time"]))
        return integral(profile, op("+", starts, op("*", share, spans)))

    last = op(">=", slots.place, Literal(float(count - 1)))
    whole = integral(profile, op("+", starts, spans))
    upper = op("if", last, whole, below(op("+", slots.place, _ONE)))
    part = op("/", op("-", upper, below(slots.place)), whole)
    # A profile without an area places nothing, and has no number for anything to be placed.
    return op("if", op("=", given["total"], _ZERO), _ZERO, op("*", given["total"], part))


def _response(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """What enters is spread over the places to come, by the area of the profile around each."""
    name, resolver, dt = node.function.text, frame.resolver, _dt(frame)
    profile = _profile(frame, node, arguments[0])
    if profile is None:
        return INVALID
    value, delay, initial, growth = (
        resolver.shared(frame, f"{name}.{label}", frame.expression(argument))
        for label, argument in zip(
            ("input", "time", "initial", "growth"), arguments[1:], strict=True
        )
    )
    count = resolver.clock.steps + 1
    fixed = _fixed(frame, arguments[2])
    if fixed is not None:
        spans = [float(x[-1]) / _mean(x, y) for x, y in _points(profile)]
        count = _at_most(count, max(spans) * fixed / resolver.clock.dt)
    weights = make_slots(frame, node, f"{name}.weight", [delay, profile], count, Kind.VALUE)
    scale = op("/", per_row(profile, [_mean(x, y) for x, y in _points(profile)]), delay)
    first = per_row(profile, [float(x[0]) for x in profile.graph.x])
    end = per_row(profile, [float(x[-1]) for x in profile.graph.x])

    def below(steps: Node) -> Node:
        x = op("*", op("*", steps, dt), scale)
        return integral(profile, op("max", first, op("min", end, x)))

    # The place before a lag of k steps is number k - 1; the first has all of the time before it.
    lag = op("+", weights.place, _ONE)
    lower = op("if", op("<", lag, Literal(1.5)), _ZERO, below(op("-", lag, Literal(0.5))))
    part = op("-", below(op("+", lag, Literal(0.5))), lower)
    weight = op("/", part, integral(profile, end))
    weights.complete(weight, weight)
    coming = make_slots(
        frame, node, f"{name}.coming", [value, initial, growth, weights.first], count
    )
    coming.complete(
        _grown(coming, weights, initial, growth, dt),
        op("+", coming.following, op("*", _same_place(weights, coming), value)),
    )
    return coming.first


def _same_place(weights: Slots, other: Slots) -> Node:
    return weights.at(Follow(other.axis))


def _grown(coming: Slots, weights: Slots, initial: Node, growth: Node, dt: Node) -> Node:
    """Return what the inputs before the start still bring, the first place being the initial value.

    The input a time before the start was smaller by the growth since then.
    """
    axis = Axis(weights.axis.extent, "lag")
    lag = ElementNumber(Follow(axis))
    weight = weights.at(Follow(axis))

    def faded(age: Node) -> Node:
        return op("exp", op("negate", op("*", growth, op("*", age, dt))))

    age = op("-", lag, coming.place)
    still = op("if", op(">", lag, coming.place), op("*", weight, faded(age)), _ZERO)
    first = Aggregate("sum", (axis,), op("*", weight, faded(lag)))
    return op("*", initial, op("safe_divide", Aggregate("sum", (axis,), still), first))


def _points(profile: Interpolate) -> list[tuple[Floats, Floats]]:
    return list(zip(profile.graph.x, profile.graph.y, strict=True))


def _mean(x: Floats, y: Floats) -> float:
    """Return the mean of the density that the points describe, straight between them."""
    width, a, b = np.diff(x), y[:-1], y[1:]
    area = float(np.sum(width * (a + b) / 2))
    moment = np.sum(width * (x[:-1] * (2 * a + b) + x[1:] * (a + 2 * b)) / 6)
    return float(moment) / area if area else math.nan


VENSIM_DELAYS: Mapping[str, Maker] = {
    "DELAY_MATERIAL": _material,
    "DELAY_INFORMATION": _information,
    "DELAY_BATCH": _batch,
    "SAMPLE_UNTIL": _sample_until,
}

VENSIM_PROFILES: Mapping[str, Reader] = {
    "DELAY_CONVEYOR": _conveyor,
    "DELAY_PROFILE": _response,
}
