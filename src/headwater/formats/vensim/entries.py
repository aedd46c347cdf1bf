"""From the text of the equations to its entries: ``equation ~ units ~ comment ~ flags |``.

Entries stand in groups (a box of stars with a name in it) and in macros.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from headwater.errors import SyntaxFault
from headwater.formats.vensim.sections import Sections
from headwater.formats.vensim.tokens import COMMENT
from headwater.language.source import Source, Span

_GROUP = re.compile(r"\*{3,}[^\n]*\n[ \t]*\.?([^\n]*?)[ \t]*\n[ \t]*\*{3,}")
_MACRO = re.compile(r":MACRO:(?:\s|\\[ \t]*\n)*", re.IGNORECASE)
_END_OF_MACRO = re.compile(r":END[ \t]+OF[ \t]+MACRO:", re.IGNORECASE)
_NAME = r"(?:[^()\"\n\\]|\\[ \t]*\n)*"
_HEADER = re.compile(rf"{_NAME}(?:\"(?:[^\"\\]|\\.)*\"{_NAME})?\([^)]*\)")
_BLANK = re.compile(rf"(?:\s|{COMMENT})+")
_COMMENT = re.compile(COMMENT)
_PLAIN = re.compile(r"[^\"{~|']+")
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_STRING = re.compile(r"'[^'\n]*'")
_LOOK_BACK = 80
_CONTINUED = re.compile(r"\\[ \t]*\n[ \t]*")


@dataclass(frozen=True, slots=True)
class Entry:
    """One equation as the file has it. ``macro`` is the number of the macro it stands in, or -1."""

    equation: Span
    units: str = ""
    units_span: Span | None = None
    comment: str = ""
    flags: str = ""
    group: str = ""
    macro: int = -1


@dataclass(frozen=True, slots=True)
class GroupHeader:
    """The name of a group, with the text that describes it."""

    name: str
    comment: str


@dataclass(frozen=True, slots=True)
class Listing:
    """The entries of a file, in order; ``macros`` are the spans of their headers."""

    entries: tuple[Entry, ...]
    groups: tuple[GroupHeader, ...]
    macros: tuple[Span, ...]


def list_entries(source: Source, sections: Sections) -> Listing:
    """Return the entries of the equations. Raises SyntaxFault."""
    return _Reader(source, sections.equations_end).run()


class _Reader:
    def __init__(self, source: Source, end: int) -> None:
        self._source = source
        self._text = source.text
        self._end = end
        self._at = 0
        self._entries: list[Entry] = []
        self._groups: list[GroupHeader] = []
        self._macros: list[Span] = []
        self._in_macro = False

    def run(self) -> Listing:
        while self._skip_blank():
            if self._star_box() or self._macro_header() or self._macro_end():
                continue
            self._entry()
        if self._in_macro:
            place = self._macros[-1].place
            raise SyntaxFault("this macro has no end", place, "add a line :END OF MACRO:")
        return Listing(tuple(self._entries), tuple(self._groups), tuple(self._macros))

    def _skip_blank(self) -> bool:
        blank = _BLANK.match(self._text, self._at, self._end)
        if blank:
            self._at = blank.end()
        return self._at < self._end

    def _star_box(self) -> bool:
        box = _GROUP.match(self._text, self._at, self._end)
        if box is None:
            return False
        name = " ".join(box.group(1).split())
        self._at = box.end()
        parts = [part for part, _ in self._after_equation()]
        comment = _flowing(parts[0]) if parts else ""
        self._groups.append(GroupHeader(name, comment))
        return True

    def _macro_header(self) -> bool:
        start = _MACRO.match(self._text, self._at, self._end)
        if start is None:
            return False
        header = _HEADER.match(self._text, start.end(), self._end)
        place = self._source.place(self._at, start.end())
        if header is None:
            raise SyntaxFault(
                "the header of this macro is not complete", place, "write :MACRO: NAME(input)"
            )
        if self._in_macro:
            raise SyntaxFault("a macro cannot stand inside another", place, "end the first one")
        self._macros.append(Span(self._source, header.start(), header.end()))
        self._in_macro = True
        self._at = header.end()
        return True

    def _macro_end(self) -> bool:
        end = _END_OF_MACRO.match(self._text, self._at, self._end)
        if end is None:
            return False
        if not self._in_macro:
            place = self._source.place(end.start(), end.end())
            raise SyntaxFault("no macro has begun that could end here", place, "remove the line")
        self._in_macro = False
        self._at = end.end()
        return True

    def _entry(self) -> None:
        start = self._at
        self._skip_equation()
        if not self._text[start : self._at].strip():
            for _ in self._after_equation():
                pass
            return
        equation = Span(self._source, start, self._trimmed(start, self._at))
        parts = list(self._after_equation())
        units, span = parts[0] if parts else ("", None)
        comment = parts[1][0] if len(parts) > 1 else ""
        self._entries.append(
            Entry(
                equation,
                units.strip(),
                span,
                _flowing(comment),
                " ".join(p for p, _ in parts[2:]).strip(),
                self._groups[-1].name if self._groups else "",
                len(self._macros) - 1 if self._in_macro else -1,
            )
        )

    def _trimmed(self, start: int, end: int) -> int:
        """Return the end of an equation without the blanks and continued lines after it."""
        return start + len(self._text[start:end].rstrip(" \t\n\\"))

    def _skip_equation(self) -> None:
        """Move to the ``~`` or ``|`` that ends the equation."""
        text, end = self._text, self._end
        while self._at < end:
            plain = _PLAIN.match(text, self._at, end)
            if plain:
                self._at = plain.end()
                continue
            char = text[self._at]
            if char in "~|":
                return
            self._at = self._past(char)

    def _past(self, char: str) -> int:
        """Return the end of what a quote or a brace opens."""
        text, at, end = self._text, self._at, self._end
        if char == '"':
            quoted = _QUOTED.match(text, at, end)
            if quoted is None:
                place = self._source.place(at, at + 1)
                raise SyntaxFault('the quote `"` is never closed', place, 'add a closing `"`')
            return quoted.end()
        if char == "{":
            comment = _COMMENT.match(text, at, end)
            if comment is None:
                place = self._source.place(at, at + 1)
                raise SyntaxFault("the comment `{` is never closed", place, "add a closing `}`")
            return comment.end()
        before = text[max(0, at - _LOOK_BACK) : at].rstrip()[-1:]
        string = _STRING.match(text, at, end) if before in "(,=" else None
        return string.end() if string else at + 1

    def _after_equation(self) -> Iterator[tuple[str, Span]]:
        """Yield what stands between the ``~`` up to ``|``, and move past that."""
        close = self._text.find("|", self._at, self._end)
        stop = self._end if close < 0 else close
        here = self._text.find("~", self._at, stop)
        self._at = self._end if close < 0 else close + 1
        while here >= 0:
            following = self._text.find("~", here + 1, stop)
            last = stop if following < 0 else following
            yield self._text[here + 1 : last], Span(self._source, here + 1, last)
            here = following


def _flowing(comment: str) -> str:
    """Return a comment with continued lines joined and indentation removed."""
    joined = _CONTINUED.sub("", comment)
    return "\n".join(line.strip() for line in joined.strip().splitlines())
