"""Modules are flattened; macros become hidden variables of the equations that call them."""

import itertools
import math

import numpy as np
import pytest

from headwater.compiler.pipeline import compile_project
from headwater.compiler.resolving.flatten import flatten
from headwater.errors import ModelError
from headwater.language.parser import parse_text
from headwater.model.deferred import put_off_of
from headwater.model.encoding import model_codec
from headwater.model.project import Connection, Macro, Module, Submodel
from headwater.model.variables import Auxiliary, Equation, FlowTerm, Stock
from model_lines import project, run


def submodel(name, text, modules=(), **settings):
    return Submodel(name, project(text, **settings).variables, tuple(modules))


TANK = "stock level = start; + inflow; - level / 4\naux inflow = 0\nconstant start = 0"


def test_two_instances_of_one_model_are_apart_and_take_their_inputs():
    model = project(
        "aux supply = 8\naux both = left.level + right.level",
        modules=(
            Module("left", "tank", (Connection("inflow", "supply"),)),
            Module("right", "tank", (Connection("right.inflow", "left.level"),)),
        ),
        submodels=(submodel("tank", TANK),),
        time=(0, 3, 1),
    )
    found = run(model)
    np.testing.assert_array_equal(found["left.level"], [0, 8, 14, 18.5])
    np.testing.assert_array_equal(found["right.level"], [0, 0, 8, 20])
    np.testing.assert_array_equal(found["both"], found["left.level"] + found["right.level"])


def test_modules_of_a_model_from_the_cache_are_put_in_place_when_they_are_asked_for():
    model = project(
        "aux supply = 8\naux both = left.level + right.level",
        modules=(
            Module("left", "tank", (Connection("inflow", "supply"),)),
            Module("right", "tank", (Connection("right.inflow", "left.level"),)),
        ),
        submodels=(submodel("tank", TANK),),
    )
    kept = flatten(model_codec().decode(model_codec().encode(model)))
    assert put_off_of(kept.by_key["left.level"]) is not None
    assert kept.variables == flatten(model).variables
    assert put_off_of(kept.by_key["left.level"]) is None


def test_modules_inside_modules_and_names_of_the_root():
    inner = submodel("inner", "aux y = 2 * x + .base\naux x = 0")
    outer = submodel(
        "outer",
        "aux a = 5\naux z = deep.y + base\naux base = 1000",
        [Module("deep", "inner", (Connection("x", "a"),))],
    )
    found = run(
        project("aux base = 1", modules=(Module("top", "outer"),), submodels=(inner, outer))
    )
    assert found["top.deep.y"][0] == 11
    assert found["top.z"][0] == 1011


def test_an_arrayed_input_is_connected_element_by_element():
    dimensions = {"d": ("a", "b")}
    model = project(
        "aux x[d] = d * 10",
        dimensions=dimensions,
        modules=(Module("m", "sub", (Connection("taken", "x"),)),),
        submodels=(submodel("sub", "aux taken[d] = 0\naux y = SUM(taken)", dimensions=dimensions),),
    )
    assert run(model)["m.y"][0] == 30


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (Module("m", "tnk"), "no model `tnk`"),
        (Module("m", "tank", (Connection("inflw", "x"),)), "no variable `inflw`"),
        (Module("m", "tank", (Connection("inflow", "nothing"),)), "no variable `nothing`"),
        (Module("m", "loop"), "contains itself"),
    ],
)
def test_modules_that_make_no_sense(module, message):
    model = project(
        "aux x = 1",
        modules=(module,),
        submodels=(submodel("tank", TANK), Submodel("loop", (), (Module("again", "loop"),))),
    )
    with pytest.raises(ModelError, match=message):
        compile_project(model)


def parsed(text):
    return (Equation(parse_text(text)),)


LEAK = Macro(
    "LEAK",
    ("inflow", "time_constant"),
    parse_text("content / time_constant"),
    (
        Stock(
            name="content",
            equations=parsed("inflow * time_constant"),
            flows=(FlowTerm(1, parse_text("inflow")), FlowTerm(-1, parse_text("gone"))),
        ),
        Auxiliary(name="gone", equations=parsed("content / time_constant")),
    ),
)


def test_a_macro_with_a_stock_is_a_first_order_delay():
    model = project(
        """
        aux x = 5 + STEP(3, 2)
        aux content = 1000
        aux y = LEAK(x, 4) + LEAK(2 * x, 4)
        aux z[d] = LEAK(x * d, 1 + d)
        aux reference = 3 * DELAY1(x, 4)
        aux arrayed[d] = DELAY1(x * d, 1 + d)
        """,
        macros=(LEAK,),
        dimensions={"d": ("a", "b", "c")},
        method="rk4",
    )
    found = run(model)
    np.testing.assert_allclose(found["y"], found["reference"], rtol=1e-14)
    np.testing.assert_allclose(found["z"], found["arrayed"], rtol=1e-14)


def test_macros_may_call_macros_but_not_themselves():
    twice = Macro("TWICE", ("x",), parse_text("2 * x"))
    four = Macro("FOUR", ("x",), parse_text("TWICE(TWICE(x))"))
    endless = Macro("ENDLESS", ("x",), parse_text("ENDLESS(x + 1)"))
    macros = (twice, four, endless)
    assert run(project("aux y = FOUR(3)", macros=macros))["y"][0] == 12
    with pytest.raises(ModelError, match="calls itself without end"):
        compile_project(project("aux y = ENDLESS(3)", macros=macros))
    with pytest.raises(ModelError, match="takes 1 argument, not 2"):
        compile_project(project("aux y = FOUR(3, 4)", macros=macros))


def test_a_macro_knows_only_its_own_names():
    macro = Macro("M", ("x",), parse_text("x + outside"))
    with pytest.raises(ModelError, match="which a macro does not know"):
        compile_project(project("aux outside = 1\naux y = M(3)", macros=(macro,)))


def test_arguments_that_are_left_out_take_their_defaults():
    power = Macro(
        "POWER", ("x", "n", "m"), parse_text("x^n * m"), defaults=(parse_text("2"), parse_text("1"))
    )
    found = run(project("aux y = POWER(3)\naux z = POWER(3, 3)", macros=(power,)))
    assert (found["y"][0], found["z"][0]) == (9, 27)
    with pytest.raises(ModelError, match="takes 1 to 3 arguments, not 4"):
        compile_project(project("aux y = POWER(1, 2, 3, 4)", macros=(power,)))


def test_a_macro_that_calls_itself_ends_where_its_condition_is_of_numbers():
    factorial = Macro("FACT", ("n",), parse_text("IF n <= 1 THEN 1 ELSE n * FACT(n - 1)"))
    assert run(project("aux y = FACT(6)", macros=(factorial,)))["y"][0] == 720
    twofold = Macro("FIB", ("n",), parse_text("IF n <= 1 THEN n ELSE FIB(n - 1) + FIB(n - 2)"))
    with pytest.raises(ModelError, match="calls itself without end"):
        compile_project(project("aux y = FIB(TIME)", macros=(twofold,)))


def test_a_macro_calls_itself_as_often_as_the_run_decides():
    factorial = Macro("FACT", ("n",), parse_text("IF n <= 1 THEN 1 ELSE n * FACT(n - 1)"))
    divisor = Macro("GCD", ("a", "b"), parse_text("IF b = 0 THEN a ELSE GCD(b, a MOD b)"))
    total = Macro("S", ("n",), parse_text("IF n <= 1 THEN 1 ELSE FACT(n) + S(n - 1)"))
    text = "aux y = FACT(TIME)\naux d = GCD(48 + TIME, 18)\naux s = S(TIME)\naux b = FACT(0 / 0)"
    found = run(project(text, time=(0, 6, 1), macros=(factorial, divisor, total)))
    times = range(7)
    assert list(found["y"]) == [math.factorial(max(n, 1)) for n in times]
    assert list(found["d"]) == [math.gcd(48 + n, 18) for n in times]
    assert list(found["s"]) == [1, *itertools.accumulate(map(math.factorial, times[1:]))]
    assert np.isnan(found["b"]).all()


def test_a_name_of_the_root_needs_its_dot_inside_a_module():
    inside = submodel("m", "aux y = base")
    model = project("aux base = 1", modules=(Module("m", "m"),), submodels=(inside,))
    with pytest.raises(ModelError, match=r"no variable `m\.base`"):
        compile_project(model)


def test_an_element_keeps_its_name_inside_a_module_that_has_a_variable_of_that_name():
    dimensions = {"d": ("a", "b")}
    inside = submodel(
        "m", "aux x[d] = d * 10\naux a = 3\naux y = x[a] + x[b] * a", dimensions=dimensions
    )
    model = project("", dimensions=dimensions, modules=(Module("m", "m"),), submodels=(inside,))
    assert run(model)["m.y"][0] == 10 + 20 * 3


def test_a_connection_may_lead_deeper_or_upwards():
    inner = submodel("inner", "aux x = 0")
    outer = submodel("outer", "aux y = deep.x", [Module("deep", "inner")])
    model = project(
        "aux a = 5\naux b = 0",
        modules=(Module("top", "outer", (Connection("deep.x", "a"), Connection(".b", "top.y"))),),
        submodels=(inner, outer),
    )
    found = run(model)
    assert (found["top.y"][0], found["b"][0]) == (5, 5)


def test_a_stock_with_flows_is_no_input():
    model = project(
        "aux x = 1",
        modules=(Module("m", "tank", (Connection("level", "x"),)),),
        submodels=(submodel("tank", TANK),),
    )
    with pytest.raises(ModelError, match=r"the stock `m\.level` has flows"):
        compile_project(model)
