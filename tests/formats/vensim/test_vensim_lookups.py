"""Lookups, vectors as lookups, and data series made of others, by Vensim's manual."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.vensim.running import NOT_AVAILABLE, control, run, values
from headwater.api import Model
from headwater.compiler.units.check import check_units
from headwater.errors import HeadwaterError
from headwater.formats.vensim import project_of
from headwater.formats.xmile import project_of as xmile
from headwater.formats.xmile import write as write_xmile
from headwater.language.source import Source
from headwater.simulation.building import TargetName
from headwater.simulation.run import Request

TARGETS: list[TargetName] = ["reference", "llvm"]


def test_other_ways_to_read_a_lookup() -> None:
    found = run(
        "f((0,0),(2,4),(6,12),(8,13)) ~~|\na = LOOKUP EXTRAPOLATE(f, 10) ~~|\n"
        "b = LOOKUP FORWARD(f, 3) ~~|\nc = LOOKUP BACKWARD(f, 3) ~~|\n"
        "x = LOOKUP INVERT(f, 8) ~~|\ny = LOOKUP AREA(f, 1, 7) ~~|\nz = f(10) ~~|\n"
        "before = TABXL(f, -1) ~~|\nbeyond = TABXL(f, 10) ~~|\n",
        1,
    )
    area = 3.0 + 32.0 + 12.25
    expected = {"a": 14.0, "b": 12.0, "c": 4.0, "x": 4.0, "y": area, "z": 13.0}
    expected |= {"before": -2.0, "beyond": 14.0}
    for name, value in expected.items():
        assert values(found, name)[0] == pytest.approx(value), name


def test_the_manuals_examples_of_inverses_and_areas() -> None:
    found = run(
        "f((0,0),(1,1),(3,2)) ~~|\na = LOOKUP INVERT(f, -1) ~~|\nb = LOOKUP INVERT(f, .5) ~~|\n"
        "c = LOOKUP INVERT(f, 1.5) ~~|\ng((0,1),(1,1),(2,2)) ~~|\nd = LOOKUP AREA(g, 0, 1) ~~|\n"
        "e = LOOKUP AREA(g, 2, 4) ~~|\nh = LOOKUP AREA(g, .5, 2.5) ~~|\n",
        1,
    )
    expected = {"a": NOT_AVAILABLE, "b": 0.5, "c": 2.0, "d": 1.0, "e": 4.0, "h": 3.0}
    for name, value in expected.items():
        assert values(found, name)[0] == value, name


def first_place(y: float, nodes: np.ndarray, heights: np.ndarray) -> float:
    """The smallest abscissa with that ordinate, segment by segment."""
    for a, b, low, high in zip(nodes[:-1], nodes[1:], heights[:-1], heights[1:], strict=True):
        if min(low, high) <= y <= max(low, high):
            return float(a if low == high else a + (y - low) / (high - low) * (b - a))
    return NOT_AVAILABLE


HEIGHTS = st.lists(st.integers(-4, 4), min_size=2, max_size=7)


@settings(max_examples=25, deadline=None)
@given(heights=HEIGHTS)
def test_the_smallest_inverse_of_any_lookup_and_any_vector(heights: list[int]) -> None:
    """Of functions that rise, fall and stand still, at all values, those of the points too."""
    nodes = np.linspace(0, len(heights) - 1, len(heights))
    points = ",".join(f"({k},{y})" for k, y in enumerate(heights))
    last = len(heights) - 1
    text = (
        f"f({points}) ~~|\na = LOOKUP INVERT(f, Time / 2) ~~|\ni: (i1-i{last + 1}) ~~|\n"
        f"v[i] = {','.join(map(str, heights))} ~~|\n"
        f"b = VECTOR LOOKUP(v[i1], Time / 2, 0, {last}, 5) ~~|\n"
    )
    found = run(text, 10, start=-10)
    for time, a, b in zip(
        range(-10, 11), values(found, "a").tolist(), values(found, "b").tolist(), strict=True
    ):
        expected = first_place(time / 2, nodes, np.array(heights, dtype=float))
        assert (a, b) == (pytest.approx(expected), pytest.approx(expected)), time


def test_a_vector_is_read_as_a_lookup_with_even_distances() -> None:
    found = run(
        "i: (i1-i5) ~~|\nv[i] = 2,1,3,5,4 ~~|\nx = Time / 10 - 0.5 ~~|\n"
        + "".join(
            f"y{mode} = VECTOR LOOKUP(v[i1], x, 0, 1, {mode}) ~~|\n" for mode in (0, 2, 3, 4)
        ),
        20,
    )
    x, nodes, v = values(found, "x"), np.linspace(0, 1, 5), np.array([2.0, 1.0, 3.0, 5.0, 4.0])
    assert np.allclose(values(found, "y0"), np.interp(x, nodes, v))
    inside = np.clip(x, 0, 1) * 4
    assert np.allclose(values(found, "y2"), v[np.floor(inside + 1e-9).astype(int)])
    assert np.allclose(values(found, "y4"), v[np.ceil(inside - 1e-9).astype(int)])
    assert np.allclose(values(found, "y3")[[0, -1]], [2 + 0.5 * 4, 4 - 0.5 * 4])


@pytest.mark.parametrize("target", TARGETS)
def test_areas_of_a_vector_and_its_inverse_with_prolonged_ends(target: TargetName) -> None:
    heights, nodes = np.array([2.0, 1.0, 3.0, 5.0, 4.0]), np.linspace(0, 1, 5)
    found = run(
        "i: (i1-i5) ~~|\nv[i] = 2,1,3,5,4 ~~|\nx = Time / 10 - 0.5 ~~|\nseven = 7 ~~|\n"
        "flat = VECTOR LOOKUP(v[i1], x, 0, 1, 1) ~~|\n"
        "line = VECTOR LOOKUP(v[i1], x, 0, 1, seven) ~~|\n"
        "at = VECTOR LOOKUP(v[i1], 10 * x, 0, 1, 8) ~~|\n",
        20,
        target=target,
    )
    fine = np.linspace(-0.5, 1.5, 20_001)
    held = np.interp(fine, nodes, heights)
    ends = np.where(fine < 0, 2 - 4 * fine, np.where(fine > 1, 4 - 4 * (fine - 1), held))
    for name, curve in (("flat", held), ("line", ends)):
        sums = np.concatenate([[0], np.cumsum((curve[1:] + curve[:-1]) / 2 * 1e-4)])
        assert np.allclose(values(found, name), (sums - sums[5000])[::1000], atol=1e-9), name
    # Beyond its own values, from 1 to 5, the line to the left falls from above, that to the right
    # goes on falling.
    y = values(found, "x") * 10
    expected = [first_place(v, nodes, heights) for v in y.tolist()]
    expected = [
        x if x != NOT_AVAILABLE else (2 - v) / 4 if v > 5 else 1 + (4 - v) / 4
        for x, v in zip(expected, y.tolist(), strict=True)
    ]
    assert np.allclose(values(found, "at"), expected)


def test_a_vector_has_ten_readings() -> None:
    with pytest.raises(HeadwaterError, match="knows no mode 10"):
        run("i: (i1-i2) ~~|\nv[i] = 2,1 ~~|\ny = VECTOR LOOKUP(v[i1], 1, 0, 1, 10) ~~|\n", 1)


SALES = "Time,0,1,2,4,7,9\nnorth,3,1,7,5,2,8\nsouth,1,1,1,1,1,1\n"


@pytest.mark.parametrize("target", TARGETS)
def test_series_are_added_up_before_the_run(tmp_path: Path, target: TargetName) -> None:
    (tmp_path / "sales.csv").write_text(SALES)
    text = (
        "peak = GET DATA MAX(total, 0, Time) ~~|\n"
        "total := CUMULATE(sales) ~~|\n"
        "held :HOLD BACKWARD: := CUMULATE(steps) ~~|\n"
        "all := CUMULATEF(sales) ~~|\nat = GET DATA LAST TIME(all) ~~|\n"
        "place: north, south ~~|\n"
        "sales := GET DIRECT DATA('sales.csv', ',', '1', 'b2') ~~|\n"
        "steps :LOOK FORWARD: := GET DIRECT DATA('sales.csv', ',', '1', 'b2') ~~|\n"
        "both[place] := GET DIRECT DATA('sales.csv', ',', '1', 'b2') ~~|\n"
        "totals[place] := CUMULATE(both[place]) ~~|\nsouth so far = totals[south] ~~|\n"
    )
    found = run(text, 10, folder=tmp_path, target=target)
    times, sums = np.array([0, 1, 2, 4, 7, 9]), np.array([3, 4, 11, 16, 18, 26])
    assert np.allclose(values(found, "total"), np.interp(np.arange(11), times, sums))
    assert values(found, "held").tolist() == [3, 4, 11, 11, 16, 16, 16, 18, 18, 26, 26]
    assert values(found, "peak").tolist() == [3, 4, 11, 11, 16, 16, 16, 18, 18, 26, 26]
    assert values(found, "all").tolist() == [26] * 11
    assert values(found, "at")[0] == 9
    assert np.allclose(values(found, "south so far"), np.interp(np.arange(11), times, range(1, 7)))


def test_a_series_made_of_another_runs_from_xmile_too(tmp_path: Path) -> None:
    """There data are functions of time, wherever in the file they stand."""
    (tmp_path / "sales.csv").write_text(SALES)
    text = (
        "total := CUMULATE(sales) ~~|\nmid = GET DATA MEDIAN(sales, 0, Time) ~~|\n"
        "sales := GET DIRECT DATA('sales.csv', ',', '1', 'b2') ~~|\n"
    )
    model = project_of(Source("model.mdl", text + control(10)), tmp_path, "model")
    back = xmile(write_xmile(model)[0], tmp_path, "model.xmile")
    one, two = (Model(m).results(Request(target="reference")) for m in (model, back))
    for name in ("total", "mid"):
        np.testing.assert_array_equal(values(one, name), values(two, name))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("way", ["", ":RAW:", ":HOLD BACKWARD:", ":LOOK FORWARD:"])
def test_the_points_of_a_series_that_is_read_in_any_way(
    tmp_path: Path, target: TargetName, way: str
) -> None:
    """Its points are those of the file, whatever it is between them."""
    (tmp_path / "sales.csv").write_text(SALES)
    text = (
        f"sales {way} := GET DIRECT DATA('sales.csv', ',', '1', 'b2') ~~|\n"
        "same := sales ~~|\n"
        "mean = GET DATA MEAN(sales, 1, 7) ~~|\n"
        "mid = GET DATA MEDIAN(same, 1, 7) ~~|\n"
        "points = GET DATA TOTAL POINTS(sales) ~~|\n"
        "first = GET DATA FIRST TIME(sales) ~~|\nlast = GET DATA LAST TIME(sales) ~~|\n"
        "between = GET DATA BETWEEN TIMES(sales, 3, 0) ~~|\n"
        "before = GET DATA BETWEEN TIMES(sales, 3, -1) ~~|\n"
    )
    found = run(text, 10, folder=tmp_path, target=target)
    expected = {"mean": 3.75, "mid": 3.5, "points": 6, "first": 0, "last": 9}
    for name, value in (expected | {"between": 6, "before": 7}).items():
        assert values(found, name)[0] == value, name


def test_points_of_a_formula_that_looks_forward(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text(SALES)
    text = (
        "sales := GET DIRECT DATA('sales.csv', ',', '1', 'b2') ~~|\n"
        "other :LOOK FORWARD: := sales ~~|\npoints = GET DATA TOTAL POINTS(other) ~~|\n"
    )
    assert values(run(text, 10, folder=tmp_path), "points")[0] == 6  # those of the data


@pytest.mark.parametrize("target", TARGETS)
def test_points_of_a_formula_that_names_the_data_of_each_element(
    tmp_path: Path, target: TargetName
) -> None:
    (tmp_path / "d.csv").write_text("t,a,b,c\n0,2,,1\n3,,5,\n4,6,1,\n8,,4,\n")
    read = "".join(
        f"{name} {way} := GET DIRECT DATA('d.csv', ',', 'A', '{column}2') ~~|\n"
        for name, way, column in (("a", "", "B"), ("b", ":RAW:", "C"), ("c", "", "D"))
    )
    text = (
        f"row: r1, r2, r3 ~~|\nother: r3, r2 ~~|\n{read}"
        "all[r1] :RAW: := a ~~|\nall[r2] :RAW: := b ~~|\nall[r3] :RAW: := c ~~|\n"
        "line[row] := all[row] ~~|\nend[row] = GET DATA LAST TIME(all[row]) ~~|\n"
        "most[other] = GET DATA MAX(all[other], 0, 9) ~~|\n"
        "points = GET DATA TOTAL POINTS(all[r2]) ~~|\n"
    )
    found = run(text, 8, folder=tmp_path, target=target)
    assert values(found, "end")[0].tolist() == [4.0, 8.0, 0.0]
    assert values(found, "most")[0].tolist() == [1.0, 5.0]
    assert values(found, "points")[0] == 3.0
    first = [2, 3, 4, 5, 6, 6, 6, 6, 6]
    second = [5, 5, 5, 5, 1, 1.75, 2.5, 3.25, 4]
    assert values(found, "line").T.tolist() == [first, second, [1] * 9]


@pytest.mark.parametrize("target", TARGETS)
def test_the_median_of_a_series(tmp_path: Path, target: TargetName) -> None:
    (tmp_path / "sales.csv").write_text(SALES)
    text = (
        "sales := GET DIRECT DATA('sales.csv', ',', '1', 'b2') ~~|\n"
        "m = GET DATA MEDIAN(sales, Time - 3, Time) ~~|\n"
        "none = GET DATA MEDIAN(sales, 20, 30) ~~|\n"
        "whole = INITIAL(GET DATA MEDIAN(sales, INITIAL TIME, FINAL TIME)) ~~|\n"
    )
    found = run(text, 10, folder=tmp_path, target=target)
    times, series = np.array([0, 1, 2, 4, 7, 9]), np.array([3, 1, 7, 5, 2, 8])
    for now, value in enumerate(values(found, "m").tolist()):
        assert value == np.median(series[(times >= now - 3) & (times <= now)]), now
    assert values(found, "none")[0] == NOT_AVAILABLE
    assert values(found, "whole")[0] == np.median(series)


@pytest.mark.parametrize(
    ("mode", "unit"),
    [(0, "widget"), (1, "widget*Month"), (5, "Month"), (6, "widget/Month"), (7, "widget*Month")],
)
def test_the_unit_of_a_vector_as_a_lookup_goes_with_its_mode(mode: int, unit: str) -> None:
    given = "widget" if mode == 5 else "Month"
    text = (
        "i: i1, i2 ~~|\nv[i] = 2,1 ~ widget ~|\nlow = 0 ~ Month ~|\nhigh = 9 ~ Month ~|\n"
        f"x = 1 ~ {given} ~|\n"
        f"y = VECTOR LOOKUP(v[i1], x, low, high, {mode}) ~ {{}} ~|\n" + control(3)
    )

    def faults(asked: str) -> list[str]:
        model = project_of(Source("m.mdl", text.format(asked)), None, "m")
        return [d.message for d in check_units(model) if d.severity == "error"]

    assert faults(unit) == []
    assert len(faults("person")) == 1


def test_the_highest_of_lookups_of_an_array() -> None:
    """At 0.5 the lines are 0.5 and 1.5; the others take the elements of another array."""
    text = (
        "d: a, b ~~|\nt[a]((0,0),(1,1)) ~~|\nt[b]((0,1),(1,2)) ~~|\nw[d] = 0.25, 0.75 ~~|\n"
        "high = VMAX(t[d!](0.5)) ~~|\nlow = VMIN(t[d!](w[d!])) ~~|\nall = SUM(t[d!](w[d!])) ~~|\n"
        "product = PROD(t[d!](0.5)) ~~|\nof one = MAX(t[a](0.5), t[b](0)) ~~|\n"
    )
    found = run(text, 1)
    names = ("high", "low", "all", "product", "of one")
    assert [values(found, n)[0] for n in names] == [1.5, 0.25, 2.0, 0.75, 1.0]


def test_exceptions_count_for_lookups() -> None:
    """Vensim Reference Manual, Subscripts, :EXCEPT:: the equation leaves those elements out."""
    results = run(
        "D: d1, d2, d3 ~~|\nE: e1, e2 ~~|\nR: d2, d3 ~~|\n"
        "x[D,E] :EXCEPT: [R,e2], [d1,e1] ((0,0),(10,10)) ~~|\n"
        "x[R,e2]((0,0),(10,20)) ~~|\nx[d1,e1]((0,0),(10,30)) ~~|\n"
        "y[D,E] = x[D,E](1) ~~|\n"
        "w[D] :EXCEPT: [d1] = WITH LOOKUP(Time, ((0,0),(10,10))) ~~|\n"
        "w[d1] = WITH LOOKUP(Time + 1, ((0,0),(10,20))) ~~|\n",
        1,
    )
    assert values(results, "y")[0].tolist() == [[3, 1], [1, 2], [1, 2]]
    assert values(results, "w")[1].tolist() == [4, 1, 1]
