"""Builtins whose value is solved for: the equation of a variable leads back to the variable."""

from __future__ import annotations

from headwater.language.builtins.entry import Builtin, Spelling, entry

_MANUAL = "Ventana Systems, Vensim Reference Manual, Simultaneous Functions, "

SOLVED: tuple[Builtin, ...] = (
    entry(
        "SIMULTANEOUS",
        "value: x, guess: x",
        "x",
        "The value, where its equation depends on the variable itself at the same time: the loop "
        "is gone around, from the guess on, until nothing in it changes by more than 1e-12 of "
        "itself, at most 1,000 times. Elsewhere `value` as it is. Where the turns do not settle "
        "the result is no number, which the run reports; `FIND_ZERO` may find one.",
        theme="simultaneous equations",
        kind="dynamic",
        example="SIMULTANEOUS(calls / capacity, 0.8)",
        reference=_MANUAL + "SIMULTANEOUS",
        vensim="SIMULTANEOUS",
    ),
    entry(
        "FIND_ZERO",
        "zero: any, guess: x, [tolerance: any], [constant max_iterations: 1], [scale: any], "
        "[zero_scale: any], [constant count: 1], [constant skip: 1], [constant method: 1]",
        "x",
        "The number that makes `zero`, which depends on it by other equations, 0; for an array "
        "the numbers that make all its elements 0. Newton's method from the guess on, with steps "
        "that are halved where they lead away, until `zero * zero_scale` is at most `tolerance` "
        "in size. `scale` times the result should be about 1. Along the last subscript the first "
        "`skip` elements, and those after the first `count`, keep their guesses. `method` is "
        "taken and makes no difference. Where there is no solution within `max_iterations` the "
        "result is no number, which the run reports.",
        theme="simultaneous equations",
        kind="dynamic",
        defaults={
            "tolerance": "1e-9",
            "max_iterations": "100",
            "scale": "1",
            "zero_scale": "1",
            "skip": "0",
            "method": "0",
        },
        example="FIND_ZERO(demand - supply, 1)",
        reference=_MANUAL + "FIND ZERO",
        vensim=Spelling("FIND ZERO", (4, 0, 5, 1, 6, 7, 2, 3, 8), 9, 9),
    ),
)
"""Every entry of this module."""
