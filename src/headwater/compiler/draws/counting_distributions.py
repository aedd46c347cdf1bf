"""Quantile functions of the binomial distribution and of Stella's Poisson as instructions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from headwater.compiler.draws.distributions import (
    POISSON_NORMAL_FROM,
    POISSON_TERMS,
    Quantile,
    normal_quantile,
    poisson_quantile,
)
from headwater.compiler.program import Op

if TYPE_CHECKING:
    from headwater.compiler.lowering.expression_code import ExpressionCode


def _binomial(code: ExpressionCode, u: int, arguments: Sequence[int]) -> int:
    """Inversion by adding terms up to a mean of 30; the normal quantile, rounded, beyond.

    What is rarer, success or failure, is counted.
    """
    builder, emit = code.builder, code.builder.emit
    zero, one = builder.number(0.0), builder.number(1.0)
    trials = emit(Op.RINT, arguments[0])
    chance = emit(Op.MIN, emit(Op.MAX, arguments[1], zero), one)
    flipped = emit(Op.LT, builder.number(0.5), chance)
    p = emit(Op.SELECT, flipped, emit(Op.SUB, one, chance), chance)
    rest = emit(Op.SUB, one, p)
    mean = emit(Op.MUL, trials, p)
    is_small = emit(Op.LE, mean, builder.number(POISSON_NORMAL_FROM))
    few = emit(Op.SELECT, is_small, trials, one)
    term = emit(Op.POW, rest, few)
    odds = emit(Op.DIV, p, rest)
    total = term
    events = emit(Op.SELECT, emit(Op.LT, total, u), one, zero)
    for k in range(1, POISSON_TERMS):
        left = emit(Op.SUB, few, builder.number(float(k - 1)))
        share = emit(Op.DIV, emit(Op.MUL, left, odds), builder.number(float(k)))
        term = emit(Op.MUL, term, share)
        total = emit(Op.ADD, total, term)
        events = emit(Op.ADD, events, emit(Op.SELECT, emit(Op.LT, total, u), one, zero))
    near = _near(code, u, trials, p, rest)
    counted = emit(Op.SELECT, is_small, events, near)
    counted = emit(Op.MIN, emit(Op.MAX, counted, zero), trials)
    return emit(Op.SELECT, flipped, emit(Op.SUB, trials, counted), counted)


def _near(code: ExpressionCode, u: int, trials: int, p: int, rest: int) -> int:
    """Return the rounded Cornish-Fisher quantile, to second order."""
    builder, emit = code.builder, code.builder.emit
    z = normal_quantile(builder, u)
    mean = emit(Op.MUL, trials, p)
    spread = emit(Op.MUL, emit(Op.SQRT, emit(Op.MUL, mean, rest)), z)
    curve = emit(Op.SUB, emit(Op.MUL, z, z), builder.number(1.0))
    skew = emit(Op.MUL, emit(Op.SUB, rest, p), emit(Op.DIV, curve, builder.number(6.0)))
    return emit(Op.RINT, emit(Op.ADD, emit(Op.ADD, mean, spread), skew))


def _binomial_within(code: ExpressionCode, u: int, arguments: Sequence[int]) -> int:
    low, high, chance, trials, shift, stretch = arguments
    emit = code.builder.emit
    count = _binomial(code, u, (trials, chance))
    value = emit(Op.ADD, shift, emit(Op.MUL, stretch, count))
    return emit(Op.MIN, emit(Op.MAX, value, low), high)


def _stellas_binomial(code: ExpressionCode, u: int, arguments: Sequence[int]) -> int:
    """A probability outside 0 to 1 is 1 (Stella help, Statistical builtins)."""
    emit, one = code.builder.emit, code.builder.number(1.0)
    trials, chance = arguments
    is_less = emit(Op.LT, chance, code.builder.number(0.0))
    return _binomial(code, u, (trials, emit(Op.SELECT, is_less, one, chance)))


def _stellas_poisson(code: ExpressionCode, u: int, arguments: Sequence[int]) -> int:
    """What arrives within one step."""
    dt = code.builder.number(code.storage.clock.dt)
    return poisson_quantile(code, u, (code.builder.emit(Op.MUL, arguments[0], dt),))


COUNTING_DISTRIBUTIONS: Mapping[str, Quantile] = {
    "BINOMIAL": _stellas_binomial,
    "BINOMIAL_WITHIN": _binomial_within,
    "STELLA_POISSON": _stellas_poisson,
}
