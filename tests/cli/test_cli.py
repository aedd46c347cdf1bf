"""The command line: what it prints and writes, and its exit statuses."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from calling import call
from headwater.cli import COMMANDS, main
from headwater.version import __version__

CASE = """---
title: Wearing off
time: 0 to 10 year, step 1/8, save 1
method: rk4
---
# Wearing off

```headwater
dimension side = left, right
stock amount[side] : kg = {left: 80, right: 8}
  - loss[side]
flow loss[side] : kg/year = amount[side] * rate
lever rate : 1/year = 0.3  range 0 to 1
constant "odd, name" : 1 = 1/3
  assume "made up"
policy quick "Quicker"
  rate = 0.6
```
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.md"
    path.write_text(CASE, encoding="utf-8")
    return path


def table(text: str) -> tuple[list[str], np.ndarray]:
    header, *rows = csv.reader(io.StringIO(text))
    return header, np.array(rows, dtype=float)


def test_run_writes_one_row_a_saved_time(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    result = call("run", model, "-o", out)
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    header, rows = table(out.read_text(encoding="utf-8"))
    assert header == [
        "Time",
        "amount[left]",
        "amount[right]",
        "loss[left]",
        "loss[right]",
        "rate",
        "odd, name",
    ]
    assert rows[:, 0].tolist() == list(range(11))
    np.testing.assert_allclose(rows[:, 1], 80 * np.exp(-0.3 * rows[:, 0]), rtol=1e-6)
    assert set(rows[:, 6]) == {1 / 3}
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_warnings_are_told_as_findings(tmp_path: Path) -> None:
    """Without the file and line of our code, which Python puts before a warning."""
    path = tmp_path / "m.mdl"
    path.write_text("x ~~|\nFINAL TIME = 1 ~~|\nINITIAL TIME = 0 ~~|\nTIME STEP = 1 ~~|\n")
    result = call("run", path)
    assert result.stderr.startswith(f"warning: {path}: no data for `x`")
    assert "DataWarning" not in result.output


def test_run_without_output_prints_the_table(model: Path) -> None:
    result = call("run", model, "--outputs", "LOSS", "--times", "0,5")
    header, rows = table(result.stdout)
    assert header == ["Time", "loss[left]", "loss[right]"]
    np.testing.assert_allclose(rows[:, 2], 2.4 * np.exp([0, -1.5]), rtol=1e-6)


@pytest.mark.parametrize("words", [("--set", "rate=0.6"), ("--policy", "quick")])
def test_run_sets_values_and_policies(model: Path, words: tuple[str, ...]) -> None:
    result = call("run", model, "--outputs", "amount", "--times", "10", *words)
    _, rows = table(result.stdout)
    np.testing.assert_allclose(rows[0, 1], 80 * np.exp(-6), rtol=1e-4)


def test_run_takes_elements_steps_and_methods(model: Path) -> None:
    words = [
        "--set",
        "amount[left]=5",
        "--set",
        "amount[right]=6",
        "--outputs",
        "amount[left],rate",
    ]
    _, rows = table(call("run", model, *words).stdout)
    assert set(rows[:, 1]) == {5}
    coarse = call(
        "run", model, "--step", 1, "--method", "euler", "--outputs", "amount", "--stop", 2
    )
    _, rows = table(coarse.stdout)
    np.testing.assert_allclose(rows[:, 1], [80, 56, 39.2])


def test_targets_agree(model: Path) -> None:
    fast = table(call("run", model).stdout)[1]
    slow = table(call("run", model, "--target", "reference").stdout)[1]
    np.testing.assert_allclose(fast, slow, rtol=1e-12)


@pytest.mark.parametrize("extension", ["nc", "zarr", "parquet"])
def test_run_writes_other_formats(model: Path, tmp_path: Path, extension: str) -> None:
    out = tmp_path / f"out.{extension}"
    assert call("run", model, "-o", out).exit_code == 0
    assert out.exists()


def test_list_names_cases_and_variables(model: Path) -> None:
    shipped = dict(line.split(maxsplit=1) for line in call("list").stdout.splitlines())
    assert shipped["tajikistan"].startswith("Tajikistan, migration")
    assert shipped["committed-minority"].startswith("A committed minority")
    lines = call("list", model).stdout.splitlines()
    assert lines[:2] == ["# Wearing off", "# policies: quick"]
    assert lines[2].split() == ["stock", "amount[side]", "kg", "Wearing", "off"]


def test_new_makes_a_case_that_runs_and_checks(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    made = call("new", folder, "--title", "Mine")
    assert made.exit_code == 0
    assert str(folder / "case.md") in made.stdout
    assert call("run", folder, "-o", tmp_path / "o.csv").exit_code == 0
    assert call("check", folder).exit_code == 0
    assert call("new", folder).exit_code == 2


def test_fmt_changes_only_what_is_out_of_shape(model: Path) -> None:
    untidy = CASE.replace(
        "lever rate : 1/year = 0.3  range 0 to 1", "lever rate:1/year=0.3 range 0 to 1"
    )
    model.write_text(untidy, encoding="utf-8")
    looked = call("fmt", "--check", model)
    assert (looked.exit_code, model.read_text(encoding="utf-8")) == (1, untidy)
    assert call("fmt", model).exit_code == 0
    once = model.read_text(encoding="utf-8")
    assert once != untidy
    assert call("fmt", model).exit_code == 0
    assert model.read_text(encoding="utf-8") == once
    assert call("fmt", "--check", model).exit_code == 0


def test_fmt_takes_markdown_alone(tmp_path: Path) -> None:
    path = tmp_path / "model.mdl"
    path.write_text("{UTF-8}\nx = 1 ~~|\n")
    result = call("fmt", path)
    assert result.exit_code == 2
    assert "no Markdown file" in result.stderr


def test_fmt_writes_nothing_when_a_file_is_broken(model: Path, tmp_path: Path) -> None:
    untidy = CASE.replace("  - loss[side]", "    -   loss[side]")
    model.write_text(untidy, encoding="utf-8")
    (tmp_path / "broken.md").write_text("```headwater\nnonsense here\n```\n", encoding="utf-8")
    result = call("fmt", tmp_path)
    assert result.exit_code == 2
    assert "broken.md:2" in result.stderr
    assert model.read_text(encoding="utf-8") == untidy


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        ("source", "stock amount[side] : kg"),
        ("project", "= amount[side] * rate"),
        ("resolved", "stock amount"),
        ("order", "in every step:"),
        ("program", "mul"),
        ("llvm", "define"),
    ],
)
def test_show_prints_every_stage(model: Path, stage: str, said: str) -> None:
    result = call("show", model, "--stage", stage)
    assert result.exit_code == 0
    assert said in result.stdout


def test_check_has_a_status_for_each_kind_of_finding(model: Path) -> None:
    def status(text: str) -> int:
        model.write_text(CASE.replace("policy quick", text + "\npolicy quick"), encoding="utf-8")
        return call("check", model).exit_code

    assert status('check "falls" always amount[left] <= 80') == 0
    assert status('check "stays" always amount[left] = 80') == 1
    assert status("aux clash : kg = amount[left] + rate") == 2
    assert status("aux x : 1 = y\naux y : 1 = x") == 2


def test_check_counts_warnings_only_when_strict(model: Path) -> None:
    assert call("check", model).exit_code == 0
    strict = call("check", model, "--strict")
    assert strict.exit_code == 1
    assert "`odd, name` has not a range" in strict.stdout


def test_version_and_help() -> None:
    assert call("--version").stdout.strip() == f"headwater, version {__version__}"
    assert f"headwater {__version__}" in call("version").stdout
    overview = call("--help").stdout
    for name in COMMANDS:
        assert name in overview
        assert call(name, "--help").exit_code == 0


def malformed(what: str) -> str:
    """Return the case with one thing wrong."""
    return {
        "unknown variable": CASE.replace("amount[side] * rate", "amuont[side] * rate"),
        "unit clash": CASE.replace("lever rate : 1/year", "lever rate : kg"),
        "circular": CASE.replace("policy", "aux x : 1 = y\naux y : 1 = x\npolicy", 1),
        "division by zero at the start": CASE.replace(
            "policy", "aux ratio : 1/kg = 1 / (amount[left] - 10 * amount[right])\npolicy", 1
        ),
        "range upside down": CASE.replace("range 0 to 1", "range 1 to 0"),
        "missing data file": CASE.replace(
            "policy", "data d : 1 = nowhere.csv, column x, time year\npolicy", 1
        ),
        "absent column": CASE.replace(
            "policy", "data d : 1 = data.csv, column z, time year\npolicy", 1
        ),
        "NaN in data": CASE.replace(
            "policy", "data d : 1 = data.csv, column x, time year\npolicy", 1
        ),
        "no time": CASE.replace("time: 0 to 10 year, step 1/8, save 1\n", ""),
        "unknown keyword": CASE.replace("lever rate", "levre rate"),
        "10 MB line": CASE.replace("0.3  range", "0.3" + " + 1" * 2_500_000 + "  range"),
        "deep nesting": CASE.replace("= 1/3", "= " + "(" * 100_000 + "1" + ")" * 100_000),
        "empty": "",
    }[what]


@pytest.mark.parametrize(
    "what",
    [
        "unknown variable",
        "unit clash",
        "circular",
        "division by zero at the start",
        "range upside down",
        "missing data file",
        "absent column",
        "NaN in data",
        "no time",
        "unknown keyword",
        "10 MB line",
        "deep nesting",
        "empty",
    ],
)
@pytest.mark.parametrize("verb", ["run", "check"])
def test_a_malformed_case_gives_a_place_a_way_out_and_no_file(
    model: Path, tmp_path: Path, what: str, verb: str
) -> None:
    model.write_text(malformed(what), encoding="utf-8")
    (tmp_path / "data.csv").write_text("year,x\n2000,1\n2001,nan\n", encoding="utf-8")
    before = sorted(p.name for p in tmp_path.iterdir())
    words = ["run", model, "-o", tmp_path / "out.csv"] if verb == "run" else ["check", model]
    result = call(*words)
    said = result.output
    assert result.exit_code == 2, said
    assert "Traceback" not in said
    assert "error: " in said
    assert "model.md:" in said or "data.csv" in said
    assert len(said) < 4000
    assert sorted(p.name for p in tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "words",
    [
        ("run", "nowhere.md"),
        ("run", "tajikstan"),
        ("run", "{folder}"),
        ("run", "{binary}"),
        ("run", "{model}", "--set", "rate"),
        ("run", "{model}", "--set", "rte=1"),
        ("run", "{model}", "--set", "rate=fast"),
        ("run", "{model}", "--policy", "slow"),
        ("run", "{model}", "--variant", "other"),
        ("run", "{model}", "--outputs", "nothing"),
        ("run", "{model}", "--times", "noon"),
        ("run", "{model}", "--times", "99"),
        ("run", "{model}", "--step", "0"),
        ("run", "{model}", "--method", "magic"),
        ("run", "{model}", "-o", "out.xls"),
        ("run", "{model}", "-o", "no/folder/out.csv"),
        ("run", "{model}", "--target", "gpu"),
        ("run",),
        ("fly",),
        ("test", "{model}"),
        ("list", "nowhere.md"),
        ("show", "nowhere.md"),
        ("fmt", "nowhere.md"),
        ("check", "nowhere.md"),
    ],
)
def test_bad_arguments_have_status_2(model: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "binary.md").write_bytes(bytes(range(256)) * 50)
    (tmp_path / "empty").mkdir()
    places = {"model": model, "folder": tmp_path / "empty", "binary": tmp_path / "binary.md"}
    result = call(*(w.format(**places) for w in words))
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    assert result.stderr


def test_unexpected_errors_have_status_3_and_no_traceback(model: Path, monkeypatch) -> None:
    def fail(*_args: object) -> None:
        raise ZeroDivisionError("boom")

    monkeypatch.setattr("headwater.api.load", fail)
    result = call("run", model)
    assert result.exit_code == 3
    assert "unexpected error: ZeroDivisionError: boom" in result.stderr
    assert "--debug" in result.stderr
    shown = call("run", model, "--debug")
    assert isinstance(shown.exception, ZeroDivisionError)


def test_an_interrupt_has_status_130(model: Path, tmp_path: Path, monkeypatch) -> None:
    def interrupt(*_args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("headwater.simulation.results.writing._write_rows", interrupt)
    out = tmp_path / "out.csv"
    assert call("run", model, "-o", out).exit_code == 130
    assert list(tmp_path.iterdir()) == [model]


def headwater(*words: object, **extra: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "headwater", *map(str, words)],
        text=True,
        capture_output=True,
        check=False,
        env={**os.environ, **extra},
    )


def test_as_a_process(model: Path, tmp_path: Path) -> None:
    assert headwater("run", model, "-o", tmp_path / "out.csv").returncode == 0
    failed = headwater("run", tmp_path / "none.md")
    assert failed.returncode == 2
    assert failed.stdout == ""
    assert "Traceback" not in failed.stderr


def test_a_plain_run_loads_no_heavy_library(model: Path) -> None:
    code = (
        "import sys, json\n"
        "from headwater.cli import main\n"
        "try:\n"
        f"    main(['run', {str(model)!r}, '-o', {str(model.with_suffix('.csv'))!r}])\n"
        "except SystemExit:\n"
        "    pass\n"
        "heavy = ('xarray', 'pandas', 'scipy', 'altair')\n"
        "print(json.dumps([m for m in heavy if m in sys.modules]))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], text=True, capture_output=True, check=True
    )
    assert json.loads(result.stdout) == []


@pytest.mark.parametrize("given", ["", " ", ","])
def test_options_that_name_nothing_are_refused(given: str) -> None:
    found = CliRunner().invoke(main, ["run", "turchin-ages", "--outputs", given])
    assert found.exit_code == 2
    assert "`--outputs` names nothing" in found.output
