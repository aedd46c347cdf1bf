"""The ``fit`` statement: what a case proposes to fit to data, and where to split its history."""

from __future__ import annotations

from headwater.errors import ModelError, SyntaxFault
from headwater.formats.literate.clauses.common import read_text
from headwater.formats.literate.clauses.numbers import read_number, read_range
from headwater.formats.literate.text.headers import read_reference
from headwater.formats.literate.text.statements import Statement, clauses_by_keyword, split_clauses
from headwater.formats.literate.text.stretch import Stretch
from headwater.language.syntax import Name
from headwater.model.case import Fitting

FIT_CLAUSES = ("free", "from", "split", "note")
_FORM = "write `fit variable, variable`, and below it `free constant, constant`"


def read_fitting(statement: Statement) -> Fitting:
    """Read ``fit A, B free C, D from T1 to T2 split T``.

    Raises :class:`SyntaxFault` or :class:`ModelError`.
    """
    value, clauses = split_clauses(statement.body, FIT_CLAUSES)
    found = clauses_by_keyword(clauses, FIT_CLAUSES, "a fit")
    if not value or "free" not in found or not found["free"].body:
        place = statement.body.place if statement.body else statement.head.place
        raise SyntaxFault("expected variables and what is free", place, _FORM)
    start = stop = split = None
    if "from" in found:
        limits = read_range(found["from"].body, "from")
        start, stop = limits.low, limits.high
    if "split" in found:
        split = read_number(found["split"].body, "the split")
        low = float("-inf") if start is None else start
        high = float("inf") if stop is None else stop
        if not low <= split < high:
            raise ModelError(
                f"the split at {split:g} is not inside the period of the fit",
                found["split"].body.place,
                "name a time between the two after `from`",
            )
    return Fitting(
        _references(value, "a variable"),
        _references(found["free"].body, "a constant"),
        start,
        stop,
        split,
        read_text(found, "note", "the note"),
        statement.span,
    )


def _references(text: Stretch, what: str) -> tuple[Name, ...]:
    return tuple(read_reference(part, what) for part in text.split(","))
