"""The compiler's front end as a list of passes: from a project to a verified typed program."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

from headwater.collection import without_collection
from headwater.compiler.adaptive import prepare
from headwater.compiler.clock import ClockOverrides
from headwater.compiler.constants import is_numbers
from headwater.compiler.lowering.hoist import hoist
from headwater.compiler.lowering.lower import lower
from headwater.compiler.methods import is_adaptive
from headwater.compiler.ordering.alike import join_alike
from headwater.compiler.ordering.order import Schedule, order
from headwater.compiler.program import Clock, Program, Tolerance
from headwater.compiler.resolved import Quantity, ResolvedModel
from headwater.compiler.resolving.flatten import flatten
from headwater.compiler.resolving.resolve import resolve
from headwater.compiler.timegrid import plan, structural
from headwater.compiler.verify import verify
from headwater.errors import UsageError, did_you_mean
from headwater.language.builtins import find_spelling
from headwater.language.names import canonical
from headwater.language.syntax import Call, Name, walk
from headwater.model.project import Project, SimSpecs
from headwater.model.variables import AnyVariable, Constant, Data, Graph, Lever, Stock


def compile_project(
    project: Project,
    *,
    outputs: Sequence[str] | None = None,
    inputs: Sequence[str] | None = None,
    start: float | None = None,
    stop: float | None = None,
    step: float | None = None,
    save_step: float | None = None,
    method: str | None = None,
    rtol: float | None = None,
    atol: float | None = None,
) -> Program:
    """Compile a project.

    ``outputs`` are the variables to save (default: all that are marked to be saved; graphical
    functions have no value); nothing else is computed. ``inputs`` are constants and levers that may
    vary per run (default: all whose equations are numbers, but for those that shape the program,
    such as the order of a delay); the others are folded in. Names are looked up without regard to
    case, blanks and underscores. The other arguments replace the model's simulation settings.

    Raises ModelError for a model that is not well formed, with every mistake found, and UsageError
    for an unknown output or input.
    """
    overrides = ClockOverrides(start, stop, step, save_step, method, rtol, atol)
    with without_collection():
        return _compile(project, overrides, outputs, inputs).program


def must_compile(
    project: Project,
    overrides: ClockOverrides,
    outputs: Sequence[str] | None = None,
    inputs: Sequence[str] | None = None,
) -> None:
    """Raise what :func:`compile_project` raises for a project, without making its program.

    Lowering finds no fault with a model; only methods that choose their step ask for its outcome.
    """
    with without_collection():
        if is_adaptive(plan(flatten(project), overrides)[0].method):
            _compile(project, overrides, outputs, inputs)
        else:
            _ordered(project, overrides, outputs, inputs)


class Stages(NamedTuple):
    """What the passes made of a project, one after another."""

    model: ResolvedModel
    schedule: Schedule
    program: Program


def compile_stages(project: Project, outputs: Sequence[str] | None = None) -> Stages:
    """Compile a project and return every stage, to be shown to people.

    :mod:`headwater.compiler.resolved_text` and :mod:`headwater.compiler.printer` print them. Raises
    what :func:`compile_project` does.
    """
    return _compile(project, ClockOverrides(), outputs, None)


def _compile(
    project: Project,
    overrides: ClockOverrides,
    outputs: Sequence[str] | None,
    inputs: Sequence[str] | None,
) -> Stages:
    ready = _ordered(project, overrides, outputs, inputs)
    model, specs, clock = ready.model, ready.specs, ready.clock
    schedule = hoist(ready.schedule)
    program = lower(project.name, schedule, ready.saved, ready.given, clock, specs.method)
    if is_adaptive(specs.method):
        program = prepare(program, schedule.phase, _tolerance(specs, overrides), clock)
    verify(program)
    return Stages(model, schedule, program)


class _Ordered(NamedTuple):
    """A model before its lowering, with what is saved and what varies per run."""

    model: ResolvedModel
    specs: SimSpecs
    clock: Clock
    saved: list[Quantity]
    given: list[tuple[Quantity, list[str]]]
    schedule: Schedule


def _ordered(
    project: Project,
    overrides: ClockOverrides,
    outputs: Sequence[str] | None,
    inputs: Sequence[str] | None,
) -> _Ordered:
    flat = flatten(project)
    specs, clock = plan(flat, overrides)
    varying = _inputs(flat, inputs, structural(flat, specs))
    model = resolve(flat, specs, clock, frozenset(v.key for v in varying))
    join_alike(model.quantities)
    saved = _outputs(flat, model, outputs)
    given = [(_quantity(model, v), _element_names(flat, v)) for v in varying]
    schedule = order(model, [*saved, *(q for q, _ in given)])
    return _Ordered(model, specs, clock, saved, given, schedule)


def _tolerance(specs: SimSpecs, overrides: ClockOverrides) -> Tolerance:
    return Tolerance(
        specs.rtol if overrides.rtol is None else float(overrides.rtol),
        specs.atol if overrides.atol is None else float(overrides.atol),
    )


def _quantity(model: ResolvedModel, variable: AnyVariable) -> Quantity:
    return model.by_key[variable.key]


def _inputs(
    project: Project, names: Sequence[str] | None, fixed: frozenset[str]
) -> list[AnyVariable]:
    """Return what varies per run. ``fixed`` are variables that decide the program's steps."""
    fixed = fixed | _structural(project)
    if names is None:
        return [
            v
            for v in project.variables
            if isinstance(v, Constant | Lever) and _is_numbers(v) and v.key not in fixed
        ]
    chosen = [_find(project, name, "input") for name in dict.fromkeys(map(canonical, names))]
    for variable in chosen:
        if variable.key in fixed:
            raise UsageError(
                f"`{variable.name}` cannot vary per run: the run's steps depend on it, or what a "
                "function must know before them, such as an order or a seed",
                variable.span.place if variable.span else None,
                "change it in the model instead",
            )
        if not _is_numbers(variable):
            raise UsageError(
                f"`{variable.name}` cannot vary per run: its equation is not a number",
                variable.span.place if variable.span else None,
                "choose constants or levers that are given as numbers",
            )
    return chosen


def _structural(project: Project) -> set[str]:
    """Return the names of constants that shape the program, such as the order of a delay."""
    found: set[str] = set()
    for variable in project.variables:
        if isinstance(variable, Data):
            continue
        for equation in variable.equations:
            for node in walk(equation.expression):
                if isinstance(node, Call):
                    found |= _fixed_arguments(node, project.dialect)
    return found


def _fixed_arguments(node: Call, dialect: str) -> set[str]:
    spelling = find_spelling(node.function.text, dialect)
    if spelling is None or not spelling[0].parameters:
        return set()
    builtin, form = spelling
    places = form.order or range(len(node.arguments))
    return {
        argument.key
        for place, argument in zip(places, node.arguments, strict=False)
        if isinstance(argument, Name) and builtin.parameter(place).role == "constant"
    }


def _is_numbers(variable: AnyVariable) -> bool:
    if isinstance(variable, Stock | Graph | Data):
        return False
    return bool(variable.equations) and all(
        e.initial is None and is_numbers(e.expression) for e in variable.equations
    )


def _outputs(project: Project, model: ResolvedModel, names: Sequence[str] | None) -> list[Quantity]:
    if names is None:
        chosen = [v for v in project.variables if v.save and v.key in model.by_key]
    else:
        chosen = [_find(project, name, "output") for name in dict.fromkeys(map(canonical, names))]
        for variable in chosen:
            if variable.key not in model.by_key:
                raise UsageError(
                    f"`{variable.name}` is a graphical function and has no value to save"
                )
    return [_quantity(model, v) for v in chosen]


def _find(project: Project, name: str, what: str) -> AnyVariable:
    variable = project.find(name)
    if variable is None:
        raise UsageError(
            f"no variable `{name}` to use as {what}",
            hint=did_you_mean(name, [v.name for v in project.variables]),
        )
    return variable


def _element_names(project: Project, variable: AnyVariable) -> list[str]:
    if not variable.dimensions:
        return [variable.name]
    elements = [project.dimension_by_key[canonical(d)].elements for d in variable.dimensions]
    return [f"{variable.name}[{','.join(cell)}]" for cell in itertools.product(*elements)]
