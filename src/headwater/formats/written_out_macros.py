"""Macros written out where they are called, for formats that cannot say them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from headwater.errors import Diagnostics
from headwater.formats.losses import Losses
from headwater.formats.seeds import OTHER_DRAWS, draws
from headwater.language.names import canonical
from headwater.language.syntax import Call, Expression, Name, transform
from headwater.model.project import Macro, Project
from headwater.model.rewriting import rewrite
from headwater.model.variables import (
    AnyVariable,
    Auxiliary,
    Data,
    Equation,
    FlowTerm,
    Stock,
)

MAX_DEPTH = 20

_BETWEEN_UNITS = re.compile(r"[-*/^()]")


def without_macros(
    project: Project,
    losses: Losses,
    diagnostics: Diagnostics,
    only: Callable[[Macro], bool] | None = None,
) -> Project:
    """Return a project in which each call of a macro is a set of variables of its own.

    With ``only``, this holds for the macros that it finds, and for those that call one of them.
    """
    chosen = {canonical(m.name) for m in project.macros if only is None or only(m)}
    keys = _with_callers(project.macros, chosen)
    if not keys:
        return project
    return _Expansion(project, losses, diagnostics, keys).run()


def _with_callers(macros: Sequence[Macro], keys: set[str]) -> frozenset[str]:
    """Return the keys of macros and of all that call one of them, directly or not."""
    called = {canonical(m.name): _called_by(m) for m in macros}
    found = set(keys)
    while more := {key for key, calls in called.items() if key not in found and calls & found}:
        found |= more
    return frozenset(found)


def _called_by(macro: Macro) -> set[str]:
    """Return the keys of what the expressions of a macro call."""
    return {e.function.key for e in _expressions(macro) if isinstance(e, Call)}


class _Expansion:
    def __init__(
        self, project: Project, losses: Losses, diagnostics: Diagnostics, keys: frozenset[str]
    ) -> None:
        self._project = project
        self._losses = losses
        self._diagnostics = diagnostics
        self._macros = {k: m for m in project.macros if (k := canonical(m.name)) in keys}
        self._dimensions = project.dimension_by_key
        self._known = frozenset(v.key for v in project.variables)
        self._taken = set(self._known)
        self._open: list[str] = []

    def run(self) -> Project:
        """Return the project without the macros."""
        made: list[AnyVariable] = []
        for variable in self._project.variables:
            made += self._expanded(variable, 0)
        kept = tuple(m for m in self._project.macros if canonical(m.name) not in self._macros)
        return replace(self._project, variables=tuple(made), macros=kept)

    def _expanded(self, variable: AnyVariable, depth: int) -> list[AnyVariable]:
        """Return a variable after what its calls of macros are made of."""
        made: list[AnyVariable] = []

        def per_equation(equation: Equation) -> Equation:
            own = tuple(
                s
                for s in equation.subscripts or variable.dimensions
                if canonical(s) in self._dimensions
            )

            def change(node: Expression) -> Expression:
                return self._called(node, variable, own, made, depth)

            return replace(
                equation,
                expression=transform(equation.expression, change),
                initial=None if equation.initial is None else transform(equation.initial, change),
                rate=None if equation.rate is None else transform(equation.rate, change),
            )

        if isinstance(variable, Data):
            return [variable]
        changed = replace(variable, equations=tuple(map(per_equation, variable.equations)))
        if isinstance(changed, Stock):
            own = changed.dimensions
            terms = (
                FlowTerm(t.sign, transform(t.expression, self._of(changed, own, made, depth)))
                for t in changed.flows
            )
            changed = replace(changed, flows=tuple(terms))
        return [*made, changed]

    def _of(
        self, owner: AnyVariable, own: tuple[str, ...], made: list[AnyVariable], depth: int
    ) -> Callable[[Expression], Expression]:
        return lambda node: self._called(node, owner, own, made, depth)

    def _called(
        self,
        node: Expression,
        owner: AnyVariable,
        own: tuple[str, ...],
        made: list[AnyVariable],
        depth: int,
    ) -> Expression:
        macro = self._macros.get(node.function.key) if isinstance(node, Call) else None
        if macro is None or not isinstance(node, Call):
            return node
        key = canonical(macro.name)
        if macro.run is not None or key in self._open or depth > MAX_DEPTH:
            what = "runs on its own" if macro.run is not None else "calls itself"
            self._diagnostics.error(
                f"the macro `{macro.name}` {what}, and cannot be written out where it is called",
                owner.span.place if owner.span else None,
                "convert to XMILE",
            )
            return node
        self._losses.add("macros are written out where they are called", macro.name, macro.span)
        if _draws(macro, self._project.dialect):
            self._losses.add(f"{OTHER_DRAWS} than in the macro", macro.name, macro.span)
        self._open.append(key)
        found = self._instance(node, macro, owner, own, made, depth)
        self._open.pop()
        return found

    def _instance(
        self,
        node: Call,
        macro: Macro,
        owner: AnyVariable,
        own: tuple[str, ...],
        made: list[AnyVariable],
        depth: int,
    ) -> Expression:
        prefix = self._prefix(f"{owner.name} {macro.name.replace(' : ', ' ')}")
        subscripts = tuple(map(Name, own))
        meant: dict[str, Name] = {}
        given = len(node.arguments)
        for number, (parameter, argument) in enumerate(
            zip(macro.parameters, macro.arguments(node.arguments), strict=False)
        ):
            if number >= given:
                default = macro.defaults[number - len(macro.parameters)]
                argument = _with_meanings(default, meant)
            if isinstance(argument, Name) and argument.key in self._known:
                meant[canonical(parameter)] = argument
                continue
            meant[canonical(parameter)] = Name(f"{prefix} {parameter}", subscripts)
            made.append(self._auxiliary(f"{prefix} {parameter}", own, argument, owner))
        for variable in macro.variables:
            meant[variable.key] = Name(f"{prefix} {variable.name}", subscripts)
        for variable in macro.variables:
            local = rewrite(variable, lambda e: _with_meanings(e, meant))
            local = _over(local, f"{prefix} {variable.name}", own, owner.group)
            local = _without_meant_unit(local, meant)
            made += self._expanded(local, depth + 1)
        result = _with_meanings(macro.expression, meant)
        if isinstance(result, Name):
            return result
        final = self._auxiliary(f"{prefix} result", own, result, owner)
        made += self._expanded(final, depth + 1)
        return Name(final.name, subscripts)

    def _auxiliary(
        self, name: str, own: tuple[str, ...], expression: Expression, owner: AnyVariable
    ) -> Auxiliary:
        equation = Equation(expression, own)
        return Auxiliary(name=name, dimensions=own, equations=(equation,), group=owner.group)

    def _prefix(self, wish: str) -> str:
        name, number = wish, 1
        while any(k.startswith(canonical(name) + "_") for k in self._taken):
            number += 1
            name = f"{wish} {number}"
        self._taken.add(canonical(name) + "_")
        return name


def _over(variable: AnyVariable, name: str, own: tuple[str, ...], group: str) -> AnyVariable:
    bare = replace(variable, name=name, dimensions=own, group=group)
    if isinstance(bare, Data):
        return bare
    return replace(bare, equations=tuple(replace(e, subscripts=own) for e in bare.equations))


def _without_meant_unit(variable: AnyVariable, meant: Mapping[str, Name]) -> AnyVariable:
    """Return a variable of a macro without a unit that is said as that of another of its names."""
    words = (w.strip() for w in _BETWEEN_UNITS.split(variable.unit))
    said = any(canonical(word) in meant for word in words if word)
    return replace(variable, unit="") if said else variable


def _draws(macro: Macro, dialect: str) -> bool:
    """Tell whether a macro draws random numbers, whose streams go by the names of variables."""
    return any(draws(expression, dialect) for expression in _expressions(macro))


def _expressions(macro: Macro) -> list[Expression]:
    """Return every expression of a macro, with the parts of each."""
    found: list[Expression] = []

    def note(expression: Expression) -> Expression:
        found.append(expression)
        return expression

    def note_parts(expression: Expression) -> Expression:
        return transform(expression, note)

    note_parts(macro.expression)
    for variable in macro.variables:
        rewrite(variable, note_parts)
    return found


def _with_meanings(expression: Expression, meant: Mapping[str, Name]) -> Expression:
    """Return a macro's expression with what its names stand for in one call."""

    def change(node: Expression) -> Expression:
        match node:
            case Call(function=function) if function.key in meant:
                return replace(node, function=replace(meant[function.key], span=node.span))
            case Name(subscripts=()) if node.key in meant:
                return replace(meant[node.key], span=node.span)
            case Name(subscripts=()) if node.key.endswith("$"):
                return Name(node.text.rstrip("$"), (), node.span)
        return node

    return transform(expression, change)
