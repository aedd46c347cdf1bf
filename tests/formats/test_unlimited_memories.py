"""Functions that remember a flow which waits for them start from what it asks for."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from formats.xmile.xmile_texts import aux, column, file, run
from headwater.api import load
from headwater.cli import main

SHOP = (
    '<stock name="goods"><eqn>10</eqn><inflow>making</inflow><outflow>sales</outflow>'
    "<non_negative/></stock>"
    '<flow name="sales"><eqn>100</eqn><non_negative/></flow>'
    '<flow name="making"><eqn>forecast / 10</eqn><non_negative/></flow>'
)


@pytest.mark.parametrize("extension", ["md", "mdl"])
@pytest.mark.parametrize(
    ("forecast", "expected"),
    [
        # All start from 100, what the sales ask for; 10 + 10 are there to sell, and nothing after.
        ("SMTH1(sales, 4)", [100, 100 - (100 - 20) / 4]),
        ("SMTH1(sales * share, 4) / share", [100, 100 - (100 - 20) / 4]),
        ("SMTH1(SMTH1(sales, 2), 4)", [100, 100]),
        ("DELAY1(sales, 4)", [100, 100 - (100 - 20) / 4]),
        ("DELAY(sales, 2)", [100, 100]),
        ("INIT(sales) + 0 * TIME", [100, 100]),
        # These say what they start from.
        ("PREVIOUS(sales, 50)", [50, 15]),
        ("SMTH1(sales, 4, 20)", [20, 20 - (20 - 12) / 4]),
    ],
)
def test_the_run_is_the_same(
    forecast: str, expected: list[float], extension: str, tmp_path: Path
) -> None:
    text = file(SHOP + aux("forecast", forecast) + aux("share", "0.5"))
    assert column(run(text), "forecast")[:2] == expected
    path, copy = tmp_path / "model.xmile", tmp_path / f"copy.{extension}"
    path.write_text(text)
    done = CliRunner().invoke(main, ["convert", str(path), str(copy), "--verify"])
    assert done.exit_code == 0, done.output
    assert ("sales wanted" in done.output) == (expected[0] == 100)
    again = load(copy).run()
    assert again["making"].values[:2].tolist() == [x / 10 for x in expected]
    assert again["goods"].values[:2].tolist() == [10, 0]


@pytest.mark.parametrize("extension", ["md", "mdl"])
def test_what_else_starts_from_the_flow_is_told_too(extension: str, tmp_path: Path) -> None:
    text = file(
        SHOP
        + aux("forecast", "SMTH1(sales, 4)")
        + aux("first", "INIT(sales)")
        + '<stock name="owed"><eqn>sales * 2</eqn></stock>'
    )
    path, copy = tmp_path / "model.xmile", tmp_path / f"copy.{extension}"
    path.write_text(text)
    done = CliRunner().invoke(main, ["convert", str(path), str(copy), "--verify"])
    assert done.exit_code == 0, done.output
    again = load(copy).run()
    assert float(again["first"].values) == 100
    assert again["owed"].values[0] == 200
    assert again["sales"].values[0] == 20


def test_a_flow_of_other_elements_is_still_refused(tmp_path: Path) -> None:
    here = '<dimensions><dim name="Shop"/></dimensions>'
    text = file(
        f'<stock name="goods">{here}<eqn>10</eqn><inflow>making</inflow><outflow>sales</outflow>'
        f'<non_negative/></stock><flow name="sales">{here}<eqn>100</eqn></flow>'
        f'<flow name="making">{here}<eqn>SMTH1(sales[a], 4) / 10</eqn><non_negative/></flow>',
        before='<dimensions><dim name="Shop"><elem name="a"/><elem name="b"/></dim></dimensions>',
    )
    path = tmp_path / "model.xmile"
    path.write_text(text)
    done = CliRunner().invoke(main, ["convert", str(path), str(tmp_path / "copy.mdl")])
    assert done.exit_code != 0
    assert "goods" in done.output
