"""A whole project in Vensim's terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from headwater.errors import Diagnostics, ModelError
from headwater.formats.flow_limits import report_limits
from headwater.formats.held_data import report_data
from headwater.formats.losses import Losses
from headwater.formats.separate_flows import with_separate_flows
from headwater.formats.unlimited_memories import with_unlimited_memories
from headwater.formats.unlimited_starts import with_unlimited_starts
from headwater.formats.vensim.translating.checks import translated_checks
from headwater.formats.vensim.translating.conveyors import without_conveyors
from headwater.formats.vensim.translating.drawings import sketches
from headwater.formats.vensim.translating.equation import Context, left_side
from headwater.formats.vensim.translating.expressions import Translator, World
from headwater.formats.vensim.translating.raw_data import with_raw_data
from headwater.formats.vensim.translating.scope import Scope, one_line
from headwater.formats.vensim.translating.variables import VariableTranslator
from headwater.formats.written_out_macros import without_macros
from headwater.language.names import canonical
from headwater.language.syntax import Expression, Name
from headwater.model.case import Check
from headwater.model.disciplines import driven_flows
from headwater.model.project import Macro, Project
from headwater.model.variables import AnyVariable, Auxiliary, Equation, Stock


def in_vensims_terms(
    project: Project, losses: Losses, checks: Sequence[Check] = ()
) -> tuple[Project, tuple[Check, ...]]:
    """Return a project without modules in Vensim's dialect, which gives the same run; its checks.

    Raises ModelError with everything that Vensim has no way to say. What is only lost in part, or
    may differ in the last digits, goes to ``losses``.
    """
    if project.dialect == "vensim":
        return project, tuple(checks)
    project = with_raw_data(project)
    original = project
    found = Diagnostics()
    project = without_macros(project, losses, found, only=_holds_flows_back)
    found.raise_errors(ModelError)
    report_limits(project.variables, losses)
    report_data(project, "vensim", losses)
    project = with_unlimited_starts(project, losses)
    project = with_unlimited_memories(project, losses)
    separated = with_separate_flows(project, losses)
    project = separated.project
    unconveyed = without_conveyors(project, losses)
    project = unconveyed.project
    scope = Scope(project, losses)
    world = World(
        project,
        scope,
        losses,
        variables={v.key: v for v in project.variables},
        limits={v.key: v for v in separated.limited if isinstance(v, Stock)},
        macros={canonical(m.name): m for m in project.macros},
        refused=unconveyed.refused,
        driven=frozenset(driven_flows(project.variables)),
    )
    variables = VariableTranslator(world).all(project.variables)
    macros = tuple(_macro(world, m) for m in project.macros)
    world.diagnostics.raise_errors(ModelError)
    stated = tuple(translated_checks(world, original, checks))
    translated = replace(
        project,
        variables=variables,
        macros=macros,
        dimensions=scope.dimensions(),
        groups=tuple(replace(g, name=one_line(g.name)) for g in project.groups),
        dialect="vensim",
        views=sketches(project, scope, losses),
    )
    return translated, stated


def _macro(world: World, macro: Macro) -> Macro:
    """Return a macro; the functions that Vensim lacks become variables of it."""
    parameters = frozenset({*map(canonical, macro.parameters), *(v.key for v in macro.variables)})
    owner = Auxiliary(name=macro.name, equations=(), span=macro.span)
    context = Context(owner, world.scope, left_side(world.scope, (), ()), [], parameters)
    made: list[AnyVariable] = []
    if macro.run is not None:
        world.diagnostics.error(
            f"the macro `{macro.name}` runs on its own, which no macro of Vensim's does",
            macro.span.place if macro.span else None,
            "write it in another way, or convert to another format",
        )
    for variable in macro.variables:
        made += VariableTranslator(world, parameters).one(variable)
    result = Translator(world, context).expression(macro.expression)
    made += context.made
    name = world.scope.name(macro.name)
    return replace(
        macro,
        name=name,
        expression=_named_result(made, name, result),
        variables=tuple(made),
        defaults=(),
    )


def _holds_flows_back(macro: Macro) -> bool:
    """Tell whether a macro has stocks that hold their flows back, which it cannot in Vensim."""
    stocks = (v for v in macro.variables if isinstance(v, Stock))
    return macro.run is None and any(s.non_negative and s.flows for s in stocks)


def _named_result(made: list[AnyVariable], name: str, result: Expression) -> Expression:
    """Return the macro's result under its own name, as Vensim wants it."""
    if all(v.key != canonical(name) for v in made):
        units = {v.key: v.unit for v in made}
        unit = units.get(result.key, "") if isinstance(result, Name) else ""
        made.append(Auxiliary(name=name, unit=unit, equations=(Equation(result),)))
    return Name(name)
