"""A model laid out as Stella Architect saves one whose modules lie in files of their own.

The root model names ``Name_Modules/Part.itmx``; that file holds the part, the models of the modules
within it, and the paths of further files as they were on another computer. Modules are reached by
their own names from anywhere, without those around them.
"""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from formats.xmile.xmile_texts import NAMESPACES, read, results_of, values, warnings
from headwater.model.project import Project
from headwater.simulation.results.arrays import Results

CASES = '<dim name="Case" size="9"/><dim name="Run" size="1"/><dim name="Cohort" size="5"/>'
RUN = '<dimensions><dim name="Run"/></dimensions>'
WARMTH = "Balance.&quot;Land_&amp;_Ocean_Warmth&quot;"


def _file(models: str, start: str = "1980", stop: str = "2100") -> str:
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<xmile version="1.0" {NAMESPACES}><header>'
        '<smile version="1.0" namespace="std, isee" uses_arrays="2" uses_submodels=""/>'
        '<vendor>isee systems, inc.</vendor><product version="3.8.1">Stella Architect</product>'
        '</header><sim_specs isee:save_interval="1" method="RK4" time_units="Year">'
        f'<start>{start}</start><stop>{stop}</stop><dt reciprocal="true">8</dt></sim_specs>'
        f"<dimensions>{CASES}</dimensions>{models}</xmile>"
    )


def _connected(to: str, source: str) -> str:
    """Stella writes every connection twice."""
    return f'<connect to="{to}" from="{source}"/><connect2 to="{to}" from="{source}"/>'


ROOT = _file(
    '<model><variables><module name="Climate" isee:label="" url="r../World_Modules/Climate.itmx">'
    + _connected("Crop.T", WARMTH)
    + '</module><module name="Land Use\\nand\\nFarming" isee:label="" '
    'url="D:/Models/World/World_Modules/Land Use.itmx">'
    + _connected("Sea_Level.yield", "Crop.yield")
    + "</module>"
    '<aux name="Simulation Start"><eqn>1980</eqn></aux>'
    '<aux name="Simulation End"><eqn>1990</eqn></aux>'
    '<aux name="switch" access="output"><eqn>0</eqn></aux></variables></model>',
    "Simulation_Start",
    "Simulation_End",
)
CLIMATE = _file(
    '<model name="Climate"><variables>'
    '<module name="Sea Level" url="D:/Models/World/World_Modules/Sea Level.itmx">'
    + _connected("Sea_Level.T", WARMTH)
    + _connected("Sea_Level.selected_case", "Units.selected_case")
    + _connected("Sea_Level.capacity", "Balance.capacity")
    + _connected("Sea_Level.switch", ".switch")
    + '</module><module name="Units"/><module name="Balance"/></variables></model>'
    f'<model name="Units"><variables><aux name="selected case" access="output">{RUN}<eqn>3</eqn>'
    "</aux></variables></model>"
    '<model name="Balance"><variables><aux name="capacity" access="output"><dimensions>'
    '<dim name="Case"/></dimensions><eqn>2 * Case</eqn></aux>'
    f'<stock name="Land &amp; Ocean Warmth" access="output" isee:autocreated="true">{RUN}'
    "<eqn>1</eqn><inflow>warming</inflow></stock>"
    f'<flow name="warming">{RUN}<eqn>0.1 * &quot;Land_&amp;_Ocean_Warmth&quot;</eqn></flow>'
    "</variables></model>"
)
SEA = _file(
    '<model name="Sea_Level"><variables>'
    f'<aux name="T" access="input">{RUN}<eqn>{{Enter an equation}}</eqn></aux>'
    f'<aux name="yield" access="input">{RUN}</aux><aux name="switch" access="input"/>'
    '<aux name="capacity" access="input"><dimensions><dim name="Case"/></dimensions></aux>'
    f'<aux name="selected case" access="output" throughput="true">{RUN}<eqn>1</eqn></aux>'
    f'<aux name="flux">{RUN}<eqn>capacity[selected_case[Run]] * T + switch\n\n{{ never closed'
    " {again</eqn></aux>"
    f'<aux name="scale">{RUN}<element subscript="1"><eqn>0.5 {{0, 1}}</eqn></element></aux>'
    f'<aux name="twice">{RUN}<eqn>yield / scale[Run]</eqn></aux></variables></model>',
    stop="2300",
)
LAND = _file(
    '<model name="Land_Use_and_Farming"><variables><module name="Crop"/></variables></model>'
    f'<model name="Crop"><variables><aux name="T" access="input">{RUN}</aux>'
    f'<aux name="yield" access="output">{RUN}<eqn>10 * T</eqn></aux>'
    f'<stock name="Aged 60 to 65">{RUN}<eqn>Aged_60_to_65_in_1980[*]</eqn><inflow>In</inflow>'
    "<outflow>Out</outflow><outflow>deaths</outflow>"
    '<conveyor exponential_leak="true"><len>&quot;60-65,_65-70_length&quot;</len></conveyor>'
    "</stock>"
    f'<flow name="In">{RUN}<eqn>7</eqn><non_negative/></flow>'
    f'<flow name="Out">{RUN}<eqn>0</eqn><non_negative/></flow>'
    f'<flow name="deaths">{RUN}<eqn>death_rate</eqn><non_negative/><leak/></flow>'
    '<aux name="death\\nrate"><eqn>0</eqn></aux><aux name="60-65, 65-70 length"><eqn>5</eqn></aux>'
    '<aux name="Aged 60 to 65 in 1980"><dimensions><dim name="Cohort"/></dimensions>'
    + "".join(
        f'<element subscript="{k}"><eqn>{value}</eqn></element>'
        for k, value in enumerate((10, 20, 30, 40, 50), 1)
    )
    + "</aux></variables></model>"
)


def _of_run(found: Results, name: str) -> list[float]:
    return [float(x) for x in values(found, name)[:, 0]]


@pytest.fixture(name="world")
def _world(tmp_path: Path) -> Project:
    folder = tmp_path / "World_Modules"
    folder.mkdir()
    for name, text in (("Climate", CLIMATE), ("Sea Level", SEA), ("Land Use", LAND)):
        (folder / f"{name}.itmx").write_text(text)
    return read(ROOT, tmp_path, "World.stmx")


def test_modules_reach_each_other_across_files(world: Project) -> None:
    found = results_of(world)
    assert found.coordinates["time"].tolist() == [1980.0 + k for k in range(11)]
    warmth = [math.exp(0.1 * k) for k in range(11)]
    assert _of_run(found, "Climate.Sea Level.T") == pytest.approx(warmth, rel=1e-8)
    assert _of_run(found, "Climate.Sea Level.selected case") == [3.0] * 11
    flux = [6 * t for t in warmth]
    assert _of_run(found, "Climate.Sea Level.flux") == pytest.approx(flux, rel=1e-8)
    twice = [20 * t for t in warmth]
    assert _of_run(found, "Climate.Sea Level.twice") == pytest.approx(twice, rel=1e-8)


def test_an_array_lists_what_lies_on_a_conveyor_year_by_year(world: Project) -> None:
    """What is first in the list leaves first; five years later comes what has flowed in."""
    out = _of_run(results_of(world), "Land Use and Farming.Crop.Out")
    assert out == pytest.approx([10, 20, 30, 40, 50, 7, 7, 7, 7, 7, 7])


def test_when_the_file_of_a_part_would_stop_is_not_worth_a_word(world: Project) -> None:
    told = warnings(world)
    assert "of its own" not in told
    assert told.count("beside the model is read for `D:/Models/World") == 2
