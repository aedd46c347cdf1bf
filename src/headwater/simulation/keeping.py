"""The arrays in which an ensemble is kept, and their labels."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headwater.errors import UsageError
from headwater.simulation.experiment import Arm, Experiment
from headwater.simulation.labels import element_labels, find_element, find_variable, shape_of
from headwater.simulation.layout import (
    SavedVariable,
    attributes_of,
    dimension_labels,
    elements,
)
from headwater.simulation.results.arrays import Coordinate, Field, Results
from headwater.simulation.run import time_unit

Floats = npt.NDArray[np.float64]
MEMORY_SHARE = 0.6
ASSUMED_MEMORY = 8 * 2**30


@dataclass(frozen=True, slots=True, eq=False)
class SampledVariable:
    """An input that differs from run to run. ``differs``: also from variant to variant."""

    name: str
    labels: tuple[str, ...]
    shape: tuple[int, ...]
    coordinates: Mapping[str, Coordinate]
    attributes: Mapping[str, str]
    differs: bool


class Kept:
    """Takes in an ensemble piece by piece; without ``outputs`` only its sampled inputs."""

    def __init__(self, experiment: Experiment, *, outputs: bool) -> None:
        self.experiment = experiment
        self.sampled = sampled_variables(experiment)
        saved = experiment.arms[0].built.layout.variables if outputs else ()
        self.variables = [v for v in saved if v.variable not in self.sampled]
        self.arms = {arm.variant: n for n, arm in enumerate(experiment.arms)}
        times = len(experiment.selection.times)
        arms, policies, runs = len(self.arms), max(1, len(experiment.policies)), experiment.runs
        shapes = {
            v.key: (arms, v.stop - v.start, 1 if v.static else times, policies, runs)
            for v in self.variables
        }
        must_fit_in_memory(sum(8 * int(np.prod(s, dtype=float)) for s in shapes.values()))
        self.outputs = {key: np.empty(shape) for key, shape in shapes.items()}
        self.inputs = {
            key: np.full((arms, len(s.labels), runs), np.nan) for key, s in self.sampled.items()
        }

    def add(self, arm: Arm, where: slice, inputs: Floats, values: Floats) -> None:
        """Copy some runs: ``inputs`` (inputs, run), ``values`` (elements, time, policy, run)."""
        number = self.arms[arm.variant]
        for v in self.variables:
            kept = values[v.start : v.stop, : 1 if v.static else None]
            self.outputs[v.key][number, ..., where] = kept
        rows = arm.built.rows
        for key, sampled in self.sampled.items():
            if all(name in rows for name in sampled.labels):
                self.inputs[key][number, :, where] = inputs[[rows[n] for n in sampled.labels]]

    def results(self, extra: Mapping[str, int]) -> Results:
        """Return everything that was kept, labelled. Nothing is copied."""
        experiment = self.experiment
        fields = [self._output(v) for v in self.variables]
        fields += [self._input(key, s) for key, s in self.sampled.items()]
        coordinates: dict[str, Coordinate] = {}
        if experiment.variants != ("",):
            coordinates["variant"] = np.array(experiment.variants, dtype=np.str_)
        if experiment.policies:
            coordinates["policy"] = np.array(experiment.policies, dtype=np.str_)
        coordinates["run"] = np.arange(experiment.runs, dtype=np.int64)
        if self.variables:
            coordinates["time"] = experiment.selection.times
            coordinates |= experiment.arms[0].built.layout.coordinates
        for sampled in self.sampled.values():
            coordinates |= sampled.coordinates
        unit = time_unit(experiment.arms[0].built.project)
        return Results(tuple(fields), coordinates, {**experiment.attributes(), **extra}, unit)

    def _output(self, v: SavedVariable) -> Field:
        values = self.outputs[v.key]
        arms, _, times, policies, runs = values.shape
        values = values.reshape(arms, *v.shape, times, policies, runs)
        own = len(v.shape)
        values = values.transpose(0, own + 2, own + 3, own + 1, *range(1, own + 1))
        dimensions = ["variant", "policy", "run", "time", *v.dimensions]
        drop = [] if self.experiment.policies else ["policy"]
        drop += ["time"] if v.static else []
        return Field(v.name, *self._without(values, dimensions, drop), v.attributes)

    def _input(self, key: str, sampled: SampledVariable) -> Field:
        values = self.inputs[key]
        if not sampled.differs:
            known = [n for n, x in enumerate(values) if not np.isnan(x).any()]
            values = values[known[:1]]
        arms, _, runs = values.shape
        own = len(sampled.shape)
        values = values.reshape(arms, *sampled.shape, runs)
        values = values.transpose(0, own + 1, *range(1, own + 1))
        dimensions = ["variant", "run", *sampled.coordinates]
        drop = [] if sampled.differs else ["variant"]
        return Field(sampled.name, *self._without(values, dimensions, drop), sampled.attributes)

    def _without(
        self, values: Floats, dimensions: list[str], drop: list[str]
    ) -> tuple[tuple[str, ...], Floats]:
        if self.experiment.variants == ("",):
            drop = [*drop, "variant"]
        index = tuple(0 if d in drop else slice(None) for d in dimensions)
        return tuple(d for d in dimensions if d not in drop), values[index]


def sampled_variables(experiment: Experiment) -> dict[str, SampledVariable]:
    """Return the inputs that differ from run to run, by look-up name."""
    found: dict[str, SampledVariable] = {}
    origins: dict[str, set[object]] = {}
    naming = experiment.arms[0].built.project
    for arm in experiment.arms:
        project = arm.built.project
        keys = dict.fromkeys(f.variable for f in arm.factors)
        keys |= dict.fromkeys(find_element(project, name)[0].key for name in arm.samples)
        for key in keys:
            variable = find_variable(project, key)
            own = tuple((f.labels, f.uncertainty) for f in arm.factors if f.variable == key)
            origins.setdefault(key, set()).add(own)
            shape = shape_of(project, variable)
            found[key] = SampledVariable(
                variable.name,
                tuple(element_labels(project, variable)),
                shape,
                {
                    name: elements(project, d, size)
                    for name, d, size in zip(
                        dimension_labels(naming, variable.dimensions),
                        variable.dimensions,
                        shape,
                        strict=True,
                    )
                },
                attributes_of(variable),
                len(origins[key]) > 1,
            )
    return found


def must_fit_in_memory(wanted: int) -> None:
    """Raise :class:`UsageError` where so many bytes are more than this machine can hold."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        memory = ASSUMED_MEMORY
    if wanted > MEMORY_SHARE * memory:
        raise UsageError(
            f"the ensemble would keep {wanted / 2**30:.1f} GiB in memory",
            hint="name fewer `outputs` or `times`, keep the `fan` only, or give a `store`",
        )
