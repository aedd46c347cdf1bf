"""Data that a format without them writes as graphical functions of time."""

from __future__ import annotations

from collections.abc import Mapping

from headwater.language.names import canonical
from headwater.language.syntax import Binary, Expression, Name
from headwater.model.diff.neutral import VALUE, Neutral
from headwater.model.variables import Data, Flow, Graph, GraphicalFunction, Interpolation, Series

_KINDS: Mapping[tuple[str, str], tuple[Interpolation, ...]] = {
    ("continuous", ""): ("linear",),
    ("discrete", "+"): ("hold", "backward"),
    ("discrete", "-"): ("look_forward",),
}
"""What a function of the time, or of a moment beside it, is as data."""


def same_series(a: Neutral, b: Neutral) -> bool:
    """Tell whether one of two variables is data, and the other a function that is the same."""
    if isinstance(b.variable, Data):
        a, b = b, a
    data, graph = a.variable, b.variable
    if not isinstance(data, Data) or not isinstance(graph, Graph | Flow):
        return False
    if a.dimensions != b.dimensions:
        return False
    if set(b.expressions) != {(VALUE, ())}:
        return False
    beside = _beside_time(b.expressions[VALUE, ()])
    series = {tuple(map(canonical, s.subscripts)): s for s in data.series}
    graphs = {tuple(map(canonical, g.subscripts)): g for g in graph.graphs}
    return series.keys() == graphs.keys() and all(
        _alike(data.interpolation, series[cells], graphs[cells], beside) for cells in series
    )


def _beside_time(argument: Expression) -> str | None:
    match argument:
        case Name(key="time"):
            return ""
        case Binary(operator=("+" | "-") as sign, left=Name(key="time")):
            return sign
    return None


def _alike(
    way: Interpolation, series: Series, graph: GraphicalFunction, beside: str | None
) -> bool:
    if beside is None or way not in _KINDS.get((graph.kind, beside), ()):
        return False
    times, values = map(float, series.times), tuple(map(float, series.values))
    x = tuple(times)
    if way == "look_forward":
        x = (x[0] - 1.0, *x[:-1])
    return (x, values) == (graph.x, graph.y)
