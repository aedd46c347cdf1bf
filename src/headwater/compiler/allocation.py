"""Vensim's allocation functions: a scarce supply shared among requests by priority.

Each request is spread over a stretch of priorities, by a profile of that shape; what is allocated
is what lies above one common priority, the one at which all supply is used. That priority is
found by bisection.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from headwater.compiler.expressions import Frame
from headwater.compiler.resolved import (
    Aggregate,
    Apply,
    Axis,
    Bisection,
    Fixed,
    Literal,
    Node,
    Reference,
    Unknown,
)
from headwater.compiler.vectors import INVALID, moved, vector_axis
from headwater.language.syntax import Call, Expression, Name

STEPS = 80
"""Halvings; each adds a binary digit to the priority."""

_NORMAL_REACH, _EXPONENTIAL_REACH = 9.0, 40.0


def _op(name: str, *arguments: Node) -> Node:
    return Apply(name, arguments)


def _by_priority(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """Requests spread evenly over ``width`` below their priority."""
    request, priority, _, width, supply = (frame.expression(a) for a in arguments)
    axis = vector_axis(frame, node, request)
    if axis is None:
        return INVALID
    shared = frame.resolver.shared
    name = node.function.text
    request, priority, width = (
        shared(frame, f"{name}.{what}", value)
        for what, value in (("request", request), ("priority", priority), ("width", width))
    )

    supply = shared(frame, f"{name}.supply", supply)

    def got(p: Node) -> Node:
        part = _op("/", _op("-", priority, p), width)
        return _op("*", request, _op("max", Literal(0.0), _op("min", Literal(1.0), part)))

    return _allocated(frame, node, axis, request, supply, got, _op("-", priority, width), priority)


def _available(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """Requests spread by profiles, whose numbers follow each other along the last subscript."""
    request = frame.expression(arguments[0])
    supply = frame.expression(arguments[2])
    axis = vector_axis(frame, node, request)
    numbers = profile_of(frame, node, arguments[1])
    if axis is None or numbers is None:
        return INVALID
    shared = frame.resolver.shared
    name = node.function.text
    request = shared(frame, f"{name}.request", request)
    supply = shared(frame, f"{name}.supply", supply)
    kind, centre, width = numbers
    # Nothing but scarcity among themselves lowers what the fixed requests get: an equal share each.
    fixed = _op("if", _op("=", kind, Literal(0.0)), request, Literal(0.0))
    asked = shared(frame, f"{name}.fixed", _over("sum", fixed, axis, node))
    equal = _op("if", _op("<=", asked, supply), Literal(1.0), _op("/", supply, asked))

    def got(p: Node) -> Node:
        return _op("*", request, share_above(kind, equal, _op("/", _op("-", p, centre), width)))

    low, high = bounds_of(kind, centre, width)
    return _allocated(frame, node, axis, request, supply, got, low, high)


def profile_of(frame: Frame, node: Call, argument: Expression) -> tuple[Node, Node, Node] | None:
    """Return type, priority and width: the element that is named and the two after it."""
    value = frame.expression(argument)
    if isinstance(argument, Name) and isinstance(value, Reference) and value.selectors:
        first = value.selectors[-1]
        if isinstance(first, Fixed) and first.index + 3 < value.quantity.shape[-1]:
            outer = value.selectors[:-1]
            kind, centre, width = (
                Reference(value.quantity, (*outer, Fixed(first.index + k)), value.span)
                for k in range(3)
            )
            return kind, centre, width
    frame.error(
        node,
        f"the second argument of {node.function.text} is no priority profile",
        "its last subscript is the first of four elements: type, priority, width, extra",
    )
    return None


def bounds_of(kind: Node, centre: Node, width: Node) -> tuple[Node, Node]:
    """Return the priorities between which a request is spread, all of it but for tiny tails."""
    reach = by_kind(kind, (0.0, 0.5, 0.5, _NORMAL_REACH, _EXPONENTIAL_REACH))
    around = _op("*", reach, width)
    return _op("-", centre, around), _op("+", centre, around)


def by_kind(kind: Node, values: Sequence[float | Node]) -> Node:
    """Choose among the types 0 to 4; any other type has no meaning here."""
    result: Node = INVALID
    for number, value in enumerate(values):
        here = _op("=", kind, Literal(float(number)))
        result = _op("if", here, Literal(value) if isinstance(value, float) else value, result)
    return result


def share_above(kind: Node, equal: Node, x: Node) -> Node:
    """The share of a request that lies above a priority ``x`` widths from its middle.

    Fixed requests do not depend on the priority; each gets the share ``equal``.
    """
    one, half = Literal(1.0), Literal(0.5)
    rectangle = _op("max", Literal(0.0), _op("min", one, _op("-", half, x)))
    below = _op("-", one, _twice_square(_op("max", Literal(0.0), _op("+", x, half))))
    above = _twice_square(_op("max", Literal(0.0), _op("-", half, x)))
    triangle = _op("if", _op("<", x, Literal(0.0)), below, above)
    decay = _op("*", half, _op("exp", _op("negate", _op("abs", x))))
    exponential = _op("if", _op("<", x, Literal(0.0)), _op("-", one, decay), decay)
    return by_kind(kind, (equal, rectangle, triangle, _normal_above(x), exponential))


def _twice_square(x: Node) -> Node:
    return _op("*", Literal(2.0), _op("*", x, x))


# Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.16: absolute error below 1.2e-5.
# It is coarser than one would choose; outputs recorded with Vensim show that Vensim uses it.
_HASTINGS = (0.9372980, -0.1201676, 0.4361836)
_HASTINGS_SLOPE = 0.33267


def _normal_above(x: Node) -> Node:
    """The share of the standard normal distribution above ``x``."""
    size = _op("abs", x)
    t = _op("/", Literal(1.0), _op("+", Literal(1.0), _op("*", Literal(_HASTINGS_SLOPE), size)))
    cubic: Node = Literal(0.0)
    for coefficient in _HASTINGS:
        cubic = _op("*", _op("+", cubic, Literal(coefficient)), t)
    bell = _op("exp", _op("*", Literal(-0.5), _op("*", size, size)))
    tail = _op("*", _op("*", bell, Literal(1 / math.sqrt(2 * math.pi))), cubic)
    return _op("if", _op("<", x, Literal(0.0)), _op("-", Literal(1.0), tail), tail)


def _allocated(
    frame: Frame,
    node: Call,
    axis: Axis,
    request: Node,
    supply: Node,
    got: Callable[[Node], Node],
    low: Node,
    high: Node,
) -> Node:
    """Return what each request gets at the priority at which all that is supplied is used."""
    name = node.function.text
    shared = frame.resolver.shared
    wanted = shared(frame, f"{name}.sum", _over("sum", request, axis, node))
    unknown = Unknown()
    short = _op("-", _over("sum", got(unknown), axis, node), supply)
    bounds = _over("min", low, axis, node), _over("max", high, axis, node)
    found = Bisection(unknown, short, *bounds, STEPS)
    priority = shared(frame, f"{name}.cut", found)
    enough = _op(">=", supply, wanted)
    nothing = _op("<=", supply, Literal(0.0))
    scarce = _op("if", nothing, Literal(0.0), got(priority))
    return _op("if", enough, request, scarce)


def _over(kind: str, value: Node, axis: Axis, node: Call) -> Node:
    """Aggregate ``value`` over the requests."""
    other = Axis(axis.extent, axis.name)
    return Aggregate(kind, (other,), moved(value, axis, other), node.span)


Reader = Callable[[Frame, Call, Sequence[Expression]], Node]

ALLOCATION: Mapping[str, Reader] = {
    "ALLOCATE_BY_PRIORITY": _by_priority,
    "ALLOCATE_AVAILABLE": _available,
}
