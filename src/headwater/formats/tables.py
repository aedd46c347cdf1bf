"""Tables of results: what a run left in ``.tab``, ``.csv`` or ``.dat`` files.

Columns may go down (a row a time) or across (a row a variable). An empty cell is a value that was
not written: tools write a constant at the first time only.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from headwater.errors import DataError, Place
from headwater.formats.files import read_bytes
from headwater.formats.sheets import Cell, Sheets, read_delimited
from headwater.language.names import split_label

Floats = npt.NDArray[np.float64]

MAX_BYTES = 256 * 2**20
EXCEL = frozenset({".xlsx", ".xlsm", ".xls"})
"""The extensions of workbooks, of which the first sheet counts."""

_MISSING = frozenset(
    {"", "na", "nan", "?", "#n/a", "#value!", "#div/0!", "#ref!", "#num!", "#name?"}
)


@dataclass(frozen=True, slots=True)
class Column:
    """A variable, or one element of it, at some times."""

    name: str
    times: Floats
    values: Floats

    @property
    def key(self) -> tuple[str, tuple[str, ...]]:
        """The names, for look-ups, of the variable and of the element."""
        return split_label(self.name)


@dataclass(frozen=True)
class ResultTable:
    """The columns of a file. Missing values are NaN."""

    columns: tuple[Column, ...]

    @cached_property
    def keys(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The names, for look-ups, of all columns."""
        return tuple(c.key for c in self.columns)

    def by_key(self) -> dict[tuple[str, tuple[str, ...]], Column]:
        """Return the columns by variable and element."""
        return dict(zip(self.keys, self.columns, strict=True))


def read_table(path: Path, name: str = "", place: Place | None = None) -> ResultTable:
    """Read a file of results by its extension. Raises DataError."""
    shown = name or str(path)
    if path.suffix.lower() == ".dat":
        return _read_dat(path, shown, place)
    rows: Sequence[Sequence[Cell]]
    if path.suffix.lower() in EXCEL:
        rows = Sheets().excel(path, shown, "", place).rows
    else:
        delimiter = "," if path.suffix.lower() == ".csv" else "\t"
        plain = _read_plain(path, shown, delimiter, place)
        if plain is not None:
            return plain
        rows = read_delimited(path, shown, delimiter, place)
    rows = [row for row in rows if any(cell is not None for cell in row)]
    if not rows or len(rows[0]) < 2:
        raise DataError(f"`{shown}` holds no table of results", place or Place(shown))
    if all(_parse(cell) is not None for cell in rows[0][1:] if cell is not None):
        return _across(rows, shown)
    return _down(rows, shown)


def _read_plain(path: Path, shown: str, delimiter: str, place: Place | None) -> ResultTable | None:
    """Read a line of names and rows of nothing but numbers; None where the file is anything else.

    Cell by cell, a large run would take many times its size in memory.
    """
    content = read_bytes(path, shown, DataError, asked_at=place, max_bytes=MAX_BYTES)
    line, _, body = content.partition(b"\n")
    if line.count(b'"') % 2 or not body.strip():
        return None
    try:
        header = next(csv.reader([line.decode("utf-8-sig").strip("\r")], delimiter=delimiter))
        numbers = np.loadtxt(io.BytesIO(body), delimiter=delimiter, ndmin=2, comments=None)
    except (ValueError, csv.Error):
        return None
    names = [str(n).strip() for n in _whole_names(header, numbers.shape[1])]
    if len(names) < 2 or numbers.shape[1] != len(names) or not all(names):
        return None
    if all(_parse(name) is not None for name in names[1:]):
        return None
    times = numbers[:, 0]
    return ResultTable(tuple(Column(n, times, numbers[:, j]) for j, n in enumerate(names) if j))


def _down(rows: Sequence[Sequence[Cell]], shown: str) -> ResultTable:
    """A row a time, the first column holding the times."""
    header, *body = rows
    header = _whole_names(header, max(map(len, body), default=0))
    numbers = np.full((len(body), len(header)), np.nan)
    for i, row in enumerate(body):
        if any(cell is not None for cell in row[len(header) :]):
            what = f"row {i + 2} has more cells than the first row has names"
            hint = "put names with commas, such as those of elements, in double quotes"
            raise DataError(what, Place(shown, i + 2, 1), hint)
        for j, cell in enumerate(row[: len(header)]):
            numbers[i, j] = _cell(cell, shown, i + 2)
    times = numbers[:, 0]
    columns = [
        Column(str(label), times, numbers[:, j])
        for j, label in enumerate(header)
        if j and label is not None
    ]
    return ResultTable(tuple(columns))


def _whole_names(header: Sequence[Cell], width: int) -> Sequence[Cell]:
    """Return names whose brackets commas have taken apart, where that gives ``width`` of them."""
    found: list[Cell] = []
    for cell in header:
        before = found[-1] if found else None
        if isinstance(before, str) and isinstance(cell, str) and "[" in before:
            if before.count("[") > before.count("]"):
                found[-1] = f"{before},{cell}"
                continue
        found.append(cell)
    return found if len(found) == width else header


def _across(rows: Sequence[Sequence[Cell]], shown: str) -> ResultTable:
    """A row a variable, the first row holding the times.

    Between the names and the times there may be columns of subscripts.
    """
    header, *body = rows
    first = next((j for j, c in enumerate(header[1:], 1) if c is not None), len(header))
    times = np.array([_cell(c, shown, 1) for c in header[first:]])
    columns: list[Column] = []
    for i, row in enumerate(body):
        values = np.full(len(times), np.nan)
        for j, cell in enumerate(row[first : len(times) + first]):
            values[j] = _cell(cell, shown, i + 2)
        if row[0] is not None:
            subscripts = ",".join(str(c) for c in row[1:first] if c is not None)
            name = f"{row[0]}[{subscripts}]" if subscripts else str(row[0])
            columns.append(Column(name, times, values))
    return ResultTable(tuple(columns))


def _read_dat(path: Path, shown: str, place: Place | None) -> ResultTable:
    """A line with a name, and then lines with a time and a value, again and again."""
    content = read_bytes(path, shown, DataError, asked_at=place, max_bytes=MAX_BYTES)
    text = content.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    columns: list[Column] = []
    label, pairs = "", list[tuple[float, float]]()

    def close() -> None:
        if label and pairs:
            points = np.array(pairs)
            columns.append(Column(label, points[:, 0], points[:, 1]))

    for line in text.split("\n"):
        words = line.split()
        numbers = [_parse(w) for w in words]
        if len(words) == 2 and numbers[0] is not None and numbers[1] is not None:
            pairs.append((numbers[0], numbers[1]))
        elif words:
            close()
            label, pairs = line.strip(), []
    close()
    if not columns:
        raise DataError(f"`{shown}` holds no series", place or Place(shown))
    return ResultTable(tuple(columns))


def _cell(cell: Cell, shown: str, row: int) -> float:
    if cell is None:
        return math.nan
    value = _parse(cell)
    if value is None:
        raise DataError(f"`{cell}` is not a number", Place(shown, row, 1))
    return value


def _parse(cell: Cell) -> float | None:
    if cell is None or isinstance(cell, float):
        return cell
    text = cell.strip()
    if text.casefold() in _MISSING:
        return math.nan
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None
