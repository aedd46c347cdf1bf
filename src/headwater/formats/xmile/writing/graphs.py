"""Graphical functions and ranges as elements."""

from __future__ import annotations

import math

from headwater.formats.xmile.variables.graphs import spread
from headwater.formats.xmile.writing.tags import Tag
from headwater.language.printer import print_number
from headwater.model.uncertainty import Range
from headwater.model.variables import GraphicalFunction

_TYPES = {"continuous": "", "extrapolated": "extrapolate", "discrete": "discrete"}


def graph_tag(graph: GraphicalFunction, name: str = "") -> Tag:
    """Return a graphical function as a ``<gf>``; evenly spread points have a scale."""
    attributes = {"name": name, "type": _TYPES[graph.kind]}
    tag = Tag("gf", {k: v for k, v in attributes.items() if v})
    limits = Range(graph.x[0], graph.x[-1])
    even = spread(limits, len(graph.x)) == graph.x
    if even:
        tag.children.append(range_tag("xscale", limits))
    if graph.scale is not None and _is_finite(graph.scale):
        tag.children.append(range_tag("yscale", graph.scale))
    if not even:
        tag.children.append(Tag("xpts", text=_points(graph.x)))
    tag.children.append(Tag("ypts", text=_points(graph.y)))
    return tag


def range_tag(name: str, limits: Range) -> Tag:
    """Return an element with a ``min`` and a ``max``."""
    return Tag(name, {"min": print_number(limits.low), "max": print_number(limits.high)})


def writable_range(limits: Range | None) -> bool:
    """Tell whether a range has two finite ends, as XMILE wants them."""
    return limits is not None and _is_finite(limits)


def _is_finite(limits: Range) -> bool:
    return math.isfinite(limits.low) and math.isfinite(limits.high)


def _points(values: tuple[float, ...]) -> str:
    return ",".join(map(print_number, values))
