"""Functions over whole arrays: SUM, MEAN, MIN and their kin (XMILE 1.0, section 3.7.1.3)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from headwater.compiler.expressions import Frame
from headwater.compiler.resolved import (
    Aggregate,
    Apply,
    Axis,
    Kind,
    Literal,
    Node,
)
from headwater.language.syntax import Call, Expression


def _argument(
    frame: Frame, node: Call, argument: Expression
) -> tuple[Node, tuple[Axis, ...]] | None:
    """Resolve an argument; None (reported) when it has no array in it."""
    value, axes = frame.aggregate(lambda: frame.expression(argument))
    if not axes:
        frame.error(
            node,
            f"{node.function.text} needs an array, and nothing in its argument is one",
            "write an array with `*`, such as SUM(sales[*])",
        )
        return None
    return value, axes


def _simple(name: str, frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    found = _argument(frame, node, arguments[0])
    return Literal(math.nan) if found is None else Aggregate(name, found[1], found[0], node.span)


def _size(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    found = _argument(frame, node, arguments[0])
    return Literal(math.nan) if found is None else Literal(_extent(found[1]))


def _mean(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    found = _argument(frame, node, arguments[0])
    if found is None:
        return Literal(math.nan)
    value, axes = found
    total = Aggregate("sum", axes, value, node.span)
    return Apply("/", (total, Literal(_extent(axes))), node.span)


def _deviation(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """The root of the mean squared distance from the mean, in two passes."""
    found = _argument(frame, node, arguments[0])
    if found is None:
        return Literal(math.nan)
    value, axes = found
    size = Literal(_extent(axes))
    mean_node = Apply("/", (Aggregate("sum", axes, value, node.span), size), node.span)
    mean = frame.resolver.hidden(frame, "STDDEV.mean", Kind.VALUE, mean_node, mean_node)
    distance = Apply("-", (value, mean), node.span)
    squares = Aggregate("sum", axes, Apply("*", (distance, distance)), node.span)
    return Apply("sqrt", (Apply("/", (squares, size)),), node.span)


def _extreme(name: str, frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node | None:
    """MIN and MAX: each argument with an array in it is reduced, the others are compared."""
    result: Node | None = None
    for argument in arguments:
        if not frame.has_array(argument):
            value = frame.expression(argument)
        else:
            inner, axes = frame.aggregate(partial(frame.expression, argument))
            value = Aggregate(name, axes, inner, node.span) if axes else inner
        result = value if result is None else Apply(name, (result, value), node.span)
    return result


def _extent(axes: Sequence[Axis]) -> float:
    return float(math.prod(a.extent for a in axes))


Reader = Callable[[Frame, Call, Sequence[Expression]], Node | None]

AGGREGATES: Mapping[str, Reader] = {
    "SUM": partial(_simple, "sum"),
    "PROD": partial(_simple, "prod"),
    "MEAN": _mean,
    "STDDEV": _deviation,
    "SIZE": _size,
    "MIN": partial(_extreme, "min"),
    "MAX": partial(_extreme, "max"),
}
