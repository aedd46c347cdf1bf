"""The words of Vensim's equations.

Names may hold blanks and may run over line ends (a backslash continues a line); what cannot stand
in a plain name stands between double quotes. Braces hold comments, single quotes hold texts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NoReturn

from headwater.errors import SyntaxFault
from headwater.language.source import Source, Span

TokenKind = Literal["number", "name", "text", "keyword", "operator", "end"]

_SPACE = r"(?:\s|\\[ \t]*\n)"
COMMENT = r"(?:\{(?:[^{}]++|\{[^{}]*+\})*+\}|\{[^}]*\})"
"""What stands between braces, which may hold braces; one that is never closed ends at the first."""

_CHARACTER = r"[^\s\\+\-*/^()\[\]{}<>=,;:!~|\"\x00-\x1f]"
_FIRST = r"[^\s\\+\-*/^()\[\]{}<>=,;:!~|\"'.0-9\x00-\x1f]"
_LONG_WORDS = ("AT LEAST ONCE", "HOLD BACKWARD", "LOOK FORWARD", "THE CONDITION", "TEST INPUT")
_WORDS = (
    "AND|OR|NOT|NA|RAW|INTERPOLATE|EXCEPT|IMPLIES|IS|CROSSING|SUPPLEMENTARY|IGNORE|"
    + "|".join(words.replace(" ", r"[\s_]*") for words in _LONG_WORDS)
)
_JOINED = {words.replace(" ", ""): words for words in _LONG_WORDS}
_APART = re.compile(r"[\s_]+")
_TOKEN = re.compile(
    rf"""
    (?P<skip> (?: {_SPACE} | {COMMENT} )+ )
  | (?P<number> (?: \d++ (?:\.\d*+)? | \.\d++ ) (?: [eE][+-]?\d++ )? (?! {_SPACE}*{_FIRST} | \d ) )
  | (?P<name> (?: {_FIRST} | \d ) {_CHARACTER}* (?: {_SPACE}+ {_CHARACTER}+ )* )
  | (?P<quoted> "(?:[^"\\]|\\.)*" )
  | (?P<text> '[^']*' )
  | (?P<keyword> :\s*(?:{_WORDS})\s*: )
  | (?P<operator> <-> | -> | <> | <= | >= | := | == | [-+*/^()\[\],;:=<>!] )
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_BLANKS = re.compile(rf"{_SPACE}+")
_ESCAPE = re.compile(r'\\(")')


@dataclass(frozen=True, slots=True)
class Token:
    """One token. ``text`` of a name is as it is spelled, with single blanks and without quotes."""

    kind: TokenKind
    text: str
    start: int
    end: int


def tokenize(span: Span) -> list[Token]:
    """Return the tokens of a stretch of the file; the last one has the kind ``end``.

    Raises SyntaxFault.
    """
    source, at, end = span.source, span.start, span.end
    tokens: list[Token] = []
    while at < end:
        match = _TOKEN.match(source.text, at, end)
        if match is None:
            _fail(source, at)
        at = match.end()
        kind = match.lastgroup
        raw = match.group()
        if kind == "skip":
            continue
        if kind == "number":
            tokens.append(Token("number", raw, match.start(), at))
        elif kind == "name":
            tokens.append(Token("name", _BLANKS.sub(" ", raw), match.start(), at))
        elif kind == "quoted":
            tokens.append(Token("name", _decoded(source, match), match.start(), at))
        elif kind == "text":
            tokens.append(Token("text", raw[1:-1], match.start(), at))
        elif kind == "keyword":
            word = _APART.sub("", raw.strip(":")).upper()
            tokens.append(Token("keyword", _JOINED.get(word, word), match.start(), at))
        else:
            tokens.append(Token("operator", raw, match.start(), at))
    last = tokens[-1].end if tokens else span.start
    tokens.append(Token("end", "", last, last))
    return tokens


def _decoded(source: Source, match: re.Match[str]) -> str:
    name = _BLANKS.sub(" ", match.group()[1:-1]).strip()
    if not name:
        place = source.place(match.start(), match.end())
        raise SyntaxFault("the name between the quotes is empty", place)
    return _ESCAPE.sub(r"\1", name)


def _fail(source: Source, at: int) -> NoReturn:
    char = source.text[at]
    place = source.place(at, at + 1)
    if char == '"':
        raise SyntaxFault('the quote `"` is never closed', place, 'add a closing `"`')
    if char == "'":
        raise SyntaxFault("the quote `'` is never closed", place, "add a closing `'`")
    if char == "{":
        raise SyntaxFault("the comment `{` is never closed", place, "add a closing `}`")
    shown = f"`{char}`" if char.isprintable() else f"U+{ord(char):04X}"
    hint = "put a name that holds special characters in double quotes"
    raise SyntaxFault(f"{shown} cannot stand here", place, hint)
