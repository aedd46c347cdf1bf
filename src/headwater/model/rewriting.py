"""Another variable with the same shape: its expressions changed, one by one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from headwater.language.syntax import Expression
from headwater.model.variables import (
    AnyVariable,
    Conveyor,
    Data,
    Equation,
    Flow,
    Oven,
    Queue,
    Stock,
)

Change = Callable[[Expression], Expression]


def rewrite(variable: AnyVariable, change: Change) -> AnyVariable:
    """Return a variable with ``change`` applied to each of its expressions, as wholes."""
    if isinstance(variable, Data):
        return variable
    equations = _equations(variable.equations, change)
    if equations is not variable.equations:
        variable = replace(variable, equations=equations)
    if isinstance(variable, Stock):
        flows = tuple(replace(t, expression=change(t.expression)) for t in variable.flows)
        return replace(variable, flows=flows, discipline=_discipline(variable.discipline, change))
    if isinstance(variable, Flow):
        spread = variable.spread
        if spread is not None:
            spread = replace(spread, profile=_maybe(spread.profile, change))
        multiplier = _maybe(variable.multiplier, change)
        return replace(variable, multiplier=multiplier, spread=spread)
    return variable


def _equations(equations: tuple[Equation, ...], change: Change) -> tuple[Equation, ...]:
    """Return equations with ``change`` applied; what it leaves as it is stays the same object."""
    done = tuple(_equation(e, change) for e in equations)
    same = all(a is b for a, b in zip(equations, done, strict=True))
    return equations if same else done


def _equation(equation: Equation, change: Change) -> Equation:
    expression = change(equation.expression)
    initial, rate = _maybe(equation.initial, change), _maybe(equation.rate, change)
    if expression is equation.expression and initial is equation.initial and rate is equation.rate:
        return equation
    return replace(equation, expression=expression, initial=initial, rate=rate)


def _discipline(
    discipline: Conveyor | Queue | Oven | None, change: Change
) -> Conveyor | Queue | Oven | None:
    match discipline:
        case Conveyor():
            return replace(
                discipline,
                lengths=_equations(discipline.lengths, change),
                capacity=_maybe(discipline.capacity, change),
                inflow_limit=_maybe(discipline.inflow_limit, change),
                sample=_maybe(discipline.sample, change),
                arrest=_maybe(discipline.arrest, change),
                contents=tuple(map(change, discipline.contents)),
            )
        case Queue(contents=contents):
            return replace(discipline, contents=tuple(map(change, contents)))
        case Oven():
            return replace(
                discipline,
                cook_time=change(discipline.cook_time),
                capacity=_maybe(discipline.capacity, change),
                fill_time=_maybe(discipline.fill_time, change),
                clean_time=_maybe(discipline.clean_time, change),
                arrest=_maybe(discipline.arrest, change),
            )
    return discipline


def _maybe(expression: Expression | None, change: Change) -> Expression | None:
    return None if expression is None else change(expression)
