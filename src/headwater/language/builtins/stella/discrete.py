"""What can be asked of Stella's conveyors, queues and ovens."""

from __future__ import annotations

from headwater.language.builtins.entry import Builtin, entry

_HELP = "isee systems, Stella help, "
_DISCRETE = _HELP + "Discrete builtins"

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

_CYCLE = _HELP + "Cycle-time builtins"
_AS_READ = " Its own text was not found: this is how it is read."

CYCLE_TIMES: tuple[Builtin, ...] = (
    entry(
        "CTMAX",
        "flow: any, [instantaneous: 1], [initial: time]",
        "time",
        "The longest time that material took from the flow that stamped it to this one, of all "
        "that has passed so far; where `instantaneous` is not 0, of what passes now, and 0 where "
        "none does. Before any has passed it is `initial`, or 0. Which of the two arguments comes "
        "first is not published.",
        theme="miscellaneous",
        kind="dynamic",
        example="CTMAX(leaving)",
        reference=_CYCLE,
    ),
    entry(
        "CTMIN",
        "flow: any, [instantaneous: 1], [initial: time]",
        "time",
        "The shortest such time, as CTMAX is the longest." + _AS_READ,
        theme="miscellaneous",
        kind="dynamic",
        example="CTMIN(leaving)",
        reference=_CYCLE,
    ),
    entry(
        "CTMEAN",
        "flow: any",
        "time",
        "The mean time that stamped material took to this flow, of all that has passed so far, "
        "each unit of it counting alike; 0 before any has." + _AS_READ,
        theme="miscellaneous",
        kind="dynamic",
        example="CTMEAN(leaving)",
        reference=_CYCLE,
    ),
    entry(
        "CTSTDDEV",
        "flow: any",
        "time",
        "The standard deviation of the times of which CTMEAN is the mean." + _AS_READ,
        theme="miscellaneous",
        kind="dynamic",
        example="CTSTDDEV(leaving)",
        reference=_CYCLE,
    ),
    entry(
        "CYCLETIME",
        "flow: any",
        "time",
        "The mean time that the stamped material which passes now took; 0 where none "
        "does." + _AS_READ,
        theme="miscellaneous",
        kind="dynamic",
        example="CYCLETIME(leaving)",
        reference=_CYCLE,
    ),
    entry(
        "CTFLOW",
        "flow: x",
        "x",
        "The part of a flow that is stamped material." + _AS_READ,
        theme="miscellaneous",
        kind="dynamic",
        example="CTFLOW(leaving)",
        reference=_CYCLE,
    ),
    entry(
        "THROUGHPUT",
        "flow: x",
        "x",
        "The mean of CTFLOW over the run so far." + _AS_READ,
        theme="miscellaneous",
        kind="dynamic",
        example="THROUGHPUT(leaving)",
        reference=_CYCLE,
    ),
)
