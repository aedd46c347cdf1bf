"""The ``error`` clause of a comparison: ``error lognormal(0.05) ar1(0.6)``."""

from __future__ import annotations

import re

from headwater.errors import ModelError, SyntaxFault, did_you_mean
from headwater.formats.literate.clauses.numbers import read_number
from headwater.formats.literate.text.statements import Clause
from headwater.formats.literate.text.stretch import Stretch
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
PERSISTENT = ("normal", "lognormal")
AR1 = "ar1(CORRELATION)"
_CALL = re.compile(r"([A-Za-z_]\w*)\s*(?:\(\0*\))?$")
_AR1 = re.compile(r"\bar1\s*(?:\(\0*\))?$", re.IGNORECASE)


def read_error(clause: Clause) -> MeasurementError:
    """Read a measurement error. Without numbers its scale is estimated by a fit.

    Raises :class:`SyntaxFault` or :class:`ModelError`.
    """
    text, persistence = _persistence(clause)
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
    if persistence != 0.0 and name not in PERSISTENT:
        hint = f"`ar1` goes with: {', '.join(PERSISTENT)}"
        raise ModelError(f"`{name}` errors are independent of each other", text.place, hint)
    numbers = _numbers(text, match.end(1), name)
    for number, part in numbers:
        if number < 0 or (number == 0 and name != "negative_binomial"):
            raise ModelError(f"{number:g} is not above 0", part.place, f"write {FORMS[name]}")
    values = [number for number, _ in numbers]
    scale = values[0] if values else None
    match name:
        case "normal":
            return NormalError(scale, persistence)
        case "lognormal":
            return LogNormalError(scale, persistence)
        case "negative_binomial":
            return NegativeBinomialError(scale)
        case _:
            return StudentError(scale, *values[1:])


def _persistence(clause: Clause) -> tuple[Stretch, float | None]:
    """Split off ``ar1(CORRELATION)``: 0 where it is missing, None where it has no number."""
    match = clause.body.find(_AR1)
    if match is None or not match.start():
        return clause.body, 0.0
    rest, own = clause.body.cut(0, match.start()), clause.body.cut(match.start())
    numbers = _numbers(own, len("ar1"), "ar1")
    if not numbers:
        return rest, None
    value, part = numbers[0]
    if not 0 < value < 1:
        hint = f"the correlation of neighbouring errors lies between 0 and 1: {AR1}"
        raise ModelError(f"{value:g} is out of range", part.place, hint)
    return rest, value


def _numbers(text: Stretch, after: int, name: str) -> list[tuple[float, Stretch]]:
    """Return the numbers in brackets, with their places."""
    inside = text.cut(after)
    parts = [part for part in inside.inside().split(",") if part] if inside else []
    if len(parts) > (2 if name == "student" else 1):
        form = FORMS.get(name, AR1)
        raise SyntaxFault(f"too many numbers for `{name}`", text.place, f"write {form}")
    return [(read_number(part, f"a number in `{name}`"), part) for part in parts]
