"""Statements that face the model with claims and data: expect and compare."""

from __future__ import annotations

import re

from headwater.errors import ModelError, SyntaxFault
from headwater.formats.literate.clauses.common import read_text
from headwater.formats.literate.clauses.measurement import read_error
from headwater.formats.literate.clauses.numbers import read_number, read_range, short
from headwater.formats.literate.text.collect import Findings
from headwater.formats.literate.text.headers import (
    cut_title,
    read_identifier,
    read_ids,
    read_reference,
)
from headwater.formats.literate.text.statements import (
    Clause,
    Statement,
    clauses_by_keyword,
    split_body,
    split_clauses,
)
from headwater.formats.literate.text.stretch import Stretch, ends_operand
from headwater.model.case import Comparison, Expectation, Link

_CLAUSES = ("claim", "that", "effect", "link", "horizon", "because")
_HORIZONS = ("short", "long")
_MEANING = re.compile(r'"\0*"$')
COMPARISON_CLAUSES = ("with", "from", "used", "held", "error", "note")
_ROLES = {"used": True, "held out": False}


def read_expectation(statement: Statement, findings: Findings) -> Expectation | None:
    """Read an expectation, or add to the findings and return None.

    Raises :class:`SyntaxFault` or :class:`ModelError`.
    """
    before = len(findings)
    head, parts = split_body(statement, _CLAUSES, findings)
    if len(findings) > before:
        return None
    name, title = cut_title(head)
    clauses = [Clause(p.keyword, p.head, p.body) for p in parts]
    links = [c for c in clauses if c.keyword == "link"]
    found = clauses_by_keyword(
        [c for c in clauses if c.keyword != "link"], _CLAUSES, "an expectation"
    )
    identifier = read_identifier(name, "the expectation's id")
    for needed, example in (("claim", "claim_id"), ("that", "at(x, 2030) > at(x, 2020)")):
        if needed not in found:
            hint = f"add a line `{needed} {example}`"
            raise SyntaxFault(f"`{identifier}` has no `{needed}`", name.place, hint)
    that, effect = found["that"], found.get("effect")
    meaning = ""
    expression = None
    if effect:
        value, meaning = _cut_meaning(effect.body or effect.head)
        expression = value.expression("the effect's expression")
    return Expectation(
        identifier,
        title,
        read_ids(found["claim"]),
        (that.body or that.head).expression("a condition"),
        expression,
        meaning,
        tuple(_link(c) for c in links),
        _horizon(found.get("horizon")),
        read_text(found, "because", "the reason of the threshold"),
        statement.headings[-1].title if statement.headings else "",
        name.span,
    )


def _cut_meaning(text: Stretch) -> tuple[Stretch, str]:
    """Split off a quoted text that ends the effect; after an operator it is a quoted name."""
    match = text.find(_MEANING)
    if match is None or not ends_operand(text.surface[: match.start()]):
        return text, ""
    return text.cut(0, match.start()), text.cut(match.start()).string("the effect's meaning")


def _link(clause: Clause) -> Link:
    body = clause.body
    cut, freed = body.word("cut"), body.word("freed")
    if cut is None or freed is None or freed.start() < cut.start():
        place = body.place if body else clause.head.place
        hint = "write `link constant cut 0 freed -1 to 1`"
        raise SyntaxFault("expected the link's constant, its cut and its freed range", place, hint)
    limits = body.cut(freed.end())
    found = read_range(limits, "freed")
    if found.low == found.high or abs(found.low) == float("inf") or found.high == float("inf"):
        hint = "as in `freed -1 to 1`"
        raise ModelError("`freed` needs two different finite ends", limits.place, hint)
    return Link(
        read_reference(body.cut(0, cut.start()), "the variable that carries the link"),
        read_number(body.cut(cut.end(), freed.start()), "the value of `cut`"),
        found,
    )


def _horizon(clause: Clause | None) -> str:
    if clause is None:
        return ""
    word = clause.body.text.lower()
    if word not in _HORIZONS:
        place = clause.body.place if clause.body else clause.head.place
        raise SyntaxFault("expected a horizon", place, "write `horizon short` or `horizon long`")
    return word


def read_comparison(statement: Statement) -> Comparison:
    """Read ``compare X with DATA from A to B used error lognormal(0.05)``.

    Raises :class:`SyntaxFault` or :class:`ModelError`.
    """
    words = COMPARISON_CLAUSES
    value, clauses = split_clauses(statement.body, words)
    found = clauses_by_keyword(clauses, words, "a comparison")
    example = 'write `compare variable with series from 2002 to 2023 "held out"`'
    if not value or "with" not in found:
        place = statement.body.place if statement.body else statement.head.place
        raise SyntaxFault("expected a variable and a series", place, example)
    series, role = _cut_role(found["with"].body)
    start: float | None = None
    stop: float | None = None
    if "from" in found:
        period, late_role = _cut_role(found["from"].body)
        limits = read_range(period, "from")
        start, stop = limits.low, limits.high
        role = late_role if late_role is not None else role
    if "used" in found or "held" in found:
        if ("used" in found and "held" in found) or role is not None:
            place = found["used" if "used" in found else "held"].head.place
            raise SyntaxFault("a series is used or held out, not both", place, "keep one of them")
        role = "used" in found
        tail = found["used"].body.text if role else found["held"].body.text.lower()
        if tail != ("" if role else "out"):
            where = found["used" if role else "held"]
            raise SyntaxFault(f"unexpected `{short(where.body)}`", where.head.place, example)
    return Comparison(
        value.expression("a variable"),
        series.expression("a data series"),
        start,
        stop,
        bool(role),
        read_text(found, "note", "the note"),
        read_error(found["error"]) if "error" in found else None,
        statement.body.span,
    )


def _cut_role(text: Stretch) -> tuple[Stretch, bool | None]:
    """Split off ``"held out"`` or ``"used"``."""
    match = text.find(_MEANING)
    if match is None or not match.start():
        return text, None
    word = text.cut(match.start()).string("a role").lower()
    if word not in _ROLES:
        return text, None
    return text.cut(0, match.start()), _ROLES[word]
