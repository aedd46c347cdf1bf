"""Quantile functions of Vensim's distributions, which are cut off at a minimum and a maximum.

A draw from a distribution that is cut off is the quantile of a number between what the uncut
distribution has below the minimum and what it has below the maximum.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from headwater.compiler.draws.distributions import Quantile, normal_quantile, poisson_quantile
from headwater.compiler.lowering.builder import BlockBuilder
from headwater.compiler.program import Op

if TYPE_CHECKING:
    from headwater.compiler.lowering.expression_code import ExpressionCode

# West, "Better approximations to cumulative normal functions", Wilmott magazine, May 2005, after
# Hart's algorithm 5666: absolute error below 1e-15. From the highest power down.
_NUMERATOR = (
    0.0352624965998911,
    0.700383064443688,
    6.37396220353165,
    33.912866078383,
    112.079291497871,
    221.213596169931,
    220.206867912376,
)
_DENOMINATOR = (
    0.0883883476483184,
    1.75566716318264,
    16.064177579207,
    86.7807322029461,
    296.564248779674,
    637.333633378831,
    793.826512519948,
    440.413735824752,
)
_FAR = 7.07106781186547
_ROOT_TWO_PI = 2.5066282746310002


def normal_below(builder: BlockBuilder, x: int) -> int:
    """Append the share of the standard normal distribution below ``x``."""
    emit, number = builder.emit, builder.number
    size = emit(Op.ABS, x)
    bell = emit(Op.EXP, emit(Op.MUL, number(-0.5), emit(Op.MUL, size, size)))
    above, below = _polynomial(builder, _NUMERATOR, size), _polynomial(builder, _DENOMINATOR, size)
    near = emit(Op.DIV, above, below)
    far = emit(Op.ADD, size, number(0.65))
    for k in (4.0, 3.0, 2.0, 1.0):
        far = emit(Op.ADD, size, emit(Op.DIV, number(k), far))
    far = emit(Op.DIV, number(1.0 / _ROOT_TWO_PI), far)
    tail = emit(Op.SELECT, emit(Op.LT, size, number(_FAR)), near, far)
    tail = emit(Op.MUL, bell, tail)
    rest = emit(Op.SUB, number(1.0), tail)
    return emit(Op.SELECT, emit(Op.LT, x, number(0.0)), tail, rest)


def _polynomial(builder: BlockBuilder, coefficients: Sequence[float], x: int) -> int:
    value = builder.number(coefficients[0])
    for coefficient in coefficients[1:]:
        scaled = builder.emit(Op.MUL, value, x)
        value = builder.emit(Op.ADD, scaled, builder.number(coefficient))
    return value


def _between(builder: BlockBuilder, u: int, low: int, high: int) -> int:
    """Return ``u`` of the way from one probability to another, never quite 0 or 1."""
    emit, number = builder.emit, builder.number
    moved = emit(Op.ADD, low, emit(Op.MUL, u, emit(Op.SUB, high, low)))
    return emit(Op.MIN, emit(Op.MAX, moved, number(1e-300)), number(1.0 - 2.0**-53))


def _clamped(builder: BlockBuilder, value: int, low: int, high: int) -> int:
    return builder.emit(Op.MIN, builder.emit(Op.MAX, value, low), high)


def _normal(code: ExpressionCode, u: int, arguments: Sequence[int]) -> int:
    builder, emit = code.builder, code.builder.emit
    low, high, mean, deviation = arguments
    ends = (
        normal_below(builder, emit(Op.DIV, emit(Op.SUB, end, mean), deviation))
        for end in (low, high)
    )
    z = normal_quantile(builder, _between(builder, u, *ends))
    return _clamped(builder, emit(Op.ADD, mean, emit(Op.MUL, deviation, z)), low, high)


def _exponential(code: ExpressionCode, u: int, arguments: Sequence[int]) -> int:
    low, high, shift, stretch = arguments
    return _weibull(code, u, (low, high, code.builder.number(1.0), shift, stretch))


def _weibull(code: ExpressionCode, u: int, arguments: Sequence[int]) -> int:
    builder, emit = code.builder, code.builder.emit
    low, high, form, shift, stretch = arguments
    zero, one = builder.number(0.0), builder.number(1.0)

    def below(end: int) -> int:
        x = emit(Op.MAX, zero, emit(Op.DIV, emit(Op.SUB, end, shift), stretch))
        return emit(Op.SUB, one, emit(Op.EXP, emit(Op.NEG, emit(Op.POW, x, form))))

    between = _between(builder, u, below(low), below(high))
    waited = emit(Op.NEG, emit(Op.LOG, emit(Op.SUB, one, between)))
    x = emit(Op.POW, waited, emit(Op.DIV, one, form))
    return _clamped(builder, emit(Op.ADD, shift, emit(Op.MUL, stretch, x)), low, high)


def _triangular(code: ExpressionCode, u: int, arguments: Sequence[int]) -> int:
    builder, emit = code.builder, code.builder.emit
    low, high, start, peak, stop = arguments
    zero, one = builder.number(0.0), builder.number(1.0)
    width, rise, fall = (
        emit(Op.SUB, b, a) for a, b in ((start, stop), (start, peak), (peak, stop))
    )

    def below(end: int) -> int:
        x = _clamped(builder, end, start, stop)
        up, down = emit(Op.SUB, x, start), emit(Op.SUB, stop, x)
        rising = emit(Op.DIV, emit(Op.MUL, up, up), emit(Op.MUL, width, rise))
        falling = emit(Op.DIV, emit(Op.MUL, down, down), emit(Op.MUL, width, fall))
        is_rising = emit(Op.LT, x, peak)
        return emit(Op.SELECT, is_rising, rising, emit(Op.SUB, one, falling))

    p = _between(builder, u, below(low), below(high))
    left = emit(Op.ADD, start, emit(Op.SQRT, emit(Op.MUL, p, emit(Op.MUL, width, rise))))
    rest = emit(Op.MAX, zero, emit(Op.SUB, one, p))
    right = emit(Op.SUB, stop, emit(Op.SQRT, emit(Op.MUL, rest, emit(Op.MUL, width, fall))))
    is_left = emit(Op.LT, emit(Op.MUL, p, width), rise)
    return _clamped(builder, emit(Op.SELECT, is_left, left, right), low, high)


def _poisson(code: ExpressionCode, u: int, arguments: Sequence[int]) -> int:
    builder, emit = code.builder, code.builder.emit
    low, high, mean, shift, stretch = arguments
    events = poisson_quantile(code, u, (mean,))
    value = emit(Op.ADD, shift, emit(Op.MUL, stretch, events))
    return _clamped(builder, value, low, high)


VENSIM_DISTRIBUTIONS: Mapping[str, Quantile] = {
    "NORMAL_WITHIN": _normal,
    "EXPONENTIAL_WITHIN": _exponential,
    "WEIBULL_WITHIN": _weibull,
    "TRIANGULAR_WITHIN": _triangular,
    "POISSON_WITHIN": _poisson,
}
