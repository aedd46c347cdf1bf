"""Runs the system dynamics community's test models and compares them with their recorded outputs.

The suite is a folder of folders, each with models in one or more formats and the output of the
vendor's own tool (``output.csv`` or ``output.tab``, and for Stella ``output_stella*.csv``).
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import Literal

import numpy as np

from headwater.analysis.conformance.findings import Finding, findings
from headwater.compiler.resolving.flatten import flatten
from headwater.compiler.units.check import check_units
from headwater.errors import DataError, HeadwaterError, UsageError
from headwater.formats.registry import read_model
from headwater.formats.tables import Column, ResultTable, read_table
from headwater.language.names import split_label
from headwater.model.case import Case
from headwater.model.project import Project
from headwater.simulation.building import TargetName, Workshop
from headwater.simulation.results.arrays import Results
from headwater.simulation.results.comparison import (
    ABSOLUTE,
    RELATIVE,
    Alignment,
    TableComparison,
    compare_tables,
    table_of,
)
from headwater.simulation.run import Request, label_run, run_once
from headwater.simulation.side_by_side import interrupts_held

EXTENSIONS = (".mdl", ".xmile", ".stmx")
_CANONICAL = ("output.csv", "output.tab")

State = Literal["as recorded", "by a finding", "failed"]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What may differ: a share of the expected value, and one of the column's largest value."""

    relative: float = RELATIVE
    absolute: float = ABSOLUTE


@dataclass(frozen=True, slots=True)
class SuiteResult:
    """One model file of the suite. ``file`` is relative to the suite's folder.

    ``tolerance`` is what the comparison allowed.
    """

    file: str
    output: str
    comparison: TableComparison | None = None
    error: str = ""
    finding: Finding | None = None
    tolerance: Tolerance = field(default_factory=Tolerance)

    @property
    def passed(self) -> bool:
        """Whether the file runs like its recorded output, or as its finding says it must."""
        if self.finding and self.finding.error:
            return self.finding.error in self.error
        if self.finding and self.finding.unrecorded:
            return not self.error
        return self.comparison is not None and self.comparison.agrees

    @property
    def state(self) -> State:
        """What came of the file, in words."""
        if not self.passed:
            return "failed"
        return "as recorded" if self.finding is None else "by a finding"

    @property
    def difference(self) -> float:
        """The largest difference, relative; the absolute tolerance counts as the relative one."""
        worst = self.comparison.worst if self.comparison else None
        return worst.size * self.tolerance.relative if worst else 0.0

    def describe(self) -> str:
        """Return the outcome in one line."""
        if self.error:
            return self.error.splitlines()[0]
        if self.comparison is None:
            return "runs; no recorded output applies"
        found = self.comparison
        if found.missing:
            return f"{len(found.missing)} columns missing: {', '.join(found.missing[:3])}"
        if found.missing_times:
            times = ", ".join(f"{t:g}" for t in found.missing_times[:3])
            return f"{len(found.missing_times)} rows missing, at {times}"
        worst = found.worst
        if worst is None:
            return "nothing to compare"
        if worst.size == 0.0:
            return f"{found.columns} columns, all equal"
        return (
            f"{found.columns} columns, worst `{worst.column}` at {worst.time:g}: "
            f"{worst.actual:.7g}, expected {worst.expected:.7g}, off by {self.difference:.1e}"
        )


def suite_files(folder: Path) -> list[Path]:
    """Return the model files that have a recorded output or a finding, in order.

    Raises UsageError.
    """
    if not folder.is_dir():
        raise UsageError(f"`{folder}` is no folder", hint="name a checkout of the test models")
    known = findings(folder)
    files = (
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in EXTENSIONS
        and (canonical_output(path) is not None or path.relative_to(folder).as_posix() in known)
    )
    return sorted(files)


def canonical_output(model: Path) -> Path | None:
    """Return the recorded output beside a model, None where there is none."""
    return next((p for n in _CANONICAL if (p := model.with_name(n)).is_file()), None)


def run_file(
    path: Path,
    folder: Path,
    target: TargetName = "llvm",
    tolerance: Tolerance | None = None,
) -> SuiteResult:
    """Run one model of the suite and compare it. Its own mistakes are part of the result."""
    name = path.relative_to(folder).as_posix()
    finding = findings(folder).get(name)
    allowed = tolerance or Tolerance()
    output = canonical_output(path)
    if finding is not None and finding.output:
        output = path.with_name(finding.output)
    shown = output.name if output else ""
    try:
        with warnings.catch_warnings():
            # Data that are missing show in the comparison.
            warnings.simplefilter("ignore")
            project = _load(path)
            wrong = "" if finding is None else _wrong_alarms(project, finding)
            actual = _run(project, target)
        if wrong:
            return SuiteResult(name, shown, error=wrong, finding=finding, tolerance=allowed)
        if output is None or (finding and finding.unrecorded):
            return SuiteResult(name, shown, finding=finding, tolerance=allowed)
        recorded = read_table(output)
        comparison = _compare(recorded, actual, finding, allowed)
        if comparison.agrees:
            _must_be_whole(recorded, actual, finding)
    except HeadwaterError as error:
        return SuiteResult(name, shown, error=error.render(), finding=finding, tolerance=allowed)
    return SuiteResult(name, shown, comparison, finding=finding, tolerance=allowed)


def _compare(
    expected: ResultTable, actual: ResultTable, finding: Finding | None, allowed: Tolerance
) -> TableComparison:
    if not any(np.isfinite(column.values).any() for column in expected.columns):
        raise DataError("the recorded output has no values", hint="record a run of the model again")
    rounding = 0.0
    if finding is not None:
        expected = _recordable(expected, finding)
        rounding = 0.0 if finding.digits is None else 0.5 * 10.0**-finding.digits
    return compare_tables(
        expected,
        actual,
        relative=allowed.relative,
        absolute=allowed.absolute,
        rounding=rounding,
    )


def _must_be_whole(expected: ResultTable, actual: ResultTable, finding: Finding | None) -> None:
    """Raise :class:`DataError` where a recorded output lacks rows of the run, or has one twice.

    Some tools leave out the first row; from its own first time on it must have all.
    """
    hint = "record a run of the model again"
    for column in expected.columns:
        ordered = np.sort(column.times)
        twice = ordered[1:][np.diff(ordered) == 0.0]
        if len(twice):
            raise DataError(f"the recorded output has time {twice[0]:g} twice", hint=hint)
    times = np.unique(np.concatenate([c.times for c in expected.columns]))
    saved = actual.columns[0].times
    until = np.inf if finding is None else finding.until
    due = saved[(saved >= times[0]) & (saved <= until)]
    rows = Column("recorded", times, times)
    _, lacking = Alignment().rows(Column("saved", due, due), rows)
    if lacking:
        listed = ", ".join(f"{t:g}" for t in lacking[:3])
        raise DataError(
            f"the recorded output lacks {len(lacking)} of the run's {len(saved)} saved times, "
            f"at {listed}{', …' if len(lacking) > 3 else ''}",
            hint=hint,
        )


def _recordable(expected: ResultTable, finding: Finding) -> ResultTable:
    """Return the columns and rows of a recorded output that a finding leaves."""
    without = {split_label(name) for name in finding.without}
    columns: list[Column] = []
    for column in expected.columns:
        if column.key not in without:
            early = column.times <= finding.until
            columns.append(Column(column.name, column.times[early], column.values[early]))
    return ResultTable(tuple(columns))


def _load(path: Path) -> Project:
    loaded = read_model(path)
    return loaded.project if isinstance(loaded, Case) else loaded


def unit_alarms(project: Project) -> list[str]:
    """Return the messages about units that contradict each other."""
    return [d.message for d in check_units(flatten(project)) if d.severity == "error"]


def _wrong_alarms(project: Project, finding: Finding) -> str:
    """Return what is wrong with the alarms about units, where a finding says which there are."""
    if not finding.alarms:
        return ""
    left = unit_alarms(project)
    for text in finding.alarms:
        found = next((m for m in left if text in m), None)
        if found is None:
            return f"no alarm about units says `{text}`"
        left.remove(found)
    return f"an alarm about units that should not be: {left[0]}" if left else ""


def _run(project: Project, target: TargetName) -> ResultTable:
    workshop = Workshop(project)
    results = label_run(run_once(workshop, Request(target=target, check_finite=False)))
    table = table_of(results)
    return ResultTable((*_control_columns(results), *table.columns))


def _control_columns(results: Results) -> Iterator[Column]:
    """Yield the control variables of a run, which recorded outputs list as columns."""
    times = np.asarray(results.coordinates["time"], dtype=np.float64)
    step = float(results.attributes["step"])
    gaps = np.diff(times)
    known = {
        "TIME STEP": step,
        "INITIAL TIME": times[0],
        "FINAL TIME": times[-1],
        "SAVEPER": gaps[0] if len(gaps) else step,
        "DT": step,
    }
    for name, value in known.items():
        yield Column(name, times, np.full(len(times), value))


def run_suite(
    folder: Path,
    extensions: Sequence[str] = EXTENSIONS,
    target: TargetName = "llvm",
    tolerance: Tolerance | None = None,
    *,
    jobs: int = 1,
    report: Callable[[SuiteResult], None] | None = None,
) -> list[SuiteResult]:
    """Run every model of the suite that has a recorded output, in order.

    ``jobs`` processes share the work; 0 stands for one a processor. ``report`` is called with each
    result, in the order of the files. Raises UsageError where ``folder`` is none.
    """
    files = [p for p in suite_files(folder) if p.suffix.lower() in extensions]
    jobs = min(jobs or os.cpu_count() or 1, max(1, len(files)))
    results: list[SuiteResult] = []

    def take(result: SuiteResult) -> None:
        results.append(result)
        if report is not None:
            report(result)

    if jobs == 1:
        for path in files:
            take(run_file(path, folder, target, tolerance))
        return results
    others = active_children()
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        with interrupts_held():
            pending = [pool.submit(run_file, p, folder, target, tolerance) for p in files]
        try:
            for future in pending:
                take(future.result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in set(active_children()).difference(others):
                worker.terminate()
            raise
    return results


def counts(results: Sequence[SuiteResult]) -> Mapping[str, Mapping[State, int]]:
    """Return how many files of each format ended in which state."""
    found: dict[str, dict[State, int]] = {}
    for result in results:
        format_of = Path(result.file).suffix.lower()
        states = found.setdefault(format_of, {"as recorded": 0, "by a finding": 0, "failed": 0})
        states[result.state] += 1
    return found
