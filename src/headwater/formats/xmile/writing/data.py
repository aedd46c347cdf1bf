"""Data series as graphical functions of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from headwater.language.syntax import Binary, Expression, Name, Number
from headwater.model.points_alone import steps_around
from headwater.model.variables import Data, GraphicalFunction, GraphKind, Interpolation, Series

_NEARLY = 1e-6
"""The share of a step by which a time may miss the point that it stands for."""

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
        # The last time has the last value twice, so that it is known.
        x, values = (x[0] - 1.0, *x), (*values, values[-1])
    if interpolation == "raw":
        steps = steps_around(x, values)
        x, values = tuple(steps[0].tolist()), tuple(steps[1].tolist())
    return GraphicalFunction(x, values, _FORMS[interpolation].kind, series.subscripts)
