"""Data series as files beside the case."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

from headwater.language.names import canonical
from headwater.language.printer import print_name
from headwater.model.variables import Data, Series

if TYPE_CHECKING:
    from headwater.formats.literate.writing.terms import Terms

_MANNERS = {"linear": "", "hold": "hold", "backward": "hold"}
_PLAIN = re.compile(r"[^\w-]+")
ELEMENT = "element"


class DataFiles:
    """The files of a case's series, one a variable, below the folder ``name``."""

    def __init__(self, name: str) -> None:
        self._folder = name
        self.files: dict[str, str] = {}

    def add(self, data: Data, terms: Terms) -> tuple[str, str]:
        """Add a variable; return its statement's right side, and its interpolation if any."""
        if data.interpolation not in _MANNERS:
            terms.fail(data, f"is read as `{data.interpolation}`, for which there is no form")
        if len(data.dimensions) > 1:
            terms.fail(data, "is a data series of several dimensions", "split it by element")
        if not data.series:
            terms.fail(data, "has no data")
        stem = _PLAIN.sub("_", data.name).strip("_").lower() or "series"
        path = f"{self._folder}/{stem}.csv"
        self.files[path] = _text(data)
        shown = f'"{path}"' if " " in path else path
        if not data.dimensions:
            return shown, _MANNERS.get(data.interpolation, "")
        elements = [s.subscripts[0] for s in data.series if s.subscripts]
        listed = ", ".join(f"{_key(e)}: {canonical(e)}" for e in elements)
        by = f"{shown}, by {ELEMENT} {{{listed}}}"
        return by, _MANNERS.get(data.interpolation, "")


def _key(element: str) -> str:
    return element if element.isdigit() else print_name(element)


def _text(data: Data) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["time", "value", *([ELEMENT] if data.dimensions else [])])
    for series in data.series:
        for time, value in _points(series):
            writer.writerow([time, value, *map(canonical, series.subscripts)])
    return stream.getvalue()


def _points(series: Series) -> list[tuple[str, str]]:
    pairs = zip(series.times.tolist(), series.values.tolist(), strict=True)
    return [(repr(t), repr(v)) for t, v in pairs]
