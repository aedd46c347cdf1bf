"""Vensim's own functions with a memory, as hidden stocks and states."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from headwater.compiler.functions.memory.delays import MAX_ORDER, Arguments, Maker
from headwater.compiler.methods import is_adaptive
from headwater.compiler.resolved import Kind, Literal, Node, Reference, op
from headwater.compiler.resolving.assembling import step_length
from headwater.compiler.resolving.expressions import Frame
from headwater.language.syntax import Call, Expression

_SLACK = 1e-6
"""The share of a step by which a delay may fall short of a whole number of steps."""


def _sample(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """The input while the condition holds, then what it was last.

    Where the condition or the input name what the equation defines, that is what it was last, too:
    ``highest = SAMPLE IF TRUE(x > highest, x, x)``. It samples where a step begins: the stages of a
    method within the step see what was sampled there.
    """
    own = frame.own(arguments[:2])
    initial = frame.expression(arguments[2])
    if own is None:
        condition, value = (frame.expression(a) for a in arguments[:2])
        held = frame.resolver.reserve(
            frame, node.function.text, Kind.STATE, [condition, value, initial]
        )
    else:
        held = frame.resolver.reserve(frame, node.function.text, Kind.STATE, [own, initial])
        frame.recalled = own, held
        condition, value = (frame.expression(a) for a in arguments[:2])
        frame.recalled = None
    current: Node = op("if", condition, value, held)
    if frame.resolver.staged:
        label = f"{node.function.text}.value"
        kept = frame.resolver.hidden(frame, label, Kind.VALUE, current, current)
        kept.quantity.held = True
        current = kept
    frame.resolver.complete(held, initial, current)
    return current


def _delay_fixed(frame: Frame, node: Call, arguments: Arguments) -> Node:
    """The input a whole number of steps ago; halves of a step count up."""
    dt = Literal(frame.resolver.clock.dt)
    steps = op("/", arguments["delay_time"], dt)
    whole = op("floor", op("+", steps, Literal(0.5 + _SLACK)))
    return frame.resolver.hidden(
        frame,
        node.function.text,
        Kind.PIPELINE,
        arguments["initial"],
        arguments["input"],
        lag=op("*", whole, dt),
    )


def _stages(frame: Frame, node: Call, arguments: Arguments, duration: Node) -> tuple[int, Node]:
    """Return the most stages, and how many there are: no more than the duration has steps."""
    most, own = _order(frame, node, arguments["order"])
    clock = frame.resolver.clock
    step = clock.times[1] - clock.times[0] if len(clock.times) > 1 else clock.dt
    steps = op("/", duration, Literal(step))
    fitting = op("floor", op("+", steps, Literal(_SLACK)))
    number = op("max", op("min", own, fitting), Literal(1.0))
    if most == 1:
        return 1, Literal(1.0)
    if isinstance(duration, Literal) and isinstance(own, Literal):
        whole = duration.value / step + _SLACK
        # What is no number has no stages to tell apart.
        most = math.floor(max(1.0, min(float(most), whole))) if whole == whole else 1
        return most, Literal(float(most))
    label = f"{node.function.text}.order"
    return most, frame.resolver.hidden(frame, label, Kind.FROZEN, number)


def _order(frame: Frame, node: Call, order: Node) -> tuple[int, Node]:
    """Return the highest order of all elements, and the order of each."""
    value = order.value if isinstance(order, Literal) else frame.resolver.at_start(node, 3)
    told = [value] if value is not None else frame.resolver.all_at_start(node, 3)
    if not told:
        frame.error(
            node,
            f"the order of {node.function.text} cannot be told before the run",
            "write it as a number, or by constants and time alone",
        )
        return 1, Literal(1.0)
    for one in told:
        if not 0.5 <= one <= MAX_ORDER:
            frame.error(
                node, f"the order of {node.function.text} is {one:g}, not from 1 to {MAX_ORDER}"
            )
            return 1, Literal(1.0)
    most = max(1, math.floor(max(told) + _SLACK))
    if value is not None:
        return most, Literal(float(most))
    return most, op("floor", op("+", order, Literal(_SLACK)))


def _moves_with_steps(frame: Frame) -> bool:
    """Tell whether the stocks of a discrete delay move with steps, and not with their stages."""
    resolver = frame.resolver
    return resolver.staged and not is_adaptive(resolver.specs.method)


def _reserved(frame: Frame, label: str, depends: Sequence[Node]) -> Reference:
    kind = Kind.STATE if _moves_with_steps(frame) else Kind.STOCK
    return frame.resolver.reserve(frame, label, kind, depends)


def _complete(frame: Frame, stock: Reference, initial: Node, rate: Node) -> None:
    """Give a stock of a discrete delay its initial value and its rate."""
    following = rate
    if _moves_with_steps(frame):
        following = op("+", stock, op("*", step_length(frame.resolver.clock), rate))
    frame.resolver.complete(stock, initial, following)


def _chosen(outputs: list[Node], number: Node) -> Node:
    """Return the output of the last stage that there is."""
    if isinstance(number, Literal):
        return outputs[int(number.value) - 1]
    result = outputs[0]
    for stage, output in enumerate(outputs[1:], 2):
        enough = op(">=", number, Literal(float(stage)))
        result = op("if", enough, output, result)
    return result


def _delay(frame: Frame, node: Call, arguments: Arguments) -> Node:
    """A material delay: stocks in a row, each holding its inflow for an equal share.

    Every stage has the delay time of the moment but the last, which has that of the step before:
    what a delay gives is computed where its stocks are, at the end of a step. Outputs recorded with
    Vensim, of orders 2 and 10, show it. What it gives is the same throughout a step.
    """
    name, resolver = node.function.text, frame.resolver
    inflow = resolver.shared(frame, f"{name}.input", arguments["input"])
    duration = resolver.shared(frame, f"{name}.time", arguments["delay_time"])
    initial = resolver.shared(frame, f"{name}.initial", arguments["initial"])
    most, number = _stages(frame, node, arguments, duration)
    share = resolver.shared(frame, f"{name}.share", op("/", duration, number))
    before = share
    if not isinstance(share, Literal):
        before = resolver.hidden(frame, f"{name}.share before", Kind.STATE, share, share)
    outputs: list[Node] = []
    for stage in range(1, most + 1):
        last = before if stage == most else share
        if not isinstance(number, Literal) and stage < most:
            last = op("if", op("=", number, Literal(float(stage))), before, share)
        stock = _reserved(frame, f"{name}.{stage}", [inflow, share, initial])
        outflow = op("/", stock, last)
        _complete(frame, stock, op("*", initial, share), op("-", inflow, outflow))
        outputs.append(outflow)
        inflow = outflow
    return _chosen(outputs, number)


def _smooth(frame: Frame, node: Call, arguments: Arguments) -> Node:
    """An exponential smooth: stocks in a row, each closing the gap to the one before it.

    What it gives is the same throughout a step.
    """
    name, resolver = node.function.text, frame.resolver
    goal = resolver.shared(frame, f"{name}.input", arguments["input"])
    duration = resolver.shared(frame, f"{name}.time", arguments["averaging_time"])
    initial = resolver.shared(frame, f"{name}.initial", arguments["initial"])
    most, number = _stages(frame, node, arguments, duration)
    share = resolver.shared(frame, f"{name}.share", op("/", duration, number))
    outputs: list[Node] = []
    for stage in range(1, most + 1):
        stock = _reserved(frame, f"{name}.{stage}", [goal, share, initial])
        _complete(frame, stock, initial, op("/", op("-", goal, stock), share))
        outputs.append(stock)
        goal = stock
    return _chosen(outputs, number)


def _npv(frame: Frame, node: Call, arguments: Arguments) -> Node:
    """The discounted stream, summed; the discount factor is a stock that begins at 1."""
    name, resolver = node.function.text, frame.resolver
    dt = step_length(resolver.clock)
    stream = resolver.shared(frame, f"{name}.stream", arguments["stream"])
    rate = resolver.shared(frame, f"{name}.rate", arguments["discount_rate"])
    factor = resolver.reserve(frame, f"{name}.discount", Kind.STOCK, [rate])
    slowed = op("+", Literal(1.0), op("*", rate, dt))
    fall = op("negate", op("/", op("*", factor, rate), slowed))
    resolver.complete(factor, Literal(1.0), fall)
    flow = op("*", stream, factor)
    total = resolver.hidden(frame, f"{name}.sum", Kind.STOCK, arguments["initial"], flow)
    return op("*", op("+", total, op("*", flow, dt)), arguments["factor"])


VENSIM_DYNAMIC: Mapping[str, Maker] = {
    "DELAY_FIXED": _delay_fixed,
    "VENSIM_DELAYN": _delay,
    "VENSIM_SMTHN": _smooth,
    "NPV": _npv,
}

VENSIM_SAMPLES: Mapping[str, Callable[[Frame, Call, Sequence[Expression]], Node]] = {
    "SAMPLE_IF_TRUE": _sample,
}
