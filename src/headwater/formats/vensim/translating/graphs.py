"""Calls of graphical functions, which Vensim reads as their kind says in other functions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING

from headwater.formats.vensim.translating.scope import Scope
from headwater.language.names import canonical
from headwater.language.source import Span
from headwater.language.syntax import Binary, Call, Expression, Name, Number
from headwater.model.variables import Flow, Graph, GraphKind

if TYPE_CHECKING:
    from headwater.formats.vensim.translating.expressions import Translator

_KINDS = {"extrapolated": "LOOKUP EXTRAPOLATE", "discrete": "LOOKUP BACKWARD"}


def graph_call(
    translator: Translator, name: Name, variable: Graph | Flow, arguments: Sequence[Expression]
) -> Expression:
    """Return a graphical function of an argument, read as its kind says."""
    function = translator.function_name(name)
    if function is None or len(arguments) != 1:
        return translator.fail(name, f"`{name.text}` cannot be called so")
    argument = translator.expression(arguments[0])
    cases = _kinds(translator, name, variable)
    if cases is None:
        hint = f"`{name.text}` has elements of different kinds, and which one is meant is computed"
        return translator.fail(name, hint)
    result = _read_as(cases[-1][1], function, argument, name.span)
    for condition, kind in reversed(cases[:-1]):
        assert condition is not None
        value = _read_as(kind, function, argument, name.span)
        parts = (translator.expression(condition), value, result)
        result = Call(Name("IF THEN ELSE"), parts, name.span)
    return result


def _read_as(
    kind: GraphKind, function: Name, argument: Expression, span: Span | None
) -> Expression:
    special = _KINDS.get(kind)
    if special is None:
        return Call(function, (argument,), span)
    return Call(Name(special), (function, argument), span)


def _kinds(
    translator: Translator, name: Name, variable: Graph | Flow
) -> list[tuple[Expression | None, GraphKind]] | None:
    """Return the kinds that a function may be of where it is named, and when it is of which.

    The last one has no condition. None where that is computed during the run.
    """
    if len({g.kind for g in variable.graphs}) == 1:
        return [(None, variable.graphs[0].kind)]
    where = name.subscripts or tuple(map(Name, variable.dimensions))
    possible: list[tuple[Expression | None, GraphKind]] = []
    for graph in variable.graphs:
        tests: list[Expression] = []
        for own, here in zip(graph.subscripts, where, strict=False):
            test = _same_element(translator.world.scope, own, here)
            if test is None:
                return None
            tests.append(test)
        if any(isinstance(t, Number) and t.value == 0.0 for t in tests):
            continue
        tests = [t for t in tests if not isinstance(t, Number)]
        condition = reduce(lambda a, b: Binary("and", a, b), tests) if tests else None
        possible.append((condition, graph.kind))
    if len({kind for _, kind in possible}) == 1:
        return [(None, possible[0][1])]
    return [*possible[:-1], (None, possible[-1][1])] if possible else None


def _same_element(scope: Scope, own: str, here: Expression) -> Expression | None:
    """Return when the subscript ``here`` leads to a function's own ``own``; 0 never, 1 always."""
    if scope.dimension(own) is not None:
        return Number(1.0)
    if not isinstance(here, Name) or here.subscripts:
        return None
    dimension = scope.dimension(here.text)
    if dimension is None:
        return Number(float(here.key == canonical(own)))
    index = scope.index(dimension, canonical(own))
    return Number(0.0) if index is None else Binary("=", here, Number(float(index + 1)))


def look_up(translator: Translator, node: Call, arguments: Sequence[Expression]) -> Expression:
    """Translate ``LOOKUP(graph, x)``."""
    name = arguments[0]
    if isinstance(name, Name) and name.key in translator.context.parameters:
        return Call(name, translator.arguments(arguments[1:]), node.span)
    found = _named(translator, name)
    if found is None:
        return translator.fail(node, "the first argument is no graphical function")
    return graph_call(translator, *found, arguments[1:])


def inverse(translator: Translator, node: Call, arguments: Sequence[Expression]) -> Expression:
    """Translate ``LOOKUPINV(graph, y)``: Vensim's has no value beyond the function's own."""
    found = _named(translator, arguments[0])
    function = None if found is None else translator.function_name(found[0])
    if found is None or function is None:
        return translator.fail(node, "the first argument is no graphical function")
    if any(g.kind == "extrapolated" for g in found[1].graphs):
        return translator.fail(node, f"Vensim cannot extrapolate the inverse of `{found[1].name}`")
    lowest = {min(g.y, default=0.0) for g in found[1].graphs}
    highest = {max(g.y, default=0.0) for g in found[1].graphs}
    if len(lowest) > 1 or len(highest) > 1:
        what = f"the inverse of `{found[1].name}` is held at other ends in each element"
        return translator.fail(node, what)
    y = translator.expression(arguments[1])
    above = Call(Name("MAX"), (y, Number(lowest.pop())), node.span)
    inside = Call(Name("MIN"), (above, Number(highest.pop())), node.span)
    return Call(Name("LOOKUP INVERT"), (function, inside), node.span)


def _named(translator: Translator, node: Expression) -> tuple[Name, Graph | Flow] | None:
    variable = translator.world.variables.get(node.key) if isinstance(node, Name) else None
    if isinstance(node, Name) and isinstance(variable, Graph | Flow):
        return node, variable
    return None
