"""Graphical functions, laid out so that a look-up needs no case distinctions.

Every row is brought to one length by repeating its last point. The value at ``v`` is::

    k = max(number of abscissae <= v, 1) - 1
    y[k] + (v - x[k]) * slope[k]

where a continuous function first brings ``v`` into the range of its abscissae, and a discrete one
returns ``y[k]``. Slopes carry the kinds: the last point of a continuous function has slope 0, that
of an extrapolated one the slope of the last segment. NaN goes through by arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from headwater.compiler.program import GraphTable
from headwater.compiler.targets import Floats


@dataclass(frozen=True, slots=True, eq=False)
class GraphLayout:
    """Abscissae, ordinates and slopes of a graph: row × point. ``steps`` is per row.

    ``steps[r]`` is the distance of the abscissae where they are even to rounding, else 0.
    """

    x: Floats
    y: Floats
    slope: Floats
    steps: Floats


def layout(graph: GraphTable) -> GraphLayout:
    """Return the tables of a graph, padded to its longest row."""
    points = max(len(x) for x in graph.x)
    shape = (len(graph.x), points)
    x, y, slope = np.empty(shape), np.empty(shape), np.empty(shape)
    for row, (xs, ys) in enumerate(zip(graph.x, graph.y, strict=True)):
        x[row] = np.append(xs, np.full(points - len(xs), xs[-1]))
        y[row] = np.append(ys, np.full(points - len(ys), ys[-1]))
        slopes = _slopes(graph, xs, ys)
        slope[row] = np.append(slopes, np.full(points - len(xs), slopes[-1]))
    return GraphLayout(x, y, slope, np.array([_even_step(xs) for xs in graph.x]))


def _slopes(graph: GraphTable, x: Floats, y: Floats) -> Floats:
    """Slope right of each point. A segment too steep for a number is held, as a step is."""
    slope = np.zeros(len(x))
    if graph.kind == "discrete" or len(x) < 2:
        return slope
    with np.errstate(all="ignore"):
        slope[:-1] = np.diff(y) / np.diff(x)
    slope[~np.isfinite(slope)] = 0.0
    if graph.kind == "extrapolated":
        slope[-1] = slope[-2]
    return slope


def _even_step(x: Floats) -> float:
    """The common distance of ``x``, or 0 where an index computed from it could be off by two."""
    if len(x) < 3:
        return 0.0
    with np.errstate(all="ignore"):
        step = (x[-1] - x[0]) / (len(x) - 1)
        off = np.abs(x - (x[0] + step * np.arange(len(x))))
    return float(step) if np.isfinite(step) and step > 0 and np.all(off <= step * 1e-3) else 0.0
