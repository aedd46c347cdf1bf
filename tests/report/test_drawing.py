"""Axes, labels that do not meet, and where lines are drawn: by hand and as properties."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.report.charts import drawing
from headwater.report.charts.drawing import Axis, Frame, Picture
from headwater.report.charts.fan import DASHES, TOP, spread, styles

FRAME = Frame(width=100, height=50, left=30, right=10, top=5, bottom=20)


def test_axes_have_round_ends() -> None:
    assert drawing.value_axis(12, 487).ticks == (0, 100, 200, 300, 400, 500)
    assert drawing.value_axis(0.71, 0.94).ticks == pytest.approx((0.7, 0.75, 0.8, 0.85, 0.9, 0.95))
    assert drawing.time_axis(2015, 2040, 6).ticks == (2015, 2020, 2025, 2030, 2035, 2040)


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
def test_an_axis_holds_its_values(first: float, second: float) -> None:
    low, high = sorted((first, second))
    axis = drawing.value_axis(low, high)
    slack = 1e-6 * max(abs(low), abs(high), 1e-9)
    assert axis.low <= low + slack
    assert axis.high >= high - slack
    assert axis.low < axis.high
    assert 2 <= len(axis.ticks) <= 12


@given(st.floats(1e-9, 1e9))
def test_steps_are_one_two_or_five(least: float) -> None:
    step = drawing.nice_step(least)
    assert least * (1 - 1e-6) <= step <= 2.5 * least * (1 + 1e-6)
    assert float(f"{step:e}".split("e")[0]) in (1, 2, 5)


@given(
    st.lists(st.tuples(st.floats(0, 200), st.sampled_from([15.0, 28.0])), min_size=1, max_size=7)
)
def test_labels_keep_their_order_and_do_not_meet(wanted: list[tuple[float, float]]) -> None:
    wanted.sort(key=lambda item: item[0])
    heights = [height for _, height in wanted]
    places = spread([place for place, _ in wanted], heights, 212.0)
    tops = [p - h / 2 for p, h in zip(places, heights, strict=True)]
    bottoms = [p + h / 2 for p, h in zip(places, heights, strict=True)]
    assert all(b <= t + 1e-6 for b, t in zip(bottoms, tops[1:], strict=False))
    assert tops[0] >= TOP - 1e-6
    if sum(heights) <= 212.0 - TOP:
        assert bottoms[-1] <= 212.0 + 1e-6


def test_labels_with_room_stay_where_they_are() -> None:
    assert spread([20.0, 60.0, 100.0], [15.0, 15.0, 15.0], 212.0) == [20.0, 60.0, 100.0]


def line_picture(description: str = "a line") -> Picture:
    line = drawing.layer().mark_line(stroke="var(--s1)")
    kind = drawing.template(FRAME, [line.encode(x=drawing.time(), y=drawing.value())])
    data: list[drawing.Row] = [{"t": 2000.0, "y": 0.0}, {"t": 2010.0, "y": 50.0}]
    axes = Axis(2000, 2010, (2000, 2010)), Axis(0, 100, (0, 50, 100))
    return Picture(drawing.filled(kind, *axes, [data]), FRAME, description)


def test_a_line_is_where_its_values_are() -> None:
    (svg,) = drawing.draw([line_picture()])
    root = ElementTree.fromstring(str(svg))
    assert root.get("viewBox") == "0 0 140 75"
    paths = [e.get("d", "") for e in root.iter("path") if e.get("stroke") == "var(--s1)"]
    # Time runs over 100 points to the right; 0 is at the bottom (50), and 50 of 100 half way up.
    assert [[float(n) for n in re.findall(r"[\d.]+", p)] for p in paths] == [[0, 50, 100, 25]]
    labels = [e.text for e in root.iter("text")]
    assert labels == ["2000", "2010", "0", "50", "100"]


def test_pictures_of_one_sheet_come_back_in_order() -> None:
    found = drawing.draw([line_picture("first"), line_picture("second")])
    assert ['aria-label="first"' in found[0], 'aria-label="second"' in found[1]] == [True, True]
    assert str(found[0]).replace("first", "") == str(found[1]).replace("second", "")
    assert drawing.draw([]) == []


def test_drawing_twice_gives_the_same_bytes() -> None:
    assert drawing.draw([line_picture()]) == drawing.draw([line_picture()])


def test_descriptions_are_escaped() -> None:
    (svg,) = drawing.draw([line_picture('"<b>" & more')])
    root = ElementTree.fromstring(str(svg))
    assert root.get("aria-label") == '"<b>" & more'


def test_a_policy_looks_the_same_everywhere_and_like_no_other() -> None:
    policies = [f"p{number}" for number in range(20)]
    looks = styles(policies, "p3")
    assert looks["p3"].color == "var(--s0)"
    assert len({(s.color, s.dash) for s in looks.values()}) == len(policies)
    assert DASHES[0] == (1, 0)
