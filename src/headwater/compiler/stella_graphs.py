"""Stella's readings of graphical functions (isee systems, Stella help, Graphical builtins)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from headwater.compiler.expressions import Frame
from headwater.compiler.lookup_inverse import first_reached
from headwater.compiler.resolved import GraphSet, Interpolate, Literal, Node, op
from headwater.compiler.vectors import Reader
from headwater.language.syntax import Call, Expression, Number

Floats = npt.NDArray[np.float64]
_INVALID = Literal(float("nan"))
_ZERO, _TWO = Literal(0.0), Literal(2.0)


def _function(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Interpolate | None:
    """Resolve the first argument, a graphical function; report functions of several kinds."""
    x = arguments[1] if len(arguments) > 1 else Number(0.0)
    found = frame.graph_argument(node, arguments[0], x)
    if not isinstance(found, Interpolate):
        return None
    if found.graph.others:
        message = f"the functions of `{found.graph.name}` are of several kinds"
        frame.error(node, f"{message}, which {node.function.text} cannot read", "make them alike")
        return None
    return found


# Areas


def _area(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """The area between two abscissae, in whichever order; there is none beyond the ends.

    Extrapolated functions have one there.
    """
    found = _function(frame, node, arguments)
    if found is None:
        return _INVALID
    first, last = _points_at(found, 0), _points_at(found, -1)
    to = found.x if len(arguments) > 1 else last
    start = frame.expression(arguments[2]) if len(arguments) > 2 else first
    low, high = op("min", start, to), op("max", start, to)
    if found.graph.kind != "extrapolated":
        low = op("min", op("max", low, first), last)
        high = op("min", op("max", high, first), last)
    low, high = (
        frame.resolver.shared(frame, f"{node.function.text}.{label}", bound)
        for label, bound in (("low", low), ("high", high))
    )
    return op("-", _integral(found, high), _integral(found, low))


def _points_at(found: Interpolate, place: int) -> Node:
    """Return an abscissa of a function: the first, or the last."""
    ends = tuple(np.full_like(a, a[place]) for a in found.graph.x)
    return replace(found, graph=replace(found.graph, kind="continuous", y=ends), x=_ZERO)


def _integral(found: Interpolate, x: Node) -> Node:
    """Return the integral from the first point to ``x``: whole pieces, and a part of one."""
    graph = found.graph
    stepwise = graph.kind == "discrete"
    sums: list[Floats] = []
    for a, b in zip(graph.x, graph.y, strict=True):
        height = b[:-1] if stepwise else (b[1:] + b[:-1]) / 2
        sums.append(np.concatenate([[0.0], np.cumsum(np.diff(a) * height)]))

    def at(y: Sequence[Floats]) -> Node:
        read = replace(graph, kind="discrete", y=tuple(y))
        return replace(found, graph=read, x=x)

    start, height_there = at(graph.x), at(graph.y)
    here = replace(found, x=x)
    mean = height_there if stepwise else op("/", op("+", height_there, here), _TWO)
    # Below the first point `start` and `mean` are those of the first point and of the piece to it.
    return op("+", at(sums), op("*", op("-", x, start), mean))


# Inverses


def _inverse(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """The first abscissa with an ordinate; out of range that of an end, or extrapolated."""
    found = _function(frame, node, arguments)
    if found is None:
        return _INVALID
    graph = found.graph
    extrapolated = graph.kind == "extrapolated"
    if extrapolated and not all(map(_is_strict, graph.y)):
        return frame.error(
            node,
            f"`{graph.name}` extrapolates and does not rise or fall throughout, "
            "so it cannot be inverted",
            "let it hold its ends",
        )
    pairs = [first_reached(a, b) for a, b in zip(graph.x, graph.y, strict=True)]
    inverse: GraphSet = replace(
        graph,
        kind="extrapolated" if extrapolated else "continuous",
        x=tuple(y for y, _ in pairs),
        y=tuple(x for _, x in pairs),
    )
    return replace(found, graph=inverse)


def _is_strict(y: Floats) -> bool:
    steps = np.diff(y)
    return bool((steps > 0).all() or (steps < 0).all())


STELLA_GRAPHS: Mapping[str, Reader] = {"LOOKUPINV": _inverse, "LOOKUPAREA": _area}
