"""Variables as statements of the literate case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby, pairwise, product

from headwater.formats.flow_limits import Limits
from headwater.formats.literate.writing.clauses import clauses
from headwater.formats.literate.writing.data import DataFiles, in_parts, is_plain
from headwater.formats.literate.writing.disciplines import Disciplines
from headwater.formats.literate.writing.lists import Cell, listed
from headwater.formats.literate.writing.terms import Terms
from headwater.formats.losses import CHANGEABLE, has_looks
from headwater.language.names import canonical, free_name
from headwater.language.printer import print_expression, print_name, print_number
from headwater.language.syntax import Binary, Call, Expression, Name, Number, Unary
from headwater.model.variables import (
    AnyVariable,
    Auxiliary,
    Constant,
    Data,
    Equation,
    Flow,
    FlowTerm,
    Graph,
    GraphicalFunction,
    Lever,
    Stock,
)

_TOO_FEW = 2


class StatementWriter:
    """Writes the variables of one model."""

    def __init__(
        self, terms: Terms, data: DataFiles, limited: Sequence[AnyVariable] | None = None
    ) -> None:
        self._terms = terms
        self._data = data
        variables = terms.project.variables
        self._limits = Limits(limited or variables, lambda name: name, "DT")
        self._further: list[AnyVariable] = []
        self._disciplines = Disciplines(terms, self._further.append)
        self._flows = _names_of_flows(variables)

    def write(self, variable: AnyVariable) -> list[str]:
        """Return the statements of a variable, and of those that it makes necessary."""
        self._refuse(variable)
        own = self._own(variable)
        further, self._further[:] = list(self._further), []
        return [s for v in further for s in self.write(v)] + own

    def _own(self, variable: AnyVariable) -> list[str]:
        if isinstance(variable, Flow) and self._disciplines.is_driven(variable):
            head = self._head("flow", variable).removesuffix(" =")
            return ["\n".join((head, *self._flow_clauses(variable), *self._clauses(variable)))]
        match variable:
            case Data():
                return self._data_statements(variable)
            case Graph(equations=()):
                return [self._graph(variable, variable.name)]
            case Graph() | Flow(graphs=(_, *_)):
                return self._of_graph(variable)
            case Stock():
                return self._stock(variable)
        return [self._plain(variable, self._kind(variable), variable.equations)]

    def _kind(self, variable: AnyVariable) -> str:
        match variable:
            case Flow():
                return "flow"
            case Constant():
                return "constant"
            case Lever():
                return "lever"
        return "flow" if variable.key in self._flows else "aux"

    # Parts

    def _head(self, kind: str, variable: AnyVariable, unit: str | None = None) -> str:
        inside = ", ".join(map(print_name, variable.dimensions))
        name = print_name(variable.name) + (f"[{inside}]" if inside else "")
        unit = variable.unit if unit is None else unit
        return f"{kind} {name} : {unit} =" if unit else f"{kind} {name} ="

    def _plain(self, variable: AnyVariable, kind: str, equations: Sequence[Equation]) -> str:
        text = f"{self._head(kind, variable)} {self._value(variable, equations)}"
        start = self._initially(variable, equations)
        own = self._flow_clauses(variable)
        return "\n".join((text, *start, *own, *self._clauses(variable)))

    def _flow_clauses(self, variable: AnyVariable) -> list[str]:
        if not isinstance(variable, Flow):
            return []
        return [f"  {c}" for c in self._disciplines.of_flow(variable)]

    def _initially(self, variable: AnyVariable, equations: Sequence[Equation]) -> list[str]:
        """Return the clause for a value that counts at the start of the run alone."""
        if all(e.initial is None for e in equations):
            return []
        starts = [replace(e, expression=e.initial or e.expression, initial=None) for e in equations]
        whole = self._terms.whole(variable, starts) or _shared(variable, starts)
        if whole is not None:
            text = print_expression(self._terms.expression(variable, whole.expression))
            return [f"  initially {text}"]
        name = free_name(f"start of {variable.name}", self._terms.known)
        made = Auxiliary(name=name, dimensions=variable.dimensions, equations=tuple(starts))
        self._further.append(made)
        what = "values of single elements at the start are written as a variable of their own"
        self._terms.losses.add(what, variable.name, variable.span)
        return [f"  initially {print_expression(Name(name, tuple(map(Name, made.dimensions))))}"]

    def _clauses(self, variable: AnyVariable) -> list[str]:
        return [f"  {c}" for c in clauses(variable, self._terms.losses)]

    def _value(self, variable: AnyVariable, equations: Sequence[Equation]) -> str:
        """Return the right side of a variable: an expression, or a list by element."""
        whole = self._terms.whole(variable, equations)
        if whole is not None:
            expression = self._terms.expression(variable, whole.expression)
            return self._bounded(variable, expression, variable.dimensions)
        cells = self._terms.cells(variable, equations)
        texts = {
            cell: self._bounded(variable, e.expression, self._spelled(variable, cell))
            for cell, e in cells.items()
        }
        return listed(texts, self._terms.dimensions(variable)) if texts else "0"

    def _spelled(self, variable: AnyVariable, cell: Cell) -> list[str]:
        found: list[str] = []
        for dimension, key in zip(self._terms.dimensions(variable), cell, strict=True):
            found.append(next(e for e in dimension.elements if canonical(e) == key))
        return found

    def _bounded(self, variable: AnyVariable, asked: Expression, subscripts: Sequence[str]) -> str:
        if isinstance(variable, Flow) and variable.non_negative:
            asked = Call(Name("MAX"), (asked, Number(0.0)))
        return print_expression(self._limits.cut(variable, subscripts, asked))

    # Stocks

    def _stock(self, stock: Stock) -> list[str]:
        initial = self._disciplines.initial(stock)
        value = self._value(stock, [replace(e, rate=None) for e in initial])
        lines = [f"{self._head('stock', stock)} {value}"]
        before: list[str] = []
        terms = [FlowTerm(t.sign, self._amount(stock, t)) for t in stock.flows]
        if not terms and any(e.rate is not None for e in stock.equations):
            whole = self._terms.whole(stock, stock.equations)
            if whole is not None and whole.rate is not None:
                terms = list(_terms(self._terms.expression(stock, whole.rate)))
            else:
                before, terms = self._own_flow(stock)
        for term in terms:
            sign = "+" if term.sign > 0 else "-"
            text = print_expression(term.expression)
            loose = isinstance(term.expression, Binary | Unary)
            lines.append(f"  {sign} ({text})" if loose else f"  {sign} {text}")
        lines += [f"  {c}" for c in self._disciplines.of_stock(stock)]
        return [*before, "\n".join((*lines, *self._clauses(stock)))]

    def _amount(self, stock: Stock, term: FlowTerm) -> Expression:
        taken = self._limits.taken(stock, term, stock.dimensions)
        expression = taken or self._terms.expression(stock, term.expression)
        flow = self._terms.known.get(getattr(term.expression, "key", ""))
        if term.sign > 0 and isinstance(flow, Flow) and flow.multiplier is not None:
            factor = self._terms.expression(stock, flow.multiplier)
            return Binary("*", expression, factor)
        return expression

    def _own_flow(self, stock: Stock) -> tuple[list[str], list[FlowTerm]]:
        """Return a flow for a rate that differs between elements."""
        name = free_name(f"net flow of {stock.name}", self._terms.known)
        equations = [
            replace(e, expression=e.rate, initial=None, rate=None)
            for e in stock.equations
            if e.rate is not None
        ]
        flow = Flow(name=name, dimensions=stock.dimensions, equations=tuple(equations))
        what = "a stock's change is written as a flow of its own"
        self._terms.losses.add(what, stock.name, stock.span)
        subscripts = tuple(map(Name, stock.dimensions))
        return [self._plain(flow, "flow", flow.equations)], [FlowTerm(1, Name(name, subscripts))]

    # Graphical functions

    def _of_graph(self, variable: Graph | Flow) -> list[str]:
        """Return a function, and the variable that is its value for an expression."""
        function = self._terms.function_of(Name(variable.name))
        name, subscripts = function.text, tuple(map(Name, variable.dimensions))
        equations = tuple(
            replace(e, expression=Call(Name(name, subscripts), (e.expression,)))
            for e in variable.equations
        )
        kind = "flow" if isinstance(variable, Flow) or variable.key in self._flows else "aux"
        what = "graphical functions of an expression become a function and a variable"
        self._terms.losses.add(what, variable.name, variable.span)
        return [self._graph(variable, name), self._plain(variable, kind, equations)]

    def _graph(self, variable: Graph | Flow, name: str) -> str:
        own = name == variable.name
        bare = replace(variable, name=name)
        kinds = {g.kind for g in variable.graphs}
        if len(kinds) > 1:
            self._terms.fail(variable, "is a function of different kinds for its elements")
        head = self._head("graph", bare, None if own else "")
        if isinstance(variable, Graph) and variable.input_unit and own and variable.unit:
            head = head.replace(" =", f" of {variable.input_unit} =")
        kind = next(iter(kinds), "continuous")
        lines = [f"{head} {self._points_of(variable)}"]
        lines += [] if kind == "continuous" else [f"  {kind}"]
        return "\n".join((*lines, *(self._clauses(variable) if own else ())))

    def _points_of(self, variable: Graph | Flow) -> str:
        graphs = variable.graphs
        whole = self._terms.shapes.is_whole(variable.dimensions, graphs[0].subscripts)
        if len(graphs) == 1 and whole:
            return self._points(variable, graphs[0])
        found: dict[Cell, str] = {}
        for graph in graphs:
            for cell in self._terms.shapes.cells(variable.dimensions, graph.subscripts):
                found[tuple(map(canonical, cell))] = self._points(variable, graph)
        return listed(found, self._terms.dimensions(variable))

    def _points(self, variable: AnyVariable, graph: GraphicalFunction) -> str:
        points = [point for point, _ in groupby(zip(graph.x, graph.y, strict=True))]
        if len(points) < _TOO_FEW:
            points = [points[0], (points[0][0] + 1.0, points[0][1])]
        if any(b[0] < a[0] for a, b in pairwise(points)):
            self._terms.fail(variable, "has points that are not in the order of x", "sort them")
        return " ".join(f"({print_number(a)}, {print_number(b)})" for a, b in points)

    # Data

    def _data_statements(self, data: Data) -> list[str]:
        if not is_plain(data):
            return self._data_in_parts(data)
        values, interpolation = self._data.add(data, self._terms)
        head = f"{self._head('data', data)} {values}"
        lines = [head, *([f"  interpolate {interpolation}"] if interpolation else [])]
        return ["\n".join((*lines, *self._clauses(data)))]

    def _data_in_parts(self, data: Data) -> list[str]:
        """Return series of their own, and the variable that picks from them."""
        what = "data of several dimensions, or read in Vensim's ways, get series of their own"
        self._terms.losses.add(what, data.name, data.span)
        parts, values = in_parts(data, frozenset(self._terms.known))
        statements = [s for part in parts for s in self._data_statements(part)]
        texts = {cell: print_expression(node) for cell, node in values.items()}
        for cell in product(*(map(canonical, d.elements) for d in self._terms.dimensions(data))):
            texts.setdefault(cell, "NAN")
        value = listed(texts, self._terms.dimensions(data))
        head = f"{self._head('aux', data)} {value}"
        return [*statements, "\n".join((head, *self._clauses(data)))]

    # What has no place

    def _refuse(self, variable: AnyVariable) -> None:
        self._disciplines.refuse(variable)
        if variable.key in self._limits.refused:
            why = self._limits.refused[variable.key]
            self._terms.fail(variable, f"cannot fall below 0, and that has no form for {why}")
        elif self._disciplines.is_driven(variable):
            pass
        elif not isinstance(variable, Data | Graph) and not variable.equations:
            self._terms.fail(variable, "has no equation", "give it a number or an expression")
        if isinstance(variable, Constant) and variable.unchangeable:
            self._terms.losses.add(CHANGEABLE, variable.name, variable.span)
        if has_looks(variable.display):
            what = "the looks of variables are not written"
            self._terms.losses.add(what, variable.name, variable.span)


def _names_of_flows(variables: Sequence[AnyVariable]) -> set[str]:
    """Return the variables that change a stock by themselves."""
    found: set[str] = set()
    for variable in variables:
        if isinstance(variable, Stock):
            rates = [e.rate for e in variable.equations if e.rate is not None]
            given = [t.expression for t in variable.flows]
            for node in [*given, *(t.expression for r in rates for t in _terms(r))]:
                if isinstance(node, Name):
                    found.add(node.key)
    return found


def _terms(rate: Expression) -> list[FlowTerm]:
    """Return a rate as terms that are added and subtracted one after the other."""
    terms: list[FlowTerm] = []
    while isinstance(rate, Binary) and rate.operator in ("+", "-"):
        terms.append(FlowTerm(1 if rate.operator == "+" else -1, rate.right))
        rate = rate.left
    if isinstance(rate, Unary) and rate.operator == "-":
        terms.append(FlowTerm(-1, rate.operand))
    elif rate != Number(0.0) or not terms:
        terms.append(FlowTerm(1, rate))
    return terms[::-1]


def _shared(variable: AnyVariable, equations: Sequence[Equation]) -> Equation | None:
    """Return the first equation where all are one number, or the variable's element of another."""
    first = equations[0].expression
    if any(e.expression != first for e in equations):
        return None
    if isinstance(first, Name):
        named = [s.key if isinstance(s, Name) else "" for s in first.subscripts]
        own = bool(named) and named == list(map(canonical, variable.dimensions))
        return equations[0] if own else None
    return equations[0] if isinstance(first, Number) else None
