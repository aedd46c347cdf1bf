"""Stella's counters, switches and functions of earlier values, of this run and earlier ones."""

from __future__ import annotations

from headwater.language.builtins.entry import Builtin, entry

_HELP = "isee systems, Stella help, "
_MATHEMATICAL = _HELP + "Mathematical builtins"
_SPECIAL = _HELP + "Specialized builtins"
_SIMULATION = _HELP + "Simulation builtins"
_DATA = _HELP + "Data builtins"

MISCELLANEOUS: tuple[Builtin, ...] = (
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
