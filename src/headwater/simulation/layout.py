"""Where each saved variable lies in what a program returns, and what is known about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from headwater.compiler.program import Program
from headwater.language.names import canonical
from headwater.model.project import Project
from headwater.model.variables import AnyVariable
from headwater.simulation.labels import find_as_declared
from headwater.simulation.results.arrays import EXPERIMENT_DIMENSIONS, Coordinate


@dataclass(frozen=True, slots=True)
class SavedVariable:
    """Rows ``start`` to ``stop`` of a program's result are one variable, or one element of it.

    ``key`` is the look-up form of the name, ``variable`` that of the whole variable's name.
    ``dimensions`` are names of coordinates. A ``static`` variable does not change within a run.
    """

    name: str
    key: str
    dimensions: tuple[str, ...]
    shape: tuple[int, ...]
    start: int
    stop: int
    static: bool
    attributes: Mapping[str, str]
    missing: tuple[int, ...] = ()
    variable: str = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Layout:
    """All saved variables, and the labels of the model's own dimensions.

    ``rows`` is the number of rows of a program's result, those of no variable among them.
    """

    variables: tuple[SavedVariable, ...]
    coordinates: Mapping[str, Coordinate]
    rows: int


def layout_of(project: Project, program: Program) -> Layout:
    """Return the layout of a program's result."""
    variables: list[SavedVariable] = []
    coordinates: dict[str, Coordinate] = {}
    start = 0
    known: dict[tuple[object, ...], tuple[str, ...]] = {}
    for output in program.outputs:
        axes = (output.dimensions, output.shape)
        dimensions = known.get(axes)
        if dimensions is None:
            dimensions = known[axes] = dimension_labels(project, output.dimensions)
            for name, axis, size in zip(dimensions, output.dimensions, output.shape, strict=True):
                coordinates[name] = elements(project, axis, size)
        stop = start + program.slots[output.slot].size
        key = canonical(output.name)
        variables.append(
            SavedVariable(
                output.name,
                key,
                dimensions,
                output.shape,
                start,
                stop,
                output.static,
                attributes_of(find_as_declared(project, output.name)),
                output.missing,
                variable=key,
            )
        )
        start = stop
    return Layout(tuple(variables), coordinates, start)


def element_names(layout: Layout, saved: SavedVariable) -> list[str]:
    """Return ``name``, or ``name[element]`` for every element of a saved variable, in order."""
    labels = [[str(e) for e in layout.coordinates[d]] for d in saved.dimensions]
    if not labels:
        return [saved.name]
    return [f"{saved.name}[{','.join(cell)}]" for cell in product(*labels)]


def dimension_labels(project: Project, names: Sequence[str]) -> tuple[str, ...]:
    """Return the names that the dimensions of one variable have in datasets.

    A dataset's variable cannot share its name with a dimension that it does not index, nor have
    one dimension twice. A dimension gets ``_`` at its end while its name is taken.
    """
    labels: list[str] = []
    for name in names:
        known = project.dimension_by_key.get(canonical(name))
        text = known.name if known else name
        while text in project.names or text in EXPERIMENT_DIMENSIONS or text in labels:
            text += "_"
        labels.append(text)
    return tuple(labels)


def elements(project: Project, dimension: str, size: int) -> Coordinate:
    """Return the names of a dimension's elements, numbers where it is not the model's own."""
    known = project.dimension_by_key.get(canonical(dimension))
    names = known.elements if known else tuple(str(i + 1) for i in range(size))
    return np.array(names, dtype=np.str_)


def attributes_of(variable: AnyVariable | None) -> dict[str, str]:
    """Return unit, documentation, group, sources and assumption, those that are stated."""
    if variable is None:
        return {}
    stated = {
        "units": variable.unit,
        "documentation": variable.documentation,
        "group": variable.group,
        "because": ", ".join(variable.provenance.because),
        "assumption": variable.provenance.assumption,
    }
    return {k: v for k, v in stated.items() if v}
