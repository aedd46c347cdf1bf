"""Formulas of data, by Vensim's manual on data equations and X IF MISSING."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from formats.vensim.running import NOT_AVAILABLE, control, run, values
from headwater.api import load
from headwater.cli import main
from headwater.errors import HeadwaterError
from headwater.simulation.building import TargetName

NA = NOT_AVAILABLE
ROW = "row: r1, r2 ~~|\n"


def series(folder: Path) -> str:
    """Two series of which one has a point more, and an array whose elements have their own."""
    (folder / "d.csv").write_text("t,a,b,c,d\n0,2,1,1,4\n2,,,3,\n5,4,,,6\n10,8,4,5,2\n")
    columns = zip("ab", "BC", strict=True)
    read = "".join(f"{n} := GET DIRECT DATA('d.csv', ',', 'A', '{c}2') ~~|\n" for n, c in columns)
    return f"{ROW}{read}found[row] := GET DIRECT DATA('d.csv', ',', 'A', 'D2') ~~|\n"


def test_a_formula_is_computed_where_all_data_have_a_value_and_read_between(tmp_path: Path) -> None:
    text = (
        f"{series(tmp_path)}k = 2 ~~|\nratio := k * a / b ~~|\nsum := a + b ~~|\n"
        "held :HOLD BACKWARD: := a + b ~~|\nnext :LOOK FORWARD: := a + b ~~|\n"
        "square :INTERPOLATE: := a ^ 2 ~~|\nsquares := a * a ~~|\ntwice := a * 2 ~~|\n"
    )
    found = run(text, 10.0, folder=tmp_path)
    # both have points at 0 and 10 alone: 4 and 4 for the ratio, 3 and 12 for the sum
    assert values(found, "ratio").tolist() == [4.0] * 11
    assert values(found, "sum") == pytest.approx([3.0 + 0.9 * t for t in range(11)], rel=1e-15)
    assert values(found, "held").tolist() == [3.0] * 10 + [12.0]
    assert values(found, "next").tolist() == [3.0] + [12.0] * 10
    # of one series: 4, 16 and 64 at 0, 5 and 10
    square = [4 + 12 * t / 5 if t <= 5 else 16 + 48 * (t - 5) / 5 for t in range(11)]
    assert values(found, "square") == pytest.approx(square, rel=1e-15)
    assert values(found, "squares") == pytest.approx(square, rel=1e-15)
    assert values(found, "twice").tolist() == (2 * values(found, "a")).tolist()


def test_each_element_has_the_times_of_its_own_data(tmp_path: Path) -> None:
    text = f"{series(tmp_path)}held[row] :HOLD BACKWARD: := found[row] * a ~~|\n"
    found = run(text, 10.0, folder=tmp_path)
    # r1 and `a` have 0 and 10, r2 and `a` have 0, 5 and 10
    assert values(found, "held")[:, 0].tolist() == [2.0] * 10 + [40.0]
    assert values(found, "held")[:, 1].tolist() == [8.0] * 5 + [24.0] * 5 + [16.0]


def test_raw_sums_need_all_elements(tmp_path: Path) -> None:
    text = f"{series(tmp_path)}total :RAW: := SUM(found[row!]) ~~|\n"
    found = run(text, 10.0, folder=tmp_path)
    assert values(found, "total").tolist() == [5.0] + [NA] * 9 + [7.0]


def test_x_if_missing_puts_a_number_in_place_of_missing_data(tmp_path: Path) -> None:
    text = (
        f"{series(tmp_path)}total :RAW: := X IF MISSING(SUM(found[row!]), 0) ~~|\n"
        "pair :RAW: := X IF MISSING(a + b, 10) ~~|\nsum := X IF MISSING(a + b, 10) ~~|\n"
        "one :RAW: := X IF MISSING(b, 10) ~~|\nline := X IF MISSING(b, 10) ~~|\n"
    )
    found = run(text, 10.0, folder=tmp_path)
    assert values(found, "total").tolist() == [5, NA, 3, NA, NA, 6, NA, NA, NA, NA, 7]
    assert values(found, "pair").tolist() == [3, NA, NA, NA, NA, 14, NA, NA, NA, NA, 12]
    line = [3 + 11 * t / 5 if t <= 5 else 14 - 2 * (t - 5) / 5 for t in range(11)]
    assert values(found, "sum") == pytest.approx(line, rel=1e-15)
    assert values(found, "one").tolist() == [1.0] + [NA] * 9 + [4.0]
    assert values(found, "line").tolist() == values(found, "b").tolist()


def test_formulas_of_raw_data_are_computed_at_their_points(tmp_path: Path) -> None:
    text = series(tmp_path).replace(" :=", " :RAW: :=")
    text += (
        "sum :RAW: := a + b ~~|\nline := a + b ~~|\nnamed :RAW: := a ~~|\n"
        "pair :RAW: := X IF MISSING(named + b, 10) ~~|\n"
    )
    found = run(text, 10.0, folder=tmp_path)
    assert values(found, "sum").tolist() == [3.0] + [NA] * 9 + [12.0]
    assert values(found, "line") == pytest.approx([3.0 + 0.9 * t for t in range(11)], rel=1e-15)
    assert values(found, "pair").tolist() == [3, NA, NA, NA, NA, 14, NA, NA, NA, NA, 12]


def test_another_name_of_raw_data_is_read_between_their_points(tmp_path: Path) -> None:
    text = series(tmp_path).replace(" :=", " :RAW: :=")
    text += "named := a ~~|\nmore := a + 1 ~~|\nsame :RAW: := a ~~|\nnow = a ~~|\n"
    found = run(text, 10.0, folder=tmp_path)
    line = [2 + 0.4 * t if t <= 5 else 4 + 0.8 * (t - 5) for t in range(11)]
    assert values(found, "named") == pytest.approx(line, rel=1e-15)
    assert values(found, "more") == pytest.approx([1 + y for y in line], rel=1e-15)
    for name in ("same", "now"):
        assert values(found, name).tolist() == [2, NA, NA, NA, NA, 4, NA, NA, NA, NA, 8]


def test_names_of_data_may_be_defined_after_the_formulas_that_use_them(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("t,c,d\n0,1,2\n2,2,2\n4,3,2\n")
    read = "".join(
        f"{n} := GET DIRECT DATA('d.csv', ',', 'A', '{c}2') ~~|\n"
        for n, c in zip("cd", "BC", strict=True)
    )
    text = (
        "total :RAW: := SUM(b[row!]) ~~|\ntwice :RAW: := e * 2 ~~|\nsquare := e * e ~~|\n"
        f"b[r1] :RAW: := c ~~|\nb[r2] :RAW: := d ~~|\n{read}e :INTERPOLATE: := c ~~|\n{ROW}"
    )
    found = run(text, 4.0, folder=tmp_path)
    assert values(found, "total").tolist() == [3, NA, 4, NA, 5]
    assert values(found, "twice").tolist() == [2, NA, 4, NA, 6]
    assert values(found, "square").tolist() == [1, 2.5, 4, 6.5, 9]


CHAIN = """k = 2 ~~|
out = r ~~|
last[S] = INITIAL(GET DATA LAST TIME(x[S])) ~~|
early[S] = INITIAL(GET DATA AT TIME(x[S], last[S] - 0.5)) ~~|
one = INITIAL(GET DATA AT TIME(x[s3], 0.5)) ~~|
first = INITIAL(GET DATA FIRST TIME(r)) ~~|
x[s1] :INTERPOLATE: := r ~~|
x[s2] :INTERPOLATE: := a ~~|
x[s3] :INTERPOLATE: := a * b ~~|
raw :RAW: := r + 0 * a ~~|
held :HOLD BACKWARD: := r + q ~~|
r :INTERPOLATE: := c / q * k ~~|
q := a / b ~~|
S: s1, s2, s3 ~~|
w[S] := a / y[S] ~~|
z[S] := y[S] / w[S] ~~|
y[S] := GET DIRECT DATA('d.csv', ',', 'A', 'E2') ~~|
"""
ROWS = "t,a,b,c,1,2,3\n0,1,1,3,1,1,2\n1,2,4,1,2,1,1\n2,6,2,8,2,1,3\n3,9,1,,1,1,3\n"


def test_formulas_of_formulas_are_computed_at_the_points_of_the_data_below(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text(ROWS)
    columns = zip("abc", "BCD", strict=True)
    read = "".join(f"{n} := GET DIRECT DATA('d.csv', ',', 'A', '{c}2') ~~|\n" for n, c in columns)
    found = run(CHAIN + read, 3.0, step=0.5, folder=tmp_path)
    line = [6, 5, 4, (4 + 16 / 3) / 2, 16 / 3, 16 / 3, 16 / 3]
    assert values(found, "out") == pytest.approx(line, rel=1e-15)
    assert values(found, "raw") == pytest.approx([6, NA, 4, NA, 16 / 3, NA, NA], rel=1e-15)
    held = [7, 7, 4.5, 4.5, 25 / 3, 25 / 3, 25 / 3]
    assert values(found, "held") == pytest.approx(held, rel=1e-15)
    assert values(found, "last")[0].tolist() == [2, 3, 3]
    assert values(found, "early")[0] == pytest.approx([line[3], 7.5, 10.5], rel=1e-15)
    assert values(found, "one")[0] == (1 + 8) / 2
    assert values(found, "first")[0] == 0
    # y ^ 2 / a at the points, and halfway between them.
    assert values(found, "z")[1] == pytest.approx([(1 + 2) / 2, 0.75, (4 + 0.5) / 2], rel=1e-15)


def test_raw_sums_of_formulas_are_told_and_not_computed_at_every_time(tmp_path: Path) -> None:
    text = (
        f"{series(tmp_path)}formula[row] :RAW: := found[row] * 2 ~~|\n"
        "total :RAW: := SUM(formula[row!]) ~~|\n"
    )
    with pytest.raises(HeadwaterError, match="`formula` is computed of data"):
        run(text, 10.0, folder=tmp_path)


def test_na_in_place_of_missing_data_is_no_point(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("t,a,b\n0,10,1\n1,20,\n2,30,3\n3,40,4\n4,50,\n")
    columns = zip("ab", "BC", strict=True)
    read = "".join(f"{n} := GET DIRECT DATA('d.csv', ',', 'A', '{c}2') ~~|\n" for n, c in columns)
    text = (
        f"{read}same := a ~~|\ntotal :INTERPOLATE: := X IF MISSING(same + b, :NA:) ~~|\n"
        "share := 22 / total ~~|\nfilled := X IF MISSING(a + b, 0) ~~|\n"
        "double := 2 * filled ~~|\nlast = INITIAL(GET DATA LAST TIME(total)) ~~|\n"
    )
    found = run(text, 4.0, folder=tmp_path)
    assert values(found, "total").tolist() == [11, 22, 33, 44, 44]
    ends = [2, (2 + 2 / 3) / 2, 2 / 3, 0.5, 0.5]
    assert values(found, "share") == pytest.approx(ends, rel=1e-15)
    assert values(found, "double").tolist() == [22, 40, 66, 88, 100]
    assert values(found, "last")[0] == 3


@pytest.mark.parametrize("target", ["reference", "llvm"])
def test_statistics_of_formulas_are_those_of_their_points(
    tmp_path: Path, target: TargetName
) -> None:
    """The points of the product are (0, 2) and (10, 32); by the row (2, 40) and (8, 24, 16)."""
    asked = {
        "GET DATA MEAN(x, 0, 10)": 17,
        "GET DATA STDV(x, 0, 10)": 15,
        "GET DATA MEDIAN(x, 0, 10)": 17,
        "GET DATA MIN(x, 1, 10)": 32,
        "GET DATA MAX(x, 0, 9)": 2,
        "GET DATA MEAN(x, 1, 9)": NA,
        "GET DATA TOTAL POINTS(x)": 2,
        "GET DATA MEAN(y[r1], 0, 10)": 21,
        "GET DATA MEAN(y[r2], 0, 10)": 16,
        "GET DATA TOTAL POINTS(y[r1]) + 10 * GET DATA TOTAL POINTS(y[r2])": 32,
    }
    text = f"{series(tmp_path)}x := a * b ~~|\ny[row] := found[row] * a ~~|\n"
    text += "".join(f"v{k} = {asking} ~~|\n" for k, asking in enumerate(asked))
    found = run(text, 1.0, folder=tmp_path, target=target)
    for k, wanted in enumerate(asked.values()):
        assert values(found, f"v{k}")[0] == wanted, list(asked)[k]


def test_formulas_of_data_between_points_and_at_other_times(tmp_path: Path) -> None:
    """Lines go from point to point of the product, 2 at 0 and 32 at 10, not of its factors."""
    text = (
        f"{series(tmp_path)}x := a * b ~~|\nline = GET DATA BETWEEN TIMES(x, Time, 0) ~~|\n"
        "left = GET DATA BETWEEN TIMES(x, Time, -1) ~~|\n"
        "right = GET DATA BETWEEN TIMES(x, Time, 1) ~~|\n"
        "soon = TIME SHIFT(x, 5) ~~|\nsooner := TIME SHIFT(x, 5) ~~|\n"
        "written := TIME SHIFT(a * 2, 5) ~~|\n"
    )
    found = run(text, 11.0, folder=tmp_path)
    line = [2.0 + 3.0 * t for t in range(11)]
    assert values(found, "line") == pytest.approx([*line, NA], rel=1e-15)
    assert values(found, "left").tolist() == [2] * 10 + [32, NA]
    assert values(found, "right").tolist() == [2] + [32] * 10 + [NA]
    for name in ("soon", "sooner"):
        assert values(found, name)[:6] == pytest.approx(line[5:], rel=1e-15)
    doubled = [8 + 8 * t / 5 for t in range(6)]
    assert values(found, "written")[:6] == pytest.approx(doubled, rel=1e-15)


def test_statistics_of_formulas_without_points_are_told(tmp_path: Path) -> None:
    text = f"{series(tmp_path)}x := SUM(found[row!]) ~~|\ny = GET DATA MEAN(x, 0, 10) ~~|\n"
    with pytest.raises(HeadwaterError, match="GET DATA MEAN needs a data variable") as told:
        run(text, 10.0, folder=tmp_path)
    assert "points that all of it has" in str(told.value)


def test_data_without_a_time_in_common_are_told(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("t,a,b\n0,2,\n5,4,\n10,,4\n")
    read = "".join(
        f"{n} := GET DIRECT DATA('d.csv', ',', 'A', '{c}2') ~~|\n"
        for n, c in zip("ab", "BC", strict=True)
    )
    with pytest.raises(HeadwaterError, match="no time at which all of them") as told:
        run(f"{read}x := a * b ~~|\n", 10.0, folder=tmp_path)
    assert "X IF MISSING" in str(told.value)


@pytest.mark.parametrize("ending", ["mdl", "xmile", "md"])
def test_conversions_compute_them_at_the_same_points(tmp_path: Path, ending: str) -> None:
    text = (
        f"{{UTF-8}}\n{series(tmp_path)}ratio := a / b ~~|\nheld[row] :HOLD BACKWARD: := "
        "found[row] * a ~~|\nsum := X IF MISSING(a + b, 10) ~~|\n"
        "total :RAW: := X IF MISSING(SUM(found[row!]), 0) ~~|\n"
    )
    model = tmp_path / "data.mdl"
    model.write_text(text + control(10.0), encoding="utf-8")
    out = tmp_path / f"made.{ending}"
    result = CliRunner().invoke(main, ["convert", str(model), str(out), "--verify"])
    assert result.exit_code == 0, result.output
    assert "the run is the same" in result.output
    if ending == "mdl":
        assert "held[row] :HOLD BACKWARD: :=" in out.read_text(encoding="utf-8")


def test_data_at_their_points_alone_stay_so_in_xmile(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("t,a,b\n0.1,2,1\n0.3,,4\n0.7,4,\n1,8,3\n")
    model = tmp_path / "data.mdl"
    model.write_text(
        "{UTF-8}\nrow: r1, r2 ~~|\na :RAW: := GET DIRECT DATA('d.csv', ',', 'A', 'B2') ~~|\n"
        "both[row] :RAW: := GET DIRECT DATA('d.csv', ',', 'A', 'B2') ~~|\n"
        "there = IF THEN ELSE(a = :NA:, 0, a) ~~|\ntwice := a * 2 ~~|\nsame = both[r2] ~~|\n"
        "mean = GET DATA MEAN(a, 0, 1) ~~|\nlast = GET DATA LAST TIME(both[r2]) ~~|\n"
        "first = GET DATA FIRST TIME(a) ~~|\nmid = GET DATA BETWEEN TIMES(a, 0.4, 0) ~~|\n"
        "number = GET DATA TOTAL POINTS(both[r1]) ~~|\n" + control(1.0, 0.1),
        encoding="utf-8",
    )
    out = tmp_path / "made.xmile"
    result = CliRunner().invoke(main, ["convert", str(model), str(out), "--verify"])
    assert result.exit_code == 0, result.output
    assert "the run is the same" in result.output
    found = load(out).run(check_finite=False)
    assert found["there"].values.tolist() == [0, 2, 0, 0, 0, 0, 0, 4, 0, 0, 8]
    assert float(found["mean"]) == 14 / 3
    assert float(found["first"]) == 0.1


def test_data_that_look_forward_are_read_so_at_other_times(tmp_path: Path) -> None:
    """Between points the next one holds: 1 at 0, 4 at 1, 2 at 2.5, -1 at 4."""
    (tmp_path / "d.csv").write_text("t,a\n0,1\n1,4\n2.5,2\n4,-1\n")
    model = tmp_path / "data.mdl"
    model.write_text(
        "{UTF-8}\nplain := GET DIRECT DATA('d.csv', ',', 'A', 'B2') ~~|\n"
        "given :LOOK FORWARD: := GET DIRECT DATA('d.csv', ',', 'A', 'B2') ~~|\n"
        "next :LOOK FORWARD: := plain ~~|\nlater = TIME SHIFT(next, 0.5) ~~|\n"
        "then = GET DATA AT TIME(next, Time + 0.25) ~~|\nmost = GET DATA MAX(next, 1, 4) ~~|\n"
        "mean = GET DATA MEAN(given, 1, 4) ~~|\nsame = TIME SHIFT(given, 0.5) ~~|\n"
        + control(3.0, 0.5),
        encoding="utf-8",
    )
    out = tmp_path / "made.md"
    result = CliRunner().invoke(main, ["convert", str(model), str(out), "--verify"])
    assert "the run is the same" in result.output
    for path in (model, out):
        found = load(path).run()
        for name in ("later", "then", "same"):
            assert found[name].values.tolist() == [4, 4, 2, 2, 2, -1, -1]
        assert float(found["most"]) == 4
        assert float(found["mean"]) == 5 / 3


@pytest.mark.parametrize("extension", ["mdl", "xmile", "md"])
def test_an_array_of_formulas_is_read_between_its_points_by_its_name(
    extension: str, tmp_path: Path
) -> None:
    text = (
        f"{series(tmp_path)}side: s1, s2 ~~|\n"
        "mixed[row, s1] :RAW: := found[row] ~~|\nmixed[row, s2] :RAW: := found[row] * 2 ~~|\n"
        "line[row, side] :INTERPOLATE: := mixed[row, side] ~~|\n"
        "held[row, side] :HOLD BACKWARD: := mixed[row, side] ~~|\n"
        "next[row, side] :LOOK FORWARD: := mixed[row, side] ~~|\n"
    )
    (tmp_path / "mixed.mdl").write_text(text + control(10.0))
    model = tmp_path / f"other.{extension}"
    converted = CliRunner().invoke(main, ["convert", str(tmp_path / "mixed.mdl"), str(model)])
    assert converted.exit_code == 0
    found = load(model).run()
    # r1 has 1, 3 and 5 at 0, 2 and 10; r2 has 4, 6 and 2 at 0, 5 and 10
    first = [1.0 + t if t <= 2 else 3 + (t - 2) / 4 for t in range(11)]
    second = [4 + 0.4 * t if t <= 5 else 6 - 0.8 * (t - 5) for t in range(11)]
    line = found["line"].values
    assert line[:, 0, 0] == pytest.approx(first, rel=1e-15)
    assert line[:, 0, 1] == pytest.approx([2 * x for x in first], rel=1e-15)
    assert line[:, 1, 0] == pytest.approx(second, rel=1e-15)
    assert found["held"].values[:, 0, 1].tolist() == [2.0] * 2 + [6.0] * 8 + [10.0]
    assert found["next"].values[:, 1, 0].tolist() == [4.0] + [6.0] * 5 + [2.0] * 5


def test_raw_data_of_xmile_are_data_again_in_vensims_format(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("t,a\n0,1\n1.5,3\n4,8\n")
    (tmp_path / "a.mdl").write_text(
        "d :RAW: := GET DIRECT DATA('d.csv', ',', 'A', 'B2') ~~|\n"
        "twice := d * 2 ~~|\nbetween :INTERPOLATE: := d ~~|\nhere = d ~~|\n" + control(4, step=0.5)
    )
    for source, made in (("a.mdl", "b.xmile"), ("b.xmile", "c.mdl"), ("c.mdl", "d.xmile")):
        command = ["convert", str(tmp_path / source), str(tmp_path / made)]
        assert CliRunner().invoke(main, command).exit_code == 0
        found = load(tmp_path / made).run()
        # Between 1.5 and 4 by 2 a time unit, so 4 at 2.
        assert found["between"].values[[0, 3, 4, 8]].tolist() == [1, 3, 4, 8]
        assert found["twice"].values[[0, 3, 4, 8]].tolist() == [2, 6, 8, 16]
        assert found["here"].values[[0, 3, 4, 8]].tolist() == [1, 3, NA, 8]


@pytest.mark.parametrize("manner", ["INTERPOLATE", "HOLD BACKWARD", "LOOK FORWARD"])
@pytest.mark.parametrize("ending", ["xmile", "md"])
def test_points_of_data_are_known_in_other_formats(
    tmp_path: Path, manner: str, ending: str
) -> None:
    (tmp_path / "d.csv").write_text("t,a\n0,1\n1.5,3\n4,8\n")
    (tmp_path / "a.mdl").write_text(
        f"d :{manner}: := GET DIRECT DATA('d.csv', ',', 'A', 'B2') ~~|\n"
        "last = GET DATA LAST TIME(d) ~~|\nmost = GET DATA MAX(d, 0, 2) ~~|\n"
        "first = GET DATA FIRST TIME(d) ~~|\nmany = GET DATA TOTAL POINTS(d) ~~|\n"
        "after = GET DATA BETWEEN TIMES(d, 2, 1) ~~|\nnow = d ~~|\n" + control(6, step=0.5)
    )
    at_start = {"last": 4, "most": 3, "first": 0, "many": 3, "after": 8}
    two = {"INTERPOLATE": 4, "HOLD BACKWARD": 3, "LOOK FORWARD": 8}[manner]
    for source, made in (("a.mdl", f"b.{ending}"), (f"b.{ending}", "c.mdl")):
        command = ["convert", str(tmp_path / source), str(tmp_path / made)]
        assert CliRunner().invoke(main, command).exit_code == 0
        found = load(tmp_path / made).run()
        assert {name: float(found[name].values.flat[0]) for name in at_start} == at_start
        assert found["now"].values[[0, 3, 4, 8, 12]].tolist() == [1, 3, two, 8, 8]
