"""The ``error`` clause of a comparison: ``error lognormal(0.05)``."""

from __future__ import annotations

import re

from headwater.errors import ModelError, SyntaxFault, did_you_mean
from headwater.formats.literate.numbers import read_number
from headwater.formats.literate.statements import Clause
from headwater.model.measurement import (
    LogNormalError,
    MeasurementError,
    NegativeBinomialError,
    NormalError,
    StudentError,
)

FORMS = {
    "normal": "normal(SD)",
    "lognormal": "lognormal(SD of the logarithm)",
    "student": "student(SCALE, DEGREES)",
    "negative_binomial": "negative_binomial(RELATIVE ERROR)",
}
_CALL = re.compile(r"([A-Za-z_]+)\s*(?:\(\0*\))?$")


def read_error(clause: Clause) -> MeasurementError:
    """Read a measurement error. Without numbers its scale is estimated by a fit.

    Raises :class:`SyntaxFault` or :class:`ModelError`.
    """
    text = clause.body
    known = f"write one of: {'; '.join(FORMS.values())}"
    match = _CALL.match(text.surface)
    if match is None:
        place = text.place if text else clause.head.place
        raise SyntaxFault("expected a measurement error", place, known)
    name = match.group(1).lower()
    if name not in FORMS:
        place = text.cut(*match.span(1)).place
        hint = did_you_mean(name, FORMS) or known
        raise SyntaxFault(f"unknown measurement error `{match.group(1)}`", place, hint)
    inside = text.cut(match.end(1))
    parts = [part for part in inside.inside().split(",") if part] if inside else []
    if len(parts) > (2 if name == "student" else 1):
        raise SyntaxFault(f"too many numbers for `{name}`", text.place, f"write {FORMS[name]}")
    numbers = [read_number(part, f"a number in `{name}`") for part in parts]
    for number, part in zip(numbers, parts, strict=True):
        if number < 0 or (number == 0 and name != "negative_binomial"):
            raise ModelError(f"{number:g} is not above 0", part.place, f"write {FORMS[name]}")
    scale = numbers[0] if numbers else None
    match name:
        case "normal":
            return NormalError(scale)
        case "lognormal":
            return LogNormalError(scale)
        case "negative_binomial":
            return NegativeBinomialError(scale)
        case _:
            return StudentError(scale, *numbers[1:])
