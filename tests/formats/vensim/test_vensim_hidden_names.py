"""Variables that reading and writing add beside a model's own have names that it has not."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from formats.vensim.running import control, run, values
from headwater.api import load
from headwater.cli import main

PARTLY_A_STOCK = """A: a1, a2 ~~|
q[a1] = INTEG(1, 5) ~~|
q[a2] = Time * 2 ~~|
q level = 7 ~~|
sum = q[a1] + q level ~~|
"""

WITH_LOOKUPS = """f = WITH LOOKUP(Time, ((0,0),(10,10))) + 1 ~~|
f lookup 1 = 7 ~~|
g = f + f lookup 1 + WITH LOOKUP(f, ((0,0),(10,20))) ~~|
g lookup 1((0,5),(1,6)) ~~|
h = g lookup 1(Time) ~~|
"""

STARTS = """A: a1, a2 ~~|
x[a1] = ACTIVE INITIAL(y, 3) ~~|
x[a2] = Time ~~|
y = INTEG(1, x[a1] * 2) ~~|
z[a1] = ACTIVE INITIAL(y, 3) ~~|
z[a2] = ACTIVE INITIAL(Time, 3) ~~|
"""


def test_a_stock_for_some_elements_does_not_take_a_name() -> None:
    results = run(PARTLY_A_STOCK, 2)
    assert values(results, "sum").tolist() == [12, 13, 14]


def test_a_lookup_within_an_equation_does_not_take_a_name() -> None:
    results = run(WITH_LOOKUPS, 2)
    assert values(results, "g").tolist() == [1 + 7 + 2, 2 + 7 + 4, 3 + 7 + 6]
    assert values(results, "h").tolist() == [5, 6, 6]


@pytest.mark.parametrize("other", ["", "start of x = 4 ~~|\n"])
def test_values_at_the_start_survive_being_written_twice(tmp_path: Path, other: str) -> None:
    model = tmp_path / "model.mdl"
    model.write_text(STARTS + other + control(2))
    once, twice = tmp_path / "once.md", tmp_path / "twice.md"
    for source, target in ((model, once), (once, twice)):
        done = CliRunner().invoke(main, ["convert", str(source), str(target)])
        assert done.exit_code == 0, done.output
    assert once.read_text().replace("once", "") == twice.read_text().replace("twice", "")
    for file in (model, once, twice):
        results = load(file).run()
        assert results["y"].values.tolist() == [6, 7, 8]


ELEMENTS_OF_TIME = """D: dt, Starttime, e3 ~~|
x[D] = D + 10 * INITIAL TIME ~~|
y[D] = IF THEN ELSE(D = Starttime, TIME STEP, dt + Starttime) ~~|
z = PULSE(INITIAL TIME, TIME STEP) + TIME STEP ~~|
s[D] = INTEG(x[D] + TIME STEP, INITIAL TIME) ~~|
INITIAL TIME = 4 ~~|
FINAL TIME = 5 ~~|
TIME STEP = 0.5 ~~|
SAVEPER = 0.5 ~~|
"""


@pytest.mark.parametrize("ending", ["mdl", "xmile", "md"])
def test_elements_with_names_of_times_are_told_from_times(tmp_path: Path, ending: str) -> None:
    source, made = tmp_path / "model.mdl", tmp_path / f"made.{ending}"
    source.write_text(ELEMENTS_OF_TIME, encoding="utf-8")
    done = CliRunner().invoke(main, ["convert", str(source), str(made)])
    assert done.exit_code == 0, done.output
    found = load(made).run()
    assert found["x"].values.tolist() == [41, 42, 43]
    assert found["y"].values.tolist() == [3, 0.5, 3]
    assert found["z"].values.tolist() == [1.5, 0.5, 0.5]
    assert found["s"].values.tolist() == [[4, 4, 4], [24.75, 25.25, 25.75], [45.5, 46.5, 47.5]]


def test_a_lookup_with_the_name_of_a_value_is_told_from_it() -> None:
    results = run("dt((0,0),(10,10)) ~~|\nx = PULSE(1, 2) + dt(Time) ~~|\n", 3)
    assert values(results, "x").tolist() == [0, 2, 3, 3]


@pytest.mark.parametrize("ending", ["mdl", "xmile", "md"])
def test_an_element_may_have_a_backslash_in_its_name(tmp_path: Path, ending: str) -> None:
    source, made = tmp_path / "model.mdl", tmp_path / f"made.{ending}"
    text = 'D: "a\\\\b", e2 ~~|\nx["a\\\\b"] = 2 ~~|\nx[e2] = Time ~~|\ny = SUM(x[D!]) ~~|\n'
    source.write_text(text + control(2), encoding="utf-8")
    done = CliRunner().invoke(main, ["convert", str(source), str(made)])
    assert done.exit_code == 0, done.output
    assert load(made).run()["y"].values.tolist() == [2, 3, 4]


TAKEN = """D: d1, d2 ~~|
v[d1] = INTEG(net flow of v[d1], 1) ~~|
v[d2] = INTEG(net flow of v[d2], 2) ~~|
net flow of v[d1] = Time ~~|
net flow of v[d2] = x lookup(2) ~~|
x lookup((0, 0), (4, 8)) ~~|
x = WITH LOOKUP(Time, ((0, 0), (4, 4))) ~~|
"""


@pytest.mark.parametrize("ending", ["mdl", "xmile", "md"])
def test_names_that_writing_would_give_may_be_taken(tmp_path: Path, ending: str) -> None:
    source, made = tmp_path / "model.mdl", tmp_path / f"made.{ending}"
    source.write_text(TAKEN + control(2), encoding="utf-8")
    done = CliRunner().invoke(main, ["convert", str(source), str(made)])
    assert done.exit_code == 0, done.output
    found = load(made).run()
    assert found["v"].values.tolist() == [[1, 2], [1, 6], [2, 10]]
    assert found["x"].values.tolist() == [0, 1, 2]
