"""Equations of arrays side by side: one for all elements here, one for each there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import chain

from headwater.language.names import canonical
from headwater.language.syntax import (
    Expression,
    Name,
    subscripts_in,
    transform,
)
from headwater.model.diff.neutral import Neutral, Part
from headwater.model.diff.places import element

Parts = dict[Part, Expression]


def aligned(a: Neutral, b: Neutral) -> tuple[Parts, Parts]:
    """Return the expressions of a variable in both models, for the same elements.

    An equation for all elements counts as what it says for each where the other model has one for
    each.
    """
    return _spread(a, b), _spread(b, a)


def _spread(one: Neutral, other: Neutral) -> Parts:
    found: Parts = {}
    for (what, cells), expression in one.expressions.items():
        wanted = [c for w, c in other.expressions if w == what and c]
        if cells or not wanted or (what, ()) in other.expressions:
            found[what, cells] = expression
            continue
        for cell in wanted:
            found[what, cell] = one.places.at(expression, one.dimensions, cell)
    return found


def with_elements(found: Neutral, renamed: Mapping[str, Mapping[str, str]]) -> Neutral:
    """Return a variable with other names for elements, given by dimension."""
    if not renamed:
        return found
    every = dict(chain.from_iterable(swaps.items() for swaps in renamed.values()))

    def change(expression: Expression) -> Expression:
        inside = {id(s) for s in subscripts_in(expression)}

        def swap(node: Expression) -> Expression:
            if isinstance(node, Name) and id(node) in inside and node.key in every:
                return element(every[node.key])
            return node

        return transform(expression, swap)

    def moved(cells: tuple[str, ...]) -> tuple[str, ...]:
        own = zip(found.dimensions, cells, strict=False)
        return tuple(renamed.get(d, {}).get(c, c) for d, c in own)

    parts = {(what, moved(cells)): change(e) for (what, cells), e in found.expressions.items()}
    graphs = tuple(
        replace(g, subscripts=moved(tuple(map(canonical, g.subscripts)))) for g in found.graphs
    )
    return replace(found, expressions=parts, graphs=graphs)
