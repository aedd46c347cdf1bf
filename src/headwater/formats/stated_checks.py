"""Checks of a case on their way into another format: which of them mean the same there.

A check names variables; what a format makes of these (other names, macros written out, flows with
bounds of their own) may change what the check would hold or compare. Such a check is a loss.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from headwater.formats.losses import Losses
from headwater.language.builtins import find_spelling
from headwater.language.names import canonical
from headwater.language.syntax import Call, Expression, Name, subscripts_in, walk
from headwater.model.case import Check
from headwater.model.project import Dialect, Project
from headwater.model.variables import AnyVariable, Flow, Stock

STANDARD_TOLERANCE = Check("", Name("time")).tolerance


def lose(losses: Losses, check: Check, reason: str = "") -> None:
    """Add that a check is not written, and why."""
    what = f"checks {reason} are not written" if reason else "checks are not written"
    losses.add(what, check.title, check.span)


def parts_of(check: Check) -> tuple[Expression, ...]:
    """Return the expressions of a check."""
    held = (part for o in check.overrides for part in (o.variable, o.value))
    return (*held, check.condition)


def reason_against(
    check: Check, project: Project, known: Mapping[str, AnyVariable], target: Dialect
) -> str:
    """Return why a check of a project may mean something else in another dialect, or nothing.

    ``known`` are the variables that keep their names there.
    """
    macros = {canonical(m.name) for m in project.macros}
    same = project.dialect == target
    for part in parts_of(check):
        inside = {id(s) for s in subscripts_in(part)}
        for node in walk(part):
            if isinstance(node, Call) and node.function.key in macros and not same:
                return "that call macros"
            if not isinstance(node, Name) or id(node) in inside or node.key == "time":
                continue
            variable = known.get(node.key)
            if variable is None and not (same and _is_value(node, target)):
                return "that name what the file has not, or by another name,"
            if variable is not None and variable.dimensions and not node.subscripts and not same:
                return "about whole arrays"
    if not same and _holds_what_others_bound(check, project):
        return "that hold stocks or flows, where stocks have bounds or belts,"
    return ""


def _is_value(node: Name, dialect: Dialect) -> bool:
    spelling = find_spelling(node.text, dialect)
    return spelling is not None and not spelling[0].min_args


def _holds_what_others_bound(check: Check, project: Project) -> bool:
    """Tell whether an override is of what stocks with bounds or disciplines drive or limit."""
    special = any(
        isinstance(v, Stock) and (v.non_negative or v.discipline is not None)
        for v in project.variables
    )
    held = (project.by_key.get(o.variable.key) for o in check.overrides)
    return special and any(isinstance(v, Stock | Flow) for v in held)


def first_of_each_title(checks: Iterable[Check], losses: Losses) -> Iterable[Check]:
    """Yield the checks, but not a further one of a title that has been."""
    seen: set[str] = set()
    for check in checks:
        if canonical(check.title) in seen:
            lose(losses, check, "of the same title as another")
        else:
            yield check
        seen.add(canonical(check.title))
