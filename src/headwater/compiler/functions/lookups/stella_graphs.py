"""Stella's readings of graphical functions (isee systems, Stella help, Graphical builtins)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from headwater.compiler.functions.arrays.vectors import Reader
from headwater.compiler.functions.lookups.inverse import first_reached
from headwater.compiler.resolved import GraphSet, Interpolate, Literal, Node, op
from headwater.compiler.resolving.expressions import Frame
from headwater.language.syntax import Call, Expression, Number

Floats = npt.NDArray[np.float64]
_INVALID = Literal(float("nan"))
_ZERO, _TWO, _SIX = Literal(0.0), Literal(2.0), Literal(6.0)


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
    bounded = _bounded(frame, node, arguments)
    if bounded is None:
        return _INVALID
    found, low, high = bounded
    return op("-", integral(found, high), integral(found, low))


def _mean(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """The mean abscissa, weighted by the ordinates."""
    bounded = _bounded(frame, node, arguments)
    if bounded is None:
        return _INVALID
    found, low, high = bounded
    moment = op("-", _moment(found, high), _moment(found, low))
    area = op("-", integral(found, high), integral(found, low))
    return op("safe_divide", moment, area)


def _bounded(
    frame: Frame, node: Call, arguments: Sequence[Expression]
) -> tuple[Interpolate, Node, Node] | None:
    """Return a function and the bounds within which its area counts."""
    found = _function(frame, node, arguments)
    if found is None:
        return None
    first, last = bound_of(found, 0), bound_of(found, -1)
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
    return found, low, high


def bound_of(found: Interpolate, place: int) -> Node:
    """Return an abscissa of a function: the first, or the last."""
    ends = tuple(np.full_like(a, a[place]) for a in found.graph.x)
    return replace(found, graph=replace(found.graph, kind="continuous", y=ends), x=_ZERO)


@dataclass(frozen=True, slots=True)
class _Piece:
    """The piece of a function that ``x`` lies on: where it starts, how high it is there and here.

    Below the first point it is the piece that ends there, and starts there too.
    """

    found: Interpolate
    x: Node

    def at(self, y: Sequence[Floats]) -> Node:
        """Return a number of each point, for the point at which the piece starts."""
        read = replace(self.found.graph, kind="discrete", y=tuple(y))
        return replace(self.found, graph=read, x=self.x)

    @property
    def start(self) -> Node:
        return self.at(self.found.graph.x)

    @property
    def width(self) -> Node:
        return op("-", self.x, self.start)

    @property
    def height_there(self) -> Node:
        return self.at(self.found.graph.y)

    @property
    def height_here(self) -> Node:
        if self.found.graph.kind == "discrete":
            return self.height_there
        return replace(self.found, x=self.x)


def _ends(found: Interpolate) -> Sequence[tuple[Floats, Floats, Floats]]:
    """Return of each function its abscissae, and the ordinates at both ends of each piece."""
    graph = found.graph
    right = slice(0, -1) if graph.kind == "discrete" else slice(1, None)
    return [(a, b[:-1], b[right]) for a, b in zip(graph.x, graph.y, strict=True)]


def _summed(parts: Floats) -> Floats:
    return np.concatenate([[0.0], np.cumsum(parts)])


def integral(found: Interpolate, x: Node) -> Node:
    """Return the integral from the first point to ``x``: whole pieces, and a part of one."""
    piece = _Piece(found, x)
    sums = [_summed(np.diff(a) * ((left + right) / 2)) for a, left, right in _ends(found)]
    mean = op("/", op("+", piece.height_there, piece.height_here), _TWO)
    return op("+", piece.at(sums), op("*", piece.width, mean))


def _moment(found: Interpolate, x: Node) -> Node:
    """Return the integral of the abscissa times the function, from the first point to ``x``."""
    piece = _Piece(found, x)
    sums: list[Floats] = []
    for a, left, right in _ends(found):
        width = np.diff(a)
        of_start = a[:-1] * (left + right) / 2
        sums.append(_summed(width * (of_start + width * (left + 2 * right) / 6)))
    there, here = piece.height_there, piece.height_here
    at_start = op("/", op("*", piece.start, op("+", there, here)), _TWO)
    beyond = op("/", op("*", piece.width, op("+", there, op("*", _TWO, here))), _SIX)
    return op("+", piece.at(sums), op("*", piece.width, op("+", at_start, beyond)))


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


STELLA_GRAPHS: Mapping[str, Reader] = {
    "LOOKUPINV": _inverse,
    "LOOKUPAREA": _area,
    "LOOKUPMEAN": _mean,
}
