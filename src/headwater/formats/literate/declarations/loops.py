"""The ``loop`` statement: a named feedback loop, its claims, and where to cut it."""

from __future__ import annotations

import re

from headwater.errors import SyntaxFault
from headwater.formats.literate.clauses.common import read_text
from headwater.formats.literate.clauses.numbers import read_number
from headwater.formats.literate.text.headers import read_ids, read_reference
from headwater.formats.literate.text.statements import (
    Clause,
    Statement,
    clauses_by_keyword,
    split_clauses,
)
from headwater.formats.literate.text.stretch import Stretch
from headwater.language.syntax import Name
from headwater.model.case import LoopCut, NamedLoop

LOOP_CLAUSES = ("claim", "cut", "note")
_TITLE_FIRST = re.compile(r'"\0*"')
_LOOP_FORM = 'write `loop "Title" = this -> that -> another`'
_CUT_FORM = "write `cut this -> that`, or `cut this -> that at 2020`"


def split_loop(statement: Statement) -> tuple[Stretch, Stretch, list[Clause]]:
    """Split a named loop into title, path and clauses. Raises :class:`SyntaxFault`."""
    body = statement.body
    match = _TITLE_FIRST.match(body.surface)
    rest = body.cut(match.end()) if match else body
    if match is None or not rest.surface.startswith("=") or not rest.cut(1):
        place = body.place if body else statement.head.place
        raise SyntaxFault("expected a title and what the loop passes", place, _LOOP_FORM)
    path, clauses = split_clauses(rest.cut(1), LOOP_CLAUSES)
    return body.cut(0, match.end()), path, clauses


def read_loop(statement: Statement) -> NamedLoop:
    """Read ``loop "Title" = a -> b -> c`` and its clauses. Raises :class:`SyntaxFault`."""
    title, path, clauses = split_loop(statement)
    found = clauses_by_keyword(clauses, LOOP_CLAUSES, "a loop")
    return NamedLoop(
        title.string("the loop's title"),
        _path(path, _LOOP_FORM),
        read_ids(found["claim"]) if "claim" in found else (),
        _cut(found["cut"]) if "cut" in found else None,
        read_text(found, "note", "the note"),
        statement.span,
    )


def _path(path: Stretch, form: str) -> tuple[Name, ...]:
    through, start = [], 0
    for arrow in (*re.finditer("->", path.surface), None):
        stop = arrow.start() if arrow else len(path.surface)
        piece = path.cut(start, stop)
        if not piece:
            raise SyntaxFault("expected a variable on both sides of `->`", path.place, form)
        through.append(read_reference(piece, "a variable"))
        start = arrow.end() if arrow else stop
    return tuple(through)


def _cut(clause: Clause) -> LoopCut:
    body = clause.body
    at = body.word("at")
    link = _path(body.cut(0, at.start()) if at else body, _CUT_FORM)
    if len(link) != 2 or any(n.subscripts for n in link):
        place = body.place if body else clause.head.place
        raise SyntaxFault("a cut names two variables", place, _CUT_FORM)
    time = read_number(body.cut(at.end()), "the time of the cut") if at else None
    return LoopCut(link[0], link[1], time)
