"""Read CSV files cell by cell, so that every mistake in one has its line and column."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from headwater.errors import DataError, Place, did_you_mean
from headwater.formats.files import inside, read_text
from headwater.formats.literate.text.stretch import Stretch
from headwater.language.names import canonical

MAX_DATA_BYTES = 200 * 2**20


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row, and the line that it stands on, counted from 1."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file: its name as written in the case, its path, its header and its rows."""

    name: str
    path: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    lines: tuple[str, ...] = field(repr=False)

    def column(self, name: Stretch) -> int:
        """Return the index of a column. Raises :class:`DataError` where there is none."""
        wanted = canonical(unquoted(name))
        for index, title in enumerate(self.header):
            if canonical(title) == wanted:
                return index
        hint = did_you_mean(unquoted(name), self.header)
        hint = hint or f"its columns are: {', '.join(self.header[:20])}"
        raise DataError(f"`{self.name}` has no column `{unquoted(name)}`", name.place, hint)

    def number(self, row: Row, column: int) -> float:
        """Return a cell as a finite number. Raises :class:`DataError` with the cell's place."""
        text = row.cells[column].strip()
        where = self.place(row, column)
        if not text:
            hint = "fill it in, or remove the row: values between points are interpolated"
            raise DataError(f"this cell of column `{self.header[column]}` is empty", where, hint)
        try:
            # Python's own digit grouping, 1_000, is no number in a data file.
            value = math.nan if "_" in text else float(text)
        except ValueError:
            hint = "write a decimal point, no separators of thousands and no unit: 1234.5"
            raise DataError(f"`{text[:40]}` is not a number", where, hint) from None
        if not math.isfinite(value):
            hint = "fill it in, or remove the row: values between points are interpolated"
            raise DataError(f"`{text[:40]}` is not a finite number", where, hint)
        return value

    def place(self, row: Row, column: int) -> Place:
        """Return where a cell stands."""
        line = self.lines[row.line - 1]
        start = 0
        if '"' in line:
            start = max(0, line.find(row.cells[column]))
        else:
            start = sum(len(c) + 1 for c in row.cells[:column])
        return Place(self.path, row.line, start + 1, max(1, len(row.cells[column])), line)


@dataclass(slots=True)
class Tables:
    """The CSV files of a case, each read once."""

    known: dict[str, Table] = field(default_factory=dict)

    def read(self, folder: Path | None, name: Stretch) -> Table:
        """Read the file of that path inside the case's folder. Raises :class:`DataError`."""
        relative = unquoted(name)
        if folder is None:
            hint = "save the case into a folder first"
            raise DataError("a text without a folder has no data files", name.place, hint)
        if relative not in self.known:
            path = inside(folder, relative, name.place, DataError)
            text = read_text(
                path, str(path), DataError, asked_at=name.place, max_bytes=MAX_DATA_BYTES
            )
            self.known[relative] = _parse(text, relative, str(path))
        return self.known[relative]


def unquoted(text: Stretch) -> str:
    """Return a path, a column or a value without the quotes it may stand in."""
    return text.string("a text") if text.plain.startswith('"') else text.text


def _parse(text: str, name: str, path: str) -> Table:
    lines = tuple(text.split("\n"))
    records = _records(lines, path)
    first = next(records, None)
    if first is None:
        raise DataError("the file has no header", Place(path, 1, 1), "name its columns in line 1")
    header = tuple(c.strip() for c in first.cells)
    keys = [canonical(c) for c in header]
    for index, key in enumerate(keys):
        if key in keys[:index]:
            where = Place(path, first.line, 1, len(lines[0]), lines[0])
            hint = "give each column a name of its own"
            raise DataError(f"the column `{header[index]}` is there twice", where, hint)
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        where = Place(path, first.line, 1, len(lines[0]), lines[0])
        raise DataError("the cells are not separated by commas", where, "save the file as CSV")
    rows: list[Row] = []
    for row in records:
        if len(row.cells) != len(header):
            line = lines[row.line - 1]
            raise DataError(
                f"this row has {len(row.cells)} cells, the header has {len(header)}",
                Place(path, row.line, 1, max(1, len(line)), line),
                "add or remove a comma, or put a text that holds commas in quotes",
            )
        rows.append(row)
    return Table(name, path, header, tuple(rows), lines)


def _records(lines: tuple[str, ...], path: str) -> Iterator[Row]:
    reader = csv.reader((line + "\n" for line in lines), strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            where = Place(path, line, 1, 1, lines[min(line, len(lines)) - 1])
            hint = "check the quotes of this row"
            raise DataError(f"this is not CSV: {error}", where, hint) from None
        if any(c.strip() for c in cells):
            yield Row(line, tuple(cells))
        line = reader.line_num + 1
