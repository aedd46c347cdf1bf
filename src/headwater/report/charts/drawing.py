"""From charts to SVG pictures that take their colours from the page.

Charts are made with Vega-Altair and drawn by vl-convert, offline. Colours are names of the page's
style sheet (``var(--ink)``), so that one picture serves light, dark and print. Margins are fixed,
so that nothing depends on the fonts of the machine that draws.

Making a chart takes longer than drawing it, so each kind of chart is made once, as a template with
empty layers; :func:`filled` puts data and axes in. Pictures are drawn many at a time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any
from xml.etree import ElementTree

import altair as alt
import vl_convert
from markupsafe import Markup, escape

Row = dict[str, float | str]
Template = Mapping[str, Any]

FONT_SIZE = 11
SPACING = 200
KEPT_ATTRIBUTES = frozenset(
    {"d", "fill", "fill-opacity", "font-size", "font-weight", "opacity", "stroke", "transform"}
    | {"stroke-dasharray", "stroke-linecap", "stroke-linejoin", "stroke-opacity", "stroke-width"}
    | {"text-anchor", "x", "x1", "x2", "y", "y1", "y2"}
)


@dataclass(frozen=True, slots=True)
class Frame:
    """Size of a picture: the plot, and the margins around it for axis and labels."""

    width: int
    height: int
    left: int = 46
    right: int = 18
    top: int = 8
    bottom: int = 22

    @property
    def box(self) -> str:
        """The picture's own system of coordinates."""
        width = self.left + self.width + self.right
        return f"0 0 {width} {self.top + self.height + self.bottom}"


@dataclass(frozen=True, slots=True)
class Style:
    """How a line is told from others: never by its colour alone."""

    color: str
    dash: tuple[int, ...] = (1, 0)
    width: float = 2.0


@dataclass(frozen=True, slots=True)
class Axis:
    """The part of a scale that is shown, and its labelled points."""

    low: float
    high: float
    ticks: tuple[float, ...]

    @property
    def step(self) -> float:
        """Distance between labelled points."""
        return self.ticks[1] - self.ticks[0] if len(self.ticks) > 1 else self.high - self.low

    @property
    def format(self) -> str:
        """Number format (d3's) of values on this axis."""
        if max(abs(self.low), abs(self.high)) >= 1000:
            return "~s"
        return f",.{max(0, -math.floor(math.log10(self.step) + 1e-9))}f"


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart that is ready to be drawn. ``description`` is what a screen reader says of it."""

    spec: Template
    frame: Frame
    description: str


def value_axis(low: float, high: float, most: int = 5) -> Axis:
    """Return an axis for values: round ends, and from zero unless that hides the movement."""
    if not (math.isfinite(low) and math.isfinite(high)):
        low, high = 0.0, 1.0
    if 0 <= low <= 0.7 * high:
        low = 0.0
    elif high <= 0 and high >= 0.7 * low:
        high = 0.0
    if high - low < 1e-12 * max(abs(low), abs(high), 1e-300):
        low, high = low - 0.5 * (abs(low) or 1), high + 0.5 * (abs(high) or 1)
    step = nice_step((high - low) / most)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(k * step for k in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], ticks)


def time_axis(low: float, high: float, most: int) -> Axis:
    """Return an axis for times: exact ends, round labelled points."""
    step = max(nice_step((high - low) / most), 1.0) if high - low > 3 else (high - low) or 1.0
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return Axis(low, high, tuple(k * step for k in range(first, last + 1)) or (low,))


def nice_step(least: float) -> float:
    """Return the smallest of 1, 2, 5 × a power of ten that is not below ``least``."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= least * (1 - 1e-9))


def time() -> alt.X:
    """Return the encoding of time by the field ``t``."""
    return alt.X(
        "t:Q",
        title=None,
        scale=alt.Scale(domain=[0, 1], nice=False, zero=False),
        axis=alt.Axis(values=[], format="d", grid=False, labelFlush=False),
    )


def value(field: str = "y") -> alt.Y:
    """Return the encoding of a value by a field."""
    return alt.Y(
        f"{field}:Q",
        title=None,
        scale=alt.Scale(domain=[0, 1], nice=False, zero=False),
        axis=alt.Axis(values=[], labelExpr=""),
    )


def layer() -> Any:
    """Return a layer without data."""
    return alt.Chart({"values": []})


def template(frame: Frame, layers: Sequence[Any]) -> Template:
    """Return a kind of chart, its layers still empty."""
    spec: Template = alt.layer(*layers, width=frame.width, height=frame.height).to_dict()
    return {key: spec[key] for key in ("layer", "width", "height")}


def filled(
    kind: Template, horizontal: Axis, vertical: Axis, data: Sequence[Sequence[Row]]
) -> Template:
    """Return a chart of a kind, with axes and with the data of each layer."""
    spec = deepcopy(dict(kind))
    for part, rows in zip(spec["layer"], data, strict=True):
        part["data"] = {"values": [dict(row) for row in rows]}
        for channel, axis in (("x", horizontal), ("y", vertical)):
            encoding = part["encoding"].get(channel)
            if encoding:
                encoding["scale"]["domain"] = [axis.low, axis.high]
                encoding["axis"]["values"] = list(axis.ticks)
        if "y" in part["encoding"]:
            label = f"replace(format(datum.value, '{vertical.format}'), 'G', 'bn')"
            part["encoding"]["y"]["axis"]["labelExpr"] = label
    return spec


def draw(pictures: Sequence[Picture]) -> list[Markup]:
    """Return pictures as inline SVG that scales with the page."""
    if not pictures:
        return []
    sheet = {
        "hconcat": [dict(p.spec) for p in pictures],
        "spacing": SPACING,
        "background": "transparent",
        "config": _config(),
    }
    root = ElementTree.fromstring(vl_convert.vegalite_to_svg(sheet))
    return [_inline(plot, picture) for plot, picture in zip(_plots(root), pictures, strict=True)]


@cache
def _config() -> Template:
    config: Template = alt.Config(
        aria=False,
        font="inherit",
        view=alt.ViewConfig(stroke=None),
        axis=alt.AxisConfig(
            domain=False,
            gridColor="var(--rule)",
            labelColor="var(--muted)",
            labelFontSize=FONT_SIZE,
            labelOverlap=False,
            labelPadding=5,
            tickColor="var(--rule)",
            tickSize=4,
        ),
    ).to_dict()
    return config


def _plots(root: ElementTree.Element) -> Iterator[ElementTree.Element]:
    """Yield the plots of a sheet: each is a group, in the order in which they were given."""
    number = 0
    for element in root.iter():
        if f"concat_{number}_group" in element.get("class", "").split():
            number += 1
            yield element[0]


def _inline(plot: ElementTree.Element, picture: Picture) -> Markup:
    frame = picture.frame
    body = "".join(_text(child) for child in plot)
    return Markup(
        '<svg viewBox="{}" role="img" aria-label="{}" fill="none" stroke-miterlimit="10">'
        '<g transform="translate({},{})">{}</g></svg>'
    ).format(frame.box, picture.description, frame.left, frame.top, Markup(body))


def _text(element: ElementTree.Element) -> str:
    """Return an element as text, without what the renderer wrote for other uses of it."""
    tag = element.tag.rpartition("}")[2]
    if element.get("class") in ("background", "foreground"):
        return ""
    inside = str(escape(element.text or "")) + "".join(_text(child) for child in element)
    if not inside and tag in ("g", "text"):
        return ""
    attributes = "".join(
        f' {name}="{escape(found)}"'
        for name, found in element.attrib.items()
        if name in KEPT_ATTRIBUTES and (name, found) != ("opacity", "1")
    )
    return f"<{tag}{attributes}>{inside}</{tag}>" if inside else f"<{tag}{attributes}/>"
