"""What a conveyor, a queue or an oven lets in."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from headwater.compiler.resolved import Node, Quantity
from headwater.compiler.resolving.assembling import (
    ZERO,
    choose,
    divide,
    least,
    most,
    number,
    subtract,
    total,
    wrap,
)
from headwater.compiler.stocks.disciplines import Connections, Vessel

if TYPE_CHECKING:
    from headwater.compiler.resolving.resolve import Resolver


def arrivals(vessel: Vessel, inflows: Sequence[Quantity] | None = None) -> Node:
    """Return the rate at which material arrives in a stock, by all of its inflows or by some."""
    return total([vessel.arrival(q) for q in (vessel.inflows if inflows is None else inflows)])


def allowance(
    vessel: Vessel, connections: Connections, limits: Sequence[Node], before: Sequence[Quantity]
) -> Node | None:
    """Return the rate that is still allowed in, after the inflows ``before``; None: any rate."""
    if not limits and vessel.stopped is None:
        return None
    tightest = number(math.inf)
    for limit in limits:
        tightest = least(tightest, limit)
    counted = [*before, *(q for q in vessel.inflows if connections.is_pushed(q))]
    used = [vessel.arrival(q) for q in dict.fromkeys(counted)]
    left = most(ZERO, subtract(tightest, total(used)) if used else tightest)
    return left if vessel.stopped is None else choose(vessel.stopped, ZERO, left)


def bound_inflows(
    resolver: Resolver, vessel: Vessel, connections: Connections, limits: Sequence[Node]
) -> None:
    """Let in what the limits (rates) allow, the first inflow first, and nothing negative.

    What another conveyor pushes in counts but is not held back; what a queue gives is decided
    there.
    """
    before: list[Quantity] = []
    for flow in vessel.inflows:
        if connections.is_pushed(flow):
            continue
        allowed = allowance(vessel, connections, limits, before)
        before.append(flow)
        if connections.is_queued(flow):
            vessel.allowed[flow] = allowed
            continue
        factor = vessel.factors.get(flow)
        if allowed is not None and factor is not None:
            allowed = divide(allowed, factor)
        wrap(resolver, flow, vessel.region, _bounded(allowed))


def _bounded(allowed: Node | None) -> Callable[[Node], Node]:
    def change(asked: Node) -> Node:
        positive = most(ZERO, asked)
        return positive if allowed is None else least(positive, allowed)

    return change
