"""Quantile functions of Stella's distributions as instructions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from headwater.compiler.program import Op

if TYPE_CHECKING:
    from headwater.compiler.draws.distributions import Quantile
    from headwater.compiler.lowering.expression_code import ExpressionCode


def _triangular(code: ExpressionCode, u: int, arguments: Sequence[int]) -> int:
    builder, emit = code.builder, code.builder.emit
    low, mode, high = arguments
    width = emit(Op.SUB, high, low)
    rising = emit(Op.SUB, mode, low)
    below = emit(Op.ADD, low, emit(Op.SQRT, emit(Op.MUL, u, emit(Op.MUL, width, rising))))
    rest = emit(Op.SUB, builder.number(1.0), u)
    falling = emit(Op.MUL, width, emit(Op.SUB, high, mode))
    above = emit(Op.SUB, high, emit(Op.SQRT, emit(Op.MUL, rest, falling)))
    return emit(Op.SELECT, emit(Op.LT, emit(Op.MUL, u, width), rising), below, above)


def _logistic(code: ExpressionCode, u: int, arguments: Sequence[int]) -> int:
    builder, emit = code.builder, code.builder.emit
    odds = emit(Op.DIV, u, emit(Op.SUB, builder.number(1.0), u))
    return emit(Op.ADD, arguments[0], emit(Op.MUL, arguments[1], emit(Op.LOG, odds)))


def _pareto(code: ExpressionCode, u: int, arguments: Sequence[int]) -> int:
    builder, emit = code.builder, code.builder.emit
    power = emit(Op.DIV, builder.number(-1.0), arguments[0])
    return emit(Op.MUL, arguments[1], emit(Op.POW, u, power))


def _weibull(code: ExpressionCode, u: int, arguments: Sequence[int]) -> int:
    builder, emit = code.builder, code.builder.emit
    power = emit(Op.DIV, builder.number(1.0), arguments[0])
    return emit(Op.MUL, arguments[1], emit(Op.POW, emit(Op.NEG, emit(Op.LOG, u)), power))


def _geometric(code: ExpressionCode, u: int, arguments: Sequence[int]) -> int:
    builder, emit = code.builder, code.builder.emit
    one = builder.number(1.0)
    failure = emit(Op.LOG, emit(Op.SUB, one, arguments[0]))
    trials = emit(Op.CEIL, emit(Op.DIV, emit(Op.LOG, u), failure))
    return emit(Op.MAX, one, trials)


def _monte_carlo(code: ExpressionCode, u: int, arguments: Sequence[int]) -> int:
    builder, emit = code.builder, code.builder.emit
    dt = builder.number(code.storage.clock.dt)
    happens = emit(Op.LT, emit(Op.MUL, builder.number(100.0), u), emit(Op.MUL, arguments[0], dt))
    return emit(Op.SELECT, happens, builder.number(1.0), builder.number(0.0))


STELLA_DISTRIBUTIONS: Mapping[str, Quantile] = {
    "TRIANGULAR": _triangular,
    "LOGISTIC": _logistic,
    "PARETO": _pareto,
    "WEIBULL": _weibull,
    "GEOMETRIC": _geometric,
    "MONTECARLO": _monte_carlo,
}
