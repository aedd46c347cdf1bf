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
