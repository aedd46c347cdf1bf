"""Charts of what a named loop contributes over time, under each rival structure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import altair as alt

from headwater.argument.loop_findings import LoopShare
from headwater.report.charts import drawing
from headwater.report.charts.drawing import Axis, Frame, Picture, Row, Style, Template

_FRAME = Frame(width=300, height=130, left=46, right=14)
_LABEL = "(datum.value > 0 ? '+' : datum.value < 0 ? '−' : '') + abs(datum.value) + '%'"
LOOKS = (
    Style("var(--s3)"),
    Style("var(--s1)", (6, 3)),
    Style("var(--s2)", (2, 2)),
    Style("var(--s4)", (8, 3, 2, 3)),
)


def line_style(number: int) -> Style:
    """Return how the line of a rival structure is drawn."""
    return LOOKS[number % len(LOOKS)]


def loop_chart(shares: Sequence[LoopShare], reach: float, description: str) -> Picture:
    """Chart the share of a loop over time, one line a structure; ``reach`` is the largest size."""
    start = min(s.times[0] for s in shares)
    stop = max(s.times[-1] for s in shares)
    lines: list[Row] = [
        {"t": t, "y": 100 * y, "series": str(k)}
        for k, share in enumerate(shares)
        for t, y in zip(share.times, share.share, strict=True)
    ]
    size = drawing.nice_step(max(100 * reach, 1e-3))
    vertical = Axis(-size, size, (-size, 0.0, size))
    spec = drawing.filled(
        _kind(len(shares)),
        drawing.time_axis(start, stop, 5),
        vertical,
        [[{"y": 0.0}], lines],
    )
    for part in spec["layer"]:
        if "y" in part["encoding"]:
            part["encoding"]["y"]["axis"]["labelExpr"] = _LABEL
    return Picture(spec, _FRAME, description)


@cache
def _kind(count: int) -> Template:
    domain = [str(k) for k in range(count)]
    looks = [line_style(k) for k in range(count)]
    zero = drawing.layer().mark_rule(stroke="var(--muted)", strokeWidth=1)
    lines = drawing.layer().mark_line(strokeJoin="round", strokeWidth=1.8)
    return drawing.template(
        _FRAME,
        [
            zero.encode(y=drawing.value()),
            lines.encode(
                x=drawing.time(),
                y=drawing.value(),
                stroke=alt.Stroke(
                    "series:N",
                    legend=None,
                    scale=alt.Scale(domain=domain, range=[s.color for s in looks]),
                ),
                strokeDash=alt.StrokeDash(
                    "series:N",
                    legend=None,
                    scale=alt.Scale(domain=domain, range=[list(s.dash) for s in looks]),
                ),
            ),
        ],
    )
