"""Which flows conveyors, queues and ovens drive, so that they need no equation (XMILE 1.0, 4.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum

from headwater.language.syntax import Name
from headwater.model.variables import AnyVariable, Conveyor, Flow, Oven, Queue, Stock


class Role(Enum):
    """What a stock with a discipline does with an outflow."""

    EXIT = "exit"
    LEAK = "leak"
    QUEUE = "queue"
    OVEN = "oven"


def driven_flows(variables: Sequence[AnyVariable]) -> Mapping[str, Role]:
    """Return the flows that a stock drives, by canonical name.

    Of a conveyor the first outflow that is not marked as leaking is the exit; the others leak.
    """
    by_key = {v.key: v for v in variables}
    found: dict[str, Role] = {}
    for stock in variables:
        if not isinstance(stock, Stock) or stock.discipline is None:
            continue
        outflows = [
            t.expression.key
            for t in stock.flows
            if t.sign < 0 and isinstance(t.expression, Name) and t.expression.key in by_key
        ]
        match stock.discipline:
            case Queue():
                found.update(dict.fromkeys(outflows, Role.QUEUE))
            case Oven():
                found.update(dict.fromkeys(outflows, Role.OVEN))
            case Conveyor():
                marked = {k for k in outflows if _leaks(by_key[k])}
                exits = [k for k in outflows if k not in marked]
                found.update(dict.fromkeys(outflows, Role.LEAK))
                found.update(dict.fromkeys(exits[:1], Role.EXIT))
    return found


def _leaks(variable: AnyVariable) -> bool:
    return isinstance(variable, Flow) and variable.leakage is not None
