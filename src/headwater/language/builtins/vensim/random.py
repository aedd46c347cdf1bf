"""Vensim's draws from a distribution between two bounds, once at every step."""

from __future__ import annotations

from headwater.language.builtins.entry import Builtin, entry

_MANUAL = "Ventana Systems, Vensim Reference Manual, Functions"

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
