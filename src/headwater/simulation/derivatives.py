"""Derivatives of what a model computes by its constants, for one run or many.

The program that computes them is made from the model's own (:mod:`headwater.compiler.derivatives`).
A few derivatives are spread over the lanes of the machine code, as runs are; where there are runs
enough to fill the lanes, each run carries all its derivatives, and computes itself once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from headwater.compiler.clock import ClockOverrides
from headwater.compiler.derivatives import Plan, differentiate
from headwater.compiler.program import Program
from headwater.compiler.targets import Executable
from headwater.errors import SimulationError, UsageError, did_you_mean
from headwater.language.names import split_label
from headwater.model.project import Project
from headwater.simulation.building import (
    AS_STATED,
    Recipe,
    TargetName,
    Workshop,
    input_rows,
    make_executable,
)
from headwater.simulation.finite import rows_to_check
from headwater.simulation.labels import (
    element_labels,
    element_positions,
    elements_of,
    find_dotted,
    find_element,
    label,
)
from headwater.simulation.layout import Layout, SavedVariable, layout_of
from headwater.simulation.outputs import asked_for
from headwater.simulation.params import (
    Params,
    elements_named,
    given_values,
    sampled_values,
    to_hold,
)
from headwater.simulation.results.arrays import Coordinate, Field, Results
from headwater.simulation.run import explain, time_unit
from headwater.simulation.times import Selection, select_times

if TYPE_CHECKING:
    from headwater.simulation.results.dataset import Dataset

Floats = npt.NDArray[np.float64]

WIDEST = 16
"""The most derivatives that one run carries at once."""

NARROW = 3
"""Runs that carry no more derivatives leave room for a second vector beside the first."""

LANES = 32
"""Up to so many derivatives in all are spread over lanes."""

CHUNK_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class DerivativeRequest:
    """Which derivatives are asked for.

    ``wrt`` are constants or levers, ``name`` or ``name[element]``; None is all that are numbers.
    ``samples`` has values of constants, one for each run; without it there is one run.
    """

    outputs: Sequence[str] | None = None
    wrt: Sequence[str] | None = None
    params: Params | None = None
    samples: Mapping[str, npt.ArrayLike] | None = None
    times: Sequence[float] | Floats | None = None
    settings: ClockOverrides = AS_STATED
    variant: str = ""
    policy: str = ""
    seed: int = 0
    target: TargetName = "llvm"
    threads: int = 1
    check_finite: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Derivatives:
    """Values (elements of all outputs, time, run), and what they are by each constant.

    ``slopes`` is (elements of all outputs, constant, time, run); ``constants`` has the constants'
    labels and ``given`` their values in the first run. ``extra`` stays from call to call.
    """

    project: Project
    layout: Layout
    selection: Selection
    constants: tuple[str, ...]
    given: tuple[float, ...]
    values: Floats
    slopes: Floats
    sampled: bool
    method: str
    extra: dict[str, Any]

    def variables(self) -> Iterator[tuple[SavedVariable, Floats]]:
        """Yield each output with its derivatives: (its elements, constant, time, run)."""
        for saved in self.layout.variables:
            yield saved, self.slopes[saved.start : saved.stop]


@dataclass(frozen=True, slots=True, eq=False)
class _Prepared:
    """A program with derivatives, ready to run. ``starts`` are where those of each output begin."""

    plan: Plan
    program: Program
    executable: Executable
    starts: Mapping[str, int]
    layout: Layout
    extra: dict[str, Any] = field(default_factory=dict)


def take_derivatives(workshop: Workshop, request: DerivativeRequest) -> Derivatives:
    """Run a model with derivatives.

    Raises :class:`UsageError` for names, times and values that do not fit, :class:`ModelError` for
    what has no derivative, and :class:`SimulationError` where a value or a derivative is not
    finite.
    """
    recipe = Recipe(variant=request.variant, policy=request.policy, settings=request.settings)
    project = workshop.project_for(recipe)
    recipe = recipe.asking(project, request.outputs)
    recipe, given = given_values(workshop, recipe, request.params)
    project = workshop.project_for(recipe)
    samples = sampled_values(project, request.samples)
    named = elements_named(given, samples)
    recipe = replace(recipe, held=to_hold(project, _rows(workshop, recipe), named))
    project = workshop.project_for(recipe)
    constants = _constants(project, _rows(workshop, recipe), request.wrt)
    if not constants:
        raise UsageError(
            "there is nothing to derive by: no constant or lever is a plain number",
            hint="hold a variable by giving its value, and name it in `wrt`",
        )
    if samples:
        # As in an ensemble, what does not vary is folded into the program.
        varying = {*named, *(split_label(c)[0] for c in constants)}
        recipe = replace(recipe, inputs=tuple(sorted(varying)))
    rows = _rows(workshop, recipe)
    program = workshop.program_for(recipe)
    selection = select_times(program.clock, request.times)
    program = replace(program, clock=selection.clock)
    inputs = _inputs(program, rows, given, samples)
    width = _width(len(constants), inputs.shape[1])
    plan = Plan(tuple(rows[c] for c in constants), width)
    made_from = ("derivatives", recipe, request.target, selection.clock, plan)
    prepared = workshop.kept(
        made_from, lambda: _prepare(project, program, recipe.parts, plan, request.target)
    )
    values, slopes = _run(prepared, program, inputs, request)
    found = Derivatives(
        project,
        prepared.layout,
        selection,
        _as_the_file_spells(project, constants),
        tuple(float(inputs[rows[c], 0]) for c in constants),
        selection.apply(values),
        _at_times(selection, slopes),
        bool(samples),
        program.method,
        prepared.extra,
    )
    if request.check_finite:
        _must_be_finite(workshop, recipe, request, found, inputs)
    return found


def _rows(workshop: Workshop, recipe: Recipe) -> dict[str, int]:
    """Return the number of each input of a recipe's program by its label."""
    return workshop.kept(("rows", recipe), lambda: input_rows(workshop.program_for(recipe)))


def _prepare(
    project: Project, program: Program, parts: Sequence[str], plan: Plan, target: TargetName
) -> _Prepared:
    derived = differentiate(program, plan)
    starts: dict[str, int] = {}
    at = 0
    for output in derived.outputs:
        starts[output.name] = at
        at += derived.slots[output.slot].size
    executable = _executable(derived, plan, target)
    layout = asked_for(project, layout_of(project, program), parts)
    return _Prepared(plan, derived, executable, starts, layout)


def _executable(program: Program, plan: Plan, target: TargetName) -> Executable:
    """Return the program made ready; with many derivatives a run has work enough for its lane."""
    if target != "llvm":
        return make_executable(program, target)
    from headwater.compiler.targets.llvm import compile_llvm
    from headwater.compiler.targets.llvm.processor import host

    if plan.width == 1:
        return compile_llvm(program)
    return compile_llvm(program, lanes=host().lanes * (2 if plan.width <= NARROW else 1))


def _width(constants: int, runs: int) -> int:
    """Return how many derivatives a run carries."""
    if constants * runs <= LANES:
        return 1
    groups = -(-constants // WIDEST)
    return -(-constants // groups)


def _constants(
    project: Project, rows: Mapping[str, int], wrt: Sequence[str] | None
) -> tuple[str, ...]:
    """Return the labels of the inputs to take derivatives by."""
    if wrt is None:
        return tuple(rows)
    if isinstance(wrt, str):
        raise UsageError("`wrt` is a list of names", hint=f'write ["{wrt}"]')
    found: list[str] = []
    for text in wrt:
        variable, elements = find_element(project, text)
        labels = element_labels(project, variable)
        chosen = [labels[i] for i in element_positions(project, variable, elements)]
        missing = [label for label in chosen if label not in rows]
        if missing:
            raise UsageError(
                f"`{variable.name}` is not a plain number, so nothing is derived by it",
                hint=did_you_mean(text, rows)
                or "choose a constant or a lever, or hold the variable by giving its value",
            )
        found.extend(chosen)
    if not found:
        raise UsageError("no constant to take derivatives by", hint="name some in `wrt`")
    return tuple(dict.fromkeys(found))


def _as_the_file_spells(project: Project, constants: Sequence[str]) -> tuple[str, ...]:
    spelt: dict[str, str] = {}
    for key in dict.fromkeys(split_label(text)[0] for text in constants):
        variable = find_dotted(project, key)
        if variable is not None:  # else its own name has brackets
            names = (label(variable.name, e) for e in elements_of(project, variable))
            spelt.update(zip(element_labels(project, variable), names, strict=True))
    return tuple(spelt.get(text, text) for text in constants)


def _inputs(
    program: Program,
    rows: Mapping[str, int],
    given: Mapping[str, Mapping[str, float]],
    samples: Mapping[str, Mapping[str, Floats]],
) -> Floats:
    """Return the inputs: (inputs, runs)."""
    runs = next((len(v) for own in samples.values() for v in own.values()), 1)
    defaults = np.array([[i.default] for i in program.inputs]).reshape(-1, 1)
    inputs = np.repeat(defaults, runs, axis=1)
    for own in (*given.values(), *samples.values()):
        for name, value in own.items():
            inputs[rows[name]] = value
    return inputs


def _run(
    prepared: _Prepared, program: Program, inputs: Floats, request: DerivativeRequest
) -> tuple[Floats, Floats]:
    """Return values (rows, time, run) and derivatives (rows, constant, time, run)."""
    plan, runs = prepared.plan, inputs.shape[1]
    saved = len(program.clock.saved_steps())
    size, number = program.output_size, len(plan.inputs)
    values = np.empty((size, saved, runs))
    slopes = np.zeros((size, number, saved, runs))
    per_run = 8 * prepared.program.output_size * saved * plan.groups
    step = max(LANES, CHUNK_BYTES // max(1, per_run), 1)
    for first in range(0, runs, step):
        part = slice(first, min(first + step, runs))
        columns = np.repeat(inputs[:, part], plan.groups, axis=1)
        ids = np.repeat(np.arange(part.start, part.stop, dtype=np.int64), plan.groups)
        if plan.groups > 1:
            directions = np.arange(plan.groups, dtype=np.float64) * plan.width
            columns = np.vstack([columns, np.tile(directions, part.stop - part.start)])
        raw = prepared.executable.run(columns, ids, request.seed, threads=request.threads)
        values[:, :, part] = raw[:size, :, :: plan.groups]
        at = 0
        for output in program.outputs:
            cells = program.slots[output.slot].size
            start = prepared.starts.get(f"d({output.name})")
            if start is not None:
                own = raw[start : start + cells * plan.width]
                slopes[at : at + cells, :, :, part] = _by_constant(own, plan, cells, number)
            at += cells
    return values, slopes


def _by_constant(raw: Floats, plan: Plan, cells: int, number: int) -> Floats:
    """Return (cells × width, time, run × group) as (cells, constant, time, run)."""
    saved = raw.shape[1]
    shaped = raw.reshape(cells, plan.width, saved, -1, plan.groups)
    ordered = shaped.transpose(0, 4, 1, 2, 3)
    return ordered.reshape(cells, plan.groups * plan.width, saved, -1)[:, :number]


def _at_times(selection: Selection, slopes: Floats) -> Floats:
    """Return derivatives at the wanted times."""
    cells, number, saved, runs = slopes.shape
    flat = selection.apply(slopes.reshape(cells * number, saved, runs))
    return flat.reshape(cells, number, -1, runs)


def _must_be_finite(
    workshop: Workshop,
    recipe: Recipe,
    request: DerivativeRequest,
    found: Derivatives,
    inputs: Floats,
) -> None:
    if np.isfinite(found.values).all() and np.isfinite(found.slopes).all():
        return
    known = rows_to_check(found.project, found.layout)
    bad_runs = ~np.isfinite(found.values[known]).all(axis=(0, 1))
    if bad_runs.any():
        run = int(bad_runs.argmax())
        built = workshop.build(recipe, request.target, found.selection.clock)
        column = inputs[:, run : run + 1].copy()
        raise explain(workshop, recipe, request.target, column, built, request.seed, run)
    for saved, slopes in found.variables():
        bad = ~np.isfinite(slopes[known[saved.start : saved.stop]])
        if bad.any():
            _, constant, time, _ = np.argwhere(bad)[0]
            raise SimulationError(
                f"the derivative of `{saved.name}` by `{found.constants[constant]}` is not finite "
                f"at time {found.selection.times[time]:g}",
                hint="it goes through a point where a function has none, such as the root of 0",
            )


def label_derivatives(found: Derivatives) -> Results:
    """Return derivatives with names and dimensions: constant, run where there are several, time."""
    taken = {v.name for v in found.project.variables} | set(found.layout.coordinates)
    axis = "constant" if "constant" not in taken else "constant_"
    fields = []
    for saved, slopes in found.variables():
        own = slopes.reshape(*saved.shape, *slopes.shape[1:])
        last = own.ndim
        order = [last - 3, last - 1, last - 2, *range(len(saved.shape))]
        values = own.transpose(order)
        names = [axis, "run", "time", *saved.dimensions]
        if saved.static:
            values, names = values[:, :, 0], [n for n in names if n != "time"]
        if not found.sampled:
            values, names = values[:, 0], [n for n in names if n != "run"]
        text = f"derivative of {saved.name} by each constant"
        fields.append(
            Field(saved.name, tuple(names), np.ascontiguousarray(values), {"documentation": text})
        )
    coordinates: dict[str, Coordinate] = {
        axis: np.array(found.constants, dtype=np.str_),
        "time": found.selection.times,
        **found.layout.coordinates,
    }
    if found.sampled:
        coordinates["run"] = np.arange(found.values.shape[2], dtype=np.int64)
    attributes: dict[str, str | int | float] = {
        "model": found.project.name,
        "method": found.method,
    }
    return Results(tuple(fields), coordinates, attributes, time_unit(found.project))


def derivatives_to_dataset(found: Derivatives) -> Dataset:
    """Return derivatives as a dataset; the labels are made once for a program and its times."""
    from headwater.simulation.results.dataset import to_dataset

    results = label_derivatives(found)
    size = found.values.shape[2]
    kept, times, runs = found.extra.get("dataset", (None, None, None))
    if kept is None or runs != size or not np.array_equal(times, found.selection.times):
        kept = to_dataset(results)
        found.extra["dataset"] = (kept.copy(), found.selection.times.copy(), size)
        return kept
    filled: Dataset = kept.copy(data={f.name: f.values for f in results.fields})
    return filled
