"""Vensim's functions about lookups and data variables: other ways to read their points."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from headwater.compiler.adaptive import time_slack
from headwater.compiler.functions.data.computed import (
    IF_MISSING,
    is_of_time,
    times_behind,
    value_at,
    without_na,
    written_out,
)
from headwater.compiler.functions.data.moments import NOW, beside_now, moment
from headwater.compiler.functions.data.names import series_behind
from headwater.compiler.functions.data.points import (
    NothingInCommonError,
    at_points_only,
    at_time,
    data_in,
    formula_between,
    is_linear,
    looking_forward,
    parts_of,
    points_behind,
    raw_formula,
    same_times,
    series_in,
    with_data_replaced,
)
from headwater.compiler.functions.lookups.graphs import data_graph, per_row
from headwater.compiler.resolved import (
    Apply,
    GraphSet,
    Interpolate,
    Literal,
    Node,
    Reference,
    op,
)
from headwater.compiler.resolving.expressions import Frame
from headwater.compiler.resolving.selectors import INVALID as UNRESOLVED
from headwater.language.builtins import find
from headwater.language.builtins.vensim.values import NOT_AVAILABLE
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
    return INVALID if found is None else looking_forward(found)


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
    value = frame.expression(argument)
    if value is UNRESOLVED:
        return None  # which has been reported
    found = series_behind(value)
    if found is None and times_behind(value) is not None:
        message = f"{node.function.text} needs data, and not a formula of data"
        frame.error(argument, message, "write the formula's values to a data file, and read them")
        return None
    if found is None:
        message = f"{node.function.text} needs a data variable"
        hint = "or a formula of data that is read with lines between points that all of it has"
        frame.error(argument, message, hint)
        return None
    return replace(found, span=node.span)


def points_of(frame: Frame, node: Call, argument: Expression) -> Interpolate | None:
    """Resolve a data variable to its points alone, however it reads between them."""
    found = series_of(frame, node, argument)
    if found is None:
        return None
    resolver = frame.resolver
    value = frame.expression(argument)
    while isinstance(value, Reference):
        variable = resolver.variable_of(value.quantity)
        if isinstance(variable, Data):
            plain = replace(variable, interpolation="linear")
            made = data_graph(resolver, plain, resolver.dimensions_of(value.quantity))
            return None if made is None else replace(found, graph=made[0], x=NOW)
        rules = value.quantity.step
        value = rules[0].expression if len(rules) == 1 else found
    if found.graph.points:
        return series_in(found)
    own = points_behind(found, time_slack(resolver.specs, resolver.clock))
    if own is None:
        frame.error(argument, f"{node.function.text} needs a data variable with points of its own")
    return own


def _computed_of_data(frame: Frame, value: Node) -> str | None:
    """Return the first variable in a formula that is a formula of data itself."""
    if not isinstance(value, Reference):
        names = (_computed_of_data(frame, part) for part in parts_of(value))
        return next((name for name in names if name is not None), None)
    if series_behind(value) is not None:
        return None
    resolver = frame.resolver
    waiting = [resolver.key_of(value.quantity)]
    seen = set(waiting)
    while waiting:
        variable = resolver.project.by_key.get(waiting.pop())
        if variable is not None and (isinstance(variable, Data) or is_of_time(variable)):
            return value.quantity.name
        for equation in () if variable is None else variable.equations:
            keys = {n.key for n in walk(equation.expression) if isinstance(n, Name)} - seen
            waiting += keys
            seen |= keys
    return None


def _at_time(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    value, when = frame.expression(arguments[0]), frame.expression(arguments[1])
    if series_behind(value) is None:
        computed = value_at(value, when, frame.resolver.is_constant)
        if computed is not None:
            return computed
    found = series_of(frame, node, arguments[0])
    return INVALID if found is None else at_time(found, when)


def _between(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    formula, found = formula_at(frame, arguments[0])
    if found is None:
        found = points_of(frame, node, arguments[0])
    if found is None:
        return INVALID
    found = replace(found, x=frame.expression(arguments[1]))
    mode = frame.expression(arguments[2])
    plain: Node = replace(found, graph=replace(found.graph, kind="continuous"))
    before: Node = replace(found, graph=replace(found.graph, kind="discrete"))
    after = looking_forward(found)
    if formula is not None:
        plain, before, after = _between_points(formula, found.x, before, after)
    zero = Literal(0.0)
    uneven = Apply("if", (Apply(">", (mode, zero)), after, before))
    value = Apply("if", (Apply("=", (mode, zero)), plain, uneven))
    first, last = (per_row(found, [float(a[k]) for a in found.graph.x]) for k in (0, -1))
    slack = Literal(time_slack(frame.resolver.specs, frame.resolver.clock))
    early = Apply("<", (Apply("+", (found.x, slack)), first))
    outside = Apply("or", (early, Apply(">", (Apply("-", (found.x, slack)), last))))
    return Apply("if", (outside, Literal(NOT_AVAILABLE), value))


def _between_points(
    formula: Callable[[Node], Node], when: Node, before: Node, after: Node
) -> tuple[Node, Node, Node]:
    """Return a formula of data on a line between the points around a time, and at these points."""
    earlier, later = formula(before), formula(after)
    width = op("-", after, before)
    rise = op("/", op("*", op("-", later, earlier), op("-", when, before)), width)
    return op("if", op(">", width, Literal(0.0)), op("+", earlier, rise), later), earlier, later


def formula_at(
    frame: Frame, argument: Expression
) -> tuple[Callable[[Node], Node] | None, Interpolate | None]:
    """Return what gives a formula of data at any time, and its times; None: it is another thing."""
    value = frame.expression(argument)
    times = times_behind(value) if series_behind(value) is None else None
    is_constant = frame.resolver.is_constant
    if times is None or value_at(value, NOW, is_constant) is None:
        return None, None
    return lambda when: value_at(value, when, is_constant) or INVALID, times


def _end_time(last: bool) -> Reader:
    def read(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
        found = _points_or_times(frame, node, arguments[0])
        if found is None:
            return INVALID
        end = -1 if last else 0
        times = tuple(np.full_like(a, a[end]) for a in found.graph.x)
        graph: GraphSet = replace(found.graph, kind="continuous", y=times)
        return replace(found, graph=graph, x=Literal(0.0))

    return read


def _points_or_times(frame: Frame, node: Call, argument: Expression) -> Interpolate | None:
    value = frame.expression(argument)
    times = times_behind(value) if series_behind(value) is None else None
    return times or points_of(frame, node, argument)


def _read_as(kind: str) -> Reader:
    """Read data in another way, all that a formula has."""

    def read(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
        formula, instead = _without_missing(frame, without_na(arguments[0]))
        if kind == "linear" and _is_shift(formula):
            return frame.expression(formula)  # its data have their points before they are shifted
        if not frame.closed:
            formula = written_out(formula, frame.resolver.project.by_key)
        value = frame.expression(formula)
        computed = _computed_of_data(frame, value)
        between = None if computed is None else _read_between(frame, value, kind)
        if between is not None:
            return between
        if computed is not None and kind == "linear":
            return value
        if computed is not None:
            return frame.error(
                node,
                f"`{computed}` is computed of data, and has no points of its own to read",
                "write its formula in place of its name",
            )
        return _at_points(frame, node, value, kind, instead)

    return read


def _read_between(frame: Frame, value: Node, kind: str) -> Node | None:
    """Read a formula of data, by its name, between its own points; None: they are not known."""
    is_constant = frame.resolver.is_constant
    times = times_behind(value)
    if kind == "raw" or times is None or moment(times.x) != (1.0, 0.0):
        return None
    if value_at(value, NOW, is_constant) is None:
        return None
    slack = time_slack(frame.resolver.specs, frame.resolver.clock)
    grid = replace(times.graph, kind="discrete")
    before: Node = replace(times, graph=grid, x=beside_now(slack))
    after = looking_forward(replace(times, x=beside_now(-slack)))
    line, earlier, later = _between_points(
        lambda when: value_at(value, when, is_constant) or INVALID, NOW, before, after
    )
    return {"linear": line, "hold": earlier, "look_forward": later}[kind]


def _is_shift(formula: Expression) -> bool:
    builtin = find(formula.function.text, "vensim") if isinstance(formula, Call) else None
    return builtin is not None and builtin.name == "TIME_SHIFT"


def _if_missing(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """Read a formula wherever any of its data has a value, and a number in place of the others."""
    value = frame.expression(arguments[0])
    instead = None if without_na(node) is not node else frame.expression(arguments[1])
    return _at_points(frame, node, value, "linear", instead)


def _without_missing(frame: Frame, formula: Expression) -> tuple[Expression, Node | None]:
    """Take apart a formula that says what stands in place of missing data."""
    builtin = find(formula.function.text, frame.dialect) if isinstance(formula, Call) else None
    if not isinstance(formula, Call) or builtin is None or builtin.name != IF_MISSING:
        return formula, None
    return formula.arguments[0], frame.expression(formula.arguments[1])


def _at_points(frame: Frame, node: Call, value: Node, kind: str, instead: Node | None) -> Node:
    tolerance = time_slack(frame.resolver.specs, frame.resolver.clock)
    found = series_in(value)
    if found is not None:
        return _read_series(replace(found, span=node.span), kind, tolerance)
    data = list(data_in(value))
    if not data:
        return value
    if kind == "raw":
        return raw_formula(value, instead, tolerance)
    if same_times(data) and (kind != "linear" or is_linear(value)):
        return with_data_replaced(
            value, lambda f: _read_series(replace(f, span=node.span), kind, tolerance)
        )
    try:
        return formula_between(value, kind, instead, tolerance)
    except NothingInCommonError:
        return frame.error(
            node,
            "the data of this formula have no time at which all of them have a value",
            "in Vensim, X IF MISSING(formula, number) puts a number where one has none",
        )


def _read_series(found: Interpolate, kind: str, tolerance: float) -> Node:
    if kind == "raw":
        return at_points_only(found, tolerance)
    if kind == "hold":
        graph = replace(found.graph, kind="discrete")
        return replace(found, graph=graph, x=beside_now(tolerance))
    if kind == "look_forward":
        return looking_forward(replace(found, x=beside_now(-tolerance)))
    return found


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
    IF_MISSING: _if_missing,
}
