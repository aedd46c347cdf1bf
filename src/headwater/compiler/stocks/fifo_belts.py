"""Conveyors on which nothing overtakes while their transit time changes.

The belt has the length 1 and moves by DT / transit time in a step, with all that lies on it; what
lies on the last stretch of that length leaves, and what flows in is put evenly on the first.
Source: isee systems, Stella help, FIFO Conveyor Computation.

Each step's batch keeps the stretch that it covers, counted from where the belt was at the start, so
that nothing is mixed and nothing is lost.
"""

from __future__ import annotations

from headwater.compiler.resolved import Axis, Follow, Node, Quantity
from headwater.compiler.resolving.assembling import (
    ONE,
    STEP_TIME,
    ZERO,
    Hidden,
    add,
    at_most,
    both,
    choose,
    divide,
    drive,
    equal,
    least,
    less,
    most,
    multiply,
    nearest,
    number,
    position,
    subtract,
    summed,
)
from headwater.compiler.stocks.disciplines import Vessel


def drive_fifo(
    vessel: Vessel, exit_: Quantity, axis: Axis, length: Node, arriving: Node, late: bool
) -> None:
    """Drive the outflow of a conveyor whose belt runs as fast as its transit time says now.

    ``arriving`` is the amount that enters in this step or, of a ``late`` belt, entered in the step
    before. ``axis`` has a place for what lies on the belt at the start and for each step's batch.
    """
    clock, hidden = vessel.hidden.resolver.clock, vessel.hidden
    dt = number(clock.dt)
    speed = hidden.held("speed", least(ONE, divide(dt, most(dt, length))))
    moved = hidden.state("moved")
    here = hidden.at(moved)
    hidden.define(moved, ZERO, add(here, speed))
    batch = _batch_of_step(clock.start, clock.dt)
    entering = equal(position(axis), batch)
    begin, end, amount = (hidden.state(k, axis) for k in ("begin", "end", "amount"))
    first = equal(position(axis), ZERO)
    lying = choose(first, number(-1.0), ZERO)
    hidden.define(begin, lying, choose(entering, here, _own(hidden, begin, axis)), axis)
    now = choose(entering, add(here, speed), _own(hidden, end, axis))
    hidden.define(end, ZERO, now, axis)
    load: Node = _own(hidden, amount, axis)
    if late:
        of_before = both(less(ZERO, position(axis)), equal(add(position(axis), ONE), batch))
        load = hidden.value("load", add(load, choose(of_before, arriving, ZERO)), axis)
    following = load if late else choose(entering, arriving, load)
    initial = choose(first, hidden.at(vessel.quantity), ZERO)
    hidden.define(amount, hidden.frozen("contents", initial, axis), following, axis)
    share = _share(_own(hidden, begin, axis), _own(hidden, end, axis), subtract(here, ONE), speed)
    leaving = hidden.value("leaving", multiply(load, share), axis)
    drive(exit_, vessel.region, divide(summed(leaving, axis), dt))


def _own(hidden: Hidden, state: Quantity, axis: Axis) -> Node:
    return hidden.at(state, Follow(axis))


def _batch_of_step(start: float, dt: float) -> Node:
    """Return the place of the current step's batch: 1 in the first step."""
    return add(ONE, nearest(divide(subtract(STEP_TIME, number(start)), number(dt))))


def _share(begin: Node, end: Node, low: Node, width: Node) -> Node:
    """Return the part of a batch that lies where the belt ends in this step.

    What was put on a belt that stood still has no length, and is there or is not.
    """
    high = add(low, width)
    covered = most(ZERO, subtract(least(end, high), most(begin, low)))
    length = subtract(end, begin)
    inside = both(at_most(low, begin), less(begin, high))
    return choose(less(ZERO, length), divide(covered, length), choose(inside, ONE, ZERO))
