"""Boxes in the inputs, in plain words: when a condition is met, and when it is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from headwater.analysis.discovery import Box, Conditions, Limit
from headwater.report import words
from headwater.report.links import Link, Register

FIRST_DATE = 1000
"""Constants in years from here on are dates; below, they are lengths of time."""
NOTHING_FOUND = (
    "No range of a few inputs, and no rival structure, marks out the cases in which it is met or "
    "not met."
)


@dataclass(frozen=True, slots=True)
class LimitView:
    """One restriction of a box: an input, and the range in which it lies."""

    name: str
    link: Link | None
    text: str
    kept: str


@dataclass(frozen=True, slots=True)
class BoxView:
    """A box in words. ``structures`` is empty where the box holds every rival structure."""

    lead: str
    structures: str
    limits: tuple[LimitView, ...]
    numbers: str
    detail: str


def boxes(
    found: Conditions | None, structure: Callable[[str], str], register: Register | None = None
) -> tuple[BoxView, ...]:
    """Return the boxes in words; ``structure`` gives a rival structure's title by its name."""
    if found is None:
        return ()
    return tuple(_box(b, structure, register) for b in (found.holds, found.fails) if b is not None)


def sentence(view: BoxView) -> str:
    """Return a box as one sentence, without links.

    >>> view = BoxView("Holds when", "", (LimitView("stay", None, "above 2 years", ""),), "", "")
    >>> sentence(view)
    'Holds when stay is above 2 years.'
    """
    parts = [f"the structure is {view.structures}"] if view.structures else []
    parts += [f"{limit.name} is {limit.text}" for limit in view.limits]
    return f"{view.lead} {words.listing(parts)}."


def _box(box: Box, structure: Callable[[str], str], register: Register | None) -> BoxView:
    verb = "Holds" if box.side == "holds" else "Fails"
    met = "met" if box.side == "holds" else "not met"
    return BoxView(
        lead=f"{verb} when" if box.is_dense else f"{verb} more often when",
        structures=words.listing([structure(s) for s in box.structures], "or"),
        limits=tuple(_limit(limit, register) for limit in box.limits),
        numbers=(
            f"It is {met} in {words.percent(box.density)} of the cases there, against "
            f"{words.percent(box.base)} of all; of all cases in which it is {met}, "
            f"{words.percent(box.coverage)} are there."
        ),
        detail=(
            f"density {box.density:.2f}, coverage {box.coverage:.2f}, mass {box.mass:.2f}, over "
            f"{words.count(box.cases, 'case')} that had no part in finding the box"
        ),
    )


def _limit(limit: Limit, register: Register | None) -> LimitView:
    return LimitView(
        name=words.name(limit.input),
        link=register.variable(limit.input) if register else None,
        text=range_of(limit),
        kept="" if limit.place else f"{words.percent(limit.kept)} of its draws",
    )


def range_of(limit: Limit) -> str:
    """Return the range of a limit in words, in the input's own unit."""
    if limit.place:
        return _part_of_range(limit.low, limit.high)
    if limit.low is None and limit.high is not None:
        return f"below {quantity(limit.high, limit.unit)}"
    if limit.high is None and limit.low is not None:
        return f"above {quantity(limit.low, limit.unit)}"
    assert limit.low is not None and limit.high is not None
    return f"between {_plain(limit.low, limit.unit)} and {quantity(limit.high, limit.unit)}"


def _part_of_range(low: float | None, high: float | None) -> str:
    """Say where in its range an input lies, which rival structures give different ranges."""
    if low is None:
        return f"in the lowest {words.percent(high or 0.0)} of its range"
    if high is None:
        return f"in the highest {words.percent(1 - low)} of its range"
    return f"between {words.percent(low)} and {words.percent(high)} of its range"


def quantity(value: float, unit: str) -> str:
    """Return a number of an input with its unit; a date keeps its four digits and has none.

    >>> quantity(0.5, "person/year"), quantity(2, "year"), quantity(2027.78, "year")
    ('0.5 people per year', '2 years', '2027.8')
    """
    if unit == "year" and abs(value) >= FIRST_DATE:
        return f"{value:.5g}"
    name = words.unit(unit)
    if name in ("year", "month", "week", "day") and value != 1:
        name += "s"
    return f"{words.number(value)} {name}".rstrip()


def _plain(value: float, unit: str) -> str:
    return quantity(value, unit if unit == "year" and abs(value) >= FIRST_DATE else "1")


def lines(views: Sequence[BoxView]) -> list[str]:
    """Return what a terminal shows of boxes."""
    found = []
    for view in views:
        found += [sentence(view), f"  {view.numbers}", f"  {view.detail}"]
    return found or [NOTHING_FOUND]
