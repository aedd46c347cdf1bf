"""The clock of a run: a regular one, or one whose step, end or save interval changes with time.

Vensim's control variables may be expressions of time, and so may the step and the save interval of
a case. Their values are computed ahead, as far as they depend on constants and time alone: the step
and the save interval hold until the next step or saved row, and the run ends when the final time,
as it is then, is reached.
"""

from __future__ import annotations

from dataclasses import replace
from math import isfinite

import numpy as np

from headwater.compiler.clock import ClockOverrides, build_clock, resolve_specs
from headwater.compiler.methods import method_named
from headwater.compiler.program import Clock
from headwater.compiler.resolving.preview import Preview
from headwater.errors import ModelError
from headwater.language.builtins import find_spelling
from headwater.language.syntax import Call, Expression, Name, walk
from headwater.model.project import Project, SimSpecs
from headwater.model.variables import Data

MAX_CHANGING_STEPS = 200_000
_SAME = 1e-9


def plan(project: Project, overrides: ClockOverrides) -> tuple[SimSpecs, Clock]:
    """Return the settings of a run as numbers, and its clock. Raises ModelError."""
    given = project.sim_specs
    moving = _moving(project, given)
    if not moving:
        specs = resolve_specs(project, overrides)
        if project.dialect != "headwater" and _uneven(specs):
            return specs, _saved_unevenly(specs)
        return specs, build_clock(specs)
    start = _at(project, given, "start", given.start_expression, given.start, 0.0)
    at_start = {
        "start_expression": None,
        "start": start,
    }
    begun = replace(given, **at_start)  # type: ignore[arg-type]
    grid = _Grid(project, begun, overrides)
    return grid.specs, grid.clock()


def _uneven(specs: SimSpecs) -> bool:
    """Tell whether the save interval is no whole number of steps, as other tools allow."""
    if not specs.step > 0 or not specs.save_step > 0:
        return False
    ratio = specs.save_step / specs.step
    if not isfinite(ratio):
        return False
    return abs(ratio - round(ratio)) > 1e-6 * max(1.0, ratio)


def _saved_unevenly(specs: SimSpecs) -> Clock:
    """Return a clock that keeps the first step at or after each time to save."""
    clock = build_clock(replace(specs, save_step=0.0))
    wanted = np.arange(0.0, clock.steps + 1e-6, max(1.0, specs.save_step / specs.step))
    kept = np.unique(np.minimum(np.ceil(wanted - 1e-6).astype(np.int64), clock.steps))
    steps = [int(k) for k in kept]
    if steps[-1] != clock.steps:
        steps.append(clock.steps)
    return replace(clock, kept=tuple(steps))


def _moving(project: Project, specs: SimSpecs) -> bool:
    """Tell whether some setting depends on time, as Vensim's and those of cases may."""
    for expression in _expressions(specs):
        preview = Preview(project, specs)
        values = {preview.value(expression, t) for t in (0.0, 1.0)}
        names = {n.key for n in walk(expression) if isinstance(n, Name)}
        if "time" in names | _names_of(project, preview.used) or len(values) > 1:
            return True
    return False


def _names_of(project: Project, used: set[str]) -> set[str]:
    names: set[str] = set()
    for key in used:
        for equation in getattr(project.by_key[key], "equations", ()):
            names |= {n.key for n in walk(equation.expression) if isinstance(n, Name)}
    return names


def _expressions(specs: SimSpecs) -> list[Expression]:
    every = (
        specs.start_expression,
        specs.stop_expression,
        specs.step_expression,
        specs.save_expression,
    )
    return [e for e in every if e is not None]


def _at(
    project: Project,
    specs: SimSpecs,
    what: str,
    expression: Expression | None,
    number: float,
    time: float,
) -> float:
    if expression is None:
        return number
    value = Preview(project, specs).value(expression, time)
    if value is None:
        place = expression.span.place if expression.span else None
        raise ModelError(
            f"the {what} of the run cannot be told before it, at time {time:g}",
            place,
            "write a number, or an expression of constants and time",
        )
    return value


class _Grid:
    """The times of a run whose settings change with time."""

    def __init__(self, project: Project, specs: SimSpecs, overrides: ClockOverrides) -> None:
        self._project = project
        start = specs.start if overrides.start is None else overrides.start
        changed = {
            "start": start,
            "method": method_named(overrides.method or specs.method),
        }
        specs = replace(specs, **changed)  # type: ignore[arg-type]
        if overrides.stop is not None:
            specs = replace(specs, stop=overrides.stop, stop_expression=None)
        if overrides.step is not None:
            specs = replace(specs, step=overrides.step, step_expression=None)
        if overrides.save_step is not None:
            specs = replace(specs, save_step=overrides.save_step, save_expression=None)
        self._given = specs
        self._times, self._kept = self._steps()
        last = self._times[-1]
        self.specs = replace(
            specs,
            stop=last,
            step=self._step(start),
            save_step=0.0,
            stop_expression=None,
            step_expression=None,
            save_expression=None,
        )

    def clock(self) -> Clock:
        """Return the clock: a regular one where all steps are of one length."""
        times = self._times
        step = self.specs.step
        regular = [self.specs.start + k * step for k in range(len(times))]
        gap = max(abs(a - b) for a, b in zip(times, regular, strict=True))
        strides = {b - a for a, b in zip(self._kept, self._kept[1:], strict=False)}
        if gap <= _SAME * step and len(strides) <= 1:
            stride = strides.pop() if strides else 1
            return Clock(self.specs.start, step, len(times) - 1, stride)
        return Clock(0.0, 1.0, len(times) - 1, 1, tuple(times), tuple(self._kept))

    def _step(self, time: float) -> float:
        given = self._given
        step = _at(self._project, self._with(time), "step", given.step_expression, given.step, time)
        if not step > 0:
            raise ModelError(f"the step of the run is {step:g} at time {time:g}")
        return step

    def _with(self, time: float) -> SimSpecs:
        """Return the settings with the step of a time, which other settings may mention."""
        given = self._given
        if given.step_expression is None:
            return given
        step = Preview(self._project, given).value(given.step_expression, time)
        return given if step is None else replace(given, step=step)

    def _steps(self) -> tuple[list[float], list[int]]:
        given = self._given
        time = given.start
        times, kept = [time], [0]
        due = time + self._save(time)
        while True:
            specs = self._with(time)
            stop = _at(self._project, specs, "end", given.stop_expression, given.stop, time)
            step = self._step(time)
            if time + step > stop + step * 1e-6:
                break
            if len(times) > MAX_CHANGING_STEPS:
                raise ModelError(
                    f"the run would take more than {MAX_CHANGING_STEPS:,} steps of changing length",
                    hint="see that the final time is reached",
                )
            time += step
            times.append(time)
            if time >= due - step * 1e-6:
                kept.append(len(times) - 1)
                due = time + self._save(time)
        if kept[-1] != len(times) - 1:
            kept.append(len(times) - 1)
        return times, kept

    def _save(self, time: float) -> float:
        given = self._given
        number = given.save_step or self._step(time)
        expression = given.save_expression
        return _at(self._project, self._with(time), "save interval", expression, number, time)


def structural(project: Project, specs: SimSpecs) -> frozenset[str]:
    """Return the variables that decide a program's structure.

    Its steps come of them, and what its functions must know before the run: orders, seeds, sizes.
    """
    preview = Preview(project, specs)
    for expression in _expressions(project.sim_specs):
        preview.value(expression, specs.start)
    for variable in project.variables:
        if isinstance(variable, Data):
            continue
        for equation in getattr(variable, "equations", ()):
            for part in (equation.expression, equation.rate, equation.initial):
                if part is not None:
                    _fixed_arguments(part, project, preview, specs.start)
    return frozenset(preview.used)


def _fixed_arguments(
    expression: Expression, project: Project, preview: Preview, start: float
) -> None:
    for node in walk(expression):
        if not isinstance(node, Call):
            continue
        spelling = find_spelling(node.function.text, project.dialect)
        if spelling is None:
            continue
        builtin, form = spelling
        for index, argument in enumerate(node.arguments):
            place = form.order[index] if index < len(form.order) else index
            if place < len(builtin.parameters) and builtin.parameters[place].role == "constant":
                preview.value(argument, start)
