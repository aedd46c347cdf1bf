"""The functions that ask for cycle times (isee systems, Stella help, Cycle-time builtins)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from headwater.compiler.functions.arrays.vectors import Reader
from headwater.compiler.resolved import Kind, Literal, Node, Reference
from headwater.compiler.resolving.assembling import ZERO, Hidden, choose, equal
from headwater.compiler.resolving.expressions import Frame
from headwater.compiler.resolving.subscripts import whole_region
from headwater.compiler.stocks.belt_readings import connected
from headwater.language.builtins.unsupported import why_unsupported
from headwater.language.syntax import Call, Expression, Name
from headwater.model.variables import Flow

Answer = Callable[[str], Node]


def _flow_named(frame: Frame, node: Call, argument: Expression) -> Reference | None:
    """Return the element of a flow that an argument names; report others."""
    if not frame.resolver.stamps:
        name = node.function.text
        frame.error(node, f"{name} is not computed here", why_unsupported(name, "stella"))
        return None
    found = frame.expression(connected(frame, argument)) if isinstance(argument, Name) else None
    if isinstance(found, Reference):
        if isinstance(frame.resolver.variable_of(found.quantity), Flow):
            return found
    frame.error(
        argument,
        f"{node.function.text} needs the name of a flow",
        "the flow through which what is timed leaves; of a stock it is not known here",
    )
    return None


def _ready(frame: Frame, flow: Reference, what: str) -> Reference:
    """Return what will hold an answer, which is filled in once all flows have their rules."""
    resolver = frame.resolver
    answers = resolver.stamped.setdefault(flow.quantity, {})
    if what not in answers:
        region = whole_region(resolver.dimensions_of(flow.quantity))
        hidden = Hidden(resolver, flow.quantity, region)
        answers[what] = hidden.make(f"cycle time {what}", Kind.VALUE)
    return Reference(answers[what], flow.selectors)


def _asked(what: str) -> Reader:
    def read(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
        flow = _flow_named(frame, node, arguments[0])
        return Literal(float("nan")) if flow is None else _ready(frame, flow, what)

    return read


def _extreme(what: str) -> Reader:
    """CTMAX and CTMIN: of the whole run so far, or where ``instantaneous`` is 1 of what flows."""

    def read(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
        flow = _flow_named(frame, node, arguments[0])
        if flow is None:
            return Literal(float("nan"))
        at_once, initial = (*map(frame.expression, arguments[1:]), ZERO, ZERO)[:2]
        ever: Node = _ready(frame, flow, what)
        if len(arguments) > 2:
            ever = choose(_ready(frame, flow, "any"), ever, initial)
        if len(arguments) == 1:
            return ever
        return choose(equal(at_once, ZERO), ever, _ready(frame, flow, f"{what} now"))

    return read


CYCLE_TIMES: Mapping[str, Reader] = {
    "CTFLOW": _asked("flow"),
    "CTMAX": _extreme("max"),
    "CTMEAN": _asked("mean"),
    "CTMIN": _extreme("min"),
    "CTSTDDEV": _asked("deviation"),
    "CYCLETIME": _asked("mean now"),
    "THROUGHPUT": _asked("throughput"),
}
