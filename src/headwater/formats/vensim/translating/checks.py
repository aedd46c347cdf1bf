"""Checks in Vensim's terms, where they need no variable beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from headwater.errors import Diagnostics
from headwater.formats.losses import Losses
from headwater.formats.stated_checks import lose, parts_of, reason_against
from headwater.formats.vensim.translating.equation import Context
from headwater.formats.vensim.translating.expressions import Translator, World
from headwater.language.syntax import Expression, Name
from headwater.model.case import Check, Override
from headwater.model.project import Project
from headwater.model.trajectories import paths_in
from headwater.model.variables import Auxiliary


def translated_checks(world: World, project: Project, checks: Iterable[Check]) -> Iterator[Check]:
    """Yield the checks of a project that Vensim's functions and signs can state; others are lost.

    ``project`` is as it was before stocks got other flows.
    """
    for check in checks:
        reason = reason_against(check, project, world.variables, "vensim")
        made = None if reason else _translated(world, check)
        if made is None:
            lose(world.losses, check, reason or "that need variables of their own in Vensim")
        else:
            yield made


def _translated(world: World, check: Check) -> Check | None:
    own = replace(world, losses=Losses(), diagnostics=Diagnostics())
    paths = frozenset(call.function.key for part in parts_of(check) for call in paths_in(part))
    owner = Auxiliary(name=check.title, equations=())
    context = Context(owner, world.scope, parameters=paths)
    translator = Translator(own, context)

    def here(node: Expression) -> Expression:
        return translator.expression(node)

    overrides: list[Override] = []
    for override in check.overrides:
        name = here(override.variable)
        if not isinstance(name, Name):
            return None
        overrides.append(Override(name, here(override.value)))
    condition = here(check.condition)
    if context.made or own.diagnostics.items or own.losses.report():
        return None
    return replace(check, condition=condition, overrides=tuple(overrides))
