"""Vensim's functions that remember: delays, smoothing, samples, present value."""

from __future__ import annotations

from headwater.language.builtins.entry import Builtin, entry

_MANUAL = "Ventana Systems, Vensim Reference Manual, Functions"

_AVERAGE = "SMTH1(input, averaging_time, input / (1 + initial * averaging_time))"

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
        "VENSIM_TREND",
        "input: x, averaging_time: time, initial: 1/time",
        "1/time",
        "Fractional change of the input per time unit, as TREND says it, but 0 where the average "
        "times the averaging time is next to nothing.",
        theme="delay",
        kind="dynamic",
        definition=f"ZIDZ(input - {_AVERAGE}, averaging_time * ABS({_AVERAGE}))",
        example="VENSIM_TREND(quality, 5, 0)",
        reference=_MANUAL,
        vensim="TREND",
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
        "mean: x, standard_deviation: x, correlation_time: time, [constant seed: 1]",
        "x",
        "Noise whose values are correlated over `correlation_time`: a first-order smooth of white "
        "noise, scaled to keep the standard deviation. It begins with a draw, and runs with the "
        "model's own step.",
        theme="statistical",
        kind="dynamic",
        defaults={"seed": "0"},
        definition="SMTH1(mean + standard_deviation * SQRT((2 - DT / correlation_time) "
        "/ (DT / correlation_time)) * NORMAL(0, 1), correlation_time, "
        "mean + standard_deviation * NORMAL(0, 1))",
        example="PINK_NOISE(100, 5, 4)",
        reference="Ventana Systems, Vensim Reference Manual, RANDOM PINK NOISE; Anderson and "
        "Fiddaman, PinkNoise2010, metasd.com",
        vensim="RANDOM PINK NOISE",
    ),
)
