"""Stella's draws from a distribution, once at every step."""

from __future__ import annotations

from headwater.language.builtins.entry import Builtin, entry
from headwater.language.builtins.random import limited

_HELP = "isee systems, Stella help, "
_STATISTICAL = _HELP + "Statistical builtins"
_SEED = "A seed makes the sequence of draws the same in every run."

_DRAWS: tuple[Builtin, ...] = tuple(
    entry(
        name,
        f"{parameters}, [constant seed: 1]",
        unit,
        f"{text} {_SEED}",
        theme="statistical",
        kind="random",
        example=example,
        reference=_STATISTICAL,
    )
    for name, parameters, unit, text, example in (
        (
            "TRIANGULAR",
            "lower: x, mode: x, upper: x",
            "x",
            "A draw from a triangular distribution.",
            "TRIANGULAR(1, 2, 5)",
        ),
        (
            "LOGISTIC",
            "mean: x, scale: x",
            "x",
            "A draw from a logistic distribution.",
            "LOGISTIC(0, 1)",
        ),
        (
            "PARETO",
            "shape: 1, scale: x",
            "x",
            "A draw from a Pareto distribution: at least `scale`, above x with probability "
            "(scale / x)^shape.",
            "PARETO(3, 10)",
        ),
        (
            "WEIBULL",
            "shape: 1, scale: x",
            "x",
            "A draw from a Weibull distribution: above x with probability exp(-(x / scale)^shape).",
            "WEIBULL(2, 10)",
        ),
        (
            "BETA",
            "alpha: 1, beta: 1",
            "1",
            "A draw from a beta distribution.",
            "BETA(2, 5)",
        ),
        (
            "BINOMIAL",
            "trials: 1, probability: 1",
            "1",
            "A draw from a binomial distribution: the successes among so many trials. Exact up to "
            "30 expected successes or failures, then rounded from a normal approximation that "
            "keeps the skewness. A probability outside 0 to 1 is taken for 1.",
            "BINOMIAL(20, 0.3)",
        ),
        (
            "GAMMA",
            "shape: 1, [scale: x]",
            "x",
            "A draw from a gamma distribution, whose mean is shape * scale; the scale is 1 where "
            "it is left out.",
            "GAMMA(2, 10)",
        ),
        (
            "NEGBINOMIAL",
            "successes: 1, probability: 1",
            "1",
            "A draw from a negative binomial distribution: the trials up to so many successes. A "
            "probability outside 0 to 1 is taken for 1.",
            "NEGBINOMIAL(3, 0.2)",
        ),
        (
            "GEOMETRIC",
            "probability: 1",
            "1",
            "A draw from a geometric distribution: the trials up to the first success.",
            "GEOMETRIC(0.2)",
        ),
        (
            "MONTECARLO",
            "percent: 1",
            "1",
            "1 with the given probability, in percent per time unit, else 0: the probability in "
            "one step is percent * DT.",
            "MONTECARLO(20)",
        ),
    )
)

_ARRIVALS = entry(
    "STELLA_POISSON",
    "mean: any, [constant seed: 1]",
    "any",
    "A draw from a Poisson distribution: a number of arrivals within one step, where `mean` arrive "
    f"in a time unit. {_SEED}",
    theme="statistical",
    kind="random",
    example="STELLA_POISSON(3)",
    reference="BPTK-Py, SD DSL Functions, which describes Stella's builtins",
    stella="POISSON",
)

RANDOM: tuple[Builtin, ...] = limited((*_DRAWS, _ARRIVALS))
