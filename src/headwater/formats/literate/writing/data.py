"""Data series as files beside the case."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from headwater.language.names import canonical
from headwater.language.printer import print_name
from headwater.language.syntax import Call, Expression, Name
from headwater.model.variables import Data, Series

if TYPE_CHECKING:
    from headwater.formats.literate.writing.terms import Terms

_MANNERS = {"linear": "", "hold": "hold", "backward": "hold"}
_FUNCTIONS = {"raw": "DATA_RAW", "look_forward": "DATA_LOOK_FORWARD"}
_PLAIN = re.compile(r"[^\w-]+")
ELEMENT = "element"


class DataFiles:
    """The files of a case's series, one a variable, below the folder ``name``."""

    def __init__(self, name: str) -> None:
        self._folder = name
        self.files: dict[str, str] = {}

    def add(self, data: Data, terms: Terms) -> tuple[str, str]:
        """Add a variable; return its statement's right side, and its interpolation if any."""
        if not data.series:
            terms.fail(data, "has no data")
        stem = _PLAIN.sub("_", data.name).strip("_").lower() or "series"
        path = f"{self._folder}/{self._free(stem)}.csv"
        self.files[path] = _text(data)
        shown = f'"{path}"' if " " in path else path
        interpolation = _MANNERS.get(data.interpolation, "")
        if not data.dimensions:
            return shown, interpolation
        elements = [s.subscripts[0] for s in data.series if s.subscripts]
        listed = ", ".join(f"{_key(e)}: {canonical(e)}" for e in elements)
        return f"{shown}, by {ELEMENT} {{{listed}}}", interpolation

    def _free(self, stem: str) -> str:
        name, number = stem, 1
        while f"{self._folder}/{name}.csv" in self.files:
            number += 1
            name = f"{stem}_{number}"
        return name


def is_plain(data: Data) -> bool:
    """Tell whether one statement can hold a variable's data."""
    whole = not data.dimensions or all(s.subscripts for s in data.series)
    return data.interpolation in _MANNERS and len(data.dimensions) < 2 and whole


def in_parts(
    data: Data, taken: frozenset[str]
) -> tuple[list[Data], dict[tuple[str, ...], Expression]]:
    """Return a data variable for each series, and what each element is of it.

    The literate case knows two ways to read between points; Vensim's others are functions.
    """
    parts: list[Data] = []
    values: dict[tuple[str, ...], Expression] = {}
    for series in data.series:
        name = " ".join((data.name, *series.subscripts, "series"))
        while canonical(name) in taken:
            name += " 2"
        linear = data.interpolation if data.interpolation in _MANNERS else "linear"
        bare = replace(series, subscripts=())
        parts.append(Data(name=name, unit=data.unit, series=(bare,), interpolation=linear))
        node: Expression = Name(name)
        if data.interpolation in _FUNCTIONS:
            node = Call(Name(_FUNCTIONS[data.interpolation]), (node,))
        values[tuple(map(canonical, series.subscripts))] = node
    return parts, values


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
