"""Arguments that several commands share, and how their text is read."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from headwater.errors import UsageError
from headwater.language.names import split_at_commas

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

PLACES = frozenset({"threads", "output", "picture", "resume"})
TARGETS = ("llvm", "reference", "ptx")
TARGET_HELP = "What runs the model: machine code, the slow reference, or an NVIDIA processor (ptx)."


def model_argument(function: Decorated) -> Decorated:
    """Add the argument MODEL."""
    return click.argument("model", metavar="MODEL")(function)


def changes_option(function: Decorated) -> Decorated:
    """Add the option --changes."""
    return click.option(
        "--changes",
        multiple=True,
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="Change constants and lookups as this Vensim file (.cin) says. Repeatable.",
    )(function)


def set_option(help_text: str) -> Callable[[Decorated], Decorated]:
    """Return the option --set, whose values :func:`assignments` reads."""
    return click.option(
        "--set", "settings", multiple=True, metavar="NAME=VALUE", help=f"{help_text} Repeatable."
    )


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


def names(texts: Iterable[str], option: str) -> tuple[str, ...]:
    """Return the names of ``a,b`` options given once or several times.

    Commas inside brackets belong to an element, ``flow[home,russia],total``, and those inside
    double quotes to a name. Raises :class:`UsageError` where one of them names nothing.
    """
    found: list[str] = []
    for text in texts:
        inside = split_at_commas(text)
        if not inside:
            raise UsageError(f"`{option}` names nothing", hint="name something, or leave it out")
        found += inside
    return tuple(found)


def assignments(texts: Sequence[str]) -> dict[str, float]:
    """Return the values of ``--set name=value`` options. Raises :class:`UsageError`."""
    values: dict[str, float] = {}
    for text in texts:
        name, equals, number = text.rpartition("=")
        try:
            values[name.strip()] = float(number)
        except ValueError:
            equals = ""
        if not equals or not name.strip():
            raise UsageError(
                f"`--set {text}` does not set anything", hint="write `--set name=number`"
            )
    return values


def numbers(texts: Sequence[str], option: str) -> tuple[float, ...]:
    """Return the numbers of ``1,2,3`` options. Raises :class:`UsageError`."""
    try:
        return tuple(float(part) for part in names(texts, option))
    except ValueError:
        raise UsageError(
            f"`{option} {' '.join(texts)}` is not a list of numbers",
            hint=f"write `{option} 2020,2030`",
        ) from None


def this_command() -> str:
    """Return the command line that is being run, as it could be typed.

    What does not change the results is left out: threads, and where they are written.
    """
    context = click.get_current_context()
    words = ["headwater", context.info_name or ""]
    for parameter in context.command.params:
        name = parameter.name or ""
        source = context.get_parameter_source(name)
        if name in PLACES or source is not ParameterSource.COMMANDLINE:
            continue
        value = context.params[name]
        for one in value if isinstance(value, tuple) else (value,):
            words += _typed(parameter, one)
    return shlex.join(words)


def _typed(parameter: click.Parameter, value: Any) -> list[str]:
    if isinstance(parameter, click.Argument):
        return [str(value)]
    if isinstance(parameter, click.Option) and parameter.is_flag:
        names = parameter.opts if value else parameter.secondary_opts
        return [names[0]]
    return [max(parameter.opts, key=len), str(value)]
