"""Queues that start with batches of their own (isee systems, Stella help, Discrete Stocks)."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from formats.xmile.xmile_texts import aux, column, file, read, run, values
from headwater.cli import main
from headwater.simulation.building import TargetName

CAREFUL = 'discrete="true" batch_integrity="true"'


def line(initial: str, inflow: str = "0", belt: str = CAREFUL, limit: str = "10") -> str:
    """Return a queue before a conveyor of one time unit."""
    return (
        f'<stock name="line"><eqn>{initial}</eqn><inflow>arriving</inflow>'
        "<outflow>starting</outflow><queue/></stock>"
        f'<flow name="arriving"><eqn>{inflow}</eqn></flow><flow name="starting"/>'
        '<stock name="belt"><eqn>0</eqn><inflow>starting</inflow><outflow>ending</outflow>'
        f"<conveyor {belt}><len>1</len><capacity>{limit}</capacity></conveyor></stock>"
        '<flow name="ending"/>'
    )


@pytest.mark.parametrize("target", ["reference", "llvm"])
def test_the_batches_of_a_list_leave_one_by_one(target: TargetName) -> None:
    """A conveyor takes one batch a step, the front one first; those that come stand behind."""
    text = file(line("3, 1, 4", "IF TIME = 1 THEN 2 ELSE 0"))
    found = run(text, target=target)
    assert column(found, "starting") == [3, 1, 4, 2, 0, 0]
    assert column(found, "line") == [8, 5, 6, 2, 0, 0]


def test_a_list_may_name_variables_and_is_of_any_number() -> None:
    found = run(file(line("big, big / 2, 1, 1, 1") + aux("big", "6")))
    assert column(found, "starting") == [6, 3, 1, 1, 1, 0]


def test_the_batches_are_told_apart() -> None:
    parts = aux("front", "line[1]") + aux("second", "QELEM(line, 2)") + aux("many", "SIZE(line)")
    found = run(file(line("3, 1, 4") + parts))
    assert column(found, "front") == [3, 1, 4, 0, 0, 0]
    assert column(found, "second") == [1, 4, 0, 0, 0, 0]
    assert column(found, "many") == [3, 2, 1, 0, 0, 0]


def test_what_does_not_fit_waits() -> None:
    found = run(file(line("3, 7, 2", limit="3")))
    assert column(found, "starting") == [3, 0, 0, 0, 0, 0]
    assert column(found, "line") == [12, 9, 9, 9, 9, 9]
    split = run(file(line("3, 7, 2", belt='discrete="true"', limit="3")))
    assert column(split, "starting") == [3, 3, 3, 1, 2, 0]


def test_one_value_is_one_batch_and_a_list_for_an_array_is_not() -> None:
    assert column(run(file(line("8"))), "starting") == [8, 0, 0, 0, 0, 0]
    dims = '<dimensions><dim name="R" size="2"/></dimensions>'
    over = '<dimensions><dim name="R"/></dimensions>'
    queue = (
        f'<stock name="q">{over}<eqn>5, 6</eqn><outflow>o</outflow><queue/></stock>'
        f'<flow name="o">{over}</flow>'
    )
    assert values(run(file(queue, before=dims)), "o")[0].tolist() == [5, 6]


def test_such_a_queue_comes_back_from_xmile_and_is_refused_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "model.xmile"
    path.write_text(file(line("3, 1, 4")))
    done = CliRunner().invoke(
        main, ["convert", str(path), str(tmp_path / "copy.xmile"), "--verify"]
    )
    assert done.exit_code == 0, done.output
    copied = (tmp_path / "copy.xmile").read_text()
    assert read(copied).by_key["line"] == read(path.read_text()).by_key["line"]
    refused = CliRunner().invoke(main, ["convert", str(path), str(tmp_path / "copy.md")])
    assert "starts with a list of batches" in refused.output
