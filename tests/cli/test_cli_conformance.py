"""`headwater conformance` over small suites whose outcome is plain."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from headwater.cli import main

MODEL = """{UTF-8}
fish = INTEG(fish * 0.5, 8) ~~|
INITIAL TIME = 0 ~~|
FINAL TIME = 2 ~~|
TIME STEP = 1 ~~|
SAVEPER = 1 ~~|
"""
RECORDED = "Time,fish\n0,8\n1,12\n2,18\n"


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    folder = tmp_path / "suite" / "growth"
    folder.mkdir(parents=True)
    (folder / "growth.mdl").write_text(MODEL)
    (folder / "output.csv").write_text(RECORDED)
    return tmp_path / "suite"


def call(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["conformance", *map(str, words)], prog_name="headwater")
    return result.exit_code, result.output


def test_a_suite_that_runs_as_recorded_passes(suite: Path, tmp_path: Path) -> None:
    status, shown = call(suite, "--jobs", 1, "-o", tmp_path / "record")
    assert status == 0
    assert "as recorded   growth/growth.mdl: 1 columns, all equal" in shown
    record = json.loads((tmp_path / "record" / "conformance.json").read_text())
    assert record["totals"] == [
        {"format": ".mdl", "files": 1, "as recorded": 1, "by a finding": 0, "failed": 0}
    ]
    assert record["files"][0]["worst"] == "fish"
    page = (tmp_path / "record" / "conformance.md").read_text()
    assert "| growth | yes |" in page


def test_a_difference_fails_and_names_the_worst_column(suite: Path) -> None:
    (suite / "growth" / "output.csv").write_text("Time,fish\n0,8\n1,12\n2,18.1\n")
    status, shown = call(suite, "--jobs", 1)
    assert status == 1
    assert "worst `fish` at 2: 18, expected 18.1" in shown
    assert call(suite, "--jobs", 1, "--tolerance", 0.01)[0] == 0


@pytest.mark.parametrize(
    ("recorded", "said"),
    [
        ("Time,fish,frog\n0,8,1\n", "1 columns missing: frog"),
        (RECORDED + "3,27\n", "rows missing"),
        ("Time,fish\n", "the recorded output has no values"),
        ("Time,fish\n0,\n1,nan\n", "the recorded output has no values"),
        ("Time,fish\n0,8\n1,12\n", "lacks 1 of the run's 3 saved times, at 2"),
        ("Time,fish\n0,8\n2,18\n", "lacks 1 of the run's 3 saved times, at 1"),
        ("Time,fish\n0,8\n1,12\n1,12\n2,18\n", "the recorded output has time 1 twice"),
    ],
)
def test_what_is_missing_fails(suite: Path, recorded: str, said: str) -> None:
    (suite / "growth" / "output.csv").write_text(recorded)
    status, shown = call(suite, "--jobs", 1)
    assert status == 1
    assert said in shown


def test_processes_give_the_results_in_the_order_of_the_files(suite: Path) -> None:
    for name in ("a", "z"):
        folder = suite / name
        folder.mkdir()
        (folder / "m.mdl").write_text(MODEL)
        (folder / "output.csv").write_text(RECORDED)
    one, two = call(suite, "--jobs", 1), call(suite, "--jobs", 2)
    assert one == two
    assert [line.split()[2] for line in one[1].splitlines() if line.startswith("as ")] == [
        "a/m.mdl:",
        "growth/growth.mdl:",
        "z/m.mdl:",
    ]


def test_findings_of_the_folder_count(suite: Path) -> None:
    (suite / "growth" / "growth.mdl").write_text(MODEL.replace("fish * 0.5", "fish * frog"))
    assert call(suite, "--jobs", 1)[0] == 1
    finding = (
        '[[finding]]\nfile = "growth/growth.mdl"\n'
        'error = "no variable `frog`"\nreason = "No equation."\n'
    )
    (suite / "findings.toml").write_text(finding)
    status, shown = call(suite, "--jobs", 1)
    assert (status, "by a finding  growth/growth.mdl" in shown) == (0, True)


@pytest.mark.parametrize("text", ["[[finding", '[[finding]]\nfile = "x"\n', "finding = [1]\n"])
def test_findings_that_are_not_in_order_are_refused(suite: Path, text: str) -> None:
    (suite / "findings.toml").write_text(text)
    status, shown = call(suite, "--jobs", 1)
    assert status == 2
    assert "findings.toml" in shown


def test_no_suite_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEADWATER_TEST_MODELS", raising=False)
    assert "set HEADWATER_TEST_MODELS" in call()[1]
    assert call(tmp_path)[0] == call(tmp_path / "none")[0] == 2
    monkeypatch.setenv("HEADWATER_TEST_MODELS", str(tmp_path))
    assert "no model with a recorded output" in call()[1]


@pytest.mark.skipif(os.name == "nt", reason="Windows interrupts processes in another way")
def test_an_interrupt_of_all_processes_is_told_once(suite: Path) -> None:
    for number in range(40):
        folder = suite / f"more{number}"
        folder.mkdir()
        (folder / "growth.mdl").write_text(MODEL)
        (folder / "output.csv").write_text(RECORDED)
    started = subprocess.Popen(
        [sys.executable, "-m", "headwater", "conformance", str(suite), "--jobs", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert started.stdout is not None
    started.stdout.readline()
    os.killpg(started.pid, signal.SIGINT)
    _, said = started.communicate(timeout=60)
    assert started.returncode == 130
    assert said.strip() == "interrupted"
