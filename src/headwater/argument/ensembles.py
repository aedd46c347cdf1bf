"""The ensembles behind a test: every one on the same draws, through the same programs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from headwater.analysis.calibration.store import Posterior
from headwater.analysis.regional import Inputs
from headwater.argument.batches import Array, Batch
from headwater.argument.conditions import Values
from headwater.argument.plan import Plan
from headwater.language.names import canonical, split_label
from headwater.model.case import Expectation
from headwater.model.uncertainty import Range, Uncertainty, Uniform
from headwater.model.variables import Constant
from headwater.simulation.building import Workshop
from headwater.simulation.ensemble import Chunk, run_chunks
from headwater.simulation.experiment import EnsembleRequest, Experiment, plan_ensemble, resampled
from headwater.simulation.labels import label
from headwater.simulation.sampling import Factor, draw, given_design, make_design
from headwater.simulation.structure import POLICY_INPUT

Progress = Callable[[str], None]


class Ensembles:
    """Runs ensembles of one case and hands them out batch by batch.

    ``policies`` are canonical names, the baseline first; a case without policies has the one
    policy ``""``. ``simulations`` counts what has been run so far. Constants of a ``posterior``
    take its draws, in every variant the same; the others keep their stated uncertainties.
    """

    def __init__(
        self,
        plan: Plan,
        seed: int,
        design: str,
        threads: int,
        progress: bool = True,
        posterior: Posterior | None = None,
    ) -> None:
        self.plan, self.seed, self.design = plan, seed, design
        self.threads, self.progress = threads or None, progress
        self.posterior = posterior
        self.workshop = Workshop(plan.case.project, plan.case)
        self.simulations = 0
        self._planned: dict[tuple[str, ...] | None, Experiment] = {}
        started = time.perf_counter()
        self._first = plan_ensemble(self.workshop, self._request(1))
        self.compile_seconds = time.perf_counter() - started
        self.variants = self._first.variants
        self.policies = policy_keys(self._first)
        self.times: Values = self._first.selection.times

    @property
    def input_names(self) -> tuple[str, ...]:
        """Names of the sampled constants of all variants."""
        factors = (f.name for arm in self._first.arms for f in arm.factors)
        return tuple(dict.fromkeys([*factors, *self._samples(1)]))

    @property
    def drawn_from(self) -> str:
        """Where the constants' values come from, in words."""
        return self.posterior.description if self.posterior else "prior"

    @property
    def program_hashes(self) -> Mapping[str, str]:
        """Fingerprint of each variant's program."""
        return {arm.variant or "model": arm.built.hash for arm in self._first.arms}

    def batches(
        self,
        runs: int,
        expectations: Sequence[Expectation] | None = None,
        *,
        fixed: Mapping[str, float] | None = None,
        freed: Mapping[str, Range] | None = None,
    ) -> Iterator[Batch]:
        """Yield batches of an ensemble, every variant over the same runs.

        With ``expectations`` only the policies that they compare are run. ``fixed`` and ``freed``
        replace the ranges of the constants they name.
        """
        base = self._request(runs)
        freed_keys = {label(*split_label(n)) for n in freed or {}}
        request = replace(
            base,
            samples={
                n: v
                for n, v in (base.samples or {}).items()
                if not {label(*split_label(n)), split_label(n)[0]} & freed_keys
            },
            params=dict(fixed or {}),
            uncertain={n: Uncertainty(Uniform(r.low, r.high)) for n, r in (freed or {}).items()},
            only=self._needed(expectations),
        )
        experiment = plan_ensemble(self.workshop, request)
        for chunk in run_chunks(experiment, threads=self.threads, progress=self.progress):
            batch = self._batch(chunk)
            self.simulations += batch.runs * len(batch.policies)
            yield batch

    def central(self) -> Batch:
        """Return the run of the first variant at central values, under the baseline.

        Those of fitted constants are the medians of the posterior.
        """
        arm = self._first.arms[0]
        inputs = arm.built.defaults[:, None].copy()
        if self.posterior is not None:
            request = replace(self._request(1), samples=self.posterior.medians())
            for name, median in plan_ensemble(self.workshop, request).arms[0].samples.items():
                inputs[arm.built.rows[name]] = median
        if POLICY_INPUT in arm.built.rows:
            inputs[arm.built.rows[POLICY_INPUT]] = 1.0
        raw = arm.built.executable.run(inputs, np.zeros(1, dtype=np.int64), self.seed)
        values = self._first.selection.apply(raw)[:, :, None, :]
        finite = np.ones((1, 1), dtype=np.bool_)
        return self._batch(Chunk(self._first, arm, 0, 1, inputs, values, finite))

    def inputs(self, runs: int) -> Inputs:
        """Return the sampled inputs of the first ``runs`` runs of the test's main ensemble.

        A constant that variants sample differently is given by its place in the range: the
        uniform number behind the draw, which all of them share.
        """
        experiment = plan_ensemble(self.workshop, self._request(self._runs))
        rows = experiment.design.rows(0, runs)
        names: list[str] = []
        units: list[str] = []
        values: list[Values] = []
        by_place: set[str] = set()
        for place, key in enumerate(experiment.design.keys):
            holders = [(a, f) for a in experiment.arms for f in a.factors if f.key == key]
            arm, factor = holders[0]
            same = all(f.uncertainty == factor.uncertainty for _, f in holders)
            names.append(factor.name)
            units.append(arm.built.project.by_key[factor.variable].unit)
            if not same:
                by_place.add(factor.name)
            values.append(draw([factor], rows[place : place + 1])[0] if same else rows[place])
        for name, drawn in self._samples(runs).items():
            names.append(name)
            units.append(self.plan.case.project.by_key[split_label(name)[0]].unit)
            values.append(drawn)
        grid = np.array(values).reshape(len(names), runs)
        return Inputs(names, grid, units, frozenset(by_place))

    def main(self, runs: int) -> Iterator[Batch]:
        """Yield the batches of the main ensemble; its draws are what :meth:`inputs` returns."""
        self._runs = runs
        yield from self.batches(runs)

    def main_experiment(self, runs: int) -> tuple[Experiment, EnsembleRequest]:
        """Return the main ensemble as something that can be run elsewhere; see :meth:`count`."""
        self._runs = runs
        request = self._request(runs)
        return plan_ensemble(self.workshop, request), request

    def count(self, runs: int) -> None:
        """Count runs of one variant that were simulated elsewhere, under every policy."""
        self.simulations += runs * len(self.policies)

    @property
    def factors(self) -> tuple[Factor, ...]:
        """The sampled numbers of all variants: the rows of what :meth:`at` is given.

        Where variants sample a number differently, it is the first one's.
        """
        union: dict[str, Factor] = {}
        for arm in self._first.arms:
            for factor in arm.factors:
                union.setdefault(factor.key, factor)
        return tuple(union[key] for key in self._first.design.keys)

    def factors_of(self, variant: str) -> Mapping[str, Factor]:
        """Return what one variant samples, by key; variants may give one name different ranges."""
        arm = next(a for a in self._first.arms if a.variant == variant)
        return {f.key: f for f in arm.factors}

    def draws(self, runs: int, seed: int) -> Values:
        """Return uniform numbers as the case's design draws them: (factors, runs)."""
        correlations = self.plan.case.correlations
        design = make_design(self.design, runs, seed, self.factors, correlations)
        return design.rows(0, runs)

    def at(
        self,
        points: Values,
        expectations: Sequence[Expectation] | None = None,
        variants: Sequence[str] | None = None,
        samples: Mapping[str, Values] | None = None,
    ) -> Iterator[Batch]:
        """Yield batches of runs at given points instead of at drawn ones.

        ``points`` are uniform numbers, one row for each of the ``factors``, one column a run: 0.5
        is the middle of a range. With ``expectations`` only the policies that they compare are run.
        Constants of a posterior have the values of ``samples``, or are drawn where none are given.
        """
        runs = points.shape[1]
        only = self._needed(expectations)
        if only not in self._planned:
            request = replace(self._request(1), only=only)
            self._planned[only] = plan_ensemble(self.workshop, request)
        planned = self._planned[only]
        if self.posterior is not None:
            own = self._samples(runs) if samples is None else samples
            planned = resampled(planned, own, runs)
        experiment = replace(
            planned,
            runs=runs,
            arms=tuple(a for a in planned.arms if variants is None or a.variant in variants),
            design=given_design(planned.design, points),
        )
        for chunk in run_chunks(experiment, threads=self.threads, progress=False):
            batch = self._batch(chunk)
            self.simulations += batch.runs * len(batch.policies)
            yield batch

    def fitted(self, runs: int, seed: int) -> Mapping[str, Values]:
        """Return the posterior's draws for so many runs; nothing where there is no posterior."""
        return self.posterior.samples(runs, seed) if self.posterior else {}

    def fitted_medians(self, runs: int) -> Mapping[str, Values]:
        """Return the medians of the posterior for so many runs."""
        medians = self.posterior.medians() if self.posterior else {}
        return {name: np.repeat(median, runs) for name, median in medians.items()}

    def _request(self, runs: int) -> EnsembleRequest:
        case = self.plan.case
        names = [p.name for p in case.policies]
        baseline = canonical(case.defaults.baseline)
        names.sort(key=lambda n: canonical(n) != baseline)
        return EnsembleRequest(
            runs=runs,
            seed=self.seed,
            design=self.design,
            outputs=self.plan.outputs,
            policies=names,
            samples=self._samples(runs),
        )

    def _samples(self, runs: int) -> Mapping[str, Values]:
        return self.fitted(runs, self.seed)

    def _needed(self, expectations: Sequence[Expectation] | None) -> tuple[str, ...] | None:
        if expectations is None or not self.plan.case.policies:
            return None
        named = {p for e in expectations for p in self.plan.needs[e.name].policies}
        wanted = {p or self.policies[0] for p in named}
        return tuple(p for p in self.policies if p in wanted)

    def _batch(self, chunk: Chunk) -> Batch:
        return batch_of(chunk, self.policies[0])


def policy_keys(experiment: Experiment) -> tuple[str, ...]:
    """Return the policies' canonical names; one empty name where there are none."""
    return tuple(canonical(p) for p in experiment.policies) or ("",)


def batch_of(chunk: Chunk, baseline: str) -> Batch:
    """Return a chunk of runs as a record that conditions are evaluated over."""
    layout, project = chunk.arm.built.layout, chunk.arm.built.project
    variables: dict[str, Array] = {}
    constants: dict[str, Array] = {}
    for saved in layout.variables:
        values = chunk.array(saved)
        dimensions = {d: [str(e) for e in layout.coordinates[d]] for d in saved.dimensions}
        if isinstance(project.by_key.get(saved.variable), Constant):
            constants[saved.key] = Array(values[0, :, 0], dimensions)
        else:
            variables[saved.key] = Array(values, dimensions)
    return Batch(
        variant=chunk.arm.variant,
        first=chunk.start,
        runs=chunk.stop - chunk.start,
        policies=policy_keys(chunk.experiment)[: chunk.values.shape[2]],
        baseline=baseline,
        times=chunk.experiment.selection.times,
        variables=variables,
        constants=constants,
    )
