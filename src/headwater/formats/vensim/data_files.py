"""Data variables without an equation: their values come from the data files of a run.

The settings of a model list those files; where they list none, the data are not available. Vensim's
own format (``.vdf``) cannot be read; a table of the same name beside it (``.tab``, ``.csv``,
``.dat``) can.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PureWindowsPath

import numpy as np

from headwater.errors import DataError, Place
from headwater.formats.files import inside
from headwater.formats.tables import Column, read_table
from headwater.language.builtins_vensim import NOT_AVAILABLE
from headwater.language.names import canonical
from headwater.model.variables import Series

READABLE = (".tab", ".csv", ".dat")

_Key = tuple[str, tuple[str, ...]]


class DataFiles:
    """The data files of a model, read when the first series is asked for."""

    def __init__(self, folder: Path | None, names: Sequence[str]) -> None:
        self._folder = folder
        self._names = names
        self._columns: dict[_Key, tuple[Column, str]] | None = None

    def series(self, variable: str, cell: tuple[str, ...], place: Place | None) -> Series:
        """Return the values of one element of a data variable. Raises DataError."""
        if not self._names:
            return Series(np.zeros(1), np.array([NOT_AVAILABLE]), cell)
        key = (canonical(variable), tuple(map(canonical, cell)))
        columns = self._read(place)
        found = columns.get(key)
        shown = f"{variable}[{','.join(cell)}]" if cell else variable
        if found is None:
            raise DataError(f"there are no data for `{shown}`", place, self._hint())
        column, origin = found
        known = np.isfinite(column.times) & np.isfinite(column.values)
        if not known.any():
            raise DataError(f"`{origin}` holds no value of `{shown}`", place)
        times, first = np.unique(column.times[known], return_index=True)
        return Series(times, column.values[known][first], cell, origin)

    def _hint(self) -> str:
        listed = ", ".join(self._names)
        kinds = ", ".join(READABLE)
        return f"data files of the model: {listed}; readable beside it: {kinds}"

    def _read(self, place: Place | None) -> dict[_Key, tuple[Column, str]]:
        if self._columns is None:
            self._columns = {}
            for name in self._names:
                path = self._find(name, place)
                if path is not None:
                    for column in read_table(path, path.name, place).columns:
                        self._columns[column.key] = (column, path.name)
        return self._columns

    def _find(self, name: str, place: Place | None) -> Path | None:
        if self._folder is None:
            return None
        # Settings may keep the whole path on the computer that wrote them; its last part counts.
        name = PureWindowsPath(name).name
        path = inside(self._folder, name, place or Place(name), DataError, "model")
        beside = [path, *(path.with_suffix(suffix) for suffix in READABLE)]
        return next((p for p in beside if p.suffix.lower() in READABLE and p.is_file()), None)
