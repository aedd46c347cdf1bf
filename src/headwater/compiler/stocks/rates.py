"""The rates of stocks: what flows in and out, once those that hold back flows have had their say.

First the stocks that drive their outflows (conveyors, queues, ovens), then those that cannot fall
below zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headwater.compiler.resolved import Apply, Literal, Node, Quantity, Reference, Rule
from headwater.compiler.resolving.assembling import (
    ZERO,
    add,
    both,
    choose,
    divide,
    less,
    multiply,
    number,
    step_length,
    total,
)
from headwater.compiler.resolving.subscripts import Region
from headwater.compiler.stocks.conveyors import Belt, is_continuous
from headwater.compiler.stocks.disciplines import Connections, Term, Vessel, vessel_of
from headwater.compiler.stocks.limits import Drain, limit_flows, may_be_negative, shared_flows
from headwater.compiler.stocks.ovens import build_oven, read_arrest
from headwater.compiler.stocks.queues import Line
from headwater.compiler.stocks.stamps.following import follow_stamps
from headwater.model.variables import Conveyor, Oven, Queue, Stock

if TYPE_CHECKING:
    from headwater.compiler.resolving.resolve import Resolver


SLACK = 1e-12
"""What rounding may make of a sum of flows, as a share of them."""

LESS = 1 - 2.0**-51
"""Makes up for three operations that each rounded a number away from zero."""


@dataclass(slots=True)
class Rate:
    """A stock whose rate is to be made of its flow terms."""

    variable: Stock
    quantity: Quantity
    region: Region
    terms: list[Term]
    limited: bool = False


def define_rates(resolver: Resolver, rates: Sequence[Rate]) -> None:
    """Give the stocks their rates, once every flow has its rules."""
    if not resolver.diagnostics.errors:
        belts = _drive(resolver, [r for r in rates if r.variable.discipline is not None])
        limited = [r for r in rates if r.variable.non_negative and r.variable.discipline is None]
        drains = [Drain(r.quantity, r.region, list(r.terms)) for r in limited]
        if drains:
            limit_flows(resolver, drains, shared_flows((r.quantity, r.terms) for r in rates))
        for rate, drain in zip(limited, drains, strict=True):
            rate.terms, rate.limited = drain.terms, True
        follow_stamps(resolver, rates, belts)
    for rate in rates:
        net = _net(rate.terms)
        net = _to_zero(resolver, rate, net) if rate.limited else net
        rate.quantity.step = [Rule(rate.region.axes, rate.region.target, net, rate.variable.span)]


def _net(terms: Sequence[Term]) -> Node:
    net: Node | None = None
    for term in terms:
        amount = term.amount if term.sign > 0 else term.node
        if net is None:
            net = amount if term.sign > 0 else Apply("negate", (amount,))
        else:
            net = Apply("+" if term.sign > 0 else "-", (net, amount))
    return Literal(0.0) if net is None else net


def _to_zero(resolver: Resolver, rate: Rate, net: Node) -> Node:
    """Return a net flow that takes all there is where rounding would make it a little more.

    Flows that are cut to what a stock holds and gains add up to that but for rounding, and the
    stock would end just below zero.
    """
    losses = [t for t in rate.terms if t.sign < 0 or may_be_negative(resolver, t.node)]
    if not losses:
        return net
    here = Reference(rate.quantity, rate.region.target)
    dt = step_length(resolver.clock)
    everything: Node = Apply("negate", (divide(here, dt),))
    too_much = less(add(here, multiply(dt, everything)), ZERO)
    everything = choose(too_much, multiply(everything, number(LESS)), everything)
    sizes: list[Node] = [Apply("abs", (t.amount,)) for t in losses]
    near = less(everything, add(net, multiply(number(SLACK), total(sizes))))
    return choose(both(less(net, everything), near), everything, net)


def _drive(resolver: Resolver, rates: Sequence[Rate]) -> list[Belt]:
    """Let conveyors, queues and ovens drive and bound their flows; return the conveyors."""
    made = [vessel_of(resolver, r.variable, r.quantity, r.region, r.terms) for r in rates]
    vessels = [v for v in made if v is not None]
    connections = _connections(vessels)
    belts, lines = [], []
    for vessel in vessels:
        match vessel.variable.discipline:
            case Conveyor():
                belts.append(Belt(resolver, vessel, connections))
            case Queue():
                lines.append(Line(resolver, vessel, connections))
            case Oven():
                read_arrest(resolver, vessel)
    for belt in belts:
        belt.build(resolver.driven)
    for belt in belts:
        belt.place_inflows()
    for vessel in vessels:
        if isinstance(vessel.variable.discipline, Oven):
            build_oven(resolver, vessel, connections)
    for line in lines:
        line.admit()
    for line in lines:
        line.build()
    _hold(resolver, vessels, connections)
    return belts


def _hold(resolver: Resolver, vessels: Sequence[Vessel], connections: Connections) -> None:
    """Let flows be the same in all stages of a step, where the stocks move in whole steps.

    A conveyor that is not discrete takes what flows in over the step; what enters in batches is
    that of the step's beginning, as is all that leaves.
    """
    if resolver.staged:
        for vessel in vessels:
            batches = not is_continuous(vessel, connections)
            for flow in (*vessel.outflows, *(vessel.inflows if batches else ())):
                flow.held = True


def _connections(vessels: Sequence[Vessel]) -> Connections:
    return Connections(
        {flow: v for v in vessels for flow in v.outflows},
        {flow: v for v in vessels for flow in v.inflows},
    )
