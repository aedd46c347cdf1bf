"""Vensim's discrete delays, its functions of fiscal periods and what else counts steps."""

from __future__ import annotations

from headwater.language.builtins.entry import Builtin, entry

_MANUAL = "Ventana Systems, Vensim Reference Manual, "

DISCRETE_DELAYS: tuple[Builtin, ...] = (
    entry(
        "DELAY_MATERIAL",
        "input: x, delay_time: time, initial: x, missing: x",
        "x",
        "DELAY_FIXED with a delay time that may change: what enters leaves after the delay time "
        "that holds when it enters. Inputs that would leave at one time are added up; where none "
        "leaves, it is the missing value.",
        theme="delay",
        kind="dynamic",
        example="DELAY_MATERIAL(starts, test_time, starts, 0)",
        reference=_MANUAL + "DELAY MATERIAL",
        vensim="DELAY MATERIAL",
    ),
    entry(
        "DELAY_INFORMATION",
        "input: x, delay_time: time, initial: x",
        "x",
        "DELAY_FIXED with a delay time that may change: a value that a later one overtakes is "
        "dropped, and the last one is held until the next arrives.",
        theme="delay",
        kind="dynamic",
        example="DELAY_INFORMATION(price, report_time, price)",
        reference=_MANUAL + "DELAY INFORMATION",
        vensim="DELAY INFORMATION",
    ),
    entry(
        "DELAY_BATCH",
        "input: x, size: x*time, batch_time: time, initial_batch: x, initial_time: time, "
        "backlog: x*time",
        "x",
        "The input, gathered until there is a batch of the size and none is in process; the batch "
        "leaves at once after the batch time that holds when it begins. A batch that is in "
        "process at the start leaves at `initial_time`, when `initial_batch` is returned, a rate; "
        "`backlog` waits at the start. 0 while no batch leaves.",
        theme="delay",
        kind="dynamic",
        example="DELAY_BATCH(forming, kiln_capacity, firing_time, 0, 0, 0)",
        reference=_MANUAL + "DELAY BATCH",
        vensim="DELAY BATCH",
    ),
    entry(
        "DELAY_CONVEYOR",
        "input: x, conveyance_time: time, leak: 1/time, graph profile: any, "
        "initial_total: x*time, initial_time: time",
        "x",
        "The input after a way along a belt, which moves by DT / conveyance_time of its length in "
        "a step; in each step everything on it loses leak * DT of itself. What is on the belt at "
        "the start leaves within `initial_time` by the profile, whose points are scaled to that "
        "time and to `initial_total`.",
        theme="delay",
        kind="dynamic",
        example="DELAY_CONVEYOR(starts, assembly_time, 0, flat, in_assembly, assembly_time)",
        reference=_MANUAL + "DELAY CONVEYOR",
        vensim="DELAY CONVEYOR",
    ),
    entry(
        "DELAY_PROFILE",
        "graph profile: any, input: x, delay_time: time, initial: x, growth: 1/time",
        "x",
        "The input spread over later times by the profile, scaled to an area of 1 and a mean of "
        "the delay time. What is nearest to a step leaves with that step, at the earliest the "
        "next one. The initial value is the first output; the inputs before the start grew at the "
        "rate `growth`.",
        theme="delay",
        kind="dynamic",
        example="DELAY_PROFILE(response, orders, 4, 10, 0)",
        reference=_MANUAL + "DELAY PROFILE",
        vensim="DELAY PROFILE",
    ),
    entry(
        "SAMPLE_UNTIL",
        "last_time: time, input: x, initial: x",
        "x",
        "The input up to a time, and from then on what it was last; the initial value where that "
        "time lies before the start.",
        theme="delay",
        kind="dynamic",
        example="SAMPLE_UNTIL(10, price, 0)",
        reference=_MANUAL + "SAMPLE UNTIL",
        vensim="SAMPLE UNTIL",
    ),
    entry(
        "SHIFT_IF_TRUE",
        "variable: x, condition: any, constant size: 1, accumulate: any, incoming: x",
        "x",
        "Moves a stock's elements along its last subscript by one, at the end of each step in "
        "which the condition holds. The first element becomes `incoming`; the last one takes up "
        "the one before it where `accumulate` is not 0 and else is replaced by it, and what it "
        "was is the function's value. Only with Euler's method.",
        theme="array",
        kind="array",
        example="SHIFT_IF_TRUE(people[young], TIME MOD 1 = 0, 3, 1, 0)",
        reference=_MANUAL + "SHIFT IF TRUE",
        vensim="SHIFT IF TRUE",
    ),
)

FINANCIAL: tuple[Builtin, ...] = (
    entry(
        "NPVE",
        "stream: x/time, discount_rate: 1/time, initial: x, factor: 1",
        "x",
        "Net present value as NPV, but each step's stream is valued at the step's end.",
        theme="financial",
        kind="dynamic",
        example="NPVE(profit, 0.05, 0, 1)",
        reference=_MANUAL + "NPVE",
        vensim="NPVE",
    ),
    entry(
        "INTERNAL_RATE_OF_RETURN",
        "stream: x/time, constant period: time, initial: x, initial_time: time",
        "1",
        "The rate per fiscal period, between -1 and 1, at which the net present value of the "
        "stream so far is 0. What flows in a period counts at its end, and an initial sum at its "
        "own time. Not available where no rate does that.",
        theme="financial",
        kind="dynamic",
        example="INTERNAL_RATE_OF_RETURN(cash_flow, 1, -100, 0)",
        reference=_MANUAL + "INTERNAL RATE OF RETURN",
        vensim="INTERNAL RATE OF RETURN",
    ),
    entry(
        "DEPRECIATE_STRAIGHTLINE",
        "stream: x, constant lifetime: time, constant period: time, initial: x",
        "x",
        "Depreciation of an investment stream: what is invested in a fiscal period is written off "
        "in equal parts in that period, by its current value, and in the later ones of the "
        "lifetime. `initial` is the stream before the start.",
        theme="financial",
        kind="dynamic",
        example="DEPRECIATE_STRAIGHTLINE(investment, 20, 1, 0)",
        reference=_MANUAL + "DEPRECIATE STRAIGHTLINE",
        vensim="DEPRECIATE STRAIGHTLINE",
    ),
    entry(
        "DEPRECIATE_BY_SCHEDULE",
        "stream: x, array schedule: any, array initial: x, constant lifetime: time, "
        "constant first_period: time",
        "x",
        "Depreciation of an investment stream: what is invested in a fiscal period is written off "
        "by the schedule, whose first element is named and whose shares are scaled to 1: the first "
        "in that period, by the stream's current value, the others in the later ones. The lifetime "
        "has as many fiscal periods as the schedule elements; one begins at `first_period`. "
        "`initial` is what else is written off in each period from the start, by its first element "
        "or as one number; unless it is 0 a period must be 1 long.",
        theme="financial",
        kind="dynamic",
        example="DEPRECIATE_BY_SCHEDULE(investment, share[first], 0, 6, STARTTIME)",
        reference=_MANUAL + "DEPRECIATE BY SCHEDULE",
        vensim="DEPRECIATE BY SCHEDULE",
    ),
)

VENSIM_DISCRETE: tuple[Builtin, ...] = (*DISCRETE_DELAYS, *FINANCIAL)
"""Every entry of this module."""
