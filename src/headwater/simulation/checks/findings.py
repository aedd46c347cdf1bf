"""What a check of a model found, as plain data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from headwater.errors import Diagnostic, Place
from headwater.language.source import Span
from headwater.model.project import Project
from headwater.model.variables import AnyVariable

Severity = Literal["broken", "error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("broken", "error", "warning", "note")


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding.

    ``broken``: the model is malformed and cannot be trusted to run; ``error``: it runs and does
    not meet a check; ``warning``: worth a look; ``note``: a measured fact. ``subject`` names the
    group of checks: units, conditions, ranges and so on.
    """

    severity: Severity
    subject: str
    message: str
    place: Place | None = None
    hint: str = ""
    variant: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All findings of a check."""

    findings: tuple[Finding, ...]

    def count(self, severity: Severity) -> int:
        """Return the number of findings of one severity."""
        return sum(f.severity == severity for f in self.findings)

    @property
    def worst(self) -> Severity:
        """The worst severity found; ``note`` where there is nothing to find."""
        return next((s for s in SEVERITIES if self.count(s)), "note")


def range_severity(project: Project) -> Severity:
    """Return how bad a value outside its range is; other tools' ranges are those of sliders."""
    return "error" if project.dialect == "headwater" else "warning"


def place_of(thing: AnyVariable | None) -> Place | None:
    """Return where a variable is declared."""
    return span_place(thing.span) if thing is not None else None


def span_place(span: Span | None) -> Place | None:
    """Return the place of a span that may be missing."""
    return span.place if span else None


def from_diagnostics(
    diagnostics: Iterable[Diagnostic], subject: str, *, broken: bool = True, variant: str = ""
) -> list[Finding]:
    """Return diagnostics of another pass as findings; their errors are ``broken`` or errors."""
    worst: Severity = "broken" if broken else "error"
    return [
        Finding(
            worst if d.severity == "error" else "warning",
            subject,
            d.message,
            d.place,
            d.hint,
            variant,
        )
        for d in diagnostics
    ]
