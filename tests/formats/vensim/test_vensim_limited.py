"""SINTEG by Vensim's manual: a stock between limits, and a value that it is when near it."""

from pathlib import Path

import pytest

from formats.vensim.running import control, run, values
from formats.vensim.test_vensim_converted import converted, written
from headwater.errors import SyntaxFault
from headwater.formats.vensim import project_of
from headwater.language.source import Source

RISING = "x= SINTEG (0.75, 0.5 , 0.25\\\n\t\t, {} , :NA: , :NA: , :NA:) ~~|\n"


def test_a_stock_between_limits() -> None:
    """Each step adds 0.75 until 2.5; what would go beyond is lost, as the manual says."""
    found = values(run(RISING.format(2.5), stop=4), "x")
    assert found.tolist() == [0.5, 1.25, 2.0, 2.5, 2.5]
    back = "x = SINTEG(IF THEN ELSE(Time < 2, 3, -1), 0, :NA:, 4, :NA:, :NA:, :NA:) ~~|\n"
    assert values(run(back, stop=5), "x").tolist() == [0, 3, 4, 3, 2, 1]


def test_without_limits_it_is_integ() -> None:
    text = "x = SINTEG(0.1 * x, 1, :NA:, :NA:, :NA:, :NA:, :NA:) ~~|\ny = INTEG(0.1 * y, 1) ~~|\n"
    found = run(text, stop=9)
    assert values(found, "x").tolist() == values(found, "y").tolist()


def test_a_start_beyond_a_limit_is_at_it() -> None:
    found = run("x = SINTEG(0, -3, 0, :NA:, :NA:, :NA:, :NA:) ~~|\n", stop=1)
    assert values(found, "x").tolist() == [0, 0]


def test_near_a_value_it_is_that_value() -> None:
    """From 1 by 0.5 each step; within 0.25 of 0 it is 0, where it halves no more."""
    found = run("x = SINTEG(-x, 1, :NA:, :NA:, :NA:, 0, 0.25) ~~|\n", stop=2, step=0.5)
    assert values(found, "x").tolist() == [1, 0.5, 0.25, 0, 0]


def test_elements_and_macros() -> None:
    text = (
        ":MACRO: FILLED(rate, most)\nFILLED = level * 10 ~~|\n"
        "level = SINTEG(rate, 0, 0, 3, :NA:, :NA:, :NA:) ~~|\n:END OF MACRO:\n"
        "row: a, b, c ~~|\nspeed[row] = 1, 2, -1 ~~|\n"
        "x[row] = SINTEG(speed[row], 1, -1, 4, :NA:, :NA:, :NA:) ~~|\n"
        "y[a] = SINTEG(speed[a], 0, 0, 2, :NA:, :NA:, :NA:) ~~|\ny[b] = INTEG(1, 0) ~~|\n"
        "y[c] = 7 ~~|\nz = FILLED(2, 3) ~~|\n"
    )
    found = run(text, stop=4)
    assert values(found, "x")[4].tolist() == [4, 4, -1]
    assert values(found, "y")[4].tolist() == [2, 4, 7]
    assert values(found, "z").tolist() == [0, 20, 30, 30, 30]


@pytest.mark.parametrize("ending", ["mdl", "xmile", "md"])
def test_other_formats_run_it_the_same(tmp_path: Path, ending: str) -> None:
    text = RISING.format(2.4) + "y = SINTEG(-y / 3, 2, 0.1, 5, :NA:, 1, 0.2) ~~|\n"
    result = converted(written(tmp_path, text), ending)
    assert result.exit_code == 0, result.output
    assert "the run is the same" in result.output


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("SINTEG(1, 0)", "takes 7 arguments, not 2"),
        ("SINTEG(1, 0, 0, 9, 1, :NA:, :NA:)", "with a quant is not computed"),
        ("SINTEG(1, 0, 0, 1 + 1, :NA:, :NA:, :NA:)", "the max of SINTEG is a number or :NA:"),
        ("1 + SINTEG(1, 0, 0, 2, :NA:, :NA:, :NA:)", "must be the whole right side"),
        ("SINTEG(RANDOM 0 1(), 0, 0, 2, :NA:, 1, 1)", "draws at random"),
    ],
)
def test_what_is_not_computed_says_why(call: str, why: str) -> None:
    with pytest.raises(SyntaxFault, match=why):
        run(f"x = {call} ~~|\n", stop=1)


def test_methods_with_stages_are_warned_of() -> None:
    text = (
        RISING.format(2.5)
        + control(4)
        + "\\\\\\---/// Sketch\nV300\n///---\\\\\\\n15:0,0,0,5,0,0\n"
    )
    warnings = project_of(Source("model.mdl", text), None, "model").warnings
    assert [w.message.split("(")[0] for w in warnings] == ["the limits of SINTEG "]
    assert "`rk4`" in warnings[0].message
