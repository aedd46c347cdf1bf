"""What a variable is computed from, through the whole model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from headwater.language.names import canonical
from headwater.language.syntax import Call, Expression, Name, walk
from headwater.model.project import Project
from headwater.model.variables import (
    AnyVariable,
    Conveyor,
    Data,
    Flow,
    Graph,
    Oven,
    Stock,
)


def upstream(project: Project, wanted: Iterable[str]) -> set[str]:
    """Return the look-up names of all variables that the ``wanted`` ones depend on, with them.

    What modules and macros hold is not followed.
    """
    found: set[str] = set()
    stack = [canonical(name) for name in wanted]
    while stack:
        key = stack.pop()
        variable = project.by_key.get(key)
        if variable is None or key in found:
            continue
        found.add(key)
        for expression in expressions_of(variable):
            stack.extend(names_in(expression))
    return found


def names_in(expression: Expression) -> Iterator[str]:
    """Yield the look-up name of everything that an expression names, functions included."""
    for node in walk(expression):
        if isinstance(node, Name):
            yield node.key
        elif isinstance(node, Call):
            yield node.function.key


def expressions_of(variable: AnyVariable) -> Iterator[Expression]:
    """Yield every expression that a variable is computed with."""
    if isinstance(variable, Data):
        return
    for equation in variable.equations:
        yield from _present(equation.expression, equation.initial, equation.rate)
    if isinstance(variable, Stock):
        yield from (term.expression for term in variable.flows)
        yield from _discipline(variable)
    elif isinstance(variable, Flow):
        yield from _present(variable.multiplier)
        if variable.spread is not None:
            yield from _present(variable.spread.profile)


def tables_of_time(project: Project, keys: Iterable[str], after: float) -> list[str]:
    """Return which graphical functions among ``keys`` are of time and have points after a time."""
    callers = _tables_called_with_time(project)
    found = []
    for key in sorted(keys):
        variable = project.by_key.get(key)
        if not isinstance(variable, Graph):
            continue
        own = any(_is_time(e.expression) for e in variable.equations)
        if (own or key in callers) and any(_moves_after(g.x, g.y, after) for g in variable.graphs):
            found.append(variable.name)
    return found


def _moves_after(x: tuple[float, ...], y: tuple[float, ...], after: float) -> bool:
    """Tell whether a table's values change beyond a time."""
    late = [b for a, b in zip(x, y, strict=True) if a > after]
    early = [b for a, b in zip(x, y, strict=True) if a <= after]
    return len(set(late + early[-1:])) > 1


def _tables_called_with_time(project: Project) -> set[str]:
    return {
        node.function.key
        for variable in project.variables
        for expression in expressions_of(variable)
        for node in walk(expression)
        if isinstance(node, Call) and any(_is_time(a) for a in node.arguments)
    }


def _is_time(expression: Expression) -> bool:
    return isinstance(expression, Name) and expression.key == "time"


def _discipline(stock: Stock) -> Iterator[Expression]:
    match stock.discipline:
        case Conveyor() as belt:
            yield from (e.expression for e in belt.lengths)
            yield from belt.contents
            yield from _present(belt.capacity, belt.inflow_limit, belt.sample, belt.arrest)
        case Oven() as oven:
            yield oven.cook_time
            yield from _present(oven.capacity, oven.fill_time, oven.clean_time, oven.arrest)
        case _:
            return


def _present(*expressions: Expression | None) -> Iterator[Expression]:
    yield from (e for e in expressions if e is not None)
