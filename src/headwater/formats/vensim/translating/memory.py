"""Functions with a memory, by those of Vensim or by stocks of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headwater.formats.vensim.translating.equation import ITSELF
from headwater.language.syntax import Binary, Call, Expression, Name, Number
from headwater.model.variables import Constant

if TYPE_CHECKING:
    from headwater.formats.vensim.translating.expressions import Translator

Arguments = Mapping[str, Expression]
Special = Callable[["Translator", Call, Arguments], Expression | None]


def _previous(translator: Translator, node: Call, given: Arguments) -> Expression:
    del translator
    step = Name("TIME STEP")
    return Call(Name("DELAY FIXED"), (given["variable"], step, given["initial"]), node.span)


def _self(translator: Translator, node: Call, given: Arguments) -> Expression:
    del given
    context = translator.context
    subscripts = tuple(Name(p.text) for p in context.left)
    return Name(translator.scope.name(context.owner.name), subscripts, node.span)


def _delay(translator: Translator, node: Call, given: Arguments) -> Expression:
    value, time = given["input"], given["delay_time"]
    initial = given.get("initial")
    if initial is None:
        value = initial = translator.twice(value, "input")
    if not isinstance(time, Number):
        translator.lost(
            "a delay that is half a step more than a whole number of them is rounded up"
        )
    return Call(Name("DELAY FIXED"), (value, time, initial), node.span)


def _order(translator: Translator, node: Call, given: Arguments) -> int:
    order = given["order"]
    if isinstance(order, Name):
        variable = translator.world.variables.get(order.key)
        if isinstance(variable, Constant) and len(variable.equations) == 1:
            order = variable.equations[0].expression
    if isinstance(order, Number) and order.value >= 1:
        return round(order.value)
    translator.fail(node, "the order of a delay must be a number to be written")
    return 1


def _short(node: Call, name: str, given: Arguments, time: str, order: int) -> Expression | None:
    """Return a delay or smooth of order 1 or 3, which Vensim has."""
    if order not in (1, 3):
        return None
    suffix = ("" if name == "SMOOTH" else "1") if order == 1 else "3"
    arguments = [given["input"], given[time]]
    if "initial" in given:
        return Call(Name(f"{name}{suffix}I"), (*arguments, given["initial"]), node.span)
    return Call(Name(f"{name}{suffix}"), tuple(arguments), node.span)


def _delay_n(translator: Translator, node: Call, given: Arguments) -> Expression:
    def rate(before: Expression, time: Expression) -> Expression:
        return Binary("-", before, Binary("/", Name(ITSELF), time))

    def start(initial: Expression, time: Expression) -> Expression:
        return Binary("*", initial, time)

    def outcome(stage: Expression, time: Expression) -> Expression:
        return Binary("/", stage, time)

    order = _order(translator, node, given)
    short = _short(node, "DELAY", given, "delay_time", order)
    return short or _stages(translator, given, "delay", order, _Stage(rate, start, outcome))


def _smooth_n(translator: Translator, node: Call, given: Arguments) -> Expression:
    def rate(before: Expression, time: Expression) -> Expression:
        return Binary("/", Binary("-", before, Name(ITSELF)), time)

    def as_it_is(value: Expression, time: Expression) -> Expression:
        del time
        return value

    order = _order(translator, node, given)
    short = _short(node, "SMOOTH", given, "averaging_time", order)
    return short or _stages(translator, given, "time", order, _Stage(rate, as_it_is, as_it_is))


@dataclass(frozen=True, slots=True)
class _Stage:
    """A stock of a chain: its rate from what is before it, its start, and what it hands on."""

    rate: Callable[[Expression, Expression], Expression]
    start: Callable[[Expression, Expression], Expression]
    outcome: Callable[[Expression, Expression], Expression]


def _stages(
    translator: Translator, given: Arguments, what: str, order: int, one: _Stage
) -> Expression:
    """Return what the last of a chain of stocks hands on; each has an equal part of the time."""
    value = translator.twice(given["input"], "input")
    whole = given["delay_time"] if "delay_time" in given else given["averaging_time"]
    time = translator.named(Binary("/", whole, Number(float(order))), f"{what} of a stage")
    initial = translator.twice(given.get("initial", value), "initial")
    for stage in range(1, order + 1):
        start = one.start(initial, time)
        value = one.outcome(translator.named(one.rate(value, time), f"stage {stage}", start), time)
    return value


def _derivative(translator: Translator, node: Call, given: Arguments) -> Expression:
    """Return differences of differences; each is 0 as long as steps before it are missing."""
    order = given["order"]
    if not isinstance(order, Number) or not 0 <= order.value <= MAX_DERIVATIVE:
        return translator.fail(node, f"the order of DERIVN must be a number up to {MAX_DERIVATIVE}")
    step = Name("TIME STEP")
    value = translator.twice(given["input"], "input")
    for level in range(1, round(order.value) + 1):
        lag = Binary("*", Number(float(level)), step)
        begun = Call(Name("DELAY FIXED"), (Number(1.0), lag, Number(0.0)))
        known = translator.named(begun, f"has {level} steps")
        before = translator.named(
            Call(Name("DELAY FIXED"), (value, step, value)), f"before {level}"
        )
        change = Binary("/", Binary("-", value, before), step)
        parts = Binary("=", known, Number(0.0)), Number(0.0), change
        value = translator.named(Call(Name("IF THEN ELSE"), parts, node.span), f"change {level}")
    return value


MAX_DERIVATIVE = 20


def _trend(translator: Translator, node: Call, given: Arguments) -> Expression:
    translator.lost("`TREND` is 0 in Vensim where the average is next to nothing")
    arguments = (given["input"], given["averaging_time"], given["initial"])
    return Call(Name("TREND"), arguments, node.span)


SPECIAL: Mapping[str, Special] = {
    "PREVIOUS": _previous,
    "SELF": _self,
    "DELAY": _delay,
    "DELAYN": _delay_n,
    "SMTHN": _smooth_n,
    "DERIVN": _derivative,
    "TREND": _trend,
}
