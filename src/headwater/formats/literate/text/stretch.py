"""Stretches of statement text: what is on the surface, and what is in comments, quotes, brackets.

Statements are split by keywords, commas and signs that stand outside of comments, quotes and
brackets. A :class:`Stretch` keeps, beside its place in the source, two texts of the same length in
which everything else is blotted out, so that plain regular expressions find them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from headwater.errors import Place, SyntaxFault
from headwater.language.parser import parse_expression
from headwater.language.source import Source, Span
from headwater.language.syntax import Expression
from headwater.language.tokens import KEYWORDS

BLOT = "\0"
WORD = re.compile(r"[^\W\d]\w*")
_PIECE = re.compile(r'"(?:\\.|[^"\\])*("?)|#[^\n]*|[{}()\[\]]', re.DOTALL)
_LIST_START = re.compile(r'\{(?:\s|#[^\n]*\n)*(?:"(?:\\.|[^"\\])*"|[\w$][\w$ \t]*)\s*:')
_STRING = re.compile(r'"((?:\\.|[^"\\])*)"', re.DOTALL)
_OPENING = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Characters ``start`` to ``end`` of a source, without blanks and comments at either end.

    ``plain`` has comments blanked and the inside of quotes blotted; ``surface`` has the inside of
    brackets blotted too. Offsets in them count from ``start``.
    """

    source: Source
    start: int
    end: int
    plain: str
    surface: str

    @classmethod
    def of(cls, source: Source, start: int, end: int, *, lists: bool = False) -> Stretch:
        """Read characters ``start`` to ``end``.

        With ``lists`` every brace opens a list. Without, one does so where a value is expected
        and ``name:`` follows; any other brace opens a comment. Raises :class:`SyntaxFault` for a
        quote or comment that is not closed.
        """
        plain = blank_comments(source, start, end, lists)
        return cls(source, start, end, plain, _surface(plain)).strip()

    @property
    def text(self) -> str:
        """The characters themselves."""
        return self.source.text[self.start : self.end]

    @property
    def span(self) -> Span:
        """Where the stretch stands."""
        return Span(self.source, self.start, self.end)

    @property
    def place(self) -> Place:
        """Where the stretch stands, for a diagnostic."""
        return self.source.place(self.start, self.end)

    def __bool__(self) -> bool:
        return self.end > self.start

    def cut(self, start: int, end: int | None = None) -> Stretch:
        """Return the part between two offsets, stripped."""
        stop = len(self.plain) if end is None else end
        return Stretch(
            self.source,
            self.start + start,
            self.start + stop,
            self.plain[start:stop],
            self.surface[start:stop],
        ).strip()

    def strip(self, extra: str = "") -> Stretch:
        """Return the stretch without blanks, comments and ``extra`` characters at its ends."""
        blanks = " \t\n\r\f\v" + extra
        left = len(self.plain) - len(self.plain.lstrip(blanks))
        right = max(left, len(self.plain.rstrip(blanks)))
        if left == 0 and right == len(self.plain):
            return self
        return Stretch(
            self.source,
            self.start + left,
            self.start + right,
            self.plain[left:right],
            self.surface[left:right],
        )

    def inside(self) -> Stretch:
        """Return what stands between the brackets at both ends."""
        plain = self.plain[1:-1]
        inner = Stretch(self.source, self.start + 1, self.end - 1, plain, _surface(plain))
        return inner.strip()

    def split(self, separator: str = ",") -> list[Stretch]:
        """Split at every ``separator`` on the surface; one that ends the stretch splits nothing."""
        parts: list[Stretch] = []
        begin = 0
        for match in re.finditer(re.escape(separator), self.surface):
            parts.append(self.cut(begin, match.start()))
            begin = match.end()
        last = self.cut(begin)
        return [*parts, last] if last or not parts else parts

    def find(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Return the first match on the surface."""
        return pattern.search(self.surface)

    def word(self, *words: str) -> re.Match[str] | None:
        """Return the first place where one of ``words`` stands on the surface."""
        return next((m for m in self.words() if m.group().lower() in words), None)

    def words(self) -> Iterator[re.Match[str]]:
        """Yield every word on the surface."""
        return WORD.finditer(self.surface)

    def first_word(self) -> str:
        """Return the word that the stretch begins with, in lower case, or an empty string."""
        match = WORD.match(self.surface)
        return match.group().lower() if match else ""

    def expression(self, expected: str = "an expression") -> Expression:
        """Parse the stretch as an expression. Raises :class:`SyntaxFault`."""
        if not self:
            raise SyntaxFault(f"expected {expected}", self.place)
        return parse_expression(self.source, self.start, self.end, hash_comments=True)

    def string(self, expected: str) -> str:
        """Return the text in the quotes that the stretch is made of.

        Line breaks and the blanks around them become one blank. Raises :class:`SyntaxFault`.
        """
        match = _STRING.fullmatch(self.text)
        if match is None:
            hint = 'put the text in straight double quotes: "like this"'
            raise SyntaxFault(f"expected {expected} in quotes", self.place, hint)
        text = re.sub(r"\\(.)", r"\1", match.group(1), flags=re.DOTALL)
        return re.sub(r"\s*\n\s*", " ", text).strip()


def ends_operand(text: str, end: int | None = None) -> bool:
    """Tell whether an expression could end with ``text``, as far as its last word shows."""
    stop = len(text) if end is None else end
    while stop and text[stop - 1].isspace():
        stop -= 1
    last = text[stop - 1 : stop]
    if not (last.isalnum() or last == "_"):
        return bool(last) and (last in "$)]}\".'" or last == BLOT)
    start = stop
    while start and (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
    return text[start:stop].lower() not in KEYWORDS


def blank_comments(source: Source, start: int, end: int, lists: bool) -> str:
    """Return a text with its comments blanked and the inside of its quotes blotted.

    With ``lists`` every brace opens a list. Raises :class:`SyntaxFault` for a quote or comment that
    is not closed.
    """
    text = source.text
    out: list[str] = []
    depth = 0
    previous = ""
    at = start
    while match := _PIECE.search(text, at, end):
        begin, stop = match.span()
        between = text[at:begin]
        out.append(between)
        previous = between.rstrip()[-1:] or previous
        first = text[begin]
        if first == "#":
            out.append(" " * (stop - begin))
        elif first == '"':
            if not match.group(1):
                where = source.place(begin, begin + 1)
                raise SyntaxFault("this quote is never closed", where, 'add the closing `"`')
            out.append('"' + BLOT * (stop - begin - 2) + '"')
            previous = '"'
        elif first == "{" and not (lists or (previous in "=:" and _LIST_START.match(text, begin))):
            stop = text.find("}", begin, end) + 1
            if not stop:
                where = source.place(begin, begin + 1)
                raise SyntaxFault("this comment is never closed", where, "add the closing `}`")
            out.append(re.sub(r"[^\n]", " ", text[begin:stop]))
        else:
            depth += 1 if first in "{([" else -1
            out.append(first)
            previous = first
        at = stop
    out.append(text[at:end])
    return "".join(out)


def _surface(plain: str) -> str:
    """Blot what is inside of brackets; an unmatched bracket is left as it stands."""
    spans: list[tuple[int, int]] = []
    stack: list[tuple[str, int]] = []
    for match in re.finditer(r"[()\[\]{}]", plain):
        char = match.group()
        if char not in _OPENING:
            stack.append((char, match.start()))
        elif stack and stack[-1][0] == _OPENING[char]:
            _, begin = stack.pop()
            if not stack:
                spans.append((begin + 1, match.start()))
    out: list[str] = []
    at = 0
    for begin, stop in spans:
        out += [plain[at:begin], BLOT * (stop - begin)]
        at = stop
    out.append(plain[at:])
    return "".join(out)
