"""From simulation settings to the clock of a program."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from headwater.compiler.methods import METHODS, method_named
from headwater.compiler.program import Clock
from headwater.errors import ModelError, Place, UsageError, did_you_mean
from headwater.language.syntax import Binary, Expression, Name, Number, Unary
from headwater.model.project import Project, SimSpecs
from headwater.model.variables import AnyVariable, Data, Graph, Stock

MAX_STEPS = 100_000_000
_DEPTH = 50


@dataclass(frozen=True, slots=True)
class ClockOverrides:
    """Settings of one run that replace the model's own; None keeps those."""

    start: float | None = None
    stop: float | None = None
    step: float | None = None
    save_step: float | None = None
    method: str | None = None
    rtol: float | None = None
    atol: float | None = None


def resolve_specs(project: Project, overrides: ClockOverrides) -> SimSpecs:
    """Return the settings with expressions evaluated and overrides applied.

    Raises ModelError when an expression is not made of numbers and constants, and UsageError for
    a tolerance that the method has no use for.
    """
    specs = project.sim_specs
    method = method_named(overrides.method or specs.method)
    _must_choose_its_step(method, overrides)

    def value(name: str, override: float | None, number: float, text: Expression | None) -> float:
        if override is not None:
            return float(override)
        if text is None:
            return float(number)
        return _evaluate(text, project, name, 0)

    return replace(
        specs,
        start=value("start", overrides.start, specs.start, specs.start_expression),
        stop=value("stop", overrides.stop, specs.stop, specs.stop_expression),
        step=value("step", overrides.step, specs.step, specs.step_expression),
        save_step=value(
            "save interval", overrides.save_step, specs.save_step, specs.save_expression
        ),
        method=method,
        start_expression=None,
        stop_expression=None,
        step_expression=None,
        save_expression=None,
    )


def _must_choose_its_step(method: str, overrides: ClockOverrides) -> None:
    given = [name for name in ("rtol", "atol") if getattr(overrides, name) is not None]
    if given and method in METHODS and not METHODS[method].adaptive:
        raise UsageError(
            f"`{given[0]}` is for methods that choose their step, and the run uses {method}",
            hint="add the method dopri5 or bosh3, or give a step instead of a tolerance",
        )


def build_clock(specs: SimSpecs, place: Place | None = None) -> Clock:
    """Return the clock of numeric settings.

    The run ends at the largest ``start + i * step`` that does not pass ``stop`` by more than a
    millionth of a step. The saved steps are whole multiples of the step.

    Raises ModelError for settings that make no run.
    """
    start, stop, step = specs.start, specs.stop, specs.step
    for name, number in (("start", start), ("stop", stop), ("step", step)):
        if not math.isfinite(number):
            raise ModelError(f"the {name} time is {number}", place, "give a finite number")
    if step <= 0:
        raise ModelError(f"the step is {step:g}", place, "give a step above 0")
    if stop < start:
        raise ModelError(
            f"the run would stop at {stop:g}, before its start at {start:g}",
            place,
            "give a stop time that is not before the start time",
        )
    if specs.method not in METHODS:
        raise ModelError(
            f"no integration method `{specs.method}`",
            place,
            did_you_mean(specs.method, METHODS) or f"known methods: {', '.join(METHODS)}",
        )
    wanted = (stop - start) / step
    if wanted > MAX_STEPS:
        raise ModelError(
            f"the run would take {wanted:.3g} steps, more than {MAX_STEPS:.0e}",
            place,
            "give a longer step or an earlier stop time",
        )
    steps = math.floor(wanted + 1e-6)
    return Clock(start, step, steps, _stride(specs, place))


def _stride(specs: SimSpecs, place: Place | None) -> int:
    if specs.save_step == 0:
        return 1
    ratio = specs.save_step / specs.step
    if not math.isfinite(ratio) or ratio < 0:
        raise ModelError(f"the save interval is {specs.save_step:g}", place, "give 0 or more")
    stride = round(ratio)
    if stride < 1 or abs(ratio - stride) > 1e-6 * max(1.0, ratio):
        raise ModelError(
            f"the save interval {specs.save_step:g} is not a whole number of steps of "
            f"{specs.step:g}",
            place,
            "save every step, or at a multiple of the step",
        )
    return stride


def _evaluate(node: Expression, project: Project, what: str, depth: int) -> float:
    if depth > _DEPTH:
        raise ModelError(f"the {what} of the run depends on itself", _place(node))
    if isinstance(node, Name) and not node.subscripts:
        found = _from_name(node.key, project, what, depth)
        if found is not None:
            return found
    match node:
        case Number(value=value):
            return value
        case Unary(operator="-", operand=operand):
            return -_evaluate(operand, project, what, depth + 1)
        case Unary(operator="+", operand=operand):
            return _evaluate(operand, project, what, depth + 1)
        case Binary(operator=operator, left=left, right=right) if operator in _ARITHMETIC:
            a = _evaluate(left, project, what, depth + 1)
            b = _evaluate(right, project, what, depth + 1)
            try:
                return _ARITHMETIC[operator](a, b)
            except (ZeroDivisionError, OverflowError):
                raise ModelError(
                    f"the {what} of the run cannot be computed from {a:g} {operator} {b:g}",
                    _place(node),
                ) from None
    raise ModelError(
        f"the {what} of the run is not made of numbers and constants",
        _place(node),
        "write a number, or an expression of constants",
    )


def _from_name(key: str, project: Project, what: str, depth: int) -> float | None:
    expression = _scalar_equation(project.by_key.get(key))
    if expression is not None:
        return _evaluate(expression, project, what, depth + 1)
    specs = project.sim_specs
    settings = {
        "initial_time": (specs.start, specs.start_expression),
        "starttime": (specs.start, specs.start_expression),
        "final_time": (specs.stop, specs.stop_expression),
        "stoptime": (specs.stop, specs.stop_expression),
        "time_step": (specs.step, specs.step_expression),
        "dt": (specs.step, specs.step_expression),
        "saveper": (specs.save_step, specs.save_expression),
    }
    if key not in settings:
        return None
    number, text = settings[key]
    return number if text is None else _evaluate(text, project, what, depth + 1)


def _scalar_equation(variable: AnyVariable | None) -> Expression | None:
    if variable is None or isinstance(variable, Stock | Graph | Data) or variable.dimensions:
        return None
    return variable.equations[0].expression if len(variable.equations) == 1 else None


def _power(a: float, b: float) -> float:
    result = a**b
    if isinstance(result, complex):
        raise OverflowError
    return float(result)


_ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "^": _power,
}


def _place(node: Expression) -> Place | None:
    return node.span.place if node.span else None
