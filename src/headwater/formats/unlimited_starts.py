"""Stocks that start from a flow that they limit themselves.

A stock that must not be negative limits its outflows by what it holds. Where its initial value
rests on such a flow, that is the flow as its equation has it; formats in which the limit is part of
the equation need a variable for that.
"""

from __future__ import annotations

from dataclasses import replace

from headwater.formats.losses import Losses
from headwater.language.names import canonical
from headwater.language.syntax import Call, Expression, Name, Number, transform, walk
from headwater.model.project import Project
from headwater.model.variables import AnyVariable, Auxiliary, Constant, Flow, Stock

MOST_STEPS = 50
"""The longest way from an initial value to a flow that is followed."""


def with_unlimited_starts(project: Project, losses: Losses) -> Project:
    """Return a project in which no stock starts from a flow that it limits."""
    found: dict[str, AnyVariable] = {v.key: v for v in project.variables}
    taken = set(found)
    wanted: dict[str, str] = {}
    for stock in project.variables:
        if isinstance(stock, Stock) and stock.non_negative and stock.discipline is None:
            _free(stock, found, taken, wanted, losses)
    if not wanted:
        return project
    variables = tuple(found[key] for key in found)
    return replace(project, variables=variables)


def _free(
    stock: Stock,
    found: dict[str, AnyVariable],
    taken: set[str],
    wanted: dict[str, str],
    losses: Losses,
) -> None:
    limited = {
        t.expression.key for t in stock.flows if isinstance(t.expression, Name) and t.sign < 0
    }
    equations = []
    changed = False
    for equation in stock.equations:
        start = equation.expression
        names = limited_flows(start, found, limited, stock.dimensions, MOST_STEPS)
        if names is None or not names:
            equations.append(equation)
            continue
        for key in names:
            if key not in wanted:
                wanted[key] = add_wanted(found, taken, key, losses)
        meant = inlined(start, found, names, wanted, stock.dimensions, MOST_STEPS)
        equations.append(replace(equation, expression=meant))
        changed = True
    if changed:
        found[stock.key] = replace(stock, equations=tuple(equations))


def _plain(variable: AnyVariable | None, dimensions: tuple[str, ...]) -> bool:
    """Tell whether a variable is one equation for one number, or for each of these elements."""
    if not isinstance(variable, Auxiliary | Constant | Flow) or len(variable.equations) != 1:
        return False
    known = [canonical(d) for d in dimensions]
    return not variable.equations[0].subscripts and all(
        canonical(d) in known for d in variable.dimensions
    )


def _is_whole(node: Name, variable: AnyVariable | None) -> bool:
    """Tell whether a name stands for a variable's own element, with its dimensions or without."""
    if not node.subscripts or variable is None:
        return True
    own = [s.key if isinstance(s, Name) and not s.subscripts else "" for s in node.subscripts]
    return own == [canonical(d) for d in variable.dimensions]


def limited_flows(
    start: Expression,
    found: dict[str, AnyVariable],
    limited: set[str],
    dimensions: tuple[str, ...],
    steps: int,
) -> set[str] | None:
    """Return which of some flows an initial value rests on; None where that cannot be told."""
    reached: set[str] = set()
    for node in walk(start):
        if not isinstance(node, Name):
            continue
        variable = found.get(node.key)
        is_plain = _plain(variable, dimensions)
        if node.key in limited and isinstance(variable, Flow) and is_plain:
            if variable.graphs or not _is_whole(node, variable):
                return None
            reached.add(node.key)
        elif is_plain and not isinstance(variable, Flow) and steps:
            assert isinstance(variable, Auxiliary | Constant)
            own = variable.equations[0].expression
            inner = limited_flows(own, found, limited, dimensions, steps - 1)
            if inner is None:
                return None
            reached |= inner
    return reached


def inlined(
    start: Expression,
    found: dict[str, AnyVariable],
    flows: set[str],
    wanted: dict[str, str],
    dimensions: tuple[str, ...],
    steps: int,
) -> Expression:
    """Return an initial value in which the flows are those of their equations."""

    def change(node: Expression) -> Expression:
        if not isinstance(node, Name):
            return node
        if node.key in flows:
            return Name(wanted[node.key], node.subscripts, node.span)
        variable = found.get(node.key)
        if not _is_whole(node, variable) or not _plain(variable, dimensions):
            return node
        if isinstance(variable, Flow) or not steps:
            return node
        assert isinstance(variable, Auxiliary | Constant)
        inner = variable.equations[0].expression
        if not limited_flows(inner, found, flows, dimensions, steps - 1):
            return node
        return inlined(inner, found, flows, wanted, dimensions, steps - 1)

    return transform(start, change)


def add_wanted(found: dict[str, AnyVariable], taken: set[str], key: str, losses: Losses) -> str:
    """Give a flow's equation a variable of its own, before the flow; return its name."""
    flow = found[key]
    assert isinstance(flow, Flow)
    name = f"{flow.name} wanted"
    while canonical(name) in taken:
        name += " too"
    taken.add(canonical(name))
    equation = own = flow.equations[0]
    if flow.non_negative:
        asked = Call(Name("MAX"), (equation.expression, Number(0.0)))
        equation = replace(equation, expression=asked)
    made = Auxiliary(
        name=name,
        unit=flow.unit,
        dimensions=flow.dimensions,
        equations=(equation,),
        group=flow.group,
    )
    own = replace(own, expression=Name(name), initial=None)
    pairs = list(found.items())
    found.clear()
    for other, variable in pairs:
        if other == key:
            found[made.key] = made
            variable = replace(flow, equations=(own,))
        found[other] = variable
    losses.add(
        "flows that a stock starts from and limits get a variable for what they ask for", name
    )
    return name
