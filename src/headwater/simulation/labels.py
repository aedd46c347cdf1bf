"""Names of single elements of array variables: ``migrants[russia]``, ``flow[home,russia]``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from math import prod

from headwater.errors import UsageError, did_you_mean
from headwater.language.names import canonical, split_label
from headwater.model.project import Module, Project
from headwater.model.variables import AnyVariable, Dimension

MOST_LISTED = 12
"""Elements that a message shows of a dimension."""

_OPTIONS = {"initial_time": "start", "final_time": "stop", "time_step": "step"}
"""What sets the times that Vensim's models name."""


def label(name: str, elements: Sequence[str] = ()) -> str:
    """Return ``name`` or ``name[a,b]``."""
    return f"{name}[{','.join(elements)}]" if elements else name


def dimensions_of(project: Project, variable: AnyVariable) -> tuple[Dimension, ...]:
    """Return the dimensions of a variable, in order."""
    return tuple(project.dimension_by_key[canonical(d)] for d in variable.dimensions)


def shape_of(project: Project, variable: AnyVariable) -> tuple[int, ...]:
    """Return the sizes of a variable's dimensions; a scalar has none."""
    return tuple(len(d.elements) for d in dimensions_of(project, variable))


def elements_of(project: Project, variable: AnyVariable) -> list[tuple[str, ...]]:
    """Return the element names of every element, in row-major order (one ``()`` for a scalar)."""
    return list(product(*(d.elements for d in dimensions_of(project, variable))))


def element_labels(project: Project, variable: AnyVariable) -> list[str]:
    """Return the look-up form of every element's name, in row-major order."""
    return [
        label(variable.key, [canonical(e) for e in elements])
        for elements in elements_of(project, variable)
    ]


def find_dotted(project: Project, name: str) -> AnyVariable | None:
    """Return a variable by name; dots lead into modules (``supply.price``).

    One inside a module has the modules' names before its own, as in results.
    """
    found, path = _way(project, name)
    return replace(found, name=".".join((*path, found.name))) if found and path else found


def find_as_declared(project: Project, name: str) -> AnyVariable | None:
    """Return the variable of :func:`find_dotted` as its model declares it, by its own name."""
    return _way(project, name)[0]


def _way(project: Project, name: str) -> tuple[AnyVariable | None, tuple[str, ...]]:
    """Return a variable by name, and the modules that the dots lead through."""
    found = project.find(name)
    if found is not None or "." not in name:
        return found, ()
    here = project.inside[""]
    *within, last = (canonical(p) for p in name.split("."))
    path: list[str] = []
    for part in within:
        module = here.modules.get(part)
        model = project.inside.get(canonical(module.model or module.name)) if module else None
        if module is None or model is None:
            return None, ()
        path.append(module.name)
        here = model
    return here.variables.get(last), tuple(path)


def find_variable(project: Project, name: str) -> AnyVariable:
    """Return the variable of that name, or raise :class:`UsageError` with the closest one."""
    found = find_dotted(project, name)
    if found is None:
        option = _OPTIONS.get(canonical(name))
        raise UsageError(
            f"no variable `{name}` in {project.name or 'the model'}",
            hint=(f"`{option}` sets it, `--{option}` on the command line" if option else "")
            or did_you_mean(name, _names(project))
            or "`headwater list MODEL` shows the names",
        )
    return found


def _names(project: Project) -> Iterator[str]:
    """Yield the names of all variables, those inside modules with the modules' names."""
    yield from (v.name for v in project.variables)
    submodels = {canonical(s.name): s for s in project.submodels}
    waiting: list[tuple[tuple[str, ...], Module]] = [((m.name,), m) for m in project.modules]
    while waiting:
        path, module = waiting.pop()
        own = submodels.get(canonical(module.model or module.name))
        if own is not None and len(path) <= len(submodels):
            yield from (".".join((*path, v.name)) for v in own.variables)
            waiting += [((*path, m.name), m) for m in own.modules]


def find_element(project: Project, text: str) -> tuple[AnyVariable, tuple[str, ...]]:
    """Return the variable that ``name`` or ``name[element]`` names, and the element's names.

    A variable's own name may have brackets. Raises :class:`UsageError` for an unknown variable.
    """
    whole = project.find(text)
    if whole is not None:
        return whole, ()
    key, elements = split_label(text)
    found = find_dotted(project, key)
    return (found, elements) if found else (find_variable(project, text), ())


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
        raise _wrong_number(variable, dims, elements)
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
    near = did_you_mean(text, dimension.elements)
    raise UsageError(
        f"`{text}` is no element of dimension `{dimension.name}` of `{variable.name}`",
        hint=f"{near} " * bool(near) + f"its elements: {_listed(dimension.elements)}",
    )


def _wrong_number(
    variable: AnyVariable, dims: Sequence[Dimension], elements: Sequence[str]
) -> UsageError:
    asked = label(variable.name, elements)
    if not dims:
        return UsageError(
            f"`{asked}` has a subscript, and `{variable.name}` is a single number",
            hint=f"leave the brackets out: `{variable.name}`",
        )
    several = "s" * (len(elements) > 1)
    of_each = "; ".join(f"{d.name}: {_listed(d.elements)}" for d in dims)
    return UsageError(
        f"`{asked}` has {len(elements)} subscript{several}, "
        f"`{variable.name}` has {len(dims)} dimension{'s' * (len(dims) > 1)}",
        hint=f"its dimensions and their elements (`*` is all of them): {of_each}",
    )


def _listed(names: Sequence[str]) -> str:
    more = len(names) - MOST_LISTED
    return ", ".join(names[:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")
