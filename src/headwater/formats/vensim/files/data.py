"""Data variables without an equation: their values come from the data files of a run.

The settings of a model list those files. Vensim's own format (``.vdf``) cannot be read; a table of
the same name beside it (``.tab``, ``.csv``, ``.dat``) can. Data that are in no such file are not
available (``:NA:``), as in Vensim: many published models switch them off. A warning names them.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path, PureWindowsPath

import numpy as np

from headwater.errors import DataError, DataWarning, Place
from headwater.formats.files import data_folder, inside, is_there
from headwater.formats.tables import Column, read_table
from headwater.formats.vensim.files.external import found_inside
from headwater.formats.vensim.files.repeated import RepeatedTimes
from headwater.language.builtins.vensim.values import NOT_AVAILABLE
from headwater.language.names import canonical
from headwater.model.variables import Series

READABLE = (".tab", ".csv", ".dat")
MAX_SHOWN = 8

_Key = tuple[str, tuple[str, ...]]


class DataFiles:
    """The data files of a model, read when the first series is asked for."""

    def __init__(self, folder: Path | None, names: Sequence[str]) -> None:
        self._folder = folder
        self._names = names
        self._columns: dict[_Key, tuple[Column, str]] | None = None
        self._tables: dict[str, tuple[Column, ...]] = {}
        self._missing: dict[str, int] = {}
        self._repeated = RepeatedTimes()
        self._partly: set[str] = set()

    def series(self, variable: str, cell: tuple[str, ...], place: Place | None) -> Series:
        """Return the values of one element of a data variable."""
        columns = self._read(place)
        found = columns.get((canonical(variable), tuple(map(canonical, cell))))
        known = None
        if found is not None:
            column, origin = found
            known = np.isfinite(column.times) & np.isfinite(column.values)
        if found is None or known is None or not known.any():
            self._missing[variable] = self._missing.get(variable, 0) + 1
            return Series(np.zeros(1), np.array([NOT_AVAILABLE]), cell)
        self._partly.add(variable)
        times, values = self._repeated.last(
            column.times[known], column.values[known], origin, f"`{column.name}`"
        )
        return Series(times, values, cell, origin)

    def has(self, name: str) -> bool:
        """Tell whether there is a table of a file's name."""
        return self._find(name, None) is not None

    def columns(self, name: str) -> tuple[Column, ...]:
        """Return what the table of a file's name holds, nothing where there is none."""
        if name not in self._tables:
            path = self._find(name, None)
            found = () if path is None else read_table(path, path.name).columns
            self._tables[name] = found
        return self._tables[name]

    def warn(self, model: str) -> None:
        """Warn of the variables that have no data, once for all of them."""
        if not self._missing:
            return
        names = [
            f"`{name}` ({count} of its elements)" if name in self._partly else f"`{name}`"
            for name, count in self._missing.items()
        ]
        more = f" and {len(names) - MAX_SHOWN} more" if len(names) > MAX_SHOWN else ""
        kinds = ", ".join(READABLE)
        listed = (
            f"the model asks for {', '.join(self._names)}"
            if self._names
            else "the model's settings list no file of data (a line `13:FILE` does)"
        )
        message = (
            f"{model}: no data for {', '.join(names[:MAX_SHOWN])}{more}, "
            f"which are not available (:NA:) in its runs; {listed}. Tables ({kinds}) are read "
            "beside the model"
        )
        warnings.warn(message, DataWarning, stacklevel=2)

    def _read(self, place: Place | None) -> dict[_Key, tuple[Column, str]]:
        if self._columns is None:
            self._columns = {}
            for name in self._names:
                path = self._find(name, place)
                for column in self.columns(name):
                    self._columns[column.key] = (column, path.name if path else name)
        return self._columns

    def _find(self, name: str, place: Place | None) -> Path | None:
        """Return the table of a name: where the name says, else beside the model.

        Settings may keep the whole path on the computer that wrote them; its last part counts.
        """
        if self._folder is None:
            return None
        place = place or Place(name)
        within = data_folder(self._folder)
        for part in dict.fromkeys((name, PureWindowsPath(name).name)):
            try:
                path = inside(self._folder, part, place, DataError, "model", within)
            except DataError:
                if part == PureWindowsPath(name).name:
                    raise
                continue
            if path == self._folder:
                continue
            beside = [path, *(path.with_suffix(suffix) for suffix in READABLE)]
            readable = [p for p in beside if p.suffix.lower() in READABLE]
            known = (found_inside(self._folder, p, name, place) for p in readable)
            found = next((p for p in known if is_there(p)), None)
            if found is not None:
                return found
        return None
