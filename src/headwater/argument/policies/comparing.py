"""Compare a case's policies draw by draw: regret, satisficing, and what delay costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from headwater.analysis.calibration.store import PRIOR, drawn_from, posterior_for
from headwater.analysis.robustness import Robustness, robustness
from headwater.argument.batches import Batch
from headwater.argument.conditions import Values, evaluate, names_in, sample_series
from headwater.argument.ensembles import Ensembles
from headwater.argument.plan import Plan, prepare
from headwater.argument.policies.named import (
    first_change,
    less_is_better,
    outcome_named,
    priced_lever,
    times_within,
)
from headwater.argument.policies.settings import Delay, asked_of, delays, only_policy
from headwater.argument.verdicts import Interval, interval
from headwater.errors import UsageError, did_you_mean
from headwater.language.names import canonical
from headwater.language.printer import print_expression
from headwater.language.syntax import Name
from headwater.model.case import Case, Expectation, Outcome

POOLED = ""


@dataclass(frozen=True, slots=True)
class Threshold:
    """What is good enough: at most, or at least, ``value``.

    Where ``relative``, ``value`` is a share of the baseline's outcome in the same case.
    """

    value: float
    at_most: bool
    relative: bool = False

    def met(self, outcome: Values, baseline: Values) -> Values:
        """Return where it is met: 1, 0 or NaN; shapes as given."""
        limit = self.value * baseline if self.relative else np.full_like(outcome, self.value)
        truth = outcome <= limit if self.at_most else outcome >= limit
        return np.where(np.isnan(outcome) | np.isnan(limit), np.nan, truth.astype(np.float64))


@dataclass(frozen=True, slots=True)
class Score:
    """One policy's robustness at one time; ``structure`` is empty where all are pooled."""

    policy: str
    structure: str
    time: float
    robustness: Robustness


@dataclass(frozen=True, slots=True)
class DelayCost:
    """The same policy later: the outcome as a ratio to that of the earlier one, case by case.

    ``worse`` is the share of cases in which delay makes it worse.
    """

    delay: Delay
    structure: str
    time: float
    ratio: Interval | None
    worse: float


@dataclass(frozen=True, slots=True)
class OutcomeComparison:
    """The policies by one outcome."""

    outcome: str
    label: str
    unit: str
    lower_is_better: bool
    scores: tuple[Score, ...]
    delays: tuple[DelayCost, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A condition that an expectation states of one policy, asked of every policy in turn.

    ``shares`` has the share of cases by policy and structure (empty: pooled).
    """

    expectation: Expectation
    shares: Mapping[tuple[str, str], float]


@dataclass(frozen=True, slots=True)
class Comparison:
    """All of it. ``efforts`` are by policy: see :class:`CompareOptions`."""

    policies: tuple[str, ...]
    baseline: str
    structures: tuple[str, ...]
    times: tuple[float, ...]
    outcomes: tuple[OutcomeComparison, ...]
    asked: tuple[Asked, ...]
    efforts: Mapping[str, float]
    runs: int
    seed: int
    simulations: int
    drawn_from: str = PRIOR


@dataclass(frozen=True, slots=True)
class CompareOptions:
    """What to compare. ``posterior``: the result of a fit, to draw the fitted constants from.

    ``lower_is_better`` of None: as the case says of each outcome, or as the ``threshold`` does.

    ``costs`` prices levers: the *effort* of a policy is the mean over time, from the first of
    ``times`` that a policy names to the end, of each lever's distance from its baseline as a share
    of its stated range, times its cost. Levers without a cost are free; no costs, no efforts.
    """

    outcomes: Sequence[str] = ()
    times: Sequence[float] = ()
    lower_is_better: bool | None = None
    threshold: Threshold | None = None
    expectations: Sequence[str] = ()
    costs: Mapping[str, float] | None = None
    runs: int = 1000
    seed: int = 1
    threads: int = 0
    progress: bool = True
    posterior: Path | None = None


def compare_policies(case: Case, options: CompareOptions) -> Comparison:
    """Run every policy (probes left out) on common draws and compare them case by case.

    Raises:
        CaseError: the case is not in order.
        UsageError: a name, time or number that does not fit, or fewer than two policies.
    """
    own = replace(case, policies=tuple(p for p in case.policies if not p.probe))
    if len(own.policies) < 2:
        raise UsageError(
            "the case declares fewer than two policies, so there is nothing to compare",
            hint="add `policy` statements; probes are no policies",
        )
    return _Comparing(case, own, options).compare()


@dataclass(frozen=True, slots=True, eq=False)
class _Ran:
    """What is kept of the runs.

    ``outcomes`` is (outcomes, times, policies, structures, runs), ``truth`` of what is asked is
    (conditions, policies, structures, runs).
    """

    outcomes: Values
    truth: Values
    efforts: Mapping[str, float]


@dataclass(slots=True)
class _Comparing:
    """``whole`` is the case as written, ``case`` the one without probes that is run."""

    whole: Case
    case: Case
    options: CompareOptions

    def compare(self) -> Comparison:
        outcomes = [outcome_named(self.case, text) for text in self.options.outcomes or ("",)]
        asked = [self._expectation(name) for name in self.options.expectations]
        limit = self.options.threshold
        at_most = limit.at_most if limit else None
        less = [less_is_better(o, self.options.lower_is_better, at_most) for o in outcomes]
        times = times_within(self.case, self.options.times)
        plan = self._plan(outcomes, asked)
        ensembles = Ensembles(
            plan,
            self.options.seed,
            self.case.defaults.design,
            self.options.threads,
            self.options.progress,
            posterior_for(self.whole, self.options.posterior),
        )
        policies, structures = ensembles.policies, ensembles.variants
        ran = self._run(ensembles, outcomes, asked, times)
        found = tuple(
            compared(
                self.case,
                o,
                values,
                times,
                policies,
                structures,
                lower_is_better=lower,
                threshold=limit,
            )
            for o, lower, values in zip(outcomes, less, ran.outcomes, strict=True)
        )
        return Comparison(
            policies=policies,
            baseline=policies[0],
            structures=structures,
            times=times,
            outcomes=found,
            asked=tuple(
                Asked(e, _shares(t, policies, structures))
                for e, t in zip(asked, ran.truth, strict=True)
            ),
            efforts=ran.efforts if self.options.costs else {},
            runs=self.options.runs,
            seed=self.options.seed,
            simulations=ensembles.simulations,
            drawn_from=drawn_from(ensembles.posterior),
        )

    def _run(
        self,
        ensembles: Ensembles,
        outcomes: Sequence[Outcome],
        asked: Sequence[Expectation],
        times: Sequence[float],
    ) -> _Ran:
        policies, structures = ensembles.policies, ensembles.variants
        shape = (len(policies), len(structures), self.options.runs)
        kept = np.full((len(outcomes), len(times), *shape), np.nan)
        truth = np.full((len(asked), *shape), np.nan)
        effort: dict[str, list[float]] = {p: [] for p in policies}
        for batch in ensembles.batches(self.options.runs):
            where = slice(batch.first, batch.first + batch.runs)
            row = structures.index(batch.variant)
            for p, policy in enumerate(policies):
                for o, outcome in enumerate(outcomes):
                    series = sample_series(outcome.variable, batch, policy, np.array(times))
                    kept[o, :, p, row, where] = series.T
                for e, expectation in enumerate(asked):
                    condition = asked_of(expectation.condition, only_policy(expectation), policy)
                    truth[e, p, row, where] = evaluate(condition, batch)
                effort[policy].append(self._effort(batch, policy))
        return _Ran(kept, truth, {p: float(np.mean(v)) for p, v in effort.items()})

    def _effort(self, batch: Batch, policy: str) -> float:
        total = 0.0
        grid = batch.times[batch.times >= first_change(self.case)]
        for lever, cost in (self.options.costs or {}).items():
            variable = priced_lever(self.case, lever)
            name = Name(variable.name)
            moved = sample_series(name, batch, policy, grid) - sample_series(
                name, batch, batch.baseline, grid
            )
            assert variable.range is not None
            width = variable.range.high - variable.range.low
            total += cost * float(np.nanmean(np.abs(moved))) / width
        return total

    def _plan(self, outcomes: Sequence[Outcome], asked: Sequence[Expectation]) -> Plan:
        plan = prepare(self.whole)
        wanted = {n.key for o in outcomes for n in names_in([o.variable])}
        for expectation in asked:
            needs = plan.needs[expectation.name]
            wanted |= needs.variables.keys() | needs.constants.keys()
        wanted |= {priced_lever(self.case, name).key for name in self.options.costs or {}}
        return replace(plan, case=self.case, outputs=tuple(sorted(wanted)))

    def _expectation(self, name: str) -> Expectation:
        by_name = {e.name: e for e in self.case.expectations}
        if name not in by_name:
            raise UsageError(f"no expectation `{name}`", hint=did_you_mean(name, by_name))
        only_policy(by_name[name])
        return by_name[name]


def compared(
    case: Case,
    outcome: Outcome,
    values: Values,
    times: Sequence[float],
    policies: Sequence[str],
    structures: Sequence[str],
    *,
    lower_is_better: bool,
    threshold: Threshold | None,
) -> OutcomeComparison:
    """Compare policies by one outcome, case by case.

    ``values`` is (times, policies, structures, runs), the baseline first among the policies.
    """
    scores: list[Score] = []
    late: list[DelayCost] = []
    for time, at in zip(times, values, strict=True):
        for structure, pool in _pools(at, structures):
            good = threshold.met(pool, pool[:1]) if threshold else None
            found = robustness(pool, good, lower_is_better=lower_is_better)
            scores += [Score(p, structure, time, r) for p, r in zip(policies, found, strict=True)]
            for delay in delays(case):
                early = pool[policies.index(canonical(delay.early))]
                later = pool[policies.index(canonical(delay.late))]
                cost = _delay_cost(delay, structure, time, early, later, lower_is_better)
                late.append(cost)
    variable = case.project.find(outcome.variable.key)
    return OutcomeComparison(
        outcome=print_expression(outcome.variable),
        label=outcome.label or print_expression(outcome.variable),
        unit=variable.unit if variable else "",
        lower_is_better=lower_is_better,
        scores=tuple(scores),
        delays=tuple(late),
    )


def _pools(at: Values, structures: Sequence[str]) -> list[tuple[str, Values]]:
    """Return the cases of all structures together, and of each where there are several."""
    pools = [(POOLED, at.reshape(len(at), -1))]
    if len(structures) > 1:
        pools += [(name, at[:, k]) for k, name in enumerate(structures)]
    return pools


def _shares(
    truth: Values, policies: Sequence[str], structures: Sequence[str]
) -> dict[tuple[str, str], float]:
    found = {}
    for structure, pool in _pools(truth, structures):
        for policy, row in zip(policies, pool, strict=True):
            known = row[~np.isnan(row)]
            found[policy, structure] = float(known.mean()) if known.size else float("nan")
    return found


def _delay_cost(
    delay: Delay, structure: str, time: float, early: Values, late: Values, lower: bool
) -> DelayCost:
    with np.errstate(all="ignore"):
        ratio = late / early
    known = np.isfinite(early) & np.isfinite(late)
    worse = (late > early) if lower else (late < early)
    share = float(worse[known].mean()) if known.any() else float("nan")
    return DelayCost(delay, structure, time, interval(ratio), share)
