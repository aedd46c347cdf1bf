"""Macros as the standard has them (XMILE 1.0, 3.6.1 and 4.8); the values follow from its text."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from formats.xmile.xmile_texts import (
    aux,
    column,
    file,
    messages,
    read,
    run,
    specs,
    values,
    warnings,
)
from headwater.api import load
from headwater.cli import main
from headwater.errors import HeadwaterError
from headwater.simulation.building import TargetName


def convert(source: Path, target: Path, *options: str) -> Result:
    """Convert a file as the command does."""
    return CliRunner().invoke(main, ["convert", str(source), str(target), *options])


DIMENSIONS = '<dimensions><dim name="R" size="2"/><dim name="C" size="3"/></dimensions>'


def macro(name: str, equation: str, parameters: str = "x", more: str = "", space: str = "") -> str:
    """Return a macro; a parameter may be ``name=default``."""
    parms = ""
    for parameter in parameters.split(",") if parameters else ():
        key, _, default = parameter.partition("=")
        parms += f'<parm default="{default}">{key}</parm>' if default else f"<parm>{key}</parm>"
    escaped = equation.replace("<", "&lt;")
    return f'<macro name="{name}"{space}>{parms}<eqn>{escaped}</eqn>{more}</macro>'


def own(start: str, stop: str, inflow: str, first: str = "0", more: str = "") -> str:
    """Return the settings and the one stock, `s`, of a macro that runs on its own."""
    return (
        f"<sim_specs {more}><start>{start}</start><stop>{stop}</stop></sim_specs><variables>"
        f'<stock name="s"><eqn>{first}</eqn><inflow>f</inflow></stock>'
        f'<flow name="f"><eqn>{inflow}</eqn></flow></variables>'
    )


FACTORIAL = macro("FACT", "s", more=own("1", "x", "s * TIME", "1"))


@pytest.mark.parametrize("target", ["reference", "llvm"])
def test_a_macro_runs_on_its_own_at_each_call(target: TargetName) -> None:
    found = run(
        file(
            aux("three", "3")
            + aux("a", "FACT(5)")
            + aux("b", "FACT(TIME)")
            # The stop time may be another one in each element.
            + aux("c", "FACT(R + three)", '<dimensions><dim name="R"/></dimensions>'),
            before=DIMENSIONS + FACTORIAL,
        ),
        target=target,
    )
    assert column(found, "a") == [120] * 6
    assert column(found, "b") == [1, 1, 2, 6, 24, 120]
    assert values(found, "c")[-1].tolist() == [24, 120]


@pytest.mark.parametrize(
    ("method", "factor"),
    [
        ("euler", 1 + 0.25),
        ("rk2", 1 + 0.25 + 0.25**2 / 2),
        ("rk4", 1 + 0.25 + 0.25**2 / 2 + 0.25**3 / 6 + 0.25**4 / 24),
    ],
)
def test_a_macro_of_its_own_run_has_its_own_step_and_method(method: str, factor: float) -> None:
    growth = macro(
        "GROW",
        "s",
        "r,first=1",
        f'<sim_specs method="{method}"><start>0</start><stop>1</stop>'
        '<dt reciprocal="true">4</dt></sim_specs><variables>'
        '<stock name="s"><eqn>first</eqn><inflow>f</inflow></stock>'
        '<flow name="f"><eqn>r * s * one</eqn></flow>'
        '<aux name="one"><eqn>1</eqn></aux></variables>',
    )
    found = run(file(aux("a", "GROW(1)") + aux("b", "GROW(1, TIME)"), before=growth))
    assert column(found, "a")[0] == pytest.approx(factor**4, rel=1e-14)
    assert column(found, "b")[3] == pytest.approx(3 * factor**4, rel=1e-14)


def test_names_of_time_are_those_of_the_macros_own_run() -> None:
    clock = macro(
        "CLOCK",
        "s + 100 * TIME + 1000 * STARTTIME + 10000 * STOPTIME + DT",
        more=own("2", "x", "TIME"),
    )
    found = run(file(aux("a", "CLOCK(5)"), before=clock))
    assert column(found, "a")[0] == (2 + 3 + 4) + 500 + 2000 + 50000 + 1


def test_a_macro_whose_stop_is_not_after_its_start_takes_no_step() -> None:
    found = run(file(aux("a", "FACT(0)") + aux("b", "FACT(-TIME)"), before=FACTORIAL))
    assert column(found, "a") == [1] * 6
    assert column(found, "b") == [1] * 6


def test_loops_may_stand_in_loops_and_take_slices_of_arrays() -> None:
    inner = macro("SUM1D", "s", "A", own("1", "SIZE(A) + 1", "A[TIME]"))
    outer = macro("SUM2D", "s", "A", own("1", "SIZE(A[*, 1]) + 1", "SUM1D(A[TIME, *])"))
    both = '<dimensions><dim name="R"/><dim name="C"/></dimensions>'
    rows = '<dimensions><dim name="R"/></dimensions>'
    found = run(
        file(
            aux("m", "R * 10 + C + TIME", both)
            + aux("all", "SUM2D(m)")
            + aux("second", "SUM1D(m[2, *])")
            + aux("each", "SUM1D(m[R, *])", rows),
            before=DIMENSIONS + inner + outer,
        )
    )
    assert column(found, "all") == [102 + 6 * t for t in range(6)]
    assert column(found, "second") == [66 + 3 * t for t in range(6)]
    assert values(found, "each")[0].tolist() == [36, 66]


@pytest.mark.parametrize(
    ("inflow", "expected"),
    [
        ("RANDOM(0, 1)", "draws random numbers"),
        ("SMTH1(TIME, 2)", "SMTH1 cannot stand in a macro that runs on its own"),
    ],
)
def test_what_is_of_the_models_time_cannot_stand_in_such_a_macro(
    inflow: str, expected: str
) -> None:
    wrong = macro("F", "s", more=own("0", "x", inflow))
    with pytest.raises(HeadwaterError) as caught:
        run(file(aux("a", "F(5)"), before=wrong))
    assert expected in messages(caught.value)


def test_such_a_macro_is_written_back_and_is_refused_where_there_is_none(tmp_path: Path) -> None:
    path = tmp_path / "model.xmile"
    path.write_text(file(aux("a", "FACT(TIME)"), before=FACTORIAL))
    assert "gives what it holds at its stop time" in warnings(read(path.read_text()))
    assert convert(path, tmp_path / "copy.xmile").exit_code == 0
    copied = (tmp_path / "copy.xmile").read_text()
    assert read(copied).macros == read(path.read_text()).macros
    assert column(run(copied), "a") == [1, 1, 2, 6, 24, 120]
    for extension in ("md", "mdl"):
        refused = convert(path, tmp_path / f"copy.{extension}")
        assert refused.exit_code == 2
        assert "FACT` runs on its own" in refused.output
        assert not (tmp_path / f"copy.{extension}").exists()


def test_a_default_may_name_the_parameters_before_it(tmp_path: Path) -> None:
    """The standard's own first-order smooth (4.8.2)."""
    smooth = macro(
        "SMOOTH1",
        "held",
        "input,averaging time,initial=input",
        '<variables><stock name="held"><eqn>initial</eqn><inflow>f</inflow></stock>'
        '<flow name="f"><eqn>(input - held) / averaging_time</eqn></flow></variables>',
    )
    text = file(aux("a", "SMOOTH1(TIME + 8, 4)") + aux("b", "SMOOTH1(TIME, 4, 10)"), before=smooth)
    path = tmp_path / "model.xmile"
    path.write_text(text)
    for extension in ("xmile", "md", "mdl"):
        target = tmp_path / f"copy.{extension}"
        assert convert(path, target).exit_code == 0
        results = load(target).run()
        assert results["a"].values[:3].tolist() == [8, 8, 8.25]
        assert results["b"].values[:3].tolist() == [10, 7.5, 5.875]


def test_one_name_may_stand_for_several_numbers_of_arguments() -> None:
    pair = macro("F", "x + 1") + macro("F", "x * y", "x,y") + macro("G", "F(x) + F(x, 10)")
    text = file(aux("a", "F(2)") + aux("b", "F(2, 3)") + aux("c", "G(4)"), before=pair)
    found = run(text)
    assert [column(found, n)[0] for n in "abc"] == [3, 6, 45]
    assert "is called `F_2` here" in warnings(read(text))
    with pytest.raises(HeadwaterError, match="macro `F` is defined twice"):
        read(file(aux("a", "F(2)"), before=macro("F", "x") + macro("F", "x + y", "x,y=1")))


def test_a_macro_may_be_named_with_its_namespace_and_without_parentheses() -> None:
    spaced = macro("HALF", "x / 2", space=' namespace="tools"') + macro("NOW2", "TIME * 2", "")
    found = run(
        file(
            aux("a", "tools.HALF(3)") + aux("b", "user.mine.half(5)") + aux("c", "NOW2 + 1"),
            before=spaced,
        )
    )
    assert column(found, "a")[0] == 1.5
    assert column(found, "b")[0] == 2.5
    assert column(found, "c") == [1, 3, 5, 7, 9, 11]


@pytest.mark.parametrize("target", ["reference", "llvm"])
def test_the_standards_search_of_an_array(target: TargetName) -> None:
    find = macro(
        "FIND",
        "IF i > SIZE(A) THEN 0 ELSE IF A[i] = value THEN i ELSE FIND(A, value, i + 1)",
        "A,value,i=1",
    )
    columns = '<dimensions><dim name="C"/></dimensions>'
    found = run(
        file(
            aux("v", "C * C", columns)
            + aux("a", "FIND(v, TIME * TIME)")
            + aux("b", "FIND(v, 4, TIME)"),
            before=DIMENSIONS + find,
        ),
        target=target,
    )
    assert column(found, "a") == [0, 1, 2, 3, 0, 0]
    assert column(found, "b") == [2, 2, 2, 0, 0, 0]


def test_a_macro_that_calls_itself_is_not_written_where_there_is_none(tmp_path: Path) -> None:
    fibonacci = macro("FIB", "IF x <= 1 THEN x ELSE FIB(x - 1) + FIB(x - 2)")
    path = tmp_path / "model.xmile"
    path.write_text(file(aux("a", "FIB(12)"), before=fibonacci))
    assert column(run(path.read_text()), "a")[0] == 144
    assert "FIB` calls itself" in convert(path, tmp_path / "copy.md").output


def test_what_a_macro_cannot_have_is_told() -> None:
    module = macro("F", "m.y", more='<variables><module name="m"/></variables>')
    with pytest.raises(HeadwaterError, match="the macro `F` has a module"):
        read(file(aux("a", "F(1)"), before=module))
    open_end = macro("F", "s", more="<sim_specs><start>0</start></sim_specs>")
    with pytest.raises(HeadwaterError, match="simulation settings without a stop time"):
        read(file(aux("a", "F(1)"), before=open_end, settings=specs(3)))


def test_a_stock_of_a_macro_that_must_not_be_negative_is_not_lost(tmp_path: Path) -> None:
    drained = macro(
        "DRAIN",
        "s",
        more='<variables><stock name="s"><eqn>5</eqn><outflow>o</outflow><non_negative/></stock>'
        '<flow name="o"><eqn>x</eqn></flow></variables>',
    )
    path = tmp_path / "model.xmile"
    path.write_text(file(aux("a", "DRAIN(3)"), before=drained))
    assert column(run(path.read_text()), "a")[:4] == [5, 2, 0, 0]
    written = convert(path, tmp_path / "copy.mdl", "--verify")
    assert written.exit_code == 0
    assert "macros are written out where they are called: `DRAIN`" in written.output
    assert "the run is the same: 1 variable, to the last bit" in written.output


def test_macros_that_call_one_with_a_limited_stock_are_written_out_in_vensim(
    tmp_path: Path,
) -> None:
    drained = macro(
        "DRAIN",
        "s",
        more='<variables><stock name="s"><eqn>5</eqn><outflow>o</outflow><non_negative/></stock>'
        '<flow name="o"><eqn>x</eqn></flow></variables>',
    )
    half, twice = macro("HALF", "DRAIN(x) / 2"), macro("TWICE", "2 * x")
    path = tmp_path / "model.xmile"
    variables = aux("a", "HALF(3)") + aux("b", "TWICE(3)")
    path.write_text(file(variables, before=drained + half + twice))
    assert column(run(path.read_text()), "a")[:4] == [2.5, 1, 0, 0]
    copy = tmp_path / "copy.mdl"
    written = convert(path, copy, "--verify")
    assert "the run is the same: 2 variables, to the last bit" in written.output
    text = copy.read_text()
    assert ":MACRO: TWICE" in text
    assert ":MACRO: HALF" not in text
