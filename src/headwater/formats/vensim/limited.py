"""SINTEG: a stock that is kept between limits and near a value is that value.

Vensim's manual: ``SINTEG(rate, initial, min, max, quant, spec, thresh)`` never goes below ``min``
or above ``max``, and is ``spec`` where it would be within ``thresh`` of it; :NA: leaves one out.
The limited value is what goes on. So the net flow is what leads to the limited end of the step.
"""

from __future__ import annotations

from typing import NoReturn

from headwater.errors import Diagnostic, Place, SyntaxFault
from headwater.language.builtins.vensim.values import NOT_AVAILABLE
from headwater.language.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    Name,
    Number,
    Unary,
    walk,
)

KEY = "sinteg"
_FORM = "its form is SINTEG(rate, initial value, min, max, quant, spec, thresh)"
_LIMITS = ("min", "max", "quant", "spec", "thresh")


def limited_stock(call: Call, own: Name, *, in_macro: bool) -> tuple[Expression, Expression]:
    """Return the net flow and the initial value of the stock ``own`` that a SINTEG defines.

    Raises SyntaxFault.
    """
    if len(call.arguments) != 7:
        _refuse(call, f"{call.function.text} takes 7 arguments, not {len(call.arguments)}", _FORM)
    rate, initial, *rest = call.arguments
    least, most, quant, spec, near = (_limit(n, w) for n, w in zip(rest, _LIMITS, strict=True))
    if quant:
        _refuse(
            call,
            f"{call.function.text} with a quant is not computed",
            "the manual does not say to which of its multiples a value goes; write :NA:, or INTEG",
        )
    spec = spec if near is not None else None
    if least is None and most is None and spec is None:
        return rate, initial
    if spec is not None and any(
        isinstance(n, Call) and n.function.key.startswith("random") for n in walk(rate)
    ):
        _refuse(
            call,
            f"the rate of {call.function.text} draws at random",
            "give the rate a variable of its own",
        )

    def limited(value: Expression) -> Expression:
        if least is not None:
            value = Call(Name("MAX"), (value, Number(least)), call.span)
        if most is not None:
            value = Call(Name("MIN"), (value, Number(most)), call.span)
        if spec is None or near is None:
            return value
        away = Call(Name("ABS"), (Binary("-", value, Number(spec)),), call.span)
        return Conditional(Binary("<", away, Number(near)), Number(spec), value, call.span)

    step = Name("TIME STEP$" if in_macro else "TIME STEP", (), call.span)
    ahead = Binary("+", own, Binary("*", step, rate), call.span)
    return Binary("/", Binary("-", limited(ahead), own), step, call.span), limited(initial)


def warning_of_stages(names: list[str], method: str, file: str) -> Diagnostic:
    """Return the warning that limits act in each stage of a method that is not Euler's."""
    which = ", ".join(f"`{n}`" for n in names)
    return Diagnostic(
        f"the limits of SINTEG ({which}) act in each stage of `{method}`; "
        "Vensim's manual does not say how they act within a step",
        Place(file),
        "choose Euler's method where it matters: headwater run --method euler",
        "warning",
    )


def _limit(node: Expression, what: str) -> float | None:
    """Return a number, or None for :NA:."""
    sign = 1.0
    while isinstance(node, Unary) and node.operator == "-":
        sign, node = -sign, node.operand
    if not isinstance(node, Number):
        place = node.span.place if node.span else None
        raise SyntaxFault(f"the {what} of SINTEG is a number or :NA:", place, _FORM)
    return None if node.value == NOT_AVAILABLE else sign * node.value


def _refuse(call: Call, message: str, hint: str) -> NoReturn:
    raise SyntaxFault(message, call.span.place if call.span else None, hint)
