"""Two runs are compared variable by variable: how far apart, where, and by how much too far."""

import math
from pathlib import Path

import numpy as np
import pytest

from headwater.errors import DataError, UsageError
from headwater.formats.tables import Column, ResultTable
from headwater.simulation.results.reading import is_run, read_run
from headwater.simulation.results.run_comparison import Tolerance, compare_runs

TIMES = np.array([0.0, 1.0, 2.0])


def table(times: np.ndarray = TIMES, **columns: list[float]) -> ResultTable:
    return ResultTable(tuple(Column(n, times, np.array(v)) for n, v in columns.items()))


def test_the_same_runs_agree_to_the_last_bit() -> None:
    found = compare_runs(table(x=[1.0, 2.0, 3.0]), table(X=[1.0, 2.0, 3.0]), Tolerance(0, 0, 0))
    assert found.agrees
    assert found.variables[0].excess == 0.0


def test_the_largest_and_the_relatively_largest_difference_have_their_times() -> None:
    found = compare_runs(table(x=[1.0, 100.0, 50.0]), table(x=[1.1, 100.0, 50.5]))
    (x,) = found.variables
    assert (x.largest.time, x.largest.size) == (2.0, pytest.approx(0.5))
    assert (x.relative.time, x.relative.size) == (0.0, pytest.approx(0.1))
    assert (x.worst.first, x.worst.second) == (1.0, 1.1)
    # Allowed at 0: a ten-thousandth of 1 and a millionth of 100.
    assert x.excess == pytest.approx(0.1 / (1e-4 + 1e-4))
    assert not found.agrees


def test_the_furthest_difference_is_told_in_words() -> None:
    """The next number after 8 is 2**-49 away: 2.2e-16 of it."""
    second = table(x=[1.0, 8.0 + 2.0**-49, 9.0], y=[5.0, 6.0, 7.0])
    found = compare_runs(table(x=[1.0, 8.0, 9.0], y=[5.0, 6.0, 7.0]), second, Tolerance(0, 0, 0))
    assert found.furthest() == (
        "the furthest apart is x at time 1, 8.0 and 8.000000000000002: by 2.2e-16 of the first"
    )
    assert compare_runs(second, second).furthest() == "no number differs"


def test_what_is_allowed_can_be_set() -> None:
    first, second = table(x=[0.0, 1.0, 2.0]), table(x=[0.05, 1.0, 2.0])
    assert not compare_runs(first, second).agrees
    assert compare_runs(first, second, Tolerance(least=0.1)).agrees
    assert compare_runs(first, second, Tolerance(absolute=0.03)).agrees
    assert not compare_runs(first, first.__class__(second.columns), Tolerance(0, 0, 0)).agrees


def test_variables_and_times_of_one_run_alone_are_told() -> None:
    first = table(x=[1.0, 2.0, 3.0], only=[1.0, 1.0, 1.0])
    second = table(np.array([0.0, 1.0, 1.5]), x=[1.0, 2.0, 9.0], other=[1.0, 1.0, 1.0])
    found = compare_runs(first, second)
    assert (found.only_first, found.only_second) == (("only",), ("other",))
    assert (found.times_only_first, found.times_only_second) == ((2.0,), (1.5,))
    assert not found.agrees
    assert compare_runs(first, second, common=True).agrees


def test_chosen_variables_and_elements() -> None:
    first = ResultTable((Column("x[a]", TIMES, np.ones(3)), Column("y", TIMES, np.ones(3))))
    second = ResultTable((Column("X[A]", TIMES, np.ones(3)), Column("y", TIMES, np.zeros(3))))
    assert compare_runs(first, second, names=["x"]).agrees
    assert compare_runs(first, second, names=["x[a]"]).agrees
    assert compare_runs(first, second, names=["x[*]"]).agrees
    assert not compare_runs(first, second, names=["x[*]", "y"]).agrees
    for unknown in ("z", "x[b]", "x[a,b]"):
        with pytest.raises(UsageError, match="neither run"):
            compare_runs(first, second, names=["x", unknown])
    assert not compare_runs(first, second, names=["y"]).agrees


def test_a_value_that_one_run_lacks_never_agrees() -> None:
    found = compare_runs(table(x=[1.0, 2.0, 3.0]), table(x=[1.0, math.nan, 3.0]))
    assert not found.agrees
    infinite = compare_runs(table(x=[1.0, math.inf, 3.0]), table(x=[1.0, math.inf, 3.0]))
    assert infinite.agrees
    assert not compare_runs(table(x=[1.0, 2.0, 3.0]), table(x=[1.0, math.inf, 3.0])).agrees


@pytest.mark.parametrize("name", ["across.tab", "down.csv", "run.dat"])
def test_a_constant_that_is_written_once_holds_at_all_times(tmp_path: Path, name: str) -> None:
    """As Vensim exports constants: at the first time alone."""
    path = tmp_path / name
    path.write_text(
        {
            "across.tab": "Time\t0\t1\t2\nk\t4\nx\t1\t2\t3\n",
            "down.csv": "Time,k,x\n0,4,1\n1,,2\n2,,3\n",
            "run.dat": "k\n0\t4\nx\n0\t1\n1\t2\n2\t3\n",
        }[name]
    )
    written = read_run(path)
    for k, same in (([4.0, 4.0, 4.0], True), ([4.0, 4.0, 5.0], False)):
        run = table(k=k, x=[1.0, 2.0, 3.0])
        assert compare_runs(written, run).agrees is same
        assert compare_runs(run, written).agrees is same


def test_a_value_after_the_start_alone_is_no_constant() -> None:
    other = table(x=[4.0, 4.0, 4.0])
    assert not compare_runs(table(x=[math.nan, 4.0, math.nan]), other).agrees
    assert not compare_runs(table(x=[4.0, 4.0, math.nan]), other).agrees


@pytest.mark.parametrize("name", ["run.csv", "run.tab", "run.dat"])
def test_tables_of_text(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    rows = [("Time", "x y[a]"), ("0", "1.5"), ("1", "2.5")]
    if name.endswith("dat"):
        path.write_text("x y[a]\n0\t1.5\n1\t2.5\n")
    else:
        path.write_text("\n".join(("," if name.endswith("csv") else "\t").join(r) for r in rows))
    (column,) = read_run(path).columns
    assert column.key == ("x_y", ("a",))
    assert column.values.tolist() == [1.5, 2.5]
    assert is_run(path)


def test_a_file_that_is_missing_or_no_table(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no file"):
        read_run(tmp_path / "none.csv")
    (tmp_path / "bad.nc").write_bytes(b"no netCDF")
    with pytest.raises(DataError, match="cannot be read"):
        read_run(tmp_path / "bad.nc")
    (tmp_path / "bad.parquet").write_bytes(b"no parquet")
    with pytest.raises(DataError, match="cannot be read"):
        read_run(tmp_path / "bad.parquet")


def test_a_row_with_more_cells_than_names_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    path.write_text("Time,x,y\n0,1,2\n1,2,3,4\n")
    with pytest.raises(DataError, match="row 3 has more cells than the first row has names"):
        read_run(path)


def test_the_first_sheet_of_a_workbook(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (("Time", "x y[a]", "z"), (0, 0, 1.5), (1, 2.5, None)):
        book.active.append(row)
    book.save(tmp_path / "run.xlsx")
    columns = read_run(tmp_path / "run.xlsx").by_key()
    assert columns["x_y", ("a",)].values.tolist() == [0, 2.5]
    assert np.array_equal(columns["z", ()].values, [1.5, math.nan], equal_nan=True)


@pytest.mark.parametrize(
    ("text", "x", "y"),
    [
        ('Time,"x[a, b]",y\n0,1,2\n1,1e-3,nan\n', [1.0, 1e-3], [2.0, math.nan]),
        ('\ufeffTime,"x[a, b]", y \r\n0,1,2\r\n1,.5,inf\r\n', [1.0, 0.5], [2.0, math.inf]),
        ('Time,"x[a, b]",y\n0,1,2\n1,,3\n', [1.0, math.nan], [2.0, 3.0]),
        ('Time,"x[a, b]",y\n0,1,2\n1,NA,3\n\n', [1.0, math.nan], [2.0, 3.0]),
        ('Time,0,1\n"x[a, b]",1,2\ny,3,4\n', [1.0, 2.0], [3.0, 4.0]),
        ('Time,"x[a,\nb]",y\n0,1,2\n1,3,4\n', [1.0, 3.0], [2.0, 4.0]),
        # A name whose brackets hold a comma, and no quotes around it: there are three columns.
        ("Time,x[a,b],y\n0,1,2\n1,3,4\n", [1.0, 3.0], [2.0, 4.0]),
        ("Time,x[a, b],y\n0,1,2\n1,NA,4\n", [1.0, math.nan], [2.0, 4.0]),
    ],
)
def test_tables_of_plain_numbers_and_others_read_alike(
    text: str, x: list[float], y: list[float], tmp_path: Path
) -> None:
    """Plain ones are read at once, others cell by cell."""
    path = tmp_path / "run.csv"
    path.write_text(text, encoding="utf-8", newline="")
    columns = read_run(path).by_key()
    for key, values in ((("x", ("a", "b")), x), (("y", ()), y)):
        assert columns[key].times.tolist() == [0.0, 1.0]
        assert np.array_equal(columns[key].values, values, equal_nan=True)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("twice.csv", "Time,x\n0,1\n1,2\n1,3\n2,4\n", "time 1 stands in this file twice"),
        ("two_runs.tab", "Time\tx\n0\t1\n1\t2\n0\t5\n1\t6\n", "time 0 stands"),
        ("across.tab", "Time\t0\t1\t1\nx\t1\t2\t3\n", "time 1 stands"),
        ("twice.dat", "x\n0\t1\n1\t2\n1\t3\n", "time 1 stands"),
        ("timeless.csv", "Time,x\n0,1\n,2\n", "a time is missing"),
        ("names.csv", "Time,a b,A_B\n0,1,1\n1,2,3\n", "`A_B` stands in this file twice"),
    ],
)
def test_a_file_that_says_a_thing_twice_is_refused(
    tmp_path: Path, name: str, content: str, said: str
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=said):
        read_run(tmp_path / name)


def test_a_column_that_is_repeated_with_its_values_is_one(tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    path.write_text("Time,x,X\n0,1,1\n1,,\n")
    found = compare_runs(read_run(path), table(TIMES[:1], x=[1.0]), common=True)
    assert found.agrees
