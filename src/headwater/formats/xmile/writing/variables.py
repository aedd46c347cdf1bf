"""Variables as elements; what XMILE has no kind for becomes what comes closest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from headwater.formats.losses import CHANGEABLE, Losses
from headwater.formats.xmile.texts import escaped_text, plain_text
from headwater.formats.xmile.variables.summing import of_sum
from headwater.formats.xmile.writing.data import graphs_of, time_of
from headwater.formats.xmile.writing.disciplines import (
    DisciplineWriter,
    belt_attributes,
    leak_tags,
)
from headwater.formats.xmile.writing.equations import EquationWriter, Parts
from headwater.formats.xmile.writing.graphs import graph_tag, range_tag, writable_range
from headwater.formats.xmile.writing.names import attribute, listed
from headwater.formats.xmile.writing.rates import RateReader, bare, may_flow
from headwater.formats.xmile.writing.tags import Tag, add_kept
from headwater.language.names import canonical
from headwater.language.syntax import Name
from headwater.model.project import Dialect
from headwater.model.variables import (
    AnyVariable,
    Auxiliary,
    Constant,
    Data,
    Equation,
    Flow,
    FlowTerm,
    Graph,
    Lever,
    Provenance,
    Stock,
)


class VariableWriter:
    """Writes the variables of one model, in their order."""

    def __init__(self, equations: EquationWriter, losses: Losses, dialect: Dialect) -> None:
        self._as_it_is = dialect in ("xmile", "stella")
        self._equations = equations
        self._disciplines = DisciplineWriter(equations)
        self._losses = losses
        self._taken: set[str] = set()
        self._flows: set[str] = set()
        self._rates = RateReader()

    def write(self, variables: Sequence[AnyVariable]) -> list[Tag]:
        """Return the elements of all variables."""
        self._taken = {v.key for v in variables}
        kinds = {v.key: v for v in variables}
        found: list[Tag] = []
        self._rates = RateReader()
        stocks = {v.key: self._with_flows(v, kinds) for v in variables if isinstance(v, Stock)}
        self._flows = {
            t.expression.key
            for stock, _ in stocks.values()
            for t in stock.flows
            if isinstance(t.expression, Name)
        }
        for variable in variables:
            if isinstance(variable, Stock):
                stock, made = stocks[variable.key]
                found += [self._stock(stock), *map(self._flow, made)]
            else:
                found.append(self._other(variable))
        return found

    def _other(self, variable: AnyVariable) -> Tag:
        match variable:
            case Flow():
                return self._flow(variable)
            case Data():
                return self._data(variable)
            case Graph(equations=()) if not variable.dimensions and len(variable.graphs) == 1:
                tag = self._tag("gf", variable)
                function = graph_tag(variable.graphs[0])
                tag.attributes = {**tag.attributes, **function.attributes}
                tag.children += function.children
                return tag
            case Graph():
                tag = self._tag(self._kind(variable), variable)
                return self._filled(tag, variable, variable.equations)
            case Auxiliary() | Constant() | Lever():
                if isinstance(variable, Constant) and variable.unchangeable:
                    self._lost(CHANGEABLE, variable)
                if isinstance(variable, Lever):
                    self._lost("what a policy may set is written as a constant", variable)
                tag = self._tag(self._kind(variable), variable)
                return self._filled(tag, variable, variable.equations)
        raise AssertionError(variable)

    def _kind(self, variable: AnyVariable) -> str:
        """Return the element of a variable: XMILE's stocks are changed by flows alone."""
        return "flow" if variable.key in self._flows and not self._as_it_is else "aux"

    def _filled(self, tag: Tag, variable: AnyVariable, equations: Sequence[Equation]) -> Tag:
        """Return an element with a variable's equations and graphical functions."""
        parts = Parts()
        self._equations.add(parts, variable, equations)
        if isinstance(variable, Graph | Flow) and variable.graphs:
            self._equations.add_graphs(parts, variable, variable.graphs)
        tag.children += parts.tags()
        return tag

    # Kinds

    def _flow(self, flow: Flow) -> Tag:
        tag = self._filled(self._tag("flow", flow), flow, flow.equations)
        tag.attributes = {**tag.attributes, **belt_attributes(flow)}
        if flow.multiplier is not None:
            text = self._equations.text(flow, flow.multiplier)
            tag.children.append(Tag("multiplier", text=text))
        if flow.spread is not None and flow.spread.profile is not None:
            text = self._equations.text(flow, flow.spread.profile)
            tag.children.append(Tag("isee:distrib_eq", text=text))
        tag.children += leak_tags(flow)
        if flow.non_negative:
            tag.children.append(Tag("non_negative"))
        return tag

    def _stock(self, stock: Stock) -> Tag:
        tag = self._tag("stock", stock)
        parts = Parts()
        given = self._disciplines.contents(stock)
        if isinstance(given, str):
            parts.own.append(Tag("eqn", text=given))
        else:
            self._equations.add(parts, stock, [replace(e, rate=None) for e in given])
        for term in stock.flows:
            name = term.expression.text if isinstance(term.expression, Name) else ""
            parts.own.append(Tag("inflow" if term.sign > 0 else "outflow", text=listed(name)))
        self._disciplines.add(parts, stock)
        if stock.non_negative:
            parts.own.append(Tag("non_negative"))
        tag.children += parts.tags()
        return tag

    def _data(self, data: Data) -> Tag:
        tag = self._tag(self._kind(data), data)
        parts = Parts()
        self._equations.add(parts, data, (Equation(time_of(data)),))
        self._equations.add_graphs(parts, data, graphs_of(data))
        self._lost("data become a graphical function of time; where they come from is lost", data)
        tag.children += parts.tags()
        return tag

    # Flows that no variable stands for

    def _with_flows(self, stock: Stock, kinds: dict[str, AnyVariable]) -> tuple[Stock, list[Flow]]:
        """Return a stock whose flows are variables, and those that had to be made."""
        made: list[Flow] = []
        terms = self._rates.flows_of(stock, kinds)
        if not terms and any(e.rate is not None for e in stock.equations):
            rates = tuple(
                replace(e, expression=e.rate, initial=None, rate=None)
                for e in stock.equations
                if e.rate is not None
            )
            made.append(self._made(f"net flow of {stock.name}", stock, rates))
            terms.append(FlowTerm(1, Name(made[-1].name)))
        for term in stock.flows:
            summed = of_sum(term.expression, stock)
            if summed is not term.expression:
                terms.append(replace(term, expression=summed))
                continue
            expression = bare(term.expression, stock)
            if isinstance(expression, Name) and not expression.subscripts:
                if self._as_it_is or may_flow(kinds.get(expression.key), stock):
                    terms.append(FlowTerm(term.sign, expression))
                    continue
            direction = "inflow to" if term.sign > 0 else "outflow from"
            flow = self._made(f"{direction} {stock.name}", stock, (Equation(term.expression),))
            made.append(flow)
            terms.append(FlowTerm(term.sign, Name(flow.name)))
        return replace(stock, flows=tuple(terms)), made

    def _made(self, name: str, stock: Stock, equations: tuple[Equation, ...]) -> Flow:
        """Return a flow with a name of its own for what a stock writes as an expression."""
        unique, number = name, 1
        while canonical(unique) in self._taken:
            number += 1
            unique = f"{name} {number}"
        self._taken.add(canonical(unique))
        self._lost("a stock's change is written as a flow of its own", stock)
        return Flow(
            name=unique,
            dimensions=stock.dimensions,
            group=stock.group,
            equations=equations,
            span=stock.span,
        )

    # What all variables have

    def _tag(self, kind: str, variable: AnyVariable) -> Tag:
        tag = Tag(kind, {"name": attribute(variable.name)})
        if variable.access:
            tag.attributes = {**tag.attributes, "access": variable.access}
        tag.children += self._common(variable)
        add_kept(tag, variable.display if self._as_it_is else ())
        self._check(variable)
        return tag

    def _common(self, variable: AnyVariable) -> Iterator[Tag]:
        if variable.documentation.strip():
            yield Tag("doc", text=escaped_text(variable.documentation))
        if variable.dimensions:
            dims = [Tag("dim", {"name": attribute(d)}) for d in variable.dimensions]
            yield Tag("dimensions", children=dims)
        if variable.unit:
            yield Tag("units", text=variable.unit)
        if variable.range is not None and writable_range(variable.range):
            yield range_tag("range", variable.range)

    def _check(self, variable: AnyVariable) -> None:
        """Report what of a variable XMILE has no place for."""
        if plain_text(escaped_text(variable.documentation).strip()) != variable.documentation:
            self._lost("blanks around a documentation are lost", variable)
        if variable.range is not None and not writable_range(variable.range):
            self._lost("a range without an end is not written", variable)
        if variable.uncertainty is not None:
            self._lost("uncertainty is not written", variable)
        if variable.provenance != Provenance():
            self._lost("what an equation rests on (claims, assumptions) is not written", variable)
        if not variable.save and not (isinstance(variable, Graph) and not variable.equations):
            self._lost("variables that are not saved are saved by other tools", variable)
        if isinstance(variable, Graph) and variable.input_unit:
            self._lost("the unit of a graphical function's input is not written", variable)
        if isinstance(variable, Data) and not variable.series:
            self._lost("data without values are not written", variable)

    def _lost(self, what: str, variable: AnyVariable) -> None:
        self._losses.add(what, variable.name, variable.span)
