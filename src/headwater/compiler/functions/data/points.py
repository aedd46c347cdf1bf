"""Formulas of data, as Vensim computes them: at the points of their data alone.

A formula has a value where all of its data have one, and what is between those points is read from
the values there. With a number for missing data it has one where any of its data has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from headwater.compiler.functions.data.moments import NOW, beside_now, moment
from headwater.compiler.functions.data.names import series_behind
from headwater.compiler.functions.lookups.graphs import available_only
from headwater.compiler.resolved import (
    Aggregate,
    Apply,
    GraphSet,
    Interpolate,
    Literal,
    Node,
    Now,
    Selector,
    op,
)
from headwater.language.builtins.vensim.values import NOT_AVAILABLE

Floats = npt.NDArray[np.float64]
Change = Callable[[Interpolate], Node]

ZERO, ONE, MISSING = Literal(0.0), Literal(1.0), Literal(NOT_AVAILABLE)


class NothingInCommonError(Exception):
    """The data of a formula have no time at which all of them have a value."""


def series_in(value: Node) -> Interpolate | None:
    """Return the data that a node is, to be read at their points with lines between them."""
    found = value if isinstance(value, Interpolate) else series_behind(value)
    if found is None or not isinstance(found.x, Now):
        return None
    graph = found.graph
    if graph.points:
        heights = tuple(y[1::2] for y in graph.y)
        return replace(
            found, graph=replace(graph, kind="continuous", x=graph.points, y=heights, points=())
        )
    return found if graph.kind == "continuous" else None


def looking_forward(found: Interpolate) -> Node:
    """Read the value of the next point: a discrete function of the negated abscissae."""
    x = tuple(-a[::-1] for a in found.graph.x)
    y = tuple(b[::-1].copy() for b in found.graph.y)
    graph = replace(found.graph, kind="discrete", x=x, y=y)
    return replace(found, graph=graph, x=Apply("negate", (found.x,)))


def points_behind(found: Interpolate, tolerance: float) -> Interpolate | None:
    """Return a function of time that has the points of the data that one reads, and no others.

    None where it reads them at another time than now, or has others between them.
    """
    sign, offset = moment(found.x) or (0.0, 0.0)
    if sign == 1.0 and offset in (0.0, tolerance):
        return None if offset == 0.0 and _is_raw(found.graph) else found
    if (sign, offset) == (1.0, -tolerance):
        return _points_ahead(found)
    if (sign, offset) != (-1.0, tolerance):
        return None
    x = tuple(-a[::-1] for a in found.graph.x)
    y = tuple(b[::-1].copy() for b in found.graph.y)
    return replace(found, graph=replace(found.graph, kind="continuous", x=x, y=y), x=NOW)


def _points_ahead(found: Interpolate) -> Interpolate | None:
    """Return the points of steps up to each point's time, the last of which has its value twice."""
    graph = found.graph
    twice = all(len(y) > 1 and y[-1] == y[-2] for y in graph.y)
    if graph.kind != "discrete" or not twice:
        return None
    x, y = tuple(a[1:] for a in graph.x), tuple(b[:-1] for b in graph.y)
    return replace(found, graph=replace(graph, kind="continuous", x=x, y=y), x=NOW)


def _is_raw(graph: GraphSet) -> bool:
    """Tell whether a function is not available between its points."""
    return graph.kind == "discrete" and all((y[::2] == NOT_AVAILABLE).all() for y in graph.y)


def at_time(found: Interpolate, when: Node) -> Interpolate:
    """Return data as they are read at another time than the run's, in their own way."""
    return replace(found, x=_with_time(found.x, when))


def _with_time(x: Node, when: Node) -> Node:
    match x:
        case Now():
            return when
        case Apply(arguments=arguments):
            return replace(x, arguments=tuple(_with_time(a, when) for a in arguments))
    return x


def at_points_only(found: Interpolate, tolerance: float, when: Node | None = None) -> Interpolate:
    """Read data at their points; between them they are not available."""
    points = [
        available_only(x, y, tolerance) for x, y in zip(found.graph.x, found.graph.y, strict=True)
    ]
    x, y = tuple(p[0] for p in points), tuple(p[1] for p in points)
    graph = replace(found.graph, kind="discrete", x=x, y=y, points=found.graph.x)
    return replace(found, graph=graph, x=when or NOW)


def with_data_replaced(value: Node, change: Change) -> Node:
    """Return a formula with something else in place of its data; the same node if it has none."""
    found = series_in(value)
    if found is not None:
        return change(found)
    old = parts_of(value)
    parts = tuple(with_data_replaced(part, change) for part in old)
    if all(a is b for a, b in zip(old, parts, strict=True)):
        return value
    match value:
        case Apply():
            return replace(value, arguments=parts)
        case Aggregate():
            return replace(value, argument=parts[0])
        case Interpolate():
            return replace(value, x=parts[0])
    return value


def parts_of(value: Node) -> tuple[Node, ...]:
    """Return the parts of a formula that may hold data."""
    match value:
        case Apply(arguments=arguments):
            return arguments
        case Aggregate(argument=argument):
            return (argument,)
        case Interpolate(x=x):
            return (x,)
    return ()


def data_in(value: Node) -> Iterator[Interpolate]:
    """Yield the data of a formula."""
    found = series_in(value)
    if found is not None:
        yield found
        return
    for part in parts_of(value):
        yield from data_in(part)


def _present(value: Node, function: str, read: Change) -> Node | None:
    """Return 1 where all (``min``) or any (``max``) of a formula's data have a value, else 0."""
    found = series_in(value)
    if found is not None:
        return op("if", op("=", read(found), MISSING), ZERO, ONE)
    present: Node | None = None
    for part in parts_of(value):
        here = _present(part, function, read)
        if here is not None:
            present = here if present is None else op(function, present, here)
    if isinstance(value, Aggregate) and present is not None:
        return Aggregate(function, value.axes, present)
    return present


def raw_formula(value: Node, instead: Node | None, tolerance: float) -> Node:
    """Return a formula at the points of its data; between them it is not available."""

    def read(found: Interpolate) -> Node:
        return at_points_only(found, tolerance)

    present = _present(value, "min" if instead is None else "max", read)
    if present is None:
        return value
    filled = with_data_replaced(value, read if instead is None else _filled(instead, read))
    return op("if", op(">", present, ZERO), filled, MISSING)


def _filled(instead: Node, read: Change) -> Change:
    def change(found: Interpolate) -> Node:
        there = read(found)
        return op("if", op("=", there, MISSING), instead, there)

    return change


def formula_between(value: Node, kind: str, instead: Node | None, tolerance: float) -> Node:
    """Return a formula that is computed at the points of its data and read between them.

    ``kind``: ``linear``, ``hold`` or ``look_forward``. Raises NothingInCommonError.
    """
    data = list(data_in(value))
    grid = grid_of(value, data, any_of_them=instead is not None)
    if grid is None:
        return value
    before: Node = replace(
        grid, graph=replace(grid.graph, kind="discrete"), x=beside_now(tolerance)
    )
    after = looking_forward(replace(grid, x=beside_now(-tolerance)))

    def at(when: Node) -> Node:
        if instead is None:
            return with_data_replaced(value, lambda found: replace(found, x=when))
        return with_data_replaced(
            value, _filled(instead, lambda f: at_points_only(f, tolerance, when))
        )

    if kind == "hold":
        return at(before)
    if kind == "look_forward":
        return at(after)
    low, width = at(before), op("-", after, before)
    share = op("/", op("-", NOW, before), op("if", op(">", width, ZERO), width, ONE))
    line = op("+", low, op("*", op("-", at(after), low), share))
    return op("if", op(">", width, ZERO), line, low)


def same_times(data: Sequence[Interpolate]) -> bool:
    """Tell whether all data have their points at the same times."""
    times = [x for found in data for x in _available(found)]
    return all(np.array_equal(x, times[0]) for x in times)


def is_linear(value: Node) -> bool:
    """Tell whether a formula of data with points at the same times has lines between them too."""
    if series_in(value) is not None or next(data_in(value), None) is None:
        return True
    match value:
        case Apply(function="+" | "-" | "negate", arguments=arguments):
            return all(map(is_linear, arguments))
        case Apply(function="*", arguments=arguments):
            changing = [a for a in arguments if next(data_in(a), None) is not None]
            return len(changing) == 1 and is_linear(changing[0])
        case Apply(function="/", arguments=(above, below)):
            return next(data_in(below), None) is None and is_linear(above)
        case Aggregate(function="sum", argument=argument):
            return is_linear(argument)
    return False


def _available(found: Interpolate) -> list[Floats]:
    graph = found.graph
    kept = [x[y != NOT_AVAILABLE] for x, y in zip(graph.x, graph.y, strict=True)]
    return [kept[row] for row in np.unique(graph.rows)]


def grid_of(value: Node, data: Sequence[Interpolate], *, any_of_them: bool) -> Interpolate | None:
    """Return the times at which a formula is computed, as a function of one's own times.

    Data of several elements may have their own for each, where the formula takes them element by
    element; None where it does not.
    """
    name = data[0].graph.name
    if same_times(data):
        times = _available(data[0])[0]
        return _times(name, (), (), [times], np.zeros(1, dtype=np.int64))
    arrays = [found for found in data if found.graph.shape]
    apart = any(
        found.graph.shape != arrays[0].graph.shape or found.selectors != arrays[0].selectors
        for found in arrays
    )
    if apart or _has_aggregate(value):
        return None
    shape, selectors = (arrays[0].graph.shape, arrays[0].selectors) if arrays else ((), ())
    count = int(np.prod(shape)) if shape else 1
    combine = np.union1d if any_of_them else np.intersect1d
    grid: list[Floats] = []
    for element in range(count):
        common: Floats | None = None
        for found in data:
            row = int(found.graph.rows[element if found.graph.shape else 0])
            x, y = found.graph.x[row], found.graph.y[row]
            here = x[y != NOT_AVAILABLE]
            common = here if common is None else combine(common, here)
        assert common is not None
        grid.append(common)
    return _times(name, shape, selectors, grid, np.arange(count, dtype=np.int64))


def _times(
    name: str,
    shape: tuple[int, ...],
    selectors: tuple[Selector, ...],
    grid: list[Floats],
    rows: npt.NDArray[np.int64],
) -> Interpolate:
    if any(len(times) == 0 for times in grid):
        raise NothingInCommonError
    times = tuple(grid)
    return Interpolate(GraphSet(name, "continuous", shape, rows, times, times), selectors, NOW)


def _has_aggregate(value: Node) -> bool:
    return isinstance(value, Aggregate) or any(map(_has_aggregate, parts_of(value)))
