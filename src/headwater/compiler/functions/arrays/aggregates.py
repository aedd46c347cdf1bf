"""Functions over whole arrays: SUM, MEAN, MIN and their kin (XMILE 1.0, section 3.7.1.3)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from headwater.compiler.resolved import (
    Aggregate,
    Apply,
    Axis,
    ElementNumber,
    Follow,
    Kind,
    Literal,
    Node,
)
from headwater.compiler.resolving.expressions import Frame
from headwater.compiler.resolving.subscripts import count
from headwater.compiler.stocks.container_contents import ask, container_named
from headwater.language.syntax import Call, Expression, Name, Position

_NEUTRAL = {"sum": 0.0, "prod": 1.0, "min": math.inf, "max": -math.inf}
"""What an element that does not count is to each function."""

Reader = Callable[[Frame, Call, Sequence[Expression]], Node | None]


class _Array(NamedTuple):
    """An array in an argument: its elements over the axes, and which of them count."""

    value: Node
    axes: tuple[Axis, ...]
    counted: tuple[Node, ...]

    def reduced(self, function: str, node: Call, value: Node | None = None) -> Node:
        """Return what a function makes of all elements that count, or of a value of each."""
        value = self.value if value is None else value
        for condition in self.counted:
            value = Apply("if", (condition, value, Literal(_NEUTRAL[function])))
        return Aggregate(function, self.axes, value, node.span)

    def size(self, node: Call) -> Node:
        """Return the number of the elements that count."""
        if not self.counted:
            return Literal(_extent(self.axes))
        return self.reduced("sum", node, Literal(1.0))


def _argument(frame: Frame, node: Call, argument: Expression) -> _Array | None:
    """Resolve an argument; None (reported) when it has no array in it."""
    found = _Array(*frame.aggregate(lambda: frame.expression(argument)))
    if not found.axes:
        vensims = "write an array with `!`, such as SUM(sales[region!])"
        plain = "write an array with `*`, such as SUM(sales[*])"
        frame.error(
            node,
            f"{node.function.text} needs an array, and nothing in its argument is one",
            vensims if frame.dialect == "vensim" else plain,
        )
        return None
    return found


def _whole(frame: Frame, node: Call, argument: Expression) -> _Array | None:
    """Resolve an argument whose elements all count."""
    found = _argument(frame, node, argument)
    if found is not None and found.counted:
        frame.error(
            node,
            f"{node.function.text} takes no run of elements whose ends are computed",
            "such a run can stand in SUM, PROD, MEAN, STDDEV, SIZE, MIN and MAX",
        )
    return found


def _of_container(name: str, make: Reader) -> Reader:
    """Return a function that takes the parts of a conveyor or a queue as an array."""

    def read(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node | None:
        if len(arguments) == 1:
            container = container_named(frame, arguments[0])
            if container is not None:
                return ask(frame, node, container, name)
        return make(frame, node, arguments)

    return read


def _simple(name: str, frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    found = _argument(frame, node, arguments[0])
    return Literal(math.nan) if found is None else found.reduced(name, node)


def _size(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    argument = arguments[0]
    if isinstance(argument, Name) and not argument.subscripts:
        dimension = frame.resolver.dimensions.get(argument.key)
        own = argument.key in frame.arrays or argument.key in frame.resolver.quantities
        if dimension is not None and not own:
            return Literal(float(dimension.size))
        if argument.key == "self" and "self" not in frame.resolver.quantities:
            return Literal(float(math.prod(frame.owner.shape)))
    found = _argument(frame, node, arguments[0])
    return Literal(math.nan) if found is None else found.size(node)


def _mean(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    found = _argument(frame, node, arguments[0])
    if found is None:
        return Literal(math.nan)
    return Apply("/", (found.reduced("sum", node), found.size(node)), node.span)


def _deviation(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """The root of the mean squared distance from the mean, in two passes."""
    found = _argument(frame, node, arguments[0])
    if found is None:
        return Literal(math.nan)
    size = found.size(node)
    mean_node = Apply("/", (found.reduced("sum", node), size), node.span)
    mean = frame.resolver.hidden(frame, "STDDEV.mean", Kind.VALUE, mean_node, mean_node)
    distance = Apply("-", (found.value, mean), node.span)
    squares = found.reduced("sum", node, Apply("*", (distance, distance)))
    return Apply("sqrt", (Apply("/", (squares, size)),), node.span)


def _extreme(name: str, frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node | None:
    """MIN and MAX: each argument with an array in it is reduced, the others are compared.

    Of several arguments inside another aggregate, that one's wildcards stand in them.
    """
    result: Node | None = None
    alone = len(arguments) == 1
    within = frame.inner is not None and not alone
    for argument in arguments:
        if within or not frame.has_array(argument, alone=alone):
            value = frame.expression(argument)
        else:
            found = _Array(*frame.aggregate(partial(frame.expression, argument)))
            value = found.reduced(name, node) if found.axes else found.value
        result = value if result is None else Apply(name, (result, value), node.span)
    return result


def _rank(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """The number of the element at a place of the ascending order, from 1.

    The place may be ``SIZE`` alone, as in the standard's example: that of the last element.
    """
    place = frame.expression(_with_size(frame, arguments[1], arguments[0]))
    if _whole(frame, node, arguments[0]) is None:
        return Literal(math.nan)
    compared = (arguments[0], *arguments[2:])
    _, axes = _together(frame, compared)
    if not axes or len(axes) != len(_together(frame, compared[:1])[1]):
        return frame.error(
            node,
            "RANK needs an array, and ties are broken by one over the same dimensions",
            "its form is RANK(array, place, ties)",
        )
    _, places, axes = _ordered(frame, node, compared)
    here = Apply("=", (Apply("+", (places, Literal(1.0))), place))
    number = Apply("if", (here, _flat_number(axes), Literal(0.0)))
    return Aggregate("sum", axes, number, node.span)


def _with_size(frame: Frame, place: Expression, array: Expression) -> Expression:
    alone = isinstance(place, Name) and place.key == "size" and not place.subscripts
    if not alone or "size" in frame.parameters or frame.quantity_named("size") is not None:
        return place
    return Call(Name("SIZE"), (array,), place.span)


def _ordered(
    frame: Frame, node: Call, compared: Sequence[Expression]
) -> tuple[Node, Node, tuple[Axis, ...]]:
    """Return an array's elements, how many come before each in ascending order, and its axes.

    Further arrays break ties; what is equal in all comes in the order of its number.
    """
    values, axes = _together(frame, compared)
    others, other_axes = _together(frame, compared)
    before: Node = Apply("<", (_flat_number(other_axes), _flat_number(axes)))
    for value, other_value in zip(reversed(values), reversed(others), strict=True):
        tied = Apply("and", (Apply("=", (other_value, value)), before))
        before = Apply("or", (Apply("<", (other_value, value)), tied))
    one = Literal(1.0)
    ahead = Aggregate("sum", other_axes, Apply("if", (before, one, Literal(0.0))), node.span)
    places = frame.resolver.hidden(frame, node.function.text.upper(), Kind.VALUE, ahead, ahead)
    return values[0], places, axes


def _percentile(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """Sum the elements less than one place from a share of the way, by their nearness to it."""
    if _whole(frame, node, arguments[0]) is None:
        return Literal(math.nan)
    zero, one = Literal(0.0), Literal(1.0)
    share = Apply("/", (frame.expression(arguments[1]), Literal(100.0)))
    value, places, axes = _ordered(frame, node, arguments[:1])
    within = Apply("max", (Apply("min", (share, one)), zero))
    place = Apply("*", (within, Literal(_extent(axes) - 1)))
    at = frame.resolver.shared(frame, "PERCENTILE.place", place)
    near = Apply("-", (one, Apply("abs", (Apply("-", (at, places)),))))
    counted = Apply("if", (Apply(">", (near, zero)), Apply("*", (value, near)), zero))
    return Aggregate("sum", axes, counted, node.span)


def _interpolate(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """Sum the elements that are less than one place from a position, by their nearness to it."""
    found = _whole(frame, node, arguments[0])
    if found is None:
        return Literal(math.nan)
    value, axes, _ = found
    positions = arguments[1:]
    if len(positions) != len(axes):
        told = count(len(positions), "position"), count(len(axes), "dimension")
        return frame.error(
            node,
            "INTERPOLATE has {} in an array of {}".format(*told),
            "give one for each dimension that is written as `*`, from 0 to 1",
        )
    zero, one = Literal(0.0), Literal(1.0)
    weight: Node = one
    for number, (axis, position) in enumerate(zip(axes, positions, strict=True)):
        within = Apply("max", (Apply("min", (frame.expression(position), one)), zero))
        place = Apply("*", (within, Literal(float(axis.extent - 1))))
        at = frame.resolver.shared(frame, f"INTERPOLATE.{number + 1}", place)
        here = Apply("-", (ElementNumber(Follow(axis)), one))
        near = Apply("-", (one, Apply("abs", (Apply("-", (at, here)),))))
        weight = Apply("*", (weight, Apply("max", (near, zero))))
    counted = Apply("if", (Apply(">", (weight, zero)), Apply("*", (value, weight)), zero))
    return Aggregate("sum", axes, counted, node.span)


def _together(frame: Frame, arguments: Sequence[Expression]) -> tuple[list[Node], tuple[Axis, ...]]:
    """Resolve several arrays so that the same dimension stands for the same element in all."""
    values: list[Node] = []

    def read() -> Node:
        values.extend(frame.expression(a) for a in arguments)
        return values[0]

    _, axes, _ = frame.aggregate(read)
    return values, axes


def _flat_number(axes: Sequence[Axis]) -> Node:
    """Return the row-major number, from 1, of the element that the axes stand at."""
    number: Node = ElementNumber(Follow(axes[0]))
    for axis in axes[1:]:
        before = Apply("-", (number, Literal(1.0)))
        scaled = Apply("*", (before, Literal(float(axis.extent))))
        number = Apply("+", (scaled, ElementNumber(Follow(axis))))
    return number


def _transpose(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """The element whose subscripts are those of the left side in the opposite order.

    Of a name that stands for nothing the mark at its end is a part.
    """
    (argument,) = arguments
    if isinstance(argument, Name) and not argument.subscripts:
        with_mark = replace(argument, text=argument.text + "'", key=argument.key + "'")
        if not _is_known(frame, argument) and _is_known(frame, with_mark):
            return frame.expression(with_mark)
        count = len(frame.target)
        places = tuple(Position(count - k) for k in range(count))
        return frame.expression(replace(argument, subscripts=places))
    return frame.error(
        node, "only an array's name can be transposed", "write the subscripts in the other order"
    )


def _is_known(frame: Frame, name: Name) -> bool:
    return name.key in frame.parameters or name.key in frame.resolver.quantities


def _extent(axes: Sequence[Axis]) -> float:
    return float(math.prod(a.extent for a in axes))


AGGREGATES: Mapping[str, Reader] = {
    "SUM": _of_container("sum", partial(_simple, "sum")),
    "PROD": partial(_simple, "prod"),
    "MEAN": _of_container("mean", _mean),
    "STDDEV": _of_container("stddev", _deviation),
    "SIZE": _of_container("size", _size),
    "MIN": _of_container("min", partial(_extreme, "min")),
    "MAX": _of_container("max", partial(_extreme, "max")),
    "RANK": _rank,
    "PERCENTILE": _percentile,
    "INTERPOLATE": _interpolate,
    "TRANSPOSE": _transpose,
}
