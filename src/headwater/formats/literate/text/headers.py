"""The head of a statement: names, subscripts, titles, and what stands around ``:`` and ``=``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from headwater.errors import SyntaxFault
from headwater.formats.literate.clauses.numbers import short
from headwater.formats.literate.text.statements import (
    COMMON_CLAUSES,
    OWN_CLAUSES,
    Clause,
    Statement,
    split_clauses,
)
from headwater.formats.literate.text.stretch import Stretch
from headwater.language.names import canonical
from headwater.language.parser import parse_reference
from headwater.language.printer import print_expression
from headwater.language.syntax import Name

_EQUALS = re.compile(r"(?<![<>=!])=(?!=)")
_COLON_OR_EQUALS = re.compile(r"[:=]")
_IDENTIFIER = re.compile(r"\w[\w.:/-]*")
_UNIT_SIGN = re.compile(r"\s*([*/^()])\s*")
_TITLE = re.compile(r'"\0*"$')


@dataclass(frozen=True, slots=True)
class Declaration:
    """The pieces of a variable's statement. ``unit`` and ``input_unit`` may be missing.

    ``value`` is empty for a flow that a conveyor, a queue or an oven drives.
    """

    statement: Statement
    name: Stretch
    unit: Stretch | None
    input_unit: Stretch | None
    value: Stretch
    clauses: list[Clause]


@dataclass(frozen=True, slots=True)
class DeclaredName:
    """A variable's name, without quotes, and its dimensions."""

    name: str
    dimensions: tuple[str, ...]
    stretch: Stretch

    @property
    def key(self) -> str:
        """The name for look-ups."""
        return canonical(self.name)


def split_declaration(statement: Statement) -> Declaration:
    """Take a variable's statement apart. Raises :class:`SyntaxFault`."""
    body, keyword = statement.body, statement.keyword
    example = f"write `{keyword} name : unit = …`"
    if not body:
        raise SyntaxFault(f"expected a name after `{keyword}`", statement.head.place, example)
    mark = body.find(_COLON_OR_EQUALS)
    equals = body.find(_EQUALS)
    words = [*COMMON_CLAUSES, *OWN_CLAUSES.get(keyword, ())]
    if equals is None and keyword == "flow":
        return _driven(statement, words)
    if mark is None or equals is None or equals.start() < mark.start():
        place = body.cut(0, mark.start() if mark else _line_end(body)).place
        raise SyntaxFault(f"expected `= …` in this {keyword}", place, example)
    unit: Stretch | None = None
    input_unit: Stretch | None = None
    if mark.group() == ":":
        unit = body.cut(mark.end(), equals.start())
        of = unit.word("of") if keyword == "graph" else None
        if of:
            input_unit = unit.cut(of.end())
            unit = unit.cut(0, of.start())
        if not unit or (of and not input_unit):
            raise SyntaxFault("the unit is missing", body.cut(*mark.span()).place, example)
    value, clauses = split_clauses(
        body.cut(equals.end()), words, flows=keyword == "stock", commas=keyword == "data"
    )
    if not value:
        place = body.cut(*equals.span()).place
        raise SyntaxFault("nothing follows the `=`", place, example)
    return Declaration(statement, body.cut(0, mark.start()), unit, input_unit, value, clauses)


def _driven(statement: Statement, words: list[str]) -> Declaration:
    """Take apart the statement of a flow without an equation."""
    head, clauses = split_clauses(statement.body, words)
    colon = head.find(_COLON_OR_EQUALS)
    name = head.cut(0, colon.start()) if colon else head
    unit = head.cut(colon.end()) if colon else None
    if not name or (unit is not None and not unit):
        example = "write `flow name : unit = …`, without `= …` only where a stock drives it"
        raise SyntaxFault("expected a name and a unit", statement.head.place, example)
    return Declaration(statement, name, unit, None, head.cut(len(head.plain)), clauses)


def _line_end(text: Stretch) -> int:
    end = text.plain.find("\n")
    return len(text.plain) if end < 0 else end


def read_reference(text: Stretch, what: str) -> Name:
    """Read a name with optional subscripts. Raises :class:`SyntaxFault`."""
    if not text:
        raise SyntaxFault(f"expected {what}", text.place)
    return parse_reference(text.source, text.start, text.end)


def read_declared_name(text: Stretch, what: str) -> DeclaredName:
    """Read the name that a statement declares, with its dimensions. Raises :class:`SyntaxFault`."""
    found = read_reference(text, what)
    dimensions: list[str] = []
    for subscript in found.subscripts:
        if not isinstance(subscript, Name) or subscript.subscripts:
            place = subscript.span.place if subscript.span else text.place
            hint = "a declaration lists dimensions: `name[place, age]`"
            raise SyntaxFault("expected the name of a dimension", place, hint)
        dimensions.append(subscript.text)
    return DeclaredName(found.text, tuple(dimensions), text)


def read_name(text: Stretch, what: str) -> str:
    """Read a name without subscripts. Raises :class:`SyntaxFault`."""
    found = read_reference(text, what)
    if found.subscripts:
        raise SyntaxFault(f"{what} takes no subscripts", text.place, "remove the brackets")
    return found.text


def read_names(text: Stretch, what: str) -> tuple[str, ...]:
    """Read names separated by commas. Raises :class:`SyntaxFault`."""
    return tuple(read_name(part, what) for part in text.split(","))


def read_ids(clause: Clause) -> tuple[str, ...]:
    """Read the ids of a ``because`` or ``claim`` clause. Raises :class:`SyntaxFault`."""
    ids: list[str] = []
    for part in clause.body.split(",") if clause.body else []:
        if not _IDENTIFIER.fullmatch(part.text):
            hint = f"write `{clause.keyword} id, id`; a reason in words goes after `assume`"
            raise SyntaxFault(f"`{short(part)}` is no id", part.place or clause.head.place, hint)
        ids.append(part.text)
    if not ids:
        hint = "name claims of claims.yaml or sources of sources.yaml, separated by commas"
        raise SyntaxFault(f"`{clause.keyword}` names nothing", clause.head.place, hint)
    return tuple(ids)


def read_identifier(text: Stretch, what: str) -> str:
    """Read one id, which may hold hyphens. Raises :class:`SyntaxFault`."""
    if not _IDENTIFIER.fullmatch(text.text):
        hint = "an id holds letters, digits, `-`, `_` and `.`"
        found = f", found `{short(text)}`" if text else ""
        raise SyntaxFault(f"expected {what}{found}", text.place, hint)
    return text.text


def cut_title(text: Stretch) -> tuple[Stretch, str]:
    """Split ``NAME "Title"`` into the name and the title, which may be missing."""
    match = text.find(_TITLE)
    if match is None or not match.start():
        return text, ""
    return text.cut(0, match.start()), text.cut(match.start()).string("a title")


def unit_text(text: Stretch | None) -> str:
    """Return a unit as it is written, without comments and needless blanks."""
    if text is None:
        return ""
    pairs = zip(text.text, text.plain, strict=True)
    return tidy_unit("".join(" " if plain == " " else char for char, plain in pairs))


def tidy_unit(text: str) -> str:
    """Return a unit's text without needless blanks."""
    return _UNIT_SIGN.sub(r"\1", " ".join(text.split()))


def split_setting(text: Stretch) -> tuple[Stretch, Stretch] | None:
    """Split ``left = right`` at the first ``=``, or return None where there is none."""
    equals = text.find(_EQUALS)
    if equals is None:
        return None
    return text.cut(0, equals.start()), text.cut(equals.end())


def reference_text(name: Name) -> str:
    """Return a reference as canonical text: ``stay[russia]``."""
    return print_expression(name)
