"""Stocks that start from flows that they limit are written with what the flows ask for."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from formats.xmile.xmile_texts import aux, column, file, run
from headwater.api import load
from headwater.cli import main

TANK = (
    '<stock name="s"><eqn>{start}</eqn><outflow>f</outflow><non_negative/></stock>'
    '<flow name="f"><eqn>3 - 2 * TIME</eqn><non_negative/></flow>'
)


@pytest.mark.parametrize("extension", ["md", "mdl"])
@pytest.mark.parametrize(
    ("start", "more", "first"),
    [("f * 2", "", 6), ("half + 1", aux("half", "f / 2"), 2.5), ("4", "", 4)],
)
def test_the_run_is_the_same(
    start: str, more: str, first: float, extension: str, tmp_path: Path
) -> None:
    text = file(TANK.format(start=start) + more)
    expected = [first, max(first - 3, 0), max(max(first - 3, 0) - 1, 0)]
    assert column(run(text), "s")[:3] == expected
    path, copy = tmp_path / "model.xmile", tmp_path / f"copy.{extension}"
    path.write_text(text)
    done = CliRunner().invoke(main, ["convert", str(path), str(copy), "--verify"])
    assert done.exit_code == 0, done.output
    assert ("f wanted" in done.output) == (start != "4")
    assert load(copy).run()["s"].values[:3].tolist() == expected
