"""Tables that commands print or write."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

WIDTH = 110
"""Columns of a wide table where the output is no terminal, whose width would be known."""


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Return rows as the text of a CSV table, the head first. Numbers come as ``repr`` of them."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue()


def write_table(path: Path, rows: Iterable[Sequence[object]]) -> None:
    """Write rows as a CSV table, and say so. Raises :class:`UsageError`."""
    write_output(path, csv_text(rows))


def write_output(path: Path, text: str) -> None:
    """Write a file of a command's output, and say so. Raises :class:`UsageError`."""
    from headwater.writing import write_aside

    write_aside(path, text.encode())
    click.echo(str(path), err=True)


def wide_console() -> Console:
    """Return a console of the terminal's width; without a terminal, one for wide tables."""
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        console.width = WIDTH
    return console
