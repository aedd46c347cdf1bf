"""What came of a suite, as a table for people (Markdown) and for programs (JSON).

The published suite has a folder a feature: its name is the feature's.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import PurePosixPath

from headwater.analysis.conformance.suite import EXTENSIONS, SuiteResult, Tolerance, counts
from headwater.version import __version__

_SIGNS = {"as recorded": "yes", "by a finding": "finding", "failed": "**no**"}


def totals(results: Sequence[SuiteResult]) -> list[tuple[str, int, int, int, int]]:
    """Return, for each format, its files: all, as recorded, by a finding, failed."""
    return [
        (format_of, sum(states.values()), *(states[s] for s in states))  # type: ignore[misc]
        for format_of, states in sorted(counts(results).items())
    ]


def feature(file: str) -> str:
    """Return the feature that a file of the suite tests: the folder that it lies in.

    >>> feature("tests/lookups/test_lookups.mdl")
    'tests/lookups'
    """
    return PurePosixPath(file).parent.as_posix()


def by_feature(results: Sequence[SuiteResult]) -> dict[str, dict[str, list[SuiteResult]]]:
    """Return the results by feature, and then by format."""
    table: dict[str, dict[str, list[SuiteResult]]] = {}
    for result in results:
        row = table.setdefault(feature(result.file), {})
        row.setdefault(PurePosixPath(result.file).suffix.lower(), []).append(result)
    return table


def to_markdown(results: Sequence[SuiteResult], tolerance: Tolerance) -> str:
    """Return the whole record as Markdown: totals, features by format, findings, files."""
    lines = [
        "# Conformance",
        "",
        f"Headwater {__version__}. Every column and row within {tolerance.relative:g} of the "
        f"recorded value, or {tolerance.absolute:g} of the column's largest.",
        "",
        "| format | files | as recorded | by a finding | failed |",
        "|---|---|---|---|---|",
        *(f"| {f} | {n} | {a} | {b} | {c} |" for f, n, a, b, c in totals(results)),
        "",
        *_features(results),
        *_findings(results),
        *_files(results),
    ]
    return "\n".join(lines) + "\n"


def _features(results: Sequence[SuiteResult]) -> list[str]:
    table = by_feature(results)
    formats = [f for f in EXTENSIONS if any(f in row for row in table.values())]
    lines = [
        "## By feature",
        "",
        "`yes`: as recorded; `finding`: as a written finding says; a number where a folder has "
        "several files.",
        "",
        f"| feature | {' | '.join(formats)} |",
        f"|---|{'---|' * len(formats)}",
    ]
    for name, row in sorted(table.items()):
        cells = (_cell(row.get(f, [])) for f in formats)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return [*lines, ""]


def _cell(results: Sequence[SuiteResult]) -> str:
    if len(results) < 2:
        return _SIGNS[results[0].state] if results else ""
    states = [r.state for r in results]
    parts = [f"{states.count(s)} {sign}" for s, sign in _SIGNS.items() if s in states]
    return ", ".join(parts)


def _findings(results: Sequence[SuiteResult]) -> list[str]:
    known = [r for r in results if r.finding is not None]
    if not known:
        return []
    lines = [f"- `{r.file}`: {r.finding.reason}" for r in known if r.finding]
    return ["## Findings", "", *lines, ""]


def _files(results: Sequence[SuiteResult]) -> list[str]:
    lines = ["## Files", "", "| file | state | outcome |", "|---|---|---|"]
    for result in results:
        outcome = result.describe().replace("|", "\\|")
        lines.append(f"| {result.file} | {result.state} | {outcome} |")
    return lines


def to_json(results: Sequence[SuiteResult], tolerance: Tolerance) -> str:
    """Return the whole record as JSON."""
    record = {
        "headwater": __version__,
        "relative": tolerance.relative,
        "absolute": tolerance.absolute,
        "totals": [
            {"format": f, "files": n, "as recorded": a, "by a finding": b, "failed": c}
            for f, n, a, b, c in totals(results)
        ],
        "files": [_entry(r) for r in results],
    }
    return json.dumps(record, indent=1, ensure_ascii=False) + "\n"


def _entry(result: SuiteResult) -> dict[str, object]:
    entry: dict[str, object] = {
        "file": result.file,
        "feature": feature(result.file),
        "state": result.state,
        "recorded": result.output,
    }
    worst = result.comparison.worst if result.comparison else None
    if worst is not None:
        entry |= {
            "columns": result.comparison.columns if result.comparison else 0,
            "worst": worst.column,
            "time": worst.time,
            "expected": worst.expected,
            "actual": _number(worst.actual),
            "difference": _number(result.difference),
        }
    if result.error:
        entry["error"] = result.error
    if result.finding is not None:
        entry["finding"] = result.finding.reason
    return entry


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
