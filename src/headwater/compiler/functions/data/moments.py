"""When a function of time is read: now, or at a moment beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import add, mul, sub, truediv

from headwater.compiler.resolved import Apply, Literal, Node, Now, op

NOW = Now()

_FOLDED: Mapping[str, Callable[[float, float], float]] = {
    "+": add,
    "-": sub,
    "*": mul,
    "/": truediv,
}


def beside_now(offset: float) -> Node:
    """Return the moment that is as long after now, or before it where the offset is negative.

    What is read a little after a point's time is that point, however times are rounded.
    """
    return op("+", NOW, Literal(offset))


def moment(x: Node) -> tuple[float, float] | None:
    """Return ``(sign, offset)`` of what is ``sign * time + offset``, the sign 1 or -1.

    None where it is something else.
    """
    match x:
        case Now():
            return 1.0, 0.0
        case Apply("negate", (inner,)):
            found = moment(inner)
            return None if found is None else (-found[0], -found[1])
        case Apply("+" | "-" as operator, (left, right)):
            found, more = moment(left), constant(right)
            if found is not None and more is not None:
                return found[0], _FOLDED[operator](found[1], more)
            first, found = constant(left), moment(right)
            if first is not None and found is not None:
                sign = found[0] if operator == "+" else -found[0]
                return sign, _FOLDED[operator](first, found[1])
    return None


def constant(node: Node) -> float | None:
    """Return the number that literals make up; None where there is more, or no number."""
    match node:
        case Literal(value):
            return value
        case Apply("negate", (inner,)):
            found = constant(inner)
            return None if found is None else -found
        case Apply(operator, (left, right)) if operator in _FOLDED:
            first, second = constant(left), constant(right)
            if first is None or second is None or (operator == "/" and second == 0.0):
                return None
            return _FOLDED[operator](first, second)
    return None
