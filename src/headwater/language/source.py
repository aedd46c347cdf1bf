"""Source texts and spans: where a piece of syntax stands in a file."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

from headwater.errors import Place


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A text with the name it is shown under.

    ``first_line`` and ``first_column`` shift positions when the text is an excerpt of a file, such
    as the equation of one element of an XML document.
    """

    name: str
    text: str
    first_line: int = 1
    first_column: int = 1
    _starts: list[int] = field(default_factory=list, repr=False)
    _lines: dict[int, str] = field(default_factory=dict, repr=False)

    def _line_starts(self) -> list[int]:
        if not self._starts:
            self._starts.append(0)
            self._starts.extend(i + 1 for i, c in enumerate(self.text) if c == "\n")
        return self._starts

    def _line(self, row: int) -> str:
        """Return a line, the same object each time: some files are a single line of megabytes."""
        if row not in self._lines:
            starts = self._line_starts()
            stop = starts[row + 1] - 1 if row + 1 < len(starts) else len(self.text)
            self._lines[row] = self.text[starts[row] : stop]
        return self._lines[row]

    def place(self, start: int, end: int) -> Place:
        """Return the file place of characters ``start`` to ``end`` (cut at the end of the line)."""
        starts = self._line_starts()
        row = bisect_right(starts, min(start, len(self.text))) - 1
        line = self._line(row)
        column = start - starts[row]
        shift = self.first_column - 1 if row == 0 else 0
        return Place(
            self.name,
            self.first_line + row,
            column + 1 + shift,
            max(1, min(end - start, len(line) - column)),
            " " * shift + line,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Span:
    """Characters ``start`` to ``end`` (exclusive) of a source."""

    source: Source
    start: int
    end: int

    @property
    def text(self) -> str:
        """The characters themselves."""
        return self.source.text[self.start : self.end]

    @property
    def line(self) -> str:
        """The characters on one line, with single blanks and no backslashes at ends of lines."""
        return " ".join(self.text.replace("\\\n", " ").split())

    @property
    def place(self) -> Place:
        """Where the span stands, for a diagnostic."""
        return self.source.place(self.start, self.end)

    def to(self, other: Span) -> Span:
        """Return the span from the start of this one to the end of ``other``."""
        return Span(self.source, self.start, other.end)


def place_of(span: Span | None) -> Place | None:
    """Return where a span stands; what a program made stands nowhere."""
    return span.place if span else None
