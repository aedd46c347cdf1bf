"""Conveyors and queues as arrays of slats and batches (XMILE 1.0, 3.7.2 and 3.7.3)."""

from __future__ import annotations

import numpy as np
import pytest

from formats.xmile.xmile_texts import aux, column, file, read, results_of, run, specs, values
from headwater.errors import HeadwaterError
from headwater.formats.xmile import write
from headwater.simulation.building import TargetName

BOTH = pytest.mark.parametrize("target", ["reference", "llvm"])
ASKED = (
    aux("sum", "SUM(belt)")
    + aux("mean", "MEAN(belt)")
    + aux("least", "MIN(belt)")
    + aux("most", "MAX(belt[*])")
    + aux("deviation", "STDDEV(belt)")
    + aux("count", "SIZE(belt)")
    + aux("exit", "belt[1]")
    + aux("second", "belt[which]")
    + aux("none", "belt[9] + belt[0]")
    + aux("which", "1 + 1")
)


def belt(asked: str = ASKED, length: str = "2") -> str:
    return file(
        '<stock name="belt"><eqn>40</eqn><inflow>arriving</inflow><outflow>leaving</outflow>'
        f"<conveyor><len>{length}</len></conveyor></stock>"
        '<flow name="arriving"><eqn>10 + 3 * TIME</eqn></flow><flow name="leaving"/>' + asked,
        settings=specs(4, 0.5),
    )


@BOTH
def test_the_slats_of_a_conveyor(target: TargetName) -> None:
    """Four slats of 10, then half of 10 + 3 t in each step; the exit is the first."""
    project = read(belt())
    found = results_of(project, target=target)
    slats = [10.0] * 4
    for k in range(9):
        told = {name: column(found, name)[k] for name in ("sum", "mean", "least", "most", "count")}
        expected = {"sum": sum(slats), "mean": sum(slats) / 4, "count": 4}
        expected |= {"least": min(slats), "most": max(slats)}
        assert told == pytest.approx(expected)
        assert column(found, "deviation")[k] == pytest.approx(np.std(slats), abs=1e-12)
        assert column(found, "exit")[k] == pytest.approx(slats[0])
        assert column(found, "second")[k] == pytest.approx(slats[1])
        assert column(found, "none")[k] == 0
        slats = [*slats[1:], (10 + 3 * 0.5 * k) * 0.5]
    copy, losses = write(project)
    assert not losses and read(copy) == project


QUEUED = (
    aux("waiting", "SIZE(line)")
    + aux("batches", "QLEN(line)")
    + aux("front", "QELEM(line, 1)")
    + aux("behind", "line[2]")
    + aux("largest", "MAX(line)")
    + aux("smallest", "MIN(line)")
    + aux("average", "MEAN(line)")
    + aux("all", "SUM(line[*])")
)


def queue(asked: str = QUEUED) -> str:
    """Batches of 5, 0, 3, 4 and then none, of which a machine takes 2 a step."""
    return file(
        '<stock name="line"><eqn>0</eqn><inflow>coming</inflow><outflow>served</outflow><queue/>'
        '</stock><flow name="coming"><eqn>IF TIME = 0 THEN 5 ELSE IF TIME = 2 THEN 3 ELSE '
        "IF TIME = 3 THEN 4 ELSE 0</eqn></flow>"
        '<stock name="machine"><eqn>0</eqn><inflow>served</inflow><outflow>out</outflow>'
        '<conveyor discrete="true"><len>1</len><in_limit>2</in_limit></conveyor></stock>'
        '<flow name="served"/><flow name="out"/>' + asked,
        settings=specs(7),
    )


@BOTH
def test_the_batches_of_a_queue(target: TargetName) -> None:
    """3 of the 5 wait at time 1, 1 at time 2; then 3, of which 2 leave, and 4."""
    found = run(queue(), target=target)
    waiting = [[], [3], [1], [3], [1, 4], [4], [2], []]
    for name in ("waiting", "batches"):
        assert column(found, name) == [len(w) for w in waiting]
    assert column(found, "front") == [w[0] if w else 0 for w in waiting]
    assert column(found, "behind") == [w[1] if len(w) > 1 else 0 for w in waiting]
    assert column(found, "largest") == [max(w, default=0) for w in waiting]
    assert column(found, "smallest") == [min(w, default=0) for w in waiting]
    assert column(found, "average") == [np.mean(w) if w else 0 for w in waiting]
    assert column(found, "all") == column(found, "line") == [sum(w) for w in waiting]


def test_for_each_conveyor_of_an_array() -> None:
    """Bare names in equations over the same dimension are that element's conveyor."""
    by = '<dimensions><dim name="port"/></dimensions>'
    text = file(
        f'<stock name="belt">{by}<eqn>12</eqn><outflow>out</outflow><conveyor><len>stay</len>'
        f'</conveyor></stock><flow name="out">{by}</flow>'
        f'<aux name="stay">{by}<element subscript="a"><eqn>2</eqn></element>'
        '<element subscript="b"><eqn>4</eqn></element></aux>'
        f'<aux name="count">{by}<eqn>SIZE(belt)</eqn></aux>'
        f'<aux name="most">{by}<eqn>MAX(belt)</eqn></aux>' + aux("whole", "SUM(belt[*])"),
        before='<dimensions><dim name="port"><elem name="a"/><elem name="b"/></dim></dimensions>',
    )
    found = run(text)
    assert values(found, "count")[0].tolist() == [2, 4]
    assert values(found, "most")[0].tolist() == [6, 3]
    assert column(found, "whole")[0] == 24


def test_one_of_several_arguments_is_all_that_it_holds() -> None:
    assert column(run(belt(aux("x", "MAX(belt, 41)"))), "x")[:3] == [41, 41, 41]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (belt(aux("x", "SIZE(belt)"), "2 + TIME"), "the transit time of `belt` changes"),
        (belt(aux("x", "QLEN(belt)")), "QLEN needs the name of a queue"),
        (belt(aux("x", "arriving[1]")), "`arriving` is not an array"),
        (belt(aux("x", "belt[1, 2]")), "takes one subscript: the number of a slat"),
    ],
)
def test_what_has_no_parts(text: str, message: str) -> None:
    with pytest.raises(HeadwaterError, match=message):
        run(text)


BELTS = (
    '<stock name="belt">{0}<eqn>12 * d</eqn><inflow>in</inflow><outflow>out</outflow>'
    "<conveyor><len>4</len></conveyor></stock>"
    '<flow name="in">{0}<eqn>3 * d + TIME</eqn></flow><flow name="out">{0}</flow>'
).format('<dimensions><dim name="d"/></dimensions>')
ELEMENTS = '<dimensions><dim name="d"><elem name="a"/><elem name="b"/></dim></dimensions>'
OF_ELEMENTS = {
    "belt[a][4]": [3, 3, 4, 5],
    "belt[b] [ 1 ] + belt[b][TIME]": [6, 6 + 6, 6 + 6, 6 + 7],
    "SIZE(belt[a]) + MAX(belt[b])": [4 + 6, 4 + 6, 4 + 7, 4 + 8],
    "MEAN(belt[b]) + SUM(belt)": [42, 42, 6.25 + 38, 6.75 + 42],
    "last[b] - belt[b][4]": [0, 0, 0, 0],
}


@pytest.mark.parametrize("equation", OF_ELEMENTS)
def test_slats_of_a_conveyor_in_an_array(equation: str) -> None:
    """``conveyor[element][slat]``: each slat holds 3 or 6 at first, then what came in 4 before."""
    last = '<aux name="last"><dimensions><dim name="d"/></dimensions><eqn>belt[d][4]</eqn></aux>'
    text = file(BELTS + last + aux("x", equation), before=ELEMENTS, settings=specs(3))
    assert column(run(text), "x") == OF_ELEMENTS[equation]
    copy, losses = write(read(text))
    assert not losses
    assert "belt[d][4]" in copy
    assert column(run(copy), "x") == OF_ELEMENTS[equation]
