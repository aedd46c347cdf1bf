"""Charts of the model's past against data."""

from __future__ import annotations

from functools import cache

import numpy as np

from headwater.argument.results import History
from headwater.argument.verdicts import Values
from headwater.report.charts import drawing
from headwater.report.charts.drawing import Frame, Picture, Row, Template

_FRAME = Frame(width=380, height=190)


def history_chart(history: History, description: str) -> Picture:
    """Chart data as dots, the central run as a line and the ensemble as a band."""
    start, stop = _shown(history)
    inside = (history.times >= start) & (history.times <= stop)
    times = history.times[inside]
    low, high = history.low[inside], history.high[inside]
    within = (history.data_times >= start) & (history.data_times <= stop)
    values = np.concatenate([low, high, history.central[inside], history.data[within]])
    finite = values[np.isfinite(values)]
    vertical = drawing.value_axis(
        float(finite.min()) if finite.size else 0.0, float(finite.max()) if finite.size else 1.0
    )
    band: list[Row] = [
        {"t": float(t), "low": float(a), "high": float(b)}
        for t, a, b in zip(times, low, high, strict=True)
        if np.isfinite(a) and np.isfinite(b)
    ]
    spec = drawing.filled(
        _kind(),
        drawing.time_axis(start, stop, 6),
        vertical,
        [
            band,
            _rows(times, history.median[inside]),
            _rows(times, history.central[inside]),
            _rows(history.data_times[within], history.data[within]),
        ],
    )
    return Picture(spec, _FRAME, description)


@cache
def _kind() -> Template:
    line = {"x": drawing.time(), "y": drawing.value()}
    band = drawing.layer().mark_area(fill="var(--s5)", fillOpacity=0.18, strokeWidth=0)
    median = drawing.layer().mark_line(stroke="var(--s5)", strokeWidth=1.5, strokeDash=[4, 3])
    central = drawing.layer().mark_line(stroke="var(--s5)", strokeWidth=2)
    dots = drawing.layer().mark_point(
        shape="circle", filled=True, fill="var(--ink)", size=22, opacity=1, strokeWidth=0
    )
    return drawing.template(
        _FRAME,
        [
            band.encode(x=drawing.time(), y=drawing.value("low"), y2="high:Q"),
            median.encode(**line),
            central.encode(**line),
            dots.encode(**line),
        ],
    )


def _shown(history: History) -> tuple[float, float]:
    """Return the stretch of the model's time that has data, widened to saved times."""
    first, last = float(history.data_times[0]), float(history.data_times[-1])
    known = history.times
    before = known[known <= first]
    after = known[known >= last]
    start = float(before[-1]) if before.size else float(known[0])
    stop = float(after[0]) if after.size else float(known[-1])
    return start, stop


def _rows(times: Values, values: Values) -> list[Row]:
    return [
        {"t": float(t), "y": float(v)} for t, v in zip(times, values, strict=True) if np.isfinite(v)
    ]
