"""Values that a model reads from other files: GET XLS … and GET DIRECT ….

Numbers of an array lie side by side from the cell that is named: the last range along the row, the
one before it down the column; a ``*`` after the cell turns that over. Series over time (or of a
lookup) lie beside the row or column that holds the times.

Source: Ventana Systems, Vensim Reference Manual, the functions of these names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

import numpy as np
import numpy.typing as npt

from headwater.errors import DataError, Diagnostic, Place, did_you_mean
from headwater.formats.files import data_folder, inside, is_there, leads_into, note_search
from headwater.formats.sheets import Area, Sheet, Sheets, address, column_index
from headwater.formats.vensim.files.repeated import RepeatedTimes

Floats = npt.NDArray[np.float64]

_DELIMITED = {",": ",", ";": ";", "\t": "\t", "\\t": "\t", "tab": "\t"}
_EXCEL = frozenset({".xls", ".xlsx", ".xlsm"})
_SUFFIXES = _EXCEL | {".csv", ".tab", ".txt"}
_LETTERS = re.compile(r"\$?([A-Za-z]{1,3})$")
_COMMA = re.compile(r"[+-]?\d*,\d+$")
_UNSAVED = "a formula has no value until the file is saved by a program that computes it"
_DIGITS = re.compile(r"\$?(\d{1,7})$")


MAX_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Axis:
    """Where the times of a series stand: a row (``across``) or a column, and its index."""

    index: int
    across: bool


class MissingFileError(DataError):
    """A file that a model reads, and that is not there."""


class ExternalFiles:
    """The files beside a model. ``tags`` are names for files, such as ``?data``.

    ``missing`` collects the files that were asked for in vain, each with the first place;
    ``moved`` the whole paths in whose place a file beside the model is read.
    """

    def __init__(self, folder: Path | None, tags: Mapping[str, str]) -> None:
        self._folder = folder
        self._within = data_folder(folder) if folder is not None else None
        self._tags = tags
        self._sheets = Sheets()
        self._repeated = RepeatedTimes()
        self.missing: dict[str, Place | None] = {}
        self.moved: dict[str, Place | None] = {}

    # Files

    def _sheet(self, arguments: Sequence[str], place: Place | None) -> Sheet:
        file, tab = arguments[0], arguments[1]
        name = self._untagged(file, place)
        if self._folder is None:
            raise DataError(f"`{name}` cannot be found: the model is no file", place)
        path = self._path(self._folder, name, place)
        delimiter = _delimiter(tab, path.suffix.lower())
        if delimiter is None:
            return self._sheets.excel(path, name, tab.strip(), place)
        return self._sheets.delimited(path, name, delimiter, place)

    def _path(self, folder: Path, name: str, place: Place | None) -> Path:
        windows = PureWindowsPath(name)
        if (windows.drive or windows.root) and "://" not in name:
            # The path is that of the computer that wrote the model; the file may have come along.
            here = _come_along(folder, windows)
            if here is None:
                self.missing.setdefault(name, place)
                message = f"there is no file `{windows.name}` beside the model, for `{name}`"
                raise MissingFileError(message, place or Place(name), "put it beside the model")
            self.moved.setdefault(name, place)
            name = here
        where = inside(folder, name, place or Place(name), DataError, "model", self._within)
        path = found_inside(folder, where, name, place or Place(name))
        if not _is_something(path):
            self.missing.setdefault(name, place)
            near = _names_in(path.parent) if len(self.missing) == 1 else []
            hint = did_you_mean(path.name, near) or "check the spelling of the path"
            raise MissingFileError(f"there is no file `{name}`", place or Place(name), hint)
        return path

    def _untagged(self, file: str, place: Place | None) -> str:
        if not file.startswith("?"):
            return file
        name = file[1:].strip()
        key = name.casefold()
        if key not in self._tags and PureWindowsPath(name).suffix.lower() in _SUFFIXES:
            # A tag that nothing defines and that is a file's name stands for that file.
            return name
        if key not in self._tags:
            hint = "write the file's name, or add the tag to the model's settings"
            raise DataError(f"no file is given for the tag `{file}`", place, hint)
        return self._tags[key]

    def _start(self, sheet: Sheet, cell: str, place: Place | None) -> tuple[int, int]:
        found = address(cell)
        if found is not None:
            return found
        area = self._named(sheet, cell, place)
        return area.top, area.left

    def _named(self, sheet: Sheet, name: str, place: Place | None) -> Area:
        area = sheet.names.get(name.strip().casefold())
        if area is None:
            hint = did_you_mean(name, sheet.names) or "write an address such as B2"
            raise DataError(f"`{name}` is neither a cell nor a named range", place, hint)
        return area

    # Constants

    def constants(
        self, arguments: Sequence[str], shape: tuple[int, ...], place: Place | None
    ) -> Floats:
        """Return numbers of the given shape (at most two ranges). Raises DataError."""
        _check_count(arguments, 3, "GET DIRECT CONSTANTS('file', 'sheet', 'cell')", place)
        if len(shape) > 2:
            raise DataError(
                f"a table in a file has two dimensions at most, not {len(shape)}",
                place,
                "read it part by part, with elements in the place of ranges",
            )
        sheet = self._sheet(arguments, place)
        cell = arguments[2].strip()
        turned = cell.endswith("*")
        top, left = self._start(sheet, cell.rstrip("* "), place)
        rows, columns = (1, 1, *shape)[-2:]
        values = np.empty((rows, columns))
        for i in range(rows):
            for j in range(columns):
                row, column = (top + j, left + i) if turned else (top + i, left + j)
                values[i, j] = _needed(sheet, row, column, arguments[0], place)
        return values.reshape(shape)

    # Series

    def series(
        self, arguments: Sequence[str], count: int, place: Place | None
    ) -> list[tuple[Floats, Floats]]:
        """Return ``count`` series, each its times and values; empty cells are left out."""
        return [
            self._repeated.last(times, values, arguments[0], f"the series from {cell} on")
            for cell, times, values in self._pairs(arguments, count, place)
        ]

    def lookups(
        self, arguments: Sequence[str], count: int, place: Place | None
    ) -> list[tuple[Floats, Floats]]:
        """Return the points of ``count`` lookups; several may have one abscissa."""
        found: list[tuple[Floats, Floats]] = []
        for _, x, y in self._pairs(arguments, count, place):
            order = np.argsort(x, kind="stable")
            found.append((x[order], y[order]))
        return found

    def _pairs(
        self, arguments: Sequence[str], count: int, place: Place | None
    ) -> list[tuple[str, Floats, Floats]]:
        """Return the first cell, the times and the values of each series, in the file's order."""
        form = "GET DIRECT DATA('file', 'sheet', 'row or column of times', 'first cell')"
        _check_count(arguments, 4, form, place)
        sheet = self._sheet(arguments, place)
        top, left = self._start(sheet, arguments[3].strip().rstrip("*"), place)
        axis, start, stop = self._axis(sheet, arguments[2].strip(), (top, left), place)
        times: list[float | None] = []
        for k in range(start, stop):
            cell = (axis.index, k) if axis.across else (k, axis.index)
            times.append(sheet.number(*cell))
        found: list[tuple[str, Floats, Floats]] = []
        for number in range(count):
            pairs: list[tuple[float, float]] = []
            for k, time in zip(range(start, stop), times, strict=True):
                cell = (top + number, k) if axis.across else (k, left + number)
                value = sheet.number(*cell)
                if value is None:
                    _check_comma(sheet, cell, arguments[0], place)
                if time is not None and value is not None:
                    pairs.append((time, value))
            where = (top + number, left) if axis.across else (top, left + number)
            name = _cell_name(*where)
            if not pairs:
                message = f"`{arguments[0]}` has no numbers from {name} on beside its times"
                raise DataError(message, place, _UNSAVED)
            x, y = np.array(pairs, dtype=np.float64).T
            found.append((name, x, y))
        return found

    def _axis(
        self, sheet: Sheet, text: str, cell: tuple[int, int], place: Place | None
    ) -> tuple[Axis, int, int]:
        """Return where the times are, and from which to which index they go."""
        letters, digits = _LETTERS.match(text), _DIGITS.match(text)
        if letters and text.strip().casefold() not in sheet.names:
            return Axis(column_index(letters.group(1)), False), cell[0], sheet.height
        if digits:
            return Axis(int(digits.group(1)) - 1, True), cell[1], sheet.width
        area = self._named(sheet, text, place)
        if area.bottom > area.top:
            return Axis(area.left, False), area.top, area.bottom + 1
        return Axis(area.top, True), area.left, area.right + 1

    # Subscripts

    def elements(self, arguments: Sequence[str], place: Place | None) -> list[str]:
        """Return the elements of a range, each with the prefix before it."""
        form = "GET DIRECT SUBSCRIPT('file', 'sheet', 'first cell', 'last cell', 'prefix')"
        _check_count(arguments, 5, form, place)
        sheet = self._sheet(arguments, place)
        top, left = self._start(sheet, arguments[2], place)
        bottom, right = self._last(sheet, arguments[3].strip(), (top, left), place)
        found: list[str] = []
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                value = sheet.cell(row, column)
                if value is not None:
                    text = f"{value:g}" if isinstance(value, float) else value
                    found.append(f"{arguments[4]}{text}")
        if not found:
            raise DataError(f"`{arguments[0]}` holds no elements there", place)
        return found

    def _last(
        self, sheet: Sheet, text: str, first: tuple[int, int], place: Place | None
    ) -> tuple[int, int]:
        letters, digits = _LETTERS.match(text), _DIGITS.match(text)
        if letters:
            return sheet.height - 1, column_index(letters.group(1))
        if digits:
            return int(digits.group(1)) - 1, sheet.width - 1
        if text in ("", "*"):
            return first[0], sheet.width - 1
        found = address(text)
        if found is not None:
            return found
        area = self._named(sheet, text, place)
        return area.bottom, area.right


def _delimiter(tab: str, suffix: str) -> str | None:
    """Return what stands between the cells of a text file; None for a file of sheets."""
    known = _DELIMITED.get(tab.strip(" ").lower())
    if known is not None or suffix in _EXCEL:
        return known
    if len(tab) == 1:
        return tab
    return "," if suffix == ".csv" else "\t"


def missing_files(missing: Mapping[str, Place | None]) -> Diagnostic:
    """Return one finding for all files that are not there."""
    names = [f"`{name}`" for name in missing]
    more = f" and {len(names) - MAX_SHOWN} more" if len(names) > MAX_SHOWN else ""
    return Diagnostic(
        f"{len(names)} files that the model reads are not there: "
        f"{', '.join(names[:MAX_SHOWN])}{more}",
        next(iter(missing.values())),
        "put them beside the model, in the folders that it names",
    )


def _come_along(folder: Path, path: PureWindowsPath) -> str | None:
    """Return the end of a whole path that a file in ``folder`` has, with as many folders as can be.

    None where there is no file of that name.
    """
    for start in range(1, len(path.parts)):
        end = path.parts[start:]
        if ".." not in end and is_there(whatever_case(folder, folder.joinpath(*end))):
            return "/".join(end)
    return None


def moved_files(moved: Mapping[str, Place | None]) -> list[Diagnostic]:
    """Return the warning that files beside the model are read for those of other folders."""
    names = [f"`{name}`" for name in moved]
    if not names:
        return []
    more = f" and {len(names) - MAX_SHOWN} more" if len(names) > MAX_SHOWN else ""
    message = f"the model names {', '.join(names[:MAX_SHOWN])}{more}; read beside the model instead"
    hint = "name them without a folder, or relative to the model's"
    return [Diagnostic(message, next(iter(moved.values())), hint, "warning")]


def _is_something(path: Path) -> bool:
    """Tell whether a path leads to anything, or cannot be looked up, which reading it will say."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return True


def _names_in(folder: Path) -> list[str]:
    try:
        return [p.name for p in folder.iterdir()] if folder.is_dir() else []
    except OSError:
        return []


def _needed(sheet: Sheet, row: int, column: int, file: str, place: Place | None) -> float:
    value = sheet.number(row, column)
    if value is None:
        held = sheet.cell(row, column)
        what = "is empty" if held is None else f"holds `{held}`, which is no number"
        hint = _UNSAVED if held is None else ""
        raise DataError(f"cell {_cell_name(row, column)} of `{file}` {what}", place, hint)
    return value


def _check_comma(sheet: Sheet, cell: tuple[int, int], file: str, place: Place | None) -> None:
    """Refuse a number with a decimal comma, which would be left out as a text is."""
    held = sheet.cell(*cell)
    if isinstance(held, str) and _COMMA.match(held):
        raise DataError(
            f"cell {_cell_name(*cell)} of `{file}` holds `{held}`, which is no number",
            place,
            "write decimals with a point",
        )


def _cell_name(row: int, column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"


def _check_count(arguments: Sequence[str], count: int, form: str, place: Place | None) -> None:
    if len(arguments) != count:
        raise DataError(
            f"{count} texts are needed here, not {len(arguments)}", place, f"the form is {form}"
        )


def found_inside(folder: Path, path: Path, name: str, place: Place) -> Path:
    """Return the file that ``path`` means, whatever the case of its letters.

    The letters, or another ending, may lead to a link that the name itself does not have. Raises
    DataError for one that leads out of the folder in which data may lie.
    """
    found = whatever_case(folder, path)
    if leads_into(found, data_folder(folder)):
        return found
    said = f"`{found.name}`, which is read for `{name}`, leads out of the model's folder"
    raise DataError(said, place, "copy the file into the model's folder")


def whatever_case(folder: Path, path: Path) -> Path:
    """Return the file whose name differs from ``path`` only in the case of letters, if any."""
    if is_there(path):
        return path
    here = folder
    for part in path.relative_to(folder).parts:
        if part == "..":
            here = here.parent
            continue
        try:
            note_search(here)
            names = {p.name.casefold(): p for p in here.iterdir()} if here.is_dir() else {}
        except OSError:
            return path
        found = names.get(part.casefold())
        if found is None:
            return path
        here = found
    return here
