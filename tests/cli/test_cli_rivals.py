"""``headwater rivals``: verdicts by structure, where they follow from closed forms."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner

from headwater.argument.rivals import counted, stands
from headwater.argument.testing import Options
from headwater.argument.testing import test_case as run_test
from headwater.argument.verdicts import Verdict
from headwater.cli import main
from headwater.formats.literate.template import create_case
from headwater.formats.registry import read_model
from headwater.model.case import Case
from lake_case import THRESHOLD, write_lake


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("lake")
    write_lake(root)
    return root


def test_each_structure_is_judged_by_itself(lake: Path) -> None:
    case = read_model(lake)
    assert isinstance(case, Case)
    rows = stands(run_test(case, Options(runs=400, progress=False)))
    by_name = {r.expectation: r for r in rows}
    gone = by_name["half-gone"]
    assert gone.verdicts == {"slow": Verdict.DEPENDS, "shut": Verdict.FAILS}
    assert gone.shares["slow"].value == pytest.approx(1 - THRESHOLD / 0.2, abs=0.01)
    assert gone.apart
    assert gone.spread == gone.shares["slow"].value
    assert not by_name["never-empty"].apart
    # What is built in speaks for no structure.
    open_ones = [r for r in rows if not r.built_in]
    assert len(open_ones) < len(rows)
    for own in counted(rows).values():
        assert sum(own.values()) == len(open_ones)


def test_the_command_shows_disagreement_first_and_writes_all(lake: Path, tmp_path: Path) -> None:
    table = tmp_path / "rivals.csv"
    done = CliRunner().invoke(main, ["rivals", str(lake), "--runs", "200", "-o", str(table)])
    assert done.exit_code == 0, done.output
    assert done.output.index("Half is gone") < done.output.index("The lake is never empty")
    assert "The structures disagree on 1 of" in done.output
    assert "from the stated ranges (prior)" in done.output
    with table.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert {(r["expectation"], r["structure"]) for r in rows} >= {("half-gone", "slow")}
    assert len(rows) == 6


def test_a_case_without_rivals_is_refused(tmp_path: Path) -> None:
    create_case(tmp_path / "town")
    done = CliRunner().invoke(main, ["rivals", str(tmp_path / "town")])
    assert done.exit_code == 2
    assert "no rival structures" in done.output
