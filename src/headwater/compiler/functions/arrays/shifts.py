"""SHIFT IF TRUE: a stock whose elements move along by one, as an ageing chain's do.

The shift belongs to the rate of the stock: over a step in which the condition holds, each element
becomes what the element before it would have become.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from headwater.compiler.functions.arrays.vectors import INVALID, with_axis_replaced
from headwater.compiler.functions.data.functions import Reader
from headwater.compiler.functions.memory.delays import fixed_number
from headwater.compiler.resolved import (
    Axis,
    ElementNumber,
    Fixed,
    Follow,
    Kind,
    Literal,
    Node,
    Quantity,
    Reference,
    Rule,
    op,
)
from headwater.compiler.resolving.expressions import Frame
from headwater.language.syntax import Call, Expression

if TYPE_CHECKING:
    from headwater.compiler.resolving.resolve import Resolver

_ZERO = Literal(0.0)


@dataclass(frozen=True, slots=True)
class Shift:
    """A stock to be shifted; ``leading`` are the axes of its other subscripts in the call."""

    stock: Quantity
    rate: Quantity
    leading: tuple[Axis, ...]
    first: int
    size: int
    condition: Node
    accumulate: Node
    incoming: Node
    node: Call


def _shift(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """Note the shift, to be made once every stock has its rate; return what leaves the chain."""
    found = frame.expression(arguments[0])
    condition, accumulate, incoming = (frame.expression(arguments[k]) for k in (1, 3, 4))
    size = fixed_number(frame, frame.expression(arguments[2]))
    if size is None:
        size = frame.resolver.at_start(node, 2)
    resolver = frame.resolver
    if resolver.specs.method != "euler" or resolver.clock.times:
        return frame.error(
            node,
            f"{node.function.text} moves whole elements in whole steps of Euler's method",
            "choose it for the run, with a step that does not change",
        )
    shift = _checked(frame, node, found, size)
    if shift is None or not isinstance(found, Reference):
        return INVALID
    stock, leading, first, count = shift
    rate = Quantity(
        f"{stock.name}~before the shift",
        Kind.VALUE,
        stock.shape,
        origin=stock,
        save=False,
        span=stock.span,
    )
    shared = resolver.shared
    condition, accumulate, incoming = (
        shared(frame, f"{node.function.text}.{what}", value)
        for what, value in (
            ("condition", condition),
            ("accumulate", accumulate),
            ("incoming", incoming),
        )
    )
    resolver.shifts.append(
        Shift(stock, rate, leading, first, count, condition, accumulate, incoming, node)
    )
    last = (*found.selectors[:-1], Fixed(first + count - 1))
    dt = Literal(resolver.clock.dt)
    leaving = op("+", Reference(stock, last), op("*", dt, Reference(rate, last)))
    keeps = op("or", op("not", condition), accumulate)
    return op("if", keeps, _ZERO, leaving)


def _checked(
    frame: Frame, node: Call, found: Node, size: float | None
) -> tuple[Quantity, tuple[Axis, ...], int, int] | None:
    """Return the stock, the axes of its leading subscripts, its first element and their number."""
    name = node.function.text
    if not isinstance(found, Reference) or found.quantity.kind is not Kind.STOCK:
        frame.error(
            node, f"{name} shifts the elements of a stock", "name one as its first argument"
        )
        return None
    selectors = found.selectors
    leading = [s.axis for s in selectors[:-1] if isinstance(s, Follow) and s.table is None]
    if not selectors or not isinstance(selectors[-1], Fixed) or len(leading) < len(selectors) - 1:
        frame.error(
            node,
            f"{name} needs the first element of the last subscript, and whole ranges before it",
        )
        return None
    first = selectors[-1].index
    count = -1 if size is None or not isfinite(size) else round(size)
    if not 2 <= count <= found.quantity.shape[-1] - first:
        left = found.quantity.shape[-1] - first
        frame.error(node, f"{name} can shift 2 to {left} elements here, as a number that is known")
        return None
    if any(s.stock is found.quantity for s in frame.resolver.shifts):
        frame.error(node, f"`{found.quantity.name}` is shifted twice", "keep one of the two")
        return None
    return found.quantity, tuple(leading), first, count


def apply_shifts(resolver: Resolver) -> None:
    """Let the stocks' rates make the shifts."""
    for shift in resolver.shifts:
        stock, rate = shift.stock, shift.rate
        rate.initial = rate.step = list(stock.step)
        resolver.made.append(rate)
        axes = tuple(Axis(n, "element") for n in stock.shape)
        here = tuple(map(Follow, axes))
        stock.step = [Rule(axes, here, _rate(resolver, shift, axes), stock.span)]


def _rate(resolver: Resolver, shift: Shift, axes: tuple[Axis, ...]) -> Node:
    stock, rate, last_axis = shift.stock, shift.rate, axes[-1]
    dt = Literal(resolver.clock.dt)
    here = tuple(map(Follow, axes))
    before = tuple(max(k - 1, 0) for k in range(last_axis.extent))
    previous = (*here[:-1], Follow(last_axis, before))
    low, high = float(shift.first), float(shift.first + shift.size - 1)
    place = op("-", ElementNumber(Follow(last_axis)), Literal(1.0))

    def becomes(selectors: tuple[Follow, ...]) -> Node:
        return op("+", Reference(stock, selectors), op("*", dt, Reference(rate, selectors)))

    condition, accumulate, incoming = (
        _along(node, shift.leading, axes)
        for node in (shift.condition, shift.accumulate, shift.incoming)
    )
    gathers = op("and", accumulate, op("=", place, Literal(high)))
    moved_up = op("+", becomes(previous), op("if", gathers, becomes(here), _ZERO))
    shifted = op("if", op("=", place, Literal(low)), incoming, moved_up)
    inside = op("and", op(">=", place, Literal(low)), op("<=", place, Literal(high)))
    change = op("/", op("-", shifted, Reference(stock, here)), dt)
    return op("if", op("and", condition, inside), change, Reference(rate, here))


def _along(node: Node, old: Sequence[Axis], new: Sequence[Axis]) -> Node:
    for axis, other in zip(old, new, strict=False):
        node = with_axis_replaced(node, axis, other)
    return node


SHIFTS: Mapping[str, Reader] = {"SHIFT_IF_TRUE": _shift}
