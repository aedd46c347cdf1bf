"""Statements that declare variables: stock, flow, aux, constant, graph, data, lever."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from math import isfinite
from pathlib import Path
from typing import Any, Literal

from headwater.errors import ModelError, SyntaxFault
from headwater.formats.literate.clauses.common import Common, read_common
from headwater.formats.literate.clauses.disciplines import (
    read_discipline,
    read_flow_clauses,
    read_initially,
)
from headwater.formats.literate.clauses.elements import find_dimensions, is_list, read_list
from headwater.formats.literate.clauses.numbers import constant_value
from headwater.formats.literate.declarations.data import read_data_clauses
from headwater.formats.literate.declarations.graphs import read_graphs
from headwater.formats.literate.text.collect import Findings
from headwater.formats.literate.text.headers import (
    Declaration,
    DeclaredName,
    read_declared_name,
    split_declaration,
    unit_text,
)
from headwater.formats.literate.text.statements import (
    COMMON_CLAUSES,
    FLOW_CLAUSES,
    INITIAL_CLAUSES,
    OWN_CLAUSES,
    Clause,
    Statement,
    clauses_by_keyword,
)
from headwater.formats.literate.text.stretch import Stretch
from headwater.formats.literate.text.tables import Tables
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
    Lever,
    Stock,
)

MAX_SEARCHED = 2000
_PLAIN_CLAUSES = ("range", "because", "assume", "note")
_ALLOWED = {
    "constant": COMMON_CLAUSES,
    "stock": (*_PLAIN_CLAUSES, "+", "-"),
    **{k: (*_PLAIN_CLAUSES, *OWN_CLAUSES[k]) for k in ("graph", "data", "flow", "aux")},
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
    flows = [c for c in declaration.clauses if c.keyword in "+-"]
    own = [c for c in declaration.clauses if c.keyword in OWN_CLAUSES.get(keyword, ())]
    shared = [c for c in declaration.clauses if c not in flows and c not in own]
    common: Common | None = None
    with scope.findings.collecting():
        common = read_common(shared, _ALLOWED.get(keyword, _PLAIN_CLAUSES), _article(keyword))
    fields = _fields(declaration, name, dimensions, common or Common())
    if keyword == "data":
        series, interpolation = read_data_clauses(
            declaration.value, own, dimensions, scope.folder, scope.tables
        )
        return Data(**fields, series=series, interpolation=interpolation)
    if keyword == "graph":
        graphs = read_graphs(declaration.value, own, dimensions, scope.dimensions)
        return Graph(**fields, graphs=graphs, input_unit=unit_text(declaration.input_unit))
    equations = _equations(declaration, own, dimensions, scope)
    if common:
        _check_values(keyword, equations, common, declaration.value)
    return _with_equations(keyword, fields, equations, own, flows)


def _equations(
    declaration: Declaration, own: list[Clause], dimensions: tuple[Dimension, ...], scope: Scope
) -> tuple[Equation, ...]:
    """Return the equations of a declaration, with the value that it says for the start."""
    equations: tuple[Equation, ...] = ()
    if declaration.value:
        equations = read_equations(declaration.value, dimensions, scope.dimensions)
    start = read_initially([c for c in _once(own) if c.keyword in INITIAL_CLAUSES])
    if start is not None:
        equations = tuple(replace(e, initial=start) for e in equations)
    return equations


def _with_equations(
    keyword: str,
    fields: dict[str, Any],
    equations: tuple[Equation, ...],
    own: list[Clause],
    flows: list[Clause],
) -> AnyVariable:
    """Return the variable of a keyword, by the clauses that only this keyword has."""
    match keyword:
        case "stock":
            terms = tuple(_flow_term(clause) for clause in flows)
            discipline = read_discipline(own)
            return Stock(**fields, equations=equations, flows=terms, discipline=discipline)
        case "flow":
            ends = read_flow_clauses([c for c in own if c.keyword in FLOW_CLAUSES])
            return Flow(
                **fields,
                equations=equations,
                leakage=ends.leakage,
                overflow=ends.overflow,
                spread=ends.spread,
                time_stamped=ends.time_stamped,
            )
        case "aux":
            return Auxiliary(**fields, equations=equations)
        case "constant":
            return Constant(**fields, equations=equations)
        case _:
            return Lever(**fields, equations=equations)


def _once(clauses: list[Clause]) -> list[Clause]:
    """Return clauses of which none stands twice. Raises :class:`SyntaxFault`."""
    return list(clauses_by_keyword(clauses, {c.keyword for c in clauses}, "a variable").values())


def _article(keyword: str) -> str:
    return f"an {keyword}" if keyword == "aux" else f"a {keyword}"


def _fields(
    declaration: Declaration,
    name: DeclaredName,
    dimensions: tuple[Dimension, ...],
    common: Common,
) -> dict[str, Any]:
    """Return what all kinds of variable share, as arguments of their classes."""
    headings = declaration.statement.headings
    return {
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


def read_equations(
    value: Stretch, dimensions: tuple[Dimension, ...], known: Mapping[str, Dimension]
) -> tuple[Equation, ...]:
    """Read one expression for all elements, or a list by element.

    Raises :class:`SyntaxFault` or :class:`ModelError`.
    """
    if not is_list(value):
        subscripts = tuple(d.name for d in dimensions)
        return (Equation(_expression(value), subscripts, span=value.span),)
    entries = read_list(value, dimensions, known, lambda text: (_expression(text), text))
    return tuple(Equation(tree, key, span=text.span) for key, (tree, text) in entries)


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


def _flow_term(clause: Clause) -> FlowTerm:
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
        place = equation.span.place if equation.span else where.place
        if value is None:
            continue
        if isfinite(value):
            common.check(value, place)
        elif keyword == "constant":
            raise ModelError("this is not a finite number", place, "write a finite number")
