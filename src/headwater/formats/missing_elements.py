"""Elements of arrays that have no equation, for formats that want one for every element.

Vensim's arrays may leave elements out, and it is an error to use one: what stands in their place
makes no difference to any other value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from headwater.formats.losses import Losses
from headwater.formats.shapes import MAX_CELLS, Cell, Shapes
from headwater.language.names import canonical
from headwater.language.syntax import Name, Number
from headwater.model.project import Project
from headwater.model.variables import (
    AnyVariable,
    Data,
    Equation,
    Flow,
    Graph,
    GraphicalFunction,
    Stock,
)

_NOWHERE = GraphicalFunction((0.0, 1.0), (0.0, 0.0))


def with_all_elements(project: Project, losses: Losses) -> Project:
    """Return a project whose arrays have an equation for every element."""
    if project.dialect != "vensim":
        return project
    shapes = Shapes(project.dimensions)
    variables = tuple(_whole(v, shapes, losses) for v in project.variables)
    return replace(project, variables=variables)


def stock_elements_without_equation(project: Project) -> frozenset[tuple[str, Cell]]:
    """Return elements of stocks that have none, by look-up names: they are 0 where all have one."""
    if project.dialect != "vensim":
        return frozenset()
    shapes = Shapes(project.dimensions)
    return frozenset(
        (v.key, tuple(map(canonical, cell)))
        for v in project.variables
        if isinstance(v, Stock) and v.dimensions and shapes.size(v.dimensions) <= MAX_CELLS
        for cell in _missing(v, v.equations, shapes)
    )


def _whole(variable: AnyVariable, shapes: Shapes, losses: Losses) -> AnyVariable:
    if isinstance(variable, Data) or not variable.dimensions:
        return variable
    size = shapes.size(variable.dimensions)
    if size > MAX_CELLS:
        return variable
    if isinstance(variable, Graph | Flow) and variable.graphs:
        missing = _missing(variable, variable.graphs, shapes)
        if missing:
            what = "elements without points, which nothing may use, get a function that is 0"
            losses.add(what, variable.name, variable.span)
            kind = variable.graphs[0].kind
            more = tuple(replace(_NOWHERE, kind=kind, subscripts=cell) for cell in missing)
            variable = replace(variable, graphs=(*variable.graphs, *more))
    missing = _missing(variable, variable.equations, shapes) if variable.equations else []
    if not missing:
        return variable
    made: tuple[Equation, ...]
    if isinstance(variable, Stock):
        losses.add("elements of stocks without an equation are 0", variable.name, variable.span)
        moves = any(e.rate is not None for e in variable.equations)
        rate = Number(0.0) if moves else None
        made = tuple(Equation(Number(0.0), cell, rate=rate) for cell in missing)
    else:
        losses.add("elements without an equation get NAN", variable.name, variable.span)
        made = tuple(Equation(Name("NAN"), cell) for cell in missing)
    return replace(variable, equations=(*variable.equations, *made))


def _missing(
    variable: AnyVariable, parts: tuple[Equation | GraphicalFunction, ...], shapes: Shapes
) -> list[Cell]:
    """Return the elements that no equation, or no function, is for."""
    if any(not part.subscripts and not getattr(part, "excepts", ()) for part in parts):
        return []
    found = {
        tuple(map(canonical, cell)) for part in parts for cell in _cells(variable, part, shapes)
    }
    dimensions = [d for d in map(shapes.find, variable.dimensions) if d is not None]
    every = product(*(d.elements for d in dimensions))
    return [cell for cell in every if tuple(map(canonical, cell)) not in found]


def _cells(
    variable: AnyVariable, part: Equation | GraphicalFunction, shapes: Shapes
) -> Iterator[Cell]:
    groups = (part.subscripts, *(part.excepts if isinstance(part, Equation) else ()))
    if any(group and len(group) != len(variable.dimensions) for group in groups):
        return
    left_out = {
        tuple(map(canonical, cell))
        for group in groups[1:]
        for cell in shapes.cells(variable.dimensions, group)
    }
    for cell in shapes.cells(variable.dimensions, part.subscripts):
        if tuple(map(canonical, cell)) not in left_out:
            yield cell
