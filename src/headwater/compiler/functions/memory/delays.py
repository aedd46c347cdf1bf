"""Functions with a memory, as hidden stocks and states (XMILE 1.0, section 3.5.3).

Each takes its arguments by parameter name and returns what stands for the call. The stocks follow
the standard's definitions: a material delay is a row of stocks whose content leaves at
``stock / delay_time``; a smooth is a row of stocks that close the gap to what comes before them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from headwater.compiler.constants import number_of
from headwater.compiler.resolved import Kind, Literal, Node, Reference, op
from headwater.compiler.resolving.expressions import Frame
from headwater.compiler.resolving.selectors import static_numbers
from headwater.language.syntax import Call
from headwater.model.variables import Data, Graph, Stock

Arguments = Mapping[str, Node]
MAX_ORDER = 1000


def fixed_number(frame: Frame, node: Node) -> float | None:
    """Return the value of an argument that must be known now: a number, or the name of one.

    A constant that may vary by run has none.
    """
    axis, values = static_numbers(node)
    if values is not None:
        return values[0] if axis is None else None
    if not isinstance(node, Reference) or node.quantity.kind is not Kind.VALUE:
        return None
    variable = frame.resolver.project.find(node.quantity.name)
    if variable is None or isinstance(variable, Stock | Graph | Data) or variable.dimensions:
        return None
    return number_of(variable.equations[0].expression) if len(variable.equations) == 1 else None


def _order(frame: Frame, node: Call, arguments: Arguments) -> int:
    order = fixed_number(frame, arguments["order"])
    if order is None or not 1 <= order <= MAX_ORDER:
        frame.error(
            node,
            f"the order of {node.function.text} must be a whole number from 1 to {MAX_ORDER}",
            "write it as a number, or as a constant that does not vary by run",
        )
        return 1
    return round(order)


Stage = Callable[[Node, Reference, Node, Node], tuple[Node, Node, Node]]
"""From a stage's input, its stock, the stage's share of the time and the function's initial value:
the stock's initial value, its rate, and the stage's output."""


def _delay_stage(
    inflow: Node, stock: Reference, duration: Node, initial: Node
) -> tuple[Node, Node, Node]:
    """A material delay: the stock holds the inflow for its share of the time."""
    outflow = op("/", stock, duration)
    return op("*", initial, duration), op("-", inflow, outflow), outflow


def _smooth_stage(
    goal: Node, stock: Reference, duration: Node, initial: Node
) -> tuple[Node, Node, Node]:
    """An exponential smooth: the stock closes its gap to the stage's input."""
    return initial, op("/", op("-", goal, stock), duration), stock


def _stages(
    frame: Frame, node: Call, arguments: Arguments, stage: Stage, time: str, order: int
) -> Node:
    """Return the output of ``order`` stages in a row, between which the time is shared equally."""
    name = node.function.text
    resolver = frame.resolver
    current = resolver.shared(frame, f"{name}.input", arguments["input"])
    duration = arguments[time]
    if order > 1:
        duration = op("/", duration, Literal(float(order)))
    duration = resolver.shared(frame, f"{name}.time", duration)
    initial = arguments.get("initial", current)
    for number in range(1, order + 1):
        depends = [current, duration, initial]
        stock = resolver.reserve(frame, f"{name}.{number}", Kind.STOCK, depends)
        start, rate, output = stage(current, stock, duration, initial)
        resolver.complete(stock, start, rate)
        current = output
    return current


def _delay(frame: Frame, node: Call, arguments: Arguments, order: int) -> Node:
    return _stages(frame, node, arguments, _delay_stage, "delay_time", order)


def _smooth(frame: Frame, node: Call, arguments: Arguments, order: int) -> Node:
    return _stages(frame, node, arguments, _smooth_stage, "averaging_time", order)


def _trend(frame: Frame, node: Call, arguments: Arguments) -> Node:
    """The input's distance from its smooth, as a fraction of the smooth per time unit."""
    name = node.function.text
    shared = frame.resolver.shared
    value = shared(frame, f"{name}.input", arguments["input"])
    duration = shared(frame, f"{name}.time", arguments["averaging_time"])
    start = arguments["initial"]
    average = frame.resolver.reserve(frame, f"{name}.average", Kind.STOCK, [value, duration, start])
    initial = op("/", value, op("+", Literal(1.0), op("*", start, duration)))
    gap = op("-", value, average)
    frame.resolver.complete(average, initial, op("/", gap, duration))
    return op("safe_divide", gap, op("*", op("abs", average), duration))


def _pipeline(frame: Frame, node: Call, arguments: Arguments) -> Node:
    """The input as it was a fixed time ago; the time is taken at the start of the run."""
    value = arguments["input"]
    return frame.resolver.hidden(
        frame,
        node.function.text,
        Kind.PIPELINE,
        arguments.get("initial", value),
        value,
        lag=arguments["delay_time"],
    )


def _initial(frame: Frame, node: Call, arguments: Arguments) -> Node:
    return frame.resolver.hidden(frame, node.function.text, Kind.FROZEN, arguments["variable"])


def _previous(frame: Frame, node: Call, arguments: Arguments) -> Node:
    return frame.resolver.hidden(
        frame, node.function.text, Kind.STATE, arguments["initial"], arguments["variable"]
    )


def _self(frame: Frame, node: Call, arguments: Arguments) -> Node:
    """SELF: the variable that the equation defines, at the current element."""
    del arguments
    return frame.own_reference(node)


Maker = Callable[[Frame, Call, Arguments], Node]

DYNAMIC: Mapping[str, Maker] = {
    "DELAY": _pipeline,
    "DELAY1": lambda f, n, a: _delay(f, n, a, 1),
    "DELAY3": lambda f, n, a: _delay(f, n, a, 3),
    "DELAYN": lambda f, n, a: _delay(f, n, a, _order(f, n, a)),
    "SMTH1": lambda f, n, a: _smooth(f, n, a, 1),
    "SMTH3": lambda f, n, a: _smooth(f, n, a, 3),
    "SMTHN": lambda f, n, a: _smooth(f, n, a, _order(f, n, a)),
    "TREND": _trend,
    "INIT": _initial,
    "PREVIOUS": _previous,
    "SELF": _self,
}
