"""Values of other runs that a model reads: GET VDF CONSTANTS and GET VDF DATA.

Vensim's own files (``.vdf``) cannot be read; a table of the same name beside the model can, as it
can for data variables without an equation.

Source: Ventana Systems, Vensim Reference Manual, the functions of these names.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from headwater.errors import DataError, Place, did_you_mean
from headwater.formats.tables import Column
from headwater.formats.vensim.files.data import READABLE, DataFiles
from headwater.formats.vensim.files.external import MissingFileError
from headwater.formats.vensim.files.repeated import RepeatedTimes
from headwater.language.builtins.vensim.values import NOT_AVAILABLE
from headwater.language.names import canonical, split_label

Floats = npt.NDArray[np.float64]

_SAME_TIME = 1e-6


class RunTables:
    """The runs and data sets that a model names; ``elements`` are those of a range, or the one.

    ``missing`` collects those that have no table.
    """

    def __init__(
        self,
        files: DataFiles,
        elements: Callable[[str], tuple[str, ...]],
        missing: dict[str, Place | None],
    ) -> None:
        self._files = files
        self._elements = elements
        self._missing = missing
        self._repeated = RepeatedTimes()

    def constants(self, arguments: Sequence[str], count: int, place: Place | None) -> list[float]:
        """Return ``count`` values at one time. Raises DataError.

        A time before or after those of the file is its first or last one. Where the file has
        the time and no value, there is none (``:NA:``).
        """
        form = "GET VDF CONSTANTS('file', 'variable', time)"
        file, variable, (at,) = _read(arguments, form, 1, place)
        if not file:
            return [at] * count
        columns = self._columns(file, variable, count, place)
        times = np.unique(np.concatenate([c.times for c in self._files.columns(file)]))
        times = times[np.isfinite(times)]
        wanted = min(max(at, times[0]), times[-1])
        if np.abs(times - wanted).min() > _SAME_TIME:
            raise DataError(
                f"`{file}` has no values at time {at:g}",
                place,
                f"of its times {times[times < wanted][-1]:g} and {times[times > wanted][0]:g} "
                "are the nearest",
            )
        return [_value_at(column, wanted) for column in columns]

    def series(
        self, arguments: Sequence[str], count: int, place: Place | None
    ) -> list[tuple[Floats, Floats]]:
        """Return ``count`` series; times are ``start + slope * time``. Raises DataError."""
        form = "GET VDF DATA('file', 'variable', start, slope)"
        file, variable, (start, slope) = _read(arguments, form, 2, place)
        found: list[tuple[Floats, Floats]] = []
        for column in self._columns(file, variable, count, place):
            known = np.isfinite(column.times) & np.isfinite(column.values)
            if not known.any():
                raise DataError(f"`{file}` has no values of `{column.name}`", place)
            times, values = self._repeated.last(
                column.times[known], column.values[known], file, f"`{column.name}`"
            )
            if slope > 0:
                times = start + slope * times
            found.append((times, values))
        return found

    def _columns(self, file: str, variable: str, count: int, place: Place | None) -> list[Column]:
        if not self._files.has(file):
            kinds = ", ".join(READABLE)
            self._missing.setdefault(f"{file} (as {kinds})", place)
            raise MissingFileError(
                f"`{file}` has no table beside the model",
                place,
                f"export it from Vensim under that name, as {kinds}",
            )
        known = {c.key: c for c in self._files.columns(file)}
        name, subscripts = _parts(variable)
        cells = list(itertools.product(*(self._elements(s) for s in subscripts)))
        if len(cells) != count:
            raise DataError(
                f"`{variable}` has {len(cells)} elements, and {count} are needed here", place
            )
        found: list[Column] = []
        for cell in cells:
            column = known.get((canonical(name), tuple(map(canonical, cell))))
            if column is None:
                shown = f"{name}[{','.join(cell)}]" if cell else name
                hint = did_you_mean(shown, (c.name for c in known.values()))
                raise DataError(f"`{file}` has no `{shown}`", place, hint)
            found.append(column)
        return found


def _value_at(column: Column, time: float) -> float:
    matching = np.flatnonzero(np.abs(column.times - time) <= _SAME_TIME)
    values = column.values[matching]
    values = values[np.isfinite(values)]
    return float(values[-1]) if len(values) else NOT_AVAILABLE


def _parts(variable: str) -> tuple[str, tuple[str, ...]]:
    """Return the name and the subscripts of ``name[a, b]``, as they are written."""
    if not split_label(variable)[1]:
        return variable, ()
    name, _, inner = variable.strip().removesuffix("]").partition("[")
    return name.strip(), tuple(part.strip() for part in inner.split(","))


def _read(
    arguments: Sequence[str], form: str, count: int, place: Place | None
) -> tuple[str, str, list[float]]:
    """Return the file, the variable and ``count`` numbers."""
    try:
        file, variable, *numbers = arguments
        values = [float(n) for n in numbers]
    except ValueError:
        values = []
    if len(values) != count:
        raise DataError("the arguments do not fit", place, f"the form is {form}")
    return file, variable, values
