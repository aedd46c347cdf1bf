"""Units that the literate case can read and that agree; others go into the notes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
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

_ROUNDS = 12
"""How often units around all contradicted variables are taken away, before those of all are."""

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
    taken, bad = _to_take(bare, contradicted)
    if not bad:
        for variable in (v for v in readable if v.key in taken):
            losses.add(_CONTRADICT, variable.name, variable.span)
        noted = _without(found, taken)
    else:
        for variable in (v for v in readable if v.key in bad):
            losses.add(_ALL_TAKEN, variable.name, variable.span)
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
_ALL_TAKEN = "all units are written in the notes, since equations contradict others without any"


def _timeless(project: Project) -> Project:
    return replace(project, sim_specs=replace(project.sim_specs, time_unit=""))


def _to_take(bare: Project, contradicted: Contradicted) -> tuple[frozenset[str], frozenset[str]]:
    """Return whose units to take away so that the others agree, and what contradicts even so."""
    units = frozenset(v.key for v in bare.variables if v.unit)
    taken, agreed, work = _one_by_one(bare, contradicted, units)
    beside = {} if agreed else _beside(bare)
    bad: frozenset[str] = frozenset()
    for _ in range(_ROUNDS):
        if agreed:
            return _given_back(bare, contradicted, taken, work), frozenset()
        bad = frozenset(contradicted(_without(bare, taken)))
        more = {near for key in bad for near in _nearest(key, units - taken, beside)}
        if bad and not more:
            if _TIME in taken or not bare.sim_specs.time_unit:
                break
            more = {_TIME}
        taken, agreed = taken | more, not bad
    return taken, bad


def _one_by_one(
    bare: Project, contradicted: Contradicted, units: frozenset[str]
) -> tuple[frozenset[str], bool, int]:
    """Return whose units to take away, each the one that helps most.

    With it, whether that is enough, and how much of the work is left.
    """
    taken: frozenset[str] = frozenset()
    bad = sorted(contradicted(bare))
    work = _WORK
    while bad:
        near = (sorted(_near(bare, key) & units - taken) for key in bad)
        tries = next(filter(None, near), [])
        tries += [_TIME] if bare.sim_specs.time_unit and _TIME not in taken else []
        if not tries or work < len(tries) * len(bare.variables):
            return taken, False, work
        work -= len(tries) * len(bare.variables)
        found = {key: sorted(contradicted(_without(bare, taken | {key}))) for key in tries}
        best = min(found, key=lambda key: len(found[key]))
        taken, bad = taken | {best}, found[best]
    return taken, True, work


def _given_back(
    bare: Project, contradicted: Contradicted, taken: frozenset[str], work: int
) -> frozenset[str]:
    """Return fewer variables, where some need not have lost their units after all."""
    for key in sorted(taken):
        work -= len(bare.variables)
        if work < 0:
            break
        if not contradicted(_without(bare, taken - {key})):
            taken -= {key}
    return taken


def _beside(project: Project) -> dict[str, set[str]]:
    """Return, for each variable, those that its equations name, and those that name it."""
    found: dict[str, set[str]] = {}
    for variable in project.variables:
        for other in _near(project, variable.key):
            found.setdefault(variable.key, set()).add(other)
            found.setdefault(other, set()).add(variable.key)
    return found


def _nearest(key: str, wanted: Collection[str], beside: Mapping[str, set[str]]) -> set[str]:
    """Return those of the wanted variables that are fewest equations away from one."""
    seen, ring = {key}, {key}
    while ring:
        found = {k for k in ring if k in wanted}
        if found:
            return found
        ring = {k for here in ring for k in beside.get(here, ())} - seen
        seen |= ring
    return set()


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
