"""Graphical functions: points, joined by lines or steps."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

from headwater.errors import ModelError, SyntaxFault
from headwater.formats.literate.clauses.elements import is_list, read_list
from headwater.formats.literate.clauses.numbers import read_number, short
from headwater.formats.literate.text.statements import Clause
from headwater.formats.literate.text.stretch import Stretch
from headwater.model.variables import Dimension, GraphicalFunction, GraphKind

_POINT = re.compile(r"\s*,?\s*(\(\0*\))")


def read_graphs(
    value: Stretch,
    clauses: list[Clause],
    dimensions: tuple[Dimension, ...],
    known: Mapping[str, Dimension],
) -> tuple[GraphicalFunction, ...]:
    """Read points for all elements, or a list of points by element; ``clauses`` name the kind.

    Raises :class:`SyntaxFault` or :class:`ModelError`.
    """
    if len(clauses) > 1:
        hint = "keep one of continuous, extrapolated, discrete"
        raise SyntaxFault("a graph has one kind", clauses[1].head.place, hint)
    if clauses and clauses[0].body:
        extra = clauses[0].body
        raise SyntaxFault(f"unexpected `{short(extra)}`", extra.place, "remove it")
    kind = cast(GraphKind, clauses[0].keyword if clauses else "continuous")
    if not is_list(value):
        x, y = _points(value)
        subscripts = tuple(d.name for d in dimensions)
        return (GraphicalFunction(x, y, kind, subscripts, span=value.span),)
    entries = read_list(value, dimensions, known, lambda t: (_points(t), t))
    return tuple(GraphicalFunction(x, y, kind, key, span=t.span) for key, ((x, y), t) in entries)


def _points(text: Stretch) -> tuple[tuple[float, ...], tuple[float, ...]]:
    hint = "write points in order: `(0, 1) (2, 1.5) (4, 1)`"
    x: list[float] = []
    y: list[float] = []
    at = 0
    while at < len(text.surface):
        match = _POINT.match(text.surface, at)
        if match is None:
            rest = text.cut(at)
            raise SyntaxFault(f"expected a point, found `{short(rest)}`", rest.place, hint)
        point = text.cut(*match.span(1))
        pair = point.inside().split(",")
        if len(pair) != 2:
            raise SyntaxFault("a point has two coordinates", point.place, hint)
        x.append(read_number(pair[0], "x"))
        y.append(read_number(pair[1], "y"))
        if len(x) > 1 and x[-1] < x[-2]:
            message = f"the point at x = {x[-1]:g} does not lie after {x[-2]:g}"
            raise ModelError(message, point.place, "list the points in order of x")
        if len(x) > 1 and (x[-1], y[-1]) == (x[-2], y[-2]):
            message = f"the point at x = {x[-1]:g} is there twice"
            hint = "keep one of them; two points with one x and another y make a jump"
            raise ModelError(message, point.place, hint)
        at = match.end()
    if len(x) < 2:
        raise SyntaxFault("a graph needs two points or more", text.place, hint)
    return tuple(x), tuple(y)
