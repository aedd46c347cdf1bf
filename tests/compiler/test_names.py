"""What is wrong with a model is found, all at once, with its place and a way out."""

import pytest

from headwater.compiler.pipeline import compile_project
from headwater.errors import ModelError, UsageError
from headwater.model.variables import Dimension
from model_lines import project

DIMENSIONS = [
    Dimension("place", ("home", "russia", "turkey")),
    Dimension("host", ("russia", "turkey"), parent="place"),
    Dimension("age", ("1", "2", "3"), numbered=True),
]


def faults(text, **settings):
    settings.setdefault("dimensions", DIMENSIONS)
    with pytest.raises(ModelError) as caught:
        compile_project(project(text, **settings))
    return caught.value.diagnostics


def only(text, **settings):
    found = faults(text, **settings)
    assert len(found) == 1, [d.message for d in found]
    return found[0]


def test_an_unknown_name_has_its_place_and_a_suggestion():
    fault = only("aux migrants = 5\naux y = 2 * migrant + 1")
    assert fault.message == "no variable `migrant`"
    assert (fault.place.line, fault.place.column, fault.place.width) == (2, 13, 7)
    assert fault.hint == "did you mean `migrants`?"
    assert "             ^^^^^^^" in fault.render()


def test_names_are_found_whatever_their_case_and_blanks():
    compile_project(project("aux Net Birth Rate = 1\naux y = net_birth rate + NET BIRTH RATE"))


def test_several_mistakes_are_reported_together():
    messages = [d.message for d in faults("aux a = b + c\naux d = EXP(1, 2)\naux e = f(2)")]
    assert messages == [
        "no variable `b`",
        "no variable `c`",
        "EXP takes 1 argument, not 2",
        "no function `f`",
    ]


CASES = {
    "aux y = SMOTH1(1, 2)": ("no function `SMOTH1`", "did you mean `SMTH1`?"),
    "aux y = SMTH1(1)": ("SMTH1 takes 2 to 3 arguments, not 1", "its form is SMTH1(input"),
    "aux y = MAX()": ("MAX takes at least 1 argument, not 0", "its form is"),
    "aux y = STEP": ("`STEP` is a function and needs arguments", "write STEP(height, start)"),
    "aux y = g\ngraph g = (0, 0) (1, 1)": ("graphical function and has no value", "g(x)"),
    "aux y = g(1, 2)\ngraph g = (0, 0) (1, 1)": ("takes 1 argument, not 2", "g(x)"),
    "aux y = g(1, 2)\naux g = 1": ("`g` is a variable, not a function", "multiply"),
    "aux x[place] = 1\naux y = x": ("is an array over place and needs subscripts", "SUM(x[*])"),
    "aux x[place] = 1\naux y[place] = x": ("needs subscripts", "write x[place]"),
    "aux x[place] = 1\naux y = x[rusia]": ("`rusia` is no element of", "did you mean `russia`?"),
    "aux x[place] = 1\naux y = x[*]": ("one number is needed here", "SUM(x[…])"),
    "aux x[place] = 1\naux y = x[place]": ("has no dimension", "aggregate over it"),
    "aux x[host] = 1\naux y[place] = x[host]": ("runs over place", "pick an element"),
    "aux x[host] = 1\naux y[place] = x[place]": ("of `x`, which has no `home`", "russia"),
    "aux x[place] = 1\naux y = x[home, home]": ("has 1 dimension (place), but 2 subscripts", ""),
    "aux x = 1\naux y = x[home]": ("`x` is not an array", "remove the subscripts"),
    "aux x[place] = 1\naux y = x[4]": ("`4` is no element", "from 1 to 3"),
    "aux x[age] = 1\naux y = x[7]": ("`7` is no element", "from 1 to 3"),
    "aux x[place] = 1\naux y = x[-1]": ("`-1` is no element", "from 1 to 3"),
    "aux x[place] = 1\naux y[place] = x[place + 3]": ("`place + 3` is no element", "from 1 to 3"),
    "aux y[plce] = 1": ("no dimension `plce`", "did you mean `place`?"),
    "aux y = place": ("is a dimension, over which this equation does not run", "name one"),
    "aux y = russia": ("different numbers in several dimensions", "place.russia, host.russia"),
    "aux y = SUM(5)": ("SUM needs an array", "with `*`"),
    'aux y = "a" + 1\n': ("no variable `a`", ""),
    "aux y = LOOKUP(3, 1)": ("first argument is not a graphical function", ""),
    "aux y = NORMAL(0, 1, TIME)": ("the seed of NORMAL is not a number", ""),
    "graph g = (0, 0) (2, 1) (1, 5)\naux y = g(1)": ("decrease from 2 to 1", "left to right"),
    "array x over place\naux x[home] = 1": ("no equation for x[russia], x[turkey]", "every"),
    "array x over place\naux x[home] = 1\naux x[place] = 2": ("`x[home]` has two equations", ""),
    "array x over place\naux x[paris] = 1": ("neither an element nor a part", "elements: home"),
    "aux x[place] = 1\naux y = SUM(x[turkey:home])": ("run of elements is empty", "swap"),
}


@pytest.mark.parametrize("text", CASES)
def test_mistakes_and_their_ways_out(text):
    message, hint = CASES[text]
    found = faults(text)
    assert any(message in d.message and hint in d.hint for d in found), found
    assert all(d.place is not None and d.place.line > 0 for d in found)


def test_an_equation_for_an_unknown_element_is_one_mistake():
    found = faults("array x over place\naux x[paris] = 1\naux x[home] = 1\naux x[russia] = 2")
    assert len(found) == 1, found


def test_elements_defined_twice_are_named_where_they_stand():
    text = "array x over place\naux x[place] = 1\naux x[home] = 1\naux x[russia] = 2"
    assert [d.message for d in faults(text)] == [
        "`x[home]` has two equations",
        "`x[russia]` has two equations",
    ]


def test_a_name_defined_twice():
    from dataclasses import replace

    model = project("aux x y = 1")
    twice = replace(model, variables=model.variables * 2)
    with pytest.raises(ModelError, match="`x y` is defined twice"):
        compile_project(twice)


def test_an_element_is_told_by_the_dimension_beside_it():
    from model_lines import run

    found = run(
        project(
            "aux y[host] = IF host = turkey THEN 1 ELSE 0\naux z[place] = (turkey <> place) + 0",
            dimensions=DIMENSIONS,
        )
    )
    assert found["y"][0].tolist() == [0, 1]
    assert found["z"][0].tolist() == [1, 1, 0]


def test_dimensions_that_make_no_sense():
    bad = [
        Dimension("d", ("a", "a")),
        Dimension("e", ("x",), parent="d"),
        Dimension("f", ("y",), parent="nowhere"),
        Dimension("g", ()),
    ]
    messages = " ".join(d.message for d in faults("aux y = 1", dimensions=bad))
    for part in ("occurs twice", "not of its parent", "no dimension `nowhere`", "no elements"):
        assert part in messages


def test_unknown_outputs_and_inputs():
    model = project("constant migrants = 5\naux y = migrants\ngraph g = (0, 0) (1, 1)")
    with pytest.raises(UsageError, match=r"no variable `migrant`[\s\S]*did you mean `migrants`"):
        compile_project(model, outputs=["migrant"])
    with pytest.raises(UsageError, match="`y` cannot vary per run"):
        compile_project(model, inputs=["y"])
    with pytest.raises(UsageError, match="has no value to save"):
        compile_project(model, outputs=["g"])


def test_outputs_are_found_whatever_their_spelling():
    program = compile_project(project("aux Net Rate = 1"), outputs=["net_rate", "NET RATE"])
    assert [o.name for o in program.outputs] == ["Net Rate"]


def test_a_chain_of_many_terms_does_not_recurse():
    chain = " + ".join(["x"] * 20_000)
    program = compile_project(project(f"aux x = TIME\naux y = {chain}"), outputs=["y"])
    assert len(program.step.instructions) > 20_000


def test_definitions_do_not_see_the_model_s_own_names():
    # STEP is defined by TIME and DT; a variable of that name must not get in.
    from model_lines import run

    found = run(project("aux dt = 1000\naux y = STEP(1, 5)"))["y"]
    assert found.tolist() == [0] * 5 + [1] * 6
