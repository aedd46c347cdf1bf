"""Data series in a delimited file beside the model, from which its equations read them."""

from __future__ import annotations

import csv
import io

import numpy as np

from headwater.language.builtins.vensim.values import NOT_AVAILABLE
from headwater.model.variables import Data, Interpolation, Series

MANNERS: dict[Interpolation, str] = {
    "linear": ":INTERPOLATE:",
    "hold": ":HOLD BACKWARD:",
    "backward": ":HOLD BACKWARD:",
    "look_forward": ":LOOK FORWARD:",
    "raw": ":RAW:",
}
_HEADER_ROWS = 1


class DataFile:
    """The series of a model, one column each; times stand in the first column."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._columns: list[tuple[str, Series]] = []

    def call(self, data: Data, series: Series) -> str:
        """Add a series of a variable; return the call that reads it."""
        label = data.name + (f"[{','.join(series.subscripts)}]" if series.subscripts else "")
        self._columns.append((label, series))
        cell = f"{column_name(len(self._columns))}{_HEADER_ROWS + 1}"
        return f"GET DIRECT DATA('{self.name}', ',', 'A', '{cell}')"

    def text(self) -> str:
        """Return the file, or an empty text where no series was added."""
        if not self._columns:
            return ""
        times = np.unique(np.concatenate([np.asarray(s.times) for _, s in self._columns]))
        rows = np.full((len(times), len(self._columns)), np.nan)
        for k, (_, series) in enumerate(self._columns):
            rows[np.searchsorted(times, series.times), k] = series.values
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["Time", *(label for label, _ in self._columns)])
        for time, values in zip(times.tolist(), rows.tolist(), strict=True):
            writer.writerow([repr(time), *("" if v != v else repr(v) for v in values)])
        return stream.getvalue()


def is_missing(series: Series) -> bool:
    """Tell whether an element has no data, as the reader says it."""
    return len(series.values) == 1 and bool(series.values[0] == NOT_AVAILABLE)


def column_name(index: int) -> str:
    """Return the letters of a column of a sheet, counted from 0."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
