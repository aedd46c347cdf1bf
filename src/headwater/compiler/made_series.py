"""Vensim's functions that make a data series of another before the run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from headwater.compiler.data_functions import Reader, series_of
from headwater.compiler.expressions import Frame
from headwater.compiler.graphs import NOW, data_graph
from headwater.compiler.resolved import Interpolate, Literal, Node, Now, Reference
from headwater.language.names import canonical
from headwater.language.syntax import Call, Expression, Name
from headwater.model.variables import AnyVariable, Data, Flow, Graph

Floats = npt.NDArray[np.float64]
INVALID = Literal(float("nan"))


def _points(frame: Frame, node: Call, argument: Expression) -> Interpolate | None:
    """Resolve a data variable to its points alone, however it reads between them."""
    found = series_of(frame, node, argument)
    named = frame.expression(argument)
    if found is None or not isinstance(named, Reference):
        return None
    resolver = frame.resolver
    variable = resolver.variable_of(named.quantity)
    if isinstance(variable, Data):
        plain = replace(variable, interpolation="linear")
        made = data_graph(resolver, plain, resolver.dimensions_of(named.quantity))
        return None if made is None else replace(found, graph=made[0], x=NOW)
    if isinstance(found.x, Now):
        return found
    frame.error(argument, f"{node.function.text} needs a data variable with points of its own")
    return None


def _sums(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """At each point the sum of the points up to it."""
    found = _points(frame, node, arguments[0])
    if found is None:
        return INVALID
    return replace(found, graph=replace(found.graph, y=tuple(map(np.cumsum, found.graph.y))))


def _last_sum(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """One point: the sum of all, at the time of the last one."""
    found = _points(frame, node, arguments[0])
    if found is None:
        return INVALID
    graph = replace(
        found.graph,
        x=tuple(x[-1:].copy() for x in found.graph.x),
        y=tuple(np.cumsum(y)[-1:] for y in found.graph.y),
    )
    return replace(found, graph=graph)


def definition_order(variable: AnyVariable) -> int:
    """Return when a variable is defined: what others look at the points of comes first.

    Functions of time, as which other formats have data, then series that are made of them.
    """
    if isinstance(variable, Graph | Flow) and variable.graphs:
        times = [e.expression for e in variable.equations]
        return 0 if times and all(isinstance(t, Name) and t.key == "time" for t in times) else 2
    return 1 if _makes_series(variable) else 2


def _makes_series(variable: AnyVariable) -> bool:
    equations = () if isinstance(variable, Data) else variable.equations
    return any(
        isinstance(part, Call) and canonical(part.function.text) in _NAMES
        for equation in equations
        for part in _outermost(equation.expression)
    )


def _outermost(expression: Expression) -> Iterator[Expression]:
    """Yield an expression, and its argument where it only says how data are read."""
    yield expression
    if isinstance(expression, Call) and len(expression.arguments) == 1:
        yield expression.arguments[0]


MADE_SERIES: Mapping[str, Reader] = {"CUMULATE": _sums, "CUMULATEF": _last_sum}

_NAMES = frozenset(map(canonical, MADE_SERIES))
