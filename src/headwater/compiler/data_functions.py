"""Vensim's functions about lookups and data variables: other ways to read their points."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from headwater.compiler.adaptive import time_slack
from headwater.compiler.expressions import Frame
from headwater.compiler.graphs import available_only
from headwater.compiler.resolved import (
    Apply,
    Follow,
    GraphSet,
    Interpolate,
    Literal,
    Node,
    Now,
    Reference,
)
from headwater.language.builtins_vensim import NOT_AVAILABLE
from headwater.language.source import Span
from headwater.language.syntax import Call, Expression, Name, walk
from headwater.model.variables import Data, GraphKind

Floats = npt.NDArray[np.float64]
INVALID = Literal(float("nan"))


def _graph(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Interpolate | None:
    """Resolve ``FUNCTION(graph, x)`` as the graph's own call."""
    found = frame.graph_argument(node, arguments[0], arguments[1])
    return found if isinstance(found, Interpolate) else None


def _other_kind(kind: GraphKind) -> Reader:
    def read(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
        found = _graph(frame, node, arguments)
        if found is None:
            return INVALID
        return replace(found, graph=replace(found.graph, kind=kind))

    return read


def _forward(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    found = _graph(frame, node, arguments)
    return INVALID if found is None else _looking_forward(found)


def _looking_forward(found: Interpolate) -> Node:
    """Read the value of the next point: a discrete function of the negated abscissae."""
    x = tuple(-a[::-1] for a in found.graph.x)
    y = tuple(b[::-1].copy() for b in found.graph.y)
    graph = replace(found.graph, kind="discrete", x=x, y=y)
    return replace(found, graph=graph, x=Apply("negate", (found.x,)))


def _area(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """The integral of the function from its first point, at both ends."""
    found = _graph(frame, node, arguments)
    if found is None:
        return INVALID
    end = frame.expression(arguments[2])
    return Apply("-", (integral(found, end), integral(found, found.x)))


def integral(found: Interpolate, x: Node) -> Node:
    """Return the integral of a graphical function from its first point on.

    A piece of it up to the last point before ``x``, and a trapezoid from there.
    """
    graph = found.graph
    sums = tuple(
        np.concatenate([[0.0], np.cumsum(np.diff(a) * (b[1:] + b[:-1]) / 2)])
        for a, b in zip(graph.x, graph.y, strict=True)
    )

    def at(values: tuple[Floats, ...], kind: GraphKind) -> Node:
        return Interpolate(replace(graph, kind=kind, y=values), found.selectors, x, found.span)

    start, height = at(graph.x, "discrete"), at(graph.y, "discrete")
    here = at(graph.y, "continuous")
    mean = Apply("/", (Apply("+", (height, here)), Literal(2.0)))
    inside = Apply("*", (Apply("-", (x, start)), mean))
    first = Interpolate(
        replace(graph, kind="continuous", y=graph.x), found.selectors, x, found.span
    )
    before = Apply("*", (Apply("min", (Apply("-", (x, first)), Literal(0.0))), here))
    return Apply("if", (Apply("<", (x, first)), before, Apply("+", (at(sums, "discrete"), inside))))


def series_of(frame: Frame, node: Call, argument: Expression) -> Interpolate | None:
    """Resolve a data variable to the function of time that it is; report anything else."""
    found = _behind(frame.expression(argument))
    if found is None:
        frame.error(argument, f"{node.function.text} needs a data variable")
        return None
    return replace(found, span=node.span)


def _behind(value: Node) -> Interpolate | None:
    """Return the function of time behind a variable, at the element that is referred to.

    A variable that is another one, and nothing else, stands for what is behind that.
    """
    if not isinstance(value, Reference) or len(value.quantity.step) != 1:
        return None
    rule = value.quantity.step[0]
    expression = rule.expression
    named = isinstance(expression, Reference) and expression.quantity is not value.quantity
    found = _behind(expression) if named else expression
    whole = all(isinstance(s, Follow) and s.table is None for s in rule.target)
    if not isinstance(found, Interpolate) or not whole or found.selectors != rule.target:
        return None
    return replace(found, selectors=value.selectors)


def _computed_of_data(frame: Frame, value: Node) -> str | None:
    """Return the first variable in a formula that is a formula of data itself."""
    if isinstance(value, Apply):
        names = (_computed_of_data(frame, part) for part in value.arguments)
        return next((name for name in names if name is not None), None)
    if not isinstance(value, Reference) or _behind(value) is not None:
        return None
    resolver = frame.resolver
    waiting = [resolver.key_of(value.quantity)]
    seen = set(waiting)
    while waiting:
        variable = resolver.project.by_key.get(waiting.pop())
        if isinstance(variable, Data):
            return value.quantity.name
        for equation in () if variable is None else variable.equations:
            keys = {n.key for n in walk(equation.expression) if isinstance(n, Name)} - seen
            waiting += keys
            seen |= keys
    return None


def _at_time(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    found = series_of(frame, node, arguments[0])
    return INVALID if found is None else replace(found, x=frame.expression(arguments[1]))


def _between(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    found = series_of(frame, node, arguments[0])
    if found is None:
        return INVALID
    found = replace(found, x=frame.expression(arguments[1]))
    mode = frame.expression(arguments[2])
    plain = replace(found, graph=replace(found.graph, kind="continuous"))
    before = replace(found, graph=replace(found.graph, kind="discrete"))
    zero = Literal(0.0)
    uneven = Apply("if", (Apply(">", (mode, zero)), _looking_forward(plain), before))
    return Apply("if", (Apply("=", (mode, zero)), plain, uneven))


def _end_time(last: bool) -> Reader:
    def read(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
        found = series_of(frame, node, arguments[0])
        if found is None:
            return INVALID
        end = -1 if last else 0
        times = tuple(np.full_like(a, a[end]) for a in found.graph.x)
        graph: GraphSet = replace(found.graph, kind="continuous", y=times)
        return replace(found, graph=graph, x=Literal(0.0))

    return read


def _raw(found: Interpolate, tolerance: float) -> Node:
    points = [
        available_only(x, y, tolerance) for x, y in zip(found.graph.x, found.graph.y, strict=True)
    ]
    x, y = tuple(p[0] for p in points), tuple(p[1] for p in points)
    return replace(found, graph=replace(found.graph, kind="discrete", x=x, y=y), x=Now())


def _read_as(kind: str) -> Reader:
    """Read data in another way, all that a formula has; the points of a linear one are its own."""

    def read(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
        tolerance = time_slack(frame.resolver.specs, frame.resolver.clock)
        value = frame.expression(arguments[0])
        computed = None if kind == "linear" else _computed_of_data(frame, value)
        if computed is not None:
            return frame.error(
                node,
                f"`{computed}` is computed of data, and has no points of its own to read",
                "write its formula in place of its name",
            )
        return through(value, node.span, tolerance)

    def through(value: Node, span: Span | None, tolerance: float) -> Node:
        if isinstance(value, Apply):
            parts = tuple(through(a, span, tolerance) for a in value.arguments)
            made: Node = replace(value, arguments=parts)
            changed = [p for p, a in zip(parts, value.arguments, strict=True) if p is not a]
            if kind == "raw":
                for part in changed:
                    missing = Apply("=", (part, Literal(NOT_AVAILABLE)))
                    made = Apply("if", (missing, Literal(NOT_AVAILABLE), made))
            return made if changed else value
        found = value if isinstance(value, Interpolate) else _behind(value)
        if found is None or found.graph.kind != "continuous" or not isinstance(found.x, Now):
            return value
        found = replace(found, span=span)
        if kind == "raw":
            return _raw(found, tolerance)
        if kind == "hold":
            later = Apply("+", (Now(), Literal(tolerance)))
            return replace(found, graph=replace(found.graph, kind="discrete"), x=later)
        if kind == "look_forward":
            return _looking_forward(replace(found, x=Apply("-", (Now(), Literal(tolerance)))))
        return found

    return read


Reader = Callable[[Frame, Call, Sequence[Expression]], Node]

DATA_FUNCTIONS: Mapping[str, Reader] = {
    "LOOKUP_EXTRAPOLATE": _other_kind("extrapolated"),
    "LOOKUP_BACKWARD": _other_kind("discrete"),
    "LOOKUP_FORWARD": _forward,
    "LOOKUP_AREA": _area,
    "GET_DATA_AT_TIME": _at_time,
    "GET_DATA_BETWEEN_TIMES": _between,
    "GET_DATA_FIRST_TIME": _end_time(False),
    "GET_DATA_LAST_TIME": _end_time(True),
    "DATA_RAW": _read_as("raw"),
    "DATA_HOLD": _read_as("hold"),
    "DATA_LOOK_FORWARD": _read_as("look_forward"),
    "DATA_INTERPOLATE": _read_as("linear"),
}
