"""Numbers, ranges and results in the words that the scorecard and the report share."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from headwater.analysis.regional import Driver
from headwater.argument.ledger.claims import Known, Relation, State
from headwater.argument.verdicts import FAILS_UP_TO, HOLDS_FROM, Interval, Verdict
from headwater.language.printer import print_number
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

NOTHING = "–"

# What a share is not. The scorecard ends with it; the report says it at the top and in its limits.
SHARE_CAVEAT = (
    "A share is a share of sampled cases, never the probability that something happens: it "
    "says how much of the stated assumptions supports a claim."
)

VERDICT_MEANING = {
    Verdict.HOLDS: (
        f"met in at least {HOLDS_FROM:.0%} of the sampled cases, under every rival structure if "
        "the case has some"
    ),
    Verdict.DEPENDS: "met in some cases and not in others",
    Verdict.FAILS: (
        f"met in at most {FAILS_UP_TO:.0%} of the sampled cases, under every rival structure if "
        "the case has some"
    ),
    Verdict.BY_CONSTRUCTION: (
        "the result was built into the model: it stays the same when the claim's own link is cut "
        "or reversed, so it says nothing"
    ),
    Verdict.NOT_TESTED: "not put to runs of the model",
}

STATE_WORDS = {
    State.TESTED: "put to runs",
    State.DATA_CHECKED: "checked against data",
    State.ASSUMED: "taken as an assumption",
    State.OUT_OF_SCOPE: "out of scope",
}

# What is said of a claim that names a place in the source without the text that stands there.
KNOWN_WORDS = {
    Known.SEEN: "read there by the modeller",
    Known.REPORTED: "known from what others report of it",
    Known.RECALLED: "recalled from memory, not yet checked against it",
}

_SCALES = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))
_ELEMENT = re.compile(r"([^\[\]()]+)\[([^\[\]]+)\]")
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_PLURALS = {"person": "people", "1": ""}


def number(value: float, digits: int = 3) -> str:
    """Return a number for reading: ``digits`` significant ones, no more than the eye needs."""
    if math.isnan(value):
        return NOTHING
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    sign, size = ("−" if value < 0 else ""), abs(value)
    size = float(f"{size:.{digits}g}")
    for scale, word in _SCALES:
        if size >= scale:
            return f"{sign}{_plain(size / scale, digits)} {word}"
    if size < 1e-4:
        # As text: no power of ten that could be divided by is as small as the smallest numbers.
        mantissa, _, exponent = f"{size:.{digits - 1}e}".partition("e")
        power = str(int(exponent)).translate(_SUPERSCRIPT)
        return f"{sign}{_plain(float(mantissa), digits)} × 10{power}"
    return sign + _plain(size, digits)


def _plain(size: float, digits: int) -> str:
    places = max(0, digits - 1 - math.floor(math.log10(size)))
    text = f"{size:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def exact(value: float) -> str:
    """Return a number of the case as it was written, with a typographic minus."""
    return print_number(value).replace("-", "−")


def year(value: float) -> str:
    """Return a time without thousands separators."""
    return f"{value:g}"


def percent(share: float) -> str:
    """Return a share as a percentage that is 0 or 100 only where it is exactly so."""
    if math.isnan(share):
        return NOTHING
    rounded = round(100 * share)
    if 0 < share < 1 and rounded in (0, 100):
        return "<1%" if rounded == 0 else ">99%"
    return f"{rounded}%".replace("-", "−")


def count(size: int, one: str, many: str = "") -> str:
    """Return a number with its noun: ``1 claim``, ``12,000 claims``."""
    return f"{size:,} {one if size == 1 else many or one + 's'}"


def interval(found: Interval | None) -> str:
    """Return a median with the interval that holds 90 % of the sampled cases."""
    if found is None:
        return NOTHING
    return f"{number(found.median)} ({number(found.low)} to {number(found.high)})"


def unit(text: str) -> str:
    """Return a unit in words; a pure number has none.

    >>> unit("person/year")
    'people per year'
    """
    factors = text.strip().split("/")
    words = [_PLURALS.get(f.strip(), f.strip()) for f in factors]
    words[1:] = [f.strip() for f in factors[1:]]
    return " per ".join(words).strip()


def name(text: str) -> str:
    """Return a variable's name in words.

    >>> name("stay[russia, men]")
    'stay (russia, men)'
    """
    plain = text.replace("_", " ").strip()
    match = _ELEMENT.fullmatch(plain)
    return f"{match[1].strip()} ({match[2].strip()})" if match else plain


def listing(items: Sequence[str], last: str = "and") -> str:
    """Join words as in a sentence."""
    if len(items) <= 1:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def more_or_less(driver: Driver) -> str:
    """Return the side of an input that favours the claim."""
    return "more" if driver.direction > 0 else "less"


def strength(driver: Driver) -> str:
    """Return how much an input separates the cases, in one word."""
    if driver.strength >= 0.5:
        return "strongly"
    return "clearly" if driver.strength >= 0.25 else "a little"


def by_effect(drivers: Sequence[Driver]) -> bool:
    """Tell whether drivers were found by the size of the effect: too few cases were of one kind."""
    return any(d.measure == "correlation" for d in drivers)


def hangs_on(drivers: Sequence[Driver], top: int = 3) -> str:
    """Return the strongest drivers in words: ``hangs on: more wage ratio, less stay``."""
    lead = "effect grows with" if by_effect(drivers) else "hangs on"
    return f"{lead}: " + ", ".join(f"{more_or_less(d)} {name(d.name)}" for d in drivers[:top])


def claimed(value: float | None, relation: Relation) -> str:
    """Return a figure that a claim states."""
    if value is None:
        return ""
    lead = {Relation.ABOUT: "", Relation.AT_LEAST: "at least ", Relation.AT_MOST: "at most "}
    return lead[relation] + number(value)


def agreement(stated: float | None, found: float, relation: Relation, meets: bool | None) -> str:
    """Return how a stated figure compares with the one that data give, in words.

    A gap is a share of the data's figure for *about*, of the stated one for the others.
    """
    if stated is None or not math.isfinite(found):
        return ""
    if meets is True:
        return "the data meet it"
    if meets is False:
        gap = f" by {percent(abs(found / stated - 1))}" if stated else ""
        fall = "fall short of it" if relation is Relation.AT_LEAST else "exceed it"
        return f"the data {fall}{gap}"
    if found == 0 or stated / found <= 0:
        return "the same" if stated == found else "the data differ"
    ratio = stated / found
    if abs(ratio - 1) < 0.005:
        return "the same"
    if 0.5 <= ratio <= 2:
        side = "above" if ratio > 1 else "below"
        return f"the claim is {percent(abs(ratio - 1))} {side} the data"
    return f"the claim is {number(ratio, 2)} times the figure in the data"


def limits(span: Range) -> str:
    """Return a range in words, open where an end is infinite."""
    if math.isinf(span.low) and math.isinf(span.high):
        return "any value"
    if math.isinf(span.low):
        return f"up to {exact(span.high)}"
    if math.isinf(span.high):
        return f"{exact(span.low)} and above"
    return f"{exact(span.low)} to {exact(span.high)}"


def uncertainty(found: Uncertainty) -> str:
    """Return the range from which a constant is drawn, in words."""
    text = _distribution(found.distribution)
    if found.truncation:
        text += f", cut to {limits(found.truncation)}"
    return f"{text}, one draw for all elements" if found.shared else text


def _distribution(law: Distribution) -> str:
    match law:
        case Uniform(low, high):
            return f"any value from {exact(low)} to {exact(high)}, all alike (uniform)"
        case Triangular(low, mode, high):
            return (
                f"from {exact(low)} to {exact(high)}, most of all near {exact(mode)} (triangular)"
            )
        case Normal(mean, sd):
            return f"around {exact(mean)}, give or take {exact(sd)} (normal, standard deviation)"
        case LogNormal(median, gsd):
            return f"around {exact(median)}, by a factor of about {exact(gsd)} (lognormal)"
        case Beta(a, b, low, high):
            return (
                f"from {exact(low)} to {exact(high)} (beta with shapes {exact(a)} and {exact(b)})"
            )
        case Discrete(values, weights):
            total = sum(weights)
            parts = [
                f"{exact(v)} ({percent(w / total)})" for v, w in zip(values, weights, strict=True)
            ]
            return f"one of {listing(parts, 'or')}"
