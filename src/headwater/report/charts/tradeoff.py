"""The trade-offs between mixes of levers, as a picture of its own."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import wrap

import altair as alt
import vl_convert

from headwater.argument.policies.mixes import Mix, Mixes
from headwater.report import words

WIDTH, HEIGHT = 520, 340
TEXT_SIZE = 12
LINE = 88
"""Characters of a line of the caption that are as wide as the picture."""


def tradeoff_svg(found: Mixes, title: Callable[[str], str]) -> str:
    """Return an SVG: effort across, the last aim upwards, the first aim as the size of a mark.

    ``title`` gives a policy's title by its name. The caption says what was sampled.
    """
    rows = [_row(m, "a mix that was found", "") for m in found.found]
    rows += [_row(m, "a policy of the case", title(m.policy)) for m in found.policies]
    first, last = found.times[0], found.times[-1]
    label = found.outcome.label or words.name(found.outcome.variable.text)
    x = alt.X("effort:Q", title="effort: how far levers are moved, as shares of their ranges")
    y = alt.Y("last:Q", title=f"in {last:g}, over the baseline", scale=alt.Scale(zero=False))
    kind = alt.Scale(
        domain=["a mix that was found", "a policy of the case"], range=["#2b6ca3", "#b5541c"]
    )
    points = alt.Chart({"values": rows}).encode(
        x=x,
        y=y,
        color=alt.Color("kind:N", scale=kind, title=None, legend=alt.Legend(orient="bottom")),
        shape=alt.Shape("kind:N", legend=None),
    )
    marks = points.mark_point(filled=True, opacity=0.85)
    if len(found.times) > 1:
        size = alt.Size(
            "first:Q",
            title=f"in {first:g}, over the baseline",
            scale=alt.Scale(range=[30, 260], zero=False),
            legend=alt.Legend(orient="right"),
        )
        marks = marks.encode(size=size)
    names = points.mark_text(align="left", dx=9, dy=-6).encode(text="name:N", shape=alt.Undefined)
    caption = (
        f"Bettered in nine cases of ten; {found.runs:,} draws, seed {found.seed + 1}, from "
        f"{found.drawn_from}. {found.searched:,} mixes tried on {found.scenarios} draws."
    )
    chart = alt.layer(marks, names).properties(
        width=WIDTH,
        height=HEIGHT,
        background="white",
        title=alt.TitleParams(label, subtitle=wrap(caption, LINE), anchor="start"),
    )
    spec = chart.configure(font="sans-serif").configure_axis(labelFontSize=TEXT_SIZE).to_dict()
    return str(vl_convert.vegalite_to_svg(spec))


def _row(mix: Mix, kind: str, name: str) -> dict[str, float | str]:
    return {
        "effort": mix.effort,
        "first": mix.aims[0],
        "last": mix.aims[-1],
        "kind": kind,
        "name": name,
    }
