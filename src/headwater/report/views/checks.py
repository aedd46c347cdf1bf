"""What the checks of the model found, summed up for a reader of the report."""

from __future__ import annotations

from dataclasses import dataclass

from headwater.argument.results import Checked, TestResult
from headwater.report import words
from headwater.simulation.checks import Finding

_SUBJECTS = {
    "units": ("Units", "The same units stand on both sides of every equation."),
    "checks": ("Stated conditions", "What any sane model meets, as the case itself states it."),
    "conservation": ("Conservation", "What leaves one stock for another arrives there."),
    "finite values": ("Computable", "Every number can be computed, under every policy."),
    "ranges": ("Ranges", "Values and levers stay within their stated ranges."),
    "stocks below zero": ("No less than nothing", "Nothing that is counted falls below zero."),
    "step and method": (
        "Step and method",
        "The course of the outcomes when time moves in half steps, or another method adds it up.",
    ),
}
_WORSE = {"broken": 0, "error": 0, "warning": 1, "note": 2}
_MARKS = ("fails", "depends", "holds")
_RESULTS = ("not met", "worth a look", "met")


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One group of checks. ``css`` gives it colour and symbol."""

    title: str
    meaning: str
    css: str
    result: str
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChecksView:
    """All groups, and what was run for them."""

    rows: tuple[CheckRow, ...]
    sample: str


def checks_view(result: TestResult) -> ChecksView | None:
    """Return the summary; None where the model was not checked."""
    if result.checked is None:
        return None
    found = result.checked.findings
    stated = len(result.case.checks)
    rows = []
    for subject, (title, meaning) in _SUBJECTS.items():
        own = [f for f in found if f.subject == subject]
        if subject == "checks":
            meaning = f"{meaning} There {_are(stated)}."
            if not stated:
                continue
        rows.append(_row(title, meaning, own))
    others = [f for f in found if f.subject not in _SUBJECTS and f.severity != "note"]
    if others:
        rows.append(_row("Other findings", "What else is to be said of the model.", others))
    return ChecksView(tuple(rows), _sample(result, result.checked))


def _are(stated: int) -> str:
    return f"{'is' if stated == 1 else 'are'} {words.count(stated, 'such condition')}"


def _row(title: str, meaning: str, findings: list[Finding]) -> CheckRow:
    worst = min((_WORSE[f.severity] for f in findings), default=2)
    told = tuple(_told(f) for f in findings)
    return CheckRow(title, meaning, _MARKS[worst], _RESULTS[worst], tuple(dict.fromkeys(told)))


def _told(finding: Finding) -> str:
    structure = f" (structure {words.name(finding.variant)})" if finding.variant else ""
    return finding.message.replace("`", "") + structure


def _sample(result: TestResult, checked: Checked) -> str:
    structures = max(1, len(result.settings.variants))
    of = f" under each of {structures} structures" if structures > 1 else ""
    return (
        f"Run at central values and over {words.count(checked.draws, 'draw')}{of}, seed "
        f"{checked.seed}; prior: inputs drawn from their stated ranges"
    )
