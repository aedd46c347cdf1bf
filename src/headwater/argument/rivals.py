"""Which claims each rival structure supports: the verdict of a test taken apart by structure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from headwater.argument.results import TestResult
from headwater.argument.verdicts import Share, Verdict, classify


@dataclass(frozen=True, slots=True)
class Stand:
    """Where the structures stand on one condition.

    ``verdicts`` and ``shares`` are by structure: what the test would have said had there been no
    other. ``built_in`` tells that the model could not answer otherwise; such a condition is
    evidence for no structure.
    """

    expectation: str
    title: str
    claims: tuple[str, ...]
    verdicts: Mapping[str, Verdict]
    shares: Mapping[str, Share]
    built_in: bool

    @property
    def apart(self) -> bool:
        """Whether the structures come to different verdicts."""
        return len(set(self.verdicts.values())) > 1

    @property
    def spread(self) -> float:
        """Largest less smallest share; 0 where none can be computed."""
        values = [s.value for s in self.shares.values() if s.cases]
        return max(values) - min(values) if values else 0.0


def stands(result: TestResult) -> tuple[Stand, ...]:
    """Return a row for each expectation of a test, in the order of the case."""
    return tuple(
        Stand(
            expectation=found.expectation.name,
            title=found.expectation.title or found.expectation.name,
            claims=found.expectation.claims,
            verdicts={n: classify({n: s}) for n, s in found.trial.by_variant.items()},
            shares=dict(found.trial.by_variant),
            built_in=found.verdict is Verdict.BY_CONSTRUCTION,
        )
        for found in result.expectations
    )


def counted(rows: tuple[Stand, ...]) -> dict[str, dict[Verdict, int]]:
    """Return how many conditions each structure supports, leaves open and goes against."""
    kinds = (Verdict.HOLDS, Verdict.DEPENDS, Verdict.FAILS)
    names = dict.fromkeys(n for row in rows for n in row.verdicts)
    return {
        name: {
            kind: sum(not r.built_in and r.verdicts.get(name) is kind for r in rows)
            for kind in kinds
        }
        for name in names
    }
