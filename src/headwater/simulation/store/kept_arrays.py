"""Every run of an ensemble as arrays of a Zarr store: how they lie, and what fills them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from headwater.simulation.ensemble import Chunk
from headwater.simulation.experiment import Arm, Experiment
from headwater.simulation.keeping import SampledVariable, sampled_variables
from headwater.simulation.layout import SavedVariable
from headwater.simulation.results.arrays import Coordinate
from headwater.simulation.run import time_unit
from headwater.simulation.store.pieces import Piece
from headwater.simulation.store.zarr2 import ArrayPlan, group_files, label_files

Floats = npt.NDArray[np.float64]
INPUT_RUNS = 65_536
"""Runs in a chunk of the sampled inputs."""


@dataclass(frozen=True, slots=True, eq=False)
class Output:
    """A kept variable and its array."""

    saved: SavedVariable
    array: ArrayPlan


@dataclass(frozen=True, slots=True, eq=False)
class Input:
    """A sampled variable and its array; ``arms`` are the variants that it is written for."""

    sampled: SampledVariable
    array: ArrayPlan
    arms: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Arrays:
    """The arrays of a store. ``chunk`` is the number of runs in one chunk of an output."""

    chunk: int
    outputs: tuple[Output, ...]
    inputs: tuple[Input, ...]
    coordinates: Mapping[str, Coordinate]
    time_unit: str
    by_variant: bool
    by_policy: bool

    def files(self, attributes: Mapping[str, Any]) -> dict[str, bytes]:
        """Return the files of the store that hold no run."""
        plans: list[ArrayPlan] = []
        found: dict[str, bytes] = {}
        for name, labels in self.coordinates.items():
            plan, content = label_files(name, labels)
            if name == "time" and self.time_unit:
                plan = ArrayPlan(
                    name,
                    plan.dimensions,
                    plan.shape,
                    plan.chunks,
                    plan.kind,
                    {"units": self.time_unit},
                )
            plans.append(plan)
            found |= content
        plans += [item.array for item in self.outputs]
        plans += [item.array for item in self.inputs]
        return {**group_files(plans, attributes), **found}


def plan_arrays(experiment: Experiment, chunk: int) -> Arrays:
    """Return the arrays that keep every run of an experiment."""
    sampled = sampled_variables(experiment)
    layout = experiment.arms[0].built.layout
    by_variant, by_policy = experiment.variants != ("",), bool(experiment.policies)
    coordinates: dict[str, Coordinate] = {}
    if by_variant:
        coordinates["variant"] = np.array(experiment.variants, dtype=np.str_)
    if by_policy:
        coordinates["policy"] = np.array(experiment.policies, dtype=np.str_)
    coordinates["run"] = np.arange(experiment.runs, dtype=np.int64)
    coordinates["time"] = experiment.selection.times
    coordinates |= layout.coordinates
    for item in sampled.values():
        coordinates |= item.coordinates
    return Arrays(
        chunk,
        tuple(
            Output(v, _output_array(experiment, v, chunk))
            for v in layout.variables
            if v.variable not in sampled
        ),
        tuple(_input(experiment, s) for s in sampled.values()),
        coordinates,
        time_unit(experiment.arms[0].built.project),
        by_variant,
        by_policy,
    )


def _output_array(experiment: Experiment, v: SavedVariable, chunk: int) -> ArrayPlan:
    times, policies = len(experiment.selection.times), max(1, len(experiment.policies))
    drop = set() if experiment.policies else {"policy"}
    drop |= {"time"} if v.static else set()
    drop |= {"variant"} if experiment.variants == ("",) else set()
    sizes = {
        "variant": (len(experiment.arms), 1),
        "policy": (policies, policies),
        "run": (experiment.runs, min(chunk, experiment.runs)),
        "time": (times, times),
    }
    leading = [d for d in sizes if d not in drop]
    return ArrayPlan(
        v.name,
        (*leading, *v.dimensions),
        (*(sizes[d][0] for d in leading), *v.shape),
        (*(sizes[d][1] for d in leading), *v.shape),
        attributes=v.attributes,
    )


def _input(experiment: Experiment, s: SampledVariable) -> Input:
    holders = tuple(
        number
        for number, arm in enumerate(experiment.arms)
        if all(name in arm.built.rows for name in s.labels)
    )
    runs, part = experiment.runs, min(INPUT_RUNS, experiment.runs)
    variants = len(experiment.arms)
    dimensions = ("variant", "run") if s.differs else ("run",)
    array = ArrayPlan(
        s.name,
        (*dimensions, *s.coordinates),
        (*((variants,) if s.differs else ()), runs, *s.shape),
        (*((1,) if s.differs else ()), part, *s.shape),
        attributes=s.attributes,
    )
    return Input(s, array, holders if s.differs else holders[:1])


@dataclass(frozen=True, slots=True, eq=False)
class KeepAll:
    """The :class:`~headwater.simulation.store.pieces.Work` of keeping every run."""

    arrays: Arrays

    def files(self, piece: Piece, chunk: Chunk) -> dict[str, bytes]:
        """Return one chunk of every output's array."""
        found = {}
        for item in self.arrays.outputs:
            values = chunk.array(item.saved)
            if item.saved.static:
                values = values[:, :, 0]
            if not self.arrays.by_policy:
                values = values[0]
            if self.arrays.by_variant:
                values = values[None]
            place = [0] * values.ndim
            place[item.array.dimensions.index("run")] = piece.number
            if self.arrays.by_variant:
                place[0] = piece.arm
            name, content = item.array.chunk(place, values)
            found[name] = content
        return found


def input_blocks(runs: int) -> int:
    """Return the number of chunks that the sampled inputs are kept in."""
    return -(-runs // INPUT_RUNS)


def input_files(experiment: Experiment, arrays: Arrays, block: int) -> dict[str, bytes]:
    """Return one chunk of every sampled input's array. Nothing is simulated."""
    start = block * INPUT_RUNS
    stop = min(start + INPUT_RUNS, experiment.runs)
    u = experiment.design.rows(start, stop)
    by_arm = {a: experiment.arms[a].inputs(u, start, stop) for a in _needed(arrays)}
    found = {}
    for item in arrays.inputs:
        for arm in item.arms:
            rows = _rows(experiment.arms[arm], item.sampled)
            values = by_arm[arm][rows].reshape(*item.sampled.shape, stop - start)
            values = np.moveaxis(values, -1, 0)
            place = [block] + [0] * len(item.sampled.shape)
            if item.sampled.differs:
                values, place = values[None], [arm, *place]
            name, content = item.array.chunk(place, values)
            found[name] = content
    return found


def _needed(arrays: Arrays) -> list[int]:
    return sorted({arm for item in arrays.inputs for arm in item.arms})


def _rows(arm: Arm, sampled: SampledVariable) -> list[int]:
    return [arm.built.rows[name] for name in sampled.labels]
