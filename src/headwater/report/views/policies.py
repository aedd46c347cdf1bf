"""Policies judged case by case: regret, good enough, delay, and how far levers are moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from headwater.argument.policies.comparing import DelayCost, OutcomeComparison, Score
from headwater.argument.policies.efforts import PolicyEffort
from headwater.argument.results import Judged, TestResult
from headwater.language.names import canonical
from headwater.model.case import Enough, Outcome
from headwater.report import words
from headwater.report.boxes import quantity
from headwater.report.links import Link, Register


@dataclass(frozen=True, slots=True)
class JudgedRow:
    """One policy at one time. ``good`` is empty where the case does not say what is enough."""

    title: str
    color: str
    median: str
    best: str
    usual: str
    careful: str
    worst: str
    good: str
    width: float


@dataclass(frozen=True, slots=True)
class JudgedTable:
    """All policies at one time, the one with the least regret first."""

    time: str
    rows: tuple[JudgedRow, ...]
    structures: str


@dataclass(frozen=True, slots=True)
class JudgedView:
    """One outcome. ``enough`` says what counts as good enough."""

    label: str
    unit: str
    better: str
    enough: str
    tables: tuple[JudgedTable, ...]
    delays: tuple[str, ...]
    cases: str


@dataclass(frozen=True, slots=True)
class EffortRow:
    """How far one policy moves its levers; ``width`` is its bar, in per cent of the longest."""

    title: str
    color: str
    total: str
    width: float
    levers: tuple[tuple[Link | None, str, str], ...]
    unmeasured: str


def judged_views(
    result: TestResult, titles: Mapping[str, str], colors: Mapping[str, str]
) -> dict[Outcome, JudgedView]:
    """Return the policies judged by each outcome for which the case says which way is better."""
    if result.judged is None:
        return {}
    directed = [o for o in result.case.outcomes if o.better]
    found = result.judged.compared
    return (
        {
            outcome: _view(result, result.judged, outcome, comparison, titles, colors)
            for outcome, comparison in zip(directed, found, strict=True)
            if comparison.scores
        }
        if found
        else {}
    )


def _view(
    result: TestResult,
    judged: Judged,
    outcome: Outcome,
    found: OutcomeComparison,
    titles: Mapping[str, str],
    colors: Mapping[str, str],
) -> JudgedView:
    times = tuple(dict.fromkeys(s.time for s in found.scores))
    unit = words.unit(found.unit)
    structures = max(1, len(result.settings.variants))
    return JudgedView(
        label=found.label,
        unit=unit,
        better="less" if found.lower_is_better else "more",
        enough=_enough(outcome.good, unit),
        tables=tuple(_table(found, t, result, titles, colors) for t in times),
        delays=tuple(_delays(found.delays, titles, result)),
        cases=words.count(judged.draws * structures, "case"),
    )


def _table(
    found: OutcomeComparison,
    time: float,
    result: TestResult,
    titles: Mapping[str, str],
    colors: Mapping[str, str],
) -> JudgedTable:
    pooled = [s for s in found.scores if s.time == time and not s.structure]
    pooled.sort(key=lambda s: s.robustness.regret_p90)
    longest = max((s.robustness.regret_p90 for s in pooled), default=0.0)
    return JudgedTable(
        words.year(time),
        tuple(_row(s, longest, titles, colors) for s in pooled),
        _least(found.scores, time, result, titles),
    )


def _row(
    score: Score, longest: float, titles: Mapping[str, str], colors: Mapping[str, str]
) -> JudgedRow:
    r = score.robustness
    return JudgedRow(
        title=titles.get(score.policy, words.name(score.policy)),
        color=colors.get(score.policy, "var(--muted)"),
        median=words.number(r.median),
        best=words.percent(r.best),
        usual=words.number(r.regret_median),
        careful=words.number(r.regret_p90),
        worst=words.number(r.regret_max),
        good="" if r.good is None else words.percent(r.good),
        width=round(100 * r.regret_p90 / longest, 1) if longest > 0 else 0.0,
    )


def _least(
    scores: Sequence[Score], time: float, result: TestResult, titles: Mapping[str, str]
) -> str:
    """Say which policy has the least regret under each rival structure."""
    if len(result.settings.variants) < 2:
        return ""
    names = {canonical(v.name): v.title or words.name(v.name) for v in result.case.variants}
    best: dict[str, list[str]] = {}
    for structure in result.settings.variants:
        own = [s for s in scores if s.time == time and s.structure == structure]
        least = min(own, key=lambda s: s.robustness.regret_p90)
        policy = titles.get(least.policy, words.name(least.policy))
        best.setdefault(policy, []).append(names.get(canonical(structure), structure))
    if len(best) == 1:
        return f"Under every structure “{next(iter(best))}” is regretted least."
    parts = [f"“{policy}” under {words.listing(own)}" for policy, own in best.items()]
    return f"Regretted least: {words.listing(parts)}."


def _enough(good: Enough | None, unit: str) -> str:
    if good is None:
        return ""
    side = "at most" if good.at_most else "at least"
    if good.relative:
        return f"{side} {words.percent(good.value)} of what the baseline gives in the same case"
    return f"{side} {words.number(good.value)} {unit}".strip()


def _delays(
    costs: Sequence[DelayCost], titles: Mapping[str, str], result: TestResult
) -> Iterator[str]:
    unit = result.case.project.sim_specs.time_unit
    for cost in costs:
        if cost.structure:
            continue
        title = titles.get(canonical(cost.delay.early), cost.delay.early)
        yield (
            f"“{title}” begun {quantity(cost.delay.later, unit)} later: in {words.year(cost.time)} "
            f"worse in {words.percent(cost.worse)} of the cases; the outcome is "
            f"{words.interval(cost.ratio)} times that of the earlier start."
        )


def effort_rows(
    efforts: Sequence[PolicyEffort],
    titles: Mapping[str, str],
    colors: Mapping[str, str],
    register: Register,
) -> tuple[EffortRow, ...]:
    """Return how far each policy moves its levers."""
    longest = max((e.total for e in efforts), default=0.0)
    if longest <= 0:
        return ()
    return tuple(
        EffortRow(
            title=titles.get(e.policy, words.name(e.policy)),
            color=colors.get(e.policy, "var(--muted)"),
            total=words.number(e.total, 2),
            width=round(100 * e.total / longest, 1),
            levers=tuple(
                (register.variable(m.lever), words.name(m.lever), words.percent(m.effort))
                for m in e.levers
            ),
            unmeasured=words.listing([words.name(n) for n in e.unmeasured]),
        )
        for e in efforts
    )
