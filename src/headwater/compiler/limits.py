"""Stocks that cannot fall below zero: their flows take no more than there is (XMILE 1.0, 4.2.1).

In a step of length ``dt`` a stock can give ``stock / dt`` and what flows in. Inflows come first
(one that is negative drains the stock), then the outflows in the order in which the stock lists
them; each is cut to what those before it have left. The flow itself is cut, so that what it feeds
receives the same amount. An inflow that depends on the outflow in question does not count for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from headwater.compiler.resolved import (
    Apply,
    Follow,
    Kind,
    Literal,
    Node,
    Quantity,
    Reference,
    Rule,
    nodes,
)
from headwater.compiler.subscripts import Region

if TYPE_CHECKING:
    from headwater.compiler.resolve import Resolver

Term = tuple[int, Node]


def limited_terms(
    resolver: Resolver, stock: Quantity, region: Region, terms: Sequence[Term]
) -> list[Term]:
    """Return the flow terms of a stock, in their order, cut to keep it from falling below zero."""
    here = Reference(stock, region.target)
    remaining: list[Node] = [Apply("/", (here, Literal(resolver.clock.dt)))]
    cut: dict[int, Term] = {}
    inflows = [k for k, (sign, _) in enumerate(terms) if sign > 0]
    outflows = [k for k, (sign, _) in enumerate(terms) if sign < 0]
    for k in (*inflows, *outflows):
        sign, node = terms[k]
        counted = [n for n in remaining if not _depends(n, node)]
        left = Apply("max", (_sum(counted), Literal(0.0)))
        if sign > 0:
            bounded = _cut(resolver, stock, region, node, "max", Apply("negate", (left,)))
            remaining.append(bounded)
        else:
            bounded = _cut(resolver, stock, region, node, "min", left)
            remaining.append(Apply("negate", (bounded,)))
        cut[k] = (sign, bounded)
    return [cut[k] for k in range(len(terms))]


def _sum(parts: Sequence[Node]) -> Node:
    total = parts[0]
    for part in parts[1:]:
        total = Apply("+", (total, part))
    return total


def _cut(
    resolver: Resolver, stock: Quantity, region: Region, node: Node, bound: str, limit: Node
) -> Node:
    """Bound a flow, and return what the stock takes of it."""
    flow = _whole_flow(stock, node)
    if flow is None:
        return Apply(bound, (node, limit))
    wanted = Quantity(
        f"{flow.name}~wanted",
        Kind.VALUE,
        flow.shape,
        initial=flow.initial,
        step=flow.step,
        origin=flow,
        save=False,
        span=flow.span,
    )
    resolver.made.append(wanted)
    asked = Reference(wanted, region.target)
    rule = Rule(region.axes, region.target, Apply(bound, (asked, limit)), flow.span)
    flow.initial, flow.step = [rule], [rule]
    return node


def _whole_flow(stock: Quantity, node: Node) -> Quantity | None:
    """Return the flow that a term names, where each element of it goes with one of the stock."""
    if not isinstance(node, Reference) or node.quantity.kind is not Kind.VALUE:
        return None
    quantity = node.quantity
    plain = all(isinstance(s, Follow) and s.table is None for s in node.selectors)
    return quantity if plain and quantity.shape == stock.shape else None


def _depends(node: Node, on: Node) -> bool:
    """Tell whether an expression depends on a flow within the same step."""
    if not isinstance(on, Reference):
        return False
    stack = [n.quantity for n in nodes(node) if isinstance(n, Reference)]
    seen: set[Quantity] = set()
    while stack:
        quantity = stack.pop()
        if quantity is on.quantity:
            return True
        if quantity in seen or quantity.kind is not Kind.VALUE:
            continue
        seen.add(quantity)
        for rule in quantity.step:
            stack.extend(rule.mentioned)
    return False
