"""The ``outcome`` statement: what the report follows, which way is better, what is good enough."""

from __future__ import annotations

from typing import Literal

from headwater.errors import SyntaxFault
from headwater.formats.literate.clauses.numbers import read_number
from headwater.formats.literate.text.headers import cut_title, read_reference
from headwater.formats.literate.text.statements import (
    Clause,
    Statement,
    clauses_by_keyword,
    split_clauses,
)
from headwater.model.case import Enough, Outcome

OUTCOME_CLAUSES = ("better", "good")
_BETTER_FORM = "write `better lower` or `better higher`"
_GOOD_FORM = "write `good at most 80%` (of the baseline's), or `good at least 0.3`"


def read_outcome(statement: Statement) -> Outcome:
    """Read ``outcome NAME[element] "Label"`` and its clauses. Raises :class:`SyntaxFault`."""
    if not statement.body:
        hint = 'write `outcome name "Label"`'
        raise SyntaxFault("expected a variable", statement.head.place, hint)
    head, clauses = split_clauses(statement.body, OUTCOME_CLAUSES)
    found = clauses_by_keyword(clauses, OUTCOME_CLAUSES, "an outcome")
    name, label = cut_title(head)
    better = _better(found["better"]) if "better" in found else ""
    good = _good(found["good"]) if "good" in found else None
    if good is not None and not better:
        better = "lower" if good.at_most else "higher"
    return Outcome(read_reference(name, "a variable"), label, better, good, statement.body.span)


def _better(clause: Clause) -> Literal["lower", "higher"]:
    word = clause.body.plain.strip().lower()
    if word == "lower":
        return "lower"
    if word == "higher":
        return "higher"
    place = clause.body.place if clause.body else clause.head.place
    raise SyntaxFault("expected lower or higher", place, _BETTER_FORM)


def _good(clause: Clause) -> Enough:
    text = clause.body
    words = text.plain.lower().split(None, 2)
    side = words[1] if len(words) == 3 and words[0] == "at" else ""
    if side not in ("most", "least"):
        place = text.place if text else clause.head.place
        raise SyntaxFault("expected `at most` or `at least`, and a number", place, _GOOD_FORM)
    number = text.cut(text.plain.lower().index(side) + len(side))
    relative = number.plain.endswith("%")
    if relative:
        number = number.cut(0, len(number.plain) - 1)
    value = read_number(number, "what is good enough")
    return Enough(value / 100 if relative else value, side == "most", relative)
