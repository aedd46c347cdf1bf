"""How far two runs lie apart, variable by variable."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headwater.errors import UsageError, did_you_mean
from headwater.formats.tables import Column, ResultTable
from headwater.language.names import split_label
from headwater.simulation.results.comparison import ABSOLUTE, RELATIVE, Alignment

Key = tuple[str, tuple[str, ...]]
"""The look-up forms of a variable's name and of an element's names."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What may differ: ``relative`` to the first run's value, ``absolute`` as a share of the
    largest size that the variable has in the first run, ``least`` in its own unit.
    """

    relative: float = RELATIVE
    absolute: float = ABSOLUTE
    least: float = 0.0


@dataclass(frozen=True, slots=True)
class Gap:
    """A difference at one time: the two values, and the size that is meant."""

    time: float
    first: float
    second: float
    size: float


@dataclass(frozen=True, slots=True)
class VariableGap:
    """How far a variable is apart: most in size, most in relation to the first run's value.

    ``excess`` is the largest multiple of what is allowed, and ``worst`` where that is.
    """

    name: str
    rows: int
    largest: Gap
    relative: Gap
    worst: Gap
    excess: float

    @property
    def agrees(self) -> bool:
        """Whether no value is further off than allowed."""
        return self.excess <= 1.0


@dataclass(frozen=True, slots=True)
class RunComparison:
    """What came of comparing two runs. Variables stand with the largest excess first."""

    variables: tuple[VariableGap, ...]
    only_first: tuple[str, ...] = ()
    only_second: tuple[str, ...] = ()
    times_only_first: tuple[float, ...] = ()
    times_only_second: tuple[float, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether both have the same variables and times, with values as near as allowed."""
        lacking = self.only_first or self.only_second
        untimely = self.times_only_first or self.times_only_second
        return not lacking and not untimely and all(v.agrees for v in self.variables)

    def furthest(self) -> str:
        """Return where the runs are furthest apart in relation to the first's value, in words."""
        numbers = [v for v in self.variables if v.rows and v.relative.size > 0]
        if not numbers:
            return "no number differs"
        worst = max(numbers, key=lambda v: v.relative.size)
        gap = worst.relative
        return (
            f"the furthest apart is {worst.name} at time {gap.time:g}, {gap.first!r} and "
            f"{gap.second!r}: by {gap.size:.1e} of the first"
        )


def compare_runs(
    first: ResultTable,
    second: ResultTable,
    tolerance: Tolerance | None = None,
    *,
    names: Sequence[str] = (),
    common: bool = False,
) -> RunComparison:
    """Compare two runs, aligned by name (whatever case, blanks and underscores) and by time.

    ``names`` limits the comparison to these variables, elements (``x[a]``) or rows of elements
    (``x[a,*]``); ``common`` to the variables and times that both runs have. An empty cell says
    nothing; a variable with a value at the run's first time alone is a constant, which tools write
    once. Raises :class:`UsageError` for a name that neither run has.
    """
    allowed = tolerance or Tolerance()
    a, b = _with_constants(first), _with_constants(second)
    wanted = [_key(n, first, second) for n in names]
    keys = [k for k in a if not wanted or any(_is_asked(k, w) for w in wanted)]
    others = [k for k in b if not wanted or any(_is_asked(k, w) for w in wanted)]
    gaps: list[VariableGap] = []
    early: dict[float, None] = {}
    late: dict[float, None] = {}
    alignment = Alignment()
    for key in keys:
        if key in b:
            rows, absent = alignment.rows(a[key], b[key])
            early.update(dict.fromkeys(absent))
            late.update(dict.fromkeys(alignment.rows(b[key], a[key])[1]))
            gaps.append(_gap(a[key], b[key], rows, allowed))
    gaps.sort(key=lambda g: -g.excess)
    if common:
        return RunComparison(tuple(gaps))
    return RunComparison(
        tuple(gaps),
        tuple(a[k].name for k in keys if k not in b),
        tuple(b[k].name for k in others if k not in a),
        tuple(sorted(early)),
        tuple(sorted(late)),
    )


def _with_constants(table: ResultTable) -> dict[Key, Column]:
    """Return a run's variables, those that are written at its first time alone at all times."""
    columns = table.by_key()
    longest = max(columns.values(), key=lambda c: len(c.times), default=None)
    if longest is None or len(longest.times) == 1:
        return columns
    start = longest.times.min()
    for key, column in columns.items():
        said = np.flatnonzero(~np.isnan(column.values))
        if len(said) == 1 and column.times[said[0]] == start:
            values = np.full(len(longest.times), column.values[said[0]])
            columns[key] = Column(column.name, longest.times, values)
    return columns


def _key(name: str, first: ResultTable, second: ResultTable) -> Key:
    """Return the look-up form of a name that at least one of the runs has."""
    key = split_label(name)
    columns = (*first.columns, *second.columns)
    if any(_is_asked(c.key, key) for c in columns):
        return key
    near = did_you_mean(name, dict.fromkeys(c.name for c in columns))
    raise UsageError(f"neither run has a variable `{name}`", hint=near or "check its spelling")


def _is_asked(key: Key, wanted: Key) -> bool:
    (name, elements), (wanted_name, chosen) = key, wanted
    if name != wanted_name or (chosen and len(chosen) != len(elements)):
        return False
    return all(c in ("*", e) for c, e in zip(chosen, elements, strict=False))


def _gap(
    column: Column, other: Column, rows: npt.NDArray[np.int64], allowed: Tolerance
) -> VariableGap:
    said = (rows >= 0) & ~np.isnan(column.values)
    said[said] &= ~np.isnan(other.values[rows[said]])
    lost = (rows >= 0) & (np.isnan(column.values) != np.isnan(other.values[np.maximum(rows, 0)]))
    nothing = Gap(math.nan, math.nan, math.nan, 0.0)
    if not said.any():
        excess = math.inf if lost.any() else 0.0
        return VariableGap(column.name, 0, nothing, nothing, nothing, excess)
    x, y, times = column.values[said], other.values[rows[said]], column.times[said]
    if (x == y).all():
        same = Gap(float(times[0]), float(x[0]), float(y[0]), 0.0)
        return VariableGap(column.name, len(x), same, same, same, math.inf if lost.any() else 0.0)
    scale = np.max(np.abs(x[np.isfinite(x)]), initial=0.0)
    gap: npt.NDArray[np.float64]
    with np.errstate(all="ignore"):
        gap = np.where(x == y, 0.0, np.abs(y - x))
        share = np.where(gap == 0.0, 0.0, gap / np.abs(x))
        bound = allowed.relative * np.abs(x) + allowed.absolute * scale + allowed.least
        times_allowed = np.where(gap == 0.0, 0.0, gap / bound)
    sizes = [np.where(np.isnan(v), np.inf, v) for v in (gap, share, times_allowed)]
    gap, share, times_allowed = sizes
    largest, furthest, worst = (int(np.argmax(v)) for v in sizes)

    def at(k: int, size: float) -> Gap:
        return Gap(float(times[k]), float(x[k]), float(y[k]), size)

    return VariableGap(
        column.name,
        int(said.sum()),
        at(largest, float(gap[largest])),
        at(furthest, float(share[furthest])),
        at(worst, float(gap[worst])),
        math.inf if lost.any() else float(times_allowed[worst]),
    )
