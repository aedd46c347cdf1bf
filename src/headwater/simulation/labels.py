"""Names of single elements of array variables: ``migrants[russia]``, ``flow[home,russia]``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from math import prod

from headwater.errors import UsageError, did_you_mean
from headwater.language.names import canonical
from headwater.model.project import Project
from headwater.model.variables import AnyVariable, Dimension


def label(name: str, elements: Sequence[str] = ()) -> str:
    """Return ``name`` or ``name[a,b]``."""
    return f"{name}[{','.join(elements)}]" if elements else name


def split_label(text: str) -> tuple[str, tuple[str, ...]]:
    """Split ``Name[a, b]`` into the look-up form of the name and those of its elements.

    >>> split_label("Net Migration[Home, russia]")
    ('net_migration', ('home', 'russia'))
    """
    text = text.strip()
    if not text.endswith("]") or "[" not in text:
        return canonical(text), ()
    name, _, inside = text[:-1].partition("[")
    return canonical(name), tuple(canonical(part) for part in inside.split(","))


def dimensions_of(project: Project, variable: AnyVariable) -> tuple[Dimension, ...]:
    """Return the dimensions of a variable, in order."""
    return tuple(project.dimension_by_key[canonical(d)] for d in variable.dimensions)


def shape_of(project: Project, variable: AnyVariable) -> tuple[int, ...]:
    """Return the sizes of a variable's dimensions; a scalar has none."""
    return tuple(len(d.elements) for d in dimensions_of(project, variable))


def size_of(project: Project, variable: AnyVariable) -> int:
    """Return the number of elements of a variable."""
    return prod(shape_of(project, variable))


def elements_of(project: Project, variable: AnyVariable) -> list[tuple[str, ...]]:
    """Return the element names of every element, in row-major order (one ``()`` for a scalar)."""
    return list(product(*(d.elements for d in dimensions_of(project, variable))))


def element_labels(project: Project, variable: AnyVariable) -> list[str]:
    """Return the look-up form of every element's name, in row-major order."""
    return [
        label(variable.key, [canonical(e) for e in elements])
        for elements in elements_of(project, variable)
    ]


def find_variable(project: Project, name: str) -> AnyVariable:
    """Return the variable of that name, or raise :class:`UsageError` with the closest one."""
    found = project.find(name)
    if found is None:
        raise UsageError(
            f"no variable `{name}` in {project.name or 'the model'}",
            hint=did_you_mean(name, (v.name for v in project.variables))
            or "`headwater list MODEL` shows the names",
        )
    return found


def element_positions(
    project: Project, variable: AnyVariable, elements: Sequence[str]
) -> tuple[int, ...]:
    """Return the flat positions that ``elements`` of a variable stand for.

    No elements: all. An element may be ``*`` or the name of the variable's dimension or of one of
    its subranges. Raises :class:`UsageError` for a name that is no element.
    """
    dims = dimensions_of(project, variable)
    if not elements:
        return tuple(range(prod(len(d.elements) for d in dims)))
    if len(elements) != len(dims):
        raise UsageError(
            f"`{label(variable.name, elements)}` has {len(elements)} subscripts, "
            f"`{variable.name}` has {len(dims)} dimensions",
            hint=f"its dimensions: {', '.join(variable.dimensions) or 'none'}",
        )
    choices = [_choose(project, variable, d, text) for d, text in zip(dims, elements, strict=True)]
    flat = []
    for position in product(*choices):
        number = 0
        for d, index in zip(dims, position, strict=True):
            number = number * len(d.elements) + index
        flat.append(number)
    return tuple(flat)


def _choose(
    project: Project, variable: AnyVariable, dimension: Dimension, text: str
) -> Iterable[int]:
    key = canonical(text)
    keys = [canonical(e) for e in dimension.elements]
    if key in ("*", dimension.key):
        return range(len(keys))
    if key in keys:
        return (keys.index(key),)
    other = project.dimension_by_key.get(key)
    if other and all(canonical(e) in keys for e in other.elements):
        return [keys.index(canonical(e)) for e in other.elements]
    raise UsageError(
        f"`{text}` is no element of dimension `{dimension.name}` of `{variable.name}`",
        hint=did_you_mean(text, dimension.elements)
        or f"its elements: {', '.join(dimension.elements[:12])}",
    )
