"""Names as Vensim writes them: with blanks, in quotes where they hold anything unusual."""

from __future__ import annotations

import math
import re

from headwater.language.builtins.vensim.values import NOT_AVAILABLE
from headwater.model.variables import GraphicalFunction

_PLAIN = re.compile(r"[^\W\d_][\w'$]*(?: [\w'$]+)*")
_INFINITE = 1e300


def spelled(name: str) -> str:
    """Return a name on one line, without quotes."""
    return " ".join(name.split())


def quoted(name: str) -> str:
    """Return a name as it stands in an equation.

    >>> quoted("time to cool"), quoted("2nd tea")
    ('time to cool', '"2nd tea"')
    """
    text = spelled(name)
    if _PLAIN.fullmatch(text):
        return text
    return '"' + text.replace('"', '\\"') + '"'


def number(value: float) -> str:
    """Return the shortest text that reads back as ``value``; what has no value is ``:NA:``."""
    if math.isnan(value) or value == NOT_AVAILABLE:
        return ":NA:"
    if math.isinf(value):
        return f"{math.copysign(_INFINITE, value):g}".replace("+", "")
    return _digits(value)


def _digits(value: float) -> str:
    if not math.isfinite(value):
        return number(value)
    text = repr(float(value))
    return text[:-2] if text.endswith(".0") else text.replace("e+", "e")


def points(graph: GraphicalFunction) -> str:
    """Return the points of a lookup, with the parentheses around them, after the graph's range.

    A lookup takes numbers alone: what is not available stands there as the number that it is.
    """
    pairs = ",".join(f"({number(a)},{_digits(b)})" for a, b in zip(graph.x, graph.y, strict=True))
    if graph.scale is None:
        return f"({pairs})"
    low, high = number(graph.scale.low), number(graph.scale.high)
    return f"([({number(graph.x[0])},{low})-({number(graph.x[-1])},{high})],{pairs})"
