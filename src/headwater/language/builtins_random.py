"""Builtins that draw from a distribution, once at every step."""

from __future__ import annotations

from headwater.language.builtins_entry import Builtin, Spelling, entry

_SEED = "A seed makes the sequence of draws the same in every run."

RANDOM: tuple[Builtin, ...] = (
    entry(
        "EXPRND",
        "mean: x, [constant seed: 1]",
        "x",
        f"A draw from an exponential distribution. {_SEED}",
        theme="statistical",
        kind="random",
        example="EXPRND(8)",
    ),
    entry(
        "LOGNORMAL",
        "mean: x, standard_deviation: x, [constant seed: 1]",
        "x",
        "A draw from a log-normal distribution whose own mean and standard deviation are given. "
        f"{_SEED}",
        theme="statistical",
        kind="random",
        example="LOGNORMAL(10, 1)",
    ),
    entry(
        "NORMAL",
        "mean: x, standard_deviation: x, [constant seed: 1]",
        "x",
        f"A draw from a normal distribution. {_SEED}",
        theme="statistical",
        kind="random",
        example="NORMAL(100, 5)",
    ),
    entry(
        "POISSON",
        "mean: x, [constant seed: 1]",
        "x",
        "A draw from a Poisson distribution: a number of arrivals per time unit whose mean is "
        f"given. {_SEED}",
        theme="statistical",
        kind="random",
        example="POISSON(3)",
    ),
    entry(
        "RANDOM",
        "minimum: x, maximum: x, [constant seed: 1]",
        "x",
        f"A draw from a uniform distribution. {_SEED}",
        theme="statistical",
        kind="random",
        example="RANDOM(1, 100)",
        stella="UNIFORM",
        vensim=Spelling("RANDOM UNIFORM", min_args=3),
    ),
)
