"""The size of a test in words."""

from __future__ import annotations

from headwater.argument.following import FOLLOWED_RUNS
from headwater.argument.results import Settings, TestResult
from headwater.report import words


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
