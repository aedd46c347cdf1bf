"""Builtins that only Vensim has, or whose Vensim namesake means something else.

An entry whose own name begins with ``VENSIM_`` differs from the XMILE function of the name that
Vensim gives it. The meanings are those of Vensim's reference manual.
"""

from __future__ import annotations

from headwater.language.builtins_entry import Builtin, entry

NOT_AVAILABLE = -(2.0**109)
"""The number that ``:NA:`` stands for."""

NEXT_TO_NOTHING = 1e-6
"""A smaller divisor counts as 0, as in ZIDZ and XIDZ."""

_MANUAL = "Ventana Systems, Vensim Reference Manual, Functions"

# Vensim looks half a step ahead, so that a time between two steps counts at the nearer one.
_REACHED = "TIME + DT / 2 > {}"

POINTWISE: tuple[Builtin, ...] = (
    entry(
        "VENSIM_MODULO",
        "number: x, divisor: x",
        "x",
        "Remainder with the sign of the number (truncated division), exactly: number - "
        "QUANTUM(number, divisor). MODULO(-10, 3) is -1.",
        theme="mathematical",
        definition="IF divisor <= 0 THEN 0 ELSE "
        "IF number < 0 THEN -(-number MOD divisor) ELSE number MOD divisor",
        example="VENSIM_MODULO(TIME, 12)",
        reference=_MANUAL,
        vensim="MODULO",
    ),
    entry(
        "ZIDZ",
        "dividend: x*y, divisor: y",
        "x",
        "Quotient, or 0 when the divisor is less than a millionth in size.",
        theme="mathematical",
        definition="IF ABS(divisor) < 1e-6 THEN 0 ELSE dividend / divisor",
        example="ZIDZ(deaths, population)",
        reference=_MANUAL,
        vensim="ZIDZ",
    ),
    entry(
        "XIDZ",
        "dividend: x*y, divisor: y, otherwise: x",
        "x",
        "Quotient, or the third argument when the divisor is less than a millionth in size.",
        theme="mathematical",
        definition="IF ABS(divisor) < 1e-6 THEN otherwise ELSE dividend / divisor",
        example="XIDZ(deaths, population, 1)",
        reference=_MANUAL,
        vensim="XIDZ",
    ),
    entry(
        "GAMMA_LN",
        "number: 1",
        "1",
        "Natural logarithm of the gamma function of a positive number. Stirling's series, after "
        "the recurrence has moved the argument up by 8; relative error below 1e-11.",
        theme="mathematical",
        definition="(number + 7.5) * LN(number + 8) - (number + 8) + 0.91893853320467274178 "
        "+ 1 / (12 * (number + 8)) - 1 / (360 * (number + 8) ^ 3) "
        "+ 1 / (1260 * (number + 8) ^ 5) - 1 / (1680 * (number + 8) ^ 7) "
        "- LN(number * (number + 1) * (number + 2) * (number + 3) "
        "* (number + 4) * (number + 5) * (number + 6) * (number + 7))",
        example="GAMMA_LN(x)",
        reference=_MANUAL,
        vensim="GAMMA LN",
    ),
    entry(
        "GAME",
        "value: x",
        "x",
        "The value itself; in a game, a variable that the players set.",
        theme="miscellaneous",
        definition="value",
        example="GAME(price)",
        reference=_MANUAL,
        vensim="GAME",
    ),
    entry(
        "RANDOM_0_1",
        "",
        "1",
        "A draw from a uniform distribution between 0 and 1.",
        theme="statistical",
        kind="input",
        shape="scalar",
        definition="RANDOM(0, 1)",
        example="RANDOM_0_1",
        reference=_MANUAL,
        vensim="RANDOM 0 1",
    ),
)

INPUTS: tuple[Builtin, ...] = (
    entry(
        "SAVEPER",
        "",
        "time",
        "The time between two saved rows.",
        theme="time",
        kind="time",
        shape="scalar",
        example="SAVEPER",
        reference=_MANUAL,
        vensim="SAVEPER",
    ),
    entry(
        "VENSIM_STEP",
        "height: x, start: time",
        "x",
        "0 before time `start`, `height` from then on. A start between two steps counts at the "
        "nearer one.",
        theme="test input",
        kind="input",
        definition=f"IF {_REACHED.format('start')} THEN height ELSE 0",
        example="VENSIM_STEP(6, 3)",
        reference=_MANUAL,
        vensim="STEP",
    ),
    entry(
        "VENSIM_RAMP",
        "slope: x/time, start: time, stop: time",
        "x",
        "0 up to time `start`, then rising by `slope` per time unit; from time `stop` on constant, "
        "unless that comes before `start`. In a method with stages it is what it is at the "
        "beginning of the step.",
        theme="test input",
        kind="input",
        definition="IF TIME > start THEN slope * "
        "((IF stop < start THEN TIME ELSE MIN(TIME, stop)) - start) ELSE 0",
        example="VENSIM_RAMP(2, 5, 10)",
        reference=_MANUAL,
        vensim="RAMP",
    ),
    entry(
        "VENSIM_PULSE",
        "start: time, duration: time",
        "1",
        "1 from time `start` for `duration`, for one step where that is 0; 0 otherwise, and always "
        "where it is negative.",
        theme="test input",
        kind="input",
        definition=f"IF {_REACHED.format('start')} AND TIME + DT / 2 < start + "
        "(IF duration = 0 THEN DT ELSE duration) THEN 1 ELSE 0",
        example="VENSIM_PULSE(10, 2)",
        reference=_MANUAL,
        vensim="PULSE",
    ),
    entry(
        "PULSE_TRAIN",
        "start: time, duration: time, interval: time, stop: time",
        "1",
        "Pulses of 1 that begin at time `start`, last for `duration` (at least one step) and come "
        "again every `interval`, up to and including time `stop`; 0 otherwise. With an interval "
        "shorter than the duration it is 1 throughout.",
        theme="test input",
        kind="input",
        definition=f"IF {_REACHED.format('start')} AND TIME - DT / 2 < stop "
        "AND (IF interval <= 0 OR interval < duration THEN 1 "
        "ELSE (TIME + DT / 2 - start) MOD interval < MAX(duration, DT)) THEN 1 ELSE 0",
        example="PULSE_TRAIN(10, 2, 5, 40)",
        reference=_MANUAL,
        vensim="PULSE TRAIN",
    ),
    entry(
        "TIME_BASE",
        "start: x, slope: x/time",
        "x",
        "A line over time: start + slope * TIME.",
        theme="test input",
        kind="input",
        definition="start + slope * TIME",
        example="TIME_BASE(1900, 1)",
        reference=_MANUAL,
        vensim="TIME BASE",
    ),
    entry(
        "GET_TIME_VALUE",
        "constant relative_to: 1, offset: time, constant measure: 1",
        "any",
        "The current time (relative_to 0) or that at the start (1), moved by `offset`, as "
        "`measure` says: in the model's unit (0), or its year (1), quarter (2), month (3), day of "
        "the month (4), day of the week from 0 for Sunday (5), days since the year 0 began (6), "
        "hour (7), minute (8) or second (9). Dates count from the date at time 0 that a Vensim "
        "model has. Where time is in years, quarters or months, a month has 30 days, and there is "
        "no week.",
        theme="time",
        kind="dynamic",
        example="GET_TIME_VALUE(0, -5, 0)",
        reference="Ventana Systems, Vensim Reference Manual, GET TIME VALUE",
        vensim="GET TIME VALUE",
    ),
)

MEMORY: tuple[Builtin, ...] = (
    entry(
        "SAMPLE_IF_TRUE",
        "condition: any, input: x, initial: x",
        "x",
        "The input where the condition is true, and otherwise what it was when the condition was "
        "last true; the initial value as long as it never was. In a method with stages it samples "
        "at the beginning of the step.",
        theme="delay",
        kind="dynamic",
        example="SAMPLE_IF_TRUE(open, price, 0)",
        reference=_MANUAL,
        vensim="SAMPLE IF TRUE",
    ),
    entry(
        "DELAY_FIXED",
        "input: x, delay_time: time, initial: x",
        "x",
        "The input as it was a whole number of steps ago: the delay time at the start, divided by "
        "the step and rounded (halves up), at least one. The initial value before that.",
        theme="delay",
        kind="dynamic",
        example="DELAY_FIXED(orders, ship_time, 0)",
        reference=_MANUAL,
        vensim="DELAY FIXED",
    ),
    entry(
        "VENSIM_DELAYN",
        "input: x, delay_time: time, initial: x, constant order: 1",
        "x",
        "Material delay of order n as XMILE's DELAYN. The order is the one at the start, and no "
        "more than the whole steps that the delay time then has.",
        theme="delay",
        kind="dynamic",
        example="VENSIM_DELAYN(orders, ship_time, 0, 10)",
        reference=_MANUAL,
        vensim="DELAY N",
    ),
    entry(
        "VENSIM_SMTHN",
        "input: x, averaging_time: time, initial: x, constant order: 1",
        "x",
        "Exponential smooth of order n as XMILE's SMTHN. The order is the one at the start, and no "
        "more than the whole steps that the averaging time then has.",
        theme="delay",
        kind="dynamic",
        example="VENSIM_SMTHN(quality, perception_time, 0, 10)",
        reference=_MANUAL,
        vensim="SMOOTH N",
    ),
    entry(
        "NPV",
        "stream: x/time, discount_rate: 1/time, initial: x, factor: 1",
        "x",
        "Net present value of a stream so far: factor * (sum of the stream times its discount "
        "factor, from `initial` on, with the current step). The discount factor begins at 1 and "
        "falls by discount_rate / (1 + discount_rate * DT) of itself per time unit.",
        theme="financial",
        kind="dynamic",
        example="NPV(profit, 0.05, 0, 1)",
        reference=_MANUAL,
        vensim="NPV",
    ),
    entry(
        "VENSIM_FORECAST",
        "input: x, averaging_time: time, horizon: time",
        "x",
        "The input extrapolated in proportion to its distance from its smooth, as a fraction of "
        "the smooth per averaging time.",
        theme="delay",
        kind="dynamic",
        definition="input * (1 + ZIDZ(input - SMTH1(input, averaging_time), "
        "averaging_time * SMTH1(input, averaging_time)) * horizon)",
        example="VENSIM_FORECAST(quality, 5, 10)",
        reference=_MANUAL,
        vensim="FORECAST",
    ),
    entry(
        "PINK_NOISE",
        "mean: x, standard_deviation: x, correlation_time: time, [constant step: any], "
        "[constant seed: 1]",
        "x",
        "Noise whose values are correlated over `correlation_time`: a first-order smooth of white "
        "noise, scaled to keep the standard deviation. It runs with the model's own step.",
        theme="statistical",
        kind="dynamic",
        defaults={"step": "0", "seed": "0"},
        definition="SMTH1(mean + standard_deviation * SQRT((2 - DT / correlation_time) "
        "/ (DT / correlation_time)) * NORMAL(0, 1), correlation_time, mean)",
        example="PINK_NOISE(100, 5, 4)",
        reference="Sterman, Business Dynamics, appendix B",
        vensim="RANDOM PINK NOISE",
    ),
)

RANDOM: tuple[Builtin, ...] = (
    entry(
        "NORMAL_WITHIN",
        "minimum: x, maximum: x, mean: x, standard_deviation: x, [constant seed: 1]",
        "x",
        "A draw from a normal distribution that is cut off at the minimum and the maximum.",
        theme="statistical",
        kind="random",
        example="NORMAL_WITHIN(0, 200, 100, 5)",
        reference=_MANUAL,
        vensim="RANDOM NORMAL",
    ),
    entry(
        "EXPONENTIAL_WITHIN",
        "minimum: x, maximum: x, shift: x, stretch: x, [constant seed: 1]",
        "x",
        "shift + stretch times a draw from the exponential distribution of mean 1, cut off at the "
        "minimum and the maximum.",
        theme="statistical",
        kind="random",
        example="EXPONENTIAL_WITHIN(0, 100, 0, 8)",
        reference=_MANUAL,
        vensim="RANDOM EXPONENTIAL",
    ),
    entry(
        "WEIBULL_WITHIN",
        "minimum: x, maximum: x, form: 1, shift: x, stretch: x, [constant seed: 1]",
        "x",
        "shift + stretch times a draw from the Weibull distribution of scale 1 and that form, cut "
        "off at the minimum and the maximum.",
        theme="statistical",
        kind="random",
        example="WEIBULL_WITHIN(0, 100, 2, 0, 8)",
        reference=_MANUAL,
        vensim="RANDOM WEIBULL",
    ),
    entry(
        "TRIANGULAR_WITHIN",
        "minimum: x, maximum: x, start: x, peak: x, stop: x, [constant seed: 1]",
        "x",
        "A draw from a triangular distribution that is cut off at the minimum and the maximum.",
        theme="statistical",
        kind="random",
        example="TRIANGULAR_WITHIN(0, 10, 2, 4, 8)",
        reference=_MANUAL,
        vensim="RANDOM TRIANGULAR",
    ),
    entry(
        "POISSON_WITHIN",
        "minimum: x, maximum: x, mean: 1, shift: x, stretch: x, [constant seed: 1]",
        "x",
        "shift + stretch times a draw from a Poisson distribution; a draw beyond the minimum or "
        "the maximum becomes that.",
        theme="statistical",
        kind="random",
        example="POISSON_WITHIN(0, 100, 3, 0, 1)",
        reference=_MANUAL,
        vensim="RANDOM POISSON",
    ),
)

_AGAIN = (
    "A draw beyond the minimum or the maximum is drawn again, a few times, and then becomes that."
)

FURTHER_RANDOM: tuple[Builtin, ...] = tuple(
    entry(
        name,
        f"minimum: x, maximum: x, {parameters}, [constant seed: 1]",
        "x",
        f"shift + stretch times {text}. {_AGAIN}",
        theme="statistical",
        kind="random",
        example=example,
        reference=_MANUAL,
        vensim=spelling,
    )
    for name, parameters, text, example, spelling in (
        (
            "BETA_WITHIN",
            "alpha: 1, beta: 1, shift: x, stretch: x",
            "a draw from a beta distribution",
            "BETA_WITHIN(0, 1, 2, 5, 0, 1)",
            "RANDOM BETA",
        ),
        (
            "GAMMA_WITHIN",
            "order: 1, shift: x, stretch: x",
            "a draw from a gamma distribution of that order, which is at least 1, and scale 1",
            "GAMMA_WITHIN(0, 100, 3, 0, 2)",
            "RANDOM GAMMA",
        ),
        (
            "BINOMIAL_WITHIN",
            "probability: 1, trials: 1, shift: x, stretch: x",
            "the successes among so many trials",
            "BINOMIAL_WITHIN(0, 20, 0.3, 20, 0, 1)",
            "RANDOM BINOMIAL",
        ),
        (
            "NEGBINOMIAL_WITHIN",
            "probability: 1, successes: 1, shift: x, stretch: x",
            "the trials up to so many successes",
            "NEGBINOMIAL_WITHIN(0, 1000, 0.2, 3, 0, 1)",
            "RANDOM NEGATIVE BINOMIAL",
        ),
    )
)

BY_LOOKUP: tuple[Builtin, ...] = (
    entry(
        "RANDOM_LOOKUP",
        "graph density: any, minimum: x, maximum: x, shift: x, stretch: x, [constant seed: 1]",
        "x",
        "shift + stretch times a draw whose density is the graphical function, between its first "
        "and its last point, scaled to an area of 1; cut off at the minimum and the maximum.",
        theme="statistical",
        kind="random",
        example="RANDOM_LOOKUP(density, 0, 10, 0, 1)",
        reference=_MANUAL,
        vensim="RANDOM LOOKUP",
    ),
)

VENSIM: tuple[Builtin, ...] = (*POINTWISE, *INPUTS, *MEMORY, *RANDOM, *FURTHER_RANDOM, *BY_LOOKUP)
"""Every entry of this module."""
