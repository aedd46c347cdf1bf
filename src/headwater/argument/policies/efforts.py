"""How much each policy moves its levers: the same price for every lever, as shares of ranges."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from headwater.analysis.calibration.upstream import names_in, upstream
from headwater.argument.conditions import Values
from headwater.argument.policies.named import first_change, priced_lever
from headwater.errors import HeadwaterError, UsageError
from headwater.language.names import canonical
from headwater.model.case import Case
from headwater.model.variables import Lever
from headwater.simulation.building import Workshop
from headwater.simulation.ensemble import run_chunks
from headwater.simulation.experiment import EnsembleRequest, plan_ensemble


@dataclass(frozen=True, slots=True)
class LeverEffort:
    """How far a policy moves one lever: its mean distance from the baseline over its range."""

    lever: str
    effort: float


@dataclass(frozen=True, slots=True)
class PolicyEffort:
    """A policy's levers that move, the furthest first, and their sum.

    ``unmeasured`` are levers that it sets and that have no finite range, or are arrays.
    """

    policy: str
    levers: tuple[LeverEffort, ...]
    unmeasured: tuple[str, ...]

    @property
    def total(self) -> float:
        """The sum over the levers that can be measured."""
        return sum(lever.effort for lever in self.levers)


def efforts(case: Case) -> tuple[PolicyEffort, ...]:
    """Return the effort of every policy but probes, the baseline first.

    It is the mean over time, from the first time that a policy names to the end, in one run at
    central values. Nothing where levers hang on what only a rival structure has.
    """
    own = replace(case, policies=tuple(p for p in case.policies if not p.probe))
    levers, unmeasured = _levers(own)
    if not levers:
        return ()
    try:
        policies, paths = _paths(own, levers)
    except HeadwaterError:
        return ()
    found = []
    for policy, moved in zip(policies, np.abs(paths - paths[:1]), strict=True):
        shares = [
            LeverEffort(lever.name, float(path.mean()) / (lever.range.high - lever.range.low))
            for lever, path in zip(levers, moved, strict=True)
            if lever.range is not None and path.any()
        ]
        shares.sort(key=lambda s: (-s.effort, s.lever))
        missing = [name for name, users in unmeasured.items() if policy in users]
        found.append(PolicyEffort(policy, tuple(shares), tuple(missing)))
    return tuple(found)


def _levers(case: Case) -> tuple[list[Lever], dict[str, set[str]]]:
    """Return the levers that policies set, and who sets those that cannot be measured."""
    levers: dict[str, Lever] = {}
    unmeasured: dict[str, set[str]] = {}
    for policy in case.policies:
        for setting in policy.settings:
            try:
                levers[setting.lever.key] = priced_lever(case, setting.lever.text)
            except UsageError:
                unmeasured.setdefault(setting.lever.text, set()).add(canonical(policy.name))
    return list(levers.values()), unmeasured


def _paths(case: Case, levers: list[Lever]) -> tuple[tuple[str, ...], Values]:
    """Run what levers depend on, and nothing else: (policies, levers, times)."""
    named = {k for p in case.policies for s in p.settings for k in names_in(s.expression)}
    keys = upstream(case.project, {*(v.key for v in levers), *named})
    wanted = (v for v in case.project.variables if v.key in keys)
    kept = tuple(replace(v, uncertainty=None) for v in wanted)
    project = replace(case.project, variables=kept)
    baseline = canonical(case.defaults.baseline)
    names = sorted((p.name for p in case.policies), key=lambda n: canonical(n) != baseline)
    small = replace(case, project=project, variants=(), correlations=(), checks=())
    request = EnsembleRequest(
        runs=1, outputs=[v.key for v in levers], policies=names, target="reference"
    )
    experiment = plan_ensemble(Workshop(project, small), request)
    late = experiment.selection.times >= first_change(case)
    chunk = next(iter(run_chunks(experiment, threads=1, progress=False)))
    rows = {v.key: v.start for v in experiment.arms[0].built.layout.variables}
    paths = chunk.values[[rows[v.key] for v in levers], :, :, 0][:, late]
    return tuple(canonical(n) for n in names), paths.transpose(2, 0, 1).copy()
