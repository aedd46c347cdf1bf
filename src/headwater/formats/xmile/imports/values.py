"""Variables with the values that an import has for them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import NamedTuple

from headwater.formats.xmile.arrays.dimensions import Shapes
from headwater.formats.xmile.context import Context
from headwater.formats.xmile.document import Node
from headwater.formats.xmile.variables.graphs import MAX_POINTS, spread
from headwater.language.syntax import Expression, Number, Unary
from headwater.model.uncertainty import Range
from headwater.model.variables import (
    AnyVariable,
    Auxiliary,
    Constant,
    Data,
    Equation,
    EquationVariable,
    Flow,
    Graph,
    GraphicalFunction,
)

Cell = tuple[str, ...]
_EVEN = 1e-6


@dataclass(frozen=True, slots=True)
class Line:
    """A heading with what goes with it. ``times`` are those of values over time."""

    name: str
    subscripts: tuple[str, ...]
    values: tuple[float, ...]
    times: tuple[float, ...] = ()


class Given(NamedTuple):
    """A line and the elements that it is for."""

    line: Line
    cells: tuple[Cell, ...]


class Values:
    """Puts the values of one import into variables; what does not fit is reported there."""

    def __init__(self, context: Context, shapes: Shapes, node: Node, resource: str) -> None:
        self._context = context
        self._shapes = shapes
        self._node = node
        self._resource = resource

    def changed(self, variable: AnyVariable, lines: Sequence[Line]) -> AnyVariable:
        """Return a variable with its new values, or as it was where it keeps its own."""
        assert not isinstance(variable, Data)
        names = [d.name for d in self._shapes.named(variable.dimensions)]
        every, given = elements_of(self._shapes, self._node, variable, lines)
        if isinstance(variable, Graph | Flow) and variable.graphs:
            return self._with_points(variable, every, given)
        if not all(map(is_number, variable.equations)):
            self._keep(variable)
            return variable
        own = _by_cell(variable.equations, every, names)
        for each in given:
            values = each.line.values * (len(each.cells) if len(each.line.values) == 1 else 1)
            if len(values) != len(each.cells):
                count = len(each.cells)
                wanted = f"it takes {count}" if count > 1 else "it is one number"
                message = f"`{self._resource}` has {len(values)} values for `{each.line.name}`"
                self._context.error(f"{message}; {wanted}", self._node, "correct the file")
                return variable
            own |= {c: self._equation(v, c) for c, v in zip(each.cells, values, strict=True)}
        return _as_constant(replace(variable, equations=tuple(own[c] for c in every if c in own)))

    def _keep(self, variable: AnyVariable) -> None:
        message = (
            f"`{self._resource}` has values for `{variable.name}`, whose equation is no number"
        )
        if self._node.get("isee:overwrite").strip().lower() == "true":
            hint = "which of the two counts cannot be told: remove one of them"
            self._context.error(message, self._node, hint)
        else:
            self._context.warn(message, self._node, "the equation counts")

    def _equation(self, value: float, cell: Cell) -> Equation:
        span = self._node.span
        number: Expression = Number(abs(value), span)
        if value < 0:
            number = Unary("-", number, span)
        return Equation(number, cell, span=span)

    # Graphical functions

    def _with_points(
        self, variable: Graph | Flow, every: Sequence[Cell], given: Sequence[Given]
    ) -> AnyVariable:
        """Return a graphical function with other ordinates."""
        first = variable.graphs[0]
        whole = None if first.subscripts or len(variable.graphs) > 1 else first
        own = dict.fromkeys(every, whole) if whole else {g.subscripts: g for g in variable.graphs}
        for each in given:
            for cell in each.cells:
                made = self._points(each.line, own.get(cell))
                if made is None:
                    return variable
                own[cell] = made
        if whole and all(own[c] is own[every[0]] or own[c] == own[every[0]] for c in every):
            return replace(variable, graphs=(own[every[0]],))
        kept = (replace(own[c], subscripts=c) for c in every if c in own)
        return replace(variable, graphs=tuple(kept))

    def _points(self, line: Line, graph: GraphicalFunction | None) -> GraphicalFunction | None:
        count = len(line.values)
        message = f"`{self._resource}` has {count:,} values for `{line.name}`"
        if graph is None or count > MAX_POINTS:
            hint = f"a graphical function has up to {MAX_POINTS:,}"
            self._context.error(message, self._node, hint)
            return None
        x = graph.x
        if count != len(x):
            message = f"{message}, of {len(x)} points"
            if not _is_even(x) or count < 2:
                self._context.error(message, self._node, "give one value for each of its points")
                return None
            x = spread(Range(x[0], x[-1]), count)
            self._context.warn(message, self._node, "they are spread evenly over its x axis")
        return replace(graph, x=x, y=line.values)


def elements_of(
    shapes: Shapes, node: Node, variable: EquationVariable, lines: Iterable[Line]
) -> tuple[tuple[Cell, ...], list[Given]]:
    """Return all elements of a variable, and those of each line of an import."""
    dimensions = shapes.named(variable.dimensions)
    every = tuple(itertools.product(*(d.elements for d in dimensions)))
    found: list[Given] = []
    for line in lines:
        if not line.subscripts:
            found.append(Given(line, every))
            continue
        chosen = shapes.subscripts(line.subscripts, node, variable.name, dimensions)
        if chosen is not None:
            pairs = zip(dimensions, chosen, strict=True)
            parts = (d.elements if s == d.name else (s,) for d, s in pairs)
            found.append(Given(line, tuple(itertools.product(*parts))))
    return every, found


def is_number(equation: Equation) -> bool:
    """Tell whether an equation is a number, which an import may take the place of."""
    expression = equation.expression
    while isinstance(expression, Unary) and expression.operator != "not":
        expression = expression.operand
    return isinstance(expression, Number) and equation.initial is None


def _by_cell(
    equations: Sequence[Equation], every: Sequence[Cell], names: Sequence[str]
) -> dict[Cell, Equation]:
    """Return the equation of each element, by its names."""
    known = frozenset(every)
    found: dict[Cell, Equation] = {}
    for equation in equations:
        given = equation.subscripts or tuple(names)
        cells = [given] if given in known else _within(given, every, names)
        for cell in cells:
            if cell not in equation.excepts:
                found[cell] = replace(equation, subscripts=cell, excepts=())
    return found


def _within(given: Sequence[str], every: Sequence[Cell], names: Sequence[str]) -> Iterable[Cell]:
    """Return the elements that subscripts stand for, of which some are dimensions."""
    triples = [list(zip(given, names, cell, strict=True)) for cell in every]
    return [c for c, t in zip(every, triples, strict=True) if all(g in (n, e) for g, n, e in t)]


def _as_constant(variable: EquationVariable) -> EquationVariable:
    """Return an auxiliary of numbers as the constant that it is."""
    if not isinstance(variable, Auxiliary):
        return variable
    return Constant(**{f.name: getattr(variable, f.name) for f in fields(Auxiliary)})


def _is_even(x: Sequence[float]) -> bool:
    steps = [b - a for a, b in itertools.pairwise(x)]
    mean = (x[-1] - x[0]) / max(1, len(steps))
    return all(abs(s - mean) <= _EVEN * abs(mean) for s in steps)
