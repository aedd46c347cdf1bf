"""Vensim's VECTOR LOOKUP: elements of an array as the points of a lookup, at even distances."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from headwater.compiler.functions.arrays.vectors import INVALID, Reader, number_along
from headwater.compiler.resolved import (
    Aggregate,
    Axis,
    Computed,
    Fixed,
    Follow,
    Literal,
    Node,
    Reference,
    Selector,
    op,
)
from headwater.compiler.resolving.expressions import Frame
from headwater.language.builtins.vensim.values import NOT_AVAILABLE
from headwater.language.syntax import Call, Expression

_ZERO, _ONE, _TWO = Literal(0.0), Literal(1.0), Literal(2.0)


@dataclass(frozen=True, slots=True)
class _Points:
    """The points, of which ``x`` is an abscissa, or an ordinate to be found, and ``place`` the
    distance of that abscissa from the first point, in steps of ``width``."""

    element: Reference
    first: int
    x: Node
    low: Node
    width: Node
    scale: Node
    place: Node

    @property
    def last(self) -> float:
        """The number, from 0, of the last point."""
        return float(self.element.quantity.shape[-1] - self.first - 1)

    def at(self, number: Node) -> Node:
        """Return the ordinate of a point."""
        return self._chosen(Computed(op("+", number, Literal(float(self.first + 1)))))

    def end(self, number: int) -> Node:
        """Return the ordinate of a point that is known before the run."""
        return self._chosen(Fixed(self.first + number))

    def along(self, axis: Axis, ahead: int = 0) -> Node:
        """Return the ordinate of the point (or the next one) that an axis has come to."""
        table = tuple(self.first + ahead + k for k in range(axis.extent))
        return self._chosen(Follow(axis, table))

    def _chosen(self, selector: Selector) -> Node:
        selectors = (*self.element.selectors[:-1], selector)
        return Reference(self.element.quantity, selectors, self.element.span)


def _points(frame: Frame, node: Call, arguments: Sequence[Expression]) -> _Points | None:
    element = frame.expression(arguments[0])
    x, low, high = (frame.expression(a) for a in arguments[1:4])
    if not isinstance(element, Reference):
        frame.error(node, "the first argument of VECTOR LOOKUP is an element of an array")
        return None
    first = element.selectors[-1] if element.selectors else None
    if not isinstance(first, Fixed) or element.quantity.shape[-1] - first.index < 2:
        frame.error(
            node, "the first argument of VECTOR LOOKUP names an element with others after it"
        )
        return None
    shared, name = frame.resolver.shared, node.function.text
    x = shared(frame, f"{name}.x", x)
    last = Literal(float(element.quantity.shape[-1] - first.index - 1))
    range_ = op("-", high, low)
    scale = op("/", last, range_)
    place = shared(frame, f"{name}.place", op("*", op("-", x, low), scale))
    return _Points(element, first.index, x, low, op("/", range_, last), scale, place)


def _vector_lookup(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    points = _points(frame, node, arguments)
    mode = frame.expression(arguments[4])
    if points is None:
        return INVALID
    if isinstance(mode, Literal):
        reading = _READINGS.get(mode.value)
        if reading is None:
            return frame.error(
                node, f"VECTOR LOOKUP knows no mode {mode.value:g}", "its modes are 0 to 9"
            )
        return reading(points)
    value: Node = INVALID
    for number, reading in _READINGS.items():
        value = op("if", op("=", mode, Literal(float(number))), reading(points), value)
    return value


# Readings


def _inside(points: _Points) -> Node:
    return op("min", op("max", points.place, _ZERO), Literal(points.last))


def _left(points: _Points) -> Node:
    """The number of the point at the left of the segment that counts."""
    return op("min", op("floor", _inside(points)), Literal(points.last - 1.0))


def _rise(points: _Points) -> Node:
    left = _left(points)
    return op("-", points.at(op("+", left, _ONE)), points.at(left))


def _from_left(points: _Points, place: Node) -> Node:
    left = _left(points)
    return op("+", points.at(left), op("*", op("-", place, left), _rise(points)))


def _interpolated(points: _Points) -> Node:
    return _from_left(points, _inside(points))


def _extrapolated(points: _Points) -> Node:
    return _from_left(points, points.place)


def _before(points: _Points) -> Node:
    return points.at(op("floor", _inside(points)))


def _after(points: _Points) -> Node:
    return points.at(op("negate", op("floor", op("negate", _inside(points)))))


def _slope(points: _Points) -> Node:
    return op("*", _rise(points), points.scale)


def _slope_inside(points: _Points) -> Node:
    outside = op("<>", points.place, _inside(points))
    return op("if", outside, _ZERO, _slope(points))


def _area(prolonged: bool) -> Callable[[_Points], Node]:
    """The area from the first point: trapezoids, and what lies beyond the ends."""

    def read(points: _Points) -> Node:
        axis = Axis(int(points.last), "segment")
        begin, end = points.along(axis), points.along(axis, 1)
        part = op("max", _ZERO, op("min", _ONE, op("-", points.place, number_along(axis))))
        inside = Aggregate("sum", (axis,), _strip(part, begin, op("-", end, begin)))
        last = int(points.last)
        flat = _ZERO
        first_rise = op("-", points.end(1), points.end(0)) if prolonged else flat
        last_rise = op("-", points.end(last), points.end(last - 1)) if prolonged else flat
        low = op("min", points.place, _ZERO)
        high = op("max", op("-", points.place, Literal(points.last)), _ZERO)
        beyond = op(
            "+",
            _strip(low, points.end(0), first_rise),
            _strip(high, points.end(last), last_rise),
        )
        return op("*", op("+", inside, beyond), points.width)

    return read


def _strip(length: Node, height: Node, rise: Node) -> Node:
    """The area of a strip that begins at a height and rises so much in each unit of length."""
    return op("*", length, op("+", height, op("/", op("*", rise, length), _TWO)))


def _inverse(prolonged: bool) -> Callable[[_Points], Node]:
    """The smallest abscissa whose ordinate is ``x``."""

    def read(points: _Points) -> Node:
        axis = Axis(int(points.last), "segment")
        y, none = points.x, Literal(math.inf)
        begin, end = points.along(axis), points.along(axis, 1)
        between = op("or", *(op("and", *pair) for pair in _around(begin, y, end)))
        here = op("+", number_along(axis), _part(y, begin, end))
        place: Node = Aggregate("min", (axis,), op("if", between, here, none))
        otherwise: Node = Literal(NOT_AVAILABLE)
        if prolonged:
            otherwise = _beyond(points, y)
        found = op("+", points.low, op("*", place, points.width))
        return op("if", op("<", place, none), found, otherwise)

    return read


def _around(begin: Node, y: Node, end: Node) -> tuple[tuple[Node, Node], tuple[Node, Node]]:
    rising = op("<=", begin, y), op("<=", y, end)
    falling = op(">=", begin, y), op(">=", y, end)
    return rising, falling


def _part(y: Node, begin: Node, end: Node) -> Node:
    return op("safe_divide", op("-", y, begin), op("-", end, begin))


def _beyond(points: _Points, y: Node) -> Node:
    """The abscissa left of the first point, or right of the last one, on the lines prolonged."""
    last = int(points.last)
    left = _part(y, points.end(0), points.end(1))
    right = _part(y, points.end(last - 1), points.end(last))

    def located(place: Node) -> Node:
        return op("+", points.low, op("*", place, points.width))

    behind = located(op("+", Literal(points.last - 1.0), right))
    after = op("if", op(">", right, _ONE), behind, Literal(NOT_AVAILABLE))
    return op("if", op("<", left, _ZERO), located(left), after)


_READINGS: Mapping[float, Callable[[_Points], Node]] = {
    0: _interpolated,
    1: _area(False),
    2: _before,
    3: _extrapolated,
    4: _after,
    5: _inverse(False),
    6: _slope_inside,
    7: _area(True),
    8: _inverse(True),
    9: _slope,
}

VECTOR_LOOKUPS: Mapping[str, Reader] = {"VECTOR_LOOKUP": _vector_lookup}
