"""Subscripts that name another dimension than the array's, whose elements are read by their names.

XMILE 1.0 has no ranges of a dimension; by its rule that a dimension's name is the number of the
current element they would go together by number. Where that leads to other elements it is told, and
so is what an array has no element for, which is 0 (XMILE 1.1, section 3.7.1.1).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

from headwater.formats.xmile.context import Context
from headwater.language.names import canonical
from headwater.language.syntax import Call, Expression, Name, Wildcard, walk
from headwater.model.project import Project
from headwater.model.variables import AnyVariable, Data, Dimension


def warn_of_other_dimensions(context: Context, project: Project) -> None:
    """Warn, once for two dimensions, of elements that go together by name and not by number."""
    dimensions = {d.key: d for d in project.dimensions}
    told: set[tuple[str, str]] = set()
    for variables in (project.variables, *(s.variables for s in project.submodels)):
        shapes = {v.key: v.dimensions for v in variables}
        for variable in variables:
            for written, own in _pairs(variable, shapes):
                pair = (canonical(written), canonical(own))
                hint = "" if pair in told else _what_to_know(dimensions, *pair)
                if not hint:
                    continue
                told.add(pair)
                context.diagnostics.warn(
                    f"`{variable.name}` picks elements of `{own}` by the dimension `{written}`",
                    variable.span.place if variable.span else None,
                    hint,
                )


def _pairs(
    variable: AnyVariable, shapes: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[str, str]]:
    """Yield the dimensions that subscripts name, each with that of the array at its place."""
    if isinstance(variable, Data):
        return
    for equation in variable.equations:
        for part in (equation.expression, equation.initial):
            for node in () if part is None else walk(part):
                name = node.function if isinstance(node, Call) else node
                if isinstance(name, Name) and name.subscripts:
                    own = shapes.get(name.key, ())
                    for subscript, dimension in itertools.zip_longest(name.subscripts, own):
                        written = _dimension_in(subscript)
                        if written and dimension:
                            yield written, dimension


def _dimension_in(subscript: Expression | None) -> str:
    match subscript:
        case Name(text=text, subscripts=()):
            return text
        case Wildcard(dimension=dimension):
            return dimension
    return ""


def _what_to_know(dimensions: Mapping[str, Dimension], written: str, own: str) -> str:
    """Return what is to be told of one dimension in place of another; empty: nothing."""
    one, other = dimensions.get(written), dimensions.get(own)
    if one is None or other is None or one is other or written in map(canonical, other.elements):
        return ""
    names = {canonical(e): e for e in one.elements}
    theirs = [canonical(e) for e in other.elements]
    lacking = [name for key, name in names.items() if key not in theirs]
    if len(lacking) == len(names):
        return ""
    if lacking:
        return f"`{other.name}` has no `{lacking[0]}`: what an array lacks is 0"
    if [*names] == theirs[: len(names)]:
        return ""
    return "they are those of the same names, and not those of the same numbers"
