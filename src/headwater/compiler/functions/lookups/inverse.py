"""Where a graphical function takes a value first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from headwater.compiler.functions.data.functions import Reader
from headwater.compiler.functions.lookups.graphs import per_row
from headwater.compiler.resolved import Apply, Interpolate, Literal, Node
from headwater.compiler.resolving.expressions import Frame
from headwater.language.builtins.vensim.values import NOT_AVAILABLE
from headwater.language.syntax import Call, Expression

Floats = npt.NDArray[np.float64]


def _inverse(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """The first ``x`` at which a function is ``y``; not available where it never is."""
    found = frame.graph_argument(node, arguments[0], arguments[1])
    if not isinstance(found, Interpolate):
        return Literal(float("nan"))
    graph, y = found.graph, found.x
    pairs = [first_reached(a, b) for a, b in zip(graph.x, graph.y, strict=True)]
    least, most = (per_row(found, [float(b[k]) for b, _ in pairs]) for k in (0, -1))
    outside = Apply("or", (Apply("<", (y, least)), Apply(">", (y, most))))
    x, places = tuple(b for b, _ in pairs), tuple(a for _, a in pairs)
    inverse = replace(graph, kind="continuous", x=x, y=places, others=())
    return Apply("if", (outside, Literal(NOT_AVAILABLE), replace(found, graph=inverse)))


def first_reached(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return ordinates, increasing, and the first abscissa of each.

    Only pieces that go above all before them, or below, reach an ordinate first. Where such a piece
    begins at another abscissa than the last one ended, the inverse leaps.
    """
    above = _records(x, y, 1.0)
    below = _records(x, y, -1.0)
    points = [*reversed(below), (float(y[0]), float(x[0])), *above]
    return np.array([p[0] for p in points]), np.array([p[1] for p in points])


def _records(x: Floats, y: Floats, sign: float) -> list[tuple[float, float]]:
    """Return ordinates beyond those before, upwards or downwards, with their first abscissae."""
    found: list[tuple[float, float]] = []
    most, at = float(y[0]), float(x[0])
    for k in range(1, len(x)):
        if sign * (y[k] - most) <= 0:
            continue
        share = (most - y[k - 1]) / (y[k] - y[k - 1])
        begins = float(x[k - 1] + share * (x[k] - x[k - 1]))
        beyond = float(np.nextafter(most, sign * np.inf))
        if begins != at and sign * (y[k] - beyond) > 0:
            found.append((beyond, begins))
        most, at = float(y[k]), float(x[k])
        found.append((most, at))
    return found


LOOKUP_INVERSES: Mapping[str, Reader] = {"LOOKUP_INVERT": _inverse}
