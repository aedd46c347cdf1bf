"""Functions of which Vensim's manual leaves open what they give: how they are read is told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from headwater.errors import Diagnostic
from headwater.formats.vensim.equations import Equation, Formula, Integral, WithLookup
from headwater.language.syntax import Call, Expression, Number, walk

_FORM = 2
"""The place of the form among the arguments of RANDOM WEIBULL; of form 1 the mean is the scale."""

_READINGS: Mapping[str, tuple[str, str]] = {
    "random_weibull": (
        "RANDOM WEIBULL is read as the distribution of scale 1, then stretched; the manual's list "
        "speaks of mean 1",
        "for a mean of 1, divide the stretch by EXP(GAMMA LN(1 + 1 / form))",
    ),
}


_WORDS = re.compile("weibull", re.IGNORECASE)
"""What the text of an equation holds that may have such a function."""


def warnings_of_readings(equations: Iterable[Equation]) -> list[Diagnostic]:
    """Return a warning for each function of a model that could be read in another way."""
    first: dict[str, Call] = {}
    for equation in equations:
        if _WORDS.search(equation.entry.equation.text):
            for call in _calls(equation):
                first.setdefault(call.function.key, call)
    found: list[Diagnostic] = []
    for key, call in first.items():
        message, hint = _READINGS[key]
        place = call.span.place if call.span else None
        found.append(Diagnostic(message, place, hint, "warning"))
    return found


def _calls(equation: Equation) -> Iterator[Call]:
    for part in _parts(equation):
        for node in walk(part):
            if isinstance(node, Call) and node.function.key in _READINGS and _matters(node):
                yield node


def _parts(equation: Equation) -> Iterator[Expression]:
    match equation.right:
        case Formula(expression=first, initial=second):
            yield first
            if second is not None:
                yield second
        case Integral(rate=first, initial=other):
            yield first
            yield other
        case WithLookup(argument=first):
            yield first


def _matters(call: Call) -> bool:
    form = call.arguments[_FORM] if len(call.arguments) > _FORM else None
    return not (isinstance(form, Number) and form.value == 1.0)
