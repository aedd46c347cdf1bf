"""Statistics of a data variable's points, and the slope of a graphical function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from headwater.compiler.functions.arrays.vectors import INVALID, number_along, with_axis_replaced
from headwater.compiler.functions.data.computed import value_at
from headwater.compiler.functions.data.functions import (
    Reader,
    formula_at,
    points_of,
    series_of,
)
from headwater.compiler.functions.data.moments import NOW
from headwater.compiler.functions.data.names import series_behind
from headwater.compiler.functions.data.points import at_time
from headwater.compiler.functions.lookups.graphs import per_row
from headwater.compiler.resolved import (
    Aggregate,
    Axis,
    Computed,
    Fixed,
    Follow,
    GraphSet,
    Interpolate,
    Literal,
    Node,
    Tabulated,
    op,
)
from headwater.compiler.resolving.expressions import Frame
from headwater.language.builtins.vensim.values import NOT_AVAILABLE
from headwater.language.syntax import Call, Expression

Floats = npt.NDArray[np.float64]

_NONE = Literal(NOT_AVAILABLE)
_ZERO, _ONE = Literal(0.0), Literal(1.0)


def _points(frame: Frame, node: Call, argument: Expression) -> tuple[Axis, Tabulated, Node] | None:
    """Return an axis over a series' points, and their times and values along it.

    Shorter series of an array are filled up with times that are no number. A formula of data has
    its values at the times of its own points.
    """
    formula, found = formula_at(frame, argument)
    if found is None:
        found = points_of(frame, node, argument)
    if found is None:
        return None
    if any(isinstance(s, Computed) for s in found.selectors):
        frame.error(argument, f"{node.function.text} needs one series, known before the run")
        return None
    axes = tuple(dict.fromkeys(s.axis for s in found.selectors if isinstance(s, Follow)))
    rows = _rows(found, axes)
    longest = max(len(x) for x in found.graph.x)
    points = Axis(longest, "point")

    def table(values: Sequence[Floats]) -> Tabulated:
        full = np.full((len(rows), longest), np.nan)
        for place, row in enumerate(rows):
            full[place, : len(values[row])] = values[row]
        return Tabulated(full.ravel(), (*axes, points))

    times = table(found.graph.x)
    if formula is None:
        return points, times, table(found.graph.y)
    return points, times, formula(times)


def _rows(found: Interpolate, axes: Sequence[Axis]) -> list[int]:
    """Return the row of the graph for every turn of the axes, the last one fastest."""
    table = found.graph.rows.reshape(found.graph.shape)
    rows: list[int] = []
    for turn in np.ndindex(*(a.extent for a in axes)):
        place = dict(zip(axes, turn, strict=True))
        cell = tuple(
            s.index if isinstance(s, Fixed) else s.at(place[s.axis])
            for s in found.selectors
            if isinstance(s, Fixed | Follow)
        )
        rows.append(int(table[cell]))
    return rows


def _statistic(name: str) -> Reader:
    def read(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
        found = _points(frame, node, arguments[0])
        if found is None:
            return INVALID
        axis, times, values = found
        shared = frame.resolver.shared
        start, end = (
            shared(frame, f"{node.function.text}.{what}", frame.expression(a))
            for what, a in zip(("start", "end"), arguments[1:], strict=True)
        )
        inside = op("and", op(">=", times, start), op("<=", times, end))

        def total(kind: str, value: Node, otherwise: float) -> Node:
            return Aggregate(kind, (axis,), op("if", inside, value, Literal(otherwise)), node.span)

        count = shared(frame, f"{node.function.text}.count", total("sum", _ONE, 0.0))
        if name == "median":
            value = _median(frame, node, axis, values, inside, count)
        elif name == "max":
            value = total("max", values, -np.inf)
        elif name == "min":
            value = total("min", values, np.inf)
        else:
            mean = op("/", total("sum", values, 0.0), count)
            value = mean
            if name == "stdv":
                middle = shared(frame, f"{node.function.text}.mean", mean)
                gap = op("-", values, middle)
                squares = total("sum", op("*", gap, gap), 0.0)
                value = op("sqrt", op("/", squares, count))
        return op("if", op(">", count, _ZERO), value, _NONE)

    return read


def _median(frame: Frame, node: Call, axis: Axis, values: Node, inside: Node, count: Node) -> Node:
    """The middle value of the points inside, or the mean of the two in the middle."""
    other = Axis(axis.extent, axis.name)
    rival = with_axis_replaced(values, axis, other)
    earlier = op("<", number_along(other), number_along(axis))
    before = op("or", op("<", rival, values), op("and", op("=", rival, values), earlier))
    counted = op("and", with_axis_replaced(inside, axis, other), before)
    place = Aggregate("sum", (other,), op("if", counted, _ONE, _ZERO), node.span)
    rank = frame.resolver.shared(frame, f"{node.function.text}.rank", place)
    half = frame.resolver.shared(
        frame, f"{node.function.text}.half", op("/", op("-", count, _ONE), Literal(2.0))
    )
    low = op("floor", half)
    high = op("negate", op("floor", op("negate", half)))

    def at(wanted: Node) -> Node:
        chosen = op("and", inside, op("=", rank, wanted))
        return Aggregate("sum", (axis,), op("if", chosen, values, _ZERO), node.span)

    return op("/", op("+", at(low), at(high)), Literal(2.0))


def _count(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    found = _points(frame, node, arguments[0])
    if found is None:
        return INVALID
    axis, times, _ = found
    present = op("if", op("=", times, times), _ONE, _ZERO)
    return Aggregate("sum", (axis,), present, node.span)


def _shifted(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """A series as it will be so much later."""
    value = frame.expression(arguments[0])
    if series_behind(value) is None:
        later = op("+", NOW, frame.expression(arguments[1]))
        computed = value_at(value, later, frame.resolver.is_constant)
        if computed is not None:
            return computed
    found = series_of(frame, node, arguments[0])
    if found is None:
        return INVALID
    return at_time(found, op("+", NOW, frame.expression(arguments[1])))


def _slope(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """The mean of the slopes before and after ``x``, which differ at points only.

    There is none where two points have that ``x``.
    """
    found = frame.graph_argument(node, arguments[0], arguments[1])
    if not isinstance(found, Interpolate):
        return INVALID
    mode = frame.expression(arguments[2])
    after, before = _slopes(found.graph, 1), _slopes(found.graph, -1)
    x = found.x
    mean = op(
        "/",
        op("+", replace(found, graph=after), replace(found, graph=before, x=op("negate", x))),
        Literal(2.0),
    )
    if any((np.diff(a) == 0.0).any() for a in found.graph.x):
        last, first = _places(found.graph, 1), _places(found.graph, -1)
        first_at = replace(found, graph=first, x=op("negate", x))
        mean = op("if", op(">", replace(found, graph=last), first_at), _NONE, mean)
    low, high = (per_row(found, [float(a[k]) for a in found.graph.x]) for k in (0, -1))
    outside = op("or", op("<", x, low), op(">", x, high))
    beyond = op("if", op(">", mode, _ZERO), mean, op("if", op("<", mode, _ZERO), _NONE, _ZERO))
    return op("if", outside, beyond, mean)


def _places(graph: GraphSet, sign: int) -> GraphSet:
    """Return the number of the last point up to x; with sign -1, of the first from x on, by -x."""
    x = tuple(a.copy() if sign > 0 else -a[::-1] for a in graph.x)
    y = tuple(np.arange(len(a), dtype=np.float64)[::sign].copy() for a in graph.x)
    return replace(graph, kind="discrete", x=x, y=y)


def _slopes(graph: GraphSet, sign: int) -> GraphSet:
    """Return the slope of the segment after each point; with sign -1, before it, by -x."""
    x: list[Floats] = []
    y: list[Floats] = []
    for a, b in zip(graph.x, graph.y, strict=True):
        width = np.diff(a)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.where(width > 0, np.diff(b) / width, NOT_AVAILABLE)
        if not len(slope):
            slope = np.zeros(1)
        ends = np.append(slope, slope[-1]) if sign > 0 else np.append(slope[::-1], slope[0])
        x.append(a.copy() if sign > 0 else -a[::-1])
        y.append(ends[: len(a)])
    return replace(graph, kind="discrete", x=tuple(x), y=tuple(y))


DATA_STATISTICS: Mapping[str, Reader] = {
    "GET_DATA_MAX": _statistic("max"),
    "GET_DATA_MIN": _statistic("min"),
    "GET_DATA_MEAN": _statistic("mean"),
    "GET_DATA_MEDIAN": _statistic("median"),
    "GET_DATA_STDV": _statistic("stdv"),
    "GET_DATA_TOTAL_POINTS": _count,
    "TIME_SHIFT": _shifted,
    "LOOKUP_SLOPE": _slope,
}
