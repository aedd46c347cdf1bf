"""Stocks that cannot fall below zero: their flows take no more than there is (XMILE 1.0, 4.2.1).

In a step of length ``dt`` a stock can give ``stock / dt`` and what flows in. Inflows come first
(one that is negative drains the stock), then the outflows in the order in which the stock lists
them; each is cut to what those before it have left. The flow itself is cut, so that what it feeds
receives the same amount, unless several stocks share it: then each takes what it can. Where a stock
loses the sum of an array of flows, they are cut in the order of its elements. What flows in or out
at the same time does not count for a flow where that would lead into a circle. Where an initial
value is computed from a flow that would be cut to what depends on that value, it takes the flow as
its equation asks for it. Source: isee systems, Stella help, Flow prioritization.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from headwater.compiler.ordering.sorting import components
from headwater.compiler.resolved import (
    Aggregate,
    Apply,
    Axis,
    Follow,
    Kind,
    Node,
    Quantity,
    Reference,
    nodes,
)
from headwater.compiler.resolving.assembling import (
    ZERO,
    Hidden,
    add,
    choose,
    divide,
    least,
    less,
    most,
    multiply,
    number,
    position,
    step_length,
    subtract,
    wrap,
)
from headwater.compiler.resolving.subscripts import Region
from headwater.compiler.stocks.disciplines import Term, whole_flow

if TYPE_CHECKING:
    from headwater.compiler.resolving.resolve import Resolver


@dataclass(slots=True)
class Drain:
    """A stock that cannot be negative, with its flow terms in their order."""

    quantity: Quantity
    region: Region
    terms: list[Term]

    def in_turn(self) -> list[int]:
        """Return the places of the terms in the order in which they are served."""
        inflows = [k for k, t in enumerate(self.terms) if t.sign > 0]
        return [*inflows, *(k for k, t in enumerate(self.terms) if t.sign < 0)]


def limit_flows(resolver: Resolver, drains: Sequence[Drain], shared: set[Quantity]) -> None:
    """Cut the flows of stocks, and set their terms to what they take.

    ``shared`` are the flows that are not cut themselves.
    """
    circle = _Circles(drains)
    start = _Starts(drains, circle)
    for drain in drains:
        _limit(resolver, drain, shared, circle, start)


def shared_flows(stocks: Iterable[tuple[Quantity, Sequence[Term]]]) -> set[Quantity]:
    """Return the flows that lead into, or out of, more than one stock."""
    uses: Counter[tuple[Quantity, int]] = Counter(
        (flow, term.sign)
        for quantity, terms in stocks
        for term in terms
        if (flow := whole_flow(quantity, term.node)) is not None
    )
    return {flow for (flow, _), count in uses.items() if count > 1}


def _limit(
    resolver: Resolver, drain: Drain, shared: set[Quantity], circle: _Circles, start: _Starts
) -> None:
    here = Reference(drain.quantity, drain.region.target)
    content = divide(here, step_length(resolver.clock))
    served: list[tuple[Node, Term]] = []
    for k in drain.in_turn():
        term = drain.terms[k]
        left: Node = content
        for node, other in served:
            if not circle.joins(term.node, node):
                amount = replace(other, node=node).amount
                left = add(left, amount) if other.sign > 0 else subtract(left, amount)
        left = most(left, ZERO)
        if term.sign > 0 and not may_be_negative(resolver, term.node):
            bounded = term.node
        else:
            bounded = _cut(resolver, drain, term, left, shared, start)
        served.append((bounded, term))
        drain.terms[k] = replace(term, node=bounded)


def may_be_negative(resolver: Resolver, node: Node) -> bool:
    """Tell whether a flow can run backwards: one that is marked non-negative cannot."""
    return not (isinstance(node, Reference) and resolver.is_uniflow(node.quantity))


def _cut(
    resolver: Resolver,
    drain: Drain,
    term: Term,
    left: Node,
    shared: set[Quantity],
    start: _Starts,
) -> Node:
    """Bound a flow, and return what the stock takes of it."""

    def bound(asked: Node) -> Node:
        return most(asked, Apply("negate", (left,))) if term.sign > 0 else least(asked, left)

    if isinstance(term.node, Aggregate) and term.sign < 0:
        every = _flow_of(term.node)
        if every is not None:
            _cut_in_turn(resolver, drain, every, left, start)
            return term.node
    flow = whole_flow(drain.quantity, term.node)
    if flow is None or flow in shared or term.factor is not None:
        return bound(term.node)
    wrap(resolver, flow, drain.region, bound, start.counts(flow))
    return term.node


def _flow_of(node: Node) -> Reference | None:
    """Return the elements of a flow that a term names, or sums up."""
    if isinstance(node, Aggregate) and node.function == "sum":
        node = node.argument
    if not isinstance(node, Reference) or node.quantity.kind is not Kind.VALUE:
        return None
    plain = all(isinstance(s, Follow) and s.table is None for s in node.selectors)
    return node if plain else None


def _cut_in_turn(
    resolver: Resolver, drain: Drain, every: Reference, left: Node, start: _Starts
) -> None:
    """Cut the elements of a flow whose sum a stock loses, each to what those before it leave."""
    flow = every.quantity
    room = Hidden(resolver, drain.quantity, drain.region).value(f"left for {flow.name}", left)
    given = [s for s in every.selectors if isinstance(s, Follow)]
    own = [Axis(s.axis.extent, s.axis.name) for s in given]
    other = [
        a if s.axis in drain.region.axes else Axis(a.extent, a.name)
        for s, a in zip(given, own, strict=True)
    ]
    apart = [(a, b) for a, b in zip(own, other, strict=True) if a is not b]
    target = tuple(map(Follow, own))

    def bound(asked: Node) -> Node:
        assert isinstance(asked, Reference)
        before = choose(
            less(_rank([b for _, b in apart]), _rank([a for a, _ in apart])),
            Reference(asked.quantity, tuple(map(Follow, other))),
            ZERO,
        )
        taken = Aggregate("sum", tuple(b for _, b in apart), before)
        here = {s.axis: Follow(a) for s, a in zip(given, own, strict=True)}
        rest = Reference(room.quantity, tuple(here[a] for a in drain.region.axes))
        return least(asked, most(subtract(rest, taken), ZERO))

    wrap(resolver, flow, Region(tuple(own), target, ()), bound, start.counts(flow))


def _rank(axes: Sequence[Axis]) -> Node:
    """Return the place of an element among all, the last axis fastest."""
    rank: Node = ZERO
    for axis in axes:
        rank = add(multiply(rank, number(axis.extent)), position(axis))
    return rank


class _Circles:
    """Which flows would depend on each other within a step if each counted for the other.

    The graph holds what the equations say, and for each flow of a limited stock those served before
    it, which its limit mentions; flows in one strongly connected part must not count for each
    other.
    """

    def __init__(self, drains: Sequence[Drain]) -> None:
        self._further: dict[Quantity, list[Quantity]] = {}
        for drain in drains:
            before: list[Quantity] = []
            for k in drain.in_turn():
                node = drain.terms[k].node
                flow = _flow_of(node)
                if flow is not None:
                    self._further.setdefault(flow.quantity, []).extend(before)
                before += [q for q in _mentioned(node) if q.kind is Kind.VALUE]
        self._part: Mapping[Quantity, int] = {
            quantity: number_
            for number_, group in enumerate(components(self._further, self._needs))
            for quantity in group
        }

    def joins(self, flow: Node, other: Node) -> bool:
        """Tell whether ``other`` must not count for ``flow``."""
        named = _flow_of(flow)
        if named is None:
            return False
        own = self._part.get(named.quantity)
        return own is not None and any(self._part.get(q) == own for q in _mentioned(other))

    def _needs(self, quantity: Quantity) -> Iterator[Quantity]:
        if quantity.kind is Kind.VALUE:
            for rule in quantity.step:
                yield from rule.mentioned
        yield from self._further.get(quantity, ())


class _Starts:
    """Which flows initial values may take as they are cut, without depending on themselves.

    The graph holds what the initial values and the values at the start are computed from, and for
    each flow the stock that bounds it with the flows that count for it.
    """

    def __init__(self, drains: Sequence[Drain], circle: _Circles) -> None:
        self._bounds: dict[Quantity, list[Quantity]] = {}
        for drain in drains:
            before: list[Node] = []
            for k in drain.in_turn():
                node = drain.terms[k].node
                flow = _flow_of(node)
                if flow is not None:
                    counted = [
                        q for n in before if not circle.joins(node, n) for q in _mentioned(n)
                    ]
                    self._bounds.setdefault(flow.quantity, []).extend([drain.quantity, *counted])
                before.append(node)
        groups = components(self._bounds, self._needs)
        self._part = {q: k for k, group in enumerate(groups) for q in group}

    def counts(self, flow: Quantity) -> bool:
        """Tell whether what bounds ``flow`` counts for initial values."""
        own = self._part.get(flow)
        return all(self._part.get(q) != own for q in self._bounds.get(flow, ()))

    def _needs(self, quantity: Quantity) -> Iterator[Quantity]:
        for rule in (*quantity.initial, *quantity.lag):
            yield from rule.mentioned
        yield from self._bounds.get(quantity, ())


def _mentioned(node: Node) -> list[Quantity]:
    return [n.quantity for n in nodes(node) if isinstance(n, Reference)]
