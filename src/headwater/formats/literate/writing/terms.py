"""Variables in the terms of the literate case, whatever dialect they come from.

Where a dialect has rules of its own for arrays (ranges within a dimension, mappings, an array's
bare name) the equations are written for each element, with the elements that their names stand for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod

from headwater.errors import Diagnostics
from headwater.formats.literate.writing.functions import translated
from headwater.formats.literate.writing.names import RESERVED
from headwater.formats.losses import Losses
from headwater.formats.ranges import BY_ELEMENT, Ranges, in_aggregates
from headwater.formats.shapes import Shapes
from headwater.language.builtins import find_spelling
from headwater.language.names import canonical, free_name
from headwater.language.syntax import (
    Call,
    Expression,
    Name,
    Number,
    NumberTable,
    Wildcard,
    subscripts_in,
    transform,
    walk,
)
from headwater.model.project import Project
from headwater.model.variables import AnyVariable, Constant, Dimension, Equation, Flow, Graph

Cell = tuple[str, ...]
MAX_CELLS = 20_000


@dataclass(slots=True)
class Terms:
    """What all variables of a model share while they are written."""

    project: Project
    losses: Losses
    diagnostics: Diagnostics = field(default_factory=Diagnostics)
    made: list[AnyVariable] = field(default_factory=list)
    shapes: Shapes = field(init=False)
    ranges: Ranges = field(init=False)
    known: Mapping[str, AnyVariable] = field(init=False)
    _counters: dict[str, Name] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.shapes = Shapes(self.project.dimensions)
        self.known = self.project.by_key
        declared = {v.key: v.dimensions for v in self.project.variables}
        self.ranges = Ranges(self.shapes, self.project.dialect, declared, reserved=RESERVED)

    @property
    def is_vensim(self) -> bool:
        """Whether Vensim's rules hold."""
        return self.project.dialect == "vensim"

    @property
    def _has_own_rules(self) -> bool:
        """Whether arrays follow other rules than those of the literate case."""
        return self.project.dialect != "headwater"

    def fail(self, variable: AnyVariable, message: str, hint: str = "") -> None:
        """Report what the literate case cannot say."""
        place = variable.span.place if variable.span else None
        self.diagnostics.error(f"`{variable.name}` {message}", place, hint)

    def dimensions(self, variable: AnyVariable) -> list[Dimension]:
        """Return the dimensions of a variable."""
        return [d for n in variable.dimensions if (d := self.shapes.find(n)) is not None]

    # Expressions

    def expression(self, variable: AnyVariable, node: Expression) -> Expression:
        """Return an expression that holds for all elements of an equation."""
        if self.is_vensim:
            self._check_diagonals(variable, node)
            node = translated(self.ranges.numbered(node), self.known, self._counter)
            return self.ranges.whole(self._functions(node))
        node = self._functions(node)
        return self._explicit(variable, node) if self.project.dialect in _XMILE else node

    def _explicit(self, owner: AnyVariable, node: Expression) -> Expression:
        """Return an expression of XMILE's whose arrays have their subscripts."""
        inside = {id(s) for s in subscripts_in(node)}
        aggregated = {id(n) for n in in_aggregates(node)}
        here = set(map(canonical, owner.dimensions))

        def change(part: Expression) -> Expression:
            if not isinstance(part, Name) or id(part) in inside:
                return part
            variable = self.known.get(part.key)
            if variable is None or not variable.dimensions:
                return part
            if part.subscripts:
                own = (*variable.dimensions, *("",) * len(part.subscripts))
                found = (
                    self._every(s, d, here) for s, d in zip(part.subscripts, own, strict=False)
                )
                return Name(part.text, tuple(found), part.span)
            if id(part) in aggregated or not here.issuperset(map(canonical, variable.dimensions)):
                return part
            return Name(part.text, tuple(map(Name, variable.dimensions)), part.span)

        return transform(node, change)

    def _functions(self, node: Expression) -> Expression:
        """Return an expression that calls variables with points by the names of their functions."""

        def change(part: Expression) -> Expression:
            if not isinstance(part, Call):
                return part
            spelling = find_spelling(part.function.text, "headwater")
            if self._has_points(part.function):
                return replace(part, function=self.function_of(part.function))
            if spelling is not None and part.arguments:
                first = part.arguments[0]
                graph = spelling[0].parameters and spelling[0].parameters[0].role == "graph"
                if graph and isinstance(first, Name) and self._has_points(first):
                    return replace(part, arguments=(self.function_of(first), *part.arguments[1:]))
            return part

        return transform(node, change)

    def function_of(self, name: Name) -> Name:
        """Return the function that a variable with points and an equation is split from."""
        return Name(free_name(f"{name.text} lookup", self.known), name.subscripts, name.span)

    def _has_points(self, name: Name) -> bool:
        variable = self.known.get(name.key)
        return isinstance(variable, Graph | Flow) and bool(variable.graphs and variable.equations)

    def _every(self, subscript: Expression, dimension: str, here: set[str]) -> Expression:
        """Return a subscript as the literate case has it, by XMILE's rules.

        A dimension over which the equation does not run becomes ``*``; an array that gives the
        number of an element has subscripts of its own.
        """
        if not isinstance(subscript, Name) or subscript.subscripts or subscript.key in here:
            return subscript
        if self.shapes.find(subscript.text) is not None:
            return Wildcard(subscript.text, subscript.span)
        own = self.shapes.find(dimension)
        number = self.known.get(subscript.key)
        if number is None or own is None or subscript.key in self.shapes.places(own):
            return subscript
        if not number.dimensions or not here.issuperset(map(canonical, number.dimensions)):
            return subscript
        return Name(subscript.text, tuple(map(Name, number.dimensions)), subscript.span)

    def _check_diagonals(self, variable: AnyVariable, node: Expression) -> None:
        for part in walk(node):
            if isinstance(part, Name):
                stars = [s.dimension for s in part.subscripts if isinstance(s, Wildcard)]
                if len({canonical(s) for s in stars}) < len(stars):
                    self.fail(variable, f"aggregates the diagonal of `{part.text}`")

    def _counter(self, text: str) -> Name:
        """Return the array of the numbers that a range's elements have in the largest range."""
        dimension = self.shapes.find(text)
        assert dimension is not None
        if dimension.key not in self._counters:
            name = f"number in {dimension.name}"
            root = dimension
            while root.parent and (above := self.shapes.find(root.parent)) is not None:
                root = above
            keys = [canonical(e) for e in root.elements]
            equations = tuple(
                Equation(Number(float(keys.index(canonical(e)) + 1)), (e,))
                for e in dimension.elements
            )
            self.made.append(Constant(name=name, dimensions=(dimension.name,), equations=equations))
            self._counters[dimension.key] = Name(name)
        return self._counters[dimension.key]

    # Equations

    def whole(self, variable: AnyVariable, equations: Sequence[Equation]) -> Equation | None:
        """Return the one equation that holds for all elements, if there is one."""
        if len(equations) != 1:
            return None
        equation = equations[0]
        same = self.shapes.is_whole(variable.dimensions, equation.subscripts)
        if not same or equation.excepts or isinstance(equation.expression, NumberTable):
            return None
        if self._has_own_rules and self.ranges.needs_cells(variable.dimensions, equation):
            self.losses.add(BY_ELEMENT, variable.name, variable.span)
            return None
        return equation

    def cells(self, variable: AnyVariable, equations: Sequence[Equation]) -> dict[Cell, Equation]:
        """Return an equation for each element, by canonical names."""
        dimensions = self.dimensions(variable)
        if prod(len(d.elements) for d in dimensions) > MAX_CELLS:
            self.fail(variable, f"has different equations for more than {MAX_CELLS:,} elements")
            return {}
        for equation in equations:
            groups = (equation.subscripts or variable.dimensions, *equation.excepts)
            if any(len(group) != len(variable.dimensions) for group in groups):
                self.fail(variable, "has another number of subscripts than of dimensions")
                return {}
        found: dict[Cell, Equation] = {}
        for equation in equations:
            for cell, one in self._of_equation(variable, equation):
                found[tuple(map(canonical, cell))] = one
        return found

    def _of_equation(
        self, variable: AnyVariable, equation: Equation
    ) -> Iterator[tuple[Cell, Equation]]:
        subscripts = equation.subscripts or variable.dimensions
        out = {
            tuple(map(canonical, cell))
            for group in equation.excepts
            for cell in self.shapes.cells(variable.dimensions, group)
        }
        table = equation.expression if isinstance(equation.expression, NumberTable) else None
        for index, cell in enumerate(self.shapes.cells(variable.dimensions, subscripts)):
            if tuple(map(canonical, cell)) in out:
                continue
            if table is not None:
                yield cell, replace(equation, expression=Number(table.values[index]))
                continue

            def here(node: Expression | None, cell: Cell = cell) -> Expression | None:
                if node is None or not self._has_own_rules:
                    return node
                if self.is_vensim:
                    node = translated(self.ranges.numbered(node), self.known, self._counter)
                node = self._functions(node)
                node = self.ranges.at(node, subscripts, cell)
                return self._explicit(variable, node) if self.project.dialect in _XMILE else node

            expression = here(equation.expression)
            assert expression is not None
            yield (
                cell,
                replace(
                    equation,
                    expression=expression,
                    initial=here(equation.initial),
                    rate=here(equation.rate),
                ),
            )


_XMILE = ("xmile", "stella")
