"""Functions with a memory that start from a flow which waits for them.

A forecast of what a stock sells may steer what is made for it: ``SMTH1(sales, 4)`` starts from the
sales, which the stock limits by what is made. Such a flow counts as its equation has it wherever
something starts from it; formats in which the limit is part of the equation are told that start.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from headwater.formats.flow_limits import Limits, start_of
from headwater.formats.losses import Losses
from headwater.formats.unlimited_starts import MOST_STEPS, add_wanted, inlined, limited_flows
from headwater.language.builtins import find
from headwater.language.names import canonical
from headwater.language.syntax import Call, Expression, transform, walk
from headwater.model.project import Project
from headwater.model.variables import AnyVariable, Auxiliary, Flow, Stock

_PLACE = {"smth1": 2, "smth3": 2, "smthn": 3, "delay": 2, "delay1": 2, "delay3": 2, "delayn": 3}
"""Where a function with a memory takes its initial value, if it is given one."""


def with_unlimited_memories(project: Project, losses: Losses) -> Project:
    """Return a project in which what starts from flows that wait for it says so.

    Where an initial value rests on one in a way that cannot be followed, nothing changes.
    """
    waiting = Limits(project.variables, str, "dt").waiting
    if not waiting:
        return project
    found: dict[str, AnyVariable] = {v.key: v for v in project.variables}
    needed: set[str] = set()
    macros = {canonical(m.name) for m in project.macros}

    def remembers(function: str) -> bool:
        builtin = find(function, project.dialect)
        return function in macros or (builtin is not None and builtin.kind == "dynamic")

    for variable in project.variables:
        for other in _other_memories(variable, remembers):
            if limited_flows(other, found, waiting, variable.dimensions, MOST_STEPS) != set():
                return project
        for start in _starts(variable):
            flows = limited_flows(start, found, waiting, variable.dimensions, MOST_STEPS)
            if flows is None:
                return project
            needed |= flows
    original, taken = dict(found), set(found)
    wanted = {key: add_wanted(found, taken, key, losses) for key in sorted(needed)}

    def freed(start: Expression, dimensions: tuple[str, ...]) -> Expression:
        own = limited_flows(start, original, needed, dimensions, MOST_STEPS)
        if not own:
            return start
        return _at_start(inlined(start, original, own, wanted, dimensions, MOST_STEPS))

    return replace(project, variables=tuple(_told(v, freed) for v in found.values()))


def _starts(variable: AnyVariable) -> list[Expression]:
    """Return what a variable, or a function in its equations, starts from."""
    starts: list[Expression] = []
    if isinstance(variable, Stock | Auxiliary | Flow):
        for equation in variable.equations:
            if isinstance(variable, Stock):
                starts.append(equation.expression)
            elif equation.initial is not None:
                starts.append(equation.initial)
            nodes = walk(equation.expression)
            starts += [s for n in nodes if isinstance(n, Call) and (s := start_of(n)) is not None]
    return starts


def _other_memories(variable: AnyVariable, remembers: Callable[[str], bool]) -> list[Expression]:
    """Return the calls that remember, and of which it cannot be told what they start from."""
    if not isinstance(variable, Stock | Auxiliary | Flow):
        return []
    calls = (n for e in variable.equations for n in walk(e.expression) if isinstance(n, Call))
    return [c for c in calls if start_of(c) is None and remembers(c.function.key)]


def _at_start(start: Expression) -> Expression:
    """Return an initial value without functions that remember: what they start from."""

    def change(node: Expression) -> Expression:
        own = start_of(node) if isinstance(node, Call) else None
        return node if own is None else own

    return transform(start, change)


def _told(
    variable: AnyVariable, freed: Callable[[Expression, tuple[str, ...]], Expression]
) -> AnyVariable:
    """Return a variable whose functions with a memory say what they start from."""
    dimensions = variable.dimensions

    def change(node: Expression) -> Expression:
        start = start_of(node) if isinstance(node, Call) else None
        if start is None:
            return node
        assert isinstance(node, Call)
        meant = freed(start, dimensions)
        if meant is start:
            return node
        if node.function.key == "init":
            return replace(node, arguments=(meant,))
        place = _PLACE.get(node.function.key, 1)
        if place == 3 and len(node.arguments) == 2:
            return node
        return replace(node, arguments=(*node.arguments[:place], meant))

    if isinstance(variable, Stock):
        equations = tuple(
            replace(e, expression=freed(e.expression, dimensions)) for e in variable.equations
        )
        return replace(variable, equations=equations)
    if not isinstance(variable, Auxiliary | Flow):
        return variable
    equations = tuple(
        replace(
            e,
            expression=transform(e.expression, change),
            initial=None if e.initial is None else freed(e.initial, dimensions),
        )
        for e in variable.equations
    )
    return replace(variable, equations=equations)
