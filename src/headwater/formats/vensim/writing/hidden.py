"""Variables that the reader makes of parts of an equation, to be written where they came from.

The points of a lookup inside an equation become a function of their own, a macro's lookups become
functions of the model, and the further results of a macro's call become variables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from headwater.language.names import canonical
from headwater.language.syntax import Call, Expression, Name, walk
from headwater.model.project import RESULT, Macro, Project
from headwater.model.variables import (
    AnyVariable,
    Auxiliary,
    Data,
    Graph,
    GraphicalFunction,
)

_INLINE = re.compile(r".* lookup \d+")


@dataclass(slots=True)
class Hidden:
    """What needs no entry of its own.

    ``of_macro`` has, by macro, its lookups by short name; ``further`` the macros that have further
    results.
    """

    skipped: set[str] = field(default_factory=set)
    inline: dict[str, GraphicalFunction] = field(default_factory=dict)
    outputs: dict[Call, tuple[Name, ...]] = field(default_factory=dict)
    of_macro: dict[str, dict[str, Graph]] = field(default_factory=dict)
    further: dict[str, Macro] = field(default_factory=dict)


def find_hidden(project: Project) -> Hidden:
    """Return what the reader will make again of the equations that it belongs to."""
    hidden = Hidden()
    if project.dialect != "vensim":
        return hidden
    _find_lookups(project, hidden)
    _find_outputs(project, hidden)
    return hidden


def _find_lookups(project: Project, hidden: Hidden) -> None:
    by_key = {canonical(m.name): m for m in project.macros if RESULT not in m.name}
    for variable in project.variables:
        if not _is_hidden_function(variable):
            continue
        assert isinstance(variable, Graph)
        macro = next((m for m in by_key.values() if _belongs(variable, m)), None)
        if _INLINE.fullmatch(variable.name):
            hidden.inline[variable.key] = variable.graphs[0]
        elif macro is not None:
            short = variable.name[len(macro.name) + 1 :]
            hidden.of_macro.setdefault(canonical(macro.name), {})[short] = variable
        else:
            continue
        hidden.skipped.add(variable.key)


def _is_hidden_function(variable: AnyVariable) -> bool:
    return (
        isinstance(variable, Graph)
        and not variable.save
        and not variable.equations
        and not variable.dimensions
        and len(variable.graphs) == 1
    )


def _belongs(variable: AnyVariable, macro: Macro) -> bool:
    if not variable.key.startswith(canonical(macro.name) + "_"):
        return False
    return any(
        isinstance(node, Call) and node.function.key == variable.key
        for expression in expressions_of(macro.variables)
        for node in walk(expression)
    )


def _find_outputs(project: Project, hidden: Hidden) -> None:
    hidden.further = {
        canonical(m.name): m for m in project.macros if m.outputs and RESULT not in m.name
    }
    hidden.outputs = outputs_among(project.variables, hidden.further)
    hidden.skipped |= {name.key for names in hidden.outputs.values() for name in names}


def outputs_among(
    variables: Sequence[AnyVariable], macros: Mapping[str, Macro]
) -> dict[Call, tuple[Name, ...]]:
    """Return, by call of a macro, the variables that its further results define beside it."""
    found: dict[Call, tuple[Name, ...]] = {}
    if not macros:
        return found
    further = _further_results(variables)
    for expression in expressions_of(variables) if further else ():
        for node in walk(expression):
            macro = macros.get(node.function.key) if isinstance(node, Call) else None
            if macro is None or not isinstance(node, Call) or node in found:
                continue
            names = [further.get((_result(macro, o), node.arguments)) for o in macro.outputs]
            if all(n is not None for n in names):
                found[node] = tuple(n for n in names if n is not None)
    return found


def _result(macro: Macro, output: str) -> str:
    return canonical(f"{macro.name}{RESULT}{output}")


def _further_results(
    variables: Iterable[AnyVariable],
) -> Mapping[tuple[str, tuple[Expression, ...]], Name]:
    """Return the variables that are a further result of a macro, by macro and arguments."""
    found: dict[tuple[str, tuple[Expression, ...]], Name] = {}
    for variable in variables:
        if not isinstance(variable, Auxiliary) or len(variable.equations) != 1:
            continue
        equation = variable.equations[0]
        call = equation.expression
        if isinstance(call, Call) and RESULT in call.function.text:
            subscripts = tuple(Name(s) for s in equation.subscripts)
            name = Name(variable.name, subscripts)
            found.setdefault((call.function.key, call.arguments), name)
    return found


def expressions_of(variables: Sequence[AnyVariable]) -> Iterable[Expression]:
    """Yield every expression of the equations of variables."""
    for variable in variables:
        for equation in () if isinstance(variable, Data) else variable.equations:
            for expression in (equation.expression, equation.initial, equation.rate):
                if expression is not None:
                    yield expression
