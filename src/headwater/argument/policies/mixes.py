"""Search for a better mix of levers: several aims at once, and the trade-offs between them.

A mix holds each lever at one level from a start on. It is judged over cases, not in one of them:
by how the outcome compares with the baseline's in the same case, in all but the worst tenth of the
cases. Three aims are weighed: that figure at each of the times, and the effort of the mix. The
search is NSGA-II (Deb, Pratap, Agarwal and Meyarivan 2002, *IEEE Transactions on Evolutionary
Computation* 6) by pymoo; what it ends with is judged anew on draws that had no part in the search.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from headwater.analysis.calibration.store import PRIOR, Posterior, drawn_from, posterior_for
from headwater.argument.conditions import Values, sample_series
from headwater.argument.ensembles import Ensembles
from headwater.argument.plan import Plan, prepare
from headwater.argument.policies.named import (
    first_change,
    less_is_better,
    outcome_named,
    priced_lever,
    times_within,
)
from headwater.errors import MissingExtra, UsageError
from headwater.language.names import canonical
from headwater.language.syntax import Binary, Conditional, Name, Number
from headwater.model.case import Case, Outcome, Policy, Setting
from headwater.model.uncertainty import Uncertainty, Uniform
from headwater.model.variables import Constant, Equation, Lever, Provenance
from headwater.simulation.progress import Bar

MIX = "mix"
PREFIX = "mix_of_"
WORST = 0.9
HOPELESS = 1e12


@dataclass(frozen=True, slots=True)
class Mix:
    """A mix of levers, or a declared policy, and how it did on draws of its own.

    ``levels`` has the level of each lever (empty for a policy, whose name is ``policy``). ``aims``
    has, for each time, the ratio of the outcome to the baseline's that is met or bettered in nine
    cases of ten. ``effort`` is the mean distance of the levers from the baseline, as a share of
    their ranges times their price.
    """

    policy: str
    levels: Mapping[str, float]
    aims: tuple[float, ...]
    effort: float


@dataclass(frozen=True, slots=True)
class Mixes:
    """What a search found: mixes of which none is better than another in every aim.

    ``policies`` are the declared ones, judged on the same draws.
    """

    outcome: Outcome
    lower_is_better: bool
    times: tuple[float, ...]
    start: float
    levers: tuple[str, ...]
    found: tuple[Mix, ...]
    policies: tuple[Mix, ...]
    searched: int
    scenarios: int
    runs: int
    seed: int
    simulations: int
    drawn_from: str = PRIOR


@dataclass(frozen=True, slots=True)
class MixOptions:
    """How to search. ``levers``: all that a policy sets, if empty. ``prices`` default to 1.

    ``lower_is_better`` of None: as the case says of the outcome.

    With ``posterior``, the result of a fit, the constants that it fitted are drawn from there.
    """

    outcome: str = ""
    times: Sequence[float] = ()
    lower_is_better: bool | None = None
    levers: Sequence[str] = ()
    prices: Mapping[str, float] | None = None
    budget: float | None = None
    start: float | None = None
    members: int = 48
    generations: int = 25
    scenarios: int = 60
    runs: int = 500
    seed: int = 1
    threads: int = 0
    progress: bool = True
    posterior: Path | None = None


def search_mixes(case: Case, options: MixOptions) -> Mixes:
    """Search for mixes of levers.

    Raises:
        CaseError: the case is not in order.
        UsageError: a name, time or lever that does not fit.
        MissingExtra: pymoo is not installed.
    """
    _require_pymoo()
    own = replace(case, policies=tuple(p for p in case.policies if not p.probe))
    set_by_policies = dict.fromkeys(s.lever.key for p in own.policies for s in p.settings)
    levers = tuple(priced_lever(own, name) for name in options.levers or set_by_policies)
    if not levers:
        raise UsageError(
            "no policy sets a lever, so there is nothing to mix", hint="add `policy` statements"
        )
    unknown = {canonical(name) for name in options.prices or {}} - {v.key for v in levers}
    if unknown:
        raise UsageError(f"`{min(unknown)}` has a price but is not among the levers that are mixed")
    posterior = posterior_for(case, options.posterior)
    return _Mixing(own, prepare(case), levers, options, posterior).search()


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """How the declared policies do on some draws, the baseline first.

    ``fitted`` are the draws of fitted constants. ``outcomes`` is (policies, structures, runs,
    times); ``paths`` the levers' mean levels from the start on, (policies, levers, saved times).
    """

    draws: Values
    fitted: Mapping[str, Values]
    outcomes: Values
    paths: Values


class _Mixing:
    """One search. Levels are shares of the levers' ranges: (mixes, levers)."""

    def __init__(
        self,
        case: Case,
        plan: Plan,
        levers: tuple[Lever, ...],
        options: MixOptions,
        posterior: Posterior | None,
    ) -> None:
        self.case, self.levers, self.options = case, levers, options
        self.outcome = outcome_named(case, options.outcome)
        self.lower_is_better = less_is_better(self.outcome, options.lower_is_better)
        self.times = times_within(case, options.times)
        self.start = first_change(case) if options.start is None else options.start
        prices = {canonical(name): price for name, price in (options.prices or {}).items()}
        self.prices = np.array([prices.get(v.key, 1.0) for v in levers])
        self.low = np.array([v.range.low for v in levers if v.range])
        self.width = np.array([v.range.high for v in levers if v.range]) - self.low
        outcome = self.outcome.variable.key
        declared = replace(plan, case=case, outputs=(outcome, *(v.key for v in levers)))
        mixed = replace(plan, case=_mixed(case, levers, self.start), outputs=(outcome,))
        self.declared, self.mixed = (
            Ensembles(p, options.seed, case.defaults.design, options.threads, False, posterior)
            for p in (declared, mixed)
        )

    def search(self) -> Mixes:
        options = self.options
        known = self._known(options.scenarios, options.seed)
        candidates = self._evolve(known)
        fresh = self._known(options.runs, options.seed + 1)
        aims = np.concatenate([self._aims(row[None], fresh) for row in candidates])
        efforts = self._efforts(candidates, fresh)
        best = not_dominated(np.column_stack([self._costs(aims), efforts]))
        found = [
            Mix("", self._named(candidates[k]), tuple(aims[k].tolist()), float(efforts[k]))
            for k in best
        ]
        return Mixes(
            outcome=self.outcome,
            lower_is_better=self.lower_is_better,
            times=self.times,
            start=self.start,
            levers=tuple(v.name for v in self.levers),
            found=tuple(sorted(found, key=lambda m: m.effort)),
            policies=tuple(self._policies(fresh)),
            searched=options.members * options.generations,
            scenarios=options.scenarios,
            runs=options.runs,
            seed=options.seed,
            simulations=self.declared.simulations + self.mixed.simulations,
            drawn_from=drawn_from(self.declared.posterior),
        )

    def _evolve(self, known: _Known) -> Values:
        """Return the levels of the mixes that the search ends with."""
        from pymoo.algorithms.moo.nsga2 import NSGA2
        from pymoo.core.evaluator import Evaluator
        from pymoo.core.problem import Problem
        from pymoo.problems.static import StaticProblem

        options, count = self.options, len(self.levers)
        limited = int(options.budget is not None)
        problem = Problem(
            n_var=count, n_obj=len(self.times) + 1, n_ieq_constr=limited, xl=0.0, xu=1.0
        )
        algorithm = NSGA2(pop_size=options.members, sampling=self._first(known))
        algorithm.setup(
            problem, termination=("n_gen", options.generations), seed=options.seed, verbose=False
        )
        with Bar("searching for mixes", options.generations, show=options.progress) as bar:
            while algorithm.has_next():
                asked = algorithm.ask()
                levels = np.asarray(asked.get("X"), dtype=np.float64)
                efforts = self._efforts(levels, known)
                costs = np.column_stack([self._costs(self._aims(levels, known)), efforts])
                answer: dict[str, Any] = {"F": np.where(np.isfinite(costs), costs, HOPELESS)}
                if options.budget is not None:
                    answer["G"] = (efforts - options.budget)[:, None]
                Evaluator().eval(StaticProblem(problem, **answer), asked)
                algorithm.tell(infills=asked)
                bar.advance(1)
        return np.atleast_2d(np.asarray(algorithm.opt.get("X"), dtype=np.float64))

    def _first(self, known: _Known) -> Values:
        """Return the first mixes: spread evenly, and one that leaves the levers as they are."""
        from scipy.stats import qmc

        points = qmc.Sobol(len(self.levers), rng=self.options.seed)
        power = max(1, (self.options.members - 1).bit_length())
        spread = points.random_base2(power)[: self.options.members]
        spread[0] = np.clip((known.paths[0].mean(axis=1) - self.low) / self.width, 0, 1)
        return np.asarray(spread)

    def _aims(self, levels: Values, known: _Known) -> Values:
        """Run mixes on draws and return what each reaches: (mixes, times)."""
        runs, count = known.draws.shape[1], len(levels)
        by_key = dict(zip((f.key for f in self.declared.factors), known.draws, strict=True))
        rows = [
            np.repeat(levels[:, self._place(f.key)], runs)
            if f.key.startswith(PREFIX)
            else np.tile(by_key[f.key], count)
            for f in self.mixed.factors
        ]
        shape = (len(self.mixed.variants), count * runs, len(self.times))
        outcome = np.full(shape, np.nan)
        fitted = {name: np.tile(values, count) for name, values in known.fitted.items()}
        for batch in self.mixed.at(np.array(rows), samples=fitted):
            where = slice(batch.first, batch.first + batch.runs)
            row = self.mixed.variants.index(batch.variant)
            series = sample_series(self.outcome.variable, batch, MIX, np.array(self.times))
            outcome[row, where] = series
        outcome = outcome.reshape(shape[0], count, runs, len(self.times))
        return np.array([self._robust(outcome[:, k], known) for k in range(count)])

    def _robust(self, outcome: Values, known: _Known) -> Values:
        """Return the ratio to the baseline that is bettered in nine cases of ten, at each time."""
        with np.errstate(all="ignore"):
            ratio = outcome / known.outcomes[0]
        quantile = WORST if self.lower_is_better else 1 - WORST
        pools = ratio.reshape(-1, len(self.times)).T
        return np.array([_quantile(pool, quantile) for pool in pools])

    def _costs(self, aims: Values) -> Values:
        return aims if self.lower_is_better else -aims

    def _efforts(self, levels: Values, known: _Known) -> Values:
        actual = self.low + levels * self.width
        return self._effort(np.abs(actual[:, :, None] - known.paths[0]))

    def _effort(self, moved: Values) -> Values:
        return np.asarray((moved.mean(axis=-1) / self.width * self.prices).sum(axis=-1))

    def _policies(self, known: _Known) -> Iterator[Mix]:
        efforts = self._effort(np.abs(known.paths - known.paths[0]))
        for policy, outcome, effort in zip(
            self.declared.policies, known.outcomes, efforts, strict=True
        ):
            yield Mix(policy, {}, tuple(self._robust(outcome, known).tolist()), float(effort))

    def _known(self, runs: int, seed: int) -> _Known:
        policies, structures = self.declared.policies, self.declared.variants
        draws, fitted = self.declared.draws(runs, seed), self.declared.fitted(runs, seed)
        outcomes = np.full((len(policies), len(structures), runs, len(self.times)), np.nan)
        grid = self.declared.times[self.declared.times >= self.start]
        paths = np.zeros((len(policies), len(self.levers), grid.size))
        for batch in self.declared.at(draws, samples=fitted):
            where = slice(batch.first, batch.first + batch.runs)
            row = structures.index(batch.variant)
            for p, policy in enumerate(policies):
                series = sample_series(self.outcome.variable, batch, policy, np.array(self.times))
                outcomes[p, row, where] = series
                for k, lever in enumerate(self.levers):
                    path = sample_series(Name(lever.name), batch, policy, grid)
                    paths[p, k] += path.sum(axis=0) / (runs * len(structures))
        return _Known(draws, fitted, outcomes, paths)

    def _place(self, key: str) -> int:
        return [PREFIX + v.key for v in self.levers].index(key)

    def _named(self, levels: Values) -> dict[str, float]:
        actual = self.low + levels * self.width
        return {v.name: float(x) for v, x in zip(self.levers, actual, strict=True)}


def _mixed(case: Case, levers: Sequence[Lever], start: float) -> Case:
    """Return the case with one policy, which holds each lever at a constant from a start on."""
    first = canonical(case.defaults.baseline)
    baseline = next(p for p in case.policies if canonical(p.name) == first)
    before = {s.lever.key: s.expression for s in baseline.settings}
    mixed = {v.key for v in levers}
    constants: list[Constant] = []
    settings = [s for s in baseline.settings if s.lever.key not in mixed]
    for lever in levers:
        assert lever.range is not None
        name = PREFIX + lever.key
        constants.append(
            Constant(
                name=name,
                unit=lever.unit,
                equations=(Equation(Number(lever.range.low)),),
                uncertainty=Uncertainty(Uniform(lever.range.low, lever.range.high)),
                provenance=Provenance(assumption="a level that is searched"),
            )
        )
        own = before.get(lever.key, lever.equations[0].expression)
        early = Binary("<", Name("time"), Number(start))
        settings.append(Setting(Name(lever.name), Conditional(early, own, Name(name))))
    project = replace(case.project, variables=(*case.project.variables, *constants))
    return replace(
        case,
        project=project,
        policies=(Policy(MIX, settings=tuple(settings)),),
        defaults=replace(case.defaults, baseline=MIX),
    )


def not_dominated(costs: Values) -> list[int]:
    """Return the rows than which no other is at least as low everywhere and lower somewhere."""
    return [
        k
        for k, row in enumerate(costs)
        if not ((costs <= row).all(axis=1) & (costs < row).any(axis=1)).any()
    ]


def _quantile(values: Values, share: float) -> float:
    known = values[np.isfinite(values)]
    return float(np.quantile(known, share)) if known.size else float("nan")


def _require_pymoo() -> None:
    try:
        import pymoo  # noqa: F401
    except ImportError:
        raise MissingExtra(
            "the search for mixes needs pymoo", hint='pip install "headwater[analysis]"'
        ) from None
