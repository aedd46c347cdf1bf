"""Units that the literate case can read and that agree; others go into the notes."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from headwater.errors import HeadwaterError
from headwater.formats.literate.writing.functions import translated
from headwater.formats.losses import Losses
from headwater.language.syntax import Call, Expression, Name, walk
from headwater.language.units import parse_unit
from headwater.model.project import Project
from headwater.model.rewriting import rewrite
from headwater.model.variables import AnyVariable, Data, Graph, Stock

_NONE = ("dmnl", "dimensionless", "unitless")


_WORK = 20_000
"""How many variables are looked at, in all, to find the one unit whose absence helps most."""

_ROUNDS = 8
"""How often units of all contradicted variables are taken away, until those of whole models are."""

Contradicted = Callable[[Project], Collection[str]]


def written_units(project: Project, losses: Losses, contradicted: Contradicted | None) -> Project:
    """Return a project whose units can be written.

    ``contradicted`` returns the variables whose units contradict others. Units go into the
    notes one by one, each the one whose absence leaves fewest contradictions; all where that ends
    nowhere. The unit of time is left out where that alone is enough, or helps most.
    """
    if project.dialect == "headwater":
        return project
    units = tuple(u for u in project.units if _is_unit(u.name) and _is_unit(u.equation or "1"))
    if len(units) < len(project.units):
        losses.add("definitions of units that cannot be read are not written")
    readable = tuple(_readable(v, losses) for v in project.variables)
    found = replace(project, variables=readable, units=units)
    if contradicted is None:
        return found
    bare = _in_our_names(found)
    if not contradicted(bare):
        return found
    unit = project.sim_specs.time_unit
    if unit and not contradicted(_timeless(bare)):
        losses.add(f"the unit of time `{unit}`, which equations contradict, is not written")
        return _timeless(found)
    taken = _to_take(bare, contradicted)
    if taken is not None:
        for variable in (v for v in readable if v.key in taken):
            losses.add(_CONTRADICT, variable.name, variable.span)
        noted = _without(found, taken)
    else:
        losses.add(_CONTRADICT)
        every = frozenset(v.key for v in readable)
        noted = replace(_without(found, every), units=())
        if unit and contradicted(replace(_without(bare, every), units=())):
            noted = _timeless(noted)
    if unit and not noted.sim_specs.time_unit:
        losses.add(f"the unit of time `{unit}`, which equations contradict, is not written")
    return noted


_TIME = ""
"""Stands for the unit of time among those to take away."""

_CONTRADICT = "units that contradict each other are written in the notes"


def _timeless(project: Project) -> Project:
    return replace(project, sim_specs=replace(project.sim_specs, time_unit=""))


def _to_take(bare: Project, contradicted: Contradicted) -> frozenset[str] | None:
    """Return whose units to take away so that the others agree; None: nearly all of them."""
    units = frozenset(v.key for v in bare.variables if v.unit)
    taken, agreed = _one_by_one(bare, contradicted, units)
    for _ in range(_ROUNDS):
        if agreed:
            return taken
        bad = set(contradicted(_without(bare, taken)))
        more = bad & units - taken
        for key in bad - more:
            more |= _near(bare, key) & units - taken
        if bad and not more:
            return None
        taken, agreed = taken | more, not bad
    return None


def _one_by_one(
    bare: Project, contradicted: Contradicted, units: frozenset[str]
) -> tuple[frozenset[str], bool]:
    """Return whose units to take away, each the one that helps most, and whether that is enough."""
    taken: frozenset[str] = frozenset()
    bad = sorted(contradicted(bare))
    work = _WORK
    while bad:
        near = (sorted(_near(bare, key) & units - taken) for key in bad)
        tries = next(filter(None, near), [])
        tries += [_TIME] if bare.sim_specs.time_unit and _TIME not in taken else []
        work -= len(tries) * len(bare.variables)
        if not tries or work < 0:
            return taken, False
        found = {key: sorted(contradicted(_without(bare, taken | {key}))) for key in tries}
        best = min(found, key=lambda key: len(found[key]))
        taken, bad = taken | {best}, found[best]
    return taken, True


def _near(project: Project, key: str) -> set[str]:
    """Return a variable and what its equations name."""
    variable = project.by_key.get(key)
    if variable is None or isinstance(variable, Data):
        return {key}
    parts = [p for e in variable.equations for p in (e.expression, e.initial, e.rate) if p]
    parts += [t.expression for t in variable.flows] if isinstance(variable, Stock) else []
    nodes = (node for part in parts for node in walk(part))
    named = (node.function if isinstance(node, Call) else node for node in nodes)
    return {key, *(node.key for node in named if isinstance(node, Name))}


def _without(project: Project, taken: Collection[str]) -> Project:
    """Return a project of which some units are part of the documentation."""
    variables = tuple(_noted(v) if v.key in taken else v for v in project.variables)
    found = replace(project, variables=variables)
    return _timeless(found) if _TIME in taken else found


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
