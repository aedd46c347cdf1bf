"""The ``data`` statement: which cells of a CSV file make up which series."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from headwater.errors import DataError, SyntaxFault
from headwater.formats.literate.clauses.elements import element_key
from headwater.formats.literate.clauses.numbers import read_number, short
from headwater.formats.literate.text.statements import DATA_CLAUSES, Clause, clauses_by_keyword
from headwater.formats.literate.text.stretch import Stretch
from headwater.formats.literate.text.tables import Row, Table, Tables, unquoted
from headwater.language.names import canonical
from headwater.model.variables import Dimension, Interpolation, Series

INTERPOLATIONS = ("linear", "hold")
TIME_COLUMNS = ("time", "year")
VALUE_COLUMN = "value"
_AND = re.compile(r"\sand\s", re.IGNORECASE)
_LIST = re.compile(r"\{\0*\}$")


@dataclass(frozen=True, slots=True)
class Filter:
    """Only rows whose cell in ``column`` is ``value``."""

    column: int
    value: str


def read_data_clauses(
    path: Stretch,
    clauses: list[Clause],
    dimensions: tuple[Dimension, ...],
    folder: Path | None,
    tables: Tables,
) -> tuple[tuple[Series, ...], Interpolation]:
    """Read the series of a ``data`` statement, one an element.

    Raises :class:`SyntaxFault`, or :class:`DataError` with the place in the CSV file.
    """
    found = clauses_by_keyword(clauses, DATA_CLAUSES, "a data series")
    interpolation = _interpolation(found.get("interpolate"))
    factor = read_number(found["scale"].body, "the scale") if "scale" in found else 1.0
    if factor == 0:
        raise DataError("a scale of 0 leaves nothing", found["scale"].body.place, "remove it")
    if " " in path.text and not path.plain.startswith('"'):
        hint = "options follow a comma: `file.csv, column value`; quote a path that holds blanks"
        raise SyntaxFault(f"`{short(path)}` is no path", path.place, hint)
    table = tables.read(folder, path)
    time = _time_column(table, found, path)
    filters = _filters(table, found.get("where"))
    series: list[Series] = []
    for element, column, by in _selections(table, found, dimensions, path):
        chosen = [*filters, by] if by else filters
        series.append(_series(table, time, column, chosen, element, factor, path))
    return tuple(series), interpolation


def _interpolation(clause: Clause | None) -> Interpolation:
    if clause is None:
        return "linear"
    word = clause.body.text.lower()
    if word not in INTERPOLATIONS:
        place = clause.body.place if clause.body else clause.head.place
        hint = "write `interpolate linear` or `interpolate hold`"
        raise SyntaxFault("expected a kind of interpolation", place, hint)
    return cast(Interpolation, word)


def _argument(clause: Clause, what: str) -> Stretch:
    if not clause.body:
        place = clause.head.place
        raise SyntaxFault(f"`{clause.keyword}` names nothing", place, f"name {what}")
    return clause.body


def _time_column(table: Table, found: dict[str, Clause], path: Stretch) -> int:
    if "time" in found:
        return table.column(_argument(found["time"], "the column of times"))
    keys = [canonical(title) for title in table.header]
    for name in TIME_COLUMNS:
        if name in keys:
            return keys.index(name)
    hint = f"add `time COLUMN`; its columns are: {', '.join(table.header[:20])}"
    raise DataError(f"which column of `{table.name}` holds the time?", path.place, hint)


def _filters(table: Table, clause: Clause | None) -> list[Filter]:
    if clause is None:
        return []
    filters: list[Filter] = []
    body = _argument(clause, "a column and its value")
    cuts = [(m.start(), m.end()) for m in _AND.finditer(body.surface)]
    starts = [0, *(end for _, end in cuts)]
    ends = [*(start for start, _ in cuts), len(body.surface)]
    for start, end in zip(starts, ends, strict=True):
        part = body.cut(start, end)
        name, value = _pair(part)
        filters.append(Filter(table.column(name), unquoted(value)))
    return filters


def _pair(part: Stretch) -> tuple[Stretch, Stretch]:
    """Split ``column value``; either may stand in quotes."""
    match = re.match(r'(?:"\0*"|[^\s"]+)(?:\s*=\s*|\s+)', part.surface)
    if match is None or match.end() == len(part.surface):
        hint = 'write `where column value and other "another value"`'
        raise SyntaxFault(f"expected a column and its value: `{short(part)}`", part.place, hint)
    name = part.cut(0, match.end())
    name = name.cut(0, len(name.plain) - 1) if name.plain.endswith("=") else name
    return name, part.cut(match.end())


def _selections(
    table: Table, found: dict[str, Clause], dimensions: tuple[Dimension, ...], path: Stretch
) -> list[tuple[tuple[str, ...], int, Filter | None]]:
    """Return, for each element, its column and its filter."""
    value = found.get("column")
    by = found.get("by")
    if not dimensions:
        if by:
            hint = "declare the dimension after the name: `name[place]`"
            raise SyntaxFault("`by` needs a dimension", by.head.place, hint)
        return [((), _value_column(table, value, path), None)]
    if len(dimensions) > 1:
        hint = "declare one data series a row of elements"
        raise DataError("a data series has one dimension at most", path.place, hint)
    dimension = dimensions[0]
    if value and _LIST.match(value.body.surface):
        columns = _names(value.body, dimension)
        return [((e,), table.column(columns[e]), None) for e in dimension.elements]
    if by is None:
        hint = "add `by COLUMN`, or list the columns: `column {home: a, abroad: b}`"
        raise DataError("which rows belong to which element?", path.place, hint)
    body = _argument(by, "the column that tells the elements apart")
    listed = re.search(r"\{\0*\}$", body.surface)
    key = table.column(body.cut(0, listed.start()) if listed else body)
    column = _value_column(table, value, path)
    if listed is None:
        return [((e,), column, Filter(key, e)) for e in dimension.elements]
    values = _names(body.cut(listed.start()), dimension)
    return [((e,), column, Filter(key, unquoted(values[e]))) for e in dimension.elements]


def _names(text: Stretch, dimension: Dimension) -> dict[str, Stretch]:
    """Read ``{element: name, ...}``."""
    elements = {canonical(e): e for e in dimension.elements}
    names: dict[str, Stretch] = {}
    for part in text.inside().split(","):
        colon = part.surface.find(":")
        key = element_key(part.cut(0, colon)) if colon >= 0 else ""
        if key not in elements or not part.cut(colon + 1):
            hint = f"write `element: name` for each of: {', '.join(dimension.elements[:20])}"
            raise SyntaxFault(f"`{short(part)}` names no element", part.place or text.place, hint)
        names[elements[key]] = part.cut(colon + 1)
    missing = [e for e in dimension.elements if e not in names]
    if missing:
        hint = f"add `{missing[0]}: …`"
        raise SyntaxFault(f"nothing is named for `{missing[0]}`", text.place, hint)
    return names


def _value_column(table: Table, clause: Clause | None, path: Stretch) -> int:
    if clause:
        return table.column(_argument(clause, "the column of values"))
    keys = [canonical(title) for title in table.header]
    if VALUE_COLUMN in keys:
        return keys.index(VALUE_COLUMN)
    hint = f"add `column NAME`; its columns are: {', '.join(table.header[:20])}"
    raise DataError(f"which column of `{table.name}` holds the values?", path.place, hint)


def _series(
    table: Table,
    time: int,
    column: int,
    filters: list[Filter],
    element: tuple[str, ...],
    factor: float,
    path: Stretch,
) -> Series:
    points: dict[float, tuple[float, Row]] = {}
    for row in table.rows:
        if any(row.cells[f.column].strip() != f.value for f in filters):
            continue
        at = table.number(row, time)
        value = table.number(row, column) * factor
        if at in points:
            first = points[at][1].line
            hint = f"line {first} gives it already; add a `where` filter, or remove one row"
            raise DataError(f"time {at:g} is there twice", table.place(row, time), hint)
        points[at] = (value, row)
    if not points:
        wanted = " and ".join(f"{table.header[f.column]} = {f.value}" for f in filters)
        message = f"`{table.name}` has no row" + (f" with {wanted}" if wanted else "")
        raise DataError(message, path.place, _values_hint(table, filters))
    times = np.array(sorted(points), dtype=np.float64)
    values = np.array([points[t][0] for t in sorted(points)], dtype=np.float64)
    if not np.isfinite(values).all():
        hint = "check the scale"
        raise DataError("a scaled value is not a finite number", path.place, hint)
    return Series(times, values, element, f"{table.name}:{table.header[column]}")


def _values_hint(table: Table, filters: list[Filter]) -> str:
    """Say which values the column of the filter that nothing passes has."""
    for chosen in filters:
        values = sorted({row.cells[chosen.column].strip() for row in table.rows})
        if chosen.value not in values:
            shown = ", ".join(values[:10]) + (", …" if len(values) > 10 else "")
            return f"column `{table.header[chosen.column]}` holds: {shown}"
    return "check the filters, or add rows"
