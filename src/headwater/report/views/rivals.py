"""Which claims each rival structure supports: one table of verdicts by structure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from headwater.argument.results import TestResult
from headwater.argument.rivals import counted, stands
from headwater.argument.verdicts import Verdict
from headwater.language.names import canonical
from headwater.report import words
from headwater.report.views.claims import Card, Chip, chip


@dataclass(frozen=True, slots=True)
class Cell:
    """What one structure says of one condition."""

    chip: Chip
    share: str


@dataclass(frozen=True, slots=True)
class Row:
    """One condition. ``built`` says that its verdict was built in, so that no cell counts."""

    card: str
    text: str
    cells: tuple[Cell, ...]
    apart: bool
    built: bool


@dataclass(frozen=True, slots=True)
class Structure:
    """One rival structure, with how many conditions it supports, leaves open, and goes against."""

    name: str
    title: str
    note: str
    holds: int
    depends: int
    fails: int


@dataclass(frozen=True, slots=True)
class RivalsView:
    """The whole table; rows on which structures disagree come first."""

    structures: tuple[Structure, ...]
    rows: tuple[Row, ...]
    apart: int


def rivals(result: TestResult, cards: Sequence[Card]) -> RivalsView | None:
    """Return the table; None where there is one structure only, or nothing was tested."""
    names = result.settings.variants
    if len(names) < 2 or not result.expectations:
        return None
    every = {row.expectation: row for row in stands(result)}
    counts = counted(tuple(every.values()))
    rows: list[Row] = []
    for card, claim in zip(cards, result.claims, strict=True):
        several = len(claim.expectations) > 1
        for found in claim.expectations:
            row = every[found.expectation.name]
            cells = tuple(
                Cell(chip(verdict), words.percent(row.shares[name].value))
                for name, verdict in row.verdicts.items()
            )
            text = found.expectation.title if several else card.text
            rows.append(Row(card.anchor, text, cells, row.apart, row.built_in))
    rows.sort(key=lambda row: (row.built, not row.apart))
    declared = {canonical(v.name): v for v in result.case.variants}
    structures = tuple(
        Structure(
            words.name(name),
            (declared[canonical(name)].title if canonical(name) in declared else "")
            or words.name(name),
            declared[canonical(name)].documentation if canonical(name) in declared else "",
            counts[name][Verdict.HOLDS],
            counts[name][Verdict.DEPENDS],
            counts[name][Verdict.FAILS],
        )
        for name in names
    )
    return RivalsView(structures, tuple(rows), sum(r.apart and not r.built for r in rows))
