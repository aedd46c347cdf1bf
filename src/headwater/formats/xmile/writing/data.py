"""Data series as graphical functions of time."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import floor, log2
from typing import TypeAlias

from headwater.language.builtins.vensim.values import NOT_AVAILABLE
from headwater.language.syntax import Binary, Expression, Name, Number
from headwater.model.variables import Data, GraphicalFunction, GraphKind, Interpolation, Series

_NEARLY = 1e-6
"""The share of a step by which a time may miss the point that it stands for."""

_AROUND = 2.0**-20
"""The share of the shortest time between points that a point without others around it takes up."""


Numbers: TypeAlias = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Form:
    kind: GraphKind
    sign: int = 0


_FORMS: dict[Interpolation, _Form] = {
    "linear": _Form("continuous"),
    "raw": _Form("discrete"),
    "hold": _Form("discrete", 1),
    "backward": _Form("discrete", 1),
    "look_forward": _Form("discrete", -1),
}


def graphs_of(data: Data) -> tuple[GraphicalFunction, ...]:
    """Return one graphical function of time for each series."""
    return tuple(_graph(s, data.interpolation) for s in data.series if len(s.times))


def time_of(data: Data) -> Expression:
    """Return the argument of those functions: the time, or a moment beside it."""
    sign = _FORMS[data.interpolation].sign
    if not sign:
        return Name("TIME")
    moment = Binary("*", Number(_NEARLY), Name("DT"))
    return Binary("+" if sign > 0 else "-", Name("TIME"), moment)


def _graph(series: Series, interpolation: Interpolation) -> GraphicalFunction:
    times, values = map(float, series.times), tuple(map(float, series.values))
    x: Numbers = tuple(times)
    if interpolation == "look_forward":
        x = (x[0] - 1.0, *x[:-1])
    if interpolation == "raw":
        x, values = _at_points_alone(x, values)
    return GraphicalFunction(x, values, _FORMS[interpolation].kind, series.subscripts)


def _at_points_alone(times: Numbers, values: Numbers) -> tuple[Numbers, Numbers]:
    """Return steps from not available to each value and back, close around its time."""
    shortest = min((b - a for a, b in pairwise(times)), default=1.0)
    around = 2.0 ** floor(log2(shortest)) * _AROUND
    x = [times[0] - 1.0]
    y = [NOT_AVAILABLE]
    for time, value in zip(times, values, strict=True):
        x += [time - around, time + around]
        y += [value, NOT_AVAILABLE]
    return tuple(x), tuple(y)
