"""What leaks from conveyors on its way (XMILE 1.0, sections 3.7.2 and 4.2.1).

Linear leakage takes the same amount from a batch in every step, fixed when the batch enters;
exponential leakage takes the same fraction of what is there. A part that entered nearer to the exit
leaks from there on what one of its size that came from the beginning would. Source beyond the
standard: isee systems, Stella help, Traditional Conveyor Computation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headwater.compiler.resolved import Follow, Node, Quantity, Reference
from headwater.compiler.resolving.assembling import (
    ONE,
    ZERO,
    add,
    at_most,
    both,
    choose,
    divide,
    drive,
    floor,
    least,
    most,
    multiply,
    number,
    position,
    quotient,
    subtract,
    summed,
    unless,
)
from headwater.model.variables import Flow, Leakage

if TYPE_CHECKING:
    from headwater.compiler.stocks.conveyors import Belt


@dataclass(frozen=True, slots=True)
class Leak:
    """One leakage flow.

    ``fraction`` is that of a batch until its exit (linear) or per time unit (exponential);
    ``first`` and ``last`` are the slats of its zone and ``count`` their number.
    """

    flow: Quantity
    option: Leakage
    fraction: Node
    first: Node
    last: Node
    count: Node


@dataclass(frozen=True, slots=True)
class Taken:
    """What a leakage takes from each slat, and where it is linear its allocation to each slat.

    ``allotted`` is the allocation with that of what a late belt has just taken on.
    """

    leak: Leak
    amounts: Reference
    allocation: Quantity | None
    allotted: Quantity | None


class Leaks:
    """The leakage flows of one conveyor, in the order in which they take their share."""

    def __init__(self, belt: Belt, flows: Sequence[Quantity]) -> None:
        """Drive the flows by what they take from what those before them leave."""
        self.belt = belt
        self.hidden, self.axis, self.dt = belt.hidden, belt.axis, belt.dt
        self.leaks = [self._leak(flow) for flow in flows]
        self.taken: list[Taken] = []
        for leak in self.leaks:
            self.taken.append(self._take(leak))

    def remaining(self) -> Node:
        """Return what is left on a slat by the leakages so far."""
        rest: Node = self.hidden.at(self.belt.load, Follow(self.axis))
        for part in self.taken:
            rest = subtract(rest, part.amounts)
        return rest

    def move(self, contents: Node, profile: Node) -> None:
        """Let the allocations of linear leakages move with their material.

        ``contents`` is what lies on a slat at the start, ``profile`` the share of its batch that
        had not leaked before.
        """
        for part in self.taken:
            self._move_allocation(part, contents, profile)

    def _leak(self, flow: Quantity) -> Leak:
        variable = self.belt.resolver.variable_of(flow)
        option = variable.leakage if isinstance(variable, Flow) else None
        option = option or Leakage()
        given = self.belt.resolver.fractions.get(flow)
        asked = ZERO if given is None else most(ZERO, self.belt.vessel.here(given))
        if not self.belt.spec.exponential_leakage:
            asked = least(ONE, asked)
        name = flow.name
        fraction = self.hidden.value(f"{name}.fraction", asked)
        half = number(0.5)
        before = floor(subtract(half, multiply(self.belt.asked, number(1.0 - option.end))))
        end = subtract(self.belt.asked, ONE)
        nearest_exit = least(end, most(ZERO, multiply(number(-1.0), before)))
        first = self.hidden.value(f"{name}.first", nearest_exit)
        if option.start > 0:
            inner = subtract(multiply(self.belt.asked, number(1.0 - option.start)), half)
            end = most(first, least(end, floor(inner)))
        last = self.hidden.value(f"{name}.last", end)
        size = most(ZERO, add(subtract(last, first), ONE))
        return Leak(flow, option, fraction, first, last, self.hidden.value(f"{name}.zone", size))

    def _take(self, leak: Leak) -> Taken:
        """Return what a leakage takes, after those before it; its flow is driven by that."""
        here = self.remaining()
        name = leak.flow.name
        allocation: Quantity | None = None
        allotted: Quantity | None = None
        if self.belt.spec.exponential_leakage:
            wanted = multiply(here, least(ONE, multiply(leak.fraction, self.dt)))
        else:
            allocation = self.hidden.state(f"{name}.allocation", self.axis)
            allotted = self._allotted(leak, allocation)
            wanted = least(here, self.hidden.at(allotted, Follow(self.axis)))
        wanted = choose(self._in_zone(leak), most(ZERO, wanted), ZERO)
        wanted = unless(self.belt.stop_of(leak.flow), wanted)
        if leak.option.integers:
            wanted = self._whole_units(leak, here, wanted)
        amounts = self.hidden.value(f"{name}.taken", wanted, self.axis)
        drive(
            leak.flow,
            self.belt.vessel.region,
            divide(summed(amounts, self.axis), self.dt),
        )
        return Taken(leak, amounts, allocation, allotted)

    def _whole_units(self, leak: Leak, here: Node, wanted: Node) -> Node:
        """Save up what leaks until it is a whole unit; that is taken where there is material."""
        name = leak.flow.name
        each = self.hidden.value(f"{name}.wanted", wanted, self.axis)
        there = choose(self._in_zone(leak), here, ZERO)
        supply = self.hidden.value(f"{name}.there", there, self.axis)
        saved = self.hidden.state(f"{name}.saved")
        due = self.hidden.value(f"{name}.due", add(self.hidden.at(saved), summed(each, self.axis)))
        most_units = self.hidden.value(f"{name}.supply", summed(supply, self.axis))
        # Fractions that make up a unit may fall short of it by their rounding.
        whole = floor(add(due, number(1e-9)))
        units = self.hidden.value(f"{name}.units", least(whole, floor(most_units)))
        self.hidden.define(saved, ZERO, subtract(due, units))
        return multiply(units, quotient(supply, most_units))

    def _in_zone(self, leak: Leak) -> Node:
        here = position(self.axis)
        above = at_most(leak.first, here)
        return both(above, at_most(here, leak.last)) if leak.option.start > 0 else above

    def _allotted(self, leak: Leak, allocation: Quantity) -> Quantity:
        """Return the allocation to each slat in this step."""
        if not self.belt.is_late:
            return allocation
        there = self.hidden.at(allocation, Follow(self.axis))
        name = leak.flow.name
        fraction = self.belt.before(f"{name}.fraction", leak.fraction, ZERO)
        count = self.belt.before(f"{name}.zone", leak.count, ZERO)
        new = quotient(multiply(fraction, self.belt.arriving), count)
        return self.hidden.value(f"{name}.allotted", add(there, new), self.axis).quantity

    def _move_allocation(self, part: Taken, contents: Node, profile: Node) -> None:
        """Allot what entered, and let older allotments move with their material."""
        state, allotted, leak = part.allocation, part.allotted, part.leak
        if state is None or allotted is None:
            return
        axis = self.axis
        following: Node = self.hidden.at(allotted, Follow(axis, (*range(1, axis.extent), -1)))
        if not self.belt.is_late:
            new = quotient(multiply(leak.fraction, self.belt.arriving), leak.count)
            following = add(following, new)
        entered = quotient(contents, profile)
        initial = multiply(entered, quotient(leak.fraction, leak.count))
        self.hidden.define(state, initial, self.belt.unless_stopped(allotted, following), axis)
