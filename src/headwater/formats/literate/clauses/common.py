"""Clauses that every variable takes: range, uncertain, because, assume, note."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from headwater.errors import ModelError, Place, SyntaxFault, did_you_mean
from headwater.formats.literate.clauses.numbers import read_number, read_range, short
from headwater.formats.literate.text.headers import read_ids
from headwater.formats.literate.text.statements import Clause, clauses_by_keyword
from headwater.formats.literate.text.stretch import Stretch
from headwater.model.uncertainty import (
    Beta,
    Discrete,
    Distribution,
    LogNormal,
    Normal,
    Range,
    Triangular,
    Uncertainty,
    Uniform,
)
from headwater.model.variables import Provenance

DISTRIBUTIONS = {
    "uniform": "uniform(low, high)",
    "triangular": "triangular(low, mode, high)",
    "normal": "normal(mean, sd)",
    "lognormal": "lognormal(median, gsd)",
    "beta": "beta(a, b) or beta(a, b, low, high)",
    "discrete": "discrete(value: weight, value: weight)",
}
_CALL = re.compile(r"(\w+)\s*\(\0*\)$")


@dataclass(frozen=True, slots=True)
class Common:
    """What the clauses say."""

    range: Range | None = None
    uncertainty: Uncertainty | None = None
    provenance: Provenance = field(default_factory=Provenance)
    documentation: str = ""

    def check(self, value: float, place: Place) -> None:
        """Raise :class:`ModelError` for a value outside of the range or the distribution."""
        limits = self.range
        if limits and not limits.low <= value <= limits.high:
            message = f"{value:g} is outside of its range {limits.low:g} to {limits.high:g}"
            raise ModelError(message, place, "correct the value or widen the range")
        if self.uncertainty is None:
            return
        possible = support(self.uncertainty.distribution)
        truncation = self.uncertainty.truncation or possible
        low = max(possible.low, truncation.low)
        high = min(possible.high, truncation.high)
        if not low <= value <= high:
            message = f"{value:g} is outside of its own distribution, {low:g} to {high:g}"
            raise ModelError(message, place, "correct the value or the distribution")


def read_common(clauses: list[Clause], allowed: Collection[str], what: str) -> Common:
    """Read the clauses. Raises :class:`SyntaxFault` or :class:`ModelError`."""
    found = clauses_by_keyword(clauses, allowed, what)
    uncertainty: Uncertainty | None = None
    for word in ("truncated", "shared"):
        if word in found and "uncertain" not in found:
            hint = f"write `uncertain DISTRIBUTION {word} …`"
            raise SyntaxFault(f"`{word}` needs `uncertain`", found[word].head.place, hint)
    if "uncertain" in found:
        uncertainty = _uncertainty(found)
    because = read_ids(found["because"]) if "because" in found else ()
    limits = read_range(found["range"].body, "range") if "range" in found else None
    if limits and uncertainty and "truncated" not in found:
        _check_inside(uncertainty.distribution, limits, found["uncertain"].body)
    return Common(
        limits,
        uncertainty,
        Provenance(because, read_text(found, "assume", "the reason of the assumption")),
        read_text(found, "note", "the note"),
    )


def read_text(found: dict[str, Clause], keyword: str, what: str) -> str:
    """Return the quoted text of a clause, or an empty string where it is missing."""
    if keyword not in found:
        return ""
    body = found[keyword].body
    text = (body or found[keyword].head).string(what)
    if not text:
        raise SyntaxFault(f"{what} is empty", body.place, "write it, or remove the clause")
    return text


def support(distribution: Distribution) -> Range:
    """Return the smallest interval that holds every value of a distribution."""
    match distribution:
        case Uniform(low=low, high=high) | Triangular(low=low, high=high):
            return Range(low, high)
        case Beta(low=low, high=high):
            return Range(low, high)
        case Discrete(values=values):
            return Range(min(values), max(values))
        case LogNormal():
            return Range(0.0, float("inf"))
        case Normal():
            return Range(float("-inf"), float("inf"))


def _check_inside(distribution: Distribution, limits: Range, where: Stretch) -> None:
    if isinstance(distribution, Normal | LogNormal):
        return
    values = support(distribution)
    if values.low < limits.low or values.high > limits.high:
        raise ModelError(
            f"the distribution runs from {values.low:g} to {values.high:g}, "
            f"outside of the range {limits.low:g} to {limits.high:g}",
            where.place,
            "widen the range or narrow the distribution",
        )


def _uncertainty(found: dict[str, Clause]) -> Uncertainty:
    body = found["uncertain"].body
    distribution = read_distribution(body, found["uncertain"].head)
    truncation: Range | None = None
    if "truncated" in found:
        where = found["truncated"].body
        truncation = read_range(where, "truncated")
        values = support(distribution)
        low, high = max(values.low, truncation.low), min(values.high, truncation.high)
        if low > high or (low == high and not isinstance(distribution, Discrete)):
            hint = f"the distribution runs from {values.low:g} to {values.high:g}"
            raise ModelError("the truncation leaves no value", where.place, hint)
    if "shared" in found and found["shared"].body:
        extra = found["shared"].body
        raise SyntaxFault(f"unexpected `{short(extra)}`", extra.place, "`shared` stands alone")
    return Uncertainty(distribution, truncation, "shared" in found, body.span)


def read_distribution(text: Stretch, head: Stretch) -> Distribution:
    """Read ``name(arguments)``. Raises :class:`SyntaxFault` or :class:`ModelError`."""
    known = "; ".join(DISTRIBUTIONS.values())
    match = _CALL.match(text.surface)
    if match is None:
        place = text.place if text else head.place
        raise SyntaxFault("expected a distribution", place, f"write one of: {known}")
    name = match.group(1).lower()
    if name not in DISTRIBUTIONS:
        hint = did_you_mean(name, DISTRIBUTIONS) or f"write one of: {known}"
        place = text.cut(*match.span(1)).place
        raise SyntaxFault(f"unknown distribution `{match.group(1)}`", place, hint)
    arguments = text.cut(match.end(1)).inside().split(",")
    if name == "discrete":
        return _discrete(arguments, text)
    numbers = [read_number(a, f"a number in `{name}`") for a in arguments if a]
    if len(numbers) not in {"uniform": (2,), "triangular": (3,), "beta": (2, 4)}.get(name, (2,)):
        message = f"`{name}` takes other arguments, not {len(numbers)}"
        raise SyntaxFault(message, text.place, f"write {DISTRIBUTIONS[name]}")
    return _continuous(name, numbers, text)


def _continuous(name: str, n: list[float], text: Stretch) -> Distribution:
    def must(condition: bool, message: str) -> None:
        if not condition:
            raise ModelError(message, text.place, f"as in {DISTRIBUTIONS[name]}")

    match name:
        case "uniform":
            must(n[0] < n[1], f"the low end {n[0]:g} is not below the high end {n[1]:g}")
            return Uniform(n[0], n[1])
        case "triangular":
            must(n[0] < n[2], f"the low end {n[0]:g} is not below the high end {n[2]:g}")
            must(n[0] <= n[1] <= n[2], f"the mode {n[1]:g} is outside of {n[0]:g} to {n[2]:g}")
            return Triangular(n[0], n[1], n[2])
        case "normal":
            must(n[1] > 0, f"the standard deviation {n[1]:g} is not above 0")
            return Normal(n[0], n[1])
        case "lognormal":
            must(n[0] > 0, f"the median {n[0]:g} is not above 0")
            must(n[1] > 1, f"the geometric standard deviation {n[1]:g} is not above 1")
            return LogNormal(n[0], n[1])
        case _:
            low, high = (n[2], n[3]) if len(n) == 4 else (0.0, 1.0)
            must(n[0] > 0 and n[1] > 0, "the shapes of a beta distribution must be above 0")
            must(low < high, f"the low end {low:g} is not below the high end {high:g}")
            return Beta(n[0], n[1], low, high)


def _discrete(arguments: list[Stretch], text: Stretch) -> Discrete:
    values: list[float] = []
    weights: list[float] = []
    for argument in arguments:
        pair = argument.split(":")
        if len(pair) != 2:
            place = argument.place if argument else text.place
            raise SyntaxFault("expected `value: weight`", place, DISTRIBUTIONS["discrete"])
        value, weight = read_number(pair[0], "a value"), read_number(pair[1], "a weight")
        if weight <= 0:
            hint = "leave out values that cannot occur"
            raise ModelError(f"the weight {weight:g} is not above 0", pair[1].place, hint)
        if value in values:
            raise ModelError(f"the value {value:g} is listed twice", pair[0].place, "keep one")
        values.append(value)
        weights.append(weight)
    return Discrete(tuple(values), tuple(weights))
