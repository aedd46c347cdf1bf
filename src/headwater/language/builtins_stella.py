"""Builtins that only Stella has, beyond those of XMILE.

The meanings are those of isee systems' help, whose page is named with each.
"""

from __future__ import annotations

from collections.abc import Sequence

from headwater.language.builtins_entry import Builtin, entry
from headwater.language.builtins_random import limited

_HELP = "isee systems, Stella help, "
_MATHEMATICAL = _HELP + "Mathematical builtins"
_STATISTICAL = _HELP + "Statistical builtins"
_FINANCIAL = _HELP + "Financial builtins"
_SPECIAL = _HELP + "Specialized builtins"
_SIMULATION = _HELP + "Simulation builtins"
_DATA = _HELP + "Data builtins"
_DISCRETE = _HELP + "Discrete builtins"
_GRAPHICAL = _HELP + "Graphical builtins"
_SEED = "A seed makes the sequence of draws the same in every run."


def _polynomial(coefficients: Sequence[float], x: str) -> str:
    """Return a polynomial as text, by Horner's rule, from its highest coefficient down."""
    text = repr(coefficients[0])
    for coefficient in coefficients[1:]:
        text = f"({text} * {x} + {coefficient!r})"
    return text


# West, "Better approximations to cumulative normal functions", Wilmott Magazine, May 2005, after
# Hart, Computer Approximations, 1968, algorithm 5666: absolute error below 1e-15.
_HART_ABOVE = (
    3.52624965998911e-02,
    0.700383064443688,
    6.37396220353165,
    33.912866078383,
    112.079291497871,
    221.213596169931,
    220.206867912376,
)
_HART_BELOW = (
    8.83883476483184e-02,
    1.75566716318264,
    16.064177579207,
    86.7807322029461,
    296.564248779674,
    637.333633378831,
    793.826512519948,
    440.413735824752,
)
_Z = "ABS(z)"
_NEAR = f"EXP(-z * z / 2) * {_polynomial(_HART_ABOVE, _Z)} / {_polynomial(_HART_BELOW, _Z)}"
_FAR = (
    f"EXP(-z * z / 2) / ({_Z} + 1 / ({_Z} + 2 / ({_Z} + 3 / ({_Z} + 4 / ({_Z} + 0.65))))) "
    "/ 2.506628274631"
)
_TAIL = f"(IF {_Z} > 37 THEN 0 ELSE IF {_Z} < 7.07106781186547 THEN {_NEAR} ELSE {_FAR})"

MATHEMATICAL: tuple[Builtin, ...] = (
    entry(
        "LOGN",
        "number: 1",
        "1",
        "Natural logarithm of a positive number, the same as LN.",
        theme="mathematical",
        definition="LN(number)",
        example="LOGN(x)",
        reference=_MATHEMATICAL,
    ),
    entry(
        "ROOTN",
        "number: any, order: 1",
        "any",
        "The root of that order; an odd root of a negative number is negative.",
        theme="mathematical",
        definition="IF number < 0 AND order MOD 2 = 1 THEN -((-number) ^ (1 / order)) "
        "ELSE number ^ (1 / order)",
        example="ROOTN(x, 3)",
        reference=_MATHEMATICAL,
    ),
    entry(
        "NAN",
        "",
        "any",
        "Not a number: a variable that is NAN by its equation has no value, nor has what is "
        "computed from it. A stock must have one.",
        theme="mathematical",
        shape="scalar",
        definition="INF - INF",
        example="NAN",
        reference=_MATHEMATICAL,
    ),
    entry(
        "PCT",
        "fraction: 1",
        "1",
        "The fraction times 100, the same as PERCENT.",
        theme="financial",
        definition="fraction * 100",
        example="PCT(0.25)",
        reference=_FINANCIAL,
    ),
    entry(
        "GAMMALN",
        "number: 1",
        "1",
        "Natural logarithm of the gamma function of a positive number.",
        theme="mathematical",
        definition="GAMMA_LN(number)",
        example="GAMMALN(x)",
        reference=_STATISTICAL,
    ),
    entry(
        "FACTORIAL",
        "number: 1",
        "1",
        "The product of the whole numbers from 1 to `number`; exact up to 13, then to 11 digits.",
        theme="statistical",
        definition="ROUND(EXP(GAMMA_LN(number + 1)))",
        example="FACTORIAL(5)",
        reference=_STATISTICAL,
    ),
    entry(
        "COMBINATIONS",
        "set: 1, chosen: 1",
        "1",
        "How many subsets of `chosen` elements a set has: n! / (r! (n - r)!).",
        theme="statistical",
        definition="IF chosen > set THEN 0 ELSE "
        "ROUND(EXP(GAMMA_LN(set + 1) - GAMMA_LN(chosen + 1) - GAMMA_LN(set - chosen + 1)))",
        example="COMBINATIONS(5, 3)",
        reference=_STATISTICAL,
    ),
    entry(
        "PERMUTATIONS",
        "set: 1, chosen: 1",
        "1",
        "How many ordered choices of `chosen` elements a set has: n! / (n - r)!.",
        theme="statistical",
        definition="IF chosen > set THEN 0 ELSE "
        "ROUND(EXP(GAMMA_LN(set + 1) - GAMMA_LN(set - chosen + 1)))",
        example="PERMUTATIONS(5, 3)",
        reference=_STATISTICAL,
    ),
    entry(
        "NORMALCDF",
        "left: x, right: x, [mean: x], [standard_deviation: x]",
        "1",
        "The probability that a draw from a normal distribution lies between two bounds; mean 0 "
        "and standard deviation 1 where they are left out.",
        theme="statistical",
        definition="NORMAL_BELOW((right - mean) / standard_deviation) "
        "- NORMAL_BELOW((left - mean) / standard_deviation)",
        defaults={"mean": "0", "standard_deviation": "1"},
        example="NORMALCDF(-1, 1)",
        reference=_STATISTICAL,
    ),
    entry(
        "INVNORM",
        "probability: 1",
        "1",
        "The value below which a draw from the standard normal distribution lies with the given "
        "probability; relative error below 1e-15.",
        theme="statistical",
        example="INVNORM(0.975)",
        reference=_STATISTICAL,
    ),
    entry(
        "NORMAL_BELOW",
        "z: 1",
        "1",
        "The probability that a draw from the standard normal distribution lies below `z`; "
        "absolute error below 1e-15.",
        theme="statistical",
        definition=f"IF z > 0 THEN 1 - {_TAIL} ELSE {_TAIL}",
        example="NORMAL_BELOW(1.96)",
        reference="Hart, Computer Approximations, 1968, algorithm 5666",
    ),
)

# pv (1 + rate)^nper + (pmt / rate) ((1 + rate)^nper - 1) + fv = 0, solved for each of three.
_GROWN = "(1 + rate) ^ nper"
_ANNUITY = f"(({_GROWN} - 1) / rate)"

FINANCIAL: tuple[Builtin, ...] = (
    entry(
        "PMT",
        "rate: 1, nper: 1, pv: x, [fv: x]",
        "x",
        "The payment in each of `nper` periods that turns a present value into a future one, at "
        "an interest rate per period. Money received is positive, money paid negative.",
        theme="financial",
        definition=f"IF rate = 0 THEN -(pv + fv) / nper ELSE -(pv * {_GROWN} + fv) / {_ANNUITY}",
        defaults={"fv": "0"},
        example="PMT(0.01, 36, 10000, 0)",
        reference=_FINANCIAL,
    ),
    entry(
        "PV",
        "rate: 1, nper: 1, pmt: x, [fv: x]",
        "x",
        "The present value of `nper` payments and a future value, at an interest rate per period.",
        theme="financial",
        definition=f"IF rate = 0 THEN -(pmt * nper + fv) ELSE -(pmt * {_ANNUITY} + fv) / {_GROWN}",
        defaults={"fv": "0"},
        example="PV(0.01, 36, -332.14, 0)",
        reference=_FINANCIAL,
    ),
    entry(
        "FV",
        "rate: 1, nper: 1, pmt: x, [pv: x]",
        "x",
        "The future value of `nper` payments and a present value, at an interest rate per period.",
        theme="financial",
        definition=f"IF rate = 0 THEN -(pv + pmt * nper) ELSE -(pv * {_GROWN} + pmt * {_ANNUITY})",
        defaults={"pv": "0"},
        example="FV(0.01, 36, -332.14, 10000)",
        reference=_FINANCIAL,
    ),
    entry(
        "STELLA_NPV",
        "stream: any, discount_rate: any, [initial: any]",
        "any",
        "Net present value of a stream so far: from `initial` at the start on, the sum of each "
        "later step's stream, the current one's too, times DT / (1 + discount_rate) ^ (TIME - "
        "STARTTIME). `initial` is the stream's first value where it is left out.",
        theme="financial",
        kind="dynamic",
        example="STELLA_NPV(profit, 0.05)",
        reference=_FINANCIAL + ", and values that BPTK-Py's tests record for Stella's NPV",
        stella="NPV",
    ),
    entry(
        "IRR",
        "stream: any, [missing: any]",
        "any",
        "The interest rate per time unit at which the stream so far has the present value 0: the "
        "sum of the values of all steps, each divided by (1 + rate) ^ (TIME - STARTTIME). Between "
        "-1 and 1000; of several such rates, one. At the start, and where there is none, "
        "`missing`, which is 0 where it is left out.",
        theme="financial",
        kind="dynamic",
        example="IRR(cash_flow, 0)",
        reference=_FINANCIAL,
        defaults={"missing": "0"},
    ),
)

SPECIAL: tuple[Builtin, ...] = (
    entry(
        "COUNTER",
        "from: time, to: time",
        "time",
        "Counts up with time from the first value and begins anew at the second.",
        theme="miscellaneous",
        kind="input",
        definition="from + DT * (INT((TIME - STARTTIME) / DT + 0.5) "
        "MOD INT((to - from) / DT + 0.5))",
        example="COUNTER(1, 31)",
        reference=_SPECIAL,
    ),
    entry(
        "SWITCH",
        "first: x, second: x",
        "1",
        "1 where the first input is greater than the second, else 0.",
        theme="miscellaneous",
        definition="IF first > second THEN 1 ELSE 0",
        example="SWITCH(demand, supply)",
        reference=_SPECIAL,
    ),
    entry(
        "RUNCOUNT",
        "",
        "1",
        "How many complete runs there have been in a session before this one: 0, since every run "
        "here is the first.",
        theme="miscellaneous",
        shape="scalar",
        definition="0",
        example="RUNCOUNT",
        reference=_SIMULATION,
    ),
    entry(
        "SENSIRUNCOUNT",
        "",
        "1",
        "The number of a run in a sensitivity analysis: 0, since ensembles vary inputs by name.",
        theme="miscellaneous",
        shape="scalar",
        definition="0",
        example="SENSIRUNCOUNT",
        reference=_SIMULATION,
    ),
    entry(
        "SENSIRUNTOTAL",
        "",
        "1",
        "How many runs a sensitivity analysis has: 0, as SENSIRUNCOUNT.",
        theme="miscellaneous",
        shape="scalar",
        definition="0",
        example="SENSIRUNTOTAL",
        reference=_SIMULATION,
    ),
    entry(
        "DERIVN",
        "input: any, constant order: 1",
        "any",
        "The time derivative of that order, by differences from step to step; 0 until there have "
        "been that many steps.",
        theme="mathematical",
        kind="dynamic",
        example="DERIVN(position, 1)",
        reference=_MATHEMATICAL,
    ),
    entry(
        "ENDVAL",
        "input: x, [initial: x]",
        "x",
        "The value at the end of the session's previous run. There is none here, so it is the "
        "initial value, or where that is left out the input's value at the start.",
        theme="miscellaneous",
        kind="dynamic",
        example="ENDVAL(performance, 0)",
        reference=_DATA,
    ),
    entry(
        "HISTORY",
        "variable: x, time: time",
        "x",
        "The value at an earlier time of the run; 0 for a time before its start or after now. "
        "HISTORY(x, TIME - 1) is DELAY(x, 1) from one time unit after the start on.",
        theme="miscellaneous",
        kind="dynamic",
        example="HISTORY(price, TIME - 12)",
        reference=_DATA,
    ),
)

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

TABLES: tuple[Builtin, ...] = (
    entry(
        "LOOKUPINV",
        "graph function: any, y: any",
        "any",
        "The first `x` at which a graphical function is `y`. Beyond its ordinates it is the `x` of "
        "the nearest, or extrapolated where the function is.",
        theme="graphical",
        kind="table",
        example="LOOKUPINV(effect, 0.5)",
        reference=_GRAPHICAL,
    ),
    entry(
        "LOOKUPAREA",
        "graph function: any, [to: any], [from: any]",
        "any",
        "The area under a graphical function between two values of `x`, in whichever order; from "
        "its first to its last point where they are left out. Beyond its ends there is none, "
        "except under a function that extrapolates.",
        theme="graphical",
        kind="table",
        example="LOOKUPAREA(effect, 1, 0)",
        reference=_GRAPHICAL,
    ),
    entry(
        "LOOKUPMEAN",
        "graph function: any, [to: any], [from: any]",
        "any",
        "The mean of `x` under a graphical function between two values of `x`, weighted by the "
        "function: the area under x times the function, divided by that under the function. The "
        "bounds are those of LOOKUPAREA. 0 where the area is 0.",
        theme="graphical",
        kind="table",
        example="LOOKUPMEAN(density)",
        reference=_GRAPHICAL,
    ),
)

DISCRETE: tuple[Builtin, ...] = (
    entry(
        "CAPACITY",
        "container: x",
        "x",
        "The capacity of a conveyor or an oven; INF where it has none.",
        theme="miscellaneous",
        kind="dynamic",
        example="CAPACITY(mixer)",
        reference=_DISCRETE,
        stella="CAP",
    ),
    entry(
        "OSTATE",
        "oven: any",
        "1",
        "What an oven does: 0 while it fills, 1 while it cooks, 2 when it empties. Not for ovens "
        "that are cleaned.",
        theme="miscellaneous",
        kind="dynamic",
        example="OSTATE(mixer)",
        reference=_DISCRETE,
    ),
    entry(
        "PROCTIME",
        "container: any",
        "time",
        "The transit time of a conveyor, or the cook time of an oven, for what enters now; while "
        "nothing does, that of what entered last, and before anything has, as it is at the start.",
        theme="miscellaneous",
        kind="dynamic",
        example="PROCTIME(mixer)",
        reference=_DISCRETE,
    ),
    entry(
        "QLEN",
        "queue: any",
        "1",
        "How many batches wait in a queue.",
        theme="miscellaneous",
        kind="dynamic",
        example="QLEN(line)",
        reference=_DISCRETE,
    ),
    entry(
        "QELEM",
        "queue: x, place: 1",
        "x",
        "How large the batch at a place of a queue is: 1 is the first to leave. 0 where there is "
        "none.",
        theme="miscellaneous",
        kind="dynamic",
        example="QELEM(line, 1)",
        reference=_DISCRETE,
    ),
    entry(
        "AGECOUNT",
        "conveyor: x, low: time, [high: time]",
        "x",
        "How much of a conveyor has been on it for at least `low`, and for less than `high` where "
        "that is given. Its transit time must be fixed, and nothing may arrest it; what a spread "
        "inflow brings is as old as the place that it enters at.",
        theme="miscellaneous",
        kind="dynamic",
        example="AGECOUNT(pupils, 3, 5)",
        reference=_DISCRETE,
    ),
)

STELLA: tuple[Builtin, ...] = (
    *MATHEMATICAL,
    *FINANCIAL,
    *SPECIAL,
    *RANDOM,
    *TABLES,
    *DISCRETE,
)
