"""Arrays of which some elements have no equation, in formats that want one for each."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from formats.vensim.running import control
from headwater.api import load
from headwater.cli import main

TOWNS = """{UTF-8}
town: port, hill, mill ~~|
use: home, work ~~|
comes[port, use] = Time + 1 ~~|
comes[hill, home] = 7 ~~|
people[port, use] = INTEG(comes[port, use], 2) ~~|
people[hill, home] = INTEG(comes[hill, home], 3) ~~|
need[port, use]((0, 0), (10, 20)) ~~|
need[hill, home]((0, 0), (10, 30)) ~~|
late[port, use] = DELAY1(comes[port, use], 2) ~~|
late[hill, home] = need[hill, home](comes[hill, home]) ~~|
fixed[port, use] = 1, 2 ~~|
fixed[hill, home] = 4 ~~|
total = SUM(people[port, use!]) + people[hill, home] + comes[hill, home] + need[port, home](3)
  + fixed[hill, home] + late[hill, home] ~~|
"""


@pytest.mark.parametrize("ending", ["mdl", "xmile", "md"])
def test_a_model_with_such_arrays_is_written_and_runs_the_same(tmp_path: Path, ending: str) -> None:
    model = tmp_path / "towns.mdl"
    model.write_text(TOWNS + control(2), encoding="utf-8")
    made = tmp_path / f"made.{ending}"
    result = CliRunner().invoke(main, ["convert", str(model), str(made)])
    assert result.exit_code == 0, result.output
    assert ("without an equation" in result.output) == (ending != "mdl")
    # The port grows by 1, 2 and so on from 2 twice, the hill by 7 from 3; 7, 6, 4 and 21 stay.
    for path in (model, made):
        assert load(path).run()["total"].values.tolist() == [45, 54, 65]


@pytest.mark.parametrize("ending", ["xmile", "md"])
def test_what_has_no_equation_has_no_value_or_is_a_stock_of_nothing(
    tmp_path: Path, ending: str
) -> None:
    model = tmp_path / "towns.mdl"
    model.write_text(TOWNS + control(2), encoding="utf-8")
    made = tmp_path / f"made.{ending}"
    CliRunner().invoke(main, ["convert", str(model), str(made)])
    found = load(made).run()
    assert found["people"].values[:, 1, 1].tolist() == [0, 0, 0]
    assert bool((found["comes"].values[:, 1, 1] != found["comes"].values[:, 1, 1]).all())


@pytest.mark.parametrize("ending", ["xmile", "md"])
def test_what_has_no_value_is_no_number_that_a_model_may_mean(tmp_path: Path, ending: str) -> None:
    """Vensim has no NAN: `:NA:` stands there, -2^109, and no 0, which could be meant."""
    model = tmp_path / "towns.mdl"
    model.write_text(TOWNS + control(2), encoding="utf-8")
    between, made = tmp_path / f"between.{ending}", tmp_path / "made.mdl"
    CliRunner().invoke(main, ["convert", str(model), str(between)])
    result = CliRunner().invoke(main, ["convert", str(between), str(made)])
    assert "is a number to Vensim: `comes`" in result.output
    found = load(made).run()
    assert found["comes"].values[:, 1, 1].tolist() == [-(2.0**109)] * 3
    assert found["total"].values.tolist() == [45, 54, 65]


@pytest.mark.parametrize("ending", ["xmile", "md"])
def test_to_verify_tells_of_stocks_without_an_equation_and_passes(
    tmp_path: Path, ending: str
) -> None:
    model = tmp_path / "towns.mdl"
    model.write_text(TOWNS + control(2), encoding="utf-8")
    made = tmp_path / f"made.{ending}"
    result = CliRunner().invoke(main, ["convert", str(model), str(made), "--verify"])
    assert result.exit_code == 0, result.output
    assert "the run is the same" in result.output
    # Of the port's and the hill's people those who work on the hill have no equation.
    assert f"1 stock element without an equation: 0 in made.{ending}" in result.output
