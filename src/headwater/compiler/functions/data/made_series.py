"""Vensim's functions that make a data series of another before the run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from headwater.compiler.functions.data.computed import formula_of_data, is_of_time
from headwater.compiler.functions.data.functions import DATA_FUNCTIONS, Reader, points_of
from headwater.compiler.resolved import Literal, Node, Quantity
from headwater.compiler.resolving.expressions import Frame
from headwater.language.builtins import find
from headwater.language.names import canonical
from headwater.language.syntax import Call, Expression, Name, walk
from headwater.model.variables import AnyVariable, Auxiliary, Constant, Data, Lever

Floats = npt.NDArray[np.float64]
INVALID = Literal(float("nan"))
_LONGEST_CHAIN = 12
_LAST = 1000
_NOTHING: frozenset[str] = frozenset()


def _sums(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """At each point the sum of the points up to it."""
    found = points_of(frame, node, arguments[0])
    if found is None:
        return INVALID
    return replace(found, graph=replace(found.graph, y=tuple(map(np.cumsum, found.graph.y))))


def _last_sum(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """One point: the sum of all, at the time of the last one."""
    found = points_of(frame, node, arguments[0])
    if found is None:
        return INVALID
    graph = replace(
        found.graph,
        x=tuple(x[-1:].copy() for x in found.graph.x),
        y=tuple(np.cumsum(y)[-1:] for y in found.graph.y),
    )
    return replace(found, graph=graph)


def in_definition_order(
    pairs: Sequence[tuple[AnyVariable, Quantity | None]], known: Mapping[str, AnyVariable]
) -> Sequence[tuple[AnyVariable, Quantity | None]]:
    """Return variables in the order in which they are defined."""
    if not any(isinstance(v, Data) or is_of_time(v) for v, _ in pairs):
        return pairs
    return sorted(pairs, key=lambda pair: definition_order(pair[0], known))


def definition_order(
    variable: AnyVariable, known: Mapping[str, AnyVariable], depth: int = 0
) -> int:
    """Return when a variable is defined: what others look at the points of comes first.

    Functions of time, as which other formats have data, then series that are made of them, formulas
    and other names of them, in the order in which they build on each other.
    """
    if isinstance(variable, Data) or is_of_time(variable):
        return 0
    names = _series_or_names(variable)
    if not names or any(name not in known for name in names):
        names = _of_formulas(variable, known)
    if not names or depth > _LONGEST_CHAIN:
        return 1 if _makes_series(variable) else _LAST
    latest = max(definition_order(known[name], known, depth + 1) for name in names)
    return min(latest + 1, _LAST)


def _of_formulas(variable: AnyVariable, known: Mapping[str, AnyVariable]) -> frozenset[str]:
    """Return the keys of the data and formulas of data that a variable's elements take up.

    There are none where an element is anything else.
    """
    if not isinstance(variable, Auxiliary):
        return _NOTHING
    formulas = [formula_of_data(equation.expression, known) for equation in variable.equations]
    names = (n.key for f in formulas if f is not None for n in walk(f) if isinstance(n, Name))
    found = frozenset(
        key for key in names if key in known and not isinstance(known[key], Constant | Lever)
    )
    return _NOTHING if None in formulas else found


def _series_or_names(variable: AnyVariable) -> frozenset[str]:
    """Return the keys of the variables of which this is a series, or another name.

    There are none where an element is anything else.
    """
    equations = () if isinstance(variable, Data) else variable.equations
    names = [_series_or_name(equation.expression) for equation in equations]
    return frozenset(name for name in names if name is not None) if None not in names else _NOTHING


def _series_or_name(expression: Expression) -> str | None:
    while isinstance(expression, Call) and len(expression.arguments) == 1:
        if not _reads_data(expression.function.text):
            return None
        expression = expression.arguments[0]
    return expression.key if isinstance(expression, Name) else None


def _reads_data(function: str) -> bool:
    """Tell whether a function, by Vensim's name (``:RAW:``) or ours, only reads data."""
    builtin = find(function, "vensim") or find(function, "headwater")
    return builtin is not None and builtin.name in _READ


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
_READ = frozenset((*MADE_SERIES, *DATA_FUNCTIONS))
