"""Formulas of data (``:=``): which of them are to be computed at the points of their data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from headwater.formats.vensim import equations as parsed
from headwater.language.syntax import Binary, Expression, Name, Number, Unary, walk


def data_names(equations: Iterable[parsed.Equation]) -> dict[str, bool]:
    """Return the keys of the variables that are data: series, and formulas of them.

    The value tells whether a variable has no values between its points.
    """
    found: dict[str, bool] = {}
    for equation in equations:
        if _is_data(equation.right):
            key = equation.left.key
            found[key] = found.get(key, False) or equation.left.interpolation == "raw"
    return found


def _is_data(right: parsed.Right) -> bool:
    match right:
        case parsed.Unsaid() | parsed.External(what="data"):
            return True
        case parsed.Formula(data=True, expression=expression):
            return not isinstance(expression, Number)
    return False


def needs_points(expression: Expression, data: Mapping[str, bool]) -> bool:
    """Tell whether a formula may be another between the points of its data than at them.

    One series in a sum, or times a number, is not: lines between its points stay lines. Where it
    has no lines, being raw, they come with the formula.
    """
    inside = [n for n in walk(expression) if isinstance(n, Name) and n.key in data]
    if len(inside) != 1 or data[inside[0].key]:
        return bool(inside)
    return not _is_line(expression, inside[0])


def _is_line(expression: Expression, series: Name) -> bool:
    match expression:
        case Name():
            return True
        case Unary(operand=operand):
            return _is_line(operand, series)
        case Binary(operator="+" | "-" | "*", left=left, right=right):
            return _is_line(left if _has(left, series) else right, series)
        case Binary(operator="/", left=left):
            return _has(left, series) and _is_line(left, series)
    return False


def _has(expression: Expression, series: Name) -> bool:
    return any(part is series for part in walk(expression))
