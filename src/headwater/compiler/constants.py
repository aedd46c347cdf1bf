"""Equations that are plain numbers."""

from __future__ import annotations

from headwater.language.syntax import Binary, Expression, Number, NumberTable, Unary, walk

MAX_DEPTH = 50


def number_of(node: Expression) -> float | None:
    """Return the value of an expression made of literal numbers, or None.

    Signs and the four operations count (``-1``, ``1/3``); division by zero does not.
    """
    if isinstance(node, Number):
        return node.value
    if any(not isinstance(n, Number | Unary | Binary) for n in walk(node)):
        return None
    return _value(node, 0)


def numbers_of(node: Expression, count: int) -> list[float] | None:
    """Return the numbers of ``count`` elements: one for all, or a table; None for anything else."""
    if isinstance(node, NumberTable):
        return list(node.values) if len(node.values) == count else None
    number = number_of(node)
    return None if number is None else [number] * count


def is_numbers(node: Expression) -> bool:
    """Tell whether an equation's right side is a number, or a table of numbers."""
    return isinstance(node, NumberTable) or number_of(node) is not None


def _value(node: Expression, depth: int) -> float | None:
    if depth > MAX_DEPTH:
        return None
    match node:
        case Number(value=value):
            return value
        case Unary(operator=operator, operand=operand) if operator != "not":
            inner = _value(operand, depth + 1)
            return inner if inner is None or operator == "+" else -inner
        case Binary(operator="+" | "-" | "*" | "/" as operator, left=left, right=right):
            a, b = _value(left, depth + 1), _value(right, depth + 1)
            if a is None or b is None or (operator == "/" and b == 0):
                return None
            return {"+": a + b, "-": a - b, "*": a * b, "/": a / b if b else 0.0}[operator]
    return None
