"""The units field of an entry: a unit, and the range of values in brackets."""

from __future__ import annotations

import math
import re

from headwater.formats.vensim.tokens import COMMENT
from headwater.model.project import UnitDefinition
from headwater.model.uncertainty import Range

_RANGE = re.compile(r"\[([^\[\]]*)\]\s*$")
_OF_NO_UNIT = frozenset({"1", "dmnl", "dimensionless", "fraction", "unitless"})
_COMMENT = re.compile(COMMENT)
_BLANKS = re.compile(r"(?:\s|\\(?=[ \t]*\n))+")


def split_units(text: str) -> tuple[str, Range | None]:
    """Return the unit and the range of ``Widgets/Month [0,?,1]``; ``?`` leaves an end open.

    What stands in braces is a comment.
    """
    text = _COMMENT.sub(" ", text)
    match = _RANGE.search(text)
    unit = text[: match.start()] if match else text
    unit = _BLANKS.sub(" ", unit).strip()
    return unit, _range(match.group(1)) if match else None


def _range(text: str) -> Range | None:
    parts = [p.strip() for p in text.split(",")]
    if len(parts) < 2:
        return None
    low, high = _end(parts[0], -math.inf), _end(parts[1], math.inf)
    if low is None or high is None or (low == -math.inf and high == math.inf):
        return None
    return Range(low, high) if low <= high else None


def _end(text: str, open_end: float) -> float | None:
    if text in ("?", ""):
        return open_end
    try:
        number = float(text)
    except ValueError:
        return None
    return open_end if math.isnan(number) else number


def read_equivalents(lines: list[str]) -> tuple[UnitDefinition, ...]:
    """Return the units that a model's settings make equal: ``Dollar,Dollars,$s`` a line.

    Names that are made equal to one of no unit, such as ``Dmnl``, are other names of none.
    """
    found: dict[str, UnitDefinition] = {}
    for line in lines:
        names = [n.strip() for n in line.split(",") if n.strip()]
        others = [n for n in names if n.casefold() not in _OF_NO_UNIT]
        if len(others) < len(names):
            for name in others:
                found.setdefault(name.casefold(), UnitDefinition(name, "1"))
        elif len(names) > 1 and names[0].casefold() not in found:
            found[names[0].casefold()] = UnitDefinition(names[0], "", tuple(names[1:]))
    return tuple(found.values())
