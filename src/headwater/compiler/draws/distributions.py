"""Quantile functions as instructions: a uniform number becomes a draw from a distribution."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from headwater.compiler.draws.stella_distributions import STELLA_DISTRIBUTIONS
from headwater.compiler.lowering.builder import BlockBuilder
from headwater.compiler.program import Op

if TYPE_CHECKING:
    from headwater.compiler.lowering.expression_code import ExpressionCode

# Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics
# 37(3), 1988, routine PPND16: relative error below 1e-15. Coefficients from the highest power down.
_CENTRE = (
    (
        2509.0809287301226727,
        33430.575583588128105,
        67265.770927008700853,
        45921.953931549871457,
        13731.693765509461125,
        1971.5909503065514427,
        133.14166789178437745,
        3.387132872796366608,
    ),
    (
        5226.495278852545925,
        28729.085735721942674,
        39307.89580009271061,
        21213.794301586595867,
        5394.1960214247511077,
        687.1870074920579083,
        42.313330701600911252,
        1.0,
    ),
)
_SHOULDER = (
    (
        7.7454501427834140764e-4,
        0.0227238449892691845833,
        0.24178072517745061177,
        1.27045825245236838258,
        3.64784832476320460504,
        5.7694972214606914055,
        4.6303378461565452959,
        1.42343711074968357734,
    ),
    (
        1.05075007164441684324e-9,
        5.475938084995344946e-4,
        0.0151986665636164571966,
        0.14810397642748007459,
        0.68976733498510000455,
        1.6763848301838038494,
        2.05319162663775882187,
        1.0,
    ),
)
_TAIL = (
    (
        2.01033439929228813265e-7,
        2.71155556874348757815e-5,
        0.0012426609473880784386,
        0.026532189526576123093,
        0.29656057182850489123,
        1.7848265399172913358,
        5.4637849111641143699,
        6.6579046435011037772,
    ),
    (
        2.04426310338993978564e-15,
        1.4215117583164458887e-7,
        1.8463183175100546818e-5,
        7.868691311456132591e-4,
        0.0148753612908506148525,
        0.13692988092273580531,
        0.59983220655588793769,
        1.0,
    ),
)


def _polynomial(builder: BlockBuilder, coefficients: Sequence[float], x: int) -> int:
    value = builder.number(coefficients[0])
    for coefficient in coefficients[1:]:
        scaled = builder.emit(Op.MUL, value, x)
        value = builder.emit(Op.ADD, scaled, builder.number(coefficient))
    return value


def _ratio(builder: BlockBuilder, both: tuple[Sequence[float], Sequence[float]], x: int) -> int:
    return builder.emit(Op.DIV, _polynomial(builder, both[0], x), _polynomial(builder, both[1], x))


def normal_quantile(builder: BlockBuilder, u: int) -> int:
    """Append the standard normal quantile of ``u`` in (0, 1)."""
    emit, number = builder.emit, builder.number
    q = emit(Op.SUB, u, number(0.5))
    centre = emit(Op.SUB, number(0.180625), emit(Op.MUL, q, q))
    near = emit(Op.MUL, q, _ratio(builder, _CENTRE, centre))
    outer = emit(Op.MIN, u, emit(Op.SUB, number(1.0), u))
    r = emit(Op.SQRT, emit(Op.NEG, emit(Op.LOG, outer)))
    shoulder = _ratio(builder, _SHOULDER, emit(Op.SUB, r, number(1.6)))
    tail = _ratio(builder, _TAIL, emit(Op.SUB, r, number(5.0)))
    far = emit(Op.SELECT, emit(Op.LE, r, number(5.0)), shoulder, tail)
    far = emit(Op.COPYSIGN, far, q)
    is_near = emit(Op.LE, emit(Op.ABS, q), number(0.425))
    return emit(Op.SELECT, is_near, near, far)


def _uniform(code: ExpressionCode, u: int, arguments: Sequence[int]) -> int:
    low, high = arguments
    emit = code.builder.emit
    return emit(Op.ADD, low, emit(Op.MUL, emit(Op.SUB, high, low), u))


def _normal(code: ExpressionCode, u: int, arguments: Sequence[int]) -> int:
    mean, deviation = arguments
    emit = code.builder.emit
    return emit(Op.ADD, mean, emit(Op.MUL, deviation, normal_quantile(code.builder, u)))


def _exponential(code: ExpressionCode, u: int, arguments: Sequence[int]) -> int:
    emit = code.builder.emit
    return emit(Op.MUL, arguments[0], emit(Op.NEG, emit(Op.LOG, u)))


def _lognormal(code: ExpressionCode, u: int, arguments: Sequence[int]) -> int:
    """By the mean and standard deviation of the draw itself, not of its logarithm."""
    mean, deviation = arguments
    builder, emit = code.builder, code.builder.emit
    ratio = emit(Op.DIV, deviation, mean)
    one = builder.number(1.0)
    variance = emit(Op.LOG, emit(Op.ADD, one, emit(Op.MUL, ratio, ratio)))
    spread = emit(Op.MUL, emit(Op.SQRT, variance), normal_quantile(builder, u))
    half = emit(Op.MUL, builder.number(0.5), variance)
    return emit(Op.MUL, mean, emit(Op.EXP, emit(Op.SUB, spread, half)))


POISSON_TERMS = 64
POISSON_NORMAL_FROM = 30.0


def poisson_quantile(code: ExpressionCode, u: int, arguments: Sequence[int]) -> int:
    """Inversion by adding terms up to a mean of 30; the normal quantile, rounded, beyond.

    There is no number of events with a negative mean.
    """
    builder, emit = code.builder, code.builder.emit
    mean = arguments[0]
    small = emit(Op.MIN, mean, builder.number(POISSON_NORMAL_FROM))
    term = emit(Op.EXP, emit(Op.NEG, small))
    total = term
    one, zero = builder.number(1.0), builder.number(0.0)
    events = emit(Op.SELECT, emit(Op.LT, total, u), one, zero)
    for k in range(1, POISSON_TERMS):
        term = emit(Op.MUL, term, emit(Op.DIV, small, builder.number(float(k))))
        total = emit(Op.ADD, total, term)
        more = emit(Op.SELECT, emit(Op.LT, total, u), one, zero)
        events = emit(Op.ADD, events, more)
    z = normal_quantile(builder, u)
    # Cornish-Fisher to second order: the skewness of a Poisson number is 1 / sqrt(mean).
    spread = emit(Op.MUL, emit(Op.SQRT, mean), z)
    skew = emit(Op.DIV, emit(Op.SUB, emit(Op.MUL, z, z), one), builder.number(6.0))
    near = emit(Op.ADD, emit(Op.ADD, mean, spread), skew)
    rounded = emit(Op.MAX, zero, emit(Op.RINT, near))
    is_small = emit(Op.LE, mean, builder.number(POISSON_NORMAL_FROM))
    drawn = emit(Op.SELECT, is_small, events, rounded)
    return emit(Op.SELECT, emit(Op.LT, mean, zero), builder.number(math.nan), drawn)


Quantile = Callable[["ExpressionCode", int, Sequence[int]], int]

DISTRIBUTIONS: Mapping[str, Quantile] = {
    "RANDOM": _uniform,
    "NORMAL": _normal,
    "EXPRND": _exponential,
    "LOGNORMAL": _lognormal,
    "POISSON": poisson_quantile,
    **STELLA_DISTRIBUTIONS,
}
