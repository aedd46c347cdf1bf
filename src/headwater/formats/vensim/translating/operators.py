"""Operators that Vensim lacks: MOD, safe division; and conditionals that are decided already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headwater.formats.vensim.translating.equation import folded
from headwater.language.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    Name,
    Number,
    Unary,
)

if TYPE_CHECKING:
    from headwater.formats.vensim.translating.expressions import Translator

ZERO = Number(0.0)


def binary(translator: Translator, node: Binary, left: Expression, right: Expression) -> Expression:
    """Return an operation on two translated operands."""
    if node.operator == "mod":
        return modulo(translator, left, right)
    if node.operator == "//":
        return safe_division(translator, left, right)
    return Binary(node.operator, left, right, node.span)


def modulo(translator: Translator, number: Expression, divisor: Expression) -> Expression:
    """Return the remainder with the sign of the divisor; Vensim's has that of the number."""
    positive = isinstance(divisor, Number) and divisor.value > 0
    divisor = translator.twice(divisor)
    size = divisor if positive else Call(Name("ABS"), (divisor,))
    rest = translator.twice(Call(Name("MODULO"), (number, size)), "remainder")
    below: Expression = Binary("<", rest, ZERO)
    if not positive:
        below = Binary("<", Binary("*", rest, _sign(divisor)), ZERO)
    return Conditional(below, Binary("+", rest, divisor), rest)


def _sign(node: Expression) -> Expression:
    return Conditional(Binary("<", node, ZERO), Unary("-", Number(1.0)), Number(1.0))


def safe_division(translator: Translator, left: Expression, right: Expression) -> Expression:
    """Return a quotient that is 0 where the divisor is."""
    right = translator.twice(right)
    return Conditional(Binary("=", right, ZERO), ZERO, Binary("/", left, right))


def floor(translator: Translator, number: Expression) -> Expression:
    """Return the whole number below; Vensim's INTEGER goes towards 0."""
    number = translator.twice(number)
    whole = Call(Name("INTEGER"), (number,))
    return Conditional(Binary(">", whole, number), Binary("-", whole, Number(1.0)), whole)


def conditional(translator: Translator, node: Conditional) -> Expression:
    """Return a conditional; in a definition the branch that is taken alone, where it is known."""
    condition = translator.expression(node.condition)
    known = folded(condition) if translator.closed else None
    if isinstance(known, Number):
        return translator.expression(node.then if known.value else node.otherwise)
    then, otherwise = translator.expression(node.then), translator.expression(node.otherwise)
    return Conditional(condition, then, otherwise, node.span)
