"""Arguments and options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
Decorator = Callable[[Callable[..., Any]], Any]

TARGETS = {
    "llvm": "machine code (llvm)",
    "reference": "the slow reference",
    "ptx": "an NVIDIA processor (ptx)",
}
SEED_HELP = "Seed of the draws: the same seed gives the same numbers."
CLOCK = ("start", "stop", "step", "method", "rtol", "atol")


def model_argument(function: Decorated) -> Decorated:
    """Add the argument MODEL."""
    return click.argument("model", metavar="MODEL")(function)


def set_option(help_text: str) -> Decorator:
    """Return the option --set, whose values ``texts.assignments`` reads."""
    return click.option(
        "--set", "settings", multiple=True, metavar="NAME=VALUE", help=f"{help_text} Repeatable."
    )


def changes_option(function: Decorated) -> Decorated:
    """Add the option --changes."""
    return click.option(
        "--changes",
        multiple=True,
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="Change constants and lookups as this Vensim file (.cin) says. Repeatable.",
    )(function)


def policy_option(function: Decorated) -> Decorated:
    """Add the option --policy of a command that runs one of them."""
    return click.option("--policy", metavar="NAME", help="Run under one of the case's policies.")(
        function
    )


def variant_option(verb: str) -> Decorator:
    """Return the option --variant: ``verb`` says what is done with the variant."""
    return click.option(
        "--variant",
        metavar="NAME",
        default="",
        help=f"{verb} one of the case's variants; the first if left out.",
    )


def clock_options(of: str) -> Decorator:
    """Return the options --start, --stop, --step, --method, --rtol and --atol.

    The command gets them as one argument ``clock`` (``ClockOverrides``). ``of`` names in their
    help what they are those of.
    """
    options = (
        click.option("--start", type=float, help=f"Start of the {of}."),
        click.option("--stop", type=float, help=f"End of the {of}."),
        step_option,
        method_option,
        click.option(
            "--rtol", type=float, help="Relative tolerance of a method that chooses its step."
        ),
        click.option(
            "--atol", type=float, help="Absolute tolerance of a method that chooses its step."
        ),
    )

    def add(function: Callable[..., Any]) -> Any:
        @wraps(function)
        def with_clock(**given: Any) -> Any:
            from headwater.compiler.clock import ClockOverrides

            clock = ClockOverrides(**{name: given.pop(name) for name in CLOCK})
            return function(clock=clock, **given)

        decorated: Any = with_clock
        for option in reversed(options):
            decorated = option(decorated)
        return decorated

    return add


def step_option(function: Decorated) -> Decorated:
    """Add the option --step."""
    return click.option("--step", type=float, help="Time step.")(function)


def method_option(function: Decorated) -> Decorated:
    """Add the option --method."""
    return click.option(
        "--method", help="euler, heun, midpoint or rk4; dopri5 or bosh3 choose their own step."
    )(function)


def target_option(*targets: str) -> Decorator:
    """Return the option --target, with some of :data:`TARGETS`."""
    *most, last = (TARGETS[target] for target in targets)
    return click.option(
        "--target",
        type=click.Choice(targets),
        default="llvm",
        show_default=True,
        help=f"What runs the model: {', '.join(most)} or {last}.",
    )


def draws_options(runs: int) -> Decorator:
    """Return the options --runs, with its default, and --seed."""

    def add(function: Callable[..., Any]) -> Any:
        seed = click.option(
            "--seed", type=click.IntRange(0), default=1, show_default=True, help=SEED_HELP
        )
        number = click.option(
            "--runs",
            type=click.IntRange(1),
            default=runs,
            show_default=True,
            help="Number of draws from the uncertainties.",
        )
        return number(seed(function))

    return add


def better_option(function: Decorated) -> Decorated:
    """Add the option --better: whether an outcome is better lower or higher."""
    return click.option(
        "--better",
        type=click.Choice(["lower", "higher"]),
        help="Which values of the outcome are better. Default: what the case says.",
    )(function)


def horizons_option(function: Decorated) -> Decorated:
    """Add the option --times of commands that compare policies soon and late."""
    return click.option(
        "--times",
        multiple=True,
        metavar="T,T",
        help="Times to judge at, such as a short and a long horizon: 2030,2040. Default: the end.",
    )(function)


def threads_option(function: Decorated) -> Decorated:
    """Add the option --threads."""
    return click.option(
        "--threads", type=click.IntRange(0), default=0, help="Threads; 0 uses every processor."
    )(function)


def posterior_option(function: Decorated) -> Decorated:
    """Add the option --posterior."""
    return click.option(
        "--posterior",
        type=click.Path(path_type=Path),
        help="Draw fitted constants from this result of `headwater fit`: its folder, or the file.",
    )(function)


def cluster_option(function: Decorated) -> Decorated:
    """Add the option --cluster."""
    return click.option(
        "--cluster",
        metavar="ADDRESS",
        help="Run on a Dask cluster: the scheduler's address or file, or `local`.",
    )(function)
