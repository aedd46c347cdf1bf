"""What the text of an option says: names, numbers, settings; and the command as it was typed."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from typing import Any

import click
from click.core import ParameterSource

from headwater.errors import UsageError
from headwater.language.names import split_at_commas

PLACES = frozenset({"threads", "output", "picture", "resume"})


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


def assignments(texts: Sequence[str], option: str = "--set") -> dict[str, float]:
    """Return the values of ``name=value`` options by name. Raises :class:`UsageError`."""
    values: dict[str, float] = {}
    for text in texts:
        name, equals, number = text.rpartition("=")
        try:
            values[name.strip()] = float(number)
        except ValueError:
            equals = ""
        if not equals or not name.strip():
            raise UsageError(
                f"`{option} {text}` does not set anything", hint=f"write `{option} name=number`"
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
