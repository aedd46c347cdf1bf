"""Vensim's set-ups of sensitivity simulations (``.vsc``): which constants change, and how.

The first line is ``simulations, method, seed, file, warnings``, each of which may be left out;
every other line is ``constant=DISTRIBUTION(minimum, maximum, ...)``.

Source: Ventana Systems, Vensim help, "Sensitivity Control Parameter Format" and "Distributions".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Literal

from headwater.errors import DataError, Diagnostics, Place, SyntaxFault, did_you_mean
from headwater.formats.files import inside
from headwater.formats.sheets import Cell, read_delimited
from headwater.formats.vensim.encoding import read_source
from headwater.language.names import canonical
from headwater.language.source import Source, Span

Method = Literal["univariate", "multivariate", "hypercube", "grid", "file"]

METHODS: Mapping[str, Method] = {
    "U": "univariate",
    "M": "multivariate",
    "L": "hypercube",
    "G": "grid",
    "F": "file",
}
USUAL_RUNS, USUAL_SEED = 200, 1234
DISTRIBUTIONS: Mapping[str, tuple[str, ...]] = {
    "random_uniform": ("minimum", "maximum"),
    "random_normal": ("minimum", "maximum", "mean", "standard deviation"),
    "random_triangular": ("minimum", "maximum", "start", "peak", "stop"),
    "random_exponential": ("minimum", "maximum", "shift", "stretch"),
    "random_weibull": ("minimum", "maximum", "shape", "shift", "stretch"),
    "random_gamma": ("minimum", "maximum", "order", "shift", "stretch"),
    "random_poisson": ("minimum", "maximum", "mean", "shift", "stretch"),
    "random_beta": ("minimum", "maximum", "alpha", "beta", "shift", "stretch"),
    "random_binomial": ("minimum", "maximum", "probability", "trials", "shift", "stretch"),
    "random_negative_binomial": (
        "minimum",
        "maximum",
        "probability",
        "successes",
        "shift",
        "stretch",
    ),
    "vector": ("minimum", "maximum", "increment"),
}
"""The arguments of each distribution, by the look-up form of its name."""

_LINE = re.compile(r"(?P<name>.+)=\s*(?P<kind>[A-Za-z][\w \t]*?)\s*\((?P<inner>[^()]*)\)\s*$")


@dataclass(frozen=True, slots=True)
class Changing:
    """A constant that changes from run to run; ``numbers`` are its distribution's arguments."""

    name: str
    distribution: str
    numbers: tuple[float, ...]
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class SensitivitySetup:
    """What a set-up asks for. ``table`` has the values of each run where the method is ``file``.

    A ``seed`` of 0 is another one every time.
    """

    runs: int
    method: Method
    seed: int
    changing: tuple[Changing, ...]
    table: Mapping[str, tuple[float, ...]]


def read_setup(path: Path) -> SensitivitySetup:
    """Read a set-up. Raises SyntaxFault with all that is wrong in it, and DataError."""
    source = read_source(path)
    lines = list(_lines(source))
    found = Diagnostics()
    head = lines.pop(0) if lines and "(" not in lines[0].text else None
    cells = [c.strip() for c in head.text.split(",")] if head else []
    cells += [""] * (4 - len(cells))
    place = head.place if head else Place(str(path))
    runs = _whole(cells[0], USUAL_RUNS, "the number of simulations", place, found)
    seed = _whole(cells[2], USUAL_SEED, "the seed", place, found)
    method = METHODS.get((cells[1] or "M")[:1].upper())
    if method is None:
        found.error(f"`{cells[1]}` is no method", place, f"write one of {', '.join(METHODS)}")
    if runs < 1:
        found.error("there must be a simulation at least", place, "write how many")
    changing = [c for line in lines if (c := _changing(line, found)) is not None]
    if method != "file" and not changing and not found.errors:
        found.error("no constant changes", place, "add a line `name=RANDOM UNIFORM(0,1)`")
    found.raise_errors(SyntaxFault)
    assert method is not None
    table = _table(path, cells[3], place) if method == "file" else {}
    return SensitivitySetup(runs, method, seed, tuple(changing), table)


def _lines(source: Source) -> Iterator[Span]:
    """Yield the lines of a file that say something."""
    start = 0
    for line in source.text.split("\n"):
        text = line.strip()
        if text and text != "{UTF-8}":
            first = start + line.index(text)
            yield Span(source, first, first + len(text))
        start += len(line) + 1


def _whole(text: str, usual: int, what: str, place: Place | None, found: Diagnostics) -> int:
    if not text:
        return usual
    try:
        return int(float(text))
    except (ValueError, OverflowError):
        found.error(f"{what} is `{text}`, no number", place, "the first line is `200,M,1234,,0`")
        return usual


def _changing(line: Span, found: Diagnostics) -> Changing | None:
    match = _LINE.match(line.text)
    if match is None:
        hint = "write `name=RANDOM UNIFORM(minimum,maximum)`"
        found.error("this line changes no constant", line.place, hint)
        return None
    kind = canonical(match.group("kind"))
    arguments = DISTRIBUTIONS.get(kind)
    if arguments is None:
        shown = match.group("kind").strip()
        names = [name.replace("_", " ").upper() for name in DISTRIBUTIONS]
        hint = did_you_mean(shown, names) or f"those that are read: {', '.join(names)}"
        found.error(f"the distribution `{shown}` is not read", line.place, hint)
        return None
    try:
        numbers = tuple(float(part) for part in match.group("inner").split(","))
    except ValueError:
        numbers = ()
    if len(numbers) != len(arguments):
        wanted = ", ".join(arguments)
        found.error(f"this needs {len(arguments)} numbers: {wanted}", line.place, "write them")
        return None
    return Changing(match.group("name").strip(), kind, numbers, line.place)


def _table(path: Path, name: str, place: Place | None) -> dict[str, tuple[float, ...]]:
    """Return the values of each run by constant. An empty cell repeats the one above it."""
    if not name:
        hint = "name it in the fourth place of the first line"
        raise SyntaxFault("the method F needs a file", place, hint)
    wanted = PureWindowsPath(name.strip("'\"")).name
    file = inside(path.parent, wanted, place or Place(str(path)), DataError, "model")
    head, *rows = [r for r in read_delimited(file, wanted, "\t", place) if any(r)] or [()]
    names = [str(cell) for cell in head if cell is not None]
    if not names or not rows:
        raise DataError(f"`{wanted}` holds no values", place, "a line of names, then one a run")
    columns: list[list[float]] = [[] for _ in names]
    for number, row in enumerate(rows, start=2):
        for j, column in enumerate(columns):
            column.append(_cell(row[j] if j < len(row) else None, column, Place(wanted, number, 1)))
    return {n: tuple(values) for n, values in zip(names, columns, strict=True)}


def _cell(cell: Cell, above: list[float], place: Place) -> float:
    if cell is None and above:
        return above[-1]
    try:
        return float(cell) if cell is not None else float("nan")
    except ValueError:
        raise DataError(f"`{cell}` is no number", place, "write one, or nothing") from None
