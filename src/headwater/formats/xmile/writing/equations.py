"""The equations of a variable: one for all elements, or one ``<element>`` for each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from headwater.errors import ModelError
from headwater.formats.losses import Losses
from headwater.formats.ranges import BY_ELEMENT, Ranges
from headwater.formats.shapes import MAX_CELLS, Cell, Shapes
from headwater.formats.xmile.writing.expressions import ExpressionWriter
from headwater.formats.xmile.writing.graphs import graph_tag
from headwater.formats.xmile.writing.names import listed
from headwater.formats.xmile.writing.tags import Tag
from headwater.language.names import canonical
from headwater.language.syntax import Expression, Number, NumberTable
from headwater.model.variables import AnyVariable, Equation, GraphicalFunction


@dataclass(slots=True)
class Parts:
    """What a variable says of all its elements, and of each."""

    own: list[Tag] = field(default_factory=list)
    elements: dict[Cell, list[Tag]] = field(default_factory=dict)

    def tags(self) -> list[Tag]:
        """Return the children of the variable's element."""
        return [
            *self.own,
            *(
                Tag("element", {"subscript": ", ".join(map(listed, cell))}, children=tags)
                for cell, tags in self.elements.items()
            ),
        ]

    def at(self, cell: Cell) -> list[Tag]:
        """Return the children of an element."""
        return self.elements.setdefault(cell, [])


class EquationWriter:
    """Writes the equations of variables."""

    def __init__(
        self, shapes: Shapes, ranges: Ranges, expressions: ExpressionWriter, losses: Losses
    ) -> None:
        self._shapes = shapes
        self._ranges = ranges
        self._expressions = expressions
        self._losses = losses

    def add(
        self, parts: Parts, variable: AnyVariable, equations: Sequence[Equation], tag: str = "eqn"
    ) -> None:
        """Add the equations of a variable, or another part of it that has one an element."""
        dimensions = variable.dimensions
        groups = [group for e in equations for group in (e.subscripts, *e.excepts)]
        _must_fit(variable, groups)
        if any(self._ranges.has_no_form(dimensions, e) for e in equations):
            what = "functions of whole arrays over a range that is not the variable's may not run"
            self._losses.add(what, variable.name, variable.span)
        if any(self._ranges.needs_cells(dimensions, e) for e in equations):
            self._losses.add(BY_ELEMENT, variable.name, variable.span)
        if len(equations) == 1 and self._is_for_all(dimensions, equations[0]):
            parts.own += self._tags(variable, equations[0].expression, equations[0].initial, tag)
            return
        rest = equations[-1] if self._covers_rest(dimensions, equations) else None
        for equation in equations[:-1] if rest else equations:
            for cell, expression, initial in self._cells(variable, equation):
                parts.at(cell).extend(self._tags(variable, expression, initial, tag))
        if rest is not None:
            parts.own += self._tags(variable, rest.expression, rest.initial, tag)

    def _is_for_all(self, dimensions: Sequence[str], equation: Equation) -> bool:
        return (
            not equation.excepts
            and not isinstance(equation.expression, NumberTable)
            and self._shapes.is_whole(dimensions, equation.subscripts)
            and not self._ranges.needs_cells(dimensions, equation)
        )

    def _covers_rest(self, dimensions: Sequence[str], equations: Sequence[Equation]) -> bool:
        """Tell whether the last equation is for the elements that the others leave."""
        if len(equations) < 2 or isinstance(equations[-1].expression, NumberTable):
            return False
        *others, last = equations
        return (
            bool(last.subscripts)
            and self._shapes.is_whole(dimensions, last.subscripts)
            and not self._ranges.needs_cells(dimensions, last)
            and all(not e.excepts and not self._is_several(e) for e in others)
            and tuple(e.subscripts for e in others) == last.excepts
        )

    def _is_several(self, equation: Equation) -> bool:
        return any(self._shapes.find(s) is not None for s in equation.subscripts)

    def _cells(
        self, variable: AnyVariable, equation: Equation
    ) -> Iterable[tuple[Cell, Expression, Expression | None]]:
        shapes, dimensions = self._shapes, variable.dimensions
        if shapes.size(dimensions) > MAX_CELLS:
            self._losses.add("arrays of so many equations are not written", variable.name)
            return
        subscripts = equation.subscripts or dimensions
        left_out = {
            tuple(map(canonical, cell))
            for excepted in equation.excepts
            for cell in shapes.cells(dimensions, excepted)
        }
        table = equation.expression if isinstance(equation.expression, NumberTable) else None
        cells = list(shapes.cells(dimensions, subscripts))
        for index, cell in enumerate(cells):
            if tuple(map(canonical, cell)) in left_out:
                continue
            expression: Expression = (
                self._ranges.at(equation.expression, subscripts, cell)
                if table is None
                else Number(table.values[index])
            )
            initial = equation.initial
            yield (
                cell,
                expression,
                None if initial is None else self._ranges.at(initial, subscripts, cell),
            )

    def _tags(
        self, variable: AnyVariable, expression: Expression, initial: Expression | None, tag: str
    ) -> list[Tag]:
        found = [Tag(tag, text=self.text(variable, expression))]
        if initial is not None:
            found.append(Tag("init_eqn", text=self.text(variable, initial)))
        return found

    def text(self, variable: AnyVariable, expression: Expression) -> str:
        """Return an expression of a variable as text."""
        whole = self._ranges.whole(expression)
        return self._expressions.text(whole, variable.name, variable.span)

    def add_graphs(
        self, parts: Parts, variable: AnyVariable, graphs: Sequence[GraphicalFunction]
    ) -> None:
        """Add the graphical functions of a variable."""
        dimensions = variable.dimensions
        _must_fit(variable, [g.subscripts for g in graphs])
        if len(graphs) == 1 and self._shapes.is_whole(dimensions, graphs[0].subscripts):
            parts.own.append(graph_tag(graphs[0]))
            return
        for graph in graphs:
            for cell in self._shapes.cells(dimensions, graph.subscripts):
                parts.at(cell).append(graph_tag(graph))


def _must_fit(variable: AnyVariable, groups: Sequence[Sequence[str]]) -> None:
    """Raise :class:`ModelError` where subscripts are not as many as the variable's dimensions."""
    if any(group and len(group) != len(variable.dimensions) for group in groups):
        place = variable.span.place if variable.span else None
        what = f"`{variable.name}` has another number of subscripts than of dimensions"
        raise ModelError(what, place, hint="give one for each dimension")
