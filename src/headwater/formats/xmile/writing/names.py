"""Identifiers as attributes and elements hold them: the reverse of reading them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from headwater.formats.losses import Losses
from headwater.formats.xmile.names import has_breaks
from headwater.language.builtins import Builtin, find_spelling
from headwater.language.names import canonical
from headwater.language.printer import print_name
from headwater.language.syntax import Call, Expression, Name, subscripts_in, transform
from headwater.language.tokens import is_plain_name
from headwater.model.project import Macro, Project
from headwater.model.rewriting import rewrite
from headwater.model.variables import AnyVariable


def attribute(name: str) -> str:
    """Return a name for an attribute; it needs quotes where it has some, or a `\\n`."""
    is_quoted = len(name) > 1 and name[0] == name[-1] == '"'
    if is_quoted or name != name.strip() or has_breaks(name):
        return print_name(name)
    return name


def listed(name: str) -> str:
    """Return a name for a list of subscripts, or for the text of an element."""
    if is_plain_name(name) or name.isalnum():
        return name
    return print_name(name)


def with_free_names(project: Project, losses: Losses) -> Project:
    """Return a Vensim project in which nothing is named as XMILE's own functions and values.

    A macro has no name of a function, a variable none of a value such as DT.
    """
    if project.dialect != "vensim":
        return project
    macros = {canonical(m.name): f"{m.name} macro" for m in project.macros if _spelled(m.name)}
    for macro in project.macros:
        if canonical(macro.name) in macros:
            what = "macros named as a function of XMILE become `… macro`"
            losses.add(what, macro.name, macro.span)
    names = _values(v.name for v in project.variables)
    for variable in project.variables:
        if variable.key in names:
            what = "names that mean something else in XMILE become `… value`"
            losses.add(what, variable.name, variable.span)
    within = [_values([*m.parameters, *(v.name for v in m.variables)]) for m in project.macros]
    if not macros and not names and not any(within):
        return project
    return replace(
        project,
        macros=tuple(
            _renamed_macro(m, own, macros) for m, own in zip(project.macros, within, strict=True)
        ),
        variables=tuple(_renamed(v, names, macros) for v in project.variables),
    )


def _spelled(name: str) -> Builtin | None:
    found = find_spelling(name, "xmile")
    return found[0] if found is not None else None


def _values(names: Iterable[str]) -> dict[str, str]:
    """Return new names, by canonical name, of those that are values of XMILE."""
    found = ((name, _spelled(name)) for name in names)
    return {canonical(n): f"{n} value" for n, b in found if b is not None and not b.min_args}


def _renamed_macro(macro: Macro, names: dict[str, str], macros: dict[str, str]) -> Macro:
    def text(expression: Expression) -> Expression:
        return _with_names(expression, names, macros)

    return replace(
        macro,
        name=macros.get(canonical(macro.name), macro.name),
        parameters=tuple(names.get(canonical(p), p) for p in macro.parameters),
        expression=text(macro.expression),
        defaults=tuple(map(text, macro.defaults)),
        run=None
        if macro.run is None
        else replace(
            macro.run,
            start=text(macro.run.start),
            stop=text(macro.run.stop),
            step=text(macro.run.step),
        ),
        variables=tuple(_renamed(v, names, macros) for v in macro.variables),
    )


def _renamed(variable: AnyVariable, names: dict[str, str], macros: dict[str, str]) -> AnyVariable:
    made = rewrite(variable, lambda e: _with_names(e, names, macros))
    return replace(made, name=names.get(variable.key, variable.name))


def _with_names(
    expression: Expression, names: dict[str, str], macros: dict[str, str]
) -> Expression:
    inside = {id(s) for s in subscripts_in(expression)}

    def change(node: Expression) -> Expression:
        match node:
            case Name(key=key) if key in names and id(node) not in inside:
                return Name(names[key], node.subscripts, node.span)
            case Call(function=Name(key=key) as function) if key in macros or key in names:
                name = macros.get(key) or names[key]
                return replace(node, function=Name(name, function.subscripts, function.span))
        return node

    return transform(expression, change)
