"""Elements without a value; it is an error that an equation uses one.

Arrays may have no equation for some of their elements (Vensim's rule). An auxiliary of a Stella or
XMILE file that asks for a function which is not computed here has no value either: it is often but
something to look at, and the rest of the model is right without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from headwater.compiler.resolved import (
    Axis,
    Computed,
    Fixed,
    Follow,
    Interpolate,
    Kind,
    Literal,
    Node,
    Quantity,
    Reference,
    Rule,
    Selector,
    nodes,
)
from headwater.compiler.resolving.dimensions import DimensionInfo
from headwater.language.builtins.unsupported import not_computed, why_unsupported
from headwater.language.names import canonical
from headwater.model.variables import AnyVariable, Auxiliary

if TYPE_CHECKING:
    from headwater.compiler.resolving.resolve import Resolver

MAX_CELLS = 20_000_000


def leave_out(quantity: Quantity, missing: npt.NDArray[np.int64]) -> None:
    """Give the elements at these indices (one row each) no value."""
    for cell in missing:
        target = tuple(Fixed(int(i)) for i in cell)
        rule = Rule((), target, Literal(float("nan")), quantity.span)
        quantity.initial.append(rule)
        if quantity.kind is Kind.STOCK:
            rule = Rule((), target, Literal(0.0), quantity.span)
        quantity.step.append(rule)
    quantity.missing = frozenset(
        int(np.ravel_multi_index(tuple(cell), quantity.shape)) for cell in missing
    )


def leave_out_not_computed(resolver: Resolver, variable: AnyVariable, quantity: Quantity) -> bool:
    """Give an auxiliary no value where its equations ask for what is not computed; tell whether."""
    dialect = resolver.project.dialect
    if not isinstance(variable, Auxiliary) or dialect not in ("stella", "xmile"):
        return False
    for equation in variable.equations:
        call = not_computed(equation.expression, dialect, stamps=resolver.stamps)
        if call is not None and _is_own(resolver, call.function.key):
            continue
        if call is not None:
            leave_out(quantity, np.argwhere(np.ones(quantity.shape, dtype=np.bool_)))
            resolver.not_computed[quantity] = call.function.text
            return True
    return False


def _is_own(resolver: Resolver, key: str) -> bool:
    """Tell whether a name is one of the model's own functions or variables."""
    return key in resolver.macros or key in resolver.graphs or key in resolver.quantities


def check_uses(resolver: Resolver) -> None:
    """Report equations that use elements without a value."""
    if not any(q.missing for q in resolver.made) and not any(
        g.missing for g in resolver.graphs.values()
    ):
        return
    for quantity in resolver.made:
        for rule in {id(r): r for r in (*quantity.initial, *quantity.step, *quantity.lag)}.values():
            _check_rule(resolver, quantity, rule)


def _check_rule(resolver: Resolver, owner: Quantity, rule: Rule) -> None:
    for node in nodes(rule.expression):
        found = _what(resolver, node)
        if found is None:
            continue
        name, missing, shape, selectors, dimensions = found
        used = missing & cells(shape, selectors)
        if used:
            span = getattr(node, "span", None) or rule.span or owner.span
            cell = np.unravel_index(min(used), shape)
            element = ", ".join(d.elements[int(i)] for d, i in zip(dimensions, cell, strict=True))
            if isinstance(node, Reference) and node.quantity in resolver.not_computed:
                function = resolver.not_computed[node.quantity]
                resolver.diagnostics.error(
                    f"`{name}` has no value, for {function} is not computed, and is used here",
                    span.place if span else None,
                    why_unsupported(function, resolver.project.dialect),
                )
                return
            resolver.diagnostics.error(
                f"`{name}[{element}]` has no equation, and is used here",
                span.place if span else None,
                "give it an equation, or use the elements that have one",
            )


_Use = tuple[str, frozenset[int], tuple[int, ...], tuple[Selector, ...], Sequence[DimensionInfo]]


def _what(resolver: Resolver, node: Node) -> _Use | None:
    match node:
        case Reference(quantity=quantity, selectors=selectors) if quantity.missing:
            dimensions = resolver.dimensions_of(quantity)
            return quantity.name, quantity.missing, quantity.shape, selectors, dimensions
        case Interpolate(graph=graph, selectors=selectors) if graph.missing:
            dimensions = resolver.graph_dimensions.get(canonical(graph.name), ())
            if dimensions:
                return graph.name, graph.missing, graph.shape, selectors, dimensions
    return None


def cells(shape: tuple[int, ...], selectors: Iterable[Selector]) -> frozenset[int]:
    """Return the row-major indices that selectors lead to, over all turns of their axes.

    Selectors that are computed during the run count as leading nowhere.
    """
    chosen = list(selectors)
    if any(isinstance(s, Computed) for s in chosen):
        return frozenset()
    axes: dict[Axis, int] = {}
    for selector in chosen:
        if isinstance(selector, Follow):
            axes.setdefault(selector.axis, len(axes))
    if prod(a.extent for a in axes) > MAX_CELLS:
        return frozenset()
    flat = np.zeros(tuple(a.extent for a in axes), dtype=np.int64)
    inside = np.ones(flat.shape, dtype=np.bool_)
    for extent, selector in zip(shape, chosen, strict=True):
        index: npt.NDArray[np.int64] = np.zeros(1, dtype=np.int64)
        if isinstance(selector, Fixed):
            index = np.array([selector.index], dtype=np.int64)
        elif isinstance(selector, Follow):
            along = [1] * len(axes)
            along[axes[selector.axis]] = selector.axis.extent
            index = np.array(selector.members, dtype=np.int64).reshape(along)
        inside = inside & (index >= 0)
        flat = flat * extent + index
    return frozenset(int(i) for i in np.unique(flat[np.broadcast_to(inside, flat.shape)]))
