"""Which variables, and which elements of arrays, a run is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from headwater.errors import UsageError, did_you_mean
from headwater.language.names import canonical, split_label
from headwater.model.project import Project
from headwater.simulation.labels import element_positions, elements_of, find_dotted, label
from headwater.simulation.layout import Layout, SavedVariable


@dataclass(frozen=True, slots=True)
class Asked:
    """``variables`` are look-up names without repetitions; None is all of them.

    ``parts`` are the look-up forms of all that was asked for, in order, where some of it are
    elements of arrays; empty where it is whole variables alone.
    """

    variables: tuple[str, ...] | None = None
    parts: tuple[str, ...] = ()


def resolve_outputs(project: Project, outputs: Sequence[str] | None) -> Asked:
    """Return what a list of names, ``x``, ``x[a]`` or ``x[a,*]``, asks for.

    Raises :class:`UsageError` with the closest name for a variable or an element that does not
    exist.
    """
    if outputs is None:
        return Asked()
    if isinstance(outputs, str):
        raise UsageError("`outputs` is a list of names", hint=f'write ["{outputs}"]')
    found = [_one(project, text) for text in outputs]
    keys = tuple(dict.fromkeys(key for key, _ in found))
    whole = {key for key, elements in found if not elements}
    wanted = [(k, e) for k, e in found if not e or k not in whole]
    parts = dict.fromkeys(label(key, elements) for key, elements in wanted)
    return Asked(keys, tuple(parts) if any(e for _, e in wanted) else ())


def _one(project: Project, text: str) -> tuple[str, tuple[str, ...]]:
    if canonical(text) in project.by_key:  # which may have brackets of its own
        return canonical(text), ()
    key, elements = split_label(text)
    variable = find_dotted(project, key)
    if variable is not None:
        positions = element_positions(project, variable, elements)
        everything = positions == element_positions(project, variable, ())
        return key, () if everything else elements
    if "." not in key:
        raise UsageError(
            f"no variable `{text}` in {project.name or 'the model'}",
            hint=did_you_mean(text, (v.name for v in project.variables))
            or "`headwater list MODEL` shows the names",
        )
    return key, elements


def asked_for(project: Project, layout: Layout, parts: Sequence[str]) -> Layout:
    """Return the layout of what was asked for: elements of arrays as variables of their own."""
    if not parts:
        return layout
    saved = {v.key: v for v in layout.variables}
    chosen: list[SavedVariable] = []
    for part in parts:
        key, elements = (part, ()) if part in saved else split_label(part)
        chosen += _elements(project, saved[key], elements) if elements else [saved[key]]
    variables = tuple({v.key: v for v in chosen}.values())
    used = {d for v in variables for d in v.dimensions}
    coordinates = {d: labels for d, labels in layout.coordinates.items() if d in used}
    return replace(layout, variables=variables, coordinates=coordinates)


def _elements(
    project: Project, whole: SavedVariable, elements: Sequence[str]
) -> list[SavedVariable]:
    variable = find_dotted(project, whole.name)
    assert variable is not None
    names = elements_of(project, variable)
    return [
        _element(whole, position, names[position])
        for position in element_positions(project, variable, elements)
    ]


def _element(whole: SavedVariable, position: int, names: Sequence[str]) -> SavedVariable:
    return replace(
        whole,
        name=label(whole.name, names),
        key=label(whole.key, [canonical(e) for e in names]),
        dimensions=(),
        shape=(),
        start=whole.start + position,
        stop=whole.start + position + 1,
        missing=(0,) if position in whole.missing else (),
    )
