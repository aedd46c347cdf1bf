"""Ovens: stocks that process batches (isee systems, Stella help, Oven Computation).

An oven is open until it holds its capacity or its fill time is over, which begins with the first
material; then it is closed for the cook time, empties within one step, and is cleaned. Nothing
enters while it is closed, empties or is cleaned. Times count in steps, to the nearest; the cook
time is that of the step in which the oven closes. An oven that holds something at the start is
cooking it. While it is arrested nothing moves and no time passes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headwater.compiler.resolved import Node, Quantity
from headwater.compiler.resolving.assembling import (
    ONE,
    ZERO,
    add,
    at_most,
    both,
    choose,
    divide,
    drive,
    either,
    equal,
    less,
    most,
    multiply,
    nearest,
    number,
    subtract,
    unless,
)
from headwater.compiler.stocks.admission import arrivals, bound_inflows
from headwater.compiler.stocks.belt_readings import fill_in_processing
from headwater.compiler.stocks.disciplines import Connections, Vessel
from headwater.language.syntax import Expression
from headwater.model.variables import Oven

if TYPE_CHECKING:
    from headwater.compiler.resolving.resolve import Resolver

OPEN, COOKING, CLEANING = ZERO, ONE, number(2.0)
_EMPTYING = number(2.0)
"""What OSTATE tells of an oven that empties."""

_TOLERANCE = number(1.0 - 1e-12)


def read_arrest(resolver: Resolver, vessel: Vessel) -> None:
    """Read when an oven is arrested."""
    spec = vessel.variable.discipline
    if isinstance(spec, Oven) and spec.arrest is not None:
        frame = resolver.frame(vessel.quantity, vessel.region, "oven")
        vessel.stopped = vessel.hidden.held("arrest", frame.expression(spec.arrest))


def build_oven(resolver: Resolver, vessel: Vessel, connections: Connections) -> None:
    """Give an oven's outflow its rule, and bound its inflow."""
    spec = vessel.variable.discipline
    assert isinstance(spec, Oven)
    if not _is_in_order(resolver, vessel, connections, spec):
        return
    hidden, dt = vessel.hidden, number(resolver.clock.dt)
    frame = resolver.frame(vessel.quantity, vessel.region, "oven")

    def steps(label: str, expression: Expression | None) -> Node:
        if expression is None:
            return ZERO
        return hidden.value(label, most(ZERO, nearest(divide(frame.expression(expression), dt))))

    mode, left = hidden.state("mode"), hidden.state("left")
    is_open = equal(hidden.at(mode), OPEN)
    is_cooking = equal(hidden.at(mode), COOKING)
    cook = most(ONE, steps("cook", spec.cook_time))
    empties = hidden.value(
        "empties", choose(both(is_cooking, at_most(hidden.at(left), ZERO)), ONE, ZERO)
    )
    leaving = choose(empties, divide(vessel.content, dt), ZERO)
    drive(vessel.outflows[0], vessel.region, unless(vessel.stopped, leaving))

    capacity = number(math.inf) if spec.capacity is None else frame.expression(spec.capacity)
    capacity = hidden.value("capacity", most(ZERO, capacity))
    room = most(ZERO, divide(subtract(capacity, vessel.content), dt))
    bound_inflows(resolver, vessel, connections, [choose(is_open, room, ZERO)])

    held = hidden.value("held", add(vessel.content, multiply(arrivals(vessel), dt)))
    begun = less(ZERO, held)
    fill_left = subtract(
        choose(less(ZERO, vessel.content), hidden.at(left), steps("fill", spec.fill_time)), ONE
    )
    due = at_most(multiply(capacity, _TOLERANCE), held)
    if spec.fill_time is not None:
        due = either(due, at_most(fill_left, ZERO))
    closes = hidden.value("closes", choose(both(is_open, both(begun, due)), ONE, ZERO))
    clean = steps("clean", spec.clean_time)
    counting = choose(is_open, choose(begun, fill_left, ZERO), subtract(hidden.at(left), ONE))
    fill_in_processing(resolver, vessel, frame.expression(spec.cook_time))
    if vessel.quantity in resolver.oven_states:
        state = choose(empties, _EMPTYING, choose(is_cooking, COOKING, OPEN))
        drive(resolver.oven_states[vessel.quantity], vessel.region, state)
    _define(vessel, _Course(mode, left, closes, empties, cook, clean, counting))


@dataclass(frozen=True, slots=True)
class _Course:
    """What an oven's mode, and the steps ``left`` in it, follow from.

    It ``closes`` and ``empties`` in this step; ``cook`` and ``clean`` are how long that takes, and
    ``counting`` the steps left where neither begins.
    """

    mode: Quantity
    left: Quantity
    closes: Node
    empties: Node
    cook: Node
    clean: Node
    counting: Node


def _define(vessel: Vessel, course: _Course) -> None:
    """Give an oven's mode and its steps their values at the start and in the next step."""
    hidden = vessel.hidden
    mode, left = hidden.at(course.mode), hidden.at(course.left)
    cleaned = both(equal(mode, CLEANING), at_most(left, ONE))
    after = choose(less(ZERO, course.clean), CLEANING, OPEN)
    emptied = choose(course.empties, after, choose(cleaned, OPEN, mode))
    next_mode = choose(course.closes, COOKING, emptied)
    next_left = choose(
        course.closes, course.cook, choose(course.empties, course.clean, course.counting)
    )
    starts_full = less(ZERO, vessel.content)
    hidden.define(course.mode, choose(starts_full, COOKING, OPEN), _unless(vessel, mode, next_mode))
    hidden.define(
        course.left, choose(starts_full, course.cook, ZERO), _unless(vessel, left, next_left)
    )


def _unless(vessel: Vessel, now: Node, following: Node) -> Node:
    return following if vessel.stopped is None else choose(vessel.stopped, now, following)


def _is_in_order(resolver: Resolver, vessel: Vessel, connections: Connections, spec: Oven) -> bool:
    name = vessel.variable.name
    if len(vessel.outflows) != 1 or len(vessel.inflows) > 1:
        message = f"the oven `{name}` needs one outflow, and at most one inflow"
        resolver.diagnostics.error(message, vessel.place, "use a queue before it")
        return False
    if spec.capacity is None and spec.fill_time is None:
        message = f"the oven `{name}` has neither a capacity nor a fill time"
        resolver.diagnostics.error(message, vessel.place, "it would never close: give one of them")
        return False
    if any(connections.is_pushed(q) for q in vessel.inflows):
        message = f"a conveyor or an oven leads into the oven `{name}`, which is not always open"
        resolver.diagnostics.error(message, vessel.place, "put a queue between them")
        return False
    return True
