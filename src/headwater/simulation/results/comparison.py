"""Compares tables of results column by column, row by row."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headwater.formats.tables import Column, ResultTable
from headwater.simulation.results.arrays import Results

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]

RELATIVE = 1e-4
"""Allowed difference, as a share of the expected value."""

ABSOLUTE = 1e-6
"""Allowed difference, as a share of the column's largest expected value."""

SAME_TIME = 1e-6
"""Times nearer to each other than this share of the time between rows count as equal."""

PRINTED_TIME = 5e-6
"""The rounding of a time that is printed with six digits, as a share of it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The largest difference in a column. ``size`` is its multiple of what is allowed."""

    column: str
    time: float
    expected: float
    actual: float
    size: float


@dataclass(frozen=True, slots=True)
class TableComparison:
    """What came of comparing two tables.

    ``missing`` are columns, and ``missing_times`` rows, that one table has and the other lacks;
    ``differences`` has one entry a column, the largest first.
    """

    columns: int
    missing: tuple[str, ...]
    missing_times: tuple[float, ...]
    differences: tuple[Difference, ...]

    @property
    def worst(self) -> Difference | None:
        """The column that is furthest off."""
        return self.differences[0] if self.differences else None

    @property
    def agrees(self) -> bool:
        """Whether every column and row is there and within what is allowed."""
        if self.missing or self.missing_times or not self.columns:
            return False
        return self.worst is None or self.worst.size <= 1.0


def compare_tables(
    expected: ResultTable,
    actual: ResultTable,
    *,
    relative: float = RELATIVE,
    absolute: float = ABSOLUTE,
    rounding: float = 0.0,
) -> TableComparison:
    """Compare every column of ``expected`` with the one of that name in ``actual``.

    Names are compared without regard to case, blanks and underscores. An empty cell of
    ``expected`` says nothing; every other one must have its time and a value in ``actual``.
    ``rounding`` is allowed in addition, where ``expected`` is printed with few digits.
    """
    found = actual.by_key()
    missing: list[str] = []
    times: dict[float, None] = {}
    differences: list[Difference] = []
    alignment = Alignment()
    for column in expected.columns:
        other = found.get(column.key)
        if other is None:
            missing.append(column.name)
            continue
        rows, absent = alignment.rows(column, other)
        times.update(dict.fromkeys(absent))
        differences.append(_difference(column, other, rows, relative, absolute, rounding))
    differences.sort(key=lambda d: -d.size)
    return TableComparison(len(expected.columns), tuple(missing), tuple(times), tuple(differences))


class Alignment:
    """Which rows of two runs' columns are at the same time; columns that share times share that."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], tuple[Floats, Floats, Rows, bool]] = {}

    def rows(self, column: Column, other: Column) -> tuple[Rows, list[float]]:
        """Return, for each row of ``column``, the row of ``other`` at its time, or -1.

        The second part are the times that ``other`` lacks and at which ``column`` has a value.
        """
        key = (id(column.times), id(other.times))
        found = self._known.get(key)
        if found is None:
            rows = _matching_rows(column.times, other.times)
            found = column.times, other.times, rows, bool((rows < 0).any())
            self._known[key] = found
        _, _, rows, lacking = found
        if not lacking:
            return rows, []
        said = np.isfinite(column.values)
        return rows, [float(t) for t in column.times[said & (rows < 0)]]


def _matching_rows(wanted: Floats, given: Floats) -> Rows:
    order = np.argsort(given, kind="stable")
    times = given[order]
    gaps = np.diff(wanted)
    step = float(np.min(np.abs(gaps[gaps != 0]))) if np.any(gaps != 0) else 1.0
    place = np.searchsorted(times, wanted)
    rows = np.full(len(wanted), -1, dtype=np.int64)
    for near in (place - 1, place):
        inside = (near >= 0) & (near < len(times))
        gap = np.abs(times[np.clip(near, 0, len(times) - 1)] - wanted)
        allowed = np.maximum(SAME_TIME * step, PRINTED_TIME * np.abs(wanted))
        hit = inside & (gap <= np.minimum(allowed, step / 4))
        rows[hit] = order[near[hit]]
    return rows


def _difference(
    column: Column,
    other: Column,
    rows: npt.NDArray[np.int64],
    relative: float,
    absolute: float,
    rounding: float,
) -> Difference:
    said = np.isfinite(column.values) & (rows >= 0)
    if not said.any():
        return Difference(column.name, 0.0, 0.0, 0.0, 0.0)
    expected, actual = column.values[said], other.values[rows[said]]
    scale = float(np.max(np.abs(expected)))
    allowed = relative * np.abs(expected) + absolute * scale + rounding
    gap = np.abs(actual - expected)
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.where(gap == 0.0, 0.0, gap / np.where(allowed > 0, allowed, absolute))
    size = np.where(np.isnan(actual), np.inf, size)
    k = int(np.argmax(size))
    return Difference(
        column.name,
        float(column.times[said][k]),
        float(expected[k]),
        float(actual[k]),
        float(size[k]),
    )


def table_of(results: Results) -> ResultTable:
    """Return the results of one run as a table, a column for each element of each variable."""
    times = np.asarray(results.coordinates["time"], dtype=np.float64)
    columns: list[Column] = []
    for item in results.fields:
        own = [d for d in item.dimensions if d != "time"]
        names = [[str(e) for e in results.coordinates[d]] for d in own]
        values = item.values if "time" in item.dimensions else item.values[None]
        flat = np.broadcast_to(values, (len(times), *values.shape[1:])).reshape(len(times), -1)
        for number, cell in enumerate(itertools.product(*names)):
            label = f"{item.name}[{','.join(cell)}]" if cell else item.name
            columns.append(Column(label, times, flat[:, number]))
    return ResultTable(tuple(columns))
