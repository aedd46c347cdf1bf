"""Operators and elementary functions as instructions.

``x ^ n`` with a literal whole ``n`` of at most 4 in size is made of products (and one division
where ``n`` is negative), ``x ^ 0.5`` is a square root; other powers are POW. ``a MOD b`` has the
sign of ``b`` and is exact. ``a // b`` is 0 where ``b`` is 0.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from headwater.compiler.draws.distributions import normal_quantile
from headwater.compiler.program import Op
from headwater.compiler.resolved import Apply, Node

if TYPE_CHECKING:
    from headwater.compiler.lowering.expression_code import ExpressionCode

MAX_PRODUCT_EXPONENT = 4

_BINARY = {"+": Op.ADD, "-": Op.SUB, "*": Op.MUL, "/": Op.DIV, "max": Op.MAX, "min": Op.MIN}
_COMPARISONS = {
    "<": (Op.LT, False),
    "<=": (Op.LE, False),
    ">": (Op.LT, True),
    ">=": (Op.LE, True),
    "=": (Op.EQ, False),
    "<>": (Op.NE, False),
}
_UNARY = {
    "negate": Op.NEG,
    "abs": Op.ABS,
    "acos": Op.ACOS,
    "asin": Op.ASIN,
    "atan": Op.ATAN,
    "cos": Op.COS,
    "exp": Op.EXP,
    "floor": Op.FLOOR,
    "log": Op.LOG,
    "sin": Op.SIN,
    "sqrt": Op.SQRT,
    "tan": Op.TAN,
}

_TENS = 22
POWERS_OF_TEN = tuple(float(f"1e{k}") for k in range(-_TENS, _TENS + 1))

CHAINED = frozenset({*_BINARY, "^", "mod", "//"})
"""Operators of two numbers, which may form chains of any length on their left."""

LOGICAL = frozenset({*_COMPARISONS, "and", "or", "not"})
"""Functions whose result is a truth value."""


def apply(code: ExpressionCode, node: Apply) -> int:
    """Append the instructions of a function; the result may be a truth value."""
    builder, name, arguments = code.builder, node.function, node.arguments
    if name in CHAINED:
        return code.number(node)
    if name in _UNARY:
        return builder.emit(_UNARY[name], code.number(arguments[0]))
    if name in LOGICAL:
        return _logical(code, node)
    if name == "if":
        return _choose(code, node)
    if name == "safe_divide":
        return _safe_divide(code, code.number(arguments[0]), code.number(arguments[1]))
    if name == "log10":
        return _log10(code, code.number(arguments[0]))
    if name == "normal_quantile":
        return normal_quantile(builder, code.number(arguments[0]))
    raise AssertionError(name)


def binary(code: ExpressionCode, name: str, left: int, right_node: Node) -> int:
    """Append the instructions of an operator whose left side is computed."""
    builder = code.builder
    right = code.number(right_node)
    if name in _BINARY:
        return builder.emit(_BINARY[name], left, right)
    if name == "^":
        return power(code, left, right)
    if name == "mod":
        return _modulo(code, left, right)
    return _safe_divide(code, left, right)


def _choose(code: ExpressionCode, node: Apply) -> int:
    """Append a choice. What stands where no condition holds may be choices of any number."""
    builder = code.builder
    cases: list[tuple[int, int]] = []
    rest: Node = node
    while isinstance(rest, Apply) and rest.function == "if":
        condition = code.truth(rest.arguments[0])
        known = builder.literal(condition)
        if known is None:
            cases.append((condition, code.number(rest.arguments[1])))
        elif known:
            rest = rest.arguments[1]
            break
        rest = rest.arguments[2]
    value = code.number(rest)
    for condition, then in reversed(cases):
        value = builder.emit(Op.SELECT, condition, then, value)
    return value


def _logical(code: ExpressionCode, node: Apply) -> int:
    builder = code.builder
    chain: list[Apply] = []
    bottom: Node = node
    while isinstance(bottom, Apply) and bottom.function in ("and", "or"):
        chain.append(bottom)
        bottom = bottom.arguments[0]
    if not chain:
        return _condition(code, node)
    value = code.truth(bottom)
    for link in reversed(chain):
        right = code.truth(link.arguments[1])
        value = builder.emit(Op.AND if link.function == "and" else Op.OR, value, right)
    return value


def _condition(code: ExpressionCode, node: Apply) -> int:
    if node.function == "not":
        return code.builder.emit(Op.NOT, code.truth(node.arguments[0]))
    op, swapped = _COMPARISONS[node.function]
    left, right = code.number(node.arguments[0]), code.number(node.arguments[1])
    return code.builder.emit(op, right, left) if swapped else code.builder.emit(op, left, right)


def power(code: ExpressionCode, base: int, exponent: int) -> int:
    """Append ``base ^ exponent``."""
    builder = code.builder
    known = builder.literal(exponent)
    if known is not None:
        if known == 0.5:
            return builder.emit(Op.SQRT, base)
        if abs(known) <= MAX_PRODUCT_EXPONENT and known == int(known):
            return _whole_power(code, base, int(known))
    return builder.emit(Op.POW, base, exponent)


def _whole_power(code: ExpressionCode, base: int, exponent: int) -> int:
    builder = code.builder
    if exponent == 0:
        return builder.number(1.0)
    if exponent < 0:
        return builder.emit(Op.DIV, builder.number(1.0), _whole_power(code, base, -exponent))
    if exponent == 1:
        return base
    half = _whole_power(code, base, exponent // 2)
    square = builder.emit(Op.MUL, half, half)
    return builder.emit(Op.MUL, square, base) if exponent % 2 else square


def _modulo(code: ExpressionCode, a: int, b: int) -> int:
    """The floored remainder. The fused product makes it exact once the quotient is right."""
    builder, emit = code.builder, code.builder.emit
    zero = builder.number(0.0)
    quotient = emit(Op.FLOOR, emit(Op.DIV, a, b))
    rest = emit(Op.FMA, emit(Op.NEG, quotient), b, a)
    # The rounded quotient may be one too large, which leaves a rest of the other sign.
    below = emit(Op.LT, emit(Op.MUL, emit(Op.COPYSIGN, builder.number(1.0), b), rest), zero)
    return emit(Op.SELECT, below, emit(Op.ADD, rest, b), rest)


def _safe_divide(code: ExpressionCode, a: int, b: int) -> int:
    builder = code.builder
    zero = builder.number(0.0)
    quotient = builder.emit(Op.DIV, a, b)
    return builder.emit(Op.SELECT, builder.emit(Op.EQ, b, zero), zero, quotient)


def _log10(code: ExpressionCode, x: int) -> int:
    """The quotient of natural logarithms, corrected where ``x`` is a power of ten."""
    builder, emit = code.builder, code.builder.emit
    natural = emit(Op.LOG, x)
    quotient = emit(Op.DIV, natural, builder.number(math.log(10.0)))
    nearest = emit(Op.RINT, quotient)
    most = builder.number(float(_TENS))
    within = emit(Op.MAX, emit(Op.NEG, most), emit(Op.MIN, nearest, most))
    place = emit(Op.IADD, emit(Op.TO_INTEGER, within), builder.integer(_TENS))
    table = code.storage.float_table("powers of ten", POWERS_OF_TEN)
    exact = emit(Op.EQ, emit(Op.TABLE, place, attribute=table), x)
    return emit(Op.SELECT, exact, within, quotient)
