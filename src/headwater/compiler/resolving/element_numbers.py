"""The number of an element within its dimension, which a name in an expression can stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headwater.compiler.resolved import Axis, ElementNumber, Fixed, Follow, Literal, Node
from headwater.compiler.resolving.dimensions import DimensionInfo
from headwater.compiler.resolving.selectors import current_element
from headwater.compiler.resolving.subscripts import Current, follow
from headwater.language.names import canonical
from headwater.language.syntax import Name, Wildcard

if TYPE_CHECKING:
    from headwater.compiler.resolving.expressions import Frame


def element_number(frame: Frame, node: Name) -> Node | None:
    """Return the number that a name stands for; None where it names no dimension and no element.

    A dimension's name is the number, from 1, of the element that the equation computes; an
    element's name is the number of that element.
    """
    dimension = frame.resolver.dimensions.get(node.key)
    if dimension is not None:
        where = current_element(frame, node, dimension, 0, 1)
        if where is None:
            return frame.error(
                node,
                f"`{node.text}` is a dimension, over which this equation does not run",
                "name one of its elements, or add the dimension to the equation's left side",
            )
        return _number_of(frame, dimension, where)
    holders = frame.resolver.dimensions.holding(node.key)
    if not holders and "." in node.key:
        owner, _, element = node.key.rpartition(".")
        qualified = frame.resolver.dimensions.get(owner)
        if qualified is not None and element in qualified.index:
            return Literal(float(qualified.index[element] + 1))
    if frame.dialect == "vensim":
        # A range of the same elements or fewer takes its numbers from the largest one.
        holders = sorted(holders, key=lambda h: -h.size)[:1]
        numbers = {frame.resolver.dimensions.number(h, h.index[node.key]) - 1 for h in holders}
    else:
        numbers = {h.index[node.key] for h in holders}
    if len(numbers) > 1:
        names = ", ".join(f"{h.name}.{node.text}" for h in holders)
        return frame.error(
            node,
            f"`{node.text}` has different numbers in several dimensions",
            f"say which is meant: {names}",
        )
    return Literal(float(numbers.pop() + 1)) if numbers else None


def _number_of(frame: Frame, dimension: DimensionInfo, where: Fixed | Follow) -> Node:
    """Return the number, from 1, of the element of a dimension that is meant."""
    number = frame.resolver.dimensions.number
    if isinstance(where, Fixed):
        return Literal(float(number(dimension, where.index)))
    table = [number(dimension, member) - 1 for member in where.members]
    return ElementNumber(follow(where.axis, table))


def running_number(frame: Frame, node: Wildcard) -> Node:
    """Resolve Vensim's ``x!`` by itself: the number of the element that an aggregate is at."""
    dimension = frame.resolver.dimensions.get(canonical(node.dimension))
    if dimension is None or frame.inner is None:
        return frame.error(node, f"`{node.dimension}!` stands for several elements here")
    current = frame.inner.get((dimension.key, 0))
    if current is None:
        axis = Axis(dimension.size, dimension.name)
        current = Current(frozenset(), dimension, tuple(dimension.index), axis)
        frame.inner[dimension.key, 0] = current
    assert current.axis is not None
    return _number_of(frame, dimension, Follow(current.axis))
