"""Vensim's VECTOR LOOKUP: elements of an array as the points of a lookup, at even distances."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from headwater.compiler.expressions import Frame
from headwater.compiler.resolved import (
    Aggregate,
    Apply,
    Axis,
    Computed,
    Fixed,
    Follow,
    Literal,
    Node,
    Reference,
    Selector,
)
from headwater.compiler.vectors import INVALID, Reader, number_along
from headwater.language.builtins_vensim import NOT_AVAILABLE
from headwater.language.syntax import Call, Expression

_ZERO, _ONE, _TWO = Literal(0.0), Literal(1.0), Literal(2.0)


def _op(name: str, *arguments: Node) -> Node:
    return Apply(name, arguments)


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
        return self._chosen(Computed(_op("+", number, Literal(float(self.first + 1)))))

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
    range_ = _op("-", high, low)
    scale = _op("/", last, range_)
    place = shared(frame, f"{name}.place", _op("*", _op("-", x, low), scale))
    return _Points(element, first.index, x, low, _op("/", range_, last), scale, place)


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
        value = _op("if", _op("=", mode, Literal(float(number))), reading(points), value)
    return value


# Readings


def _inside(points: _Points) -> Node:
    return _op("min", _op("max", points.place, _ZERO), Literal(points.last))


def _left(points: _Points) -> Node:
    """The number of the point at the left of the segment that counts."""
    return _op("min", _op("floor", _inside(points)), Literal(points.last - 1.0))


def _rise(points: _Points) -> Node:
    left = _left(points)
    return _op("-", points.at(_op("+", left, _ONE)), points.at(left))


def _from_left(points: _Points, place: Node) -> Node:
    left = _left(points)
    return _op("+", points.at(left), _op("*", _op("-", place, left), _rise(points)))


def _interpolated(points: _Points) -> Node:
    return _from_left(points, _inside(points))


def _extrapolated(points: _Points) -> Node:
    return _from_left(points, points.place)


def _before(points: _Points) -> Node:
    return points.at(_op("floor", _inside(points)))


def _after(points: _Points) -> Node:
    return points.at(_op("negate", _op("floor", _op("negate", _inside(points)))))


def _slope(points: _Points) -> Node:
    return _op("*", _rise(points), points.scale)


def _slope_inside(points: _Points) -> Node:
    outside = _op("<>", points.place, _inside(points))
    return _op("if", outside, _ZERO, _slope(points))


def _area(prolonged: bool) -> Callable[[_Points], Node]:
    """The area from the first point: trapezoids, and what lies beyond the ends."""

    def read(points: _Points) -> Node:
        axis = Axis(int(points.last), "segment")
        begin, end = points.along(axis), points.along(axis, 1)
        part = _op("max", _ZERO, _op("min", _ONE, _op("-", points.place, number_along(axis))))
        inside = Aggregate("sum", (axis,), _strip(part, begin, _op("-", end, begin)))
        last = int(points.last)
        flat = _ZERO
        first_rise = _op("-", points.end(1), points.end(0)) if prolonged else flat
        last_rise = _op("-", points.end(last), points.end(last - 1)) if prolonged else flat
        low = _op("min", points.place, _ZERO)
        high = _op("max", _op("-", points.place, Literal(points.last)), _ZERO)
        beyond = _op(
            "+",
            _strip(low, points.end(0), first_rise),
            _strip(high, points.end(last), last_rise),
        )
        return _op("*", _op("+", inside, beyond), points.width)

    return read


def _strip(length: Node, height: Node, rise: Node) -> Node:
    """The area of a strip that begins at a height and rises so much in each unit of length."""
    return _op("*", length, _op("+", height, _op("/", _op("*", rise, length), _TWO)))


def _inverse(prolonged: bool) -> Callable[[_Points], Node]:
    """The smallest abscissa whose ordinate is ``x``."""

    def read(points: _Points) -> Node:
        axis = Axis(int(points.last), "segment")
        y, none = points.x, Literal(math.inf)
        begin, end = points.along(axis), points.along(axis, 1)
        between = _op("or", *(_op("and", *pair) for pair in _around(begin, y, end)))
        here = _op("+", number_along(axis), _part(y, begin, end))
        place: Node = Aggregate("min", (axis,), _op("if", between, here, none))
        otherwise: Node = Literal(NOT_AVAILABLE)
        if prolonged:
            otherwise = _beyond(points, y)
        found = _op("+", points.low, _op("*", place, points.width))
        return _op("if", _op("<", place, none), found, otherwise)

    return read


def _around(begin: Node, y: Node, end: Node) -> tuple[tuple[Node, Node], tuple[Node, Node]]:
    rising = _op("<=", begin, y), _op("<=", y, end)
    falling = _op(">=", begin, y), _op(">=", y, end)
    return rising, falling


def _part(y: Node, begin: Node, end: Node) -> Node:
    return _op("safe_divide", _op("-", y, begin), _op("-", end, begin))


def _beyond(points: _Points, y: Node) -> Node:
    """The abscissa left of the first point, or right of the last one, on the lines prolonged."""
    last = int(points.last)
    left = _part(y, points.end(0), points.end(1))
    right = _part(y, points.end(last - 1), points.end(last))

    def located(place: Node) -> Node:
        return _op("+", points.low, _op("*", place, points.width))

    behind = located(_op("+", Literal(points.last - 1.0), right))
    after = _op("if", _op(">", right, _ONE), behind, Literal(NOT_AVAILABLE))
    return _op("if", _op("<", left, _ZERO), located(left), after)


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
