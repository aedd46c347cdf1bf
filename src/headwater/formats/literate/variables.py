"""Statements that declare variables: stock, flow, aux, constant, graph, data, lever."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, cast

from headwater.errors import ModelError, SyntaxFault
from headwater.formats.literate.clauses import Common, read_common, support
from headwater.formats.literate.collect import Findings
from headwater.formats.literate.data import read_data_clauses
from headwater.formats.literate.elements import find_dimensions, is_list, read_list
from headwater.formats.literate.headers import (
    Declaration,
    DeclaredName,
    read_declared_name,
    split_declaration,
    unit_text,
)
from headwater.formats.literate.numbers import constant_value, read_number, short
from headwater.formats.literate.statements import (
    COMMON_CLAUSES,
    DATA_CLAUSES,
    GRAPH_KINDS,
    Clause,
    Statement,
)
from headwater.formats.literate.stretch import Stretch
from headwater.formats.literate.tables import Tables
from headwater.language.syntax import Expression
from headwater.model.variables import (
    AnyVariable,
    Auxiliary,
    Constant,
    Data,
    Dimension,
    Equation,
    Flow,
    FlowTerm,
    Graph,
    GraphicalFunction,
    GraphKind,
    Lever,
    Stock,
)

MAX_SEARCHED = 2000
_POINT = re.compile(r"\s*,?\s*(\(\0*\))")
_PLAIN_CLAUSES = ("range", "because", "assume", "note")
_ALLOWED = {
    "constant": COMMON_CLAUSES,
    "stock": (*_PLAIN_CLAUSES, "+", "-"),
    "graph": (*_PLAIN_CLAUSES, *GRAPH_KINDS),
    "data": (*_PLAIN_CLAUSES, *DATA_CLAUSES),
}


@dataclass(frozen=True, slots=True)
class Scope:
    """What the declarations of a case share."""

    dimensions: Mapping[str, Dimension]
    findings: Findings
    folder: Path | None
    tables: Tables


def read_variable(statement: Statement, scope: Scope) -> AnyVariable | None:
    """Read one declaration. What is wrong with it becomes findings, and the result None."""
    before = len(scope.findings)
    result: AnyVariable | None = None
    with scope.findings.collecting():
        declaration = split_declaration(statement)
        name = read_declared_name(declaration.name, f"the name of the {statement.keyword}")
        dimensions = find_dimensions(name, scope.dimensions)
        result = _read(declaration, name, dimensions, scope)
    return result if len(scope.findings) == before else None


def _read(
    declaration: Declaration, name: DeclaredName, dimensions: tuple[Dimension, ...], scope: Scope
) -> AnyVariable | None:
    keyword = declaration.statement.keyword
    headings = declaration.statement.headings
    flows = [c for c in declaration.clauses if c.keyword in "+-"]
    own = [c for c in declaration.clauses if c.keyword in (*GRAPH_KINDS, *DATA_CLAUSES)]
    common = Common()
    with scope.findings.collecting():
        shared = [c for c in declaration.clauses if c not in flows and c not in own]
        common = read_common(shared, _ALLOWED.get(keyword, _PLAIN_CLAUSES), f"a {keyword}")
    fields: dict[str, Any] = {
        "name": name.name,
        "dimensions": tuple(d.name for d in dimensions),
        "unit": unit_text(declaration.unit),
        "unit_span": declaration.unit.span if declaration.unit else None,
        "group": headings[-1].title if headings else "",
        "documentation": common.documentation,
        "range": common.range,
        "provenance": common.provenance,
        "uncertainty": common.uncertainty,
        "span": name.stretch.span,
    }
    if keyword == "data":
        series, interpolation = read_data_clauses(
            declaration.value, own, dimensions, scope.folder, scope.tables
        )
        return Data(**fields, series=series, interpolation=interpolation)
    if keyword == "graph":
        graphs = _graphs(declaration, own, dimensions, scope)
        return Graph(**fields, graphs=graphs, input_unit=unit_text(declaration.input_unit))
    equations = read_equations(declaration.value, dimensions, scope)
    if len(scope.findings) == 0:
        _check_values(keyword, equations, common, declaration.value)
    match keyword:
        case "stock":
            terms = tuple(_flow_term(c, scope) for c in flows)
            return Stock(**fields, equations=equations, flows=terms)
        case "flow":
            return Flow(**fields, equations=equations)
        case "aux":
            return Auxiliary(**fields, equations=equations)
        case "constant":
            return Constant(**fields, equations=equations)
        case _:
            return Lever(**fields, equations=equations)


def read_equations(
    value: Stretch, dimensions: tuple[Dimension, ...], scope: Scope
) -> tuple[Equation, ...]:
    """Read one expression for all elements, or a list by element.

    Raises :class:`SyntaxFault` or :class:`ModelError`.
    """
    if not is_list(value):
        subscripts = tuple(d.name for d in dimensions)
        return (Equation(_expression(value), subscripts, span=value.span),)
    spans: dict[int, Stretch] = {}

    def leaf(text: Stretch) -> Expression:
        expression = _expression(text)
        spans[id(expression)] = text
        return expression

    entries = read_list(value, dimensions, scope.dimensions, leaf)
    return tuple(Equation(e, key, span=spans[id(e)].span) for key, e in entries)


def _expression(text: Stretch) -> Expression:
    """Parse a value; where that fails at a misspelt clause, say so."""
    try:
        return text.expression()
    except SyntaxFault as fault:
        if len(text.surface) > MAX_SEARCHED:
            raise
        for match in text.words():
            word = match.group().lower()
            close = get_close_matches(word, COMMON_CLAUSES, n=1, cutoff=0.75)
            if close and word != close[0]:
                place = text.cut(*match.span()).place
                hint = f"did you mean `{close[0]}`?"
                raise SyntaxFault(f"unknown clause `{match.group()}`", place, hint) from fault
        raise


def _flow_term(clause: Clause, scope: Scope) -> FlowTerm:
    del scope
    if not clause.body:
        hint = f"write `{clause.keyword} name_of_a_flow`"
        raise SyntaxFault(f"nothing follows the `{clause.keyword}`", clause.head.place, hint)
    sign: Literal[1, -1] = 1 if clause.keyword == "+" else -1
    return FlowTerm(sign, clause.body.expression())


def _check_values(
    keyword: str, equations: tuple[Equation, ...], common: Common, where: Stretch
) -> None:
    """Hold every value that is a plain number against the range and the distribution."""
    for equation in equations:
        value = constant_value(equation.expression)
        if value is None:
            continue
        place = equation.span.place if equation.span else where.place
        if value != value or abs(value) == float("inf"):
            if keyword == "constant":
                raise ModelError("this is not a finite number", place, "write a finite number")
            continue
        limits = common.range
        if limits and not limits.low <= value <= limits.high:
            message = f"{value:g} is outside of its range {limits.low:g} to {limits.high:g}"
            raise ModelError(message, place, "correct the value or widen the range")
        if common.uncertainty is None:
            continue
        possible = support(common.uncertainty.distribution)
        truncation = common.uncertainty.truncation
        low = max(possible.low, truncation.low) if truncation else possible.low
        high = min(possible.high, truncation.high) if truncation else possible.high
        if not low <= value <= high:
            message = f"{value:g} is outside of its own distribution, {low:g} to {high:g}"
            raise ModelError(message, place, "correct the value or the distribution")


def _graphs(
    declaration: Declaration,
    clauses: list[Clause],
    dimensions: tuple[Dimension, ...],
    scope: Scope,
) -> tuple[GraphicalFunction, ...]:
    if len(clauses) > 1:
        hint = "keep one of continuous, extrapolated, discrete"
        raise SyntaxFault("a graph has one kind", clauses[1].head.place, hint)
    if clauses and clauses[0].body:
        extra = clauses[0].body
        raise SyntaxFault(f"unexpected `{short(extra)}`", extra.place, "remove it")
    kind = cast(GraphKind, clauses[0].keyword if clauses else "continuous")
    value = declaration.value
    if not is_list(value):
        x, y = _points(value)
        subscripts = tuple(d.name for d in dimensions)
        return (GraphicalFunction(x, y, kind, subscripts, value.span),)
    entries = read_list(value, dimensions, scope.dimensions, lambda t: (_points(t), t))
    return tuple(GraphicalFunction(x, y, kind, key, t.span) for key, ((x, y), t) in entries)


def _points(text: Stretch) -> tuple[tuple[float, ...], tuple[float, ...]]:
    hint = "write points in order: `(0, 1) (2, 1.5) (4, 1)`"
    x: list[float] = []
    y: list[float] = []
    at = 0
    while at < len(text.surface):
        match = _POINT.match(text.surface, at)
        if match is None:
            rest = text.cut(at)
            raise SyntaxFault(f"expected a point, found `{short(rest)}`", rest.place, hint)
        point = text.cut(*match.span(1))
        pair = point.inside().split(",")
        if len(pair) != 2:
            raise SyntaxFault("a point has two coordinates", point.place, hint)
        x.append(read_number(pair[0], "x"))
        y.append(read_number(pair[1], "y"))
        if len(x) > 1 and x[-1] <= x[-2]:
            message = f"the point at x = {x[-1]:g} does not lie after {x[-2]:g}"
            raise ModelError(message, point.place, "list the points in order of x, each x once")
        at = match.end()
    if len(x) < 2:
        raise SyntaxFault("a graph needs two points or more", text.place, hint)
    return tuple(x), tuple(y)
