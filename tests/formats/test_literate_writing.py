"""Models of other formats as literate cases: the same run, laid out as `fmt` does it."""

import json
from pathlib import Path
from random import Random

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.api import load
from headwater.cli import main
from headwater.compiler.units.check import examine_units
from headwater.errors import ModelError
from headwater.formats.literate import read_case_text, write
from headwater.formats.literate.layout.format import format_text
from headwater.formats.vensim import project_of
from headwater.formats.vensim import write as write_vensim
from headwater.formats.xmile import project_of as xmile
from headwater.language.parser import parse_text
from headwater.language.source import Source
from headwater.language.syntax import Name, Number
from headwater.model.diff import compare_projects
from headwater.model.project import Project
from headwater.model.uncertainty import LogNormal, Range, Uncertainty
from headwater.model.variables import Constant, Data, Equation, Flow, FlowTerm, Provenance, Stock
from model_lines import project, run, series
from random_models import DIMENSIONS, Writer

CONTROL = "FINAL TIME = 4 ~ Year ~|\nINITIAL TIME = 0 ~~|\nTIME STEP = 0.5 ~~|\nSAVEPER = 1 ~~|\n"


def vensim(text: str) -> Project:
    return project_of(Source("model.mdl", text + CONTROL), None, "model")


def again(model: Project, folder: Path | None = None) -> Project:
    written = write(model, "model")
    assert format_text(written.text, "model.md") == written.text
    for name, text in written.files.items():
        assert folder is not None
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return read_case_text(written.text, folder=folder).project


def assert_held(model: Project, folder: Path | None = None) -> Project:
    found = again(model, folder)
    a, b = run(model), run(found)
    names = {n.casefold().replace(" ", "_"): n for n in b}
    for name, values in a.items():
        other = b[names[name.casefold().replace(" ", "_")]]
        np.testing.assert_array_equal(values, other, err_msg=name)
    return found


@settings(max_examples=10)
@given(seed=st.integers(0, 2**32), size=st.integers(1, 8))
def test_random_models_run_the_same_to_the_last_bit(seed: int, size: int) -> None:
    assert_held(project(Writer(Random(seed), size).text, dimensions=DIMENSIONS, time=(0, 4, 0.5)))


@pytest.mark.parametrize(
    "text",
    [
        "a = IF THEN ELSE(Time > 2, STEP(3, 1), PULSE(1, 1)) + MODULO(Time - 3, 2) ~~|\n",
        "a = SMOOTHI(Time, 2, 1) + DELAY1(Time, 3) + ZIDZ(1, Time) + INTEGER(-Time / 3) ~~|\n",
        "s = INTEG(a - s / 3 - 2, 5) ~ kg ~|\na = 3 ~ kg/Year [0,9] ~ What\n comes in. |\n",
        "d: a, b, c ~~|\ne: b, c ~~|\nx[d] = 1, 2, 3 ~~|\ny[e] = x[e] * e ~~|\ny[a] = 7 ~~|\n",
        "d: a, b -> (e: q, p) ~~|\ne: p, q ~~|\nx[e] = 5, 6 ~~|\ny[d] = x[e] + d ~~|\n",
        "d: a, b, c ~~|\n"
        "e: b, c ~~|\n"
        "x[d] :EXCEPT: [e] = 1 ~~|\n"
        "x[e] = 2 ~~|\n"
        "y = SUM(x[e!]) ~~|\n",
        "d: a, b ~~|\ns[a] = INTEG(1, 2) ~~|\ns[b] = INTEG(s[a], 3) ~~|\n",
        "d: a, b ~~|\nx[d] = 1, 2 ~~|\ny = SUM(IF THEN ELSE(d! = 2, x[d!], 0)) ~~|\n",
        "l((0, 1), (2, 5), (3, -1)) ~~|\na = l(Time) + LOOKUP FORWARD(l, 1.5) ~~|\n",
        "a = WITH LOOKUP(Time, ((0, 1), (4, 3))) ~~|\n"
        "b = 2 * WITH LOOKUP(a, ((0, 1), (9, 2))) ~~|\n",
        ":MACRO: HALF(x, y)\nHALF = x / 2 + y + keep ~~|\nkeep = INTEG(x, 1) ~~|\n:END OF MACRO:\n"
        "d: a, b ~~|\nz[d] = HALF(Time * d, 3) ~~|\nw = HALF(HALF(Time, 1), 2) ~~|\n",
        ":MACRO: FIT(x : error)\nFIT = x + 1 ~~|\nerror = x * 2 ~~|\n:END OF MACRO:\n"
        "a = FIT(Time : wrong) ~~|\nb = wrong ~~|\n",
        "d: a, b ~~|\ne: (p1-p3) -> f ~~|\nf: (q1-q3) -> e ~~|\nx[d, e] = 3, 1, 2; 7, 9, 8; ~~|\n"
        "order[d, f] = VECTOR SORT ORDER(x[d, e], 1) ~~|\n"
        "sorted[d, f] = VECTOR REORDER(x[d, e], order[d, f]) ~~|\n",
        "dt = 3 ~~|\npi = 2 ~~|\nsome name = dt * pi + TIME STEP ~~|\n",
    ],
)
def test_vensims_models_run_the_same(text: str) -> None:
    model = vensim(text)
    found = again(model)
    a, b = run(model), run(found)
    keys = {v.key: v.name for v in found.variables}
    for name, values in a.items():
        key = name.casefold().replace(" ", "_")
        other = b[keys.get(key) or keys[f"{key}_value"]]
        np.testing.assert_array_equal(values, other, err_msg=name)


def test_what_flows_is_a_flow_again() -> None:
    found = again(vensim("s = INTEG(come - go, 5) ~~|\ncome = 3 ~~|\ngo = s / 4 ~~|\n"))
    stock = found.find("s")
    assert isinstance(stock, Stock)
    assert [(t.sign, t.expression) for t in stock.flows] == [(1, Name("come")), (-1, Name("go"))]
    assert isinstance(found.find("go"), Flow)


def test_an_arrays_bare_name_gets_its_subscripts() -> None:
    text = """<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">
    <sim_specs><start>0</start><stop>3</stop><dt>1</dt></sim_specs>
    <dimensions><dim name="d"><elem name="a"/><elem name="b"/></dim></dimensions>
    <model><variables>
    <aux name="x"><dimensions><dim name="d"/></dimensions><eqn>d * 2</eqn></aux>
    <aux name="y"><dimensions><dim name="d"/></dimensions><eqn>x + SUM(x) + MAX(x, 3)</eqn></aux>
    <stock name="s"><dimensions><dim name="d"/></dimensions><eqn>x</eqn><inflow>f</inflow></stock>
    <flow name="f"><dimensions><dim name="d"/></dimensions><eqn>y</eqn></flow>
    </variables></model></xmile>"""
    model = xmile(text, None, "model.xmile")
    assert "x[d] + SUM(x) + MAX(x[d], 3)" in write(model, "model").text
    assert_held(model)


def test_data_go_into_files_of_their_own(tmp_path: Path) -> None:
    points = [(0.0, 1.0), (2.0, 5.0), (4.0, 2.0)]
    data = [series("over time", points), series("kept", points, "hold")]
    assert_held(project("aux z = over_time + kept", data=data, time=(0, 4, 0.5)), tmp_path)
    assert {p.name for p in (tmp_path / "model_data").iterdir()} == {"over_time.csv", "kept.csv"}


def test_data_that_are_read_in_vensims_ways_get_series_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "made.csv").write_text("Time,x,y\n0,1,4\n2,5,7\n4,3,9\n")
    call = "GET DIRECT DATA('made.csv', ',', 'A', 'B2')"
    text = (
        f"d: a, b ~~|\ne: p ~~|\nnext :LOOK FORWARD: := {call} ~~|\nat :RAW: := {call} ~~|\n"
        f"many[d, e] := {call} ~~|\nsum = many[b, p] + next ~~|\n"
    )
    model = project_of(Source("model.mdl", text + CONTROL), tmp_path, "model")
    found = assert_held(model, tmp_path)
    assert len([v for v in found.variables if isinstance(v, Data)]) == 4


def test_groups_become_sections_and_their_text_prose() -> None:
    model = vensim("loose = 1 ~~|\n****\n.People at home\n****~\n# Who stays. |\nx = 2 ~~|\n")
    text = write(model, "model").text
    assert "\n## People at home\n\n\\# Who stays.\n" in text
    found = read_case_text(text).project
    assert [v.group for v in found.variables] == ["", "People at home"]


def test_uncertainty_and_reasons_are_written() -> None:
    constant = Constant(
        name="stay",
        unit="year",
        equations=(Equation(Number(2.5)),),
        range=Range(1.0, float("inf")),
        uncertainty=Uncertainty(LogNormal(2.5, 1.3), Range(1.0, 6.0)),
        provenance=Provenance(("survey-2019",), 'they "said" so'),
        documentation="How long.",
    )
    (found,) = again(Project("m", (constant,))).variables
    assert isinstance(found, Constant)
    assert (found.range, found.uncertainty) == (constant.range, constant.uncertainty)
    assert found.provenance == constant.provenance
    assert (found.unit, found.documentation) == ("year", "How long.")


def test_units_that_contradict_each_other_go_into_the_notes() -> None:
    model = vensim("a = b ~ kg ~ Mass. |\nb = 3 ~ meter ~|\n")
    written = write(model, "model", lambda made: made.by_key.keys())
    variable = read_case_text(written.text).project.find("a")
    assert variable is not None
    assert (variable.unit, variable.documentation) == ("", "Mass. (unit: kg)")
    assert any("contradict" in loss.message for loss in written.losses)


MASSES = (
    "a = 3 ~ kg ~|\nb = 2 ~ meter ~|\nc = a * 2 ~ kg ~|\nd = a + c ~ kg ~|\n"
    "stock = INTEG(c / life, d) ~ kg ~|\nlife = 4 ~ Month ~|\n"
)


@pytest.mark.parametrize(
    ("text", "kept", "told"),
    [
        (MASSES, "a b c d stock life", []),
        (MASSES + "e = c + b ~ kg ~|\n", "a c d stock life e", ["notes: `b`"]),
        (MASSES + "e = a ~ meter ~|\nf = e * b ~ kg*meter ~|\n", "a b c d stock life f", ["`e`"]),
        (MASSES + "e = stock / life ~ kg/Day ~|\n", "a b c d stock life", ["notes: `e`"]),
        (MASSES.replace("4 ~ Month", "4 ~ Day"), "a b c d stock life", ["time `Month`"]),
    ],
)
def test_units_that_agree_are_kept(tmp_path: Path, text: str, kept: str, told: list[str]) -> None:
    path = tmp_path / "model.mdl"
    path.write_text(text + CONTROL.replace("Year", "Month"), encoding="utf-8")
    out, report = tmp_path / "case.md", tmp_path / "losses.json"
    arguments = ["convert", str(path), str(out), "--losses", str(report)]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    case = load(out)
    assert {v.key for v in case.project.variables if v.unit} == set(kept.split())
    losses = [e["loss"] for e in json.loads(report.read_text()) if "contradict" in e["loss"]]
    assert [part in loss for part, loss in zip(told, losses, strict=True)] == [True] * len(told)
    case.run()


def test_names_of_a_unit_that_are_known_anyhow_are_not_written() -> None:
    equal = "///---\\\\\\\n:L\x7f<%^E!@\n22:s,Second\n22:Day,Sol\n"
    text = write(
        vensim("v = 2 ~ m/s ~|\nw = v * 3 ~ m/Second ~|\nx = 5 ~ Sol ~|\n" + CONTROL + equal), "m"
    ).text
    assert "unit s" not in text
    assert "unit Sol = Day" in text
    assert "unit Second" not in text


def test_what_stands_otherwise_is_told() -> None:
    text = """<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">
    <sim_specs><start>0</start><stop>3</stop><dt>1</dt></sim_specs><model><variables>
    <stock name="s"><eqn>5</eqn><outflow>f</outflow><non_negative/></stock>
    <flow name="f"><eqn>1 - TIME</eqn><non_negative/></flow>
    <aux name="g"><eqn>TIME</eqn><gf><xpts>0,9</xpts><yscale min="0" max="4"/><ypts>1,2</ypts></gf>
    </aux></variables></model></xmile>"""
    told = [d.message for d in write(xmile(text, None, "model.xmile"), "model").losses]
    assert told == [
        "graphical functions of an expression become a function and a variable: `g`",
        "stocks that cannot fall below zero are written as limits of their flows: `s`",
        "flows that cannot be negative are written with MAX: `f`",
        "the scales on which graphical functions are shown are not written: `g`",
    ]


def test_stocks_that_cannot_fall_below_zero() -> None:
    flows = (FlowTerm(-1, Name("first")), FlowTerm(-1, Name("second")))
    tank = Stock(name="tank", equations=(Equation(Number(10.0)),), flows=flows, non_negative=True)
    first = Flow(name="first", equations=(Equation(Number(3.0)),))
    second = Flow(name="second", equations=(Equation(Number(4.0)),), non_negative=True)
    assert_held(Project("m", (tank, first, second), dialect="xmile"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("d: a, b ~~|\nx[d] = 1, 2 ~~|\ny = SUM(m[d!, d!]) ~~|\nm[d, d] = 1 ~~|\n", "diagonal"),
    ],
)
def test_what_has_no_form_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        write(vensim(text), "model")
    assert caught.value.diagnostics[0].place is not None


def test_a_point_that_stands_twice_is_written_once() -> None:
    model = vensim("l((0, 1), (2, 5), (2, 5), (3, -1)) ~~|\na = l(Time) ~~|\n")
    assert "(0, 1) (2, 5) (3, -1)" in write(model, "model").text
    assert_held(model)


def test_two_points_with_one_x_make_a_jump() -> None:
    """Straight lines up to the jump and from it on: 0.5 x, and 5 - 0.5 (x - 2)."""
    model = vensim(
        "l((0, 0), (2, 1), (2, 5), (4, 4)) ~~|\na = l(Time) ~~|\nb = l(Time + 0.5) ~~|\n"
        "c = l(2) ~~|\n"
    )
    assert "(2, 1) (2, 5)" in write(model, "model").text
    found = run(assert_held(model))
    np.testing.assert_allclose(found["a"][[0, 1, 3, 4]], [0, 0.5, 4.5, 4])
    np.testing.assert_allclose(found["b"][:4], [0.25, 0.75, 4.75, 4.25])


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ("(0, 1) (2, 5) (2, 5)", "the point at x = 2 is there twice"),
        ("(0, 1) (2, 5) (1, 5)", "the point at x = 1 does not lie after 2"),
    ],
)
def test_points_that_go_back_or_stand_twice_are_told(points: str, said: str) -> None:
    text = f"---\ntitle: T\ntime: 0 to 1\n---\n```headwater\ngraph g : 1 = {points}\n```\n"
    with pytest.raises(ModelError, match=said):
        read_case_text(text)


def test_a_few_units_that_contradict_are_noted_and_no_others() -> None:
    """A sine has no unit, so that what is made of it cannot be in widgets; the time can be told."""
    model = vensim(
        "r = 1 + SIN(6.28 * Time / period) ~ widgets/Year ~|\n"
        "late = DELAY1(r, wait) ~ widgets/Year ~|\nwait = 2 ~ Year ~|\nperiod = 3 ~ Year ~|\n"
        "shelf = INTEG(other, 0) ~ boxes ~|\nother = 3 ~ boxes/Year ~|\n"
    )

    def contradicted(project: Project) -> frozenset[str]:
        return examine_units(project).contradicted

    written = write(model, "model", contradicted)
    told = [d.message for d in written.losses if "contradict" in d.message]
    assert told == ["units that contradict each other are written in the notes: `r`, `late`"]
    units = {v.name: v.unit for v in read_case_text(written.text).project.variables}
    assert {units[n] for n in ("wait", "period")} == {"Year"}
    assert (units["shelf"], units["other"]) == ("boxes", "boxes/Year")


def test_units_that_nothing_saves_are_all_noted_with_the_reason() -> None:
    """What contradicts others even without a unit of its own leaves no unit that can be kept."""
    model = vensim("a = EXP(TIME STEP * SQRT(4)) + SIN(1) ~ m ~|\nb = 2 ~ kg ~|\n")

    def always(project: Project) -> frozenset[str]:
        return frozenset({"a"}) if any(v.unit for v in project.variables) else frozenset()

    written = write(model, "model", always)
    told = [d.message for d in written.losses if "all units" in d.message]
    assert len(told) == 1
    assert told[0].endswith("since equations contradict others without any: `a`")


def test_elements_without_an_equation_are_told() -> None:
    model = vensim("d: a, b, c ~~|\nx[a] = 1 ~~|\nx[b] = Time ~~|\ny[d] = 1 ~~|\nz = x[a] ~~|\n")
    assert_held(model)


def test_an_expression_that_is_a_flow_keeps_its_sign() -> None:
    stock = Stock(name="s", equations=(Equation(Number(1.0), rate=parse_text("-(2 - s) + 1")),))
    assert_held(Project("m", (stock,), dialect="vensim"))


def test_an_array_that_gives_numbers_of_elements() -> None:
    """XMILE's array as a subscript, and elements with numbers for names, mean the same."""
    text = """<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">
    <sim_specs><start>0</start><stop>1</stop><dt>1</dt></sim_specs>
    <dimensions><dim name="from"><elem name="p"/><elem name="q"/></dim>
    <dim name="year"><elem name="2020"/><elem name="2021"/></dim></dimensions>
    <model><variables>
    <aux name="x"><dimensions><dim name="from"/></dimensions>
      <element subscript="p"><eqn>3</eqn></element><element subscript="q"><eqn>5</eqn></element>
    </aux>
    <aux name="other"><dimensions><dim name="year"/></dimensions><eqn>3 - year</eqn></aux>
    <aux name="y"><dimensions><dim name="year"/></dimensions><eqn>x[other]</eqn></aux>
    <aux name="last"><eqn>y[2021]</eqn></aux>
    </variables></model></xmile>"""
    model = xmile(text, None, "model.xmile")
    written = write_vensim(model, "model").text
    for found in (model, again(model), project_of(Source("model.mdl", written), None, "model")):
        results = run(found)
        np.testing.assert_array_equal(results["y"][-1], [5, 3])
        assert results["last"][-1] == 3
    assert compare_projects(model, again(model)).same
