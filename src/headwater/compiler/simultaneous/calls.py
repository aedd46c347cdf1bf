"""The functions that are solved for: each call is a hidden quantity whose rule has a search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from headwater.compiler.functions.arrays.vectors import number_along
from headwater.compiler.functions.memory.delays import Arguments, Maker, fixed_number
from headwater.compiler.resolved import (
    Axis,
    Follow,
    Kind,
    Literal,
    Node,
    Reference,
    Search,
    axes_used,
    op,
)
from headwater.compiler.resolving.expressions import Frame
from headwater.compiler.resolving.folding import folded
from headwater.language.syntax import Call

TURNS = 1000
"""The most turns around a circle."""

UNCHANGED = 1e-12
"""A number has not changed in a turn where it did by less than this share of itself."""

MOST_STEPS = 10_000

_ZERO, _ONE = Literal(0.0), Literal(1.0)


def _simultaneous(frame: Frame, node: Call, arguments: Arguments) -> Node:
    value, guess = arguments["value"], arguments["guess"]
    made = frame.resolver.reserve(frame, node.function.text, Kind.VALUE, [value, guess])
    _complete(frame, made, value, Search(False, guess, _ONE, Literal(UNCHANGED), TURNS))
    return made


def _find_zero(frame: Frame, node: Call, arguments: Arguments) -> Node:
    name = node.function.text
    steps = _whole(frame, node, arguments, "max_iterations", 1, MOST_STEPS)
    skip = _whole(frame, node, arguments, "skip", 0)
    _whole(frame, node, arguments, "method", 0)
    count = _whole(frame, node, arguments, "count", 1) if "count" in arguments else None
    depends = [arguments[key] for key in ("zero", "guess", "scale", "zero_scale", "tolerance")]
    made = frame.resolver.reserve(frame, name, Kind.VALUE, depends)
    left = op("*", arguments["zero"], arguments["zero_scale"])
    guess, scale = arguments["guess"], arguments["scale"]
    held = _held(_last_axis(frame, made), skip, count)
    if held is not None:
        still = op("*", op("-", made, guess), scale)
        left = op("if", held, still, left)
    search = Search(True, guess, scale, arguments["tolerance"], steps + 1)
    _complete(frame, made, left, search)
    return made


def _last_axis(frame: Frame, made: Reference) -> Axis | None:
    """Return the axis of the last subscript of the left side, where the call depends on it."""
    last = frame.target[-1] if frame.target else None
    if not isinstance(last, Follow):
        return None
    return last.axis if last.axis in axes_used(made) else None


def _held(axis: Axis | None, skip: int, count: int | None) -> Node | None:
    """Tell which elements keep their guess: the first ``skip``, and those from ``count`` on."""
    if axis is None:
        return None
    here = number_along(axis)
    held: list[Node] = [op("<", here, Literal(float(skip)))] if skip else []
    if count is not None and count < axis.extent:
        held.append(op(">=", here, Literal(float(count))))
    return op("or", *held) if len(held) == 2 else (held[0] if held else None)


def _complete(frame: Frame, made: Reference, value: Node, search: Search) -> None:
    frame.resolver.complete(made, value, value)
    quantity = made.quantity
    rule = replace(quantity.step[0], search=search)
    quantity.step = [rule]
    quantity.initial = [rule]


def _whole(
    frame: Frame, node: Call, arguments: Arguments, key: str, least: int, most: int = 10**9
) -> int:
    """Return an argument that must be a whole number known before the run."""
    given = folded(arguments[key])
    value = given.value if isinstance(given, Literal) else fixed_number(frame, given)
    if value is None or not least <= value <= most or value != round(value):
        limits = f"from {least} to {most:,}" if most < 10**9 else f"of at least {least}"
        frame.error(
            node,
            f"`{key}` of {node.function.text} must be a whole number {limits}",
            "write it as a number, or as a constant that does not vary by run",
        )
        return least
    return round(value)


SIMULTANEOUS: Mapping[str, Maker] = {
    "SIMULTANEOUS": _simultaneous,
    "FIND_ZERO": _find_zero,
}
