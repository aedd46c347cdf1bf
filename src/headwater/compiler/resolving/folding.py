"""Expressions of numbers alone become numbers where that decides what is compiled.

A macro may call itself with another argument as long as a condition on its arguments ends that:
``IF n <= 1 THEN 1 ELSE n * FACT(n - 1)``.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping

from headwater.compiler.resolved import Apply, Literal, Node

_BINARY: Mapping[str, Callable[[float, float], float | bool]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
    "and": lambda a, b: a != 0 and b != 0,
    "or": lambda a, b: a != 0 or b != 0,
}


MAX_DEPTH = 50


def folded(node: Node, depth: int = 0) -> Node:
    """Return the number that a function of numbers is, or the node itself."""
    if not isinstance(node, Apply) or depth > MAX_DEPTH:
        return node
    values: list[float] = []
    for argument in node.arguments:
        known = folded(argument, depth + 1)
        if not isinstance(known, Literal):
            return node
        values.append(known.value)
    match node.function, values:
        case "negate", [value]:
            return Literal(-value)
        case "not", [value]:
            return Literal(float(value == 0))
        case "/", [above, below] if below != 0:
            return Literal(above / below)
        case name, [left, right] if name in _BINARY:
            return Literal(float(_BINARY[name](left, right)))
    return node
