"""What the report says of a hindcast: errors beside naive forecasts, in both periods."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from headwater.analysis.hindcast import Errors, Period, Row
from headwater.argument.saved.findings import HindcastFound, SavedHindcast
from headwater.report import words
from headwater.report.charts.drawing import draw
from headwater.report.charts.hindcast import hindcast_chart

_NAIVE = {"last value": "that nothing changes", "trend": "that the trend goes on"}


UNSETTLED = (
    "The sampling of the posterior had not settled when it ended, so read the bands with care."
)


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """One series in one period. ``nearest`` is *model*, or *naive* where the model loses."""

    label: str
    points: str
    model: str
    last_value: str
    trend: str
    nearest: str
    theil: tuple[tuple[str, str, float], ...]
    covered: str
    verdict: str


@dataclass(frozen=True, slots=True)
class SeriesView:
    """One series as a picture."""

    label: str
    picture: Markup
    text: str


@dataclass(frozen=True, slots=True)
class HindcastView:
    """One hindcast. ``untold`` judges the model without what drives it after the split."""

    split: str
    start: str
    stop: str
    structure: str
    fitted: tuple[ErrorRow, ...]
    judged: tuple[ErrorRow, ...]
    untold: tuple[ErrorRow, ...]
    losses: str
    untold_losses: str
    told: tuple[str, ...]
    left_out: str
    series: tuple[SeriesView, ...]
    sample: str
    settled: str
    command: str


def hindcast_views(saved: Sequence[SavedHindcast]) -> tuple[HindcastView, ...]:
    """Return every hindcast that was included."""
    return tuple(_view(s) for s in saved)


def _view(saved: SavedHindcast) -> HindcastView:
    found, about = saved.found, saved.about
    pictures = draw(
        [hindcast_chart(s, found.split, _description(s.label, found)) for s in found.series]
    )
    rows = {row.label: row for row in found.rows}
    untold = tuple(_row(r, r.untold, judged=True) for r in found.rows if r.untold is not None)
    told = tuple(words.name(n) for n in (*found.told_data, *found.told_tables))
    constants = words.count(len(found.constants), "constant")
    return HindcastView(
        split=words.year(found.split),
        start=words.year(found.start),
        stop=words.year(found.stop),
        structure=words.name(found.variant),
        fitted=tuple(_row(r, r.fitted, judged=False) for r in found.rows),
        judged=tuple(_row(r, r.judged, judged=True) for r in found.rows),
        untold=untold,
        losses=_losses([r.label for r in found.rows if r.loses_to], len(found.rows)),
        untold_losses=_losses([r.label for r in found.rows if r.untold_loses_to], len(untold))
        if untold
        else "",
        told=told,
        left_out=words.listing([words.name(n) for n in found.left_out]),
        series=tuple(
            SeriesView(words.name(s.label), picture, _text(rows[s.label]))
            for s, picture in zip(found.series, pictures, strict=True)
        ),
        sample=(
            f"{words.count(found.draws, 'draw')} of the posterior of {constants}, seed "
            f"{about.seed}; posterior: fitted to {words.year(found.start)} to "
            f"{words.year(found.split)}"
        ),
        settled="" if found.agree else UNSETTLED,
        command=about.command,
    )


def _losses(labels: Sequence[str], count: int) -> str:
    if not labels:
        return "The model comes nearer than both naive forecasts in every series."
    names = words.listing([words.name(label) for label in labels])
    return f"The model loses to a naive forecast in {len(labels)} of {count} series: {names}."


def _row(row: Row, period: Period, *, judged: bool) -> ErrorRow:
    errors = (period.model, period.last_value, period.trend)
    naive = (("last value", period.last_value), ("trend", period.trend))
    better = [name for name, e in naive if e.rmse < period.model.rmse]
    return ErrorRow(
        label=words.name(row.label),
        points=str(period.model.points),
        model=_error(errors[0]),
        last_value=_error(errors[1]),
        trend=_error(errors[2]),
        nearest="naive" if better else "model",
        theil=_theil(period),
        covered=words.percent(row.covered) if judged else "",
        verdict=f"nearer: {words.listing([_NAIVE[b] for b in better])}" if better else "",
    )


def _theil(period: Period) -> tuple[tuple[str, str, float], ...]:
    shares = period.theil
    parts = (
        ("level", shares.bias),
        ("trend or swing", shares.variance),
        ("the rest", shares.covariance),
    )
    return tuple(
        (name, words.percent(share), round(100 * max(share, 0.0), 1))
        for name, share in parts
        if not math.isnan(share)
    )


def _error(found: Errors) -> str:
    return words.NOTHING if math.isnan(found.mape) else f"{100 * found.mape:.1f}%"


def _description(label: str, found: HindcastFound) -> str:
    return (
        f"Line chart: {words.name(label)}, data and the model fitted up to "
        f"{words.year(found.split)}, from {words.year(found.start)} to {words.year(found.stop)}."
    )


def _text(row: Row) -> str:
    before, after = _error(row.fitted.model), _error(row.judged.model)
    lost = " A naive forecast comes nearer." if row.loses_to else ""
    return f"Off by {before} on average in the fitted years and by {after} after them.{lost}"
