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


@pytest.mark.parametrize("extension", ["md", "mdl"])
@pytest.mark.parametrize("start", ["INIT(f * two)", "INIT(f[Tank] * 2)", "both"])
def test_every_element_starts_from_its_own_flow(start: str, extension: str, tmp_path: Path) -> None:
    here = '<dimensions><dim name="Tank"/></dimensions>'
    shares = '<element subscript="a"><eqn>1</eqn></element><element subscript="b"><eqn>4</eqn>'
    text = file(
        f'<stock name="s">{here}<eqn>{start}</eqn><outflow>f</outflow><non_negative/></stock>'
        f'<flow name="f">{here}<eqn>3 * share</eqn><non_negative/></flow>'
        f'<aux name="share">{here}{shares}</element></aux>'
        f'<aux name="both">{here}<eqn>two * f</eqn></aux>' + aux("two", "2"),
        before='<dimensions><dim name="Tank"><elem name="a"/><elem name="b"/></dim></dimensions>',
    )
    path, copy = tmp_path / "model.xmile", tmp_path / f"copy.{extension}"
    path.write_text(text)
    done = CliRunner().invoke(main, ["convert", str(path), str(copy), "--verify"])
    assert done.exit_code == 0, done.output
    # Flows of 3 and 12 a step from stocks of twice that: two steps empty each.
    assert load(copy).run()["s"].values[:4].tolist() == [[6, 24], [3, 12], [0, 0], [0, 0]]
