"""Models of other formats as Vensim's give the same run, or are refused with the place."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.errors import ModelError
from headwater.formats.vensim import project_of, write
from headwater.formats.xmile import project_of as xmile
from headwater.language.parser import parse_text
from headwater.language.source import Source
from headwater.language.syntax import Name, Number
from headwater.model.project import Macro, Project
from headwater.model.variables import (
    Auxiliary,
    Constant,
    Conveyor,
    Dimension,
    Equation,
    Flow,
    FlowTerm,
    Graph,
    GraphicalFunction,
    GraphKind,
    Stock,
)
from model_lines import project, run, series
from random_models import DIMENSIONS, Writer

SIZES = {"d": ("a", "b", "c"), "e": ("p", "q")}


def assert_held(model: Project, *names: str) -> str:
    """Write a model as .mdl, run what is read back, and compare every bit; return the text."""
    written = write(model, "model")
    found = project_of(Source("model.mdl", written.text), None, "model")
    a, b = run(model), run(found)
    for name in names or a:
        np.testing.assert_array_equal(a[name], b[name], err_msg=written.text)
    return written.text


@settings(max_examples=12)
@given(seed=st.integers(0, 2**32), size=st.integers(1, 8), method=st.sampled_from(["euler", "rk4"]))
def test_random_models_run_the_same_to_the_last_bit(seed: int, size: int, method: str) -> None:
    text = Writer(Random(seed), size).text
    assert_held(project(text, dimensions=DIMENSIONS, time=(0, 4, 0.5), method=method))


@pytest.mark.parametrize("method", ["euler", "rk4"])
@pytest.mark.parametrize(
    "expression",
    [
        "INT(TIME - 3.3) + ROUND(TIME / 3)",
        "(TIME - 4) MOD 3 + (TIME - 4) MOD -3 + MODULO(7.3, TIME - 4.1)",
        "(TIME - 2) // (TIME - 2) + SAFEDIV(1, TIME, 5)",
        "SAFEDIV(1, TIME)",
        "STEP(3, 2) + STEP(1, 2.3)",
        "RAMP(2, 1) + RAMP(-1, 2, 6) + RAMP(1, 2.3, TIME)",
        "SINWAVE(2, 5) + COSWAVE(1, 3) + PI",
        "DELAY1(TIME, 2) + DELAY1(TIME, 2, 7) + DELAY3(TIME, 3)",
        "DELAYN(TIME, 3, 4, 2) + DELAYN(TIME, 3, 3) + DELAYN(TIME, 2, 1)",
        "SMTH1(TIME, 2) + SMTH3(TIME, 2, 1) + SMTHN(TIME, 3, 5)",
        "DELAY(TIME, 2) + DELAY(TIME, 1.5, 9)",
        "PREVIOUS(TIME, -1) + INIT(TIME + 4)",
        "TREND(TIME + 1, 3) + FORCST(TIME + 1, 3, 2)",
        "MAX(TIME, 3, 5) + MIN(TIME, 2)",
        "EXP(-TIME) + LN(TIME + 1) + SQRT(TIME) + ABS(-TIME) + ARCTAN(TIME)",
        "IF TIME > 3 AND NOT TIME = 5 OR TIME < 1 THEN 2 ELSE -TIME ^ 2",
        "STARTTIME + STOPTIME + DT",
        "PMT(0.1, 5, 100) + PERCENT(TIME)",
        "TRUNC(TIME - 3.5) + QUANTUM(TIME, 0.75)",
        "ZIDZ(1, TIME) + VENSIM_MODULO(TIME - 3, 2)",
        "GAMMALN(TIME + 1) + FACTORIAL(3) + NORMALCDF(-1, TIME)",
        "RANDOM(1, 2)",
    ],
)
def test_functions_give_the_same_numbers(expression: str, method: str) -> None:
    assert_held(project(f"aux x = {expression}", time=(0, 8, 0.5), method=method))


@pytest.mark.parametrize("first", ["2", "2.2"])
def test_pulses_come_at_the_same_steps(first: str) -> None:
    lines = f"aux once = PULSE(3, {first})\naux again = PULSE(3, {first}, 2)"
    assert_held(project(lines, time=(0, 8, 0.5)))
    whole = project("aux again = PULSE(3, 2, 2)\naux once = PULSE(4, 1)", method="rk4")
    assert_held(whole)


@pytest.mark.parametrize(
    "lines",
    [
        "constant x[d] = d * 2\naux y = SUM(x[*]) + MEAN(x[*]) + PROD(x[*]) + STDDEV(x[*])",
        "constant x[d] = d * 2\naux y[d] = x[d - 1] + x[1] + x[b] + d + c",
        "constant x[d, e] = d + 10 * e\naux y[e] = SUM(x[*, e]) + MAX(x[*, q], 3) + SIZE(x[*, *])",
        "constant x[d] = d\naux y = x[1 + TIME]\naux z = SUM(x[*] * x[*])",
        "constant x[d, d] = 3\naux y[d] = SUM(x[d, *]) + SUM(x[*, *])",
        "constant x[d, e] = d + 10 * e\naux y[e, d] = x'",
        "constant x[d] = d\naux y = SUM(SMTH1(x[*] * TIME, 2)) + SUM(x[a:b])",
        "constant x[d] = d\naux y[e] = SUM(x[*] * e) + SUM(PREVIOUS(x[*] * TIME, 1))",
        "aux y[d] = PREVIOUS(SELF, 0) + d\naux z = PREVIOUS(SELF, 1) * 1.5",
        "constant x[d] = d\nstock s[d] = x[d]; + x[d]; - s[d] * 0.1\naux t = MIN(s[*])",
    ],
)
def test_arrays_give_the_same_numbers(lines: str) -> None:
    assert_held(project(lines, dimensions=SIZES, time=(0, 4, 0.5)))


def test_vensims_choice_among_elements_is_written_as_its_own() -> None:
    lines = (
        "constant x[d, e] = d + 10 * e\naux on[d] = d MOD 2\n"
        "aux most[e] = 1 + VECTOR_SELECT(on[*], x[*, e] * 2, 0, 3, 0)\n"
        "aux all = SUM(x[*, *] + VECTOR_SELECT(on[*], on[*], 0, 6, 0))"
    )
    model = project(lines, dimensions=SIZES)
    assert "VECTOR SELECT" in assert_held(model)
    # The first and the third of 11, 12, 13 and of 21, 22, 23; six elements and twice six.
    found = run(model)
    assert found["most"][-1].tolist() == [27, 47]
    assert found["all"][-1] == 102 + 2 * 6


def test_numbered_elements_and_shared_names_become_names_of_their_own() -> None:
    dimensions = (
        Dimension("age", ("1", "2", "3"), numbered=True),
        Dimension("d", ("a", "b")),
        Dimension("f", ("b", "x")),
    )
    lines = "constant n[age] = age * 2\naux y = n[2] + SUM(n[*])\nconstant m[d] = d\n"
    lines += "constant k[f] = f\naux z = m[b] * 10 + k[b]"
    text = assert_held(project(lines, dimensions=dimensions))
    assert "age: age 1, age 2, age 3" in text
    assert "f: f b, x" in text


def test_subranges_keep_their_own_numbers() -> None:
    dimensions = (Dimension("d", ("a", "b", "c")), Dimension("s", ("b", "c"), parent="d"))
    lines = "constant x[d] = d\naux y[s] = x[s] + s * 10\naux z = SUM(x[*:s])\naux w = y[2]"
    assert_held(project(lines, dimensions=dimensions))


@pytest.mark.parametrize("kind", ["continuous", "extrapolated", "discrete"])
def test_graphical_functions_of_every_kind(kind: str) -> None:
    lines = f"graph g = (1, 2) (3, 8) (4, 1) {kind}\naux x = g(TIME) + LOOKUP(g, TIME / 2)"
    text = assert_held(project(lines, time=(0, 6, 0.5)))
    function = GraphicalFunction((0.0, 2.0, 5.0), (1.0, 4.0, 2.0), kind)  # type: ignore[arg-type]
    variable = Graph(name="x", graphs=(function,), equations=(Equation(Name("TIME")),))
    assert_held(Project("m", (variable,)))
    assert ("WITH LOOKUP" in write(Project("m", (variable,)), "m").text) == (kind == "continuous")
    assert text.count("g(") >= 1


def test_data_are_read_as_before(tmp_path) -> None:  # type: ignore[no-untyped-def]
    points = [(0.0, 1.0), (2.0, 5.0), (4.0, 2.0)]
    data = [series("x", points), series("y", points, "hold")]
    lines = "aux z = x + y\naux next = DATA_LOOK_FORWARD(x)\naux at = 2 * DATA_RAW(y) + 1"
    model = project(lines, data=data, time=(0, 4, 0.5))
    written = write(model, "model")
    (tmp_path / "model_data.csv").write_text(written.files["model_data.csv"])
    found = project_of(Source("model.mdl", written.text), tmp_path, "model")
    for name in ("z", "next", "at"):
        np.testing.assert_array_equal(run(found)[name], run(model)[name])
    assert ":LOOK FORWARD:" in written.text


def test_macros_with_defaults() -> None:
    total = Macro("TWICE", ("x", "by"), parse_text("x * by + INT(x)"), defaults=(Number(2.0),))
    lines = "aux y = TWICE(TIME / 3) + TWICE(TIME, 5)"
    assert_held(project(lines, macros=(total,)))


def draining(*, shared: bool = False) -> Project:
    """A stock that cannot fall below zero, from which two flows ask for more than there is."""
    flows = [
        Flow(name="in", equations=(Equation(parse_text("STEP(4, 5)")),), non_negative=True),
        Flow(name="first", equations=(Equation(Number(3.0)),)),
        Flow(name="second", equations=(Equation(Number(4.0)),), non_negative=True),
    ]
    terms = (FlowTerm(1, Name("in")), FlowTerm(-1, Name("first")), FlowTerm(-1, Name("second")))
    tank = Stock(name="tank", equations=(Equation(Number(10.0)),), flows=terms, non_negative=True)
    below = (FlowTerm(1, Name("first")),)
    other = Stock(name="other", equations=(Equation(Number(0.0)),), flows=below)
    third = Stock(name="third", equations=(Equation(Number(0.0)),), flows=below)
    stocks = (tank, other, third) if shared else (tank, other)
    return Project("model", (*stocks, *flows), dialect="xmile")


@pytest.mark.parametrize("shared", [False, True])
def test_stocks_that_cannot_fall_below_zero(shared: bool) -> None:
    assert "MIN" in assert_held(draining(shared=shared))


def test_flows_in_a_circle_do_not_wait_for_each_other() -> None:
    """Two stocks give to each other; each flow would count as an inflow of the other's limit."""
    flows = (
        Flow(name="there", equations=(Equation(parse_text("7")),)),
        Flow(name="back", equations=(Equation(parse_text("there * 0.8 + 3")),)),
    )
    start = (Equation(Number(9.0)),)
    one = (FlowTerm(1, Name("back")), FlowTerm(-1, Name("there")))
    two = (FlowTerm(1, Name("there")), FlowTerm(-1, Name("back")))
    stocks = (
        Stock(name="here", equations=start, flows=one, non_negative=True),
        Stock(name="yonder", equations=start, flows=two, non_negative=True),
    )
    assert_held(Project("model", (*stocks, *flows), dialect="xmile"))


def test_what_vensim_has_not_is_refused_with_the_name() -> None:
    belt = Stock(name="belt", equations=(Equation(Number(0.0)),), discipline=Conveyor(()))
    with pytest.raises(ModelError, match="`belt` is a conveyor"):
        write(Project("m", (belt,)), "m")
    with pytest.raises(ModelError, match="`bare` has no equation"):
        write(Project("m", (Flow(name="bare", equations=()),)), "m")
    with pytest.raises(ModelError, match="Vensim has no `HISTORY`"):
        write(project("aux x = HISTORY(TIME, TIME - 1)"), "m")


def test_losses_name_what_is_lost() -> None:
    x = Constant(name="x", equations=(Equation(Number(1.0)),), documentation="a ~ b")
    pi = Auxiliary(name="Integer", equations=(Equation(parse_text("NORMAL(0, 1) + LOG10(x)")),))
    model = Project("m", (x, pi), documentation="All of it.", views=("<view/>",))
    messages = [loss.message for loss in write(model, "m").losses]
    for part in ("`~`", "`Integer`", "other numbers", "LOG10", "as a whole", "diagrams"):
        assert any(part in message for message in messages), (part, messages)


def test_xmile_arrays_by_their_bare_names() -> None:
    text = """<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">
    <sim_specs><start>0</start><stop>3</stop><dt>1</dt></sim_specs>
    <dimensions><dim name="d"><elem name="a"/><elem name="b"/></dim></dimensions>
    <model><variables>
    <aux name="x"><dimensions><dim name="d"/></dimensions><eqn>d * 2</eqn></aux>
    <aux name="y"><dimensions><dim name="d"/></dimensions><eqn>x + SUM(x)</eqn></aux>
    <stock name="s"><dimensions><dim name="d"/></dimensions><eqn>x</eqn><inflow>f</inflow></stock>
    <flow name="f"><dimensions><dim name="d"/></dimensions><eqn>y</eqn></flow>
    </variables></model></xmile>"""
    written = assert_held(xmile(text, None, "model.xmile"))
    assert "x[d] + SUM(x[d!])" in written


def test_graphical_functions_of_several_kinds_in_one_array() -> None:
    kinds: tuple[GraphKind, ...] = ("continuous", "extrapolated", "discrete")
    points = tuple(
        GraphicalFunction((0.0, 1.0, 2.0), (1.0, 3.0, 4.0), kind, (element,))
        for kind, element in zip(kinds, SIZES["d"], strict=True)
    )
    base = project("array y over d\naux y = LOOKUP(g[d], TIME - 0.5)", dimensions=SIZES)
    own = Graph(name="g", dimensions=("d",), graphs=points)
    written = assert_held(replace(base, variables=(*base.variables, own)), "y")
    assert "LOOKUP BACKWARD" in written


def test_an_inverse_that_is_held_at_its_ends() -> None:
    """Stella holds the inverse of a function at its ends; Vensim's has no value there."""
    function = GraphicalFunction((0.0, 1.0, 2.0, 4.0), (5.0, 3.0, 3.0, -1.0))
    base = project("aux y = LOOKUPINV(g, TIME - 3)")
    own = Graph(name="g", graphs=(function,))
    assert "LOOKUP INVERT" in assert_held(replace(base, variables=(*base.variables, own)), "y")
    y = run(replace(base, variables=(*base.variables, own)))["y"]
    np.testing.assert_allclose(y, [4, 4, 4, 3.5, 3, 2.5, 1, 0.5, 0, 0, 0])


@pytest.mark.parametrize("method", ["euler", "rk4"])
def test_derivatives_are_differences_of_differences(method: str) -> None:
    lines = "aux x = SIN(TIME)\naux y = DERIVN(x, 3) + DERIVN(TIME ^ 2, 1) + DERIVN(x, 0)"
    written = assert_held(project(lines, time=(0, 5, 0.5), method=method))
    assert "DELAY FIXED" in written
    with pytest.raises(ModelError, match="the order of DERIVN must be a number"):
        write(project("aux n = 2\naux y = DERIVN(TIME, n)"), "m")


def test_the_element_of_a_rank_is_looked_for() -> None:
    lines = (
        "array a over d\naux a = SIN(TIME * d)\narray t over d\naux t = INT(TIME * d / 5)\n"
        "array b over d, e\naux b = COS(TIME * d + e)\n"
        "aux y = RANK(a[*], 2) + 10 * RANK(t[*], 1) + 100 * RANK(a[*], 9)\n"
        "aux z = RANK(b[*, p], INT(TIME) MOD 3 + 1)\n"
        "array w over e\naux w = RANK(b[*, e] * 2 - 1, 1) + SUM(a[*])\n"
    )
    assert "VECTOR RANK" in assert_held(project(lines, dimensions=SIZES))
    for call, why in (("b[*, *], 1", "one dimension"), ("a[*], 1, a[*]", "breaks ties")):
        text = f"{lines}aux v = RANK({call})\n"
        with pytest.raises(ModelError, match=why):
            write(project(text, dimensions=SIZES), "m")


def test_percentiles_are_sums_by_rank() -> None:
    lines = (
        "array a over d\naux a = SIN(TIME * d)\narray b over d, e\naux b = INT(TIME * d / e)\n"
        "aux y = PERCENTILE(a[*], 10 * TIME - 5) + SUM(a[*])\n"
        "array w over e\naux w = PERCENTILE(b[*, e] * 2 - 1, 40 * e)\n"
    )
    assert "VECTOR RANK" in assert_held(project(lines, dimensions=SIZES))
    with pytest.raises(ModelError, match="PERCENTILE is written for arrays of one dimension"):
        write(project(f"{lines}aux v = PERCENTILE(b[*, *], 1)", dimensions=SIZES), "m")


def test_extremes_inside_sums_and_curves_between_bounds() -> None:
    lines = (
        "array a over d\naux a = SIN(TIME * d)\naux y = SUM(a[*] * MAX(0, a[*], 0.1 * TIME))\n"
        "aux z = MIN(MAX(a[*], 0.3)) + MAX(2, MIN(a[*]))\naux m = MINSOFT(y, z, 0.5)\n"
        "aux c = LOGISTICBOUND(1, 9, TIME, 4 * y, 1.5) + LOGISTICBOUND(1, z, TIME, y, 1.5, 2)\n"
        "aux e = EXPBOUND(1, 9, TIME, y, 2, 8) + LOGISTICBOUND(1, 9, TIME, 5, y, 2, 8)\n"
    )
    text = assert_held(project(lines, dimensions=SIZES, time=(0, 8, 0.5)))
    assert "VMIN(MAX(a[d!], 0.3))" in text


BELTS = """<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">
<sim_specs><start>0</start><stop>8</stop><dt>0.25</dt></sim_specs>
<dimensions><dim name="d"><elem name="a"/><elem name="b"/></dim></dimensions>
<model><variables>
<flow name="in"><eqn>3 * SIN(TIME)</eqn></flow>
<flow name="more"><eqn>0.7</eqn><non_negative/></flow>
<aux name="time needed"><eqn>1.5</eqn></aux>
<stock name="belt"><eqn>6</eqn><inflow>in</inflow><inflow>more</inflow><outflow>over</outflow>
<conveyor><len>time_needed</len></conveyor></stock>
<flow name="over"/>
<stock name="second"><eqn>0.3</eqn><inflow>over</inflow><outflow>out</outflow>
<conveyor><len>2</len>{more}</conveyor></stock>
<flow name="out"/>
<stock name="sink"><eqn>0</eqn><inflow>out</inflow></stock>
<stock name="pair"><dimensions><dim name="d"/></dimensions><eqn>d</eqn>
<inflow>enter</inflow><outflow>leave</outflow><conveyor><len>1</len></conveyor></stock>
<flow name="enter"><dimensions><dim name="d"/></dimensions><eqn>d * TIME</eqn></flow>
<flow name="leave"><dimensions><dim name="d"/></dimensions></flow>
</variables></model></xmile>"""


def test_conveyors_of_a_fixed_time_are_delays() -> None:
    """What is on them leaves evenly, what enters leaves later; nothing negative enters."""
    written = assert_held(xmile(BELTS.format(more=""), None, "model.xmile"))
    assert "DELAY FIXED(in + more, time needed, belt / time needed)" in written
    assert "MAX(3 * SIN(Time), 0)" in written


def test_draws_are_written_with_the_seed_that_vensim_wants() -> None:
    """The pages of RANDOM functions have a last argument, which 0 leaves to the run."""
    lines = (
        "aux a = PINK_NOISE(10, 2, 4)\naux b = NORMAL_WITHIN(0, 9, 3, 1)\n"
        "aux c = POISSON_WITHIN(0, 9, 2, 0, 1, 7)\n"
    )
    text = assert_held(project(lines))
    for call in ("PINK NOISE(10, 2, 4, 0)", "NORMAL(0, 9, 3, 1, 0)", "POISSON(0, 9, 2, 0, 1, 7)"):
        assert f"RANDOM {call}" in text
