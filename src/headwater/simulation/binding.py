"""Setting some elements of an array variable inside the equations it already has.

An equation for all hosts takes a new value for Russia as
``IF host = 2 THEN new ELSE old``; an equation for Russia alone takes it as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from itertools import product

from headwater.errors import Place, UsageError, did_you_mean
from headwater.language.names import canonical
from headwater.language.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    Name,
    Number,
    Wildcard,
    transform,
)
from headwater.model.project import Project
from headwater.model.variables import AnyVariable, Dimension, Equation
from headwater.simulation.labels import dimensions_of


@dataclass(frozen=True, slots=True)
class _Choice:
    """One element of a dimension, or (``element`` empty) all of them.

    ``named`` is the dimension or subrange by which the value's own expression refers to it.
    """

    element: str
    named: Dimension | None


def assign(
    project: Project,
    variable: AnyVariable,
    equation: Equation,
    old: Expression,
    target: Name,
    value: Expression,
) -> Expression:
    """Return ``old`` with ``value`` in place where ``target`` names elements of ``equation``.

    Raises :class:`UsageError` where the subscripts of ``target`` do not fit the variable.
    """
    result = old
    for choices in product(*choices_of(project, variable, target)):
        result = _assign_one(project, variable, equation, result, choices, value)
    return result


def choices_of(project: Project, variable: AnyVariable, target: Name) -> list[list[_Choice]]:
    """Return, for each dimension of the variable, the elements that the subscripts name."""
    dims = dimensions_of(project, variable)
    if not target.subscripts:
        return [[_Choice("", d)] for d in dims]
    if len(target.subscripts) != len(dims):
        raise UsageError(
            f"`{target.text}` has {len(dims)} dimensions, not {len(target.subscripts)}",
            target.span.place if target.span else None,
        )
    return [_choices(project, d, s, target) for d, s in zip(dims, target.subscripts, strict=True)]


def _choices(
    project: Project, dimension: Dimension, subscript: Expression, target: Name
) -> list[_Choice]:
    match subscript:
        case Wildcard():
            return [_Choice("", dimension)]
        case Number(value=value):
            text = f"{value:g}"
        case Name(text=text):
            pass
        case _:
            text = ""
    key = canonical(text)
    if key == dimension.key:
        return [_Choice("", dimension)]
    spellings = {canonical(e): e for e in dimension.elements}
    if key in spellings:
        return [_Choice(spellings[key], None)]
    subrange = project.dimension_by_key.get(key)
    if subrange and all(canonical(e) in spellings for e in subrange.elements):
        return [_Choice(spellings[canonical(e)], subrange) for e in subrange.elements]
    place: Place | None = target.span.place if target.span else None
    raise UsageError(
        f"`{text}` is no element of dimension `{dimension.name}` of `{target.text}`",
        place,
        did_you_mean(text, dimension.elements),
    )


def _assign_one(
    project: Project,
    variable: AnyVariable,
    equation: Equation,
    old: Expression,
    choices: tuple[_Choice, ...],
    value: Expression,
) -> Expression:
    guards: list[Expression] = []
    subscripts = equation.subscripts or variable.dimensions
    for choice, subscript in zip(choices, subscripts, strict=True):
        spanned = project.dimension_by_key.get(canonical(subscript))
        if spanned is None:
            if choice.element and canonical(choice.element) != canonical(subscript):
                return old
            value = _bound(project, value, choice.named, subscript)
        elif choice.element:
            keys = [canonical(e) for e in spanned.elements]
            if canonical(choice.element) not in keys:
                return old
            position = _number(project, spanned, choice.element)
            guards.append(Binary("=", Name(spanned.name), position))
            value = _bound(project, value, choice.named, choice.element)
        elif choice.named and spanned.key != choice.named.key:
            value = _renamed(value, choice.named, spanned.name)
    if not guards:
        return value
    return Conditional(reduce(lambda a, b: Binary("and", a, b), guards), value, old)


def _bound(
    project: Project, value: Expression, dimension: Dimension | None, element: str
) -> Expression:
    """Return the expression with a dimension's name standing for one element.

    As a subscript the name becomes the element, elsewhere its number.
    """
    if dimension is None:
        return value
    position, key = _number(project, dimension, element), dimension.key

    def number(node: Expression) -> Expression:
        alone = isinstance(node, Name) and node.key == key and not node.subscripts
        return position if alone else node

    return transform(_renamed(value, dimension, element), number)


def _number(project: Project, dimension: Dimension, element: str) -> Number:
    """Return what an element counts as: its position from 1, in Vensim in the largest range."""
    while project.dialect == "vensim" and canonical(dimension.parent) in project.dimension_by_key:
        dimension = project.dimension_by_key[canonical(dimension.parent)]
    keys = [canonical(e) for e in dimension.elements]
    return Number(float(keys.index(canonical(element)) + 1))


def _renamed(value: Expression, dimension: Dimension, subscript: str) -> Expression:
    key = dimension.key

    def change(name: Name) -> Name:
        new = tuple(
            Name(subscript) if isinstance(s, Name) and s.key == key else s for s in name.subscripts
        )
        return replace(name, subscripts=new)

    def visit(node: Expression) -> Expression:
        if isinstance(node, Name) and node.subscripts:
            return change(node)
        if isinstance(node, Call) and node.function.subscripts:
            return replace(node, function=change(node.function))
        return node

    return transform(value, visit)
