"""Tokens of a statement for the formatter, and the blanks between them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, cast

from headwater.errors import SyntaxFault
from headwater.formats.literate.text.headers import tidy_unit
from headwater.formats.literate.text.stretch import blank_comments
from headwater.language.source import Source
from headwater.language.tokens import KEYWORDS
from headwater.language.units import parse_unit

Kind = Literal[
    "word", "number", "string", "operator", "open", "close", "comma", "colon", "raw", "comment",
    "note", "clause", "separator",
]  # fmt: skip

_TOKEN = re.compile(
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w$.\u00a1-\U0010ffff]))"
    r"|(?P<word>[\w$.\u00a1-\U0010ffff]+(?:'[\w$.\u00a1-\U0010ffff]+)*)"
    r"|(?P<operator><=|>=|<>|!=|//|[-+*/^<>=@])"
    r"|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<comma>,)|(?P<colon>:)"
)
# Clauses that belong to the `uncertain` before them.
_CLOSE_CLAUSES = ("truncated", "shared")
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL)
_APOSTROPHES = re.compile(r"'(?:\\.|[^'\\])*'", re.DOTALL)


@dataclass(slots=True)
class Marks:
    """What the statement's grammar says of its characters, by their offsets in the source.

    ``clauses`` are keywords set off by two blanks, ``words`` other keywords, ``raw`` stretches
    that are no expressions (ids, paths, units), ``separators`` the head's ``:`` and ``=``, and
    ``line_starts`` where a line of the body begins that is no continuation.
    """

    clauses: dict[int, int] = field(default_factory=dict)
    words: set[int] = field(default_factory=set)
    raw: dict[int, int] = field(default_factory=dict)
    units: set[int] = field(default_factory=set)
    separators: set[int] = field(default_factory=set)
    line_starts: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Token:
    """One token, the innermost bracket open before it, and how many open ones are no list's."""

    kind: Kind
    text: str
    start: int
    bracket: str = ""
    depth: int = 0


def tokenize(source: Source, start: int, end: int, lists: bool, marks: Marks) -> Iterator[Token]:
    """Yield the tokens of characters ``start`` to ``end``, comments included."""
    text = source.text
    plain = blank_comments(source, start, end, lists)
    brackets: list[str] = []
    depth = 0
    at = start
    previous: Token | None = None
    while at < end:
        if text[at].isspace():
            at += 1
            continue
        kind, shown = _token(text, plain[at - start], at, end, marks, previous)
        token = Token(kind, shown, at, brackets[-1] if brackets else "", depth)
        yield token
        at = token_end(token, marks)
        if kind == "open":
            brackets.append(shown)
            depth += shown != "{"
        elif kind == "close" and shown != "'" and brackets:
            depth -= brackets.pop() != "{"
        if kind not in ("comment", "note"):
            previous = token


def token_end(token: Token, marks: Marks) -> int:
    """Return where a token ends; the text of a raw one has lost blanks."""
    return marks.raw.get(token.start, token.start + len(token.text))


def _token(
    text: str, plain: str, at: int, end: int, marks: Marks, previous: Token | None
) -> tuple[Kind, str]:
    if plain == " ":
        stop = text.find("\n" if text[at] == "#" else "}", at, end)
        kind: Kind = "note" if text[at] == "#" else "comment"
        stop = end if stop < 0 else stop + (kind == "comment")
        return kind, text[at:stop].rstrip()
    if at in marks.raw:
        return "raw", _raw(text[at : marks.raw[at]], at in marks.units)
    if at in marks.clauses:
        return "clause", text[at : marks.clauses[at]].lower()
    if at in marks.separators:
        return "separator", text[at]
    quoted = _QUOTED.match(text, at, end)
    if quoted is None and text[at] == "'" and not is_operand(previous):
        quoted = _APOSTROPHES.match(text, at, end)
    if quoted:
        return "string", quoted.group()
    match = _TOKEN.match(text, at, end)
    if match is None:
        return "close" if text[at] == "'" else "word", text[at]
    found = cast(Kind, match.lastgroup)
    word = match.group().lower()
    if found == "word" and (at in marks.words or word in KEYWORDS):
        return "operator", word if at in marks.words else match.group()
    return found, match.group()


def _raw(text: str, unit: bool) -> str:
    if '"' in text or (unit and "\n" not in text and not _is_unit(text)):
        return text
    text = re.sub(r"\s*,\s*", ", ", " ".join(text.split()))
    return tidy_unit(text) if unit else text


def _is_unit(text: str) -> bool:
    try:
        parse_unit(text)
    except SyntaxFault:
        return False
    return True


def is_operand(token: Token | None) -> bool:
    """Tell whether an expression may end with the token."""
    return token is not None and token.kind in ("word", "number", "string", "close", "raw")


def is_sign(token: Token, previous: Token | None) -> bool:
    """Tell whether the token is an operator with one operand: a sign, or a subscript's ``*``."""
    return token.kind == "operator" and token.text in "+-*@" and not is_operand(previous)


def blanks(before: Token, token: Token, sign: bool) -> str:
    """Return the blanks between two tokens of a line; ``sign`` tells that ``before`` is one."""
    if token.kind == "note":
        return "  "
    if token.kind == "clause":
        return " " if before.kind == "comma" or token.text in _CLOSE_CLAUSES else "  "
    if "comment" in (before.kind, token.kind):
        return " "
    if token.kind in ("comma", "close") or before.kind == "open":
        return ""
    if token.kind == "colon" or before.kind == "colon":
        sliced = token.bracket == "["
        return "" if token.kind == "colon" or sliced else " "
    if token.kind == "open" and token.text != "{":
        return "" if before.kind in ("word", "string") else _around(before, sign)
    if token.kind == "operator" and token.text == "^":
        return ""
    return _around(before, sign)


def _around(before: Token, sign: bool) -> str:
    """Return the blanks after an operator or an operand."""
    return "" if sign or (before.kind == "operator" and before.text == "^") else " "
