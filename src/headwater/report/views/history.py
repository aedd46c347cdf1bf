"""What the report says of the model's past against data."""

from __future__ import annotations

import math
from dataclasses import dataclass

from markupsafe import Markup

from headwater.argument.results import History, TestResult
from headwater.language.syntax import Name, walk
from headwater.report import words
from headwater.report.caveats import column_caveats
from headwater.report.charts.drawing import draw
from headwater.report.charts.history import history_chart
from headwater.report.links import Link, Register, anchor
from headwater.report.prose import Prose


@dataclass(frozen=True, slots=True)
class HistoryView:
    """One series of the model set against one of data."""

    anchor: str
    label: str
    data_label: str
    unit: str
    used: bool
    period: str
    points: int
    error: str
    median_error: str
    sources: tuple[Link, ...]
    note: Markup
    caveats: tuple[str, ...]
    picture: Markup


def histories(result: TestResult, register: Register, prose: Prose) -> list[HistoryView]:
    """Return every comparison with data."""
    pictures = draw([history_chart(h, _description(h)) for h in result.histories])
    found = []
    for number, (history, picture) in enumerate(zip(result.histories, pictures, strict=True)):
        comparison = history.comparison
        label = words.name(history.label)
        found.append(
            HistoryView(
                anchor=anchor("history", f"{number + 1}"),
                label=label,
                data_label=words.name(history.data_label),
                unit=words.unit(history.unit),
                used=comparison.used,
                period=_period(history),
                points=history.points,
                error=_error(history.error),
                median_error=_error(history.median_error),
                sources=_sources(history, register),
                note=prose.inline(comparison.documentation),
                caveats=_caveats(result, history),
                picture=picture,
            )
        )
    return found


def _description(history: History) -> str:
    return (
        f"Line chart: {words.name(history.label)} in the model against data, {_period(history)}. "
        f"Mean absolute percentage error of the central run: {_error(history.error)}."
    )


def _period(history: History) -> str:
    comparison = history.comparison
    first, last = float(history.data_times[0]), float(history.data_times[-1])
    start = first if comparison.start is None else max(first, comparison.start)
    stop = last if comparison.stop is None else min(last, comparison.stop)
    return f"{words.year(start)} to {words.year(stop)}"


def _error(share: float) -> str:
    return words.NOTHING if math.isnan(share) else f"{100 * share:.1f}%"


def _caveats(result: TestResult, history: History) -> tuple[str, ...]:
    """Return what the data package says against the columns that a comparison uses."""
    names = {n.key for n in walk(history.comparison.data) if isinstance(n, Name)}
    return column_caveats(result.case, names)


def _sources(history: History, register: Register) -> tuple[Link, ...]:
    """Return the sources of the data series that a comparison uses."""
    links: dict[str, Link] = {}
    for node in walk(history.comparison.data):
        variable = register.variables.get(node.key) if isinstance(node, Name) else None
        for identity in variable.provenance.because if variable else ():
            link = register.source(identity)
            if link:
                links[identity] = link
    return tuple(links.values())
