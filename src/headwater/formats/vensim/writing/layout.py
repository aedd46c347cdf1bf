"""The text of an entry: equation, units and comment, each on lines of its own."""

from __future__ import annotations

import math
import re

from headwater.formats.losses import Losses
from headwater.formats.vensim.writing.names import number, spelled
from headwater.language.source import Span
from headwater.model.uncertainty import Range

WIDTH = 80
_BREAK = re.compile(r"[,;] ?| (?=[-+*/:<>=])")
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\'\n]*\'')
_STARS = "*" * 56
_INDENT = "\n\t\t"


def entry(
    left: str, right: str, unit: str = "", limits: Range | None = None, comment: str = ""
) -> str:
    """Return an entry with its closing bar; ``left`` ends with the sign of equality."""
    units = " ".join(filter(None, (unit, _range(limits))))
    lines = _INDENT.join(comment.split("\n"))
    folded = "\\\n\t\t".join(_pieces(right))
    equation = f"{left}\n\t{folded}" if left and right else left or folded
    return f"{equation}\n\t~\t{units}\n\t~\t{lines}\n\t|\n\n"


def _range(limits: Range | None) -> str:
    if limits is None:
        return ""
    ends = (number(e) if math.isfinite(e) else "?" for e in (limits.low, limits.high))
    return f"[{','.join(ends)}]"


def group(name: str, documentation: str) -> str:
    """Return the header of a group."""
    lines = _INDENT.join(documentation.split("\n"))
    return f"{_STARS}\n\t.{name}\n{_STARS}~\n\t\t{lines}\n\t|\n\n"


def _pieces(text: str) -> list[str]:
    """Return a text in pieces of a line each, cut at blanks outside of names."""
    blotted = _STRINGS.sub(lambda m: "\0" * len(m.group()), text)
    pieces: list[str] = []
    start = 0
    while len(text) - start > WIDTH:
        cuts = [m.end() for m in _BREAK.finditer(blotted, start, start + WIDTH)]
        if not cuts:
            later = _BREAK.search(blotted, start)
            if later is None:
                break
            cuts = [later.end()]
        pieces.append(text[start : cuts[-1]])
        start = cuts[-1]
    pieces.append(text[start:])
    return [p for p in pieces if p]


class Texts:
    """Makes texts of another model fit for a file in which ``~`` and ``|`` end a field."""

    def __init__(self, losses: Losses) -> None:
        self._losses = losses

    def comment(self, text: str, name: str, span: Span | None = None) -> str:
        """Return a documentation without the signs that end it."""
        changed = text.replace("~", "-").replace("|", "/")
        if changed != text:
            what = "`~` and `|` in a documentation are written `-` and `/`"
            self._losses.add(what, name, span)
        lines = (line.strip().removesuffix("\\") for line in changed.strip().splitlines())
        return "\n".join(lines)

    def unit(self, text: str) -> str:
        """Return a unit on one line."""
        return spelled(text).replace("~", "-").replace("|", "/")
