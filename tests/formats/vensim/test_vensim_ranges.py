"""Ranges that share elements: one element in several ranges, twice in one, and its number."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from formats.vensim.running import control, run, values
from headwater.api import load
from headwater.cli import main
from headwater.errors import ModelError
from headwater.formats.vensim import project_of, write
from headwater.language.source import Source

PLANTS = """
plant: coal plant, gas plant, solar field, solar tower ~~|
fuel: coal, gas, sun, uranium ~~|
plant fuel: coal, gas, sun, sun -> plant ~~|
price[fuel] = 1, 2, 3, 4 ~~|
cost[plant] = price[plant fuel] * 10 ~~|
"""


def test_an_element_listed_twice_is_mapped_twice() -> None:
    results = run(PLANTS, stop=1)
    assert values(results, "cost")[-1].tolist() == [10, 20, 30, 30]


@pytest.mark.parametrize("asks", ["SUM(price[plant fuel!])", "ELMCOUNT(plant fuel)"])
def test_how_often_such_an_element_counts_is_not_guessed(asks: str) -> None:
    with pytest.raises(ModelError, match="`plant fuel` lists `sun` twice"):
        run(f"{PLANTS} total = {asks} ~~|\n", stop=1)


def test_ranges_that_share_elements_may_make_up_a_range() -> None:
    shared = "low: a, b ~~|\nhigh: b, c ~~|\nall: low, high ~~|\nx[all] = 1, 2, 4 ~~|\n"
    results = run(f"{shared} total = SUM(x[all!]) ~~|\n", stop=1)
    assert values(results, "total")[-1] == 7


def test_such_a_mapping_is_written_and_read_again(tmp_path: Path) -> None:
    shuffled = PLANTS.replace("coal, gas, sun, sun ->", "sun, coal, gas, sun ->")
    project = project_of(Source("plants.mdl", shuffled + control(1)), None, "plants")
    text = write(project, "plants").text
    assert "plant fuel: sun, sun, coal, gas -> (plant: coal plant, solar tower," in text
    (tmp_path / "plants.mdl").write_text(text)
    run = load(tmp_path / "plants.mdl").run()
    assert run["cost"].values.tolist() == [30, 10, 20, 30]


@pytest.mark.parametrize(
    ("asks", "bicycle", "walk"),
    [
        ("IF THEN ELSE(slow = bicycle, 1, 0)", 1, 0),
        ("IF THEN ELSE(walk = slow, 1, 0)", 0, 1),
        ("IF THEN ELSE(slow > bicycle, 1, 0)", 0, 1),
        ("slow - bicycle", 0, 1),
        ("slow + walk * 10", 54, 55),
        ("10 * bicycle + slow", 44, 45),
    ],
)
def test_an_element_beside_its_range_has_the_number_of_the_largest_range(
    asks: str, bicycle: float, walk: float
) -> None:
    """Bicycle is the fourth way to travel and walk the fifth, in every range."""
    ranges = "way: car, passenger, bus, bicycle, walk ~~|\nslow: bicycle, walk ~~|\n"
    results = run(f"{ranges}x[slow] = {asks} ~~|\n", stop=1)
    assert values(results, "x")[-1].tolist() == [bicycle, walk]


@pytest.mark.parametrize("run_of", ["(age_2-age 4)", "(Age 2 - age\\\n\t\t4)", "(age_2-AGE_4)"])
def test_the_ends_of_a_run_may_be_spelled_differently(run_of: str) -> None:
    found = run(f"group: {run_of} ~~|\nx[group] = 1, 2, 3 ~~|\ny = x[age 3] ~~|\n", stop=1)
    assert values(found, "y")[-1] == 2


BLOCKS = """
place: a1, b1, a2, b2 ~~|
place again: a1, b1, a2, b2 ~~|
region: r1, r2 ~~|
sector: s1, s2 ~~|
sector again: s1, s2 ~~|
in r1: a1, b1 -> sector ~~|
in r2: a2, b2 -> sector ~~|
to r1: a1, b1 -> sector again ~~|
to r2: a2, b2 -> sector again ~~|
trade[place, place again] = 11,12,13,14; 21,22,23,24; 31,32,33,34; 41,42,43,44; ~~|
block[r1, r2, sector, sector again] = trade[in r1, to r2] ~~|
turned[r2, r1, sector again, sector] = trade[in r2, to r1] ~~|
"""


def test_of_ranges_with_the_same_elements_a_mapping_means_the_one_it_names() -> None:
    results = run(BLOCKS, stop=1)
    assert values(results, "block")[-1].tolist() == [[[[13, 14], [23, 24]]]]
    assert values(results, "turned")[-1].tolist() == [[[[31, 41], [32, 42]]]]


@pytest.mark.parametrize("extension", ["xmile", "md", "mdl"])
def test_such_mappings_say_the_same_in_every_format(extension: str, tmp_path: Path) -> None:
    first, second = tmp_path / "blocks.mdl", tmp_path / f"written.{extension}"
    first.write_text(BLOCKS + control(1))
    assert CliRunner().invoke(main, ["convert", str(first), str(second)]).exit_code == 0
    written = load(second).run()
    assert written["block"].values[-1].ravel().tolist() == [13, 14, 23, 24]
    assert written["turned"].values[-1].ravel().tolist() == [31, 41, 32, 42]
    told = CliRunner().invoke(main, ["diff", str(first), str(second)])
    assert "are the same model" in told.output
