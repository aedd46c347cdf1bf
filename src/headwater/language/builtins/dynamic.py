"""Builtins that know the time or remember: time, test inputs, delays, smoothing, memory."""

from __future__ import annotations

from headwater.language.builtins.entry import Builtin, Spelling, entry

# A run's times are sums of steps; a millionth of a step absorbs their rounding.
_REACHED = "TIME >= {} - DT * 1e-6"

TIME_FUNCTIONS: tuple[Builtin, ...] = (
    entry(
        "DT",
        "",
        "time",
        "The integration step.",
        theme="time",
        kind="time",
        shape="scalar",
        example="DT",
        vensim="TIME STEP",
    ),
    entry(
        "STARTTIME",
        "",
        "time",
        "The time at which the simulation starts.",
        theme="time",
        kind="time",
        shape="scalar",
        example="STARTTIME",
        vensim="INITIAL TIME",
    ),
    entry(
        "STOPTIME",
        "",
        "time",
        "The time at which the simulation ends.",
        theme="time",
        kind="time",
        shape="scalar",
        example="STOPTIME",
        vensim="FINAL TIME",
    ),
    entry(
        "TIME",
        "",
        "time",
        "The current time of the simulation.",
        theme="time",
        kind="time",
        shape="scalar",
        example="TIME",
        vensim="TIME",
    ),
)

TEST_INPUTS: tuple[Builtin, ...] = (
    entry(
        "PULSE",
        "magnitude: x, first: time, [interval: time]",
        "x/time",
        "A pulse one step wide of the height magnitude/DT at time `first`, repeated every "
        "`interval`; without an interval, or with one of 0, only once. The integral over one pulse "
        "is the magnitude. PULSE(20, 12, 5) is 20/DT at times 12, 17, 22 and so on.",
        theme="test input",
        kind="input",
        definition="IF TIME >= first - DT * 1e-6 AND "
        "(IF interval <= 0 THEN TIME - first ELSE (TIME - first + DT * 1e-6) MOD interval) "
        "< DT * (1 - 1e-6) THEN magnitude / DT ELSE 0",
        defaults={"interval": "0"},
        example="PULSE(20, 12, 5)",
    ),
    entry(
        "RAMP",
        "slope: x/time, start: time, [stop: time]",
        "x",
        "0 up to time `start`, then rising by `slope` per time unit; from time `stop` on constant.",
        theme="test input",
        kind="input",
        definition="slope * MAX(0, MIN(TIME, stop) - start)",
        defaults={"stop": "INF"},
        example="RAMP(2, 5)",
    ),
    entry(
        "STEP",
        "height: x, start: time",
        "x",
        "0 before time `start`, `height` from then on.",
        theme="test input",
        kind="input",
        definition=f"IF {_REACHED.format('start')} THEN height ELSE 0",
        example="STEP(6, 3)",
    ),
)

WAVES: tuple[Builtin, ...] = tuple(
    entry(
        f"{function}WAVE",
        "amplitude: x, period: time",
        "x",
        f"A {name} of that period and of the amplitude's size, whatever its sign, at angle 0 at "
        "time 0.",
        theme="test input",
        kind="input",
        definition=f"ABS(amplitude) * {function}(2 * PI * TIME / period)",
        example=f"{function}WAVE(5, 12)",
        reference="isee systems, Stella help, Test input builtins",
    )
    for function, name in (("SIN", "sine"), ("COS", "cosine"))
)

DELAYS: tuple[Builtin, ...] = (
    entry(
        "DELAY",
        "input: x, delay_time: time, [initial: x]",
        "x",
        "The input as it was `delay_time` ago (a delay of infinite order); before that much time "
        "has passed, the initial value (where it is left out: the input at the start). The delay "
        "time is the one at the start of the run, at least one step.",
        theme="delay",
        kind="dynamic",
        example="DELAY(orders, ship_time)",
    ),
    entry(
        "DELAY1",
        "input: x, delay_time: time, [initial: x]",
        "x",
        "First-order material delay: the outflow of a stock that holds input for `delay_time` on "
        "average. Outflow = stock / delay_time; the stock starts at initial * delay_time.",
        theme="delay",
        kind="dynamic",
        example="DELAY1(orders, ship_time)",
        vensim=(Spelling("DELAY1", max_args=2), Spelling("DELAY1I", min_args=3)),
    ),
    entry(
        "DELAY3",
        "input: x, delay_time: time, [initial: x]",
        "x",
        "Third-order material delay: three first-order delays of delay_time/3 in a row.",
        theme="delay",
        kind="dynamic",
        example="DELAY3(orders, ship_time)",
        vensim=(Spelling("DELAY3", max_args=2), Spelling("DELAY3I", min_args=3)),
    ),
    entry(
        "DELAYN",
        "input: x, delay_time: time, constant order: 1, [initial: x]",
        "x",
        "Material delay of order n: n first-order delays of delay_time/n in a row.",
        theme="delay",
        kind="dynamic",
        example="DELAYN(orders, ship_time, 10)",
    ),
    entry(
        "SMTH1",
        "input: x, averaging_time: time, [initial: x]",
        "x",
        "First-order exponential smooth: a stock that closes the gap to the input over "
        "`averaging_time`. Inflow = (input - stock) / averaging_time; it starts at the initial "
        "value (where it is left out: the input at the start).",
        theme="delay",
        kind="dynamic",
        example="SMTH1(quality, perception_time)",
        vensim=(Spelling("SMOOTH", max_args=2), Spelling("SMOOTHI", min_args=3)),
    ),
    entry(
        "SMTH3",
        "input: x, averaging_time: time, [initial: x]",
        "x",
        "Third-order exponential smooth: three first-order smooths of averaging_time/3 in a row.",
        theme="delay",
        kind="dynamic",
        example="SMTH3(quality, perception_time)",
        vensim=(Spelling("SMOOTH3", max_args=2), Spelling("SMOOTH3I", min_args=3)),
    ),
    entry(
        "SMTHN",
        "input: x, averaging_time: time, constant order: 1, [initial: x]",
        "x",
        "Exponential smooth of order n: n first-order smooths of averaging_time/n in a row.",
        theme="delay",
        kind="dynamic",
        example="SMTHN(quality, perception_time, 10)",
    ),
    entry(
        "TREND",
        "input: x, averaging_time: time, [initial: 1/time]",
        "1/time",
        "Fractional change of the input per time unit: with a first-order smooth `average` of the "
        "input that starts at input / (1 + initial * averaging_time), "
        "(input - average) / (ABS(average) * averaging_time), and 0 where the average is 0. The "
        "initial trend is 0 where it is left out.",
        theme="delay",
        kind="dynamic",
        defaults={"initial": "0"},
        example="TREND(quality, 5)",
    ),
    entry(
        "FORCST",
        "input: x, averaging_time: time, horizon: time, [initial: 1/time]",
        "x",
        "The input extrapolated by its trend: input * (1 + TREND(input, averaging_time, initial) "
        "* horizon). The initial trend is 0 where it is left out.",
        theme="delay",
        kind="dynamic",
        defaults={"initial": "0"},
        definition="input * (1 + TREND(input, averaging_time, initial) * horizon)",
        example="FORCST(quality, 5, 10)",
    ),
)

MEMORY: tuple[Builtin, ...] = (
    entry(
        "INIT",
        "variable: x",
        "x",
        "The value at STARTTIME.",
        theme="miscellaneous",
        kind="dynamic",
        example="INIT(balance)",
        vensim=("INITIAL", "REINITIAL"),
    ),
    entry(
        "PREVIOUS",
        "variable: x, initial: x",
        "x",
        "The value one step ago, and the initial value in the first step.",
        theme="miscellaneous",
        kind="dynamic",
        example="PREVIOUS(price, 0)",
    ),
    entry(
        "SELF",
        "",
        "any",
        "The variable that the equation defines; only within PREVIOUS and SIZE.",
        theme="miscellaneous",
        kind="dynamic",
        example="PREVIOUS(SELF, 0)",
    ),
)
