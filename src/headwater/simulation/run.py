"""One run of a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from headwater.compiler.clock import ClockOverrides
from headwater.compiler.methods import is_adaptive
from headwater.errors import SimulationError
from headwater.model.project import Project
from headwater.simulation.building import (
    AS_STATED,
    Built,
    Recipe,
    TargetName,
    Workshop,
    input_rows,
)
from headwater.simulation.finite import (
    Record,
    culprit_error,
    keepable_variables,
)
from headwater.simulation.params import (
    Params,
    given_values,
    to_hold,
    write_inputs,
)
from headwater.simulation.results.arrays import Field, Results
from headwater.simulation.times import Selection, select_times
from headwater.version import __version__

Floats = npt.NDArray[np.float64]
RUN_ZERO = np.zeros(1, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Request:
    """What one run is asked for. ``check_finite``: an error where a value is not finite."""

    params: Params | None = None
    outputs: Sequence[str] | None = None
    times: Sequence[float] | Floats | None = None
    settings: ClockOverrides = AS_STATED
    variant: str = ""
    policy: str = ""
    seed: int = 0
    target: TargetName = "llvm"
    check_finite: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One run, before it is labelled: ``values`` is (elements of all outputs, times)."""

    built: Built
    selection: Selection
    values: Floats
    seed: int


def run_once(workshop: Workshop, request: Request) -> Run:
    """Run a model once.

    Raises :class:`UsageError` for names, times and values that do not fit, what the compiler
    raises for a model that is not in order, and :class:`SimulationError` naming the variable where
    a value is not finite.
    """
    recipe = Recipe(variant=request.variant, policy=request.policy, settings=request.settings)
    project = workshop.project_for(recipe)
    recipe = recipe.asking(project, request.outputs)
    recipe, given = given_values(workshop, recipe, request.params)
    if given:
        rows = input_rows(workshop.program_for(recipe))
        recipe = replace(recipe, held=to_hold(project, rows, given))
    selection = select_times(workshop.program_for(recipe).clock, request.times)
    built = workshop.build(recipe, request.target, selection.clock)
    inputs = built.defaults[:, None].copy()
    write_inputs(built, inputs, given)
    values = built.executable.run(inputs, RUN_ZERO, request.seed)[:, :, 0]
    if request.check_finite and not np.isfinite(values).all():
        if not np.isfinite(values[built.checked_rows]).all():
            raise explain(workshop, recipe, request.target, inputs, built, request.seed)
    return Run(built, selection, selection.apply(values), request.seed)


def explain(
    workshop: Workshop,
    recipe: Recipe,
    target: TargetName,
    inputs: Floats,
    built: Built,
    seed: int,
    run: int = 0,
) -> SimulationError:
    """Repeat a run with every variable kept at every step, and say where it went wrong.

    ``inputs`` is one column for the inputs of ``built``.
    """
    project = workshop.project_for(recipe)
    full = replace(recipe, outputs=keepable_variables(project), parts=())
    clock = replace(built.program.clock, stride=1)
    every = workshop.build(full, target, clock)
    column = every.defaults[:, None].copy()
    for name, row in built.rows.items():
        if name in every.rows:
            column[every.rows[name]] = inputs[row]
    values = every.executable.run(column, np.array([run], dtype=np.int64), seed)[:, :, 0]
    adaptive = is_adaptive(every.program.method)
    record = Record(every.project, every.layout, clock.saved_times(), values, adaptive)
    return culprit_error(record) or SimulationError(
        "a value that the run keeps is not finite",
        hint="run with `check_finite=False` to see it",
    )


def arrays_of_run(run: Run) -> list[Floats]:
    """Return each variable's values: (time, its own dimensions), or without time if static."""
    arrays = []
    for v in run.built.layout.variables:
        rows = run.values[v.start : v.stop]
        if v.static:
            arrays.append(rows[:, 0].reshape(v.shape))
        elif v.shape:
            arrays.append(rows.T.reshape(-1, *v.shape))
        else:
            arrays.append(rows[0])
    return arrays


def label_run(run: Run) -> Results:
    """Return the run with names, dimensions, units and documentation."""
    layout = run.built.layout
    fields = tuple(
        Field(v.name, v.dimensions if v.static else ("time", *v.dimensions), values, v.attributes)
        for v, values in zip(layout.variables, arrays_of_run(run), strict=True)
    )
    coordinates = {"time": run.selection.times, **layout.coordinates}
    return Results(fields, coordinates, attributes_of_run(run), time_unit(run.built.project))


def time_unit(project: Project) -> str:
    """Return the unit of time, empty where the model states none."""
    return project.sim_specs.time_unit


def attributes_of_run(run: Run) -> dict[str, str | int | float]:
    """Return what makes a run repeatable."""
    return {**attributes_of_program(run.built), "seed": run.seed}


def attributes_of_program(built: Built) -> dict[str, str | int | float]:
    """Return the model's name, method and step, and the fingerprint of its program.

    Where the method chooses its step, its tolerances too.
    """
    tolerance: dict[str, str | int | float] = {}
    if is_adaptive(built.program.method):
        relative, absolute = built.program.tolerance.relative, built.program.tolerance.absolute
        tolerance = {"rtol": relative, "atol": absolute}
    return {
        "model": built.project.name,
        "method": built.program.method,
        "step": built.program.clock.dt,
        **tolerance,
        "program": built.hash,
        "headwater": __version__,
    }
