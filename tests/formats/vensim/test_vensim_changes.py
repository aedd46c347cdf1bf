"""Files of changes (.cin): constants, parts of arrays, lookups and time settings."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from headwater.api import Case, Model, load
from headwater.cli import main
from headwater.errors import HeadwaterError, ModelError, UsageError

MODEL = """{UTF-8}
source: coal, nuclear, sun, wind ~~|
clean: sun, wind ~~|
age: old, new ~~|
subsidy[source] = 0, 0, 0.1, 0.1 ~~|
cost[source, age] = 1,2;3,4;5,6;7,8; ~~|
built[coal] = 1 ~~|
built[nuclear] = 2 ~~|
schedule = 4 ~~|
third = 1 / 3 ~~|
effect((0,0),(10,10)) ~~|
wear[age]((0,0),(10,20)) ~~|
effect of 5 = effect(5) ~~|
wear of 5[age] = wear[age](5) ~~|
total = SUM(subsidy[source!]) + schedule ~~|
FINAL TIME = 2 ~~|
INITIAL TIME = 0 ~~|
TIME STEP = 1 ~~|
SAVEPER = TIME STEP ~~|
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "model.mdl").write_text(MODEL)
    return tmp_path / "model.mdl"


def changed(path: Path, text: str) -> Model:
    (path.parent / "scenario.cin").write_text(text)
    return load(path).with_changes(path.parent / "scenario.cin")


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("SCHEDULE=2\n", "schedule", 2),
        ("0 <= schedule = 3  <= 10\n", "schedule", 3),
        ("schedule = 1\nschedule = -1e+01 ~ units ~ a comment |\n", "schedule", -10),
        ("subsidy[sun] = 0.5\n", "subsidy", [0, 0, 0.5, 0.1]),
        ("subsidy[clean] = 0.3,\n  0.4\n", "subsidy", [0, 0, 0.3, 0.4]),
        ("subsidy[clean] = 1\n", "total", 6),
        ("subsidy = 1, 2, 3, 4\n", "subsidy", [1, 2, 3, 4]),
        ("cost[source, new] = 10,20,30,40\n", "cost", [[1, 10], [3, 20], [5, 30], [7, 40]]),
        ("cost[wind,age] = 0\n", "cost", [[1, 2], [3, 4], [5, 6], [0, 0]]),
        ("built[nuclear] = 7\n", "built", [1, 7]),
        ("effect((0,1),(10,21))\n", "effect_of_5", 11),
        ("effect(0,10,\\\n 5,5)\n", "effect_of_5", 5),
        ("wear[new]([(0,0)-(9,9)],(0,0),(5,3))\n", "wear_of_5", [10, 3]),
    ],
)
def test_a_change_counts_for_what_it_names(
    path: Path, text: str, name: str, expected: object
) -> None:
    assert changed(path, text).run()[name].values.tolist() == expected


def test_time_settings_change_too(path: Path) -> None:
    text = ":OPTIMIZER=Powell\n\nFINAL TIME = 5\nINITIAL TIME=1\nTIME STEP = 0.5\nSAVEPER=2\n"
    run = changed(path, text).run()
    assert run["time"].values.tolist() == [1, 3, 5]


def test_the_model_itself_is_not_changed(path: Path) -> None:
    first = load(path)
    (path.parent / "a.cin").write_text("schedule = 9\n")
    (path.parent / "b.cin").write_text("subsidy[coal] = 1\n")
    both = first.with_changes(path.parent / "a.cin", path.parent / "b.cin")
    assert both.run()["total"].values == pytest.approx(10.2)
    assert first.run()["total"].values == pytest.approx(4.2)


def test_a_changed_file_is_read_anew(path: Path) -> None:
    assert changed(path, "schedule = 1\n").run()["schedule"].values == 1
    assert changed(path, "schedule = 2\n").run()["schedule"].values == 2


def test_a_model_with_reality_checks_stays_a_case(path: Path) -> None:
    check = "fine :THE CONDITION: schedule = 0 :IMPLIES: total < 5 ~~|\n"
    path.write_text(MODEL + check)
    case = changed(path, "schedule = 1\n")
    assert isinstance(case, Case)
    assert len(case.case.checks) == 1
    assert case.run()["schedule"].values == 1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("total = 4", "`total` is no constant"),
        ("effect = 4", "`effect` is no constant"),
        ("third = 0.5", "`third` is no constant(.|\n)*--set"),
        ("schedule((0,0),(1,1))", "`schedule` is no lookup"),
        ("subsidy[gas] = 1", "`gas` is not part of `source`"),
        ("subsidy[old] = 1", "`old` is not part of `source`"),
        ("cost[coal] = 1", "`cost` has 2 subscripts, not 1"),
        ("subsidy = 1, 2", "`subsidy` needs 4 numbers here and gets 2"),
        ("shedule = 1", "the model has no `shedule`(.|\n)*did you mean `schedule`"),
        ("schedule = total + 1", "`schedule` needs a number here"),
        ("schedule", "`schedule` needs a number here"),
        ("file :IS: 'x.csv'", "`file` holds a text"),
        ("schedule = = 3", "expected|cannot|missing"),
    ],
)
def test_what_cannot_be_changed_is_an_error_with_its_place(
    path: Path, line: str, message: str
) -> None:
    with pytest.raises(HeadwaterError, match=message) as caught:
        changed(path, f"built[coal] = 3\n{line}\n")
    assert caught.value.diagnostics[0].place is not None
    assert caught.value.diagnostics[0].place.line == 2


@pytest.mark.parametrize(
    ("name", "said"), [("other.mdl", "a model"), ("all.lst", "list of variables")]
)
def test_another_file_is_no_file_of_changes(path: Path, name: str, said: str) -> None:
    (path.parent / name).write_text("schedule")
    with pytest.raises(UsageError, match=f"{said}, not a file of changes"):
        load(path).with_changes(path.parent / name)


def test_all_mistakes_are_told_at_once(path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        changed(path, "total = 4\nnone such = 5\n")
    assert len(caught.value.diagnostics) == 2


def test_the_commands_take_changes(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (path.parent / "s.cin").write_text("subsidy[coal] = 1\nFINAL TIME = 1\n")
    arguments = ["--changes", str(path.parent / "s.cin")]
    with pytest.raises(SystemExit) as left:
        main(["run", str(path), "--outputs", "total", *arguments])
    assert left.value.code == 0
    assert capsys.readouterr().out.splitlines() == ["Time,total", "0.0,5.2", "1.0,5.2"]
    with pytest.raises(SystemExit) as left:
        main(["convert", str(path), str(path.parent / "new.mdl"), *arguments])
    assert left.value.code == 0
    assert load(path.parent / "new.mdl").run()["subsidy"].values.tolist() == [1, 0, 0.1, 0.1]


def test_an_unchangeable_constant_cannot_be_changed_and_stays_one(path: Path) -> None:
    path.write_text(MODEL.replace("schedule = 4", "schedule == 4"))
    with pytest.raises(ModelError, match="`schedule` is a constant that cannot be changed"):
        changed(path, "schedule = 5\n")
    assert load(path).run({"schedule": 5})["total"].values == pytest.approx(5.2)  # + 2 * 0.1
    written = path.with_name("again.mdl")
    assert CliRunner().invoke(main, ["convert", str(path), str(written)]).exit_code == 0
    with pytest.raises(ModelError, match="cannot be changed"):
        changed(written, "schedule = 5\n")
    lost = CliRunner().invoke(main, ["convert", str(path), str(path.with_suffix(".xmile"))])
    assert "`schedule`" in lost.output
