"""What drives an outcome at several times, as a picture of its own."""

from __future__ import annotations

from textwrap import wrap

import altair as alt
import vl_convert

from headwater.analysis.sensitivity import Sensitivity
from headwater.report import words

WIDTH, ROW = 150, 22
SHOWN = 10
TEXT_SIZE = 12
LINE_LENGTH = 88
"""Characters of a line of the caption that are as wide as three times' bars."""
BAR, LINE = "#2b6ca3", "#1b1b1b"
MEASURES = {
    "sobol": ("total share of the variance", "Bars: alone and with others; dots: alone."),
    "morris": ("mean absolute effect", "Moving an input through its range, others as drawn."),
}


def sensitivity_svg(found: Sensitivity, title: str, sample: str) -> str:
    """Return an SVG: a column of bars for each time, a row for each of the strongest inputs.

    Lines are 95 % intervals. ``sample`` says what was run.
    """
    measure, reading = MEASURES[found.method]
    rows = [
        {
            "input": words.name(found.inputs[k]),
            "time": f"{time:g}",
            "total": float(found.total[k, t]),
            "low": max(0.0, float(found.total[k, t] - found.total_interval[k, t])),
            "high": float(found.total[k, t] + found.total_interval[k, t]),
            "first": max(0.0, float(found.first[k, t])),
        }
        for k in found.ranking()[:SHOWN]
        for t, time in enumerate(found.times)
    ]
    order = [words.name(found.inputs[k]) for k in found.ranking()[:SHOWN]]
    y = alt.Y("input:N", sort=order, title=None)
    base = alt.Chart().encode(y=y)
    layers = [
        base.mark_bar(color=BAR, opacity=0.75).encode(x=alt.X("total:Q", title=measure)),
        base.mark_rule(color=LINE).encode(x="low:Q", x2="high:Q"),
    ]
    if found.method == "sobol":
        layers.append(base.mark_point(color=LINE, filled=True, size=24).encode(x="first:Q"))
    chart = (
        alt.layer(*layers, data={"values": rows})
        .properties(width=WIDTH, height=ROW * len(order))
        .facet(column=alt.Column("time:N", title=None))
        .properties(
            background="white",
            title=alt.TitleParams(
                title,
                subtitle=[f"{reading} Lines: 95 % intervals.", *wrap(sample, LINE_LENGTH)],
                anchor="start",
            ),
        )
    )
    spec = chart.configure(font="sans-serif").configure_axis(labelFontSize=TEXT_SIZE).to_dict()
    return str(vl_convert.vegalite_to_svg(spec))
