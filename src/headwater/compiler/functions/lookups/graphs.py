"""Graphical functions and data series as sets of points."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from headwater.compiler.adaptive import time_slack
from headwater.compiler.functions.data.moments import NOW, beside_now
from headwater.compiler.resolved import (
    Apply,
    Follow,
    GraphSet,
    Interpolate,
    Literal,
    Node,
)
from headwater.compiler.resolving.dimensions import DimensionInfo
from headwater.errors import Place
from headwater.language.builtins.vensim.values import NOT_AVAILABLE
from headwater.language.source import Span
from headwater.model.points_alone import times_within
from headwater.model.variables import Data, Flow, Graph, GraphicalFunction, GraphKind, Series

if TYPE_CHECKING:
    from headwater.compiler.resolving.resolve import Resolver

Floats = npt.NDArray[np.float64]

"""The time of a data variable that is read with straight lines between its points."""


def graph_set(
    resolver: Resolver, variable: Graph | Flow, dimensions: Sequence[DimensionInfo]
) -> GraphSet:
    """Return the points of a graphical function, one row for each that differs."""
    place = _place(variable.span)
    rows = np.full(tuple(d.size for d in dimensions), -1, dtype=np.int64)
    if not variable.graphs:
        resolver.diagnostics.error(f"the graphical function `{variable.name}` has no points", place)
    for number, function in enumerate(variable.graphs):
        _check_points(resolver, variable.name, function, variable.span)
        _assign(resolver, variable, dimensions, function.subscripts, rows, number)
    missing = _check_rows(resolver, variable.name, dimensions, rows, place)
    kinds = [g.kind for g in variable.graphs]
    graph = GraphSet(
        variable.name,
        kinds[0] if kinds else "continuous",
        rows.shape,
        np.maximum(rows, 0).ravel(),
        tuple(np.array(g.x, dtype=np.float64) for g in variable.graphs),
        tuple(np.array(g.y, dtype=np.float64) for g in variable.graphs),
        missing,
    )
    return replace(
        graph,
        points=_points_alone(graph) if set(kinds) == {"discrete"} else (),
        others=tuple(_of_kind(graph, k, kinds) for k in dict.fromkeys(kinds) if k != graph.kind),
    )


def _of_kind(
    graph: GraphSet, kind: GraphKind, kinds: Sequence[GraphKind]
) -> tuple[GraphSet, GraphSet]:
    """Return which functions are of a kind, as constants, and all of them read in that kind."""
    return constant_rows(graph, [float(k == kind) for k in kinds]), replace(graph, kind=kind)


def constant_rows(graph: GraphSet, numbers: Sequence[float]) -> GraphSet:
    """Return functions over the same elements, each of which is one number throughout."""
    y = tuple(np.full_like(x, number) for x, number in zip(graph.x, numbers, strict=True))
    return replace(graph, kind="continuous", y=y, others=())


def per_row(found: Interpolate, numbers: Sequence[float]) -> Interpolate:
    """Return the number that goes with the function that is read."""
    return replace(found, graph=constant_rows(found.graph, numbers), x=Literal(0.0))


def read_in_kind(found: Interpolate) -> Node:
    """Return the value of a graphical function, which may be of another kind by the element."""
    result: Node = found
    for here, other in found.graph.others:
        chosen = replace(found, graph=here, x=Literal(0.0))
        value = replace(found, graph=other)
        result = Apply("if", (Apply(">", (chosen, Literal(0.0))), value, result))
    return result


def data_graph(
    resolver: Resolver, variable: Data, dimensions: Sequence[DimensionInfo]
) -> tuple[GraphSet, Node] | None:
    """Return a data variable as a function, and the expression of time to put into it."""
    place = _place(variable.span)
    rows = np.full(tuple(d.size for d in dimensions), -1, dtype=np.int64)
    points: list[tuple[Floats, Floats]] = []
    kind: GraphKind = "continuous" if variable.interpolation == "linear" else "discrete"
    for number, series in enumerate(variable.series):
        if not _check_series(resolver, variable.name, series, place):
            return None
        points.append(_series_points(series, variable))
        _assign(resolver, variable, dimensions, series.subscripts, rows, number)
    if not variable.series:
        resolver.diagnostics.error(f"the data variable `{variable.name}` has no values", place)
        return None
    times: tuple[Floats, ...] = ()
    if variable.interpolation == "raw" and resolver.vensim:
        times = tuple(x for x, _ in points)
        around = time_slack(resolver.specs, resolver.clock)
        points = [available_only(x, y, around) for x, y in points]
    elif variable.interpolation == "raw":
        resolver.diagnostics.error(
            f"the data variable `{variable.name}` has no value between its points",
            place,
            "interpolate it: linear or hold",
        )
        return None
    missing = _check_rows(resolver, variable.name, dimensions, rows, place)
    graph = GraphSet(
        variable.name,
        kind,
        rows.shape,
        np.maximum(rows, 0).ravel(),
        tuple(x for x, _ in points),
        tuple(y for _, y in points),
        missing,
        points=times,
    )
    shift: float = {"linear": 0.0, "raw": 0.0, "look_forward": -1.0}.get(
        variable.interpolation, 1.0
    )
    if shift == 0.0:
        return graph, NOW
    return graph, beside_now(shift * time_slack(resolver.specs, resolver.clock))


def available_only(times: Floats, values: Floats, tolerance: float) -> tuple[Floats, Floats]:
    """Return a discrete function that is not available but at its points."""
    x = np.concatenate([[times[0] - 1.0], np.ravel([times - tolerance, times + tolerance], "F")])
    y = np.full(len(x), NOT_AVAILABLE)
    y[1::2] = values
    return x, y


def _points_alone(graph: GraphSet) -> tuple[Floats, ...]:
    """Return the times of data that are available there alone; empty where they are none."""
    found = [times_within(x, y) for x, y in zip(graph.x, graph.y, strict=True)]
    times = [t for t in found if t is not None]
    return tuple(times) if len(times) == len(found) else ()


def _series_points(series: Series, variable: Data) -> tuple[Floats, Floats]:
    """Return points to be read as a discrete or continuous function.

    A value looked forward to holds from just after the point before it; reading it just before the
    current time makes that the usual discrete function of the shifted points.
    """
    times = np.asarray(series.times, dtype=np.float64)
    values = np.asarray(series.values, dtype=np.float64)
    if variable.interpolation == "look_forward":
        times = np.concatenate([[times[0] - 1.0], times[:-1]])
    return times, values


def _check_points(
    resolver: Resolver, name: str, function: GraphicalFunction, otherwise: Span | None
) -> None:
    span = function.span or otherwise
    if len(function.x) != len(function.y):
        resolver.diagnostics.error(
            f"the graphical function `{name}` has {len(function.x)} abscissae "
            f"and {len(function.y)} ordinates",
            _place(span),
        )
    elif not function.x:
        resolver.diagnostics.error(f"the graphical function `{name}` has no points", _place(span))
    elif any(b < a for a, b in itertools.pairwise(function.x)):
        first = next(k for k, (a, b) in enumerate(itertools.pairwise(function.x)) if b < a)
        resolver.diagnostics.error(
            f"the abscissae of `{name}` decrease from {function.x[first]:g} "
            f"to {function.x[first + 1]:g}",
            _place(span),
            "list the points from left to right",
        )
    elif not np.isfinite(function.x).all() or not np.isfinite(function.y).all():
        resolver.diagnostics.error(
            f"the graphical function `{name}` has a point that is not finite", _place(span)
        )


def _check_series(resolver: Resolver, name: str, series: Series, place: Place | None) -> bool:
    if not len(series.times):
        resolver.diagnostics.error(f"the data variable `{name}` has no values", place)
        return False
    if not np.isfinite(series.values).all() or not np.isfinite(series.times).all():
        resolver.diagnostics.error(
            f"the data of `{name}` hold a value that is not finite", place, "leave its row out"
        )
        return False
    if (np.diff(series.times) <= 0).any():
        resolver.diagnostics.error(
            f"the times of the data of `{name}` do not increase",
            place,
            "sort the rows by time, one row a time",
        )
        return False
    return True


def _assign(
    resolver: Resolver,
    variable: Graph | Flow | Data,
    dimensions: Sequence[DimensionInfo],
    subscripts: Sequence[str],
    rows: npt.NDArray[np.int64],
    number: int,
) -> None:
    span = variable.span
    region = resolver.regions.read(variable.name, dimensions, subscripts, (), span)
    if region is None:
        return
    members = [t.members if isinstance(t, Follow) else (t.index,) for t in region.target]
    index = np.ix_(*members) if members else ()
    if (rows[index] >= 0).any():
        resolver.diagnostics.error(f"an element of `{variable.name}` is given twice", _place(span))
    rows[index] = number


def _check_rows(
    resolver: Resolver,
    name: str,
    dimensions: Sequence[DimensionInfo],
    rows: npt.NDArray[np.int64],
    place: Place | None,
) -> frozenset[int]:
    """Return the elements, flat, without points; report them where every element needs some."""
    missing = np.argwhere(rows < 0)
    if len(missing) and resolver.vensim and rows.ndim:
        return frozenset(int(i) for i in np.flatnonzero(rows.ravel() < 0))
    if len(missing):
        cell = ", ".join(d.elements[i] for d, i in zip(dimensions, missing[0], strict=True))
        where = f" at [{cell}]" if cell else ""
        resolver.diagnostics.error(f"`{name}` has no points{where}", place)
    return frozenset()


def _place(span: Span | None) -> Place | None:
    return span.place if span else None
