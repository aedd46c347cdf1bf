"""Vensim's functions of the time, such as steps and pulses."""

from __future__ import annotations

from headwater.language.builtins.entry import Builtin, entry

_MANUAL = "Ventana Systems, Vensim Reference Manual, Functions"

# Vensim looks half a step ahead, so that a time between two steps counts at the nearer one.
_REACHED = "TIME + DT / 2 > {}"

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
