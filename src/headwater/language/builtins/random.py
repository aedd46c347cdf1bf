"""Builtins that draw from a distribution, once at every step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from headwater.language.builtins.entry import Builtin, Parameter, Spelling, entry
from headwater.language.units import parse_unit

_SEED = "A seed makes the sequence of draws the same in every run."

_LIMITED = (
    " A draw below `min` or above `max` is drawn again, a few times, and then becomes that; with "
    "`sample` the draw changes at whole multiples of that time only. NAN leaves an argument out."
)


def limited(builtins: Iterable[Builtin]) -> tuple[Builtin, ...]:
    """Return random functions with the further arguments that Stella gives to all of them."""
    return tuple(
        replace(
            builtin,
            parameters=(
                *builtin.parameters,
                Parameter("min", builtin.unit, optional=True),
                Parameter("max", builtin.unit, optional=True),
                Parameter("sample", parse_unit("time"), "constant", optional=True),
            ),
            doc=builtin.doc + _LIMITED,
        )
        for builtin in builtins
    )


_PLAIN: tuple[Builtin, ...] = (
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
        vensim=Spelling("RANDOM UNIFORM", min_args=3, max_args=3),
    ),
)

RANDOM: tuple[Builtin, ...] = limited(_PLAIN)
"""XMILE's random functions."""
