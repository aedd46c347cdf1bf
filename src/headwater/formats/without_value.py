"""Auxiliaries that have no value, since what their equations ask for is not computed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from headwater.errors import Diagnostic
from headwater.formats.losses import Losses
from headwater.language.builtins.unsupported import not_computed, why_unsupported
from headwater.language.names import canonical
from headwater.model.project import Project
from headwater.model.variables import Auxiliary


def without_value(project: Project) -> Iterator[tuple[Auxiliary, str]]:
    """Yield each of them with the function that is not computed.

    A function or a variable of the model may have such a name.
    """
    stamps = project.has_time_stamps
    macros = {canonical(m.name) for m in project.macros}
    for variables in (project.variables, *(s.variables for s in project.submodels)):
        known = macros | {v.key for v in variables}
        for variable in variables:
            if not isinstance(variable, Auxiliary):
                continue
            for equation in variable.equations:
                call = not_computed(equation.expression, project.dialect, stamps=stamps)
                if call is not None and call.function.key not in known:
                    yield variable, call.function.text.upper()
                    break


def left_out(project: Project) -> tuple[Project, list[Diagnostic]]:
    """Return a model of one module without them, and the losses: for formats that lack them."""
    losses = Losses()
    without: set[str] = set()
    for variable, function in without_value(project):
        what = f"variables without a value, for {function} is not computed, are not written"
        losses.add(what, variable.name, variable.span, why_unsupported(function, project.dialect))
        without.add(variable.key)
    kept = tuple(v for v in project.variables if v.key not in without)
    return replace(project, variables=kept), losses.report()
