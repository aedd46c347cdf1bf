"""Test inputs: Vensim's own where they agree with XMILE's, and definitions where they do not.

Vensim's look half a step ahead, so that both agree where the time that is named is one of the
run's steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from headwater.formats.vensim.translating.memory import Arguments, Special
from headwater.language.syntax import Binary, Call, Expression, Name, Number, Unary

if TYPE_CHECKING:
    from headwater.formats.vensim.translating.expressions import Translator

_NEARLY = 1e-9
_STEP = Name("TIME STEP")


def _is_step(translator: Translator, node: Expression) -> bool:
    """Tell whether a number is a time at which a step begins."""
    if isinstance(node, Unary) and node.operator == "-" and isinstance(node.operand, Number):
        node = Number(-node.operand.value)
    specs = translator.world.project.sim_specs
    if not isinstance(node, Number) or specs.step <= 0 or specs.step_expression is not None:
        return False
    steps = (node.value - specs.start) / specs.step
    return abs(steps - round(steps)) < _NEARLY


def _is_euler(translator: Translator) -> bool:
    return translator.world.project.sim_specs.method in ("euler", "discrete")


def _step(translator: Translator, node: Call, given: Arguments) -> Expression | None:
    # Within a step of Runge-Kutta, XMILE's functions change at its stages and Vensim's do not.
    if not _is_euler(translator) or not _is_step(translator, given["start"]):
        return None
    return Call(Name("STEP"), (given["height"], given["start"]), node.span)


def _ramp(translator: Translator, node: Call, given: Arguments) -> Expression | None:
    if not _is_euler(translator):
        return None
    start, stop = given["start"], given["stop"]
    if isinstance(start, Number) and isinstance(stop, Number) and start.value <= stop.value:
        if stop.value < float("inf"):
            return Call(Name("RAMP"), (given["slope"], start, stop), node.span)
    if isinstance(stop, Number) and stop.value == float("inf"):
        since = Binary("-", Name("Time"), start)
        risen = Call(Name("MAX"), (Number(0.0), since))
        return Binary("*", given["slope"], risen, node.span)
    return None


def _pulse(translator: Translator, node: Call, given: Arguments) -> Expression | None:
    first, interval = given["first"], given["interval"]
    height = Binary("/", given["magnitude"], _STEP)
    once = isinstance(interval, Number) and interval.value <= 0
    if not _is_euler(translator) and not _is_step(translator, first):
        translator.lost("a pulse that begins between two steps may begin at another one")
    elif not _is_step(translator, first):
        return None
    if once:
        return Binary("*", height, Call(Name("PULSE"), (first, _STEP)), node.span)
    if _is_euler(translator):
        return None
    train = Call(Name("PULSE TRAIN"), (first, _STEP, interval, Number(1e300)))
    return Binary("*", height, train, node.span)


SPECIAL: Mapping[str, Special] = {"STEP": _step, "RAMP": _ramp, "PULSE": _pulse}
