"""What a Vensim file says becomes the model: groups, units, ranges, tables, macros, settings."""

from pathlib import Path

import numpy as np
import pytest

from formats.vensim.running import run, values
from headwater.api import Model
from headwater.errors import DataWarning, HeadwaterError, ModelError, SyntaxFault
from headwater.formats.registry import read_model
from headwater.formats.vensim import project_of
from headwater.formats.vensim.encoding import decode
from headwater.language.printer import print_expression
from headwater.language.source import Source
from headwater.language.syntax import NumberTable
from headwater.model.case import Case
from headwater.model.project import Project
from headwater.model.variables import Auxiliary, Constant, Graph, Stock
from headwater.simulation.checks import check_model

CONTROL = "FINAL TIME = 10 ~ Year ~|\nINITIAL TIME = 0 ~~|\nTIME STEP = 0.5 ~~|\nSAVEPER = 1 ~~|\n"


def read(text: str, control: str = CONTROL) -> Project:
    return project_of(Source("model.mdl", text + control), None, "model")


def equation(project: Project, name: str) -> str:
    variable = project.find(name)
    assert variable is not None
    assert not isinstance(variable, Graph)
    return print_expression(variable.equations[0].expression)  # type: ignore[union-attr]


# Entries


def test_units_ranges_comments_and_groups() -> None:
    project = read(
        "{UTF-8}\n*****\n\t.people\n*****~\n\t\tWho lives here.\n\t|\n"
        "births = 5\n\t~\tPeople/Year [0,?,1]\n\t~\tA comment \\\n\t\tthat goes on.\n\t|\n"
    )
    births = project.find("Births")
    assert births is not None
    assert (births.unit, births.group) == ("People/Year", "people")
    assert births.documentation == "A comment that goes on."
    assert births.range is not None
    assert (births.range.low, births.range.high) == (0.0, np.inf)
    assert project.groups[0].documentation == "Who lives here."


def test_names_run_over_lines_and_may_be_quoted() -> None:
    project = read(
        'a long name\\\n\t\t with two lines = 1 ~~|\n"cost, in $ | ~" = 2 ~~|\n'
        'x = a long name with two lines + "cost, in $ | ~" ~~|\n2nd try = 3 ~~|\n'
    )
    assert equation(project, "x") == 'a_long_name_with_two_lines + "cost, in $ | ~"'
    assert project.find("2nd try") is not None


def test_comments_in_braces_may_end_an_equation() -> None:
    """As files do that label the columns of a table below it."""
    project = read(
        "d: a, b {two of them} ~~|\ne: f, g ~~|\nx[e,d] =\n\t1,\t2;\t{f}\n\t3,\t4;\t{g}\n"
        "\t{a}\t{b}\n\t~\tDmnl [0,1]\n\t~\t\t|\ny = 5 {years} ~~|\nz((0,0),(1,1)) {flat} ~~|\n"
    )
    table = project.find("x")
    assert isinstance(table, Constant)
    assert table.equations[0].expression.values == (1, 2, 3, 4)  # type: ignore[union-attr]
    assert equation(project, "y") == "5"
    assert isinstance(project.find("z"), Graph)


def test_comments_in_braces_may_hold_others() -> None:
    project = read(
        "{ between { two | ~ } entries }\na = 1 { first { inner | ~ = } more } + 2 ~~|\n"
        "b = 3 { open { one } ~~|\nc = 4 ~ { old { unit } } kg ~|\n"
    )
    assert equation(project, "a") == "1 + 2"
    assert equation(project, "b") == "3"
    c = project.find("c")
    assert c is not None
    assert c.unit == "kg"


@pytest.mark.filterwarnings("ignore::headwater.errors.DataWarning")
@pytest.mark.parametrize("word", [":HOLD BACKWARD:", ":HOLDBACKWARD:", ":hold_backward:"])
def test_blanks_in_keywords_do_not_matter(word: str) -> None:
    found = read(f"seen{word} ~~|\ncheck:THECONDITION: a = 0 :IMPLIES: a < 1 ~~|\na = 1 ~~|\n")
    assert found.find("seen") == read(
        "seen :HOLD BACKWARD: ~~|\ncheck :THE CONDITION: a = 0 :IMPLIES: a < 1 ~~|\na = 1 ~~|\n"
    ).find("seen")


def test_a_unit_in_braces_is_a_comment() -> None:
    project = read("x = 1 ~ {Prey[d]} ~~|\ny = 2 ~ kg {dry} [0,{none}?] ~~|\n")
    x, y = project.find("x"), project.find("y")
    assert x is not None
    assert y is not None
    assert (x.unit, y.unit) == ("", "kg")
    assert y.range is not None
    assert (y.range.low, y.range.high) == (0.0, np.inf)


def test_an_alias_before_its_range_is_not_taken_for_it() -> None:
    project = read("to <-> place ~~|\nplace: a, b ~~|\nx[a] = 1 ~~|\nx[b] = 2 ~~|\n")
    x = project.find("x")
    assert x is not None
    assert x.dimensions == ("place",)


def test_odd_quotes_in_a_comment_do_no_harm() -> None:
    project = read('x = 1 ~~ it is called "x ~|\ny = 2 ~~|\n')
    assert [v.name for v in project.variables] == ["x", "y"]


@pytest.mark.parametrize(
    ("vensim", "own"),
    [
        ("-2^2", "-2^2"),
        ("2^3^2", "2^3^2"),
        ("a - b - c", "a - b - c"),
        ("a / b * c", "a / b * c"),
        (":NOT: a = b :AND: c > 1", "NOT (a = b) AND c > 1"),
        ("a :OR: b :AND: c", "a OR b AND c"),
        ("IF THEN ELSE(a > 1, b, -c)", "IF a > 1 THEN b ELSE -c"),
        ("a {a comment} + b", "a + b"),
        ("1e-3 * .5", "0.001 * 0.5"),
        ("MAX(a , MIN ( b, c))", "MAX(a, MIN(b, c))"),
    ],
)
def test_expressions(vensim: str, own: str) -> None:
    project = read(f"a=1~~|\nb=2~~|\nc=3~~|\nx = {vensim} ~~|\n")
    assert equation(project, "x") == own


def test_kinds_of_variables() -> None:
    project = read(
        "s = INTEG(r, 4) ~~|\nr = s * 2 ~~|\nk = -3 ~~|\nu == 7 ~~|\n"
        "f((0,0),(1,2)) ~~|\ng = WITH LOOKUP(Time, ([(0,0)-(9,9)],(0,1),(5,2))) ~~|\n"
    )
    kinds = {v.name: type(v) for v in project.variables}
    assert kinds["s"] is Stock
    assert kinds["r"] is Auxiliary
    assert kinds["k"] is Constant
    assert kinds["u"] is Constant
    assert kinds["f"] is Graph
    table = project.find("g")
    assert isinstance(table, Graph)
    assert table.equations
    assert table.graphs[0].y == (1.0, 2.0)


def test_old_lookups_list_abscissae_before_ordinates() -> None:
    table = read("f(0, 10, 20, 5, 6, 7) ~~|\n").find("f")
    assert isinstance(table, Graph)
    assert (table.graphs[0].x, table.graphs[0].y) == ((0.0, 10.0, 20.0), (5.0, 6.0, 7.0))


# Subscripts


def test_ranges_of_every_form() -> None:
    project = read(
        "a: (A1-A3), B ~~|\npart: A1, A2 ~~|\nwhole: a, C ~~|\nagain <-> part ~~|\n"
        "grown: (n08-n11) ~~|\n"
    )
    elements = {d.name: d.elements for d in project.dimensions}
    assert elements["a"] == ("A1", "A2", "A3", "B")
    assert elements["whole"] == ("A1", "A2", "A3", "B", "C")
    assert elements["again"] == ("A1", "A2")
    assert elements["grown"] == ("n08", "n09", "n10", "n11")
    parents = {d.name: d.parent for d in project.dimensions}
    assert parents["part"] == "whole"
    assert parents["whole"] == ""


def test_mappings_name_their_partners() -> None:
    project = read(
        "state: s1, s2, s3 -> (zone: east, west, west2) ~~|\nzone: east, west, west2 ~~|\n"
        "area: n, s -> (state: north, s3) ~~|\nnorth: s1, s2 ~~|\n"
    )
    maps = {d.name: d.mappings for d in project.dimensions}
    assert maps["state"][0].elements == (("s1", "east"), ("s2", "west"), ("s3", "west2"))
    assert maps["area"][0].elements == (("n", "s1"), ("n", "s2"), ("s", "s3"))


def test_tables_of_numbers_follow_the_ranges() -> None:
    project = read(
        "r: r1, r2 ~~|\nc: c1, c2, c3 ~~|\nm[r,c] = 1,2,3; -4,5,6; ~~|\n"
        "t[r,c] = TABBED ARRAY(\n\t1\t2\t3\n\t4\t5\t6) ~~|\nv[r] = 7, 8 ~~|\n"
    )
    for name, numbers in (("m", (1, 2, 3, -4, 5, 6)), ("t", (1, 2, 3, 4, 5, 6)), ("v", (7, 8))):
        variable = project.find(name)
        assert isinstance(variable, Constant)
        table = variable.equations[0].expression
        assert isinstance(table, NumberTable)
        assert table.values == numbers


@pytest.mark.parametrize(
    "numbers",
    [
        "\t1\t2\n\t3\t4) {of (5)}",
        "{two rows\n of} 1 2 {first}\n3 4 {second}\n",
        "1\t\\\n\t\t2\n3 4",
    ],
)
def test_a_tabbed_array_may_hold_comments_and_go_on_in_the_next_line(numbers: str) -> None:
    close = "" if ")" in numbers.partition("{")[0] else ")"
    project = read(f'd: a, b ~~|\n"x=y (1)"[d,d] = TABBED ARRAY({numbers}{close}\n\t~~|\n')
    variable = project.find("x=y (1)")
    assert isinstance(variable, Constant)
    table = variable.equations[0].expression
    assert isinstance(table, NumberTable)
    assert table.values == (1, 2, 3, 4)


def test_a_tab_that_is_spelled_out_stands_between_numbers() -> None:
    found = read("c: p,q,r ~~|\nx[c] = TABBED ARRAY(1\\t2.5\\t-3) ~~|\n")
    (equation,) = found.by_key["x"].equations
    assert equation.expression == NumberTable((1.0, 2.5, -3.0))


def test_a_tabbed_array_takes_no_digits_with_underscores() -> None:
    with pytest.raises(SyntaxFault, match="not a number"):
        read("d: a, b ~~|\nx[d] = TABBED ARRAY(1_0 2) ~~|\n")


def test_a_variable_runs_over_what_its_equations_define_together() -> None:
    project = read(
        "all: a, b, c ~~|\nlow: a, b ~~|\nhigh: b, c ~~|\n"
        "x[low] = 1 ~~|\nx[c] = 2 ~~|\ny[a] = 1 ~~|\ny[c] = 2 ~~|\nz[high] = 4 ~~|\n"
    )
    by_name = {d.name: d for d in project.dimensions}
    found = {v.name: v.dimensions for v in project.variables}
    assert found["x"] == ("all",)
    assert found["z"] == ("high",)
    (part,) = found["y"]
    assert by_name[part].elements == ("a", "c")


def test_exceptions_and_interpolation_stand_on_the_left() -> None:
    project = read("d: a, b ~~|\nx[d] :EXCEPT: [a] = 1 ~~|\nx[a] = 2 ~~|\n")
    variable = project.find("x")
    assert isinstance(variable, Constant)
    assert variable.equations[0].excepts == (("a",),)


# Control and settings


def test_control_variables_may_come_in_any_order_and_as_expressions() -> None:
    project = read(
        "last = 2000 ~~|\n",
        "TIME STEP = 0.25 ~ Month [0,?] ~|\nSAVEPER = TIME STEP * 4 ~~|\n"
        "FINAL TIME = last + 10 ~~|\nINITIAL TIME = -5 ~~|\n",
    )
    specs = project.sim_specs
    assert (specs.start, specs.step, specs.time_unit) == (-5.0, 0.25, "Month")
    assert specs.stop_expression is not None
    assert specs.save_expression is not None


@pytest.mark.parametrize(
    ("code", "method"),
    [("0", "euler"), ("1", "rk4"), ("2", "euler"), ("4", "midpoint"), ("5", "rk4")],
)
def test_the_settings_name_the_integration_technique(code: str, method: str) -> None:
    settings = f"///---\\\\\\\n:L\x7f<%^E!@\n15:0,0,0,{code},0,0\n22:$,Dollar,Dollars\n"
    project = read(
        "x = 1 ~~|\n", CONTROL + "\\\\\\---/// Sketch information\nV300\n*View\n" + settings
    )
    assert project.sim_specs.method == method
    assert project.units[0].name == "$"
    assert project.units[0].aliases == ("Dollar", "Dollars")
    assert project.views[0].startswith("\\\\\\---///")


@pytest.mark.parametrize(("code", "order"), [(1, "four"), (3, "two")])
def test_a_technique_that_chooses_its_step_is_not_taken_for_another_in_silence(
    code: int, order: str
) -> None:
    settings = f"///---\\\\\\\n:L\x7f<%^E!@\n15:0,0,0,{code},0,0\n"
    (warning,) = read("a = 1 ~~|\n", CONTROL + settings).warnings
    assert warning.severity == "warning"
    assert f"order {order} that chooses its step" in warning.message
    assert "dopri5" in warning.hint


def test_reality_checks_become_checks(tmp_path: Path) -> None:
    path = tmp_path / "model.mdl"
    path.write_text(
        "d: a, b ~~|\nx[d] = 1, 2 ~~|\nk = 3 ~~|\ny = x[a] * k ~~|\n"
        "none:THE CONDITION: x[a] = 0 :AND: Time > 2 :IMPLIES: y = 0 ~~|\n"
        "wrong:THE CONDITION: k = 0 :IMPLIES: y > 5 ~~|\n"
        "all of them[d]:THE CONDITION: x[d] = 0 :IMPLIES: y = 0 ~~|\n"
        "off:TEST INPUT: k = 0 ~~|\nshut:TEST INPUT: k = RC STEP(k, 0) ~~|\n"
        "nothing:THE CONDITION: off :AND: x[a] = 5 :IMPLIES: y = 0 ~~|\n"
        "also wrong:THE CONDITION: off :IMPLIES: y > 5 ~~|\n"
        "late:THE CONDITION: shut :IMPLIES: y = 0 ~~|\n"
        "either:THE CONDITION: k = 0 :OR: x[a] = 0 :IMPLIES: y = 0 ~~|\n"
        "few:THE CONDITION: k < 2 :IMPLIES: y > 100 ~~|\n"
        "cross:THE CONDITION: k = 0 :IMPLIES: y > :CROSSING: 5 ~~|\n"
        "once:THE CONDITION: k = 0 :IMPLIES: :AT LEAST ONCE: y > 5 ~~|\n" + CONTROL
    )
    case = read_model(path)
    assert isinstance(case, Case)
    assert [v.name for v in case.project.variables] == ["x", "k", "y"]
    titles = ["all of them[a]", "all of them[b]", "nothing", "also wrong", "late", "few"]
    assert [c.title for c in case.checks] == ["none", "wrong", *titles]
    assert [print_expression(c.condition) for c in case.checks] == [
        "NOT (Time > 2) OR y = 0",
        "y > 5",
        "y = 0",
        "y = 0",
        "y = 0",
        "y > 5",
        "y = 0",
        "NOT (k < 2) OR y > 100",
    ]
    report = check_model(case.project, case)
    failed = [f.message for f in report.findings if f.severity == "error"]
    names = ['"wrong"', '"all of them[b]"', '"also wrong"', '"late"']
    assert [name in text for name, text in zip(names, failed, strict=True)] == [True] * 4
    assert [w.message for w in case.project.warnings] == [
        "the reality check `either` is left aside: "
        "its condition leaves open which values are to be held",
        "the reality check `few` tests only times at which `k < 2`",
        "the reality check `cross` is left aside: `:CROSSING:` is about a whole run",
        "the reality check `once` is left aside: `:AT LEAST ONCE:` is about a whole run",
    ]


# Encodings


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_encodings(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "modèle.mdl"
    path.write_bytes(("größe = 3 ~ €/Jahr ~|\r\n" + CONTROL).encode(encoding))
    project = read_model(path)
    assert isinstance(project, Project)
    variable = project.find("Größe")
    assert variable is not None
    assert variable.unit == "€/Jahr"


@pytest.mark.parametrize(
    ("encoding", "name"), [("cp932", "在庫の水準"), ("gb18030", "库存水平"), ("cp1251", "запас")]
)
def test_other_code_pages_are_told(encoding: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / "m.mdl"
    path.write_bytes((f"{name} = 3 ~~|\r\n" + CONTROL).encode(encoding))
    with pytest.warns(DataWarning, match="read as Windows-1252; where that is wrong, `"):
        read_model(path)


@pytest.mark.parametrize("end", ["\x1a", "\r\n\x1a", "\x1a\r\n"])
def test_the_end_of_a_text_of_dos_is_no_part_of_it(end: str) -> None:
    assert decode(f"a = 1 ~~|\r\n\x1ab{end}".encode()) == "a = 1 ~~|\n\x1ab"


def test_a_binary_file_is_refused() -> None:
    with pytest.raises(SyntaxFault, match="binary"):
        decode(b"\x00\x01\x02model")


def test_lists_of_what_goes_in_are_no_equations() -> None:
    """Sketches leave them beside equations; some arguments are empty or negative."""
    text = (
        "x = A FUNCTION OF( ,x,-y) ~~|\nx= INTEG (\n\ty, 0) ~ Month ~ |\ny = 1 ~~|\n"
        "w[r] = A FUNCTION OF( w[r],-y) ~~|\nr: a, b ~~|\nw[a] = 7 ~~|\nw[b] = y ~~|\n"
        "z = 2 * y :IGNORE: x, w ~~|\n"
    )
    found = run(text, stop=2)
    assert values(found, "x").tolist() == [0, 1, 2]
    assert values(found, "w")[-1].tolist() == [7, 1]
    assert values(found, "z")[-1] == 2


# Errors


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("x = 1 +\n ~~|\n", "an expression is missing", 1),
        ("x = (1 + 2 ~~|\n", r"`\)` is missing", 1),
        ("\nx = 3 ~~|\nz > 4 ~~|\n", "`=` is missing", 3),
        ('"x = 1 ~~|\n', "never closed", 1),
        ("x = A FUNCTION OF(y) ~~|\ny = 1 ~~|\n", "no equation yet", 1),
        ("x = A FUNCTION OF( ,x,-y) ~~|\ny = 1 ~~|\n", "no equation yet", 1),
        ("d: a, b ~~|\nx[d] = 1, 2, 3 ~~|\n", "needs 2 numbers", 2),
        ("x[q] = 1 ~~|\n", "neither a subscript range nor an element", 1),
        ("f(1,2,3) ~~|\n", "make no pairs", 1),
        ("d: (a1-b3) ~~|\n", "no run of elements", 1),
        ("d: e ~~|\ne: d ~~|\n", "contains itself", 1),
        ("d: a, b -> e ~~|\ne: p, q, r ~~|\n", "mapped to 3 of", 1),
        ("x = INTEG(1) ~~|\n", "takes 2 arguments", 1),
        (":MACRO: M(a)\nM = a ~~|\n", "no end", 1),
        ("s = INTEG(1, 0) ~~|\nx = M(s : y) ~~|\n", "no macro", 2),
    ],
)
def test_mistakes_have_a_place(text: str, message: str, line: int) -> None:
    with pytest.raises(HeadwaterError, match=message) as caught:
        read(text)
    place = caught.value.diagnostics[0].place
    assert place is not None
    assert place.line == line


def test_names_with_parentheses_need_quotes() -> None:
    with pytest.raises(SyntaxFault) as caught:
        read("births (people) = 4 ~~|\n")
    assert '"births (people)"' in caught.value.diagnostics[0].hint
    project = read('"life (years)" = 4 ~~|\nx = 3 * life (years) ~~|\n')
    with pytest.raises(ModelError, match="no function `life`") as wrong:
        Model(project).run()
    assert '"life (years)"' in wrong.value.diagnostics[0].hint


def test_several_mistakes_are_told_at_once() -> None:
    with pytest.raises(SyntaxFault) as caught:
        read("x = 1 + ~~|\ny = ) ~~|\nz = 3 ~~|\n")
    assert len(caught.value.diagnostics) == 2


def test_a_step_that_moves_without_a_save_interval() -> None:
    """Steps of 1 up to time 1, then of a half; every one is saved."""
    control = (
        "INITIAL TIME = 0 ~~|\nFINAL TIME = 2 ~~|\nTIME STEP = IF THEN ELSE(Time < 1, 1, 0.5) ~~|\n"
    )
    run = Model(read("x = Time ~~|\n", control)).run()
    assert run["x"].values.tolist() == [0.0, 1.0, 1.5, 2.0]


def test_control_that_is_missing() -> None:
    with pytest.raises(ModelError, match="FINAL TIME, TIME STEP"):
        read("x = 1 ~~|\n", "INITIAL TIME = 0 ~~|\n")


def test_a_binary_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "model.mdl"
    path.write_bytes(b"{UTF-8}\nx = 1\0 ~~|\n")
    with pytest.raises(SyntaxFault) as raised:
        read_model(path)
    assert str(raised.value.diagnostics[0].place) == f"{path}:2:1"


def test_a_step_without_bounds_is_refused() -> None:
    control = (
        "INITIAL TIME = 0 ~~|\nFINAL TIME = 2 ~~|\nTIME STEP = 1e999 ~~|\nSAVEPER = 1e999 ~~|\n"
    )
    with pytest.raises(HeadwaterError, match="step"):
        Model(read("x = Time ~~|\n", control)).run()


def test_elements_that_are_stocks_beside_others_give_one_column_each() -> None:
    """``x[p]`` grows by 2 a step from 1, ``x[q]`` is three times the time; no more is saved."""
    found = run("c: p,q ~~|\nx[p] = INTEG(2, 1) ~~|\nx[q] = 3 * Time ~~|\n", 3)
    assert [f.name for f in found.fields if "level" in f.name] == []
    assert values(found, "x").tolist() == [[1, 0], [3, 3], [5, 6], [7, 9]]
