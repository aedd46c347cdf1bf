"""Conveyors on which nothing overtakes while their transit time changes.

isee systems, Stella help, FIFO Conveyor Computation: a belt of length 1 moves by DT over the
transit time in each step; the last stretch of that length is taken off, and what enters covers the
first.
"""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.xmile.test_xmile_conveyors import belt
from formats.xmile.xmile_texts import column, file, read, run, specs, values
from headwater.formats.xmile import write
from headwater.simulation.building import TargetName

FIFO = 'isee:fifo="true"'
FASTER = "<len>IF TIME &lt; 3 THEN 4 ELSE 2</len>"
SLOWER = "<len>IF TIME &lt; 3 THEN 2 ELSE 4</len>"


@pytest.mark.parametrize("target", ["reference", "llvm"])
@pytest.mark.parametrize("method", ["Euler", "RK4"])
def test_a_belt_that_changes_its_speed(target: TargetName, method: str) -> None:
    """Of a steady inflow as much more or less leaves until what entered before has left."""
    for length, initial, after, until in ((FASTER, 12, 6, 5), (SLOWER, 6, 1.5, 7)):
        settings = specs(9, 0.5, method)
        text = belt(length, initial=str(initial), options=FIFO, inflow="3", settings=settings)
        t = np.arange(0, 9.5, 0.5)
        expected = np.where(t < 3, 3, np.where(t < until, after, 3))
        found = column(run(text, target=target), "leaving")
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def leaving(lengths: list[Fraction], inflow: list[int], initial: int) -> list[Fraction]:
    """Move every batch along a belt of length 1; steps of half a time unit."""
    dt = Fraction(1, 2)
    lying = [(Fraction(0), Fraction(1), Fraction(initial))]
    found = []
    for length, rate in zip(lengths, inflow, strict=True):
        way = min(Fraction(1), dt / length)
        off, kept = Fraction(0), []
        for begin, end, amount in lying:
            # Places are counted from the entrance; what gets beyond 1 has left.
            begin, end = begin + way, end + way
            inside = max(Fraction(0), min(end, Fraction(1)) - begin) / (end - begin)
            off += amount * (1 - inside)
            if inside:
                kept.append((begin, min(end, Fraction(1)), amount * inside))
        lying = [*kept, (Fraction(0), way, rate * dt)]
        found.append(off / dt)
    return found


@settings(max_examples=25)
@given(
    lengths=st.lists(st.integers(1, 9), min_size=9, max_size=9),
    inflow=st.lists(st.integers(0, 8), min_size=9, max_size=9),
)
def test_any_course_of_transit_times(lengths: list[int], inflow: list[int]) -> None:
    """Against exact fractions; a transit time below the step counts as one step."""

    def course(name: str, numbers: list[int]) -> str:
        points = ",".join(str(n) for n in numbers)
        return (
            f'<aux name="{name}"><eqn>TIME</eqn><gf><xscale min="0" max="4"/>'
            f"<ypts>{points}</ypts></gf></aux>"
        )

    text = belt(
        "<len>thirds / 3</len>",
        initial="7",
        options=FIFO,
        inflow="entry",
        extra=course("thirds", lengths) + course("entry", inflow),
        settings=specs(4, 0.5),
    )
    expected = leaving([Fraction(n, 3) for n in lengths], inflow, 7)
    results = run(text)
    np.testing.assert_allclose(
        column(results, "leaving"), [float(x) for x in expected], rtol=1e-12, atol=1e-12
    )
    gone = 0.5 * np.cumsum([0, *column(results, "leaving")[:-1]])
    came = 7 + 0.5 * np.cumsum([0, *inflow[:-1]])
    np.testing.assert_allclose(column(results, "belt"), came - gone, atol=1e-12)


def test_a_belt_that_stands_still_and_moves_on() -> None:
    """What is put on it meanwhile covers nothing, and leaves in one step with what comes next."""
    text = belt(
        "<len>IF TIME &gt;= 1 AND TIME &lt; 3 THEN INF ELSE 2</len>", options=FIFO, inflow="4"
    )
    assert column(run(text), "leaving") == [0, 0, 0, 0, 4, 12, 4]


def test_belts_of_an_array_with_a_capacity_are_written_and_read() -> None:
    dims = '<dimensions><dim name="d"/></dimensions>'
    text = file(
        f'<stock name="belt">{dims}<eqn>4</eqn><inflow>in</inflow><outflow>out</outflow>'
        f"<conveyor {FIFO}><len>d * (3 + SIN(TIME))</len><capacity>9</capacity></conveyor></stock>"
        f'<flow name="in">{dims}<eqn>4 * d</eqn></flow><flow name="out">{dims}</flow>',
        before='<dimensions><dim name="d" size="2"/></dimensions>',
        settings=specs(8, 0.5),
    )
    found = run(text)
    assert values(found, "belt").max() == pytest.approx(9)
    copy, losses = write(read(text))
    assert not losses
    np.testing.assert_array_equal(values(run(copy), "out"), values(found, "out"))
