"""Values that a caller gives for constants, levers or any variable: names, elements, shapes."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from headwater.compiler.constants import is_numbers, numbers_of
from headwater.errors import UsageError
from headwater.model.project import Project
from headwater.model.variables import AnyVariable, Constant, Graph, Lever
from headwater.simulation.building import Built, Recipe, Workshop
from headwater.simulation.labelled import by_label
from headwater.simulation.labels import (
    element_labels,
    element_positions,
    find_element,
    shape_of,
)

ByVariable = dict[str, dict[str, npt.NDArray[np.float64]]]
"""What is given for each element, ``name`` or ``name[element]``, of each variable."""

Params = Mapping[str, Any]
"""Name, or ``name[element]``, to a number, an array of the variable's shape, or a mapping from
elements (``"russia"``, ``"home,russia"``) to numbers. What brings labels of its own (arrays of
xarray, series and frames of pandas) is such a mapping."""


def element_values(project: Project, params: Params | None) -> dict[str, dict[str, float]]:
    """Return, for each variable's look-up name, the values of the elements that are given.

    Raises :class:`UsageError` for unknown names, wrong shapes and values that are not finite.
    """
    found: dict[str, dict[str, float]] = {}
    for text, value in by_name("params", params):
        variable, elements = find_element(project, text)
        if isinstance(variable, Graph) and not variable.equations:
            raise UsageError(
                f"`{variable.name}` is a graphical function, not a number",
                hint="set a constant that scales it",
            )
        labels = element_labels(project, variable)
        own = found.setdefault(variable.key, {})
        labelled = value if isinstance(value, Mapping) else by_label(project, variable, text, value)
        if labelled is not None:
            for element, number in labelled.items():
                where = element_positions(project, variable, str(element).split(","))
                own.update({labels[i]: _number(text, number) for i in where})
            continue
        where = element_positions(project, variable, elements)
        own.update(
            zip(
                (labels[i] for i in where),
                _spread(project, variable, text, value, len(where)),
                strict=True,
            )
        )
    return found


def sampled_values(
    project: Project, samples: Mapping[str, npt.ArrayLike] | None, runs: int | None = None
) -> ByVariable:
    """Return the values of each run, (runs,), of the given elements of each variable.

    ``runs`` of None: as many as the first has. Raises :class:`UsageError` for unknown names, and
    where there is not one finite number for each run.
    """
    found: ByVariable = {}
    for text, values in by_name("samples", samples):
        variable, elements = find_element(project, text)
        labels = element_labels(project, variable)
        try:
            array = np.asarray(values, dtype=np.float64)
        except (TypeError, ValueError):
            array = np.empty((0, 0))
        runs = len(array) if runs is None and array.ndim == 1 else runs
        if array.shape != (runs,) or not np.isfinite(array).all():
            raise UsageError(
                f"the samples of `{text}` must be {'' if runs is None else f'{runs} '}"
                "finite numbers, one per run",
                hint='give one element of an array at a time: "name[element]"',
            )
        own = found.setdefault(variable.key, {})
        own.update({labels[i]: array for i in element_positions(project, variable, elements)})
    return found


def by_name(argument: str, given: Mapping[str, Any] | None) -> list[tuple[str, Any]]:
    """Return names and what is given for them, or raise :class:`UsageError`: no mapping of names.

    A table of pandas, whose columns are names, will do.
    """
    if given is None:
        return []
    try:
        pairs = [(name, value) for name, value in given.items()]
    except (AttributeError, TypeError, ValueError):
        pairs = [("", given)]
    if not all(isinstance(name, str) and name.strip() for name, _ in pairs):
        raise UsageError(f"`{argument}` does not map names to values", hint='write {"name": value}')
    return pairs


def is_plain(variable: AnyVariable) -> bool:
    """Tell whether every element is a literal number, so that it can be given per run."""
    return isinstance(variable, Constant | Lever) and all(
        is_numbers(e.expression) for e in variable.equations
    )


def literal_values(project: Project, variable: AnyVariable) -> dict[str, float]:
    """Return the value of every element of a plain variable, by its label."""
    labels = element_labels(project, variable)
    found: dict[str, float] = {}
    for equation in getattr(variable, "equations", ()):
        where = element_positions(project, variable, equation.subscripts)
        values = numbers_of(equation.expression, len(where))
        assert values is not None
        found.update({labels[i]: value for i, value in zip(where, values, strict=True)})
    return found


def to_hold(
    project: Project, known: Container[str], given: Mapping[str, Collection[str]]
) -> tuple[str, ...]:
    """Return the variables that must be held, because some given element is not in ``known``.

    ``given`` has the element labels of each variable. Raises :class:`UsageError` where only some
    elements of such a variable are given.
    """
    held = []
    for key, labels in given.items():
        if all(name in known for name in labels):
            continue
        variable = project.by_key.get(key)
        if variable is None:
            raise UsageError(
                f"`{key}` inside a module is not a plain number, so it cannot be given",
                hint="give a constant of the module, or of the model",
            )
        missing = set(element_labels(project, variable)) - set(labels)
        if missing:
            raise UsageError(
                f"`{variable.name}` is computed by an equation; "
                f"a value for `{min(missing)}` is missing",
                hint="give values for all elements, which hold it for the whole run",
            )
        held.append(key)
    return tuple(sorted(held))


def given_values(
    workshop: Workshop, recipe: Recipe, params: Params | None
) -> tuple[Recipe, dict[str, dict[str, float]]]:
    """Return a caller's values by variable and element, and the recipe to run with them.

    Values that decide a program's structure become part of the recipe, and are not among those
    returned. Raises :class:`UsageError` for names and shapes that do not fit.
    """
    project = workshop.project_for(recipe)
    given = element_values(project, params)
    settled = to_settle(project, given)
    if not settled:
        return recipe, given
    deciding = dict(settled)
    left = {key: own for key, own in given.items() if key not in deciding}
    return replace(recipe, settled=settled), left


def to_settle(
    project: Project, given: Mapping[str, Mapping[str, float]]
) -> tuple[tuple[str, float], ...]:
    """Return the given variables that decide a program's structure, with their numbers.

    The order of a delay or the end of the run depends on them: another number, another program.
    """
    if not given:
        return ()
    from headwater.compiler.timegrid import structural

    deciding = structural(project, project.sim_specs)
    return tuple(sorted((key, given[key][key]) for key in deciding if key in given.get(key, ())))


def elements_named(*values: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    """Return the labels of elements that several tables of values name, by variable."""
    named: dict[str, set[str]] = {}
    for table in values:
        for key, labels in table.items():
            named.setdefault(key, set()).update(labels)
    return named


def write_inputs(
    built: Built, inputs: npt.NDArray[np.float64], given: Mapping[str, dict[str, float]]
) -> None:
    """Write the given values into the rows of ``inputs`` (inputs, runs)."""
    for values in given.values():
        for name, number in values.items():
            inputs[built.rows[name]] = number


def _spread(
    project: Project, variable: AnyVariable, text: str, value: Any, count: int
) -> list[float]:
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise UsageError(f"the value of `{text}` is no number: {value!r}") from None
    if array.ndim == 0:
        return [_number(text, float(array))] * count
    shape = shape_of(project, variable)
    if array.shape not in (shape, (count,)) or array.size != count:
        raise UsageError(
            f"the value of `{text}` has shape {array.shape}, the variable {shape or 'is scalar'}"
        )
    return [_number(text, float(x)) for x in array.ravel()]


def _number(text: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise UsageError(f"the value of `{text}` is no number: {value!r}") from None
    if not np.isfinite(number):
        raise UsageError(f"the value of `{text}` is {number}", hint="give a finite number")
    return number
