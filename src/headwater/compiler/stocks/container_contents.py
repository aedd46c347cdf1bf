"""What lies on the single slats of a conveyor, or waits in a queue (XMILE 1.0, 3.7.2 and 3.7.3).

The standard treats both as arrays, the exit or the front first: ``belt[1]``, ``SIZE(belt)``,
``MAX(belt)``. Equations are read before the stocks are built: an answer is made ready here, and
filled in by what a stock holds at the beginning of a step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headwater.compiler.functions.arrays.vectors import Reader
from headwater.compiler.resolved import (
    Aggregate,
    Apply,
    Axis,
    Follow,
    Kind,
    Literal,
    Node,
    Quantity,
    Reference,
    Selector,
)
from headwater.compiler.resolving.assembling import (
    ONE,
    ZERO,
    add,
    at_most,
    both,
    choose,
    equal,
    less,
    most,
    multiply,
    nearest,
    number,
    position,
    quotient,
    subtract,
)
from headwater.compiler.resolving.expressions import Frame
from headwater.language.syntax import Call, Expression, Name, Wildcard
from headwater.model.variables import Conveyor, Queue, Stock

if TYPE_CHECKING:
    from headwater.compiler.resolving.resolve import Resolver

_INFINITE = Literal(float("inf"))
_A_LITTLE = 1e-12


@dataclass(frozen=True, slots=True)
class Contents:
    """What is asked of a container: a number of its parts, or the part at a ``place``.

    A deviation is one from the ``mean``.
    """

    answer: Reference
    container: Reference
    what: str
    place: Node | None = None
    mean: Node | None = None


def container_named(frame: Frame, argument: Expression) -> Reference | None:
    """Return the conveyor or queue that a name stands for, be it one of an array's elements.

    A single ``*`` behind the name of one that is no array stands for its parts.
    """
    if not isinstance(argument, Name) or argument.key in frame.parameters:
        return None
    quantity = frame.quantity_named(argument.key)
    variable = frame.resolver.variable_of(quantity) if quantity is not None else None
    if not isinstance(variable, Stock) or not isinstance(variable.discipline, Conveyor | Queue):
        return None
    every = variable.dimensions == () and argument.subscripts == (Wildcard(),)
    subscripts = () if every else argument.subscripts
    if subscripts and len(subscripts) != len(variable.dimensions):
        return None
    container = Name(argument.text, subscripts, argument.span, argument.key)
    if frame.has_array(container):
        return None
    found = frame.expression(container)
    return found if isinstance(found, Reference) else None


def ask(
    frame: Frame, node: Expression, container: Reference, what: str, place: Node | None = None
) -> Node:
    """Return what will hold the answer."""
    resolver = frame.resolver
    if what == "sum":
        return container
    mean = ask(frame, node, container, "mean") if what == "stddev" else None
    depends = [container] if place is None else [container, place]
    answer = resolver.reserve(frame, f"{what} of {container.quantity.name}", Kind.VALUE, depends)
    asked = Contents(answer, container, what, place, mean)
    resolver.contents.setdefault(container.quantity, []).append(asked)
    return Reference(answer.quantity, answer.selectors, getattr(node, "span", None))


def _length(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """QLEN: how many batches wait."""
    found = _queue(frame, node, arguments[0])
    return Literal(float("nan")) if found is None else ask(frame, node, found, "size")


def _element(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """QELEM, and a subscript: the batch or slat at a place, the first to leave being the first."""
    found = container_named(frame, arguments[0]) or _queue(frame, node, arguments[0])
    place = frame.expression(arguments[1])
    return Literal(float("nan")) if found is None else ask(frame, node, found, "at", place)


def _queue(frame: Frame, node: Call, argument: Expression) -> Reference | None:
    found = container_named(frame, argument)
    variable = None if found is None else frame.resolver.variable_of(found.quantity)
    if not isinstance(variable, Stock) or not isinstance(variable.discipline, Queue):
        frame.error(argument, f"{node.function.text} needs the name of a queue")
        return None
    return found


def fill_in_slats(
    resolver: Resolver, conveyor: Quantity, belt: Quantity, axis: Axis, slats: Quantity
) -> None:
    """Answer what was asked of a conveyor, whose slats are all counted, empty ones too."""
    for asked in resolver.contents.get(conveyor, ()):
        own = Axis(axis.extent, axis.name)
        here = asked.container.selectors
        count = Reference(slats, here)
        content = Reference(belt, (*here, Follow(own)))
        there = less(position(own), count)
        answer = _answer(asked, own, content, there, count, add(position(own), ONE))
        resolver.complete(asked.answer, answer, answer)


def fill_in_batches(
    resolver: Resolver, queue: Quantity, arrived: Quantity, left: Quantity, axis: Axis
) -> None:
    """Answer what was asked of a queue, whose batches are told by the totals at their ends."""
    for asked in resolver.contents.get(queue, ()):
        own = Axis(axis.extent, axis.name)
        here = asked.container.selectors
        content = _batch(arrived, left, here, own)
        waits = less(ZERO, content)
        count = Aggregate("sum", (own,), choose(waits, ONE, ZERO))
        before = Axis(axis.extent, axis.name)
        earlier = both(
            at_most(position(before), position(own)),
            less(ZERO, _batch(arrived, left, here, before)),
        )
        rank = Aggregate("sum", (before,), choose(earlier, ONE, ZERO))
        answer = _answer(asked, own, content, waits, count, rank)
        resolver.complete(asked.answer, answer, answer)


def _answer(
    asked: Contents, axis: Axis, content: Node, there: Node, count: Node, rank: Node
) -> Node:
    """Return the part of the rank that is asked for, or a number of all that are ``there``."""
    if asked.place is None:
        return _folded(asked, axis, content, there, count)
    at = both(there, equal(rank, nearest(asked.place)))
    return Aggregate("sum", (axis,), choose(at, content, ZERO))


def _batch(arrived: Quantity, left: Quantity, here: Sequence[Selector], axis: Axis) -> Node:
    """Return what is left of the batch that arrived with a step; rounding leaves nothing."""
    where = tuple(here)
    table = tuple(max(k - 1, 0) for k in range(axis.extent))
    end = Reference(arrived, (*where, Follow(axis)))
    begin = Reference(arrived, (*where, Follow(axis, table)))
    gone = Reference(left, where)
    first = equal(position(axis), ZERO)
    content = subtract(end, choose(first, gone, most(gone, begin)))
    slack = multiply(number(_A_LITTLE), end)
    return choose(less(slack, content), content, ZERO)


def _folded(asked: Contents, axis: Axis, content: Node, there: Node, count: Node) -> Node:
    """Return a number of the parts that are there; of none it is 0."""
    what = asked.what
    if what == "size":
        return count
    if what in ("min", "max"):
        none = _INFINITE if what == "min" else Literal(float("-inf"))
        found = Aggregate(what, (axis,), choose(there, content, none))
        return choose(less(ZERO, count), found, ZERO)
    part = content
    if asked.mean is not None:
        distance = subtract(content, asked.mean)
        part = multiply(distance, distance)
    mean = quotient(Aggregate("sum", (axis,), choose(there, part, ZERO)), count)
    return mean if asked.mean is None else Apply("sqrt", (mean,))


CONTAINER_READERS: Mapping[str, Reader] = {"QELEM": _element, "QLEN": _length}
