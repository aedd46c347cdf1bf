"""From the equations of a variable to the variable of the model."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import TypedDict

import numpy as np

from headwater.errors import ModelError, Place
from headwater.formats.vensim import equations as parsed
from headwater.formats.vensim.data_formulas import needs_points
from headwater.formats.vensim.equations import Left, literal
from headwater.formats.vensim.files.data import DataFiles
from headwater.formats.vensim.files.external import ExternalFiles
from headwater.formats.vensim.files.run_tables import RunTables
from headwater.formats.vensim.points import Points
from headwater.formats.vensim.shapes import Shapes
from headwater.formats.vensim.units import split_units
from headwater.language.names import canonical, free_name
from headwater.language.source import Span
from headwater.language.syntax import (
    Call,
    Expression,
    Name,
    Number,
    NumberTable,
    transform,
)
from headwater.model.uncertainty import Range
from headwater.model.variables import (
    AnyVariable,
    Auxiliary,
    Constant,
    Data,
    Equation,
    Graph,
    GraphicalFunction,
    Interpolation,
    Series,
    Stock,
)

AS_DATA: Mapping[Interpolation, str] = {
    "raw": ":RAW:",
    "linear": ":INTERPOLATE:",
    "hold": ":HOLD BACKWARD:",
    "look_forward": ":LOOK FORWARD:",
}
"""Functions that read a data variable in another way, named by the keyword."""


class _Common(TypedDict):
    name: str
    dimensions: tuple[str, ...]
    unit: str
    documentation: str
    group: str
    range: Range | None
    span: Span | None
    unit_span: Span | None


@dataclass(slots=True)
class Draft:
    """All equations of one variable, in the order of the file."""

    name: str
    equations: list[parsed.Equation] = field(default_factory=list)

    @property
    def place(self) -> Place | None:
        """Where the variable is first defined."""
        span = self.equations[0].left.span
        return span.place if span else None


class VariableMaker:
    """Makes variables; keeps what they need beside their equations.

    ``taken`` are the look-up forms of the model's names, which hidden variables must not have.
    """

    def __init__(
        self,
        shapes: Shapes,
        files: ExternalFiles,
        data_files: DataFiles,
        data: Mapping[str, bool] | None = None,
        taken: Iterable[str] = (),
    ) -> None:
        self._shapes = shapes
        self._taken = set(taken)
        self._data_names = data or {}
        self._files = files
        self._data_files = data_files
        self._runs = RunTables(data_files, shapes.elements, files.missing)

    def make(self, draft: Draft) -> list[AnyVariable]:
        """Return the variable, and the hidden functions that its equations use.

        Raises ModelError or DataError.
        """
        for equation in draft.equations:
            _check_unsaid(equation, draft)
        if len(draft.equations) > 1 and not any(e.left.subscripts for e in draft.equations):
            raise ModelError(
                f"`{draft.name}` is defined twice; it is also defined at {draft.place}",
                _place(draft.equations[1]),
                "case, blanks and underscores do not tell names apart",
            )
        dimensions = self._dimensions(draft)
        rights = [e.right for e in draft.equations]
        hidden: list[AnyVariable] = []
        if any(isinstance(r, parsed.Lookup) or _is_external(r, "lookups") for r in rights):
            return [self._function(draft, dimensions)]
        if any(self._is_data(e) for e in draft.equations):
            return [self._data(draft, dimensions)]
        if all(isinstance(r, parsed.WithLookup) for r in rights):
            return [self._graph(draft, dimensions)]
        equations = tuple(self._equation(draft, e, hidden) for e in draft.equations)
        if any(isinstance(r, parsed.Integral) for r in rights):
            return [*hidden, *self._stock(draft, dimensions, equations)]
        common = _common(draft, dimensions)
        if not all(map(_is_constant, equations)):
            return [*hidden, Auxiliary(**common, equations=equations)]
        fixed = any(e.left.unchangeable for e in draft.equations)
        return [*hidden, Constant(**common, equations=equations, unchangeable=fixed)]

    def _stock(
        self, draft: Draft, dimensions: tuple[str, ...], equations: tuple[Equation, ...]
    ) -> list[AnyVariable]:
        """Return a stock. Where some elements are none, those that are get a variable of their own.

        An element that is a number is a stock without a flow.
        """
        common = _common(draft, dimensions)
        still = [
            replace(e, rate=Number(0.0)) if e.rate is None and _is_constant(e) else e
            for e in equations
        ]
        if all(e.rate is not None for e in still):
            return [Stock(**common, equations=tuple(still))]
        levels = [e for e in equations if e.rate is not None]
        name = self._own_name(f"{draft.name} level")
        places = [e.span.place if e.span else None for e in levels]
        own = self._shapes.of_variable(name, [e.subscripts for e in levels], places)
        renamed: _Common = {**common, "name": name, "dimensions": own}
        level = Stock(**renamed, equations=tuple(levels), save=False)
        values = tuple(
            e
            if e.rate is None
            else replace(
                e, expression=Name(name, tuple(Name(s) for s in e.subscripts), e.span), rate=None
            )
            for e in equations
        )
        return [level, Auxiliary(**common, equations=values)]

    def _dimensions(self, draft: Draft) -> tuple[str, ...]:
        places = [e.left.span.place if e.left.span else None for e in draft.equations]
        return self._shapes.of_variable(
            draft.name, [e.left.subscripts for e in draft.equations], places
        )

    def _extents(self, left: Left) -> tuple[int, ...]:
        """Return the sizes of the ranges of a left side; elements do not count."""
        ranges = [self._shapes.find(s) for s in left.subscripts]
        return tuple(len(r.elements) for r in ranges if r is not None)

    def _cells(self, left: Left) -> list[tuple[str, ...]]:
        """Return the elements that a left side defines, the last subscript fastest."""
        return list(itertools.product(*(self._shapes.elements(s) for s in left.subscripts)))

    def _parts(self, left: Left) -> list[tuple[str, ...]]:
        """Return the subscripts of a left side, without its exceptions: by element, if any."""
        if not left.excepts:
            return [left.subscripts]
        kept = dict.fromkeys(self._cells(left))
        for names in left.excepts:
            for cell in itertools.product(*(self._shapes.elements(n) for n in names)):
                kept.pop(cell, None)
        return [*kept]

    # Plain variables and stocks

    def _equation(
        self, draft: Draft, equation: parsed.Equation, hidden: list[AnyVariable]
    ) -> Equation:
        left, right = equation.left, equation.right
        expression = self._value(draft, equation, hidden)
        initial = right.initial if isinstance(right, parsed.Formula) else None
        rate = right.rate if isinstance(right, parsed.Integral) else None
        for said in (expression, rate, initial):
            if said is not None:
                self._shapes.check_aggregates(said, _place(equation))
        manner = left.interpolation
        if isinstance(right, parsed.Formula) and right.data and manner is None:
            manner = "linear" if needs_points(expression, self._data_names) else None
        if manner and isinstance(right, parsed.Formula):
            expression = Call(Name(AS_DATA[manner]), (expression,), left.span)
        if equation.points:
            change = self._inline(draft, equation, hidden)
            expression = transform(expression, change)
            rate = transform(rate, change) if rate is not None else None
            initial = transform(initial, change) if initial is not None else None
        return Equation(
            expression,
            subscripts=left.subscripts,
            excepts=left.excepts,
            initial=initial,
            rate=rate,
            span=equation.entry.equation,
        )

    def _value(
        self, draft: Draft, equation: parsed.Equation, hidden: list[AnyVariable]
    ) -> Expression:
        """Return what an equation gives: a stock's is its initial value."""
        left, right = equation.left, equation.right
        place = _place(equation)
        match right:
            case parsed.Formula(expression=expression):
                return expression
            case parsed.Integral(initial=expression):
                return expression
            case parsed.Numbers():
                return self._number_table(draft, equation, right)
            case parsed.External(of_run=True):
                found = self._runs.constants(right.arguments, len(self._cells(left)), place)
                return _table(found, equation)
            case parsed.External():
                values = self._files.constants(right.arguments, self._extents(left), place)
                return _table(values.ravel().tolist(), equation)
            case parsed.WithLookup(argument=argument, points=points):
                function = Name(self._hidden_function(draft, points, hidden))
                return Call(function, (argument,), left.span)
            case _:
                raise ModelError(f"`{draft.name}` has equations of different kinds", draft.place)

    def _number_table(
        self, draft: Draft, equation: parsed.Equation, numbers: parsed.Numbers
    ) -> Expression:
        extents = self._extents(equation.left)
        values = [v for row in numbers.rows for v in row]
        widths = {len(row) for row in numbers.rows}
        uneven = len(numbers.rows) > 1 and len(extents) > 1 and widths != {extents[-1]}
        if len(values) != prod(extents) or uneven:
            shape = " by ".join(map(str, extents)) + " numbers" if extents else "one number"
            rows = len(numbers.rows)
            given = f"{len(values)} numbers" + (f" in {rows} rows" if rows > 1 else "")
            raise ModelError(
                f"`{draft.name}` needs {shape} here and gets {given}",
                _place(equation),
                "list one number an element; `;` ends a row",
            )
        if equation.left.excepts:
            raise ModelError(
                f"`{draft.name}` has a list of numbers and exceptions", _place(equation)
            )
        return _table(values, equation)

    def _inline(
        self, draft: Draft, equation: parsed.Equation, hidden: list[AnyVariable]
    ) -> Callable[[Expression], Expression]:
        names: dict[int, str] = {}

        def change(node: Expression) -> Expression:
            if not isinstance(node, Call) or node.function.key != "with_lookup":
                return node
            argument, number = node.arguments
            assert isinstance(number, Number)
            which = int(number.value)
            if which not in names:
                names[which] = self._hidden_function(draft, equation.points[which], hidden)
            return Call(Name(names[which], (), node.span), (argument,), node.span)

        return change

    def _own_name(self, wish: str) -> str:
        name = free_name(wish, self._taken)
        self._taken.add(canonical(name))
        return name

    def _hidden_function(self, draft: Draft, points: Points, hidden: list[AnyVariable]) -> str:
        name = self._own_name(f"{draft.name} lookup {len(hidden) + 1}")
        function = GraphicalFunction(points.x, points.y, scale=points.scale, span=points.span)
        hidden.append(Graph(name=name, graphs=(function,), save=False, span=points.span))
        return name

    # Lookups

    def _function(self, draft: Draft, dimensions: tuple[str, ...]) -> Graph:
        graphs: list[GraphicalFunction] = []
        for equation in draft.equations:
            left, right = equation.left, equation.right
            if isinstance(right, parsed.Lookup):
                graphs += [_graph_of(right.points, part) for part in self._parts(left)]
            elif isinstance(right, parsed.External) and right.what == "lookups":
                cells = self._cells(left)
                found = self._files.lookups(right.arguments, len(cells), _place(equation))
                for cell, (x, y) in zip(cells, found, strict=True):
                    graphs.append(
                        GraphicalFunction(tuple(x.tolist()), tuple(y.tolist()), subscripts=cell)
                    )
            else:
                raise ModelError(
                    f"`{draft.name}` is a lookup in one equation and none in another", draft.place
                )
        return Graph(**_common(draft, dimensions), graphs=tuple(graphs))

    def _graph(self, draft: Draft, dimensions: tuple[str, ...]) -> Graph:
        graphs: list[GraphicalFunction] = []
        equations: list[Equation] = []
        for equation in draft.equations:
            left, right = equation.left, equation.right
            assert isinstance(right, parsed.WithLookup)
            graphs += [_graph_of(right.points, part) for part in self._parts(left)]
            span = equation.entry.equation
            equations.append(
                Equation(
                    right.argument, subscripts=left.subscripts, excepts=left.excepts, span=span
                )
            )
        common = _common(draft, dimensions)
        return Graph(**common, graphs=tuple(graphs), equations=tuple(equations))

    # Data

    @staticmethod
    def _is_data(equation: parsed.Equation) -> bool:
        right = equation.right
        return isinstance(right, parsed.Unsaid) or _is_external(right, "data")

    def _data(self, draft: Draft, dimensions: tuple[str, ...]) -> Data:
        series: list[Series] = []
        interpolations: dict[Interpolation, None] = {}
        for equation in draft.equations:
            left, right = equation.left, equation.right
            cells = self._cells(left)
            if self._is_data(equation):
                interpolations[left.interpolation or "linear"] = None
            match right:
                case parsed.Unsaid():
                    place = _place(equation)
                    series += [self._data_files.series(draft.name, c, place) for c in cells]
                case parsed.External(what="data"):
                    source = self._runs if right.of_run else self._files
                    found = source.series(right.arguments, len(cells), _place(equation))
                    origin = right.arguments[0]
                    for cell, (times, values) in zip(cells, found, strict=True):
                        series.append(Series(times, values, cell, origin))
                case _:
                    series += self._constant_series(draft, equation, cells)
        if len(interpolations) > 1:
            raise ModelError(f"`{draft.name}` has elements of different interpolation", draft.place)
        kind: Interpolation = next(iter(interpolations), "linear")
        return Data(**_common(draft, dimensions), series=tuple(series), interpolation=kind)

    def _constant_series(
        self, draft: Draft, equation: parsed.Equation, cells: Sequence[tuple[str, ...]]
    ) -> list[Series]:
        """Return elements of a data variable that are numbers: the same at all times."""
        expression = self._equation(draft, equation, []).expression
        if isinstance(expression, NumberTable):
            values: Sequence[float] = expression.values
        else:
            number = literal(expression)
            if number is None:
                raise ModelError(
                    f"`{draft.name}` mixes data with an equation",
                    _place(equation),
                    "give the data a variable of their own",
                )
            values = [number] * len(cells)
        return [
            Series(np.zeros(1), np.array([v]), cell) for cell, v in zip(cells, values, strict=True)
        ]


def _check_unsaid(equation: parsed.Equation, draft: Draft) -> None:
    if equation.is_unwritten:
        raise ModelError(
            f"`{draft.name}` has no equation yet, only a list of what it depends on",
            _place(equation),
            "replace A FUNCTION OF(…) by an expression",
        )


def _is_external(right: parsed.Right, what: str) -> bool:
    return isinstance(right, parsed.External) and right.what == what


def _table(values: list[float], equation: parsed.Equation) -> Expression:
    span = equation.entry.equation
    if len(values) == 1:
        return Number(values[0], span)
    return NumberTable(tuple(values), span)


def _is_constant(equation: Equation) -> bool:
    if equation.initial is not None:
        return False
    return isinstance(equation.expression, NumberTable) or literal(equation.expression) is not None


def _place(equation: parsed.Equation) -> Place | None:
    return equation.entry.equation.place


def _common(draft: Draft, dimensions: tuple[str, ...]) -> _Common:
    entries = [e.entry for e in draft.equations]
    unit, limits, unit_span = "", None, None
    for entry in entries:
        found, found_range = split_units(entry.units)
        if found or found_range:
            unit, limits, unit_span = found or unit, found_range or limits, entry.units_span
    comments = [e.comment for e in entries if e.comment]
    return {
        "name": draft.name,
        "dimensions": dimensions,
        "unit": unit,
        "documentation": comments[-1] if comments else "",
        "group": entries[0].group,
        "range": limits,
        "span": draft.equations[0].left.span,
        "unit_span": unit_span,
    }


def _graph_of(points: Points, subscripts: tuple[str, ...]) -> GraphicalFunction:
    return GraphicalFunction(points.x, points.y, subscripts=subscripts, scale=points.scale)
