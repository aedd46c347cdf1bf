"""What is behind a figure, in words: size, seed, and where inputs were drawn from."""

from __future__ import annotations

import math

from headwater.argument.following import FOLLOWED_RUNS
from headwater.argument.results import Settings, TestResult
from headwater.argument.verdicts import Share
from headwater.report import words

PRIOR = "prior"
FEW_RUNS = 1000


def sample(result: TestResult) -> str:
    """Return the size of the ensemble: draws × rival structures × policies."""
    settings = result.settings
    probes = sum(1 for p in result.case.policies if p.probe)
    policies = len(settings.policies) - probes
    parts = [words.count(settings.runs, "draw")]
    if len(settings.variants) > 1:
        parts.append(words.count(len(settings.variants), "rival structure"))
    if policies > 1 or probes:
        found = words.count(policies, "policy", "policies")
        parts.append(f"({found} and {words.count(probes, 'probe')})" if probes else found)
    return " × ".join(parts)


def followed(settings: Settings) -> str:
    """Return the size of the sample behind the charts, which keep the first draws only."""
    draws = min(settings.runs, FOLLOWED_RUNS)
    text = words.count(draws, "draw")
    structures = len(settings.variants)
    if structures > 1:
        text += f" × {structures} structures = {words.count(draws * structures, 'case')}"
    return text


def drawn(settings: Settings) -> str:
    """Return whether inputs are of the prior or of a posterior, and what that means."""
    if settings.drawn_from == PRIOR:
        return "prior: inputs drawn from their stated ranges"
    return f"{settings.drawn_from}; all other inputs drawn from their stated ranges (prior)"


def seeded(settings: Settings) -> str:
    """Return the seed, and where inputs were drawn from: the end of every caption."""
    return f"seed {settings.seed}; {drawn(settings)}"


def caution(result: TestResult) -> str:
    """Return how far shares may be off by chance, with the number of draws that were made."""
    overall = [e.trial.overall for e in result.expectations]
    single = [s for e in result.expectations for s in e.trial.by_variant.values()]
    if not overall:
        return ""
    text = (
        f"With {words.count(result.settings.runs, 'draw')}, another seed may move a share by up "
        f"to {_points(overall)}"
    )
    if len(result.settings.variants) > 1:
        text += f", and under one structure alone by up to {_points(single)}"
    text += " (95% intervals)."
    if result.settings.runs < FEW_RUNS:
        text += " That is coarse: a verdict whose share lies near 10% or 90% could change."
    return text


def _points(shares: list[Share]) -> str:
    """Return the widest sampling error, in percentage points."""
    widest = max((max(s.high - s.value, s.value - s.low) for s in shares), default=math.nan)
    size = 100 * widest
    if math.isnan(size):
        return "any amount"
    return f"{size:.1f} points" if size < 0.95 else f"{words.count(round(size), 'point')}"
