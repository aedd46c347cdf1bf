"""``headwater discover``: boxes, trade-off and flips of a small case."""

from __future__ import annotations

from pathlib import Path

import pytest

from calling import call
from lake_case import write_lake


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("lake")
    write_lake(root)
    return root


def test_boxes_and_flips_are_told_in_words(lake: Path, tmp_path: Path) -> None:
    table = tmp_path / "tradeoff.csv"
    found = call("discover", lake, "dries-out", "--runs", 600, "--no-tree", "-o", table)
    assert found.exit_code == 0, found.output
    assert "depends: met in 33% of the cases" in found.output
    assert "Holds when the structure is Slow and rate is above 0.06" in found.output
    assert "Too few cases of one kind to tell." in found.output  # within the other structure
    assert "It turns with rate from 0.1 per year to 0.068" in found.output
    assert "No shift of the ranges was found" in found.output
    assert "600 draws, seed 1, from the stated ranges (prior)" in found.output
    header, first, *_ = table.read_text(encoding="utf-8").splitlines()
    assert header == "expectation,structure,side,coverage,density,mass,restrictions"
    assert first.startswith("half-gone,,holds,1.0,")


def test_the_same_seed_gives_the_same_words(lake: Path) -> None:
    words = ["discover", lake, "half-gone", "--runs", 300, "--no-tree"]
    outputs = {call(*words, "--threads", t).stdout for t in (1, 2)}
    assert len(outputs) == 1


def test_a_tree_where_scikit_learn_is_installed(lake: Path) -> None:
    pytest.importorskip("sklearn", reason="trees need headwater[analysis]")
    found = call("discover", lake, "half-gone", "--runs", 600, "--no-flips")
    assert found.exit_code == 0, found.output
    assert "As a tree" in found.output
    assert "The smallest change" not in found.output


def test_what_does_not_exist_is_named(lake: Path) -> None:
    found = call("discover", lake, "half-gon")
    assert found.exit_code == 2
    assert "did you mean `half-gone`?" in found.output
