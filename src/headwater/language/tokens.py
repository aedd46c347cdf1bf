"""From characters to tokens (XMILE 1.0, sections 3.2.1, 3.2.2 and 3.3).

Line breaks are blanks; ``{...}`` is a comment, which does not nest. Beyond the standard, words
separated by blanks join into one name, so that ``net birth rate`` needs no quotes; and as in Stella
an apostrophe between letters belongs to a name, since nothing else could stand there.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, NoReturn
from unicodedata import category

from headwater.errors import SyntaxFault
from headwater.language.source import Source, Span

TokenKind = Literal["number", "name", "text", "operator", "keyword", "end"]

KEYWORDS = frozenset({"if", "then", "else", "and", "or", "not", "mod"})
MAX_LENGTH = 300_000

# Every character above U+00A0 may stand in a name, except other blanks, surrogates and the byte
# order mark (section 3.2.2.1; "en" and "em" spaces are no blanks in XMILE).
WIDE_CHARACTERS = (
    "\u00a1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-\u205e\u2060-\u2fff"
    "\u3001-\ud7ff\ue000-\ufefe\uff00-\U0010ffff"
)
# Typographic operators and quotes: letters to the standard, but a word that begins with one was
# meant as an operator.
LOOKALIKES = {
    "\u2212": "-",
    "\u2013": "-",
    "\u2014": "-",
    "\u00d7": "*",
    "\u00b7": "*",
    "\u22c5": "*",
    "\u2217": "*",
    "\u00f7": "/",
    "\u2215": "/",
    "\u2264": "<=",
    "\u2265": ">=",
    "\u2260": "<>",
    "\u00ac": "NOT",
    "\u201c": '"',
    "\u201d": '"',
    "\u00ab": '"',
    "\u00bb": '"',
    "\u2018": "'",
    "\u2019": "'",
    **{chr(ord(c) + 0xFEE0): c for c in "+-*/^=<>()[],"},
}


def odd_characters(name: str) -> str:
    """Tell of characters that a name may have, but that its reader takes for something else.

    These are signs that look like operators, and characters that are not seen; empty: none.
    """
    for char in name:
        code = f"(U+{ord(char):04X})"
        if char in LOOKALIKES:
            return f"`{char}` {code} is part of the name; the operator is `{LOOKALIKES[char]}`"
        if category(char) == "Cf":
            return f"the name holds a character that is not seen {code}; take it out"
    return ""


_LETTER = f"[A-Za-z0-9_${WIDE_CHARACTERS}]"
_SIMPLE = rf"(?![{''.join(LOOKALIKES)}])[A-Za-z_{WIDE_CHARACTERS}]{_LETTER}*"
_WORD = rf"{_SIMPLE}(?:'{_LETTER}+)*"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_PART = rf"(?:{_WORD}|{_QUOTED})"

_SKIP = re.compile(r"(?:[ \t\r\n\u00a0]+|\{[^}]*\})+")
_SKIP_HASH = re.compile(r"(?:[ \t\r\n\u00a0]+|\{[^}]*\}|#[^\n]*)+")
_NUMBER = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NAME = re.compile(rf"\.?{_PART}(?:\.{_PART})*", re.DOTALL)
_NEXT_WORD = re.compile(
    rf"[ \t\u00a0]+({_WORD}|[0-9][A-Za-z0-9_${WIDE_CHARACTERS}]*)"
    rf"(?![A-Za-z0-9_$\"{WIDE_CHARACTERS}]|\.[0-9])"
)
_TEXT = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)
_OPERATOR = re.compile(r"\*\.\*|<=|>=|<>|!=|//|[-+*/^=<>()\[\],:'@]")
_NUMBER_OR_NAME = re.compile(rf"(?P<number>{_NUMBER.pattern})|(?P<name>{_NAME.pattern})", re.DOTALL)
_BEFORE_TOKEN = frozenset(" \t\r\n\u00a0{#")
_GLUED = re.compile(rf"[A-Za-z0-9_$\"{WIDE_CHARACTERS}]+")
_PLAIN = re.compile(rf"{_SIMPLE}(?<!_)")
_PIECE = re.compile(rf"{_QUOTED}|[^\"]+", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {'"': '"', "'": "'", "n": "\n", "\\": "\\"}

_HINTS = {
    "==": "write one sign: `a = b` compares",
    "&&": "write `AND`",
    "||": "write `OR`",
    "**": "write `^` for powers",
    "=<": "write `<=`",
    "=>": "write `>=`",
    "><": "write `<>`",
    "??": "`???` stands for an equation that was never written: write it",
    "!": "write `NOT`, or `<>` for unequal",
    "&": "write `AND`",
    "|": "write `OR`",
    "%": "write a fraction: `0.05` for 5 %, or `a MOD b` for the remainder",
    ";": "one expression ends here; arguments are separated by `,`",
    "}": "a `{...}` comment ends at the first `}`; comments do not nest",
    ".": "a decimal point needs a digit beside it; `module.name` has no blanks around the point",
    "$": "a name that begins with `$` must stand in double quotes",
    "#": "put a name that holds `#` in double quotes",
    "?": "put a name that holds `?` in double quotes",
    "\\": "put a name that holds a backslash in double quotes and double the backslash",
    "`": "put names in double quotes",
    "~": "put a name that holds `~` in double quotes",
}


class Token(NamedTuple):
    """One token at characters ``start`` to ``end``.

    ``text`` is the digits of a number, the decoded spelling of a name (quotes and escapes
    resolved), the content of a string, or the operator or keyword in lower case.
    """

    kind: TokenKind
    text: str
    start: int
    end: int


def tokenize(
    source: Source,
    start: int = 0,
    end: int | None = None,
    *,
    hash_comments: bool = False,
) -> list[Token]:
    """Return the tokens of characters ``start`` to ``end``; the last one has the kind ``end``.

    ``hash_comments`` lets ``#`` begin a comment that runs to the end of the line.
    Raises SyntaxFault.
    """
    stop = len(source.text) if end is None else end
    if stop - start > MAX_LENGTH:
        raise SyntaxFault(
            f"the expression has {stop - start:,} characters; the limit is {MAX_LENGTH:,}",
            source.place(start, start + 1),
            "split it into several variables, or read values from a data file",
        )
    return _Lexer(source, start, stop, hash_comments).run()


def is_plain_name(name: str) -> bool:
    """Tell whether a name (one part of a dotted one) needs no quotes (section 3.2.2.1)."""
    return not name.startswith("_") and _PLAIN.fullmatch(name) is not None


class _Lexer:
    """One pass over a range of a source."""

    def __init__(self, source: Source, start: int, end: int, hash_comments: bool) -> None:
        self.source = source
        self.text = source.text
        self.position = start
        self.end = end
        self.skip = _SKIP_HASH if hash_comments else _SKIP
        self.tokens: list[Token] = []

    def run(self) -> list[Token]:
        """Return every token."""
        while True:
            if self.position < self.end and self.text[self.position] in _BEFORE_TOKEN:
                blank = self.skip.match(self.text, self.position, self.end)
                self.position = blank.end() if blank else self.position
            if self.position >= self.end:
                break
            self._next()
        last = self.tokens[-1].end if self.tokens else self.position
        self.tokens.append(Token("end", "", last, last))
        return self.tokens

    def _next(self) -> None:
        text, at, end = self.text, self.position, self.end
        operand = _NUMBER_OR_NAME.match(text, at, end)
        if operand:
            read = self._number if operand.lastgroup == "number" else self._name
            read(operand.end())
            return
        if text[at] == "'" and not self._after_operand():
            self._string()
            return
        if text[at : at + 2] not in _HINTS or at + 2 > end:
            operator = _OPERATOR.match(text, at, end)
            if operator:
                found = operator.group()
                self._add("operator", "<>" if found == "!=" else found, operator.end())
                return
        self._unknown()

    def _add(self, kind: TokenKind, text: str, end: int) -> None:
        self.tokens.append(Token(kind, text, self.position, end))
        self.position = end

    def _after_operand(self) -> bool:
        if not self.tokens:
            return False
        last = self.tokens[-1]
        return last.kind in ("name", "number", "text") or last.text in (")", "]", "'")

    def _number(self, end: int) -> None:
        glued = _GLUED.match(self.text, end, self.end)
        digits = self.text[self.position : end]
        if glued:
            tail = glued.group()
            self._fail(
                f"the number `{_short(digits)}` runs into `{_short(tail)}`",
                glued.end(),
                f"write `{_short(digits)} * {_short(tail)}`, or put a name that begins with a "
                "digit in double quotes",
            )
        if float(digits) == float("inf"):
            self._fail(f"the number `{_short(digits)}` is too large", end, "write `INF`")
        self._add("number", digits, end)

    def _name(self, end: int) -> None:
        raw = self.text[self.position : end]
        if '"' in raw:
            self._add("name", self._decode(raw), end)
            return
        word = raw.lower()
        if word in KEYWORDS:
            self._add("keyword", word, end)
            return
        words = [raw]
        while more := _NEXT_WORD.match(self.text, end, self.end):
            word = more.group(1).lower()
            if word in KEYWORDS:
                break
            words.append(more.group(1))
            end = more.end()
        self._add("name", " ".join(words), end)

    def _decode(self, raw: str) -> str:
        parts = []
        for piece in _PIECE.findall(raw):
            if piece[0] != '"':
                parts.append(piece)
            elif len(piece) == 2:
                self._fail("the name between the quotes is empty", self.position + len(raw))
            else:
                parts.append(self._unescape(piece[1:-1], self.position + len(raw)))
        return "".join(parts)

    def _unescape(self, body: str, end: int) -> str:
        for escape in _ESCAPE.findall(body):
            if escape not in _ESCAPES:
                self._fail(
                    f"`\\{escape}` is no escape sequence",
                    end,
                    r"between quotes only `\"`, `\n` and `\\` may follow a backslash",
                )
        return _ESCAPE.sub(lambda m: _ESCAPES[m.group(1)], body)

    def _string(self) -> None:
        string = _TEXT.match(self.text, self.position, self.end)
        if not string:
            self._fail("the quote `'` is never closed", self.position + 1, "add a closing `'`")
        self._add("text", self._unescape(string.group(1), string.end()), string.end())

    def _unknown(self) -> NoReturn:
        at = self.position
        char, pair = self.text[at], self.text[at : min(at + 2, self.end)]
        if char == '"':
            self._fail('the quote `"` is never closed', at + 1, 'add a closing `"`')
        if char == "{":
            self._fail("the comment `{` is never closed", at + 1, "add a closing `}`")
        if pair in _HINTS and len(pair) == 2:
            self._fail(f"`{pair}` is no operator", at + 2, _HINTS[pair])
        if char in LOOKALIKES:
            self._fail(
                f"`{char}` (U+{ord(char):04X}) is no operator or quote",
                at + 1,
                f"write `{LOOKALIKES[char]}`",
            )
        shown = f"`{char}`" if char.isprintable() else f"U+{ord(char):04X}"
        hint = _HINTS.get(char, "put a name that holds special characters in double quotes")
        self._fail(f"{shown} cannot stand here", at + 1, hint)

    def _fail(self, message: str, end: int, hint: str = "") -> NoReturn:
        raise SyntaxFault(message, Span(self.source, self.position, end).place, hint)


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."
