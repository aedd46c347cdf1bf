"""Graphical functions as arrays of the values at their points (XMILE 1.0, section 3.7.1.3).

The standard lets the functions over arrays, and a subscript, work on them: ``MAX(response)``,
``response[3]``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headwater.compiler.resolved import Aggregate, Axis, GraphSet, Node, Tabulated
from headwater.compiler.resolving.assembling import ONE, ZERO, add, choose, equal, nearest, position
from headwater.compiler.resolving.dimensions import DimensionInfo
from headwater.compiler.resolving.subscripts import Current
from headwater.language.syntax import Name, Slice, Wildcard

if TYPE_CHECKING:
    from headwater.compiler.resolving.expressions import Frame


def points_named(frame: Frame, node: Name) -> GraphSet | None:
    """Return the graphical function, no array of them, whose points a name may stand for."""
    graph = frame.resolver.graphs.get(node.key)
    if graph is None or graph.shape or frame.dialect == "vensim":
        return None
    return graph


def values_at_points(frame: Frame, node: Name) -> Node | None:
    """Return all values within a function over arrays, or one by its number; None elsewhere.

    What is beyond the last point is 0, as of any array.
    """
    graph = points_named(frame, node)
    if graph is None:
        return None
    if node.subscripts in ((), (Wildcard(),)):
        return None if frame.inner is None else Tabulated(graph.y[0], (_running(frame, graph),))
    if len(node.subscripts) != 1 or isinstance(node.subscripts[0], Slice | Wildcard):
        return None
    place = nearest(frame.expression(node.subscripts[0]))
    axis = Axis(len(graph.y[0]), graph.name)
    here = equal(add(position(axis), ONE), place)
    value = choose(here, Tabulated(graph.y[0], (axis,)), ZERO)
    return Aggregate("sum", (axis,), value, node.span)


def _running(frame: Frame, graph: GraphSet) -> Axis:
    """Return the axis of the aggregate that runs over the points: one for each function."""
    assert frame.inner is not None
    key = (f"points of {graph.name}", 0)
    if key not in frame.inner:
        size = len(graph.y[0])
        axis = Axis(size, graph.name)
        names = tuple(str(k + 1) for k in range(size))
        index = {name: k for k, name in enumerate(names)}
        points = DimensionInfo(graph.name, key[0], names, index, True, key[0], {})
        frame.inner[key] = Current(frozenset(), points, names, axis)
    found = frame.inner[key].axis
    assert found is not None
    return found
