"""What the report says of the search for better mixes of levers: what it trades for what."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import altair as alt
from markupsafe import Markup

from headwater.argument.saved.findings import MixesFound, MixFound, SavedMixes
from headwater.language.names import canonical
from headwater.language.syntax import Number
from headwater.model.variables import AnyVariable, Lever
from headwater.report import words
from headwater.report.charts import drawing
from headwater.report.charts.drawing import Axis, Frame, Picture, Row, Template, draw
from headwater.report.links import Link, Register

_FRAME = Frame(width=300, height=210, left=46, right=16, bottom=24)
SHOWN = 6
FEW, LITTLE = 0.05, 0.1


@dataclass(frozen=True, slots=True)
class MixRow:
    """A mix or a policy. ``number`` is its mark in the picture; mixes have none."""

    number: str
    title: str
    effort: str
    aims: tuple[str, ...]
    levels: tuple[tuple[Link | None, str, str], ...]


@dataclass(frozen=True, slots=True)
class MixesView:
    """One search."""

    label: str
    better: str
    start: str
    times: tuple[str, ...]
    pictures: tuple[tuple[str, Markup], ...]
    policies: tuple[MixRow, ...]
    mixes: tuple[MixRow, ...]
    count: int
    sample: str
    command: str


def mixes_views(
    saved: Sequence[SavedMixes], titles: Mapping[str, str], register: Register
) -> tuple[MixesView, ...]:
    """Return every search that was included."""
    return tuple(_view(s, titles, register) for s in saved)


def _view(saved: SavedMixes, titles: Mapping[str, str], register: Register) -> MixesView:
    found, about = saved.found, saved.about
    times = tuple(words.year(t) for t in found.times)
    pictures = draw([_picture(found, k) for k in range(len(found.times))])
    step = max(1, math.ceil(len(found.found) / SHOWN))
    return MixesView(
        label=found.label,
        better="less" if found.lower_is_better else "more",
        start=words.year(found.start),
        times=times,
        pictures=tuple(zip(times, pictures, strict=True)),
        policies=tuple(
            _row(m, str(k), titles.get(m.policy, words.name(m.policy)), register)
            for k, m in enumerate(found.policies, start=1)
        ),
        mixes=tuple(_row(m, "", "", register) for m in found.found[::step]),
        count=len(found.found),
        sample=(
            f"{words.count(found.searched, 'mix', 'mixes')} tried on "
            f"{words.count(found.scenarios, 'draw')}, those shown judged on "
            f"{words.count(found.runs, 'draw')} of their own, seed {found.judged_seed}; inputs "
            f"from {about.drawn_from}"
        ),
        command=about.command,
    )


def _row(mix: MixFound, number: str, title: str, register: Register) -> MixRow:
    levels = tuple(
        (register.variable(name), words.name(name), words.number(level, 2))
        for name, level in mix.levels.items()
        if _moved(register.variables.get(canonical(name)), level)
    )
    aims = tuple(f"{a:.2f}" for a in mix.aims)
    return MixRow(number, title, f"{mix.effort:.1f}", aims, levels)


def _moved(lever: AnyVariable | None, level: float) -> bool:
    """Tell whether a lever is moved by more than a little; where it cannot be told, it is."""
    usual = lever.equations[0].expression if isinstance(lever, Lever) else None
    if lever is None or lever.range is None or not isinstance(usual, Number):
        return True
    return abs(level - usual.value) >= LITTLE * (lever.range.high - lever.range.low)


def _picture(found: MixesFound, place: int) -> Picture:
    every = [*found.found, *found.policies]
    far = max((m.effort for m in every), default=1.0)
    aims = [m.aims[k] for m in every for k in range(len(found.times)) if math.isfinite(m.aims[k])]
    horizontal = drawing.value_axis(0.0, far or 1.0)
    vertical = _vertical(aims)
    mixes: list[Row] = [
        {"t": m.effort, "y": m.aims[place]} for m in found.found if math.isfinite(m.aims[place])
    ]
    policies: list[Row] = [
        {"t": m.effort, "y": m.aims[place], "label": str(k)}
        for k, m in enumerate(found.policies, start=1)
        if math.isfinite(m.aims[place])
    ]
    base: list[Row] = [{"y": 1.0}]
    spec = drawing.filled(_kind(), horizontal, vertical, [base, mixes, policies, policies])
    for part in spec["layer"]:
        if "x" in part["encoding"]:
            part["encoding"]["x"]["axis"]["format"] = horizontal.format
    description = (
        f"Scatter chart: {found.label} in {words.year(found.times[place])} over that of the "
        f"baseline, by effort, for {words.count(len(mixes), 'mix', 'mixes')} and "
        f"{words.count(len(policies), 'policy', 'policies')}."
    )
    return Picture(spec, _FRAME, description)


def _vertical(aims: Sequence[float]) -> Axis:
    low, high = min([*aims, 1.0]), max([*aims, 1.0])
    room = FEW * (high - low or 1.0)
    step = drawing.nice_step((high - low + 2 * room) / 5)
    first, last = math.floor((low - room) / step), math.ceil((high + room) / step)
    ticks = tuple(k * step for k in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], ticks)


@cache
def _kind() -> Template:
    place = {"x": drawing.time(), "y": drawing.value()}
    base = drawing.layer().mark_rule(stroke="var(--muted)", strokeDash=[2, 3])
    mixes = drawing.layer().mark_point(
        shape="circle", filled=True, fill="var(--s3)", size=34, opacity=0.85, strokeWidth=0
    )
    policies = drawing.layer().mark_point(
        shape="square", filled=True, fill="var(--s1)", size=150, opacity=1, strokeWidth=0
    )
    numbers = drawing.layer().mark_text(
        baseline="middle", fill="var(--paper)", fontSize=drawing.FONT_SIZE, fontWeight=700
    )
    return drawing.template(
        _FRAME,
        [
            base.encode(y=drawing.value()),
            mixes.encode(**place),
            policies.encode(**place),
            numbers.encode(**place, text=alt.Text("label:N")),
        ],
    )
