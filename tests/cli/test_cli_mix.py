"""``headwater mix``: what a search writes."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from headwater.cli import main
from headwater.formats.literate.template import create_case

pytest.importorskip("pymoo", reason="the search for mixes needs headwater[analysis]")


def test_mixes_are_shown_and_written(tmp_path: Path) -> None:
    create_case(tmp_path / "town")
    table, picture = tmp_path / "mixes.csv", tmp_path / "mixes.svg"
    words = ["mix", tmp_path / "town", "--outcome", "fill", "--better", "higher"]
    words += ["--times", "2030,2045", "--generations", 2, "-o", table, "--picture", picture]
    found = CliRunner().invoke(main, [str(w) for w in words])
    assert found.exit_code == 0, found.output
    assert "Repair the pipes from 2025" in found.output
    assert "mixes of 96 that were tried" in found.output
    header = table.read_text(encoding="utf-8").splitlines()[0]
    assert header == "policy,effort,ratio_2030,ratio_2045,order_to_save,repair_rate"
    assert picture.read_text(encoding="utf-8").startswith("<svg")


def test_a_lever_that_is_none_is_named(tmp_path: Path) -> None:
    create_case(tmp_path / "town")
    found = CliRunner().invoke(main, ["mix", str(tmp_path / "town"), "--levers", "repair_rat"])
    assert found.exit_code == 2
    assert "did you mean `repair_rate`" in found.output
