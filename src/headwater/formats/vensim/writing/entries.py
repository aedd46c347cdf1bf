"""Variables as entries: one for each of their equations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from headwater.formats.losses import Losses
from headwater.formats.vensim.variables import AS_DATA
from headwater.formats.vensim.writing.data import MANNERS, DataFile, is_missing
from headwater.formats.vensim.writing.expressions import Printer
from headwater.formats.vensim.writing.layout import Texts, entry
from headwater.formats.vensim.writing.names import number, points, quoted
from headwater.language.names import canonical
from headwater.language.syntax import Call, NumberTable
from headwater.model.variables import (
    AnyVariable,
    Constant,
    Data,
    Dimension,
    Equation,
    Graph,
)

Side = tuple[str, str]
"""The left side of an equation with its sign of equality, and the right side."""

_MANNERS = {canonical(word): word for word in AS_DATA.values()}


class EntryWriter:
    """Writes the variables of a model or a macro in Vensim's own terms."""

    def __init__(
        self,
        printer: Printer,
        dimensions: Mapping[str, Dimension],
        data: DataFile,
        losses: Losses,
    ) -> None:
        self._printer = printer
        self._dimensions = dimensions
        self._data = data
        self._texts = Texts(losses)

    def write(self, variable: AnyVariable) -> str:
        """Return the entries of a variable."""
        *others, (left, right) = self._sides(variable)
        text = "".join(entry(a, b).replace("\n\t~\t\n\t~\t\n\t|\n", "\n\t~~|\n") for a, b in others)
        unit = self._texts.unit(variable.unit)
        comment = self._texts.comment(variable.documentation, variable.name, variable.span)
        return text + entry(left, right, unit, variable.range, comment)

    def _sides(self, variable: AnyVariable) -> Iterator[Side]:
        match variable:
            case Data():
                return self._series(variable)
            case Graph(equations=()):
                return self._functions(variable)
            case Graph():
                return self._with_lookups(variable)
        return (self._equation(variable, e) for e in variable.equations)

    def _left(self, name: str, subscripts: Sequence[str]) -> str:
        inside = f"[{', '.join(map(quoted, subscripts))}]" if subscripts else ""
        return quoted(name) + inside

    # Equations

    def _equation(self, variable: AnyVariable, equation: Equation) -> Side:
        left = self._left(variable.name, equation.subscripts or variable.dimensions)
        if equation.excepts:
            groups = (f"[{', '.join(map(quoted, g))}]" for g in equation.excepts)
            left += f" :EXCEPT: {', '.join(groups)}"
        expression = equation.expression
        equals = "==" if isinstance(variable, Constant) and variable.unchangeable else "="
        if isinstance(expression, NumberTable):
            return f"{left} {equals}", self._table(variable, equation, expression)
        if isinstance(expression, Call) and expression.function.key in _MANNERS:
            left += f" {_MANNERS[expression.function.key]}"
            return f"{left} :=", self._printer.text(expression.arguments[0])
        text = self._printer.text(expression)
        if equation.rate is not None:
            return f"{left} =", f"INTEG({self._printer.text(equation.rate)}, {text})"
        if equation.initial is not None:
            initial = self._printer.text(equation.initial)
            return f"{left} =", f"ACTIVE INITIAL({text}, {initial})"
        return f"{left} {equals}", text

    def _table(self, variable: AnyVariable, equation: Equation, table: NumberTable) -> str:
        extents = [
            len(d.elements)
            for s in equation.subscripts or variable.dimensions
            if (d := self._dimensions.get(canonical(s))) is not None
        ]
        if len(extents) < 2:
            return ",".join(map(number, table.values))
        width = extents[-1]
        rows = (table.values[k : k + width] for k in range(0, len(table.values), width))
        return "".join(",".join(map(number, row)) + ";" for row in rows)

    # Lookups

    def _functions(self, variable: Graph) -> Iterator[Side]:
        for graph in variable.graphs:
            left = self._left(variable.name, graph.subscripts or variable.dimensions)
            yield f"{left}(", points(graph)[1:]

    def _with_lookups(self, variable: Graph) -> Iterator[Side]:
        for equation, graph in zip(variable.equations, variable.graphs, strict=True):
            left, argument = self._equation(variable, equation)
            yield left, f"WITH LOOKUP({argument}, {points(graph)})"

    # Data

    def _series(self, variable: Data) -> Iterator[Side]:
        manner = MANNERS[variable.interpolation]
        if all(map(is_missing, variable.series)):
            yield f"{self._left(variable.name, variable.dimensions)} {manner}", ""
            return
        for series in variable.series:
            left = f"{self._left(variable.name, series.subscripts)} {manner}"
            if is_missing(series):
                yield left, ""
            else:
                yield f"{left} :=", self._data.call(variable, series)
