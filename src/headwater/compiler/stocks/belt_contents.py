"""What lies on a conveyor's belt at the start of a run.

A total is spread as a steady inflow would have left it: evenly, or falling towards the exit where
material leaks. A discrete conveyor has it where the time units begin. A list gives what comes out
in each time unit, or in each step. Source: isee systems, Stella help, Initializing Discrete Stocks;
XMILE 1.0, section 3.7.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from headwater.compiler.resolved import (
    Apply,
    Axis,
    Computed,
    Fixed,
    Node,
    Quantity,
    Reference,
    Rule,
)
from headwater.compiler.resolving.assembling import (
    ONE,
    ZERO,
    add,
    choose,
    divide,
    either,
    equal,
    floor,
    least,
    less,
    most,
    multiply,
    number,
    position,
    quotient,
    subtract,
    summed,
)
from headwater.compiler.stocks.disciplines import Vessel
from headwater.model.variables import Conveyor

if TYPE_CHECKING:
    from headwater.compiler.resolving.resolve import Resolver
    from headwater.compiler.stocks.belt_leaks import Leak

_A_LITTLE = 1e-9


def initial_contents(
    resolver: Resolver,
    vessel: Vessel,
    axis: Axis,
    slats: Node,
    leaks: Sequence[Leak],
    *,
    discrete: bool,
) -> tuple[Reference, Reference]:
    """Return the content of a slat, and the share of its batch that has not leaked before it."""
    spec = vessel.variable.discipline
    assert isinstance(spec, Conveyor)
    hidden, dt = vessel.hidden, number(resolver.clock.dt)
    on_belt = less(position(axis), slats)
    profile = hidden.frozen("profile", _profile(spec, axis, dt, leaks), axis)
    if spec.contents:
        listed = choose(on_belt, _listed(resolver, vessel, axis, slats, spec, discrete), ZERO)
        contents = hidden.frozen("contents", listed, axis)
        initial = summed(contents, axis)
        vessel.quantity.initial = [
            Rule(vessel.region.axes, vessel.region.target, initial, vessel.quantity.span)
        ]
        return contents, profile
    weight: Node = profile
    if discrete:
        weight = choose(_begins_unit(axis, dt), profile, ZERO)
    weights = hidden.frozen("weights", choose(on_belt, weight, ZERO), axis)
    # Without leakage the sum is known even of a belt longer than the run.
    plain = not leaks and not discrete
    sum_ = slats if plain else hidden.frozen("weight", summed(weights, axis))
    share = quotient(multiply(vessel.content, weights), sum_)
    return hidden.frozen("contents", share, axis), profile


def _profile(spec: Conveyor, axis: Axis, dt: Node, leaks: Sequence[Leak]) -> Node:
    """Return the share of a batch that is left when it arrives on a slat."""
    left: Node = ONE
    for leak in leaks:
        entered = most(leak.first, add(position(axis), ONE))
        passed = most(ZERO, add(subtract(leak.last, entered), ONE))
        if spec.exponential_leakage:
            kept = most(ZERO, subtract(ONE, multiply(leak.fraction, dt)))
            left = multiply(left, Apply("^", (kept, passed)))
        else:
            left = subtract(left, quotient(multiply(leak.fraction, passed), leak.count))
    return most(ZERO, left) if leaks else left


def _begins_unit(axis: Axis, dt: Node) -> Node:
    """Tell whether a slat is the first to leave of those of its time unit."""
    here = multiply(position(axis), dt)
    before = subtract(here, dt)
    unit, last = (floor(add(t, number(_A_LITTLE))) for t in (here, before))
    return either(equal(position(axis), ZERO), less(last, unit))


def _listed(
    resolver: Resolver,
    vessel: Vessel,
    axis: Axis,
    slats: Node,
    spec: Conveyor,
    discrete: bool,
) -> Node:
    """Return the entry of a list that goes with a slat; a short list repeats its last one."""
    count = len(spec.contents)
    entries = _entries(resolver, vessel, spec)
    dt = resolver.clock.dt
    per_slat = equal(slats, number(count))
    unit = floor(add(multiply(position(axis), number(dt)), number(_A_LITTLE)))
    index = least(choose(per_slat, position(axis), unit), number(count - 1))
    entry = vessel.hidden.at(entries, Computed(add(index, ONE)))
    if discrete:
        begins = either(per_slat, _begins_unit(axis, number(dt)))
        return choose(begins, entry, ZERO)
    begins_at, ends_at = (_ceiling(divide(u, number(dt))) for u in (unit, add(unit, ONE)))
    in_unit = subtract(ends_at, begins_at)
    return divide(entry, choose(per_slat, ONE, in_unit))


def _ceiling(a: Node) -> Node:
    return multiply(number(-1.0), floor(multiply(number(-1.0), subtract(a, number(_A_LITTLE)))))


def _entries(resolver: Resolver, vessel: Vessel, spec: Conveyor) -> Quantity:
    """Return the list as a hidden array."""
    axis = Axis(len(spec.contents), "entry")
    made = vessel.hidden.frozen("list", ZERO, axis).quantity
    frame = resolver.frame(vessel.quantity, vessel.region)
    made.initial = [
        Rule(
            vessel.region.axes,
            (*vessel.region.target, Fixed(k)),
            frame.expression(expression),
            vessel.quantity.span,
        )
        for k, expression in enumerate(spec.contents)
    ]
    return made
