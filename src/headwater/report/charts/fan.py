"""Charts of outcomes under policies: medians side by side, and a fan for each policy."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import altair as alt
import numpy as np

from headwater.argument.results import Fan
from headwater.report.charts import drawing
from headwater.report.charts.drawing import Axis, Frame, Picture, Row, Style, Template

LOW, LOWER, MEDIAN, UPPER, HIGH = range(5)
COLORS = 7
DASHES: tuple[tuple[int, ...], ...] = ((1, 0), (6, 3), (2, 2), (8, 3, 2, 3))

_WIDE = Frame(width=256, height=204, left=42, right=130)
_SMALL = Frame(width=136, height=94, left=42)
_LABEL_WIDTH, _LINE_HEIGHT = 17, 13
TOP = -4.0


def styles(policies: Sequence[str], baseline: str) -> dict[str, Style]:
    """Return a colour and a dash for each policy, the same in every chart.

    The baseline is drawn in ink. Where the palette is used up, another dash tells lines apart.
    """
    found = {baseline: Style("var(--s0)", width=2.5)} if baseline in policies else {}
    others = [p for p in policies if p not in found]
    for number, policy in enumerate(others):
        color = f"var(--s{1 + number % (COLORS - 1)})"
        found[policy] = Style(color, DASHES[number // (COLORS - 1) % len(DASHES)])
    return found


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch of time that the charts show, and the times that are pointed out."""

    start: float
    stop: float
    split: float
    marks: tuple[float, ...]

    def inside(self, fan: Fan) -> np.typing.NDArray[np.bool_]:
        """Tell which saved times are shown."""
        return np.asarray((fan.times >= self.start - 1e-9) & (fan.times <= self.stop + 1e-9))


def window(fans: Sequence[Fan], split: float, marks: tuple[float, ...]) -> Window:
    """Return a stretch that gives the time after ``split`` more than half of the width."""
    times = fans[0].times
    start = float(times[0])
    if split > start:
        wanted = split - 0.75 * (times[-1] - split)
        start = float(times[np.searchsorted(times, max(start, wanted))])
    return Window(start, float(times[-1]), split, marks)


def value_range(fans: Sequence[Fan], shown: Window, low: int, high: int) -> Axis:
    """Return an axis that holds the percentiles ``low`` to ``high`` of all the fans."""
    values = np.concatenate(
        [f.quantiles[[low, MEDIAN, high]][:, shown.inside(f)].ravel() for f in fans]
    )
    finite = values[np.isfinite(values)]
    if not finite.size:
        return drawing.value_axis(0, 1)
    return drawing.value_axis(float(finite.min()), float(finite.max()))


@dataclass(frozen=True, slots=True)
class Legend:
    """The policies in their order: what they are called, how they are drawn, which is the base."""

    titles: Mapping[str, str]
    styles: Mapping[str, Style]
    baseline: str


def medians(
    fans: Sequence[Fan], legend: Legend, shown: Window, vertical: Axis, description: str
) -> Picture:
    """Chart the median under every policy, labelled at its end; the baseline lies on top."""
    order = list(legend.styles)
    lines: list[Row] = []
    for fan in sorted(fans, key=lambda f: f.policy == legend.baseline):
        series = str(order.index(fan.policy))
        lines += [{"t": t, "y": v, "series": series} for t, v in _points(fan, shown)]
    marks: list[Row] = [{"t": t} for t in shown.marks]
    spec = drawing.filled(
        _medians_kind(tuple(legend.styles.values())),
        drawing.time_axis(shown.start, shown.stop, 6),
        vertical,
        [marks, lines, _labels(fans, legend, shown, vertical)],
    )
    return Picture(spec, _WIDE, description)


@cache
def _medians_kind(looks: tuple[Style, ...]) -> Template:
    domain = [str(k) for k in range(len(looks))]

    def scale(values: Sequence[str | float | Sequence[float]]) -> alt.Scale:
        return alt.Scale(domain=domain, range=values)

    marks = drawing.layer().mark_rule(stroke="var(--muted)", strokeDash=[2, 3])
    lines = drawing.layer().mark_line(strokeJoin="round")
    labels = drawing.layer().mark_text(
        align="left", baseline="middle", dx=8, fontSize=drawing.FONT_SIZE, fontWeight=600
    )
    return drawing.template(
        _WIDE,
        [
            marks.encode(x=drawing.time()),
            lines.encode(
                x=drawing.time(),
                y=drawing.value(),
                stroke=alt.Stroke("series:N", legend=None, scale=scale([s.color for s in looks])),
                strokeDash=alt.StrokeDash(
                    "series:N", legend=None, scale=scale([list(s.dash) for s in looks])
                ),
                strokeWidth=alt.StrokeWidth(
                    "series:N", legend=None, scale=scale([s.width for s in looks])
                ),
            ),
            labels.encode(
                x=drawing.time(),
                y=drawing.value(),
                text="label:N",
                fill=alt.Fill("color:N", scale=None, legend=None),
            ),
        ],
    )


def fan_panel(
    fan: Fan, reference: Fan | None, look: Style, shown: Window, vertical: Axis, description: str
) -> Picture:
    """Chart one policy's fan; the dashed line is the median of ``reference``."""
    color: Row = {"color": look.color}
    spec = drawing.filled(
        _panel_kind(),
        drawing.time_axis(shown.start, shown.stop, 3),
        vertical,
        [
            [row | color for row in _band(fan, shown, LOW, HIGH)],
            [row | color for row in _band(fan, shown, LOWER, UPPER)],
            [{"t": t, "y": v} for t, v in _points(reference, shown)] if reference else [],
            [{"t": t, "y": v, **color} for t, v in _points(fan, shown)],
        ],
    )
    return Picture(spec, _SMALL, description)


@cache
def _panel_kind() -> Template:
    fill = alt.Fill("color:N", scale=None, legend=None)
    stroke = alt.Stroke("color:N", scale=None, legend=None)
    bands = [
        drawing.layer()
        .mark_area(strokeWidth=0, fillOpacity=shade)
        .encode(x=drawing.time(), y=drawing.value("low"), y2="high:Q", fill=fill)
        for shade in (0.16, 0.24)
    ]
    reference = drawing.layer().mark_line(
        stroke="var(--s0)", strokeWidth=1.2, strokeDash=[3, 3], opacity=1
    )
    median = drawing.layer().mark_line(strokeWidth=2)
    return drawing.template(
        _SMALL,
        [
            *bands,
            reference.encode(x=drawing.time(), y=drawing.value()),
            median.encode(x=drawing.time(), y=drawing.value(), stroke=stroke),
        ],
    )


def _points(fan: Fan, shown: Window) -> list[tuple[float, float]]:
    inside = shown.inside(fan)
    pairs = zip(fan.times[inside], fan.quantiles[MEDIAN][inside], strict=True)
    return [(float(t), float(v)) for t, v in pairs if np.isfinite(v)]


def _band(fan: Fan, shown: Window, low: int, high: int) -> list[Row]:
    inside = shown.inside(fan)
    columns = zip(
        fan.times[inside], fan.quantiles[low][inside], fan.quantiles[high][inside], strict=True
    )
    return [
        {"t": float(t), "low": float(a), "high": float(b)}
        for t, a, b in columns
        if np.isfinite(a) and np.isfinite(b)
    ]


def _labels(fans: Sequence[Fan], legend: Legend, shown: Window, vertical: Axis) -> list[Row]:
    """Return the policies' names at the ends of their lines, moved apart where they would meet."""
    unit = (vertical.high - vertical.low) / _WIDE.height
    found = []
    for fan in fans:
        end = float(fan.quantiles[MEDIAN][-1])
        if np.isfinite(end):
            title = textwrap.wrap(
                legend.titles[fan.policy], _LABEL_WIDTH, max_lines=2, placeholder=" …"
            )
            found.append(((vertical.high - end) / unit, fan.policy, title or [""]))
    found.sort(key=lambda item: item[0])
    heights = [_LINE_HEIGHT * len(lines) + 2.0 for _, _, lines in found]
    places = spread([place for place, _, _ in found], heights, _WIDE.height + 8.0)
    rows: list[Row] = []
    for (_, policy, lines), place in zip(found, places, strict=True):
        top = place - _LINE_HEIGHT * (len(lines) - 1) / 2
        for number, line in enumerate(lines):
            level = vertical.high - (top + number * _LINE_HEIGHT) * unit
            color = legend.styles[policy].color
            rows.append({"t": shown.stop, "y": level, "label": line, "color": color})
    return rows


def spread(places: Sequence[float], heights: Sequence[float], bottom: float) -> list[float]:
    """Move places (in ascending order) apart, so that things of these heights do not meet.

    Neighbours that would meet are stacked around the middle of where they want to be.
    """
    groups: list[tuple[float, float, list[int]]] = []  # top, height, members

    def inside(top: float, height: float) -> float:
        return max(min(top, bottom - height), TOP)

    for number, (place, height) in enumerate(zip(places, heights, strict=True)):
        total, members = height, [number]
        top = inside(place - height / 2, height)
        while groups and groups[-1][0] + groups[-1][1] > top:
            _, above, earlier = groups.pop()
            total, members = total + above, [*earlier, *members]
            wish = sum(places[m] for m in members) / len(members)
            top = inside(wish - total / 2, total)
        groups.append((top, total, members))
    result = [0.0] * len(places)
    for top, _, members in groups:
        for member in members:
            result[member] = top + heights[member] / 2
            top += heights[member]
    return result
