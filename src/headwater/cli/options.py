"""Arguments that several commands share, and how their text is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import click

from headwater.errors import UsageError

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

TARGET_HELP = "What runs the model: machine code, or the slow reference."


def model_argument(function: Decorated) -> Decorated:
    """Add the argument MODEL."""
    return click.argument("model", metavar="MODEL")(function)


def names(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the names of ``a,b`` options given once or several times.

    Commas inside brackets belong to an element: ``flow[home,russia],total``.
    """
    found: list[str] = []
    for text in texts:
        depth, start = 0, 0
        for place, character in enumerate(text + ","):
            depth += {"[": 1, "]": -1}.get(character, 0)
            if character == "," and depth <= 0:
                found.append(text[start:place].strip())
                start = place + 1
    return tuple(name for name in found if name)


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
        return tuple(float(part) for part in names(texts))
    except ValueError:
        raise UsageError(
            f"`{option} {' '.join(texts)}` is not a list of numbers",
            hint=f"write `{option} 2020,2030`",
        ) from None
