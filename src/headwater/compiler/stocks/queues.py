"""Queues: stocks that keep batches apart, first in, first out (XMILE 1.0, section 3.7.3).

What an inflow brings in one step is one batch, and those of one step stand in the order of the
inflows (isee systems, Stella help, Queue Computation). A batch is known by the total that had
arrived with it: of ``n`` inflows ``arrived[n k + m]`` is the total after the first ``m`` of them in
step ``k``, from 0 on, and the front of the queue lies where the total that has left lies among
them. A queue gives a stock or a cloud all that it has, at once; a conveyor or
an oven what that can take, by its own rules about batches. An overflow gets something only when an
outflow before it was held back by the capacity, the inflow limit or the arrest of a conveyor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headwater.compiler.resolved import Aggregate, Axis, Follow, Node, Quantity, Reference
from headwater.compiler.resolving.assembling import (
    ONE,
    STEP_TIME,
    ZERO,
    add,
    at_most,
    both,
    choose,
    divide,
    drive,
    least,
    less,
    most,
    multiply,
    nearest,
    number,
    position,
    subtract,
)
from headwater.compiler.stocks.admission import arrivals, bound_inflows
from headwater.compiler.stocks.container_contents import fill_in_batches
from headwater.compiler.stocks.disciplines import Connections, Vessel
from headwater.model.variables import Conveyor, Flow, Oven, Queue

if TYPE_CHECKING:
    from headwater.compiler.resolving.resolve import Resolver

_TOLERANCE = 1e-12


@dataclass(frozen=True, slots=True)
class _Served:
    """What has left after an outflow, and whether a conveyor held it back."""

    left: Node
    blocked: Node | None


class Line:
    """One queue while it is compiled."""

    def __init__(self, resolver: Resolver, vessel: Vessel, connections: Connections) -> None:
        self.resolver = resolver
        self.vessel = vessel
        self.connections = connections
        self.hidden = vessel.hidden
        self.dt = number(resolver.clock.dt)

    def admit(self) -> None:
        """Let nothing negative in."""
        bound_inflows(self.resolver, self.vessel, self.connections, [])

    def build(self) -> None:
        """Give the outflows their rules."""
        hidden = self.hidden
        several = max(1, len(self.vessel.inflows))
        waiting = self._waiting()
        first = max(1, len(waiting))
        self.axis = Axis(several * (self.resolver.clock.steps + 1) + first, "batch")
        self.batches = hidden.state("arrived", self.axis)
        left = hidden.state("left")
        last = hidden.at(self.batches, Follow(self.axis)).quantity
        so_far = hidden.state("total")
        self.ends = self._ends(hidden.at(so_far))
        self.total = self.ends[-1]
        served = _Served(hidden.at(left), None)
        for place, flow in enumerate(self.vessel.outflows):
            before = served.left
            served = self._serve(flow, place, served)
            drive(flow, self.vessel.region, divide(subtract(served.left, before), self.dt))
        start = self.vessel.content
        hidden.define(so_far, start, self.total)
        hidden.define(left, ZERO, served.left)
        step = nearest(divide(subtract(STEP_TIME, number(self.resolver.clock.start)), self.dt))
        before_step = add(multiply(step, number(float(several))), number(first - 1.0))
        begun: Node = start
        for place, end in reversed(list(enumerate(waiting[:-1]))):
            begun = choose(less(position(self.axis), number(place + 0.5)), end, begun)
        arrived: Node = self.total
        for place, end in reversed(list(enumerate(self.ends[:-1], 2))):
            up_to = less(position(self.axis), add(before_step, number(float(place))))
            arrived = choose(up_to, end, arrived)
        later = less(before_step, position(self.axis))
        kept = hidden.at(last, Follow(self.axis))
        hidden.define(self.batches, begun, choose(later, arrived, kept), self.axis)
        fill_in_batches(self.resolver, self.vessel.quantity, self.batches, left, self.axis)

    def _waiting(self) -> list[Node]:
        """Return the totals with which the batches end that wait at the start, the front first."""
        variable, vessel = self.vessel.variable, self.vessel
        assert isinstance(variable.discipline, Queue)
        frame = self.resolver.frame(vessel.quantity, vessel.region, "waiting")
        ends: list[Node] = []
        for batch in variable.discipline.contents:
            amount = frame.expression(batch)
            ends.append(add(ends[-1], amount) if ends else amount)
        return ends

    def _ends(self, before: Reference) -> list[Reference]:
        """Return the totals with which the batches of this step end, the last that of all."""
        inflows = self.vessel.inflows
        ends = [before]
        for place in range(max(1, len(inflows))):
            brought = multiply(arrivals(self.vessel, inflows[place : place + 1]), self.dt)
            entering = self.hidden.value(f"entering {place}", brought)
            ends.append(self.hidden.value(f"in all {place}", add(ends[-1], entering)))
        return ends[1:]

    def _serve(self, flow: Quantity, place: int, before: _Served) -> _Served:
        """Return what has left after an outflow."""
        variable = self.resolver.variable_of(flow)
        overflow = isinstance(variable, Flow) and variable.overflow and place > 0
        taken, free = self._taken(flow, before.left, place)
        if overflow:
            taken = (
                before.left
                if before.blocked is None
                else choose(before.blocked, taken, before.left)
            )
        left = self.hidden.value(f"{flow.name}.left", taken)
        if free is None:
            return _Served(left, before.blocked if overflow else None)
        blocked: Node = less(left, free)
        if overflow:
            blocked = both(blocked, before.blocked) if before.blocked is not None else ZERO
        return _Served(left, self.hidden.value(f"{flow.name}.blocked", choose(blocked, ONE, ZERO)))

    def _taken(self, flow: Quantity, left: Node, place: int) -> tuple[Node, Node | None]:
        """Return the total that has left with an outflow, and what would have without limits.

        The second is None where nothing downstream holds back what an overflow could take.
        """
        below = self.connections.downstream.get(flow)
        if below is None or isinstance(below.variable.discipline, Queue):
            return self.total, None
        spec = below.variable.discipline
        reach, rounded = self._reach(flow, left, below.allowed.get(flow))
        if isinstance(spec, Oven):
            return choose(at_most(self.total, rounded), self.total, most(left, reach)), None
        assert isinstance(spec, Conveyor)
        free = self._front(left, place) if spec.one_at_a_time else self.total
        if not spec.batch_integrity:
            return choose(at_most(free, rounded), free, most(left, reach)), free
        if spec.one_at_a_time:
            return choose(at_most(free, rounded), free, left), free
        return self._last_whole(left, rounded), free

    def _reach(self, flow: Quantity, left: Node, allowed: Node | None) -> tuple[Node, Node]:
        """Return the total that limits let leave, and what counts as no more than that.

        What waits may exceed the limit by its rounding; left behind, it would be a batch.
        """
        if allowed is None:
            return number(math.inf), number(math.inf)
        amount = self.hidden.value(f"{flow.name}.allowed", multiply(allowed, self.dt))
        reach = self.hidden.value(f"{flow.name}.reach", add(left, amount))
        slightly_more = add(left, multiply(amount, number(1.0 + _TOLERANCE)))
        return reach, self.hidden.value(f"{flow.name}.rounded", slightly_more)

    def _front(self, left: Node, place: int) -> Node:
        """Return the total at which the batch at the front ends."""
        axis = Axis(self.axis.extent, "batch")
        arrived = self.hidden.at(self.batches, Follow(axis))
        beyond = choose(less(left, arrived), arrived, number(math.inf))
        entering: Node = self.total
        for end in reversed(self.ends[:-1]):
            entering = choose(less(left, end), end, entering)
        nearest_ = least(Aggregate("min", (axis,), beyond), entering)
        return self.hidden.value(f"front {place}", most(left, nearest_))

    def _last_whole(self, left: Node, reach: Node) -> Node:
        """Return the largest total of whole batches that a conveyor's limits reach."""
        axis = Axis(self.axis.extent, "batch")
        arrived: Reference = self.hidden.at(self.batches, Follow(axis))
        within = choose(at_most(arrived, reach), arrived, left)
        whole = most(left, Aggregate("max", (axis,), within))
        for end in self.ends:
            whole = choose(at_most(end, reach), end, whole)
        return whole
