"""What runs show: conditions that do not hold, values out of range or not finite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headwater.errors import HeadwaterError, Place
from headwater.language.names import canonical
from headwater.language.syntax import Name, walk
from headwater.language.units import DIMENSIONLESS, parse_unit
from headwater.model.case import Check
from headwater.model.project import Project
from headwater.model.variables import AnyVariable, Stock
from headwater.simulation.checks.conditions import Prepared, condition_name
from headwater.simulation.checks.findings import (
    Finding,
    Severity,
    place_of,
    range_severity,
    span_place,
)
from headwater.simulation.checks.lanes import Outcome
from headwater.simulation.finite import Record, culprit_error
from headwater.simulation.labels import label
from headwater.simulation.layout import SavedVariable

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
ROUNDING = 1e-9


@dataclass(slots=True)
class Tally:
    """How often something was seen. ``first`` describes the first time."""

    severity: Severity
    subject: str
    what: str
    place: Place | None
    hint: str
    first: str = ""
    central: bool = False
    bad: int = 0
    runs: int = 0

    def finding(self, variant: str) -> Finding:
        """Return the tally as one finding."""
        share = "" if self.bad == self.runs else f", in {self.bad} of {self.runs} runs"
        message = f"{self.what} {self.first}{share}"
        return Finding(self.severity, self.subject, message, self.place, self.hint, variant)


class Watch:
    """Looks at outcomes one by one and remembers what is wrong."""

    def __init__(self, prepared: Prepared, project: Project, policies: Sequence[str]) -> None:
        self.prepared = prepared
        self.project = project
        self.policies = policies
        self.tallies: dict[tuple[str, str], Tally] = {}
        self.checked = 0
        self.ran = 0

    def findings(self, variant: str) -> Iterator[Finding]:
        """Yield everything seen, one finding for each thing that is wrong."""
        for (subject, _), tally in self.tallies.items():
            if subject == "finite":
                tally.runs = self.ran
            if tally.bad:
                yield tally.finding(variant)

    def look(self, outcome: Outcome) -> None:
        """Look at one scenario."""
        if outcome.scenario.check:
            self._condition(outcome, outcome.scenario.check)
            return
        for number, check in self.prepared.checks.items():
            if not check.overrides:
                self._condition(outcome, number)
        finite = self._finite(outcome)
        for saved in outcome.arm.built.layout.variables:
            variable = self.project.by_key.get(saved.key)
            if variable is not None:
                self._limits(outcome, saved, variable, finite)

    def _condition(self, outcome: Outcome, number: int) -> None:
        check = self.prepared.checks[number]
        layout = outcome.arm.built.layout
        key = canonical(condition_name(number))
        saved = next(v for v in layout.variables if v.key == key)
        fails = outcome.of(saved) != 1.0
        if check.at is not None:
            fails = fails & (np.abs(outcome.times - check.at) < ROUNDING)[None, :, None]
        elif saved.static:
            fails = fails[:, :1]
        tally = self._tally(
            ("check", str(number)),
            "error",
            "checks",
            f'the check "{check.title}" does not hold',
            span_place(check.span),
        )
        self._count(tally, outcome, saved, fails)
        if tally.first and not tally.hint:
            tally.hint = _values(outcome, check, fails)

    def _finite(self, outcome: Outcome) -> Bools:
        """Return which runs are finite; tell where the others begin not to be."""
        built = outcome.arm.built
        rows = built.checked_rows
        bad = ~np.isfinite(outcome.values) & rows[:, None, None]
        runs: Bools = np.asarray(bad.any(axis=(0, 1)))
        self.ran += len(runs)
        if not runs.any():
            return ~runs
        run = int(np.flatnonzero(runs)[0])
        record = Record(built.project, built.layout, outcome.times, outcome.values[:, :, run])
        error = culprit_error(record)
        if error is not None:
            found = error.diagnostics[0]
            start = bool(bad[:, 0, 0].any())
            tally = self._tally(
                ("finite", found.message),
                "broken" if start else "error",
                "finite values",
                found.message,
                found.place,
            )
            tally.hint = found.hint
            tally.first = tally.first or self._where(outcome, run)
            tally.bad += int(runs.sum())
        return ~runs

    def _limits(
        self, outcome: Outcome, saved: SavedVariable, variable: AnyVariable, finite: Bools
    ) -> None:
        values = outcome.of(saved)
        limits = variable.range
        if limits is not None:
            slack = ROUNDING * max(abs(limits.low), abs(limits.high), 1e-300)
            slack = slack if np.isfinite(slack) else ROUNDING
            outside = (values < limits.low - slack) | (values > limits.high + slack)
            tally = self._tally(
                ("range", saved.key),
                range_severity(self.project),
                "ranges",
                f"`{saved.name}` leaves its range {limits.low:g} to {limits.high:g}",
                place_of(variable),
            )
            self._count(tally, outcome, saved, outside & finite)
        elif isinstance(variable, Stock) and _is_physical(variable):
            scale = np.abs(values).max(axis=(0, 1), where=np.isfinite(values), initial=0.0)
            # A stock that starts below zero, such as a height or a net position, may be there.
            negative = (values < -ROUNDING * scale) & (values[:, :1] >= 0)
            tally = self._tally(
                ("negative", saved.key),
                "warning",
                "stocks below zero",
                f"the stock `{saved.name}` falls below zero",
                place_of(variable),
            )
            tally.hint = "limit its outflow by what is there, or state a `range` that allows it"
            self._count(tally, outcome, saved, negative & finite)

    def _tally(
        self,
        key: tuple[str, str],
        severity: Severity,
        subject: str,
        what: str,
        place: Place | None,
    ) -> Tally:
        if key not in self.tallies:
            self.tallies[key] = Tally(severity, subject, what, place, "")
        return self.tallies[key]

    def _count(self, tally: Tally, outcome: Outcome, saved: SavedVariable, bad: Bools) -> None:
        """Count the runs in which anything is bad: ``bad`` is (elements, times, runs)."""
        runs: Bools = np.asarray(bad.any(axis=(0, 1)))
        tally.runs += len(runs)
        tally.bad += int(runs.sum())
        if not runs.any() or tally.first:
            return
        run = int(np.flatnonzero(runs)[0])
        step = int(np.flatnonzero(bad[:, :, run].any(axis=0))[0])
        element = int(np.flatnonzero(bad[:, step, run])[0])
        value = float(outcome.of(saved)[element, step, run])
        name = "" if saved.name.startswith("$") else f"{_element(outcome, saved, element)} = "
        shown = f": {name}{value:g}" if name else ""
        place = "" if saved.static else f"at time {outcome.times[step]:g} "
        tally.first = f"{place}{self._where(outcome, run)}{shown}"

    def _where(self, outcome: Outcome, run: int) -> str:
        policy = outcome.scenario.policy
        under = f" under policy `{self.policies[policy - 1]}`" if policy else ""
        number = outcome.first + run
        return ("with central values" if number == 0 else f"in draw {number - 1}") + under


def _is_physical(stock: Stock) -> bool:
    if not stock.unit:
        return False
    try:
        return parse_unit(stock.unit) != DIMENSIONLESS
    except HeadwaterError:
        return True


def _element(outcome: Outcome, saved: SavedVariable, position: int) -> str:
    if not saved.shape:
        return saved.name
    layout = outcome.arm.built.layout
    indices = np.unravel_index(position, saved.shape)
    names = [
        str(layout.coordinates[d][int(i)]) for d, i in zip(saved.dimensions, indices, strict=True)
    ]
    return label(saved.name, names)


def _values(outcome: Outcome, check: Check, fails: Bools) -> str:
    """Return the values of the variables that a failed condition names."""
    run = int(np.flatnonzero(fails.any(axis=(0, 1)))[0])
    step = int(np.flatnonzero(fails[:, :, run].any(axis=0))[0])
    saved = {v.key: v for v in outcome.arm.built.layout.variables}
    shown: dict[str, str] = {}
    for node in walk(check.condition):
        if not isinstance(node, Name) or node.key not in saved:
            continue
        values = outcome.of(saved[node.key])[:, step, run]
        low, high = values.min(), values.max()
        text = f"{low:.10g}" if low == high else f"{low:.10g} to {high:.10g}"
        shown[saved[node.key].name] = text
    return "there, " + ", ".join(f"{k} = {v}" for k, v in list(shown.items())[:6]) if shown else ""
