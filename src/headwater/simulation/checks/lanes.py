"""Runs for checks: central values and a few draws, under each policy and each check's overrides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from headwater.compiler.program import Op, Program
from headwater.model.case import Case
from headwater.model.project import Project
from headwater.simulation.building import TargetName, Workshop
from headwater.simulation.checks.conditions import SELECTOR, Prepared, condition_name
from headwater.simulation.distributions import quantile
from headwater.simulation.ensemble import available_threads
from headwater.simulation.experiment import Arm, EnsembleRequest, Experiment, plan_ensemble
from headwater.simulation.finite import keepable_variables
from headwater.simulation.labels import find_element
from headwater.simulation.layout import SavedVariable
from headwater.simulation.params import is_plain, literal_values
from headwater.simulation.structure import POLICY_INPUT

Floats = npt.NDArray[np.float64]
LANE_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Plan:
    """How far to look: draws beside the central run, their seed, and what runs them.

    ``fingerprint`` is that of what is checked: its programs are then kept on disk.
    """

    draws: int = 16
    seed: int = 1
    target: TargetName = "llvm"
    every_variable: bool = True
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A check's overrides (0: none) under a policy (0: the levers' own equations)."""

    check: int = 0
    policy: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """Runs of one scenario: ``values`` is (elements of all outputs, time, run).

    The runs are those from number ``first`` on; number 0 has the central values.
    """

    scenario: Scenario
    experiment: Experiment
    values: Floats
    first: int = 0

    @property
    def arm(self) -> Arm:
        """The program that was run."""
        return self.experiment.arms[0]

    @property
    def times(self) -> Floats:
        """The saved times."""
        return self.experiment.selection.times

    def of(self, variable: SavedVariable) -> Floats:
        """Return one variable: (elements, time, run)."""
        return self.values[variable.start : variable.stop]


def outcomes(
    prepared: Prepared, case: Case | None, scenarios: list[Scenario], plan: Plan
) -> Iterator[Outcome]:
    """Run every scenario at central values and over draws, a bounded piece at a time."""
    experiment = _experiment(prepared, case, plan)
    arm = experiment.arms[0]
    u = experiment.design.rows(0, plan.draws)
    base = np.hstack([_central(arm, prepared.project), arm.inputs(u, 0, plan.draws)])
    if not arm.factors and not _is_random(arm.built.program):
        base = base[:, :1]
    size = arm.built.program.output_size * len(experiment.selection.clock.saved_steps())
    at_once = max(1, LANE_BYTES // (8 * size))
    ids = np.concatenate([[0], np.arange(plan.draws)]).astype(np.int64)
    for piece in _pieces(scenarios, base.shape[1], at_once):
        inputs = np.hstack([_columns(prepared, arm, base, s)[:, runs] for s, runs in piece])
        raw = arm.built.executable.run(
            inputs,
            np.concatenate([ids[runs] for _, runs in piece]),
            plan.seed,
            threads=available_threads(),
        )
        values = experiment.selection.apply(raw)
        done = 0
        for scenario, runs in piece:
            here = slice(done, done + runs.stop - runs.start)
            yield Outcome(scenario, experiment, values[:, :, here], runs.start)
            done = here.stop


def _pieces(
    scenarios: Sequence[Scenario], runs: int, at_once: int
) -> Iterator[list[tuple[Scenario, slice]]]:
    """Yield scenarios with those of their runs that go together, at most ``at_once`` runs."""
    piece: list[tuple[Scenario, slice]] = []
    room = at_once
    for scenario in scenarios:
        first = 0
        while first < runs:
            if not room:
                yield piece
                piece, room = [], at_once
            stop = min(runs, first + room)
            piece.append((scenario, slice(first, stop)))
            first, room = stop, room - (stop - first)
    if piece:
        yield piece


def _is_random(program: Program) -> bool:
    """Tell whether anything is drawn anew in every run."""
    blocks = program.blocks.values()
    return any(i.op is Op.RUN for block in blocks for i in block.instructions)


def _experiment(prepared: Prepared, case: Case | None, plan: Plan) -> Experiment:
    project = prepared.project
    outputs = keepable_variables(project) if plan.every_variable else ()
    conditions = tuple(condition_name(n) for n in prepared.checks)
    request = EnsembleRequest(
        runs=max(1, plan.draws),
        seed=plan.seed,
        outputs=tuple(dict.fromkeys((*outputs, *conditions))),
        params=_inputs(prepared),
        target=plan.target,
    )
    bare = replace(case, variants=(), policies=()) if case else None
    workshop = Workshop(project, bare, check_units=False, fingerprint=plan.fingerprint)
    experiment = plan_ensemble(workshop, request)
    saved = experiment.selection.times
    wanted = [c.at for c in prepared.checks.values() if c.at is not None]
    if set(wanted) <= set(saved.tolist()):
        return experiment
    return plan_ensemble(workshop, replace(request, times=np.union1d(saved, wanted)))


def _inputs(prepared: Prepared) -> dict[str, float]:
    """Return what must be an input besides the sampled constants, at its value in the model."""
    project = prepared.project
    given = {SELECTOR: 0.0}
    if POLICY_INPUT in project.by_key:
        given[POLICY_INPUT] = 0.0
    for overridden in prepared.inputs.values():
        for name in overridden:
            variable, _ = find_element(project, name)
            if variable.uncertainty is None:
                given |= literal_values(project, variable)
    return given


def _central(arm: Arm, project: Project) -> Floats:
    """Return one column of inputs: stated values, and the median where there is none."""
    column = arm.built.defaults[:, None].copy()
    for factor in arm.factors:
        if not is_plain(project.by_key[factor.variable]):
            median = quantile(factor.uncertainty, np.array([0.5]))
            for name in factor.labels:
                column[arm.built.rows[name]] = median
    return column


def _columns(prepared: Prepared, arm: Arm, base: Floats, scenario: Scenario) -> Floats:
    columns = base.copy()
    rows = arm.built.rows
    columns[rows[SELECTOR]] = scenario.check
    if scenario.policy:
        columns[rows[POLICY_INPUT]] = scenario.policy
    for name, value in prepared.inputs.get(scenario.check, {}).items():
        columns[rows[name]] = value
    return columns
