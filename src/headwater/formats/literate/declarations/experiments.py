"""Statements of experiments: variant, check, correlate."""

from __future__ import annotations

import re

from headwater.errors import ModelError, SyntaxFault
from headwater.formats.literate.clauses.common import read_text
from headwater.formats.literate.clauses.numbers import read_number
from headwater.formats.literate.declarations.variables import Scope, read_variable
from headwater.formats.literate.text.headers import (
    cut_title,
    read_ids,
    read_name,
    read_reference,
    reference_text,
)
from headwater.formats.literate.text.statements import (
    VARIABLE_KEYWORDS,
    Clause,
    Statement,
    clauses_by_keyword,
    split_body,
    split_clauses,
)
from headwater.formats.literate.text.stretch import Stretch
from headwater.language.syntax import Binary, Expression, Name
from headwater.model.case import Check, Override, Variant
from headwater.model.uncertainty import Correlation
from headwater.model.variables import AnyVariable

_TITLE_FIRST = re.compile(r'"\0*"')
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?=\s)")
_CHECK_FORMS = 'write `check "title" always CONDITION`, `at TIME CONDITION` or `when … then …`'


def read_variant(statement: Statement, scope: Scope) -> Variant:
    """Read a variant. Raises :class:`SyntaxFault`; mistakes in its lines become findings."""
    keywords = (*VARIABLE_KEYWORDS, "note", "because")
    head, parts = split_body(statement, keywords, scope.findings)
    name, title = cut_title(head)
    clauses = [Clause(p.keyword, p.head, p.body) for p in parts if p.keyword in keywords[-2:]]
    found = clauses_by_keyword(clauses, keywords[-2:], "a variant")
    variables: dict[str, AnyVariable] = {}
    for part in parts:
        if part.keyword not in VARIABLE_KEYWORDS:
            continue
        variable = read_variable(part, scope)
        if variable is None:
            continue
        first = variables.get(variable.key)
        if first and first.span and variable.span:
            scope.findings.duplicate(
                "variable", variable.name, variable.span.place, first.span.place
            )
            continue
        variables[variable.key] = variable
    return Variant(
        read_name(name, "the variant's name"),
        title,
        tuple(variables.values()),
        read_text(found, "note", "the note"),
        read_ids(found["because"]) if "because" in found else (),
        name.span,
    )


def split_check(statement: Statement) -> tuple[Stretch, Stretch, list[Clause]]:
    """Split a check into its title, its condition and its clauses. Raises :class:`SyntaxFault`."""
    body = statement.body
    match = _TITLE_FIRST.match(body.surface)
    if match is None:
        place = body.place if body else statement.head.place
        raise SyntaxFault("a check starts with its title in quotes", place, _CHECK_FORMS)
    text, clauses = split_clauses(body.cut(match.end()), ("tolerance", "note"))
    return body.cut(0, match.end()), text, clauses


def read_check(statement: Statement) -> Check:
    """Read a check. Raises :class:`SyntaxFault`."""
    title, text, clauses = split_check(statement)
    found = clauses_by_keyword(clauses, ("tolerance",), "a check")
    tolerance = 1e-9
    if "tolerance" in found:
        tolerance = read_number(found["tolerance"].body, "the tolerance")
        if tolerance < 0:
            place = found["tolerance"].body.place
            raise ModelError("the tolerance is below 0", place, "as in `tolerance 1e-6`")
    word = text.first_word()
    rest = text.cut(len(word))
    name = title.string("the check's title")
    if word == "always":
        return Check(name, rest.expression("a condition"), tolerance=tolerance, span=title.span)
    if word == "at":
        time = _NUMBER.match(rest.surface)
        if time is None:
            raise SyntaxFault("expected a time after `at`", rest.place, _CHECK_FORMS)
        condition = rest.cut(time.end()).expression("a condition")
        return Check(name, condition, (), float(time.group()), tolerance, title.span)
    if word == "when":
        then = rest.word("then")
        if then is None:
            raise SyntaxFault("`when` needs `then`", text.cut(0, 4).place, _CHECK_FORMS)
        overrides = _overrides(rest.cut(0, then.start()))
        condition = rest.cut(then.end()).expression("a condition")
        return Check(name, condition, overrides, None, tolerance, title.span)
    raise SyntaxFault("expected always, at or when", (text or title).place, _CHECK_FORMS)


def _overrides(text: Stretch) -> tuple[Override, ...]:
    """Read ``name = value and name = value``."""
    terms: list[Expression] = []
    waiting = [text.expression("`name = value`")]
    while waiting:
        term = waiting.pop()
        if isinstance(term, Binary) and term.operator == "and":
            waiting += [term.right, term.left]
        else:
            terms.append(term)
    overrides: list[Override] = []
    for term in terms:
        if not (isinstance(term, Binary) and term.operator == "=" and isinstance(term.left, Name)):
            place = term.span.place if term.span else text.place
            hint = "write `when migrants = 0 and wage = 5 then …`"
            raise SyntaxFault("expected `name = value`", place, hint)
        overrides.append(Override(term.left, term.right))
    return tuple(overrides)


def read_correlation(statement: Statement) -> Correlation:
    """Read ``correlate A with B at R``. Raises :class:`SyntaxFault` or :class:`ModelError`."""
    body = statement.body
    with_, at = body.word("with"), body.word("at")
    if with_ is None or at is None or at.start() < with_.start():
        place = body.place if body else statement.head.place
        hint = "write `correlate this_constant with that_constant at 0.5`"
        raise SyntaxFault("expected two constants and a coefficient", place, hint)
    first = read_reference(body.cut(0, with_.start()), "a constant")
    second = read_reference(body.cut(with_.end(), at.start()), "a constant")
    number = body.cut(at.end())
    coefficient = read_number(number, "the coefficient")
    if not -1 < coefficient < 1:
        hint = "Spearman's coefficient lies between -1 and 1; for 1, use one constant for both"
        raise ModelError(f"the coefficient {coefficient:g} is out of range", number.place, hint)
    if first == second:
        hint = "name two constants"
        raise ModelError("a constant cannot be correlated with itself", body.place, hint)
    return Correlation(reference_text(first), reference_text(second), coefficient, body.span)
