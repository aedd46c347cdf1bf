"""An ensemble worked out before it runs: which draws, policies, variants and programs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from headwater.compiler.clock import ClockOverrides
from headwater.errors import UsageError
from headwater.model.project import Project
from headwater.model.uncertainty import Distribution, Uncertainty
from headwater.simulation.building import (
    AS_STATED,
    Built,
    Recipe,
    TargetName,
    Workshop,
)
from headwater.simulation.labels import (
    element_labels,
)
from headwater.simulation.params import (
    Params,
    by_name,
    elements_named,
    given_values,
    is_plain,
    sampled_values,
    to_hold,
)
from headwater.simulation.run import attributes_of_program
from headwater.simulation.sampling import Design, Factor, draw, factors_of, make_design
from headwater.simulation.structure import POLICY_INPUT
from headwater.simulation.times import Selection, select_times

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class EnsembleRequest:
    """What an ensemble is asked for.

    ``policies`` and ``variants`` of None are all that the case declares; ``only`` runs some of the
    ``policies`` through the same program. ``params`` are values that are the same in every run;
    ``uncertain`` gives variables another uncertainty than the model's; ``samples`` gives
    variables (or single elements) one value per run.
    """

    runs: int = 1000
    seed: int = 1
    design: str = "latin"
    outputs: Sequence[str] | None = None
    policies: Sequence[str] | None = None
    only: Sequence[str] | None = None
    variants: Sequence[str] | None = None
    params: Params | None = None
    uncertain: Mapping[str, Uncertainty | Distribution] | None = None
    samples: Mapping[str, npt.ArrayLike] | None = None
    times: Sequence[float] | Floats | None = None
    settings: ClockOverrides = AS_STATED
    target: TargetName = "llvm"


@dataclass(frozen=True, slots=True, eq=False)
class Arm:
    """One variant of an experiment, ready to run.

    ``factors`` are its sampled numbers and ``places`` their rows in the design. ``samples`` has
    one value per run for an element, ``given`` one for all runs.
    """

    variant: str
    recipe: Recipe
    built: Built
    factors: tuple[Factor, ...]
    places: tuple[int, ...]
    samples: Mapping[str, Floats]
    given: Mapping[str, float]

    def inputs(self, u: Floats, start: int, stop: int) -> Floats:
        """Return the inputs of runs ``start`` to ``stop`` (exclusive): (inputs, runs).

        ``u`` are the uniform numbers of those runs: (rows of the design, runs).
        """
        rows = self.built.rows
        values = np.repeat(self.built.defaults[:, None], stop - start, axis=1)
        drawn = draw(self.factors, u[list(self.places)])
        for factor, row in zip(self.factors, drawn, strict=True):
            for name in factor.labels:
                values[rows[name]] = row
        for name, sample in self.samples.items():
            values[rows[name]] = sample[start:stop]
        for name, number in self.given.items():
            values[rows[name]] = number
        return values


@dataclass(frozen=True, slots=True, eq=False)
class Experiment:
    """Everything that fixes the numbers of an ensemble.

    ``policies`` is empty where runs keep the levers' own equations, and ``policy_numbers`` are the
    values of the input that chooses them; ``arms`` has a single one, without a name, where the
    model has no variants. ``workshop`` and ``target`` made its programs.
    """

    workshop: Workshop
    target: TargetName
    runs: int
    seed: int
    policies: tuple[str, ...]
    policy_numbers: tuple[int, ...]
    arms: tuple[Arm, ...]
    design: Design
    selection: Selection

    @property
    def variants(self) -> tuple[str, ...]:
        """Names of the variants; one empty name where there are none."""
        return tuple(arm.variant for arm in self.arms)

    @property
    def simulations(self) -> int:
        """Runs × policies × variants."""
        return self.runs * len(self.arms) * max(1, len(self.policies))

    def attributes(self) -> dict[str, str | int | float]:
        """Return what makes the experiment repeatable."""
        return {
            **attributes_of_program(self.arms[0].built),
            "program": " ".join(arm.built.hash for arm in self.arms),
            "seed": self.seed,
            "runs": self.runs,
            "design": self.design.kind,
        }


def plan_ensemble(workshop: Workshop, request: EnsembleRequest) -> Experiment:
    """Work out an ensemble and compile its programs. Nothing is run.

    Raises :class:`UsageError` for arguments that do not fit the model, :class:`ModelError` for
    uncertainties that cannot be sampled, and what the compiler raises.
    """
    case = workshop.case
    policies = _chosen("policies", request.policies, case.policies if case else ())
    policies = tuple(workshop.policy(p).name for p in policies)
    variants = _chosen("variants", request.variants, case.variants if case else ())
    variants = tuple(workshop.variant(v).name for v in variants)
    union: dict[str, Factor] = {}
    arms = [_arm(workshop, request, v, policies, union) for v in variants or ("",)]
    _must_save_the_same(arms)
    correlations = case.correlations if case else ()
    factors = tuple(union.values())
    design = make_design(request.design, request.runs, request.seed, factors, correlations)
    clock = workshop.program_for(arms[0].recipe).clock
    selection = select_times(clock, request.times)
    run = policies
    if request.only is not None:
        wanted = {workshop.policy(p).name for p in request.only}
        run = tuple(p for p in policies if p in wanted)
    numbers = tuple(policies.index(p) + 1 for p in run)
    return Experiment(
        workshop,
        request.target,
        request.runs,
        request.seed,
        run,
        numbers,
        tuple(arms),
        design,
        selection,
    )


def _chosen(what: str, asked: Sequence[str] | None, declared: Iterable[Any]) -> tuple[str, ...]:
    if asked is None:
        return tuple(item.name for item in declared)
    if isinstance(asked, str):
        raise UsageError(f"`{what}` is a list of names", hint=f'write ["{asked}"]')
    return tuple(dict.fromkeys(asked))


def _arm(
    workshop: Workshop,
    request: EnsembleRequest,
    variant: str,
    policies: tuple[str, ...],
    union: dict[str, Factor],
) -> Arm:
    """Work out one variant; its factors are added to the ``union`` of all variants'."""
    recipe = Recipe(variant=variant, policies=policies, settings=request.settings)
    recipe, given = given_values(workshop, recipe, request.params)
    project = workshop.project_for(recipe)
    samples = sampled_values(project, request.samples, request.runs)
    given_or_sampled = elements_named(given, samples)
    fixed = {label for labels in given_or_sampled.values() for label in labels}
    uncertain = {k: _uncertainty(k, v) for k, v in by_name("uncertain", request.uncertain)}
    factors = factors_of(project, fixed=fixed, uncertain=uncertain)
    varying = elements_named(given_or_sampled, *({f.variable: f.labels} for f in factors))
    recipe = replace(
        recipe.asking(project, request.outputs),
        held=_held(project, varying),
        inputs=(*sorted(varying), *((POLICY_INPUT,) if policies else ())),
    )
    clock = select_times(workshop.program_for(recipe).clock, request.times).clock
    for factor in factors:
        union.setdefault(factor.key, factor)
    order = {key: place for place, key in enumerate(union)}
    return Arm(
        variant,
        recipe,
        workshop.build(recipe, request.target, clock),
        factors,
        tuple(order[f.key] for f in factors),
        {name: values for own in samples.values() for name, values in own.items()},
        {name: number for own in given.values() for name, number in own.items()},
    )


def _held(project: Project, varying: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """Return what must be held because no plain constant or lever has a value that varies."""
    own = {key: labels for key, labels in varying.items() if key in project.by_key}
    plain = {
        label
        for key in own
        if is_plain(project.by_key[key])
        for label in element_labels(project, project.by_key[key])
    }
    return to_hold(project, plain, own)


def _uncertainty(name: str, given: Uncertainty | Distribution) -> Uncertainty:
    if isinstance(given, Uncertainty):
        return given
    if isinstance(given, get_args(Distribution)):
        return Uncertainty(given)
    raise UsageError(
        f"the uncertainty of `{name}` is no distribution: {given!r}",
        hint="give one of headwater.model.uncertainty, such as Uniform(0, 1)",
    )


def resampled(
    experiment: Experiment, samples: Mapping[str, npt.ArrayLike], runs: int
) -> Experiment:
    """Return an experiment of so many runs with other samples of the same variables.

    Raises :class:`UsageError` where a sample does not have one finite number per run.
    """
    arms = []
    for arm in experiment.arms:
        own = sampled_values(arm.built.project, samples, runs)
        arms.append(
            replace(arm, samples={n: v for labels in own.values() for n, v in labels.items()})
        )
    return replace(experiment, runs=runs, arms=tuple(arms))


def _must_save_the_same(arms: Sequence[Arm]) -> None:
    first = arms[0]
    saved = [(v.key, v.shape) for v in first.built.layout.variables]
    for arm in arms[1:]:
        other = [(v.key, v.shape) for v in arm.built.layout.variables]
        if other == saved:
            continue
        different = sorted({key for key, _ in set(saved) ^ set(other)})
        raise UsageError(
            f"variants `{first.variant}` and `{arm.variant}` do not save the same variables: "
            f"{', '.join(different[:5]) or 'their order differs'}",
            hint="name `outputs` that every variant has",
        )
