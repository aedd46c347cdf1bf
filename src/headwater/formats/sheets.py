"""Cells of spreadsheets and of delimited text, by row and column, whatever the file's format.

Excel files need the extra ``excel``: openpyxl for ``.xlsx`` and ``.xlsm``, xlrd for ``.xls``.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from headwater.errors import DataError, MissingExtra, Place, did_you_mean
from headwater.formats.compound_files import has_endless_chain
from headwater.formats.files import read_bytes

MAX_FILE_BYTES = 64 * 2**20
MAX_UNPACKED_BYTES = 512 * 2**20
MAX_CELLS = 20_000_000

Cell = float | str | None
_NUMBER = re.compile(
    r"[+-]?(?:\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*%?$"
)
_ADDRESS = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})$")


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of cells, by the indices from 0 of its corners, both included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """The cells of one sheet; rows may be of different lengths. ``names`` are its named areas."""

    rows: Sequence[Sequence[Cell]]
    names: dict[str, Area] = field(default_factory=dict)
    width: int = field(init=False)

    def __post_init__(self) -> None:
        """Set ``width``, the number of columns of the longest row."""
        object.__setattr__(self, "width", max(map(len, self.rows), default=0))

    @property
    def height(self) -> int:
        """Number of rows."""
        return len(self.rows)

    def cell(self, row: int, column: int) -> Cell:
        """Return what a cell holds, None where it is empty or outside."""
        if 0 <= row < len(self.rows) and 0 <= column < len(self.rows[row]):
            return self.rows[row][column]
        return None

    def number(self, row: int, column: int) -> float | None:
        """Return the number in a cell, None where it holds none."""
        value = self.cell(row, column)
        return value if isinstance(value, float) else _number(value)


class Book(Protocol):
    """A file of sheets."""

    def sheet_names(self) -> list[str]:
        """Return the names of the sheets."""

    def read(self, name: str) -> Sheet:
        """Return one sheet."""


class Sheets:
    """Opens files once and keeps their sheets."""

    def __init__(self) -> None:
        self._books: dict[Path, Book] = {}
        self._sheets: dict[tuple[Path, str], Sheet] = {}

    def excel(self, path: Path, name: str, sheet: str, place: Place | None) -> Sheet:
        """Return a sheet of an Excel file: of that name, else its first.

        Raises DataError, or MissingExtra.
        """
        key = (path, sheet.casefold())
        if key not in self._sheets:
            if path not in self._books:
                self._books[path] = _open(path, name, place)
            book = self._books[path]
            known = {n.casefold(): n for n in book.sheet_names()}
            sheet = sheet or next(iter(known), "")
            if sheet.casefold() not in known:
                hint = did_you_mean(sheet, known.values()) or f"sheets: {', '.join(known.values())}"
                raise DataError(f"`{name}` has no sheet `{sheet}`", place, hint)
            self._sheets[key] = book.read(known[sheet.casefold()])
        return self._sheets[key]

    def delimited(self, path: Path, name: str, delimiter: str, place: Place | None) -> Sheet:
        """Return the cells of a text file. Raises DataError."""
        key = (path, delimiter)
        if key not in self._sheets:
            self._sheets[key] = Sheet(read_delimited(path, name, delimiter, place))
        return self._sheets[key]


def address(text: str) -> tuple[int, int] | None:
    """Return row and column, from 0, of an address such as ``B2``; None where it is none."""
    match = _ADDRESS.match(text.strip())
    if match is None:
        return None
    return int(match.group(2)) - 1, column_index(match.group(1))


def column_index(letters: str) -> int:
    """Return the index, from 0, of a column by its letters."""
    index = 0
    for letter in letters.upper():
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1


def read_delimited(
    path: Path, name: str, delimiter: str, place: Place | None
) -> list[Sequence[Cell]]:
    """Return the rows of a delimited text file. Raises DataError."""
    content = read_bytes(path, name, DataError, asked_at=place, max_bytes=MAX_FILE_BYTES)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    if "\0" in text:
        raise DataError(f"`{name}` is a binary file, not delimited text", place)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    rows: list[Sequence[Cell]] = []
    try:
        reader = csv.reader(io.StringIO(text), delimiter=delimiter)
        rows.extend([cell.strip() or None for cell in row] for row in reader)
    except csv.Error as error:
        raise DataError(f"`{name}` cannot be read: {error}", Place(name, len(rows) + 1)) from None
    return rows


def _number(value: str | None) -> float | None:
    if value is None:
        return None
    text = value.strip()
    if not _NUMBER.match(text):
        return None
    percent = text.endswith("%")
    number = float(text.rstrip("% ").replace(",", ""))
    return number / 100 if percent else number


def _open(path: Path, name: str, place: Place | None) -> Book:
    content = read_bytes(path, name, DataError, asked_at=place, max_bytes=MAX_FILE_BYTES)
    if content.startswith(b"PK"):
        return _OpenXml(content, name, place)
    if content.startswith((b"\xd0\xcf\x11\xe0", b"\x09")):
        return _Legacy(content, name, place)
    raise DataError(
        f"`{name}` is no Excel file", place, "save it as .xlsx, or as .csv for GET DIRECT"
    )


class _OpenXml:
    """An ``.xlsx`` file."""

    def __init__(self, content: bytes, name: str, place: Place | None) -> None:
        try:
            import openpyxl
        except ImportError:
            raise _missing("openpyxl", name, place) from None
        self._name = name
        self._place = place
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                size = sum(item.file_size for item in archive.infolist())
            if size > MAX_UNPACKED_BYTES:
                raise DataError(f"`{name}` unpacks to {size / 2**20:,.0f} MiB", place)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._book = openpyxl.load_workbook(
                    io.BytesIO(content), read_only=True, data_only=True, keep_links=False
                )
        except DataError:
            raise
        except Exception as error:
            raise DataError(f"`{name}` cannot be read: {_reason(error)}", place) from error

    def sheet_names(self) -> list[str]:
        return [s.title for s in self._book.worksheets]

    def read(self, name: str) -> Sheet:
        sheet = self._book[name]
        rows: list[Sequence[Cell]] = []
        cells = 0
        try:
            # What a file says of a sheet's size is wrong in those of some programs.
            sheet.reset_dimensions()
            for row in _quietly(sheet.iter_rows(values_only=True)):
                values = [_value(v) for v in row]
                while values and values[-1] is None:
                    values.pop()
                cells += len(values) + 1
                if cells > MAX_CELLS:
                    raise DataError(f"`{self._name}` has too many cells", self._place)
                rows.append(values)
        except DataError:
            raise
        except Exception as error:
            reason = _reason(error)
            raise DataError(f"`{self._name}` cannot be read: {reason}", self._place) from error
        while rows and not rows[-1]:
            rows.pop()
        return Sheet(rows, self._names(name))

    def _names(self, sheet: str) -> dict[str, Area]:
        found: dict[str, Area] = {}
        local = getattr(self._book[sheet], "defined_names", {})
        for names in (self._book.defined_names, local):
            for key, defined in names.items():
                area = _area(defined.attr_text or "", sheet)
                if area is not None:
                    found[key.casefold()] = area
        return found


def _quietly(rows: Iterator[Sequence[object]]) -> Iterator[Sequence[object]]:
    """Yield rows without the library's warnings, of styles and of dates that are none."""
    while True:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            row = next(rows, None)
        if row is None:
            return
        yield row


def _area(text: str, sheet: str) -> Area | None:
    """Return the area of a reference such as ``'Sheet 1'!$A$1:$B$2`` if it is on the sheet."""
    owner, mark, cells = text.rpartition("!")
    if mark and owner.strip("'").replace("''", "'").casefold() != sheet.casefold():
        return None
    first, _, last = cells.partition(":")
    start, end = address(first), address(last or first)
    if start is None or end is None:
        return None
    return Area(start[0], start[1], end[0], end[1])


class _Legacy:
    """An ``.xls`` file."""

    def __init__(self, content: bytes, name: str, place: Place | None) -> None:
        try:
            import xlrd
        except ImportError:
            raise _missing("xlrd", name, place) from None
        self._name = name
        self._place = place
        if has_endless_chain(content):
            raise DataError(f"`{name}` is damaged: a chain of its sectors has no end", place)
        try:
            self._book = xlrd.open_workbook(
                file_contents=content, on_demand=True, logfile=io.StringIO()
            )
        except Exception as error:
            raise DataError(f"`{name}` cannot be read: {_reason(error)}", place) from error

    def sheet_names(self) -> list[str]:
        return list(self._book.sheet_names())

    def read(self, name: str) -> Sheet:
        try:
            sheet = self._book.sheet_by_name(name)
            rows = [[_value(v) for v in sheet.row_values(r)] for r in range(sheet.nrows)]
            return Sheet(rows, self._names(name))
        except Exception as error:
            reason = _reason(error)
            raise DataError(f"`{self._name}` cannot be read: {reason}", self._place) from error

    def _names(self, sheet: str) -> dict[str, Area]:
        found: dict[str, Area] = {}
        number = self.sheet_names().index(sheet)
        for defined in self._book.name_obj_list:
            result: Any = defined.result  # the stubs leave out what a reference gives
            if result is None or result.kind != 2 or not isinstance(result.value, list):
                continue
            area = result.value[0].coords if result.value else None
            if area is not None and area[0] == number and defined.scope in (-1, number):
                found[defined.name.casefold()] = Area(area[2], area[4], area[3] - 1, area[5] - 1)
        return found


def _value(value: object) -> Cell:
    if isinstance(value, int | float):
        return float(value)
    if value is None:
        return None
    return str(value).strip() or None


def _missing(library: str, name: str, place: Place | None) -> MissingExtra:
    return MissingExtra(
        f"reading `{name}` needs {library}",
        place,
        "install it: pip install 'headwater[excel]'",
    )


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 160 else text[:157] + "..."
