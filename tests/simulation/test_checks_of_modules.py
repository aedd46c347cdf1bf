"""What is found wrong inside modules, as it is in a model without them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import headwater
from headwater.cli import main
from headwater.errors import SimulationError

HEAD = """<?xml version="1.0" encoding="utf-8"?>
<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">
<header><vendor>x</vendor><product version="1.0">x</product></header>
<sim_specs time_units="Year"><start>0</start><stop>4</stop><dt>1</dt></sim_specs>
"""


def read(folder: Path, inside: str, names: tuple[str, ...] = ("Well",)) -> headwater.Model:
    """Return a model with modules of these names, each of them the model of one file."""
    well = f"{HEAD}<model><variables>{inside}</variables></model></xmile>"
    (folder / "well.xmile").write_text(well, encoding="utf-8")
    modules = "".join(f'<module name="{n}" resource="well.xmile"/>' for n in names)
    path = folder / "wells.xmile"
    whole = f"{HEAD}<model><variables>{modules}</variables></model></xmile>"
    path.write_text(whole, encoding="utf-8")
    return headwater.load(path)


WRONG_UNITS = """
<stock name="Water"><eqn>10</eqn><outflow>drawn</outflow><units>m3</units></stock>
<flow name="drawn"><eqn>share * Water</eqn><units>m3/Year</units></flow>
<aux name="share"><eqn>0.5</eqn><units>1/cow</units></aux>
"""


def test_units_inside_a_module_are_checked(tmp_path: Path) -> None:
    found = read(tmp_path, WRONG_UNITS).check(draws=0)
    units = [f for f in found.findings if f.subject == "units"]
    assert [f.severity for f in units] == ["broken"]
    assert "`Well.drawn` is in `m3/year`" in units[0].message
    assert units[0].place is not None and units[0].place.line == 7


def test_a_wrong_unit_that_several_modules_share_is_told_once(tmp_path: Path) -> None:
    found = read(tmp_path, WRONG_UNITS, ("North", "South")).check(draws=0)
    assert len([f for f in found.findings if f.subject == "units"]) == 1


def test_stocks_below_zero_and_ranges_inside_a_module_are_seen(tmp_path: Path) -> None:
    inside = """
<stock name="Water"><eqn>10</eqn><outflow>drawn</outflow><units>m3</units></stock>
<flow name="drawn"><eqn>4</eqn><units>m3/Year</units></flow>
<aux name="pumps"><eqn>7</eqn><range min="0" max="5"/></aux>
"""
    found = read(tmp_path, inside).check(draws=0)
    said = [f.message for f in found.findings if f.severity == "warning"]
    # 10 - 3 * 4 is the first that is below zero.
    assert any("`Well.Water` falls below zero at time 3" in m for m in said)
    assert any("`Well.pumps` is 7, outside its range 0 to 5" in m for m in said)


def test_a_variable_of_a_module_may_be_without_a_value(tmp_path: Path) -> None:
    inside = """
<stock name="Water"><eqn>10</eqn><inflow>rain</inflow></stock>
<flow name="rain"><eqn>2</eqn></flow>
<aux name="measured"><eqn>NAN</eqn></aux>
<aux name="gap"><eqn>measured - Water</eqn></aux>
"""
    run = read(tmp_path, inside).run()
    assert run["Well.Water"].values.tolist() == [10, 12, 14, 16, 18]
    assert np.isnan(run["Well.gap"].values).all()


def test_what_is_not_finite_inside_a_module_is_named_with_its_place(tmp_path: Path) -> None:
    inside = """
<stock name="Water"><eqn>1</eqn><inflow>rain</inflow></stock>
<flow name="rain"><eqn>1 / (2 - time)</eqn></flow>
"""
    with pytest.raises(SimulationError, match=r"`Well\.rain` is infinite at time 2") as caught:
        read(tmp_path, inside).run()
    (problem,) = caught.value.diagnostics
    assert problem.place is not None and problem.place.line == 7


def test_modules_that_are_not_in_order_are_found(tmp_path: Path) -> None:
    path = tmp_path / "wells.xmile"
    rest = '<module name="Well"/><aux name="deep"><eqn>Well.depth</eqn></aux>'
    path.write_text(f"{HEAD}<model><variables>{rest}</variables></model></xmile>")
    found = headwater.load(path).check(draws=0)
    assert found.worst == "broken"
    assert any("`Well`" in f.message for f in found.findings)


def test_variables_of_modules_are_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = read(tmp_path, WRONG_UNITS)
    assert model.variables == ("Well.Water", "Well.drawn", "Well.share")
    for command in ("list", "show"):
        with pytest.raises(SystemExit) as ended:
            main([command, str(tmp_path / "wells.xmile")])
        assert ended.value.code in (0, None)
        assert "Well.share" in capsys.readouterr().out
