"""Units that the literate case can read and that agree; others go into the notes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from headwater.errors import HeadwaterError
from headwater.formats.literate.writing.functions import translated
from headwater.formats.losses import Losses
from headwater.language.syntax import Expression, Name
from headwater.language.units import parse_unit
from headwater.model.project import Project
from headwater.model.rewriting import rewrite
from headwater.model.variables import AnyVariable, Graph

_NONE = ("dmnl", "dimensionless", "unitless")


def written_units(
    project: Project, losses: Losses, fit: Callable[[Project], bool] | None
) -> Project:
    """Return a project whose units can be written; ``fit`` tells whether they agree."""
    if project.dialect == "headwater":
        return project
    units = tuple(u for u in project.units if _is_unit(u.name) and _is_unit(u.equation or "1"))
    if len(units) < len(project.units):
        losses.add("definitions of units that cannot be read are not written")
    readable = tuple(_readable(v, losses) for v in project.variables)
    found = replace(project, variables=readable, units=units)
    if fit is None or fit(_in_our_names(found)):
        return found
    losses.add("units that contradict each other are written in the notes")
    noted = replace(found, variables=tuple(_noted(v) for v in readable), units=())
    unit = project.sim_specs.time_unit
    if not unit or fit(_in_our_names(noted)):
        return noted
    losses.add(f"the unit of time `{unit}`, which equations contradict, is not written")
    return replace(noted, sim_specs=replace(noted.sim_specs, time_unit=""))


def _in_our_names(project: Project) -> Project:
    """Return a project whose functions have our names, so that their units are known."""
    if project.dialect != "vensim":
        return replace(project, dialect="headwater")
    known = project.by_key

    def change(node: Expression) -> Expression:
        return translated(node, known, Name)

    variables = tuple(rewrite(v, change) for v in project.variables)
    return replace(project, variables=variables, dialect="headwater")


def _readable(variable: AnyVariable, losses: Losses) -> AnyVariable:
    unit = variable.unit.strip()
    if isinstance(variable, Graph) and variable.input_unit and not _is_unit(variable.input_unit):
        variable = replace(variable, input_unit="")
    if unit.casefold() in _NONE:
        return replace(variable, unit="1")
    if not unit or _is_unit(unit):
        return variable
    joined = "_".join(unit.split())
    if _is_unit(joined):
        return replace(variable, unit=joined)
    losses.add("units that cannot be read are written in the notes", variable.name, variable.span)
    return _noted(variable)


def _noted(variable: AnyVariable) -> AnyVariable:
    """Return a variable whose unit is part of its documentation."""
    if not variable.unit or variable.unit == "1":
        return replace(variable, unit="")
    note = f"{variable.documentation.rstrip()} (unit: {variable.unit})".strip()
    found = replace(variable, unit="", documentation=note)
    return replace(found, input_unit="") if isinstance(found, Graph) else found


def _is_unit(text: str) -> bool:
    try:
        parse_unit(text)
    except HeadwaterError:
        return False
    return "=" not in text and "#" not in text
