"""Stocks through which stamped material passes, each by its own order.

A queue and an ordinary stock give first what came in first; a conveyor takes the stamps along on
its slats, where what enters on one mixes with what lies there; an oven mixes what it cooks. What
leaks from a slat is of what lies there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from headwater.compiler.resolved import Axis, Fixed, Follow, Node, Quantity, Reference
from headwater.compiler.resolving.assembling import (
    ONE,
    ZERO,
    Hidden,
    add,
    at_most,
    both,
    choose,
    equal,
    least,
    less,
    most,
    multiply,
    number,
    position,
    subtract,
    total,
)
from headwater.compiler.stocks.conveyors import Belt
from headwater.compiler.stocks.disciplines import Vessel
from headwater.compiler.stocks.stamps.tags import Stamps, Tag, gathered, mixed

_A_LITTLE = 1e-12
"""The share of all that came in which rounding may leave of a batch that is gone."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What an inflow brings in a step, in the stock's unit, and the tag of that."""

    amount: Node
    tag: Tag


Arrivals = Callable[[], Sequence[Arrival]]


class Carrier(Protocol):
    """A stock that stamped material passes through."""

    def leaving(self, flow: Quantity) -> Tag:
        """Return the tag of what leaves through a flow in a step."""

    def receive(self) -> None:
        """Say what its stamps are in the next step."""


class OnBelt:
    """The stamps on a conveyor's slats."""

    def __init__(self, belt: Belt, arrivals: Arrivals) -> None:
        self.belt, self.hidden, self.arrivals = belt, belt.hidden, arrivals
        self.stamps = Stamps.states(self.hidden, belt.axis)

    def leaving(self, flow: Quantity) -> Tag:
        """Return the tag of what leaves at the exit, or leaks."""
        belt = self.belt
        for part in belt.leaks.taken:
            if part.leak.flow is flow:
                return gathered(self.hidden, flow.name, part.amounts, self.stamps, belt.axis)
        amount = multiply(belt.vessel.here(flow), belt.dt)
        return self.stamps.at(self.hidden, amount, Fixed(0))

    def receive(self) -> None:
        """Let stamps move with their slats, and mix where something enters."""
        belt, hidden, axis = self.belt, self.hidden, self.belt.axis
        here, onward = Follow(axis), Follow(axis, (*range(1, axis.extent), -1))
        moved: Node = hidden.at(belt.rest, onward)
        tags = [self.stamps.at(hidden, moved, onward)]
        if belt.held is not None:
            waits = both(equal(position(axis), ZERO), belt.held)
            waiting = choose(waits, hidden.at(belt.rest, here), ZERO)
            tags.append(self.stamps.at(hidden, waiting, here))
            moved = add(moved, waiting)
        brought = mixed(hidden, "stamped entering", [a.tag for a in self.arrivals()])
        enters = equal(position(axis), subtract(belt.slats, ONE))
        tags.append(brought.only(enters))
        tag = mixed(hidden, "stamped moved", tags, axis)
        self.stamps.define(hidden, add(moved, belt.arriving), tag, belt.unless_stopped, axis)


class InOven:
    """The stamps of all that an oven holds."""

    def __init__(self, vessel: Vessel, dt: Node, arrivals: Arrivals) -> None:
        self.vessel, self.hidden, self.dt, self.arrivals = vessel, vessel.hidden, dt, arrivals
        self.stamps = Stamps.states(self.hidden)

    def leaving(self, flow: Quantity) -> Tag:
        """Return the tag of what leaves when the oven empties."""
        return self.stamps.at(self.hidden, multiply(self.vessel.here(flow), self.dt))

    def receive(self) -> None:
        """Mix what comes in with what is there, unless that leaves."""
        empties = less(ZERO, self.vessel.here(self.vessel.outflows[0]))
        held = choose(empties, ZERO, self.vessel.content)
        arrivals = self.arrivals()
        tags = [self.stamps.at(self.hidden, held), *(a.tag for a in arrivals)]
        tag = mixed(self.hidden, "stamped held", tags)
        whole = total([held, *(a.amount for a in arrivals)])
        self.stamps.define(self.hidden, whole, tag, lambda _, following: following)


@dataclass(frozen=True, slots=True)
class Line:
    """An ordinary stock or a queue: what it holds, what leaves it and in which order.

    ``leaving`` are amounts in a step, in order; ``several`` come in in each of so many ``steps``,
    of which ``step`` is the number of the one now.
    """

    hidden: Hidden
    content: Node
    leaving: Sequence[tuple[Quantity, Node]]
    several: int
    steps: int
    step: Node


class InLine:
    """The stamps of what leaves first in, first out: batches between the totals that came in.

    The first place is what was there at the start; after it each step has one for each inflow.
    """

    def __init__(self, line: Line, arrivals: Arrivals) -> None:
        self.line, self.hidden, self.arrivals = line, line.hidden, arrivals
        self.axis = Axis(line.several * (line.steps + 1) + 1, "batch")
        self.stamps = Stamps.states(self.hidden, self.axis)
        self.ends = self.hidden.state("stamped ends", self.axis)
        self.so_far = self.hidden.state("stamped total")
        left = self.hidden.state("stamped left")
        self.cuts: dict[Quantity, tuple[Node, Node]] = {}
        before: Node = self.hidden.at(left)
        for flow, amount in line.leaving:
            after = self.hidden.value(f"stamped {flow.name} left", add(before, amount))
            self.cuts[flow] = (before, after)
            before = after
        self.hidden.define(left, ZERO, before)
        self._new: list[Reference] | None = None

    def _new_ends(self) -> list[Reference]:
        """Return the totals at which the batches of this step begin and end."""
        if self._new is None:
            self._new = [self.hidden.at(self.so_far)]
            for place, arrival in enumerate(self.arrivals()):
                end = add(self._new[-1], arrival.amount)
                self._new.append(self.hidden.value(f"stamped in all {place}", end))
        return self._new

    def leaving(self, flow: Quantity) -> Tag:
        """Return the tag of what leaves: of batches that waited, and of those of this step."""
        before, after = self.cuts[flow]
        axis, hidden = self.axis, self.hidden
        end = hidden.at(self.ends, Follow(axis))
        begin = hidden.at(self.ends, Follow(axis, tuple(range(-1, axis.extent - 1))))
        amounts = _overlap(begin, end, before, after)
        tags = [gathered(hidden, flow.name, amounts, self.stamps, axis)]
        ends = self._new_ends()
        for begin, end, arrival in zip(ends, ends[1:], self.arrivals(), strict=False):
            tags.append(arrival.tag.part_of(arrival.amount, _overlap(begin, end, before, after)))
        return mixed(hidden, f"{flow.name} leaving", tags)

    def receive(self) -> None:
        """Put what comes in behind what is there."""
        hidden, axis, line = self.hidden, self.axis, self.line
        ends, arrivals = self._new_ends(), self.arrivals()
        newest = multiply(line.step, number(float(line.several)))
        here, place = hidden.at(self.ends, Follow(axis)), position(axis)
        arrived: Node = ends[-1]
        for count, end in reversed(list(enumerate(ends[1:-1], 1))):
            arrived = choose(at_most(place, add(newest, number(float(count)))), end, arrived)
        later = less(newest, place)
        hidden.define(self.ends, line.content, choose(later, arrived, here), axis)
        hidden.define(self.so_far, line.content, ends[-1])
        if arrivals:
            self._tag_new(newest, later, arrivals)

    def _tag_new(self, newest: Node, later: Node, arrivals: Sequence[Arrival]) -> None:
        """Give the batches of this step their stamps; the others keep theirs."""
        place = position(self.axis)
        whole, tag = arrivals[-1].amount, arrivals[-1].tag
        for count, arrival in reversed(list(enumerate(arrivals[:-1], 1))):
            before = at_most(place, add(newest, number(float(count))))
            whole, tag = choose(before, arrival.amount, whole), arrival.tag.instead(before, tag)
        new = both(later, at_most(place, add(newest, number(float(len(arrivals))))))

        def change(state: Quantity, following: Node) -> Node:
            return choose(new, following, self.hidden.at(state, Follow(self.axis)))

        self.stamps.define(self.hidden, whole, tag, change, self.axis)


def _overlap(begin: Node, end: Node, before: Node, after: Node) -> Node:
    """Return how much leaves of a batch, by the totals at its ends and those that have left."""
    width = subtract(least(end, after), most(begin, before))
    return choose(less(multiply(number(_A_LITTLE), end), width), width, ZERO)
