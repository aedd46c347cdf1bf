"""A fit as a function: from numbers to be fitted to payoffs, many runs at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

import numpy as np
import numpy.typing as npt

from headwater.analysis.calibration.free import Free, choose_free
from headwater.analysis.calibration.payoff import (
    draw_data,
    draw_scale,
    log_density,
    log_density_unscaled,
)
from headwater.analysis.calibration.prior import Prior, make_prior
from headwater.analysis.calibration.targets import Target, find_targets, with_outputs
from headwater.analysis.withholding import withheld
from headwater.compiler.fingerprint import program_hash
from headwater.compiler.program import Op
from headwater.errors import UsageError
from headwater.language.names import split_label
from headwater.language.printer import print_expression
from headwater.model.case import Case
from headwater.model.measurement import LogNormalError, NormalError
from headwater.simulation.building import Recipe, Workshop
from headwater.simulation.ensemble import available_threads
from headwater.simulation.experiment import Arm, EnsembleRequest, Experiment, plan_ensemble
from headwater.simulation.sampling import Factor
from headwater.simulation.structure import POLICY_INPUT

Floats = npt.NDArray[np.float64]
MOST_AT_ONCE = 4096
SHORT_WORK = 10_000_000
"""Instructions, times steps and runs, that take a few milliseconds on one processor."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is fitted to what. Empty ``series`` and ``free``: what the case proposes.

    Without ``series`` the period is the case's own, too. ``variant`` empty is the first one;
    ``given`` holds constants at other values.
    """

    series: tuple[str, ...] = ()
    free: tuple[str, ...] = ()
    start: float | None = None
    stop: float | None = None
    variant: str = ""
    given: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """The compiled program with everything that turns scores into payoffs.

    ``targets`` have the points of the fit; ``prior`` has the constants first, then what is
    not stated of measurement errors. ``rows`` tells where a target's points are in the
    program's result. A problem with other data is ``replace(problem, targets=...)``.
    """

    case: Case
    question: Question
    targets: tuple[Target, ...]
    free: Free
    prior: Prior
    experiment: Experiment
    places: tuple[npt.NDArray[np.int64], ...]
    threads: int

    @property
    def arm(self) -> Arm:
        """The program of the variant."""
        return self.experiment.arms[0]

    @property
    def constants(self) -> tuple[Factor, ...]:
        """The constants that are fitted, without the scales of errors."""
        return self.free.factors

    @property
    def points(self) -> int:
        """Number of data points."""
        return sum(t.values.size for t in self.targets)

    def simulate(self, values: Floats) -> Floats:
        """Return the model at all points of all targets: (points, runs).

        ``values`` are those of the constants, (numbers, runs); further rows are not looked at.
        Runs are as many as wanted; they share one stream of random numbers.
        """
        arm, runs = self.arm, values.shape[1]
        result = np.empty((self.points, runs))
        for start in range(0, runs, MOST_AT_ONCE):
            part = slice(start, min(start + MOST_AT_ONCE, runs))
            width = part.stop - part.start
            inputs = np.repeat(arm.built.defaults[:, None], width, axis=1)
            for name, number in arm.given.items():
                inputs[arm.built.rows[name]] = number
            for factor, row in zip(self.constants, values, strict=False):
                for name in factor.labels:
                    inputs[arm.built.rows[name]] = row[part]
            if POLICY_INPUT in arm.built.rows:
                inputs[arm.built.rows[POLICY_INPUT]] = 1.0
            ids = np.zeros(width, dtype=np.int64)
            raw = arm.built.executable.run(
                inputs, ids, self.experiment.seed, threads=self._threads(width)
            )
            saved = self.experiment.selection.apply(raw)
            first = 0
            for row, (target, places) in enumerate(zip(self.targets, self.places, strict=True)):
                stop = first + target.values.size
                result[first:stop, part] = saved[row, places]
                first = stop
        return result

    def _threads(self, runs: int) -> int:
        """Return 1 where the work is so little that starting threads takes longer."""
        program = self.arm.built.program
        instructions = sum(len(b.instructions) for b in program.blocks.values())
        work = instructions * program.clock.steps * runs
        return self.threads if work > SHORT_WORK else 1

    def scales(self, values: Floats, model: Floats, seed: int) -> list[Floats]:
        """Return the scale of every target's error in each run: (runs,) each.

        One that is integrated out is drawn, given the model and the data.
        """
        generator = np.random.default_rng([seed, 6])
        found = []
        for target, part, (fitted, ties) in zip(
            self.targets, self.split(model), self._errors(values), strict=True
        ):
            error = target.error
            if target.unscaled:
                assert isinstance(error, NormalError | LogNormalError)
                fitted = draw_scale(error, target.reference, part, target.values, generator, ties)
            found.append(fitted)
        return found

    def persistences(self, values: Floats) -> list[Floats]:
        """Return the persistence of every target's error in each run: (runs,) each."""
        return [own for _, own in self._error_numbers(values)]

    def payoffs(self, values: Floats, model: Floats) -> Floats:
        """Return the payoff of each target in each run: (targets, runs)."""
        found = np.empty((len(self.targets), values.shape[1]))
        parts, errors = self.split(model), self._errors(values)
        for row, target, part, (scale, ties) in zip(
            found, self.targets, parts, errors, strict=True
        ):
            error = target.error
            if target.unscaled:
                assert isinstance(error, NormalError | LogNormalError)
                reference = target.reference
                row[:] = log_density_unscaled(error, reference, part, target.values, ties)
            else:
                row[:] = log_density(error, scale, part, target.values, ties)
        return found

    def _errors(self, values: Floats) -> list[tuple[Floats, Floats | None]]:
        """Return for each target the scale of its error, and the ties between its points."""
        numbers = self._error_numbers(values)
        return [
            (scale, target.ties(persistence))
            for target, (scale, persistence) in zip(self.targets, numbers, strict=True)
        ]

    def _error_numbers(self, values: Floats) -> list[tuple[Floats, Floats]]:
        """Return scale and persistence of each target's error in each run: (runs,) each.

        They are stated or fitted; a scale that is integrated out is NaN.
        """
        runs = values.shape[1]
        fitted = iter(values[len(self.constants) :])
        found = []
        for target in self.targets:
            stated = np.nan if target.error.scale is None else target.error.scale
            scale = next(fitted) if target.scale_factor else np.full(runs, stated)
            known = target.persistence
            found.append((scale, next(fitted) if known is None else np.full(runs, known)))
        return found

    def split(self, model: Floats) -> list[Floats]:
        """Return the rows of each target: (points of the target, runs) each."""
        ends = np.cumsum([t.values.size for t in self.targets])[:-1]
        return list(np.split(model, ends, axis=0))

    def log_posterior(self, scores: Floats) -> Floats:
        """Return payoff and prior together, but for a constant: (numbers, runs) to (runs,)."""
        values = self.prior.values(scores)
        payoff = self.payoffs(values, self.simulate(values)).sum(axis=0)
        total = payoff + self.prior.log_density(scores)
        return np.where(np.isfinite(total), total, -np.inf)

    def replicate(
        self, model: Floats, scales: Sequence[Floats], persistences: Sequence[Floats], seed: int
    ) -> Floats:
        """Return data as they might have been measured, the runs being true: as ``model``."""
        generator = np.random.default_rng([seed, 7])
        errors = zip(scales, persistences, strict=True)
        parts = [
            draw_data(t.error, scale, part, generator, t.ties(persistence))
            for t, part, (scale, persistence) in zip(
                self.targets, self.split(model), errors, strict=True
            )
        ]
        return np.concatenate(parts)

    def fingerprint(self) -> str:
        """Return a hash of everything that the posterior depends on, but for the seed."""
        digest = sha256(self.arm.built.hash.encode())
        digest.update(repr(sorted(self.arm.given.items())).encode())
        for factor in self.prior.factors:
            digest.update(repr((factor.name, factor.labels, factor.uncertainty)).encode())
        digest.update(self.prior.correlation.tobytes())
        for target in self.targets:
            digest.update(repr((target.label, target.error)).encode())
            digest.update(target.times.tobytes() + target.values.tobytes())
        return digest.hexdigest()


def proposed(case: Case, question: Question) -> Question:
    """Return the question with the case's own ``fit`` statement where it asks for nothing else."""
    own = case.fitting
    if own is None:
        return question
    if not question.series:
        question = replace(
            question,
            series=tuple(print_expression(n) for n in own.series),
            start=own.start if question.start is None else question.start,
            stop=own.stop if question.stop is None else question.stop,
        )
    if not question.free:
        held = {split_label(name)[0] for name in question.given}
        free = tuple(print_expression(n) for n in own.free if n.key not in held)
        question = replace(question, free=free)
    return question


def pose(
    case: Case,
    question: Question,
    *,
    seed: int = 1,
    threads: int | None = None,
    blind_after: float | None = None,
) -> Problem:
    """Work out a fit and compile its program. Nothing is run.

    After ``blind_after`` the model is told nothing: see
    :func:`~headwater.analysis.withholding.withheld`. The data to compare with stay.

    Raises :class:`UsageError` where series or constants cannot be fitted, :class:`DataError` for
    data that their error does not allow, and what the compiler raises.
    """
    question = proposed(case, question)
    kept = _targets_in_period(case, question)
    told = case if blind_after is None else withheld(case, blind_after)
    extended = with_outputs(told, kept)
    workshop = Workshop(extended.project, extended)
    variant = question.variant or (case.variants[0].name if case.variants else "")
    project = workshop.project_for(
        Recipe(variant=workshop.variant(variant).name if variant else "")
    )
    outputs = [t.output for t in kept]
    free = choose_free(project, question.free, outputs, tuple(question.given))
    of_errors = [f for t in kept for f in t.error_factors]
    prior = make_prior([*free.factors, *of_errors], case.correlations)
    times = np.unique(np.concatenate([t.times for t in kept]))
    baseline = case.defaults.baseline
    request = EnsembleRequest(
        runs=1,
        seed=seed,
        design="random",
        outputs=outputs,
        policies=[baseline] if baseline else [],
        variants=[variant] if variant else [],
        params=dict(question.given),
        uncertain=free.uncertain,
        times=times,
    )
    experiment = plan_ensemble(workshop, request)
    _must_not_draw(experiment)
    return Problem(
        case=case,
        question=replace(question, variant=variant),
        targets=kept,
        free=free,
        prior=prior,
        experiment=experiment,
        places=tuple(np.searchsorted(times, t.times) for t in kept),
        threads=threads or available_threads(),
    )


def _targets_in_period(case: Case, question: Question) -> tuple[Target, ...]:
    """Return what the model is compared with, where there are data. Raises UsageError."""
    found = find_targets(
        case,
        question.series,
        workshop=Workshop(case.project, case),
        start=question.start,
        stop=question.stop,
    )
    kept = tuple(t for t in found if t.values.size)
    if not kept:
        raise UsageError(
            "no data lie in the period of the fit",
            hint=f"chosen: {', '.join(t.label for t in found)}; widen the period",
        )
    return kept


def variants_alike(problem: Problem) -> tuple[str, ...]:
    """Return the variants in which the fitted series are computed as in the fitted one.

    A posterior of one of them is a posterior of all of them.
    """
    own = problem.arm.recipe
    workshop = problem.experiment.workshop
    wanted = program_hash(workshop.program_for(own))
    alike = []
    for variant in problem.case.variants:
        program = workshop.program_for(replace(own, variant=variant.name))
        if program_hash(program) == wanted:
            alike.append(variant.name)
    return tuple(alike)


def _must_not_draw(experiment: Experiment) -> None:
    blocks = experiment.arms[0].built.program.blocks.values()
    if any(i.op is Op.RUN for block in blocks for i in block.instructions):
        raise UsageError(
            "what is compared with data draws random numbers, so its payoff is not a function of "
            "the constants",
            hint="take the random functions out, or compare something that does not depend on them",
        )
