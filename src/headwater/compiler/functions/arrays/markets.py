"""Vensim's functions of markets: the price, or priority, at which demand and supply are equal.

Demand is spread over prices by the profiles of allocation: what is asked for at a price is what
lies above it, and what is offered is what lies below. The price is found by bisection.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from headwater.compiler.functions.arrays.allocation import (
    STEPS,
    Reader,
    by_kind,
    is_known,
    profile_of,
    share_above,
    wide_enough,
)
from headwater.compiler.functions.arrays.vectors import INVALID
from headwater.compiler.functions.memory.delays import fixed_number
from headwater.compiler.resolved import (
    Aggregate,
    Axis,
    Bisection,
    Fixed,
    Follow,
    Literal,
    Node,
    Reference,
    Unknown,
    op,
)
from headwater.compiler.resolving.expressions import Frame
from headwater.compiler.resolving.folding import folded
from headwater.language.syntax import Call, Expression

_ZERO, _ONE = Literal(0.0), Literal(1.0)

_REACH = (0.0, 0.5, 0.5, 5.0, 10.0)
"""How many widths from the priority a price lies at most, by the type of the profile.

Those of the types 3 and 4, whose tails have no end, are what outputs recorded with Vensim show.
"""


class _Curve(NamedTuple):
    """Quantities of some agents along an axis, and how each is spread over prices."""

    axis: Axis
    quantity: Node
    kind: Node
    centre: Node
    width: Node

    def above(self, price: Node) -> Node:
        """What all agents together have above a price."""
        x = op("/", op("-", price, self.centre), self.width)
        share = share_above(self.kind, _ONE, x)
        return Aggregate("sum", (self.axis,), op("*", self.quantity, share))

    def below(self, price: Node) -> Node:
        """What they have below it; a fixed quantity, at any price."""
        x = op("/", op("-", self.centre, price), self.width)
        # Profiles are symmetric: what lies below is what lies above, seen from the other side.
        share = share_above(self.kind, _ONE, x)
        return Aggregate("sum", (self.axis,), op("*", self.quantity, share))

    @property
    def ends(self) -> tuple[Node, Node]:
        """The lowest and the highest price at which a quantity that is not fixed is spread."""
        around = op("*", by_kind(self.kind, _REACH), self.width)
        fixed = op("=", self.kind, _ZERO)
        low = op("if", fixed, Literal(math.inf), op("-", self.centre, around))
        high = op("if", fixed, Literal(-math.inf), op("+", self.centre, around))
        return Aggregate("min", (self.axis,), low), Aggregate("max", (self.axis,), high)

    @property
    def middles(self) -> tuple[Node, Node]:
        """The lowest and the highest of all priorities."""
        centre = self.centre
        return Aggregate("min", (self.axis,), centre), Aggregate("max", (self.axis,), centre)

    @property
    def is_known(self) -> Node:
        """Whether all profiles have a meaning."""
        return op(">", Aggregate("min", (self.axis,), is_known(self.kind, self.width)), _ZERO)


def _market_price(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    demand = _curve(frame, node, arguments[0], arguments[1])
    supply = _curve(frame, node, arguments[2], arguments[3])
    if demand is None or supply is None:
        return INVALID
    low, high = _widest(demand.ends, supply.ends)
    lowest, highest = _widest(demand.middles, supply.middles)
    all_fixed = op(">", low, high)
    low, high = op("if", all_fixed, lowest, low), op("if", all_fixed, highest, high)
    price = Unknown()
    short = op("-", demand.above(price), supply.below(price))
    found = Bisection(price, short, low, high, STEPS)
    return op("if", op("and", demand.is_known, supply.is_known), found, INVALID)


def _widest(one: tuple[Node, Node], other: tuple[Node, Node]) -> tuple[Node, Node]:
    """Return the lower of two low ends and the higher of two high ones."""
    return op("min", one[0], other[0]), op("max", one[1], other[1])


def _curve(frame: Frame, node: Call, quantity: Expression, profile: Expression) -> _Curve | None:
    """Read quantities and profiles, each given by its first element."""
    amounts = frame.expression(quantity)
    numbers = profile_of(frame, node, profile)
    if numbers is None:
        return None
    axis = _axis_from(frame, node, amounts)
    if axis is None:
        return None
    parts = [_along(n, -2, axis) for n in numbers]
    along = _along(amounts, -1, axis)
    if along is None or None in parts:
        frame.error(node, f"{node.function.text} needs a profile for each quantity", _FIRST)
        return None
    kind, centre, width = (part for part in parts if part is not None)
    return _Curve(axis, along, kind, centre, wide_enough(kind, width))


_FIRST = "name the first element of each: demand[first], curve[first, ptype]"


def _axis_from(frame: Frame, node: Call, value: Node, count: int | None = None) -> Axis | None:
    """Return an axis over the elements from the one that is named on."""
    last = value.selectors[-1] if isinstance(value, Reference) and value.selectors else None
    if isinstance(value, Reference) and isinstance(last, Fixed):
        extent = value.quantity.shape[-1] - last.index
        if count is None or count <= extent:
            return Axis(extent if count is None else count, value.quantity.name)
    frame.error(node, f"{node.function.text} needs a vector, by its first element", _FIRST)
    return None


def _along(value: Node, place: int, axis: Axis) -> Reference | None:
    """Return a vector along an axis, of which ``value`` is the first element."""
    if not isinstance(value, Reference) or len(value.selectors) < -place:
        return None
    first = value.selectors[place]
    if not isinstance(first, Fixed) or value.quantity.shape[place] - first.index < axis.extent:
        return None
    table = tuple(range(first.index, first.index + axis.extent))
    selectors = list(value.selectors)
    selectors[place] = Follow(axis, table)
    return Reference(value.quantity, tuple(selectors), value.span)


def _demanded(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    return _at_price(frame, node, arguments, 1.0)


def _supplied(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    return _at_price(frame, node, arguments, -1.0)


def _at_price(frame: Frame, node: Call, arguments: Sequence[Expression], sign: float) -> Node:
    """Return what one agent asks for (1) or offers (-1) at a price."""
    quantity, price = frame.expression(arguments[0]), frame.expression(arguments[2])
    numbers = profile_of(frame, node, arguments[1])
    if numbers is None:
        return INVALID
    kind, centre, given = numbers
    width = wide_enough(kind, given)
    beyond = op("*", Literal(sign), op("-", price, centre))
    part = op("*", quantity, share_above(kind, _ONE, op("/", beyond, width)))
    return op("if", is_known(kind, width), part, INVALID)


def _market_priority(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """The priority above which requests, spread evenly around their own, add up to the supply."""
    request, priority, size, width, supply = (frame.expression(a) for a in arguments)
    known = folded(size)
    count = known.value if isinstance(known, Literal) else fixed_number(frame, known)
    if count is None or not count.is_integer() or count < 1:
        return frame.error(
            node,
            f"the size of {node.function.text} must be a whole number known before the run",
            "write ELMCOUNT of the range",
        )
    axis = _axis_from(frame, node, request, round(count))
    if axis is None:
        return INVALID
    requests, priorities = _along(request, -1, axis), _along(priority, -1, axis)
    if requests is None or priorities is None:
        return frame.error(node, f"{node.function.text} needs a priority for each request", _FIRST)
    curve = _Curve(axis, requests, _ONE, priorities, width)
    unknown = Unknown()
    low, high = curve.ends
    found = Bisection(unknown, op("-", curve.above(unknown), supply), low, high, STEPS)
    return op("if", op(">", width, _ZERO), found, INVALID)


MARKETS: Mapping[str, Reader] = {
    "FIND_MARKET_PRICE": _market_price,
    "DEMAND_AT_PRICE": _demanded,
    "SUPPLY_AT_PRICE": _supplied,
    "MARKETP": _market_priority,
}
