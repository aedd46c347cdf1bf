"""Variables that take their values over time from an import.

isee systems, Stella help, Setting Up Import Links: an import may bring in values over time for
model variables. What holds between two given times, and beyond the first and the last, is not
published; what a modeller would have written without such an import is taken, a graphical function
of time.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import fields, replace

from headwater.formats.xmile.arrays.dimensions import Shapes
from headwater.formats.xmile.context import Context
from headwater.formats.xmile.document import Node
from headwater.formats.xmile.imports.values import Cell, Line, elements_of
from headwater.formats.xmile.variables.graphs import MAX_POINTS
from headwater.language.syntax import Name
from headwater.model.variables import (
    AnyVariable,
    Data,
    Equation,
    Flow,
    Graph,
    GraphicalFunction,
    Stock,
    Variable,
)


class Courses:
    """Puts the values over time of one import into variables; what does not fit is reported."""

    def __init__(self, context: Context, shapes: Shapes, node: Node, resource: str) -> None:
        self._context = context
        self._shapes = shapes
        self._node = node
        self._resource = resource

    def tell(self) -> None:
        """Tell how values over time are read."""
        self._context.warn(
            f"the values over time of `{self._resource}` are read as graphical functions of time: "
            "straight from one given time to the next, and level before the first and after the "
            "last",
            self._node,
            "what Stella does between and beyond the given times is not published; give a value "
            "for each step where that matters",
        )

    def changed(self, variable: AnyVariable, lines: Sequence[Line]) -> AnyVariable:
        """Return a variable with its values over time."""
        is_function = isinstance(variable, Graph) and not variable.equations
        if isinstance(variable, Stock | Data) or is_function:
            kind = "graphical function" if is_function else "stock"
            message = f"`{self._resource}` has values over time for the {kind} `{variable.name}`"
            self._error(message, "flows and auxiliaries can have them")
            return variable
        every, given = elements_of(self._shapes, self._node, variable, lines)
        found: dict[Cell, GraphicalFunction] = {}
        for line, cells in given:
            if not 1 <= len(line.values) <= MAX_POINTS:
                message = f"`{self._resource}` has {len(line.values):,} values for `{line.name}`"
                self._error(message, f"give from one to {MAX_POINTS:,} values over time")
                return variable
            graph = GraphicalFunction(line.times, line.values, span=self._node.span)
            found |= {cell: replace(graph, subscripts=cell) for cell in cells}
        missing = [cell for cell in every if cell not in found]
        if missing:
            shown = ", ".join(missing[0])
            message = f"`{self._resource}` has no values over time for `{variable.name}[{shown}]`"
            self._error(message, "give them for all elements, or for none")
            return variable
        return _of_time(variable, [found[cell] for cell in every])

    def _error(self, message: str, hint: str) -> None:
        self._context.error(message, self._node, hint)


def _of_time(variable: AnyVariable, graphs: Sequence[GraphicalFunction]) -> AnyVariable:
    """Return a variable as a graphical function of time, one for all elements where they agree."""
    whole = replace(graphs[0], subscripts=())
    if all(replace(g, subscripts=()) == whole for g in graphs):
        graphs = [whole]
    span = graphs[0].span
    equations = (Equation(Name("TIME", span=span), span=span),)
    if isinstance(variable, Flow):
        return replace(variable, graphs=tuple(graphs), equations=equations)
    common = {f.name: getattr(variable, f.name) for f in fields(Variable)}
    return Graph(**common, graphs=tuple(graphs), equations=equations)


def increases(times: Sequence[float]) -> bool:
    """Tell whether each time comes after the one before it."""
    return all(a < b for a, b in itertools.pairwise(times))
