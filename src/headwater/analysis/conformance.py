"""Runs the system dynamics community's test models and compares them with their recorded outputs.

The suite is a folder of folders, each with models in one or more formats and the output of the
vendor's own tool (``output.csv`` or ``output.tab``, and for Stella ``output_stella*.csv``).
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from headwater.errors import HeadwaterError, UsageError
from headwater.formats.registry import read_model
from headwater.formats.tables import Column, ResultTable, read_table, split_name
from headwater.model.case import Case
from headwater.simulation.building import TargetName, Workshop
from headwater.simulation.comparison import TableComparison, compare_tables, table_of
from headwater.simulation.results import Results
from headwater.simulation.run import Request, label_run, run_once

FINDINGS = Path(__file__).with_name("conformance_findings.toml")
EXTENSIONS = (".mdl", ".xmile", ".stmx")
_CANONICAL = ("output.csv", "output.tab")


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of a file that cannot match the recorded output beside it.

    ``reason`` says why, from the specification. What is right instead: ``output`` names another
    file that holds the model's output; ``error`` is a part of the message that it must stop with;
    ``without`` are columns that cannot agree, while all others must; ``until`` is the time up to
    which rows must agree; ``digits`` is how many decimal places the recorded output has; with
    ``unrecorded`` the model runs, and no output is recorded for it.
    """

    reason: str
    output: str = ""
    error: str = ""
    without: tuple[str, ...] = ()
    until: float = math.inf
    digits: int | None = None
    unrecorded: bool = False


@dataclass(frozen=True, slots=True)
class SuiteResult:
    """One model file of the suite. ``file`` is relative to the suite's folder."""

    file: str
    output: str
    comparison: TableComparison | None = None
    error: str = ""
    finding: Finding | None = None

    @property
    def passed(self) -> bool:
        """Whether the file runs like its recorded output, or as its finding says it must."""
        if self.finding and self.finding.error:
            return self.finding.error in self.error
        if self.finding and self.finding.unrecorded:
            return not self.error
        return self.comparison is not None and self.comparison.agrees

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
        return (
            f"{found.columns} columns, worst {worst.size:.2g} of what is allowed: "
            f"`{worst.column}` at {worst.time:g} is {worst.actual:.7g}, expected "
            f"{worst.expected:.7g}"
        )


@cache
def findings() -> dict[str, Finding]:
    """Return the findings by file, as the suite spells it."""
    with FINDINGS.open("rb") as file:
        listed = tomllib.load(file)["finding"]
    return {
        item["file"]: Finding(
            " ".join(item["reason"].split()),
            item.get("output", ""),
            item.get("error", ""),
            tuple(item.get("without", ())),
            float(item.get("until", math.inf)),
            item.get("digits"),
            item.get("unrecorded", False),
        )
        for item in listed
    }


def suite_files(folder: Path) -> list[Path]:
    """Return the model files that have a recorded output, in order. Raises UsageError."""
    if not folder.is_dir():
        raise UsageError(f"`{folder}` is no folder", hint="name a checkout of the test models")
    files = (
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in EXTENSIONS and canonical_output(path) is not None
    )
    return sorted(files)


def canonical_output(model: Path) -> Path | None:
    """Return the recorded output beside a model, None where there is none."""
    return next((p for n in _CANONICAL if (p := model.with_name(n)).is_file()), None)


def run_file(path: Path, folder: Path, target: TargetName = "llvm") -> SuiteResult:
    """Run one model of the suite and compare it. Its own mistakes are part of the result."""
    name = path.relative_to(folder).as_posix()
    finding = findings().get(name)
    output = canonical_output(path)
    if finding is not None and finding.output:
        output = path.with_name(finding.output)
    shown = output.name if output else ""
    try:
        actual = _run(path, target)
        if output is None or (finding and finding.unrecorded):
            return SuiteResult(name, shown, finding=finding)
        comparison = _compare(read_table(output), actual, finding)
    except HeadwaterError as error:
        return SuiteResult(name, shown, error=error.render(), finding=finding)
    return SuiteResult(name, shown, comparison, finding=finding)


def _compare(
    expected: ResultTable, actual: ResultTable, finding: Finding | None
) -> TableComparison:
    if finding is None:
        return compare_tables(expected, actual)
    without = {split_name(name) for name in finding.without}
    columns: list[Column] = []
    for column in expected.columns:
        if column.key not in without:
            early = column.times <= finding.until
            columns.append(Column(column.name, column.times[early], column.values[early]))
    rounding = 0.0 if finding.digits is None else 0.5 * 10.0**-finding.digits
    return compare_tables(ResultTable(tuple(columns)), actual, rounding=rounding)


def _run(path: Path, target: TargetName) -> ResultTable:
    loaded = read_model(path)
    workshop = Workshop(loaded.project if isinstance(loaded, Case) else loaded)
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
    extensions: tuple[str, ...] = EXTENSIONS,
    target: TargetName = "llvm",
    report: Callable[[SuiteResult], None] | None = None,
) -> list[SuiteResult]:
    """Run every model of the suite that has a recorded output, in order.

    ``report`` is called with each result as it comes. Raises UsageError where ``folder`` is none.
    """
    results: list[SuiteResult] = []
    for path in suite_files(folder):
        if path.suffix.lower() in extensions:
            result = run_file(path, folder, target)
            results.append(result)
            if report is not None:
                report(result)
    return results
