"""Vensim's allocation functions: a scarce supply shared among requests by priority.

Each request is spread over a stretch of priorities, by a profile of that shape; what is allocated
is what lies above one common priority, the one at which all supply is used. That priority is
found by bisection.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from headwater.compiler.functions.arrays.vectors import INVALID, vector_axis, with_axis_replaced
from headwater.compiler.resolved import (
    Aggregate,
    Axis,
    Bisection,
    Fixed,
    Literal,
    Node,
    Reference,
    Unknown,
    op,
)
from headwater.compiler.resolving.expressions import Frame
from headwater.language.syntax import Call, Expression, Name, Number

STEPS = 80
"""Halvings; each adds a binary digit to the priority."""

_ZERO = Literal(0.0)


@dataclass(frozen=True, slots=True)
class _Defined:
    """Where the stretches of requests say what a scarce supply goes to; what is so elsewhere."""

    where: Node
    otherwise: Node


_NORMAL_REACH, _EXPONENTIAL_REACH = 9.0, 40.0

_NORMAL, _LEAST_NORMAL = 3.0, 0.05
"""The type of normal profiles, and their least standard deviation.

Outputs recorded with Vensim are the same for all widths from 0 to it.
"""

_SPREADING = (1.0, 2.0, 3.0, 4.0)
"""Profiles but that of fixed requests, which have no priority."""


def _by_priority(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """Requests spread evenly over ``width`` below their priority, or about it by a profile.

    Without a profile a width of 0 is what ever smaller ones come to: one priority after the other,
    and those of the same in proportion to what they ask for.
    """
    request, priority, _, width, supply, *profile = (frame.expression(a) for a in arguments)
    axis = _named_axis(frame, arguments[2]) or vector_axis(frame, node, request)
    if axis is None or not _is_profile(frame, arguments[5:]):
        return INVALID
    shared = frame.resolver.shared
    name = node.function.text
    is_rectangle = _is_rectangle(arguments[5:])
    may_be_zero = is_rectangle and not (isinstance(width, Literal) and width.value > 0)
    request, priority, width = (
        shared(frame, f"{name}.{what}", value)
        for what, value in (("request", request), ("priority", priority), ("width", width))
    )

    supply = shared(frame, f"{name}.supply", supply)
    kind = None if is_rectangle else profile[0]
    if kind is None:
        low, high = op("-", priority, width), priority
    else:
        low, high = bounds_of(kind, priority, width)

    def got(p: Node) -> Node:
        if kind is not None:
            from_middle = op("/", op("-", p, priority), width)
            return op("*", request, share_above(kind, INVALID, from_middle))
        part = op("/", op("-", priority, p), width)
        return op("*", request, op("max", Literal(0.0), op("min", Literal(1.0), part)))

    otherwise: Node = INVALID
    if may_be_zero:
        turn = shared(frame, f"{name}.turn", _in_turn(node, axis, request, priority, supply))
        otherwise = op("if", op("=", width, _ZERO), turn, INVALID)
    defined = _Defined(op(">", width, _ZERO), otherwise)
    return _allocated(frame, node, axis, request, supply, got, (low, high), defined)


def _in_turn(node: Call, axis: Axis, request: Node, priority: Node, supply: Node) -> Node:
    """What each request gets where higher priorities come first and equal ones share."""
    other = Axis(axis.extent, axis.name)
    asked = with_axis_replaced(request, axis, other)
    theirs = with_axis_replaced(priority, axis, other)

    def sum_where(comparison: str) -> Node:
        counted = op("if", op(comparison, theirs, priority), asked, _ZERO)
        return Aggregate("sum", (other,), counted, node.span)

    equal = sum_where("=")
    share = op("/", op("-", supply, sum_where(">")), equal)
    within = op("max", _ZERO, op("min", Literal(1.0), share))
    return op("if", op("=", equal, _ZERO), _ZERO, op("*", request, within))


def _named_axis(frame: Frame, size: Expression) -> Axis | None:
    """Return the axis of the dimension over which Stella's ALLOCATE is told to allocate."""
    key = size.key if isinstance(size, Name) and not size.subscripts else ""
    here = (c.axis for c in frame.current if key in c.names and c.axis is not None)
    return next(here, None)


def _is_rectangle(given: Sequence[Expression]) -> bool:
    """Tell whether a profile is that of no profile: all that counts is how far apart they are."""
    return not given or given[0] == Number(1.0)


def _is_profile(frame: Frame, given: Sequence[Expression]) -> bool:
    """Tell whether a profile is one that spreads requests, where its number is written there."""
    if not given or not isinstance(given[0], Number) or given[0].value in _SPREADING:
        return True
    frame.error(
        given[0],
        f"no profile has the number {given[0].value:g}",
        "1 is rectangular, 2 triangular, 3 normal, 4 exponential",
    )
    return False


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
    kind, centre, given = numbers
    width = wide_enough(kind, given)
    # Nothing but scarcity among themselves lowers what the fixed requests get: an equal share each.
    fixed = op("if", op("=", kind, Literal(0.0)), request, Literal(0.0))
    asked = shared(frame, f"{name}.fixed", _over("sum", fixed, axis, node))
    equal = op("if", op("<=", asked, supply), Literal(1.0), op("/", supply, asked))

    def got(p: Node) -> Node:
        return op("*", request, share_above(kind, equal, op("/", op("-", p, centre), width)))

    known = _over("min", is_known(kind, width), axis, node)
    bounds = bounds_of(kind, centre, width)
    defined = _Defined(op(">", known, _ZERO), INVALID)
    return _allocated(frame, node, axis, request, supply, got, bounds, defined)


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


def wide_enough(kind: Node, width: Node) -> Node:
    """Return the width of a profile: that of a normal one has a least, below which it counts."""
    narrow = op("and", op(">=", width, _ZERO), op("<", width, Literal(_LEAST_NORMAL)))
    normal = op("and", op("=", kind, Literal(_NORMAL)), narrow)
    return op("if", normal, Literal(_LEAST_NORMAL), width)


def bounds_of(kind: Node, centre: Node, width: Node) -> tuple[Node, Node]:
    """Return the priorities between which a request is spread, all of it but for tiny tails."""
    reach = by_kind(kind, (0.0, 0.5, 0.5, _NORMAL_REACH, _EXPONENTIAL_REACH))
    around = op("*", reach, width)
    return op("-", centre, around), op("+", centre, around)


def is_known(kind: Node, width: Node) -> Node:
    """Tell whether a profile has a meaning here: a type of 0 to 4, and a width unless it is 0."""
    known = op("=", kind, _ZERO)
    for number in _SPREADING:
        here = op("and", op("=", kind, Literal(number)), op(">", width, _ZERO))
        known = op("or", known, here)
    return known


def by_kind(kind: Node, values: Sequence[float | Node]) -> Node:
    """Choose among the types 0 to 4; any other type has no meaning here."""
    result: Node = INVALID
    for number, value in enumerate(values):
        here = op("=", kind, Literal(float(number)))
        result = op("if", here, Literal(value) if isinstance(value, float) else value, result)
    return result


def share_above(kind: Node, equal: Node, x: Node) -> Node:
    """The share of a request that lies above a priority ``x`` widths from its middle.

    Fixed requests do not depend on the priority; each gets the share ``equal``.
    """
    one, half = Literal(1.0), Literal(0.5)
    rectangle = op("max", Literal(0.0), op("min", one, op("-", half, x)))
    below = op("-", one, _twice_square(op("max", Literal(0.0), op("+", x, half))))
    above = _twice_square(op("max", Literal(0.0), op("-", half, x)))
    triangle = op("if", op("<", x, Literal(0.0)), below, above)
    decay = op("*", half, op("exp", op("negate", op("abs", x))))
    exponential = op("if", op("<", x, Literal(0.0)), op("-", one, decay), decay)
    return by_kind(kind, (equal, rectangle, triangle, _normal_above(x), exponential))


def _twice_square(x: Node) -> Node:
    return op("*", Literal(2.0), op("*", x, x))


# Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.16: absolute error below 1.2e-5.
# It is coarser than one would choose; outputs recorded with Vensim show that Vensim uses it.
_HASTINGS = (0.9372980, -0.1201676, 0.4361836)
_HASTINGS_SLOPE = 0.33267


def _normal_above(x: Node) -> Node:
    """The share of the standard normal distribution above ``x``."""
    size = op("abs", x)
    t = op("/", Literal(1.0), op("+", Literal(1.0), op("*", Literal(_HASTINGS_SLOPE), size)))
    cubic: Node = Literal(0.0)
    for coefficient in _HASTINGS:
        cubic = op("*", op("+", cubic, Literal(coefficient)), t)
    bell = op("exp", op("*", Literal(-0.5), op("*", size, size)))
    tail = op("*", op("*", bell, Literal(1 / math.sqrt(2 * math.pi))), cubic)
    return op("if", op("<", x, Literal(0.0)), op("-", Literal(1.0), tail), tail)


def _allocated(
    frame: Frame,
    node: Call,
    axis: Axis,
    request: Node,
    supply: Node,
    got: Callable[[Node], Node],
    ends: tuple[Node, Node],
    defined: _Defined,
) -> Node:
    """Return what each request gets at the priority at which all that is supplied is used.

    ``ends`` are the priorities between which each request is spread.
    """
    name = node.function.text
    shared = frame.resolver.shared
    wanted = shared(frame, f"{name}.sum", _over("sum", request, axis, node))
    unknown = Unknown()
    short = op("-", _over("sum", got(unknown), axis, node), supply)
    bounds = _over("min", ends[0], axis, node), _over("max", ends[1], axis, node)
    found = Bisection(unknown, short, *bounds, STEPS)
    priority = shared(frame, f"{name}.cut", found)
    enough = op(">=", supply, wanted)
    nothing = op("<=", supply, Literal(0.0))
    some = op("if", defined.where, got(priority), defined.otherwise)
    scarce = op("if", nothing, Literal(0.0), some)
    return op("if", enough, request, scarce)


def _over(kind: str, value: Node, axis: Axis, node: Call) -> Node:
    """Aggregate ``value`` over the requests."""
    other = Axis(axis.extent, axis.name)
    return Aggregate(kind, (other,), with_axis_replaced(value, axis, other), node.span)


Reader = Callable[[Frame, Call, Sequence[Expression]], Node]

ALLOCATION: Mapping[str, Reader] = {
    "ALLOCATE_BY_PRIORITY": _by_priority,
    "ALLOCATE_AVAILABLE": _available,
}
