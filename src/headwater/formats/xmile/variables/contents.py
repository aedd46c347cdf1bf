"""Conveyors that hold at the start what an array lists, element by element, as in Stella."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from headwater.formats.xmile.arrays.dimensions import Shapes
from headwater.language.names import canonical
from headwater.language.syntax import Expression, Name, Number, Wildcard
from headwater.model.variables import AnyVariable, Conveyor, Dimension, Stock


def with_listed_contents(variables: Iterable[AnyVariable], shapes: Shapes) -> list[AnyVariable]:
    """Return variables with what an array lists on a belt written out as a list.

    The belt's initial value is the array's name with one ``*``; its first element leaves first.
    """
    every = tuple(variables)
    known = {v.key: v for v in every}
    return [_listed(v, known.get(_key(v)), shapes) for v in every]


def _key(variable: AnyVariable) -> str:
    name = _name(variable)
    return name.key if name is not None else ""


def _name(variable: AnyVariable) -> Name | None:
    """Return the array that is the initial value of a conveyor, where it is one with one ``*``."""
    if not isinstance(variable, Stock) or not isinstance(variable.discipline, Conveyor):
        return None
    if variable.discipline.contents or len(variable.equations) != 1:
        return None
    expression = variable.equations[0].expression
    if not isinstance(expression, Name):
        return None
    stars = [s for s in expression.subscripts if isinstance(s, Wildcard)]
    return expression if len(stars) == 1 else None


def _listed(variable: AnyVariable, array: AnyVariable | None, shapes: Shapes) -> AnyVariable:
    name = _name(variable)
    if array is None or name is None or len(array.dimensions) != len(name.subscripts):
        return variable
    assert isinstance(variable, Stock) and isinstance(variable.discipline, Conveyor)
    place = next(k for k, s in enumerate(name.subscripts) if isinstance(s, Wildcard))
    dimension = shapes.named(array.dimensions)[place]
    if canonical(dimension.name) in map(canonical, variable.dimensions):
        return variable
    contents = tuple(_element(name, place, s) for s in _subscripts(dimension))
    discipline = replace(variable.discipline, contents=contents)
    equation = replace(variable.equations[0], expression=contents[0])
    return replace(variable, equations=(equation,), discipline=discipline)


def _subscripts(dimension: Dimension) -> list[Expression]:
    if dimension.numbered:
        return [Number(float(k)) for k in range(1, len(dimension.elements) + 1)]
    return [Name(e) for e in dimension.elements]


def _element(name: Name, place: int, subscript: Expression) -> Name:
    subscripts: Sequence[Expression] = name.subscripts
    return replace(name, subscripts=(*subscripts[:place], subscript, *subscripts[place + 1 :]))
