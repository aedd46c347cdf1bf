"""What drives each outcome, early and late, in words and bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from headwater.argument.influences import InputShare, OutcomeInfluences
from headwater.argument.results import Settings, TestResult
from headwater.language.printer import print_expression
from headwater.language.syntax import Name, walk
from headwater.model.case import Expectation
from headwater.report import words
from headwater.report.links import Link, Register, anchor

TOLD = 0.05
MOST_TOLD = 3


@dataclass(frozen=True, slots=True)
class ShareCell:
    """One input at one time. ``side`` is *more* where more of it goes with more of the outcome."""

    text: str
    width: float
    side: str
    detail: str


@dataclass(frozen=True, slots=True)
class ShareRow:
    """One input, the rival structures, or the rest."""

    name: str
    link: Link | None
    cells: tuple[ShareCell, ...]
    plain: bool = False


@dataclass(frozen=True, slots=True)
class DriverView:
    """One outcome. ``sentences`` say the same in words, one for each time."""

    anchor: str
    label: str
    times: tuple[str, ...]
    rows: tuple[ShareRow, ...]
    sentences: tuple[str, ...]
    sample: str


def driver_views(result: TestResult, register: Register) -> dict[str, DriverView]:
    """Return what drives each outcome, by the outcome's own name."""
    if result.judged is None:
        return {}
    return {
        print_expression(found.outcome.variable): _view(number, found, result.settings, register)
        for number, found in enumerate(result.judged.influences)
        if max(found.runs) > 0 and (found.inputs or any(found.structures))
    }


def of_expectation(
    expectation: Expectation, views: Mapping[str, DriverView]
) -> tuple[DriverView, ...]:
    """Return the outcomes that a condition speaks of."""
    named = [print_expression(n) for n in walk(expectation.condition) if isinstance(n, Name)]
    return tuple(views[name] for name in dict.fromkeys(named) if name in views)


def _view(
    number: int, found: OutcomeInfluences, settings: Settings, register: Register
) -> DriverView:
    times = tuple(words.year(t) for t in found.times)
    rows = [_row(share, register) for share in found.inputs]
    if len(settings.variants) > 1:
        rows.append(_plain("which rival structure is right", found.structures))
    rows.append(_plain("inputs in combination, and weaker ones", found.rest))
    draws = words.count(max(found.runs), "draw")
    structures = len(settings.variants)
    sample = f"{draws} × {structures} structures" if structures > 1 else draws
    return DriverView(
        anchor=anchor("drivers", f"{number + 1}"),
        label=found.outcome.label or words.name(print_expression(found.outcome.variable)),
        times=times,
        rows=tuple(rows),
        sentences=tuple(_sentences(found, times)),
        sample=sample,
    )


def _row(share: InputShare, register: Register) -> ShareRow:
    cells = tuple(
        _cell(s, half, way) if sure else ShareCell(words.NOTHING, 0.0, "", "not noticeable")
        for s, half, way, sure in zip(
            share.shares, share.half_widths, share.directions, share.noticeable, strict=True
        )
    )
    return ShareRow(words.name(share.input), register.variable(share.input), cells)


def _cell(share: float, half: float, way: int) -> ShareCell:
    side = "more" if way > 0 else "less"
    detail = f"give or take {words.percent(half)} (95% interval)"
    return ShareCell(words.percent(share), round(100 * share, 1), side, detail)


def _plain(name: str, shares: Sequence[float]) -> ShareRow:
    cells = tuple(ShareCell(words.percent(s), round(100 * s, 1), "", "") for s in shares)
    return ShareRow(name, None, cells, plain=True)


def _sentences(found: OutcomeInfluences, times: Sequence[str]) -> list[str]:
    told = []
    for k, time in enumerate(times):
        own = [s for s in found.inputs if s.noticeable[k] and s.shares[k] >= TOLD]
        own.sort(key=lambda s: -s.shares[k])
        parts = [
            f"{'more' if s.directions[k] > 0 else 'less'} {words.name(s.input)} "
            f"({words.percent(s.shares[k])})"
            for s in own[:MOST_TOLD]
        ]
        if found.structures[k] >= TOLD:
            parts.append(f"which structure is right ({words.percent(found.structures[k])})")
        text = f"goes up with {words.listing(parts)}" if parts else "hangs on no single input"
        told.append(f"{time}: {text}")
    return told
