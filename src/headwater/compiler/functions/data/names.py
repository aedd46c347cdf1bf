"""Variables that are other names of data: the function of time behind them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from headwater.compiler.functions.data.moments import moment
from headwater.compiler.resolved import (
    Computed,
    Fixed,
    Follow,
    GraphSet,
    Interpolate,
    Kind,
    Node,
    Quantity,
    Reference,
    Rule,
    target_cells,
)

Indices = npt.NDArray[np.int64]


def series_behind(value: Node) -> Interpolate | None:
    """Return the function of time behind a variable, at the element that is referred to.

    A variable that is another one, and nothing else, stands for what is behind that. Where its
    elements are different ones they become rows of one function.
    """
    found = parts_of(value, series_of_rule)
    if found is None:
        return None
    reference, parts = found
    quantity = reference.quantity
    if len(parts) == 1 and _is_whole(quantity.step[0], parts[0]):
        return replace(parts[0], selectors=reference.selectors)
    graph = joined_series(quantity, parts)
    return None if graph is None else replace(parts[0], graph=graph, selectors=reference.selectors)


def parts_of(
    value: Node, find: Callable[[Rule, Quantity], Interpolate | None]
) -> tuple[Reference, list[Interpolate]] | None:
    """Return a variable's reference and what is found behind each of its rules.

    None where it is no variable, has no rules, or nothing is found behind one of them.
    """
    if not isinstance(value, Reference) or value.quantity.kind is not Kind.VALUE:
        return None
    parts: list[Interpolate] = []
    for rule in value.quantity.step:
        found = find(rule, value.quantity)
        if found is None:
            return None
        parts.append(found)
    return (value, parts) if parts else None


def series_of_rule(rule: Rule, quantity: Quantity) -> Interpolate | None:
    """Return the function that a rule reads, by itself or by the name of another variable."""
    expression = rule.expression
    named = isinstance(expression, Reference) and expression.quantity is not quantity
    found = series_behind(expression) if named else expression
    return found if isinstance(found, Interpolate) else None


def _is_whole(rule: Rule, found: Interpolate) -> bool:
    """Tell whether a rule gives every element what stands at its place in the function."""
    whole = all(isinstance(s, Follow) and s.table is None for s in rule.target)
    return whole and found.selectors == rule.target


def joined_series(quantity: Quantity, parts: Sequence[Interpolate]) -> GraphSet | None:
    """Return one function with the rows of several, None where they are not read alike."""
    first = parts[0]
    read = _way(first)
    if read is None or any(_way(part) != read for part in parts):
        return None
    rows = np.full(quantity.size, -1, dtype=np.int64)
    start = 0
    for rule, part in zip(quantity.step, parts, strict=True):
        own = _rows(rule, part)
        if own is None:
            return None
        rows[target_cells(quantity.shape, rule)] = own + start
        start += len(part.graph.x)
    return replace(
        first.graph,
        name=quantity.name,
        shape=quantity.shape,
        rows=np.maximum(rows, 0),
        x=tuple(x for part in parts for x in part.graph.x),
        y=tuple(y for part in parts for y in part.graph.y),
        points=tuple(x for part in parts for x in part.graph.points),
        missing=frozenset(np.flatnonzero(rows < 0).tolist()),
    )


def _rows(rule: Rule, part: Interpolate) -> Indices | None:
    """Return the row of a function for every element that a rule computes, -1 for none.

    None where the elements are known in the run alone.
    """
    target: list[Fixed | Follow] = []
    for selector in part.selectors:
        if isinstance(selector, Computed):
            return None
        if isinstance(selector, Follow) and selector.axis not in rule.axes:
            return None
        target.append(selector)
    cells = target_cells(part.graph.shape, replace(rule, target=tuple(target)))
    graph = part.graph
    if graph.missing.intersection(cells.tolist()):
        return None
    return graph.rows[cells]


def _way(found: Interpolate) -> tuple[str, bool, float] | None:
    """Return how a function of time is read: its kind, whether at points alone, how far ahead."""
    graph = found.graph
    if graph.others:
        return None
    when = moment(found.x)
    if when is None or when[0] < 0:
        return None
    return graph.kind, bool(graph.points), when[1]
