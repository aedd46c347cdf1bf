"""Global sensitivity of a case's outcome under one policy and one rival structure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from headwater.analysis.calibration.store import Posterior
from headwater.analysis.sensitivity import MethodName, Sensitivity, Values, sensitivity
from headwater.errors import UsageError
from headwater.model.case import Case
from headwater.model.project import Project
from headwater.simulation.building import Workshop
from headwater.simulation.ensemble import run_chunks
from headwater.simulation.experiment import EnsembleRequest, plan_ensemble
from headwater.simulation.labels import (
    element_labels,
    element_positions,
    find_element,
)
from headwater.simulation.sampling import draw, factors_of
from headwater.simulation.structure import with_variant

FITTED = "fitted constants together"


def outcome_sensitivity(
    project: Project,
    case: Case | None,
    outcome: str,
    times: Sequence[float],
    *,
    policy: str | None = None,
    variant: str | None = None,
    base: int = 256,
    seed: int = 1,
    method: MethodName = "sobol",
    threads: int | None = None,
    progress: bool = True,
    posterior: Posterior | None = None,
) -> Sensitivity:
    """Return the indices of ``outcome`` (``name`` or ``name[element]``) at ``times``.

    Without ``policy`` the baseline is run, without ``variant`` the first one that is declared. An
    arrayed outcome without an element is summed over its elements. The constants of a
    ``posterior`` depend on each other: they count as one input, named :data:`FITTED`.

    Raises:
        UsageError: an unknown name, a time outside the run, or nothing uncertain.
        MissingExtra: SALib is not installed.
    """
    workshop = Workshop(project, case)
    chosen = _variant(workshop, case, variant)
    structure = with_variant(project, workshop.variant(chosen)) if chosen else project
    fixed = posterior.names if posterior else ()
    factors = factors_of(structure, fixed=_labels(structure, fixed))
    variable, elements = find_element(structure, outcome)
    where = list(element_positions(structure, variable, elements))
    policies = _policy(workshop, case, policy)

    def evaluate(points: Values) -> Values:
        values = draw(factors, points[: len(factors)])
        fitted = posterior.at(points[-1]) if posterior else {}
        request = EnsembleRequest(
            runs=points.shape[1],
            seed=seed,
            outputs=[variable.key],
            policies=policies,
            variants=[chosen] if chosen else [],
            samples={
                label: row
                for factor, row in zip(factors, values, strict=True)
                for label in factor.labels
            }
            | fitted,
            times=list(times),
        )
        experiment = plan_ensemble(workshop, request)
        parts = [
            chunk.values[where].sum(axis=0)[:, 0, :]
            for chunk in run_chunks(experiment, threads=threads, progress=progress)
        ]
        return np.concatenate(parts, axis=1)

    inputs = [f.name for f in factors] + ([FITTED] if posterior else [])
    return sensitivity(inputs, evaluate, times, base=base, seed=seed, method=method)


def _labels(structure: Project, names: Sequence[str]) -> set[str]:
    """Return the labels of all elements that are named."""
    found = set()
    for text in names:
        variable, elements = find_element(structure, text)
        labels = element_labels(structure, variable)
        found |= {labels[i] for i in element_positions(structure, variable, elements)}
    return found


def _variant(workshop: Workshop, case: Case | None, name: str | None) -> str:
    if name is not None:
        return workshop.variant(name).name
    return case.variants[0].name if case and case.variants else ""


def _policy(workshop: Workshop, case: Case | None, name: str | None) -> list[str]:
    if case is None or not case.policies:
        if name is not None:
            raise UsageError(f"no policy `{name}`", hint="the model declares no policy")
        return []
    return [workshop.policy(name or case.defaults.baseline).name]
