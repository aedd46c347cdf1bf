"""Equations, names, graphical functions and macros (XMILE 1.0, chapters 3 and 4)."""

import numpy as np
import pytest

from formats.xmile.xmile_texts import aux, column, file, read, run, specs, values, warnings
from headwater.api import Model
from headwater.errors import HeadwaterError
from headwater.model.variables import Auxiliary, Constant, Graph
from headwater.simulation.building import TargetName


def first(equation: str, more: str = "") -> float:
    """Return what an equation is at time 0."""
    return column(run(file(aux("result", equation) + more), finite=False), "result")[0]


# Comments


@pytest.mark.parametrize(
    ("equation", "value"),
    [
        ("2 {two} + {three} 3", 5),
        ("{ a, [b] (c } 7", 7),
        ("7 {;} ", 7),
        ("6 // 2", 3),
        ("6 // 0", 0),
        ("6 + // the rest follows\n 4", 10),
        ("// first of all\n 4", 4),
        ("MAX(1, // one\n 5)", 5),
        ("(1 + 2) // 3", 1),
        ("IF 1 // 1 = 1 THEN // so it is\n 8 ELSE 9", 8),
        ('"a // b" + 1', 3),
        ('"a { b" + 1', 4),
    ],
)
def test_comments_and_safe_division(equation: str, value: float) -> None:
    """3.3.4: braces; after an operand `//` divides safely, elsewhere it begins a comment."""
    more = '<aux name="a // b"><eqn>2</eqn></aux><aux name="a { b"><eqn>3</eqn></aux>'
    escaped = equation.replace("&", "&amp;")
    assert first(escaped, more) == value


@pytest.mark.parametrize(
    ("equation", "value"),
    [
        ("4 {never, closed; (", 4),
        ("MAX({first} 4, 3)\n\n{MAX (a; b)*c)\n\n{d // e", 4),
        ("6 // 3 {and so on", 2),
        ('"a { b" + 1 {x', 4),
    ],
)
def test_a_comment_that_is_never_closed_runs_to_the_end(equation: str, value: float) -> None:
    """As in models that Stella runs: FRIDA's, github.com/metno/WorldTransFRIDA."""
    more = '<aux name="a { b"><eqn>3</eqn></aux>'
    assert first(equation, more) == value
    assert "never closed, and runs to the end" in warnings(read(file(aux("x", equation) + more)))


def test_an_equation_that_is_a_comment_which_is_never_closed_is_none() -> None:
    project = read(file(aux("x", "{ not written yet")))
    (x,) = project.variables
    assert isinstance(x, Auxiliary) and not x.equations


# Operators


@pytest.mark.parametrize(
    ("equation", "value"),
    [
        ("-2^2", -4),
        ("2^3^2", 512),
        ("7 MOD 3", 1),
        ("-7 MOD 3", 2),
        ("7 MOD -3", -2),
        ("INT(-1.5)", -2),
        ("1 + 2 * 3 - 4 / 2", 5),
        ("NOT 0 AND 1", 1),
        ("1 OR 0 AND 0", 1),
        ("2 <> 3", 1),
        ("3 >= 3", 1),
        ("(1 < 2) + (2 <= 1)", 1),
        ("IF 2 THEN 3 ELSE 4", 3),
        ("IF 0 THEN 1 ELSE IF 1 THEN 2 ELSE 3", 2),
        ("14. + .5 + 6E2 + 1e-1", 614.6),
        ("SQRT(9) + ABS(-2) + EXP(0) + LN(1) + LOG10(100)", 8),
        ("MIN(3, 2) + MAX(3, 2)", 5),
        ("SAFEDIV(1, 0, 9)", 9),
        ("ROUND(2.5)", 3),
        ("PI - 3.141592653589793", 0),
        ("std.MIN(7, STD.TIME + 4)", 4),
        ("isee.SAFEDIV(1, 0, 9)", 9),
    ],
)
def test_operators_and_functions(equation: str, value: float) -> None:
    """3.3.1 (precedence), 3.3.3, 3.5.1; footnote 7: INT is the floor; 3.2.2.3: namespaces."""
    assert first(equation) == pytest.approx(value, rel=1e-15)


# Names


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("Birth Rate", "birth_rate"),
        ("birth_rate", '"Birth Rate"'),
        (r"Two\nLines", "two_lines"),
        ("Two  Blanks", "two___blanks"),
        ("$ per day", '"$ per day"'),
        ("wom&#160;rate", "WOM rate"),
        ("größe", "GRÖßE"),
        ("100% sure", '"100% sure"'),
        ("人口", "人口"),
    ],
)
def test_names(name: str, reference: str) -> None:
    """3.2.2.2: case, blanks, no-break blanks, line ends and underscores are alike."""
    given = f'<aux name="{name}"><eqn>3</eqn></aux>'
    assert first(f"{reference} * 2", given) == 6


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        (aux("x", "1") + aux("X", "2"), "twice"),
        (aux("x y", "1") + aux("x_Y", "2"), "twice"),
        ("<aux><eqn>1</eqn></aux>", "no name"),
        (aux("x", "y"), "`y`"),
        (aux("birth rate", "1") + aux("x", "birht_rate"), "birth rate"),
        (aux("x", "x"), "x"),
        (aux("x", "???"), "no equation"),
        (aux("x", ""), "x"),
        (aux("x", "1 +"), "x"),
        (aux("x", "FOO(1)"), "no function `FOO`"),
        ('<stock name="s"><eqn>1</eqn><inflow>nowhere</inflow></stock>', "nowhere"),
    ],
)
def test_mistakes_are_told_with_their_place(variables: str, message: str) -> None:
    with pytest.raises(HeadwaterError, match=message) as caught:
        run(file(variables))
    assert all(d.place is not None and d.place.line > 3 for d in caught.value.diagnostics)


def test_all_mistakes_of_a_file_are_told_at_once() -> None:
    with pytest.raises(HeadwaterError) as caught:
        read(file(aux("x", "1 +") + aux("y", "(") + aux("z", "???")))
    assert len(caught.value.diagnostics) == 3


def test_an_error_points_into_the_equation() -> None:
    text = file(aux("x", "1") + '\n<aux name="y">\n  <eqn>x +\n   zz</eqn></aux>')
    with pytest.raises(HeadwaterError) as caught:
        run(text)
    place = caught.value.diagnostics[0].place
    assert place is not None
    assert text.splitlines()[place.line - 1][place.column - 1 :].startswith("zz")


# Values at the start only


def test_an_equation_for_the_start() -> None:
    """`<init_eqn>`: what other equations see while initial values are computed."""
    text = file(
        '<stock name="s"><eqn>x</eqn></stock>'
        '<aux name="x"><eqn>7 + s</eqn><init_eqn>3</init_eqn></aux>'
    )
    found = run(text)
    assert column(found, "s")[0] == 3
    assert column(found, "x")[0] == 10


def test_an_initial_value_that_is_computed() -> None:
    """4.2: a stock's equation is computed once, at the start."""
    text = file(
        '<stock name="s"><eqn>a * TIME + b</eqn></stock>' + aux("a", "2 + TIME") + aux("b", "5")
    )
    assert column(run(text), "s") == [5] * 6


# Graphical functions


def looked_up(gf: str, at: list[float]) -> list[float]:
    calls = "".join(aux(f"y{k}", f"g({x!r})") for k, x in enumerate(at))
    found = run(file(f'<gf name="g" {gf}</gf>{calls}'))
    return [column(found, f"y{k}")[0] for k in range(len(at))]


def test_kinds_of_graphical_functions() -> None:
    """3.1.4: continuous ends flat, extrapolate goes on, discrete holds the point before."""
    points = "><xpts>0,1,3</xpts><ypts>0,10,10</ypts>"
    at = [-1, 0, 0.5, 1, 2, 3, 4]
    assert looked_up(points, at) == [0, 0, 5, 10, 10, 10, 10]
    assert looked_up('type="continuous"' + points, at) == [0, 0, 5, 10, 10, 10, 10]
    assert looked_up('type="extrapolate"' + points, at) == [-10, 0, 5, 10, 10, 10, 10]
    assert looked_up('type="discrete"' + points, at) == [0, 0, 0, 10, 10, 10, 10]


def test_points_by_a_scale() -> None:
    """4.1.3: points are spread evenly over the scale; `yscale` is for show."""
    gf = '><xscale min="0" max="10"/><yscale min="0" max="99"/><ypts>0,1,4,9,16</ypts>'
    assert looked_up(gf, [0, 2.5, 3.75, 10]) == [0, 1, 2.5, 16]


def test_separators_and_one_point() -> None:
    """4.1.3: `sep` is the separator; blanks may be."""
    assert looked_up('><xpts sep=";">0;1;2</xpts><ypts sep=" ">3 4 6</ypts>', [1.5]) == [5]
    assert looked_up("><xpts>2</xpts><ypts>7</ypts>", [0, 2, 5]) == [7, 7, 7]


def test_a_variable_with_a_graphical_function() -> None:
    """4.1.3: its equation is the function's argument."""
    text = file(
        '<aux name="x"><eqn>TIME</eqn><gf><xscale min="0" max="4"/><ypts>0,8,0</ypts></gf></aux>'
        '<stock name="s"><eqn>0</eqn><inflow>f</inflow></stock><flow name="f"><eqn>TIME / 2</eqn>'
        '<gf><xscale min="0" max="2"/><ypts>0,20</ypts></gf></flow>',
        settings=specs(4),
    )
    found = run(text)
    assert column(found, "x") == [0, 4, 8, 4, 0]
    assert column(found, "f") == [0, 5, 10, 15, 20]
    assert column(found, "s") == [0, 0, 5, 15, 30]


def test_a_named_function_is_used_by_name() -> None:
    """4.1.3: `<gf name="..."/>` refers to one that is defined elsewhere."""
    text = file(
        '<gf name="rising"><xscale min="0" max="10"/><ypts>0,100</ypts></gf>'
        '<aux name="x"><eqn>TIME</eqn><gf name="rising"/></aux>' + aux("y", "rising(5)")
    )
    found = run(text)
    assert column(found, "x") == [0, 10, 20, 30, 40, 50]
    assert column(found, "y")[0] == 50


@pytest.mark.parametrize(
    ("gf", "message"),
    [
        ("><ypts>1,2</ypts>", "neither <xscale> nor <xpts>"),
        ('><xscale min="0" max="1"/>', "no points"),
        ("><xpts>0,1</xpts><ypts>1,2,3</ypts>", "2 abscissae and 3 ordinates"),
        ("><xpts>0,a</xpts><ypts>1,2</ypts>", "a point `a`"),
        ("><xpts>1,0</xpts><ypts>1,2</ypts>", "g"),
        ('type="spline"><xpts>0,1</xpts><ypts>1,2</ypts>', "unknown type `spline`"),
        ("><xpts>0,1</xpts><ypts>1,1e999</ypts>", "a point"),
    ],
)
def test_graphical_functions_that_are_none(gf: str, message: str) -> None:
    with pytest.raises(HeadwaterError, match=message):
        looked_up(gf, [0])


# Kinds


def test_kinds_of_variables() -> None:
    text = file(
        aux("five", "-5")
        + aux("twice", "2 * five")
        + '<gf name="g"><xscale min="0" max="1"/><ypts>0,1</ypts></gf>'
    )
    kinds = [type(v) for v in read(text).variables]
    assert kinds == [Constant, Auxiliary, Graph]


def test_what_a_variable_says_of_itself() -> None:
    """4.1: documentation with escapes, a range, access, units, groups (4.6)."""
    text = file(
        r'<aux name="x" access="output"><doc>One.\nTwo \\ three.</doc><units>kg</units>'
        '<range min="-1" max="2.5"/><eqn>1</eqn></aux>'
        '<group name="Health"><doc>All of it.</doc><entity name="x"/></group>'
    )
    project = read(text)
    x = project.find("x")
    assert x is not None and x.range is not None
    assert x.documentation == "One.\nTwo \\ three."
    assert (x.unit, x.access, x.group) == ("kg", "output", "Health")
    assert (x.range.low, x.range.high) == (-1, 2.5)
    assert project.groups[0].documentation == "All of it."


# Macros


def macro(name: str, parameters: str, equation: str, variables: str = "") -> str:
    inside = f"<variables>{variables}</variables>" if variables else ""
    given = "".join(f"<parm>{p}</parm>" for p in parameters.split())
    return f'<macro name="{name}"><eqn>{equation}</eqn>{given}{inside}</macro>'


def test_a_macro_is_a_function() -> None:
    """4.8: parameters and an equation; names do not mind case or blanks."""
    text = file(aux("x", "Wall_Area(2, TIME)"), after=macro("wall area", "w h", "w * h"))
    assert column(run(text), "x") == [0, 2, 4, 6, 8, 10]


def test_a_macro_with_a_stock_has_one_for_each_call() -> None:
    """3.6.1: the smooth of the standard's example, against Euler's steps by hand."""
    smooth = macro(
        "LAG",
        "input time",
        "held",
        '<stock name="held"><eqn>input</eqn><inflow>change</inflow></stock>'
        '<flow name="change"><eqn>(input - held) / time</eqn></flow>',
    )
    text = file(
        aux("x", "LAG(STEP(8, 0.5), 2)") + aux("y", "LAG(TIME, 4) + LAG(10, 4)"),
        after=smooth,
        settings=specs(4),
    )
    found = run(text)
    assert column(found, "x") == [0, 0, 4, 6, 7]
    assert column(found, "y") == pytest.approx([10, 10, 10.25, 10.6875, 11.265625])


def test_a_macro_that_lists_its_parameters_among_its_variables() -> None:
    """Stella does, each with an example value; what the call gives counts."""
    shift = macro(
        "SHIFT",
        "input by",
        "moved value",
        '<aux name="input" access="input"><eqn>100</eqn></aux>'
        '<aux name="By" access="input"><eqn>{none}</eqn></aux>'
        '<aux name="moved value" access="output"><eqn>input + by</eqn></aux>',
    )
    text = file(aux("x", "SHIFT(TIME, 10)"), after=shift)
    assert column(run(text), "x") == [10, 11, 12, 13, 14, 15]


def test_flows_and_stocks_that_stay_above_zero_in_a_macro() -> None:
    """4.2 holds there too: the flow is never negative, and takes no more than there is."""
    drain = macro(
        "HELD",
        "given asked",
        "held",
        '<stock name="held"><eqn>given</eqn><inflow>gain</inflow><outflow>loss</outflow>'
        '<non_negative/></stock><flow name="loss"><eqn>asked</eqn></flow>'
        '<flow name="gain"><eqn>asked - 3</eqn><non_negative/></flow>',
    )
    text = file(aux("x", "HELD(5, 2)") + aux("y", "HELD(5, 4 * TIME)"), after=drain)
    found = run(text)
    assert column(found, "x") == [5, 3, 1, 0, 0, 0]
    assert column(found, "y") == [5, 5, 2, 0, 0, 0]


def test_macros_that_call_macros() -> None:
    text = file(
        aux("x", "QUAD(3)"),
        after=macro("TWICE", "a", "2 * a") + macro("QUAD", "a", "TWICE(TWICE(a))"),
    )
    assert column(run(text), "x")[0] == 12


def test_a_recursive_macro() -> None:
    """4.8: macros may call themselves."""
    fac = macro("FAC", "n", "IF n &lt;= 1 THEN 1 ELSE n * FAC(n - 1)")
    assert column(run(file(aux("x", "FAC(5)"), after=fac)), "x")[0] == 120


def test_parameters_with_defaults() -> None:
    """4.8: the last parameters may have a default."""
    text = '<macro name="F"><eqn>a * b + c</eqn><parm>a</parm><parm default="10">b</parm>'
    text += '<parm default="1">c</parm></macro>'
    found = run(file(aux("x", "F(2)") + aux("y", "F(2, 3)") + aux("z", "F(2, 3, 4)"), after=text))
    assert [column(found, n)[0] for n in "xyz"] == [21, 7, 10]


def test_macros_in_arrays() -> None:
    """A macro in an equation for all elements is called for each."""
    lag = macro(
        "LAG",
        "input",
        "held",
        '<stock name="held"><eqn>0</eqn><inflow>change</inflow></stock>'
        '<flow name="change"><eqn>input</eqn></flow>',
    )
    text = file(
        '<aux name="x"><dimensions><dim name="d"/></dimensions><eqn>LAG(10 * d)</eqn></aux>',
        before='<dimensions><dim name="d" size="3"/></dimensions>',
        after=lag,
        settings=specs(2),
    )
    assert values(run(text), "x").tolist() == [[0, 0, 0], [10, 20, 30], [20, 40, 60]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('<macro name="F"><parm>a</parm></macro>', "no equation"),
        ("<macro><eqn>1</eqn></macro>", "no name"),
        ('<macro name="F" filter="stock"><eqn>1</eqn></macro>', "option filter"),
        (macro("F", "a", "a + b"), "b"),
        (macro("F", "a b", "a + b"), "F"),
        (macro("F", "a", "F(a)"), "F"),
        (
            '<macro name="F"><eqn>1</eqn><sim_specs><start>0</start></sim_specs></macro>',
            "simulation settings without a stop time",
        ),
        (
            macro(
                "F",
                "a",
                "b",
                '<flow name="b"><eqn>a</eqn><gf><xscale min="0" max="1"/>'
                "<ypts>0,1</ypts></gf></flow>",
            ),
            "not a plain variable",
        ),
        (
            '<macro name="F"><eqn>a</eqn><parm default="1">a</parm><parm>b</parm></macro>',
            "has no default",
        ),
    ],
)
def test_macros_that_are_not_in_order(text: str, message: str) -> None:
    with pytest.raises(HeadwaterError, match=message):
        run(file(aux("x", "F(1)"), after=text))


# Stella


def test_stella_functions() -> None:
    """Stella help, builtins: what a file of that dialect may call."""
    text = file(
        aux("a", "DELAY(TIME, 2)")
        + aux("b", "SMTH1(STEP(10, 1), 2, 0)")
        + aux("c", "HISTORY(TIME * 2, TIME - 1)")
        + aux("d", "PREVIOUS(TIME, -1)")
        + aux("e", "PULSE(6, 1, 2)")
        + aux("f", "RAMP(2, 3)")
        + aux("g", "INIT(TIME + 4)"),
        settings=specs(5),
    )
    found = run(text, name="m.stmx")
    assert column(found, "a") == [0, 0, 0, 1, 2, 3]
    assert column(found, "b") == [0, 0, 5, 7.5, 8.75, 9.375]
    assert column(found, "d") == [-1, 0, 1, 2, 3, 4]
    assert column(found, "e") == [0, 6, 0, 6, 0, 6]
    assert column(found, "f") == [0, 0, 0, 0, 2, 4]
    assert column(found, "g") == [4] * 6
    assert column(found, "c")[1:] == [0, 2, 4, 6, 8]


def test_random_functions_have_the_moments_of_their_distributions() -> None:
    """3.5.2: mean and standard deviation, from 501 draws."""
    text = file(
        aux("n", "NORMAL(5, 2, 7)") + aux("u", "RANDOM(2, 6, 8)") + aux("e", "EXPRND(3, 9)"),
        settings=specs(500),
    )
    found = run(text)
    for name, mean, deviation in (("n", 5, 2), ("u", 4, 4 / np.sqrt(12)), ("e", 3, 3)):
        draws = values(found, name)
        assert draws.mean() == pytest.approx(mean, abs=5 * deviation / np.sqrt(500))
        assert draws.std() == pytest.approx(deviation, rel=0.25)


def test_a_variable_of_a_causal_loop_diagram_has_no_equation() -> None:
    """Stella writes the arrows that lead to it as arguments of NAN."""
    with pytest.raises(HeadwaterError, match="`a` has no equation: `NAN"):
        read(file(aux("a", "NAN(b,c)") + aux("b", "1") + aux("c", "2")))


def test_the_mean_of_several_numbers() -> None:
    """Stella's MEAN takes numbers as well as an array."""
    found = run(file(aux("x", "MEAN(TIME, 4, MEAN(1, 3)) * 3")))
    assert column(found, "x")[:3] == [6, 7, 8]


def test_a_mark_at_the_end_of_a_name() -> None:
    """`y'` is the transposed `y` where there is one, else the variable of that name."""
    names = aux("y'", "3") + aux("x", "2 * y' + 1") + aux("z", '"y\'" + 1')
    found = run(file(names))
    assert column(found, "x")[0] == 7 and column(found, "z")[0] == 4
    with pytest.raises(HeadwaterError, match="no variable `w`"):
        run(file(aux("x", "2 * w'")))


@pytest.mark.parametrize("target", ["reference", "llvm"])
def test_as_many_cases_as_may_stand_in_one_equation(target: TargetName) -> None:
    """Levels of a game: one case for each, in the order of the levels."""
    cases = "".join(f"IF TIME < {k} THEN {5 * k}\n\nELSE " for k in range(1, 301))
    text = file(aux("needed", cases + "1e10", "<units>points</units>"))
    assert column(run(text, target=target), "needed") == [5, 10, 15, 20, 25, 30]
    assert Model(read(text)).check(progress=False).findings == ()
