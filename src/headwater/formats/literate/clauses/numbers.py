"""Constant arithmetic in clauses: ``1/3``, ``1e-3``, ``-2^8``, ``inf``."""

from __future__ import annotations

import math

from headwater.errors import ModelError, SyntaxFault
from headwater.formats.literate.text.stretch import Stretch
from headwater.language.syntax import Binary, Expression, Name, Number, Unary, walk
from headwater.model.uncertainty import Range


def constant_value(expression: Expression) -> float | None:
    """Return the value of an expression of numbers, or None where it holds anything else.

    ``inf`` is infinity. A division by zero, an overflow or a power that is not real gives NaN.
    """
    values: list[float] = []
    # Children stand before parents in the reversed walk, the right one of two before the left.
    for node in reversed(list(walk(expression))):
        match node:
            case Number(value=value):
                values.append(value)
            case Name(key="inf", subscripts=()):
                values.append(math.inf)
            case Unary(operator="-"):
                values.append(-values.pop())
            case Unary(operator="+"):
                pass
            case Binary(operator=operator):
                result = _apply(operator, values.pop(), values.pop())
                if result is None:
                    return None
                values.append(result)
            case _:
                return None
    return values[0]


def _apply(operator: str, a: float, b: float) -> float | None:
    try:
        match operator:
            case "+":
                return a + b
            case "-":
                return a - b
            case "*":
                return a * b
            case "/":
                return a / b
            case "^":
                power = a**b
                return power if isinstance(power, float) else math.nan
            case _:
                return None
    except (ArithmeticError, ValueError):
        return math.nan


def read_number(text: Stretch, what: str, *, infinite: bool = False) -> float:
    """Return the value of a number or constant arithmetic.

    Raises :class:`SyntaxFault` for anything else, :class:`ModelError` for a value that is not
    finite (unless ``infinite`` allows infinity).
    """
    value = constant_value(text.expression(what))
    if value is None:
        hint = "write a number, or arithmetic on numbers such as 1/3"
        raise SyntaxFault(f"expected {what}, found `{short(text)}`", text.place, hint)
    if math.isnan(value) or (math.isinf(value) and not infinite):
        raise ModelError(f"{what} must be finite", text.place, "write a finite number")
    return value


def read_range(text: Stretch, what: str) -> Range:
    """Read ``LO to HI``; either end may be ``-inf`` or ``inf``.

    Raises :class:`SyntaxFault`, or :class:`ModelError` where LO is above HI.
    """
    to = text.word("to")
    if to is None:
        hint = f"write `{what} LOW to HIGH`"
        raise SyntaxFault(f"expected two numbers after `{what}`", text.place, hint)
    low = read_number(text.cut(0, to.start()), f"the low end of `{what}`", infinite=True)
    high = read_number(text.cut(to.end()), f"the high end of `{what}`", infinite=True)
    if low > high:
        hint = f"write `{what} {high:g} to {low:g}`"
        raise ModelError(f"the low end {low:g} is above the high end {high:g}", text.place, hint)
    return Range(low, high)


def short(text: Stretch, length: int = 40) -> str:
    """Return the text on one line, cut where it is long."""
    line = " ".join(text.text.split())
    return line if len(line) <= length else line[: length - 1] + "…"
