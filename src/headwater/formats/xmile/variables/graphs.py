"""Graphical functions (XMILE 1.0, sections 3.1.4 and 4.1.3)."""

from __future__ import annotations

from headwater.formats.xmile.context import Context
from headwater.formats.xmile.document import Node
from headwater.formats.xmile.variables.equation_text import read_number
from headwater.model.uncertainty import Range
from headwater.model.variables import GraphicalFunction, GraphKind

MAX_POINTS = 100_000

_KINDS: dict[str, GraphKind] = {
    "continuous": "continuous",
    "extrapolate": "extrapolated",
    "extrapolated": "extrapolated",
    "discrete": "discrete",
}


def read_graph(
    context: Context, node: Node, name: str, subscripts: tuple[str, ...] = ()
) -> GraphicalFunction | None:
    """Return the function of a ``<gf>`` element; None where it is wrong (reported).

    Where both abscissae and a scale of the x axis are given, as some tools write them, the
    abscissae count.
    """
    y = _points(context, node.first("ypts"), name)
    if y is None:
        return None
    if not y:
        context.error(
            f"the graphical function `{name}` has no points", node, "write <ypts>…</ypts>"
        )
        return None
    x = _points(context, node.first("xpts"), name)
    if x is None:
        return None
    if not x:
        limits = read_range(context, node.first("xscale"), name)
        if limits is None:
            message = f"the graphical function `{name}` has neither <xscale> nor <xpts>"
            context.error(message, node, "say where its points lie on the x axis")
            return None
        if limits.low == limits.high and any(v != y[0] for v in y):
            message = f"the x axis of the graphical function `{name}` has no width"
            context.error(message, node, "give <xscale> a max above its min, or write <xpts>")
            return None
        x = spread(limits, len(y))
    if len(x) != len(y):
        message = f"the graphical function `{name}` has {len(x)} abscissae and {len(y)} ordinates"
        context.error(message, node, "give as many <xpts> as <ypts>")
        return None
    kind = _kind(context, node, name)
    scale = read_range(context, node.first("yscale"), name)
    return GraphicalFunction(x, y, kind, subscripts, scale, node.span)


def spread(limits: Range, count: int) -> tuple[float, ...]:
    """Return ``count`` abscissae, evenly spaced over a scale."""
    if count == 1:
        return (limits.low,)
    width = limits.high - limits.low
    inner = (limits.low + width * k / (count - 1) for k in range(count - 1))
    return (*inner, limits.high)


def read_range(context: Context, node: Node | None, name: str) -> Range | None:
    """Return the ``min`` and ``max`` of an element; None where it holds no numbers."""
    if node is None:
        return None
    low, high = read_number(node.get("min")), read_number(node.get("max"))
    if low is None or high is None:
        if node.get("min") and node.get("max"):
            context.warn(f"`{name}` has a range that is no pair of numbers", node)
        return None
    return Range(low, high)


def _kind(context: Context, node: Node, name: str) -> GraphKind:
    if node.flag("discrete"):
        return "discrete"
    written = node.get("type", "continuous").strip().lower()
    if written not in _KINDS:
        hint = "the types are continuous, extrapolate and discrete"
        context.error(
            f"the graphical function `{name}` has an unknown type `{written}`", node, hint
        )
    return _KINDS.get(written, "continuous")


def _points(context: Context, node: Node | None, name: str) -> tuple[float, ...] | None:
    """Return a list of numbers: empty where the element is missing, None where it is wrong."""
    if node is None:
        return ()
    separator = node.get("sep", ",").strip() or None
    parts = node.text.replace("\n", " ").split(separator)
    if parts and not parts[-1].strip():
        parts.pop()
    if len(parts) > MAX_POINTS:
        context.error(f"the graphical function `{name}` has over {MAX_POINTS:,} points", node)
        return None
    found: list[float] = []
    for part in parts:
        number = read_number(part)
        if number is None or number in (float("inf"), float("-inf")):
            message = f"the graphical function `{name}` has a point `{part.strip()[:40]}`"
            context.error(message, node, 'points are numbers, separated by commas or by sep="…"')
            return None
        found.append(number)
    return tuple(found)
