"""Values of other runs, from tables of their names: with subscripts in columns of their own."""

from pathlib import Path

import pytest

from formats.vensim.running import NOT_AVAILABLE, run, values
from headwater.errors import DataError, DataWarning, ModelError, SyntaxFault
from headwater.formats.tables import read_table

RANGES = "country: chad, chile, cuba ~~|\nage: old, young ~~|\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "facts.csv").write_text(
        "Time,,1,2,5,13\n"
        "Facts,Chad,10,0.1,1,\n"
        "Facts,Chile,20,0.2,2,153\n"
        "Facts,Cuba,30,0.3,#N/A,\n"
        "Facts,Peru,40,#VALUE!,4,7\n"
        "Mean,,17.5,,,\n"
    )
    (tmp_path / "base.tab").write_text(
        "Time\t\t\t0\t1\t2\nPeople\tchad\told\t1\t2\t3\nPeople\tchad\tyoung\t4\t5\t6\n"
        "People\tchile\told\t7\t\t9\nPeople\tchile\tyoung\t0\t0\t0\n"
    )
    return tmp_path


def test_a_table_may_have_subscripts_in_columns_of_their_own(folder: Path) -> None:
    columns = read_table(folder / "base.tab").by_key()
    assert columns["people", ("chad", "young")].values.tolist() == [4, 5, 6]
    assert columns["people", ("chile", "old")].times.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("1", [10, 20, 30]),
        ("-3", [10, 20, 30]),
        ("2", [0.1, 0.2, 0.3]),
        ("5", [1, 2, NOT_AVAILABLE]),
        ("99", [NOT_AVAILABLE, 153, NOT_AVAILABLE]),
    ],
)
def test_constants_are_the_values_at_a_time(folder: Path, at: str, expected: list[float]) -> None:
    text = f"{RANGES}x[country] = GET VDF CONSTANTS(where, 'Facts[country]', {at}) ~~|\n"
    text += "where :IS: 'C:\\work\\facts.vdf' ~~|\n"
    assert values(run(text, 1, folder=folder), "x")[0].tolist() == expected


def test_a_constant_may_be_one_element_or_a_number(folder: Path) -> None:
    text = (
        f"{RANGES}one = GET VDF CONSTANTS('facts.vdf', 'facts[Peru]', 13) ~~|\n"
        "mean = GET VDF CONSTANTS('facts.vdf', 'Mean', 1) ~~|\n"
        "none = GET VDF CONSTANTS('', 'Mean', 4.5) ~~|\n"
    )
    results = run(text, 1, folder=folder)
    assert [values(results, n)[0] for n in ("one", "mean", "none")] == [7, 17.5, 4.5]


def test_series_are_shifted_and_stretched(folder: Path) -> None:
    text = (
        f"{RANGES}first: chad, chile ~~|\n"
        "people[first, age] := GET VDF DATA('base.vdfx', 'People[first,age]', 0, 1) ~~|\n"
        "later[age] := GET VDF DATA('base.vdfx', 'People[chad,age]', 1, 2) ~~|\n"
        "plain := GET VDF DATA('base.vdfx', 'People[chad,old]', 1, 0) ~~|\n"
    )
    results = run(text, 3, folder=folder)
    people = values(results, "people")
    assert people[1].tolist() == [[2, 5], [8, 0]]
    assert values(results, "later")[:, 0].tolist() == [1, 1, 1.5, 2]
    assert values(results, "plain").tolist() == [1, 2, 3, 3]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("GET VDF CONSTANTS('none.vdf', 'Mean', 1)", "`none.vdf` has no table beside the model"),
        ("GET VDF CONSTANTS('facts.vdf', 'Meen', 1)", "has no `Meen`(.|\n)*did you mean `Mean`"),
        ("GET VDF CONSTANTS('facts.vdf', 'Facts[country]', 1)", "has 3 elements, and 1 are needed"),
        ("GET VDF CONSTANTS('facts.vdf', 'Mean', 3)", "no values at time 3(.|\n)*2 and 5"),
        ("GET VDF CONSTANTS('facts.vdf', 'Mean')", "the arguments do not fit"),
        ("GET VDF DATA('facts.vdf', 'Mean', 0)", "the arguments do not fit"),
    ],
)
def test_what_a_table_has_not_is_an_error(folder: Path, call: str, message: str) -> None:
    sign = ":=" if "DATA" in call else "="
    with pytest.raises(DataError, match=message):
        run(f"{RANGES}x {sign} {call} ~~|\n", 1, folder=folder)


def test_a_missing_table_is_told_once(folder: Path) -> None:
    text = "".join(f"x{k} = GET VDF CONSTANTS('none.vdf', 'Mean', {k}) ~~|\n" for k in range(9))
    with pytest.raises(DataError) as caught:
        run(text, 1, folder=folder)
    assert len(caught.value.diagnostics) == 1
    with pytest.raises(DataError, match=r"2 files .* `none.vdf \(as \.tab, .*\)`, `no.csv`"):
        run(f"{text}y = GET DIRECT CONSTANTS('no.csv', ',', 'A1') ~~|\n", 1, folder=folder)


def test_other_sources_are_refused(folder: Path) -> None:
    with pytest.raises(SyntaxFault, match="GET ODBC CONSTANTS reads from a source"):
        run("x = GET ODBC CONSTANTS('a', 'b', 'c') ~~|\n", 1, folder=folder)
    with pytest.raises(SyntaxFault, match="texts between single quotes"):
        run("x = GET VDF CONSTANTS('facts.vdf', 'Mean', y) ~~|\ny = 1 ~~|\n", 1, folder=folder)


def test_elements_without_data_are_counted(folder: Path) -> None:
    text = f"{RANGES}Facts[country] ~~|\nother ~~|\nwest: chile, peru ~~|\nPeople[west] ~~|\n"
    settings = "\\\\\\---/// Sketch\n///---\\\\\\\n:L\n13:facts.vdf\n"
    with pytest.warns(DataWarning, match=r"no data for `other`, `People`, which"):
        run(text, 1, folder=folder, settings=settings)
    text = f"{RANGES}all: country, peru, niger ~~|\nFacts[all] ~~|\n"
    with pytest.warns(DataWarning, match=r"no data for `Facts` \(1 of its elements\), which"):
        run(text, 1, folder=folder, settings=settings)


@pytest.mark.parametrize("name", ["Data/Facts.vdf", "data\\facts.VDF", "..\\old\\Data.vdf"])
def test_a_table_lies_where_its_name_says_or_beside(folder: Path, name: str) -> None:
    (folder / "data").mkdir()
    (folder / "facts.csv").rename(folder / "data" / "FACTS.csv")
    (folder / "data.csv").write_text("Time,1,2\nMean,17.5,0\n")
    text = f"x = GET VDF CONSTANTS('{name}', 'Mean', 1) ~~|\n"
    assert values(run(text, 1, folder=folder), "x")[0] == 17.5


def test_elements_of_data_say_how_they_are_read_one_by_one(folder: Path) -> None:
    """Without a word for it, values between two points are interpolated."""
    two = "p[old]{} := GET VDF DATA('base.tab', 'People[chad,old]', 0, 2) ~~|\n"
    two += "p[young]:INTERPOLATE: := GET VDF DATA('base.tab', 'People[chad,young]', 0, 2) ~~|\n"
    results = run(f"{RANGES}{two.format('')}", 2, folder=folder)
    assert values(results, "p")[1].tolist() == [1.5, 4.5]
    with pytest.raises(ModelError, match="different interpolation"):
        run(f"{RANGES}{two.format(':HOLD BACKWARD:')}", 2, folder=folder)
    alone = two.format(":HOLD BACKWARD:").replace(":INTERPOLATE:", "")
    with pytest.raises(ModelError, match="different interpolation"):
        run(f"{RANGES}{alone}", 2, folder=folder)


def test_digits_with_underscores_are_no_number(tmp_path: Path) -> None:
    (tmp_path / "run.csv").write_text("Time,x\n0,1\n1,1_0\n")
    with pytest.raises(DataError, match="`1_0` is not a number"):
        read_table(tmp_path / "run.csv")
