"""Arrays (XMILE 1.0, sections 2.5, 3.7.1 and 4.5)."""

import math

import numpy as np
import pytest

from formats.xmile.xmile_texts import aux, column, file, read, results_of, run, specs, values
from headwater.api import Model
from headwater.errors import HeadwaterError
from headwater.formats import vensim
from headwater.formats.xmile import write
from headwater.language.source import Source
from headwater.simulation.building import TargetName
from headwater.simulation.run import Request

DIMS = (
    '<dimensions><dim name="Place"><elem name="Home"/><elem name="Away"/><elem name="Sea"/></dim>'
    '<dim name="Age" size="2"/></dimensions>'
)
PLACE = '<dimensions><dim name="Place"/></dimensions>'
BOTH = '<dimensions><dim name="Place"/><dim name="Age"/></dimensions>'


def model(variables: str, **more: str) -> str:
    return file(variables, before=DIMS, **more)


def element(subscript: str, equation: str) -> str:
    return f'<element subscript="{subscript}"><eqn>{equation}</eqn></element>'


def by_place(name: str, a: str, b: str, c: str) -> str:
    inside = element("Home", a) + element("away", b) + element("Sea", c)
    return f'<aux name="{name}">{PLACE}{inside}</aux>'


def test_an_equation_for_all_elements() -> None:
    """4.5.1: apply-to-all; the dimension's name stands for the element's number (3.7.1)."""
    found = run(model(f'<aux name="x">{PLACE}<eqn>10 * Place</eqn></aux>'))
    assert found["x"].values[..., :].reshape(-1)[:3].tolist() == [10, 20, 30]


def test_equations_that_do_not_apply_to_all() -> None:
    """4.5.2: one equation an element, in any order, names as in the file or not."""
    found = run(
        model(
            f'<aux name="x">{PLACE}{element("Sea", "x[Home] + 1")}{element("HOME", "TIME")}'
            f"{element('Place.Away', '5')}</aux>",
            settings=specs(2),
        )
    )
    assert values(found, "x").tolist() == [[0, 5, 1], [1, 5, 2], [2, 5, 3]]


def test_two_dimensions_one_of_them_of_numbers() -> None:
    """2.5: a dimension with a size has the numbers from 1 as elements."""
    cells = "".join(
        element(f"{place}, {age}", f"{10 * k + age}")
        for k, place in enumerate(("Home", "Away", "Sea"))
        for age in (1, 2)
    )
    text = model(
        f'<aux name="x">{BOTH}{cells}</aux>' + aux("one", "x[Away, 2]") + aux("sum", "SUM(x[*, 2])")
    )
    found = run(text)
    assert values(found, "x")[0].tolist() == [[1, 2], [11, 12], [21, 22]]
    assert column(found, "one")[0] == 12
    assert column(found, "sum")[0] == 36


def test_an_element_by_its_number() -> None:
    """3.7.1: subscripts are names or numbers, and may be computed."""
    text = model(
        by_place("x", "4", "5", "6") + aux("second", "x[2]") + aux("moving", "x[INT(TIME) + 1]"),
        settings=specs(3),
    )
    found = run(text)
    assert column(found, "second")[0] == 5
    assert column(found, "moving") == [4, 5, 6, 0]


def test_names_of_dimensions_and_elements_as_subscripts() -> None:
    """3.7.1.1: in an equation for all elements the dimension's name is the element at hand."""
    text = model(
        by_place("x", "4", "5", "6")
        + f'<aux name="y">{PLACE}<eqn>x[Place] - x[Place - 1]</eqn></aux>'
        + f'<aux name="z">{BOTH}<eqn>x[Place] * Age</eqn></aux>'
        + f'<aux name="w">{PLACE}<eqn>SUM(z[Place, *]) + x[Home]</eqn></aux>'
    )
    found = run(text)
    assert values(found, "y")[0].tolist() == [4, 1, 1]
    assert values(found, "z")[0].tolist() == [[4, 8], [5, 10], [6, 12]]
    assert values(found, "w")[0].tolist() == [16, 19, 22]


def test_the_same_dimension_twice_and_transposed() -> None:
    """3.7.1: a matrix over one dimension; its transpose (3.7.1.2)."""
    twice = '<dimensions><dim name="Age"/><dim name="Age"/></dimensions>'
    cells = "".join(element(f"{i},{j}", f"{10 * i + j}") for i in (1, 2) for j in (1, 2))
    text = model(
        f'<aux name="m">{twice}{cells}</aux>' + f"""<aux name="t">{twice}<eqn>m'</eqn></aux>"""
    )
    found = run(text)
    assert values(found, "m")[0].tolist() == [[11, 12], [21, 22]]
    assert values(found, "t")[0].tolist() == [[11, 21], [12, 22]]


def test_bare_names_of_arrays() -> None:
    """An array named in an equation of the same dimensions is meant element by element."""
    text = model(by_place("x", "4", "5", "6") + f'<aux name="y">{PLACE}<eqn>x + 1</eqn></aux>')
    assert values(run(text), "y")[0].tolist() == [5, 6, 7]


def test_functions_of_whole_arrays() -> None:
    """3.7.1.3: MAX, MEAN, MIN, RANK, SIZE, STDDEV, SUM; of numpy the same."""
    x = np.array([4.0, 9.0, 5.0])
    text = model(
        by_place("x", "4", "9", "5")
        + aux("max", "MAX(x)")
        + aux("mean", "MEAN(x[*])")
        + aux("min", "MIN(x[*])")
        + aux("third", "RANK(x, 3)")
        + aux("size", "SIZE(x)")
        + aux("dev", "STDDEV(x[*])")
        + aux("sum", "SUM(x * 2)")
    )
    found = run(text)
    assert column(found, "max")[0] == 9
    assert column(found, "mean")[0] == 6
    assert column(found, "min")[0] == 4
    assert column(found, "third")[0] == 2
    assert column(found, "size")[0] == 3
    assert column(found, "dev")[0] == pytest.approx(np.std(x), rel=1e-14)
    assert column(found, "sum")[0] == 36


def test_arrayed_graphical_functions() -> None:
    """4.1.3 and 4.5: a function for each element, of one input for all or one for each."""
    gf = '<gf><xscale min="0" max="10"/><ypts>{a},{b}</ypts></gf>'
    elements = "".join(
        f'<element subscript="{place}">{gf.format(a=a, b=b)}</element>'
        for place, a, b in (("Home", 0, 10), ("Away", 5, 5), ("Sea", 10, 0))
    )
    text = model(f'<aux name="x">{PLACE}<eqn>TIME</eqn>{elements}</aux>', settings=specs(4, 2))
    found = run(text)
    assert values(found, "x").tolist() == [[0, 5, 10], [2, 5, 8], [4, 5, 6]]


def test_one_graphical_function_for_all_elements() -> None:
    text = model(
        f'<aux name="x">{PLACE}<eqn>10 * Place</eqn>'
        '<gf type="extrapolate"><xpts>0,10,20</xpts><ypts>0,1,4</ypts></gf></aux>'
    )
    assert values(run(text), "x")[0].tolist() == [1, 4, 7]


def test_elements_with_equations_and_functions_of_their_own() -> None:
    gf = '<gf><xpts sep=";">0;1</xpts><ypts sep=";">{}</ypts></gf>'
    inside = (
        f'<element subscript="Home"><eqn>TIME / 4</eqn>{gf.format("0;8")}</element>'
        f'<element subscript="Away"><eqn>TIME / 2</eqn>{gf.format("8;0")}</element>'
        f'<element subscript="Sea"><eqn>0</eqn>{gf.format("3;4")}</element>'
    )
    found = run(model(f'<aux name="x">{PLACE}{inside}</aux>', settings=specs(2)))
    assert values(found, "x").tolist() == [[0, 8, 3], [2, 4, 3], [4, 0, 3]]


def test_a_named_graphical_function_of_an_array_is_called() -> None:
    """3.3.2: a graphical function is called by its variable's name."""
    text = model(
        '<gf name="curve"><xscale min="0" max="2"/><ypts>0,10,40</ypts></gf>'
        + f'<aux name="x">{PLACE}<eqn>curve(Place / 2)</eqn></aux>'
    )
    assert values(run(text), "x")[0].tolist() == [5, 10, 25]


def test_stocks_and_flows_by_element() -> None:
    text = model(
        f'<stock name="s">{PLACE}{element("Home", "1")}{element("Away", "2")}{element("Sea", "3")}'
        "<inflow>f</inflow></stock>"
        f'<flow name="f">{PLACE}<eqn>s[Place] * Place</eqn></flow>',
        settings=specs(2),
    )
    assert values(run(text), "s").tolist() == [[1, 2, 3], [2, 6, 12], [4, 18, 48]]


def test_an_equation_beside_elements_is_for_all_others() -> None:
    text = model(f'<aux name="x">{PLACE}<eqn>7</eqn>{element("Away", "1")}</aux>')
    assert values(run(text), "x")[0].tolist() == [7, 1, 7]


def test_constants_as_a_list() -> None:
    """As other tools write them: elements by commas, rows by semicolons."""
    text = model(
        f'<aux name="x">{PLACE}<eqn>1, -2, 3e1</eqn></aux>'
        f'<aux name="y">{BOTH}<eqn>1, 2; 3, 4; 5, 6</eqn></aux>'
    )
    found = run(text)
    assert values(found, "x")[0].tolist() == [1, -2, 30]
    assert values(found, "y")[0].tolist() == [[1, 2], [3, 4], [5, 6]]


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        ('<aux name="x"><dimensions><dim name="Plaice"/></dimensions><eqn>1</eqn></aux>', "Place"),
        (f'<aux name="x">{PLACE}{element("Hom", "1")}</aux>', "Home"),
        (f'<aux name="x">{PLACE}{element("Home, 1", "1")}</aux>', "2 subscripts"),
        (f'<aux name="x">{PLACE}{element("4", "1")}</aux>', "no element"),
        (f'<aux name="x">{PLACE}<eqn>1, 2</eqn></aux>', "3 elements, and 2 equations"),
        ('<aux name="x"><eqn>1, 2</eqn></aux>', "no array"),
        (f'<aux name="x">{PLACE}{element("Home", "1")}</aux>', "Away"),
        (f'<aux name="x">{PLACE}{element("Home", "1") * 2}</aux>', "x"),
        (f'<aux name="x">{PLACE}<eqn>1</eqn></aux><aux name="y"><eqn>x</eqn></aux>', "y"),
        (f'<aux name="x">{PLACE}<eqn>1</eqn></aux><aux name="y"><eqn>x[1,2]</eqn></aux>', "x"),
    ],
)
def test_what_is_no_array(variable: str, message: str) -> None:
    """A partly defined array is an error, never a 0."""
    with pytest.raises(HeadwaterError, match=message):
        run(model(variable))


@pytest.mark.parametrize("size", ["0", "-1", "x", "", "100001", "9" * 30])
def test_sizes_that_are_none(size: str) -> None:
    with pytest.raises(HeadwaterError, match="size from 1"):
        read(file(aux("x", "1"), before=f'<dimensions><dim name="d" size="{size}"/></dimensions>'))


def test_arrays_of_too_many_elements() -> None:
    dims = '<dimensions><dim name="d" size="90000"/></dimensions>'
    several = '<dimensions><dim name="d"/><dim name="d"/></dimensions>'
    with pytest.raises(HeadwaterError, match="the limit is"):
        read(file(f'<aux name="x">{several}<eqn>1</eqn></aux>', before=dims))


MIXED = "".join(
    f'<element subscript="{place}"><gf type="{kind}"><xscale min="0" max="2"/>'
    "<ypts>1,3,4</ypts></gf></element>"
    for place, kind in (("Home", "continuous"), ("Away", "extrapolate"), ("Sea", "discrete"))
)


@pytest.mark.parametrize("target", ["reference", "llvm"])
@pytest.mark.parametrize("subscript", ["Place", "INT(Place)"])
def test_graphical_functions_of_several_kinds(target: TargetName, subscript: str) -> None:
    """3.1.4: held at the ends, prolonged at the ends, and in steps, one after the other."""
    text = model(
        f'<aux name="g">{PLACE}{MIXED}</aux>'
        f'<aux name="x">{PLACE}<eqn>LOOKUP(g[{subscript}], TIME - 0.5)</eqn></aux>',
        settings=specs(4),
    )
    found = Model(read(text)).results(Request(target=target))
    assert found["x"].values.tolist() == [
        [1, 0, 1],
        [2, 2, 1],
        [3.5, 3.5, 3],
        [4, 4.5, 4],
        [4, 5.5, 4],
    ]


def test_between_the_points_of_an_array() -> None:
    """Stella help, Array builtins: 0.3 of five points is 80% of the second, 20% of the third."""
    five = '<dim name="Five" size="5"/></dimensions>'
    points = "".join(element(str(k), str(10**k)) for k in range(1, 6))
    x = f'<aux name="x"><dimensions><dim name="Five"/></dimensions>{points}</aux>'
    grid = "".join(
        element(f"{place}, {age}", f"{a + age}")
        for a, place in ((10, "Home"), (20, "Away"), (40, "Sea"))
        for age in (1, 2)
    )
    text = file(
        x
        + f'<aux name="g">{BOTH}{grid}</aux>'
        + aux("a", "INTERPOLATE(x, 0.3)")
        + aux("below", "INTERPOLATE(x[*], -2)")
        + aux("above", "INTERPOLATE(x[*], 1.5)")
        + aux("both", "INTERPOLATE(g, 0.75, 0.5)")
        + f'<aux name="row">{PLACE}<eqn>INTERPOLATE(g[Place, *], 0.25)</eqn></aux>',
        before=DIMS.replace("</dimensions>", five),
    )
    found = run(text)
    assert column(found, "a")[0] == pytest.approx(0.8 * 100 + 0.2 * 1000)
    assert column(found, "below")[0] == 10
    assert column(found, "above")[0] == 100_000
    assert column(found, "both")[0] == pytest.approx(31.5)
    assert values(found, "row")[0].tolist() == [11.25, 21.25, 41.25]
    wrong = model(f'<aux name="g">{BOTH}{grid}</aux>' + aux("z", "INTERPOLATE(g, 0.5)"))
    with pytest.raises(HeadwaterError, match="1 position in an array of 2 dimensions"):
        run(wrong)


def test_stellas_allocation_and_all_elements_of_a_named_dimension() -> None:
    """Requests are spread over the width below their priority; the cut is where all is used.

    With 18 to give, 20 at 5 to 10 and 12 at 3 to 8: 4 (10 - p) + 2.4 (8 - p) = 18 at p = 6.4375.
    """
    text = model(
        by_place("want", "20", "10", "12")
        + by_place("rank", "10", "2", "8")
        + f'<aux name="got">{PLACE}<eqn>'
        "ALLOCATE(18, Place, want[Place.*], rank[Place.*], 5)</eqn></aux>"
        + aux("all", "SUM(want[Place.*])")
    )
    found = run(text)
    assert values(found, "got")[0] == pytest.approx([14.25, 0, 3.75])
    assert column(found, "all")[0] == 42


# Of 20 that two ask for alike at 6 and 8, 10 are there: the cut is at 7, a quarter of the width
# of 4 below the one and above the other. The tail of the profile there is the part of the other.
TAILS = {
    "": 0.25,
    ", 1": 0.25,
    ", 2": 2 * 0.25**2,
    ", 3": (1 - math.erf(0.25 / math.sqrt(2))) / 2,
    ", 4": math.exp(-0.25) / 2,
    ", LEVEL": 2 * 0.25**2,
}
ASKED = (
    by_place("want", "10", "10", "0")
    + by_place("rank", "8", "6", "7")
    + '<aux name="crossed"><dimensions><dim name="Place"/><dim name="Age"/></dimensions>'
    "<eqn>want[Place]</eqn></aux>" + aux("level", "2")
)


@pytest.mark.parametrize("target", ["reference", "llvm"])
@pytest.mark.parametrize("shape", TAILS)
def test_requests_are_spread_by_the_profile_of_that_number(target: TargetName, shape: str) -> None:
    got = f"<eqn>ALLOCATE(5 * Age, Place, crossed[*, Age], rank[*], 4{shape})</eqn></aux>"
    text = model(f'{ASKED}<aux name="got">{BOTH}{got}')
    found = values(run(text, target=target), "got")[0]
    assert found[:, 1] == pytest.approx([10 - 10 * TAILS[shape], 10 * TAILS[shape], 0], abs=2e-4)
    assert found[:, 0].sum() == pytest.approx(5) and found[0, 0] > found[1, 0]
    warnings = [w.hint for w in read(text).warnings]
    assert len(warnings) == (1 if shape else 0) and all("2 triangular" in w for w in warnings)
    copy, losses = write(read(text))
    assert not losses and "Place, crossed[*, Age], rank[*], 4" in copy


def test_a_profile_that_spreads_nothing_is_refused() -> None:
    got = f'<aux name="got">{PLACE}<eqn>ALLOCATE(5, Place, want, rank, 4, 0)</eqn></aux>'
    with pytest.raises(HeadwaterError, match="no profile has the number 0"):
        run(model(ASKED + got))


@pytest.mark.parametrize(
    ("equation", "fault"),
    [
        ("ALLOCATE(TIME, Place, want, rank[*], 4)", ""),
        ("ALLOCATE(TIME, Place, 2 * want[*], rank[*] + 1, 4, 1)", ""),
        ("ALLOCATE(TIME, Place, want, rank, 4, 2)", "no shape but the rectangle"),
        ("ALLOCATE(TIME, Place, crossed[*, Age], rank, 4)", "over the last subscript"),
    ],
)
def test_vensim_has_the_rectangle_over_the_last_subscript(equation: str, fault: str) -> None:
    shape = BOTH if "Age" in equation else PLACE
    text = model(f'{ASKED}<aux name="got">{shape}<eqn>{equation}</eqn></aux>', settings=specs(9))
    if fault:
        with pytest.raises(HeadwaterError, match=fault):
            vensim.write(read(text), "m")
        return
    written = vensim.write(read(text), "m").text
    again = vensim.project_of(Source("m.mdl", written), None, "m")
    expected = run(text)["got"].values
    np.testing.assert_array_equal(results_of(again)["got"].values, expected)


SUMMED = (
    '<stock name="pool"><eqn>20</eqn><outflow>leave</outflow><outflow>waste</outflow>'
    "<non_negative/></stock>"
    f'<flow name="leave">{BOTH}<eqn>Age</eqn><non_negative/></flow>'
    '<flow name="waste"><eqn>5</eqn><non_negative/></flow>'
    f'<stock name="there">{BOTH}<eqn>0</eqn><inflow>leave</inflow></stock>'
    f'<stock name="by_place">{PLACE}<eqn>0</eqn><inflow>leave</inflow></stock>'
    '<stock name="gone"><eqn>0</eqn><inflow>leave</inflow><inflow>waste</inflow>'
    "<non_negative/></stock>"
)


@pytest.mark.parametrize("target", ["reference", "llvm"])
def test_a_stock_takes_the_sum_of_a_flow_with_more_dimensions(target: TargetName) -> None:
    """As Stella draws one pipe for all elements; nothing is lost on the way.

    3 places of 1 + 2 and 5 leave at first: 14. Of the 6 that are left the places get 3 each, in
    their order, and the last one nothing, nor the flow that comes after.
    """
    text = model(SUMMED, settings=specs(3))
    found = run(text, target=target)
    assert column(found, "pool") == [20, 6, 0, 0]
    assert column(found, "gone") == [0, 14, 20, 20]
    assert values(found, "there")[2].tolist() == [[2, 4], [2, 4], [1, 2]]
    assert values(found, "by_place")[2].tolist() == [6, 6, 3]
    assert column(found, "waste") == [5, 0, 0, 0]


def test_sums_of_flows_are_written_as_they_were_read() -> None:
    again, losses = write(read(model(SUMMED, settings=specs(3))))
    assert not losses and "<outflow>leave</outflow>" in again and "SUM" not in again
    assert column(run(again), "gone") == [0, 14, 20, 20]


def test_limits_on_sums_of_flows_are_written_for_vensim() -> None:
    """The stock that they drain and the one that they fill; then one that is only filled."""
    written = vensim.write(read(model(SUMMED, settings=specs(3))), "m.mdl")
    again = Model(vensim.project_of(Source("m.mdl", written.text), None, "m.mdl"))
    found = again.results(Request())
    assert column(found, "pool") == [20, 6, 0, 0]
    assert column(found, "gone") == [0, 14, 20, 20]
    assert values(found, "there")[2].tolist() == [[2, 4], [2, 4], [1, 2]]
    assert column(found, "waste") == [5, 0, 0, 0]
    fills = SUMMED.replace("<non_negative/></stock>", "</stock>", 1)
    written = vensim.write(read(model(fills, settings=specs(3))), "m.mdl")
    again = Model(vensim.project_of(Source("m.mdl", written.text), None, "m.mdl"))
    assert column(again.results(Request()), "gone") == [0, 14, 28, 42]


@pytest.mark.parametrize("target", ["reference", "llvm"])
def test_the_size_of_the_variable_itself(target: TargetName) -> None:
    """3.5.6: SELF may stand in SIZE; three places, three places by two ages, and one number."""
    text = file(
        f'<aux name="a">{PLACE}<eqn>SIZE(SELF)</eqn></aux>'
        f'<aux name="b">{BOTH}<eqn>SIZE(SELF) + PREVIOUS(SELF, 1)</eqn></aux>'
        + aux("c", "SIZE(SELF)"),
        before=DIMS,
    )
    found = run(text, target=target)
    assert values(found, "a")[0].tolist() == [3, 3, 3]
    assert values(found, "b")[1].tolist() == [[13, 13], [13, 13], [13, 13]]
    assert column(found, "c")[0] == 1


def test_a_dimension_with_other_names_is_no_part_of_another() -> None:
    """It stops, and lists the elements that fit."""
    coast = '<dimensions><dim name="Coast"><elem name="Aweigh"/></dim></dimensions>'
    sums = aux("x", "SUM(people[Coast])") + f'<aux name="people">{PLACE}<eqn>1</eqn></aux>'
    with pytest.raises(HeadwaterError, match="`Coast` is no part of") as caught:
        run(file(sums, before=DIMS + coast))
    assert "elements of Place: Home, Away, Sea" in str(caught.value)
