"""Charts of a hindcast: what the model was fitted to, and what it said of the years after."""

from __future__ import annotations

from functools import cache

import numpy as np

from headwater.argument.saved.findings import SeriesFound
from headwater.report.charts import drawing
from headwater.report.charts.drawing import Frame, Picture, Row, Template

_FRAME = Frame(width=300, height=140)


def hindcast_chart(series: SeriesFound, split: float, description: str) -> Picture:
    """Chart data as dots, the fitted model as a line with its band, and where the fit ends."""
    values = np.array([*series.low, *series.high, *series.data])
    finite = values[np.isfinite(values)]
    vertical = drawing.value_axis(
        float(finite.min()) if finite.size else 0.0, float(finite.max()) if finite.size else 1.0
    )
    band: list[Row] = [
        {"t": t, "low": a, "high": b}
        for t, a, b in zip(series.times, series.low, series.high, strict=True)
        if np.isfinite(a) and np.isfinite(b)
    ]
    model, data = _rows(series.times, series.median), _rows(series.times, series.data)
    horizontal = drawing.time_axis(series.times[0], series.times[-1], 5)
    spec = drawing.filled(_kind(), horizontal, vertical, [[{"t": split}], band, model, data])
    return Picture(spec, _FRAME, description)


@cache
def _kind() -> Template:
    line = {"x": drawing.time(), "y": drawing.value()}
    split = drawing.layer().mark_rule(stroke="var(--muted)", strokeDash=[2, 3])
    band = drawing.layer().mark_area(fill="var(--s3)", fillOpacity=0.18, strokeWidth=0)
    median = drawing.layer().mark_line(stroke="var(--s3)", strokeWidth=2)
    dots = drawing.layer().mark_point(
        shape="circle", filled=True, fill="var(--ink)", size=20, opacity=1, strokeWidth=0
    )
    return drawing.template(
        _FRAME,
        [
            split.encode(x=drawing.time()),
            band.encode(x=drawing.time(), y=drawing.value("low"), y2="high:Q"),
            median.encode(**line),
            dots.encode(**line),
        ],
    )


def _rows(times: tuple[float, ...], values: tuple[float, ...]) -> list[Row]:
    pairs = zip(times, values, strict=True)
    return [{"t": t, "y": v} for t, v in pairs if np.isfinite(v)]
