"""Which macro a call means, where several share a name, and calls without parentheses.

The same macro may be defined for several numbers of arguments (XMILE 1.0, section 3.6.1): each but
the first gets a name of its own, and so do the calls that mean it. What takes no arguments has no
parentheses (3.3.2).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from headwater.formats.xmile.context import Context
from headwater.formats.xmile.document import Node
from headwater.language.names import canonical
from headwater.language.syntax import Call, Expression, Name, transform
from headwater.model.project import Macro, Submodel
from headwater.model.rewriting import rewrite

Forms = Mapping[str, Sequence[tuple[Macro, str]]]
"""By canonical name, the macros of that name, each with the name that it has here."""


def forms_of(context: Context, found: Sequence[tuple[Node, Macro]]) -> Forms:
    """Return the macros that share their names with others; two that no call tells apart are wrong.

    A macro that a file brings again is the same one.
    """
    by_name: dict[str, list[tuple[Macro, str]]] = {}
    taken = {canonical(m.name) for _, m in found}
    for node, macro in found:
        same = by_name.setdefault(canonical(macro.name), [])
        if not same:
            same.append((macro, macro.name))
            continue
        other = next((m for m, _ in same if _overlap(m, macro)), None)
        if other is not None:
            where = f"the other one is at {other.span.place}" if other.span else ""
            context.error(f"the macro `{macro.name}` is defined twice", node, where)
            continue
        name = f"{macro.name}_{len(macro.parameters)}"
        while canonical(name) in taken:
            name += "_"
        taken.add(canonical(name))
        same.append((macro, name))
        context.warn(
            f"the macro `{macro.name}` is defined for several numbers of arguments: with "
            f"{len(macro.parameters)} it is called `{name}` here",
            node,
        )
    return {key: forms for key, forms in by_name.items() if len(forms) > 1}


def _overlap(one: Macro, other: Macro) -> bool:
    return not (len(one.parameters) < _least(other) or len(other.parameters) < _least(one))


def _least(macro: Macro) -> int:
    return len(macro.parameters) - len(macro.defaults)


def model_with_calls(model: Submodel, macros: Sequence[Macro], forms: Forms) -> Submodel:
    """Return a model whose calls of macros have parentheses, and name the forms that they mean."""
    known = {v.key for v in model.variables}
    change = _called(macros, forms, known)
    if change is None:
        return model
    return replace(model, variables=tuple(rewrite(v, change) for v in model.variables))


def macros_with_calls(found: Sequence[Macro], forms: Forms) -> list[Macro]:
    """Return macros by the names that they have here, with calls as in models."""
    names = {id(macro): name for group in forms.values() for macro, name in group}
    made: list[Macro] = []
    for macro in found:
        known = {*map(canonical, macro.parameters), *(v.key for v in macro.variables)}
        change = _called(found, forms, known)
        if change is not None:
            macro = replace(
                macro,
                name=names.get(id(macro), macro.name),
                expression=change(macro.expression),
                defaults=tuple(map(change, macro.defaults)),
                variables=tuple(rewrite(v, change) for v in macro.variables),
            )
        made.append(macro)
    return made


def _called(
    macros: Iterable[Macro], forms: Forms, known: Collection[str]
) -> Callable[[Expression], Expression] | None:
    """Return what makes an expression's calls plain; None where all are."""
    alone = {canonical(m.name) for m in macros if not _least(m)} - set(known)
    if not alone and not forms:
        return None

    def change(node: Expression) -> Expression:
        if isinstance(node, Name) and not node.subscripts and node.key in alone:
            return change(Call(node, (), node.span))
        if not isinstance(node, Call):
            return node
        for macro, name in forms.get(node.function.key, ()):
            if _least(macro) <= len(node.arguments) <= len(macro.parameters):
                return replace(node, function=Name(name, (), node.function.span))
        return node

    return lambda expression: transform(expression, change)
