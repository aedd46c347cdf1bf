"""Findings of other commands: saved by them, shown by ``headwater test --include``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from calling import call
from lake_case import CASE, write_lake

LOOP = """
loop "Draining" = lake -> drained
  claim dries-out
  cut lake -> drained at 2005
"""


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lake that drains, whose loop has a name."""
    root = tmp_path_factory.mktemp("lake")
    write_lake(root)
    text = CASE.replace("policy no_change", f"{LOOP}\npolicy no_change", 1)
    (root / "case.md").write_text(text, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def found(lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with loops and flips."""
    folder = tmp_path_factory.mktemp("found")
    loops = call("loops", lake, "--claims", "--runs", 100, "-o", folder / "loops.json")
    assert loops.exit_code == 0, loops.output
    assert "Draining: lake -> drained" in loops.output
    assert "with the loop, and with lake -> drained at 2005 cut:" in loops.output
    words = ["half-gone", "--runs", 100, "--no-tree", "-o", folder / "flips.json"]
    assert call("discover", lake, *words).exit_code == 0
    return folder


def test_a_test_shows_what_was_included(lake: Path, found: Path, tmp_path: Path) -> None:
    words = ["test", lake, "--runs", 50, "--output", tmp_path, "--include", found]
    result = call(*words)
    assert result.exit_code == 0, result.output
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "The loops behind it" in page and "The smallest change that turns it" in page
    assert f"--include {found}" in page
    again = tmp_path / "again"
    assert call(*words[:5], again, "--include", found, "--threads", 1).exit_code == 0
    assert (again / "report.html").read_text(encoding="utf-8") == page


def test_the_command_is_kept_without_what_changes_nothing(lake: Path, found: Path) -> None:
    about = json.loads((found / "loops.json").read_text(encoding="utf-8"))["about"]
    assert about["command"] == f"headwater loops {lake} --claims --runs 100"
    assert (about["kind"], about["seed"]) == ("loops", 1)


def test_another_state_of_the_case_is_refused(lake: Path, found: Path, tmp_path: Path) -> None:
    root = tmp_path / "other"
    root.mkdir()
    write_lake(root)
    out = tmp_path / "out"
    result = call("test", root, "--runs", 5, "--output", out, "--include", found)
    assert result.exit_code == 2
    assert "another state of this case" in result.output
    assert not out.exists()


def test_what_is_included_needs_a_report(lake: Path, found: Path) -> None:
    result = call("test", lake, "--runs", 5, "--include", found)
    assert result.exit_code == 2 and "--output" in result.output


def test_a_case_without_named_loops(tmp_path: Path) -> None:
    write_lake(tmp_path)
    result = call("loops", tmp_path, "--claims")
    assert result.exit_code == 2
    assert "names no loop" in result.output


def test_mixes_are_saved(lake: Path, tmp_path: Path) -> None:
    pytest.importorskip("pymoo", reason="the search for mixes needs headwater[analysis]")
    path = tmp_path / "mix.json"
    result = call("mix", lake, "--better", "higher", "--generations", 1, "-o", path)
    assert result.exit_code == 0, result.output
    saved = json.loads(path.read_text(encoding="utf-8"))
    assert saved["about"]["kind"] == "mixes"
    assert saved["found"]["lower_is_better"] is False
