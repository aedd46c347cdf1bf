"""Vensim's methods with stages: what changes within a step and what does not.

Source: Vensim's manual, "Runge-Kutta Integration": exogenous and test inputs (STEP, PULSE and RAMP)
are constant over the interval; and its page of each function.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from formats.vensim.running import NOT_AVAILABLE, control, run, values
from headwater.api import load
from headwater.cli import main
from headwater.errors import Diagnostic
from headwater.formats.literate.writing.document import write_text as write_case
from headwater.formats.vensim import project_of
from headwater.formats.vensim.writing import write_text as write_mdl
from headwater.language.source import Source
from headwater.simulation.building import TargetName

RK2, RK4 = 4, 5


def technique(code: int) -> str:
    sketch = "\\\\\\---/// Sketch information\nV300\n*View\n"
    return f"{sketch}///---\\\\\\\n:L\x7f<%^E!@\n15:0,0,0,{code},0,0\n"


@pytest.mark.parametrize("code", [RK2, RK4])
def test_a_ramp_changes_with_steps_only(code: int) -> None:
    """The stock adds up the ramp at the steps' beginnings, 0.5, 1.5 and 2, as Euler's would."""
    found = run("s = INTEG(RAMP(1, 0.5, 2.5), 0) ~~|\n", 4, settings=technique(code))
    assert values(found, "s").tolist() == [0, 0, 0.5, 2, 4]


@pytest.mark.parametrize("code", [RK2, RK4])
def test_a_sample_holds_within_its_step(code: int) -> None:
    """It samples 0, 2 and 4 at times 0, 2 and 4; no stage falls back on what was before."""
    text = (
        "x = INTEG(1, 0) ~~|\nc = SAMPLE IF TRUE(MODULO(Time, 2) < 0.5, x, 7) ~~|\n"
        "s = INTEG(c, 0) ~~|\n"
    )
    found = run(text, 4, settings=technique(code))
    assert values(found, "c").tolist() == [0, 0, 2, 2, 4]
    assert values(found, "s").tolist() == [0, 0, 0, 2, 4]


@pytest.mark.parametrize("code", [RK2, RK4])
@pytest.mark.parametrize(
    ("mode", "sums"),
    [
        (":INTERPOLATE:", [0, 0, 2, 6, 8]),
        (":HOLD BACKWARD:", [0, 0, 0, 4, 8]),
        (":LOOK FORWARD:", [0, 0, 4, 8, 8]),
    ],
)
def test_data_change_with_steps_only(
    tmp_path: Path, code: int, mode: str, sums: list[float]
) -> None:
    (tmp_path / "x.csv").write_text("Time,v\n0,0\n2,4\n4,0\n")
    text = (
        f"v {mode} := GET DIRECT DATA('x.csv', ',', 'A', 'B2') ~~|\ns = INTEG(v, 0) ~~|\n"
        "l((0,0),(2,4),(4,0)) ~~|\nt = INTEG(l(Time), 0) ~~|\n"
    )
    found = run(text, 4, folder=tmp_path, settings=technique(code))
    assert values(found, "s").tolist() == sums
    # A lookup of time is no exogenous input: it follows the stages.
    assert values(found, "t").tolist() == pytest.approx([0, 1, 4, 7, 8])


@pytest.mark.parametrize("code", [RK2, RK4])
@pytest.mark.parametrize("function", ["DELAY N", "SMOOTH N"])
def test_a_delay_of_order_n_is_discrete(code: int, function: str) -> None:
    """The manual of both: the output is constant for each step, by Runge-Kutta's methods too.

    Two stages of 2, gone through by hand: the first holds 0, 0, 1, 5/2, 17/4 and gives half of it,
    the second holds 0, 0, 0, 1/2, 3/2, 23/8.
    """
    text = f"x = INTEG(1, 0) ~~|\na = {function}(x, 4, 0, 2) ~~|\ns = INTEG(a, 0) ~~|\n"
    found = run(text, 5, settings=technique(code))
    assert values(found, "a").tolist() == [0, 0, 0, 0.25, 0.75, 1.4375]
    assert values(found, "s").tolist() == [0, 0, 0, 0, 0.25, 1]


def test_conversions_tell_where_data_are_held_on_one_side_only(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("Time,v\n0,0\n2,4\n4,0\n")
    text = "v := GET DIRECT DATA('x.csv', ',', 'A', 'B2') ~~|\ns = INTEG(v, 0) ~~|\n"
    whole = text + control(4) + technique(RK4)
    project = project_of(Source("model.mdl", whole), tmp_path, "model")

    def said(written: list[Diagnostic]) -> bool:
        return any("data" in d.message and "within a step" in d.message for d in written)

    case = write_case(project, "m")
    assert said(case.losses)
    assert not said(write_mdl(project, "m").losses)
    other = replace(project, dialect="headwater")
    assert said(write_mdl(other, "m").losses)
    by_euler = replace(other, sim_specs=replace(other.sim_specs, method="euler"))
    assert not said(write_mdl(by_euler, "m").losses)


def test_formulas_of_data_change_with_steps_only(tmp_path: Path) -> None:
    """Each stock adds up its formula's values at the steps' beginnings, as Euler's would."""
    (tmp_path / "x.csv").write_text("Time,v,w\n0,0,1\n2,4,\n3,,3\n4,0,1\n")
    formulas = {
        "f": ":= v * 2",
        "g": ":HOLD BACKWARD: := v * 2",
        "h": ":= TIME SHIFT(v, 1)",
        "i": ":= X IF MISSING(v + w, 0)",
        "j": ":= CUMULATE(v)",
    }
    text = "".join(
        f"{name} := GET DIRECT DATA('x.csv', ',', 'A', '{column}2') ~~|\n"
        for name, column in (("v", "B"), ("w", "C"))
    ) + "".join(f"{k} {v} ~~|\ns{k} = INTEG({k}, 0) ~~|\n" for k, v in formulas.items())
    found = run(text, 4, folder=tmp_path, settings=technique(RK4))
    for name in formulas:
        before = values(found, name)[:-1].cumsum()
        assert values(found, f"s{name}").tolist() == [0, *before], name
    assert values(found, "g").tolist() == [0, 0, 8, 8, 0]


def test_the_difference_method_is_not_taken_for_eulers_in_silence() -> None:
    """Vensim's manual: it stores auxiliaries as computed at the previous save time."""
    text = "a = 1 ~~|\nFINAL TIME = 1 ~~|\nINITIAL TIME = 0 ~~|\nTIME STEP = 1 ~~|\n"
    text += "SAVEPER = 1 ~~|\n" + technique(2)
    (warning,) = project_of(Source("model.mdl", text), None, "model").warnings
    assert "difference method" in warning.message
    assert "save before" in warning.message


def test_the_trend_of_next_to_nothing_is_nothing() -> None:
    """Vensim's TREND divides by ZIDZ: 0 where 5 times the average is less than a millionth."""
    found = run("x = 1e-8 * (1 + Time) ~~|\na = TREND(x, 5, 0) ~~|\n", 3)
    assert values(found, "a").tolist() == [0, 0, 0, 0]
    # Ten times the size and more: (2 - 1) / (5 * 1) of the input in the second step.
    found = run("x = 1e-5 * (1 + Time) ~~|\na = TREND(x, 5, 0) ~~|\n", 3)
    assert values(found, "a")[1] == pytest.approx(0.2)


@pytest.mark.parametrize("ending", ["xmile", "md"])
def test_the_trend_of_next_to_nothing_is_nothing_in_other_formats(
    tmp_path: Path, ending: str
) -> None:
    source, made = tmp_path / "a.mdl", tmp_path / f"a.{ending}"
    text = "x = 1e-8 * (1 + Time) ~~|\ny = 1e-5 * (1 + Time) ~~|\na = TREND(x, 5, 0) ~~|\n"
    source.write_text(text + "b = TREND(y, 5, 0) ~~|\n" + control(3), encoding="utf-8")
    assert CliRunner().invoke(main, ["convert", str(source), str(made)]).exit_code == 0
    found = load(made).run()
    assert found["a"].values.tolist() == [0, 0, 0, 0]
    assert found["b"].values[1] == pytest.approx(0.2)


@pytest.mark.parametrize("target", ["llvm", "reference"])
def test_there_are_no_data_between_times_that_have_none(tmp_path: Path, target: TargetName) -> None:
    """The manual of GET DATA BETWEEN TIMES: `:NA:` before the first and after the last point."""
    (tmp_path / "x.csv").write_text("Time,v\n1,3\n2,4\n4,0\n")
    text = "v := GET DIRECT DATA('x.csv', ',', 'A', 'B2') ~~|\n" + "".join(
        f"{name} = GET DATA BETWEEN TIMES(v, Time, {mode}) ~~|\n"
        for name, mode in (("line", 0), ("next", 1), ("last", -1))
    )
    found = run(text, 5, folder=tmp_path, target=target)
    none = NOT_AVAILABLE
    assert values(found, "line").tolist() == [none, 3, 4, 2, 0, none]
    assert values(found, "next").tolist() == [none, 3, 4, 0, 0, none]
    assert values(found, "last").tolist() == [none, 3, 4, 4, 0, none]


def test_a_pulse_of_negative_length_never_is() -> None:
    """Vensim's PULSE: `time plus` is never both after start and before start + width."""
    assert not values(run("a = PULSE(2, -1) ~~|\n", 5), "a").any()


def test_runge_kutta_of_order_two_is_the_midpoint_method() -> None:
    """Vensim's manual: it makes a half step, and uses the rates that it finds there for the whole.

    From 1 the rate x * x is (1 + 0.5)^2 in the first step, so that x becomes 3.25.
    """
    found = run("x = INTEG(x * x, 1) ~~|\n", 1, settings=technique(RK2))
    assert values(found, "x").tolist() == [1, 3.25]
