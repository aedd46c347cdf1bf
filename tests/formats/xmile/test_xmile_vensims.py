"""Files that Vensim itself exports: its functions as they are, and elements of its own."""

from pathlib import Path

import pytest

from formats.xmile.xmile_texts import NAMESPACES, aux, column, messages, read, run, warnings
from headwater.errors import HeadwaterError
from headwater.formats.registry import read_model
from headwater.language.printer import print_expression
from headwater.model.case import Case
from headwater.simulation.checks import check_model

VENSIM = '<header><product version="1.0" lang="en">Vensim</product></header>'
SPECS = (
    '<sim_specs method="euler" time_units="Day"><start>0<doc>Begin</doc></start>'
    "<stop>{}<doc>End</doc></stop><dt>0.5<doc>Step</doc></dt>"
    "<vensim:saveper>{}<doc>Saved</doc></vensim:saveper></sim_specs>"
)


def exported(variables: str, *, stop: float = 2, saved: str = "1", after: str = "") -> str:
    spaces = f'{NAMESPACES} xmlns:vensim="http://www.vensim.com/XMILE"'
    return (
        f'<xmile version="1.0" {spaces}>{VENSIM}{SPECS.format(stop, saved)}'
        f"<model><variables>{variables}</variables></model>{after}</xmile>"
    )


@pytest.mark.parametrize(("saved", "times"), [("1", [0, 1, 2]), ("TIME_STEP", [0, 0.5, 1, 1.5, 2])])
def test_settings_with_documentation_and_vensims_save_interval(
    saved: str, times: list[float]
) -> None:
    assert column(run(exported(aux("t", "TIME"), saved=saved)), "t") == times


def test_functions_are_vensims() -> None:
    """PULSE from 1 for 2 days, a sign as the divisor's no more, and 0 for a division by 0."""
    text = exported(
        aux("p", "PULSE(1, 2)")
        + aux("m", "MODULO(-3, 2) + INTEGER(-1.5)")
        + aux("z", "ZIDZ(TIME, 0) + IF_THEN_ELSE(Time > 1, 5, 7)"),
        stop=4,
    )
    found = run(text)
    assert column(found, "p") == [0, 1, 1, 0, 0]
    assert column(found, "m") == [-2] * 5
    assert column(found, "z") == [7, 7, 5, 5, 5]


def test_the_change_of_a_stock_as_an_expression() -> None:
    """By Euler's steps of 0.5: a quarter leaves each day, in a macro a half."""
    macro = (
        '<macro name="FADE"><parm>from</parm><eqn>FADE</eqn><variables>'
        '<stock name="FADE"><eqn>from</eqn><vensim:netflow>-FADE / 2</vensim:netflow></stock>'
        "</variables></macro>"
    )
    stock = '<stock name="S"><eqn>64</eqn><vensim:netflow>-S / 4</vensim:netflow></stock>'
    found = run(exported(stock + aux("x", "FADE(16)"), saved="TIME_STEP", after=macro))
    assert column(found, "S") == [64, 56, 49, 42.875, 37.515625]
    assert column(found, "x") == [16, 12, 9, 6.75, 5.0625]


def test_a_stock_whose_change_vensim_left_out_is_told_of() -> None:
    """As in an export of an older Vensim, in which a net rate of births was lost."""
    stock = '<stock name="pop"><eqn>100</eqn></stock>'
    lost = "`pop` keeps its first value: Vensim wrote it without flows"
    assert lost in warnings(read(exported(stock)))
    kept = stock.replace("</stock>", "<vensim:netflow>pop * 0.1</vensim:netflow></stock>")
    assert not warnings(read(exported(kept)))
    fed = stock.replace("</stock>", "<inflow>births</inflow></stock>")
    assert not warnings(read(exported(fed + '<flow name="births"><eqn>pop / 5</eqn></flow>')))


def test_texts_are_left_out() -> None:
    link = '<aux vensim:kind="string" name="help"><eqn>:IS: \'a page\'</eqn></aux>'
    assert column(run(exported(aux("x", "3") + link)), "x")[0] == 3


def test_reality_checks_become_checks(tmp_path: Path) -> None:
    """What is held: no bread at 0 flour; others are told of, and why they are left aside."""
    path = tmp_path / "bakery.xmile"
    path.write_text(
        exported(
            aux("flour", "4")
            + aux("bread", "flour * 2")
            + """
            <vensim:rc kind="constraint" name="no_flour"><eqn>:THE CONDITION: flour = 0
              :IMPLIES: bread = 0</eqn><units></units><doc></doc></vensim:rc>
            <vensim:rc kind="constraint" name="wrong"><eqn>:THE CONDITION: flour = 1 :AND:
              Time &gt; 1 :IMPLIES: bread &gt;= 3</eqn></vensim:rc>
            <vensim:rc kind="constraint" name="late"><eqn>:THE CONDITION: flour =
              RC_STEP(flour,0) :IMPLIES: bread = 0</eqn></vensim:rc>
            <vensim:rc kind="constraint" name="other"><eqn>:THE CONDITION: flour =
              RC_COMPARE('base',flour,2) :IMPLIES: bread = 0</eqn></vensim:rc>
            <vensim:rc kind="constraint" name="nothing"><eqn>:THE CONDITION: none :IMPLIES:
              bread = 0</eqn></vensim:rc>
            <vensim:rc kind="test_input" name="none"><eqn>:TEST INPUT: flour = 0</eqn>
              </vensim:rc>"""
        )
    )
    case = read_model(path)
    assert isinstance(case, Case)
    assert [c.title for c in case.checks] == ["no_flour", "wrong", "late", "nothing"]
    assert print_expression(case.checks[1].condition) == "NOT (Time > 1) OR bread >= 3"
    failed = [f for f in check_model(case.project, case).findings if f.severity == "error"]
    assert len(failed) == 2
    assert "wrong" in failed[0].message
    assert '"late" does not hold at time 0 ' in failed[1].message
    warned = [(w.message, w.place.line if w.place else 0) for w in case.project.warnings]
    assert warned == [
        ("the reality check `other` is left aside: `RC_COMPARE` compares with another run", 8),
    ]


def _older(variables: str, *, step: str = "TIME_STEP=0.5") -> str:
    """A file as versions before Vensim's own namespace write it."""
    return (
        f'<xmile version="1.0">{VENSIM}<sim_specs method="Euler"><start> 0</start>'
        f"<stop>2</stop><dt>{step}</dt></sim_specs>"
        f"<model><variables>{variables}</variables></model></xmile>"
    )


@pytest.mark.parametrize("step", ["TIME_STEP=0.5", " TIME STEP = 0.5", "0.5"])
def test_the_step_with_its_name_and_settings_that_equations_use(step: str) -> None:
    variables = aux("s", "TIME_STEP") + aux("a", "INITIAL_TIME + 3") + aux("e", "final_time")
    found = run(_older(variables, step=step))
    assert list(found.coordinates["time"]) == [0, 0.5, 1, 1.5, 2]
    assert (column(found, "s")[0], column(found, "a")[0], column(found, "e")[0]) == (0.5, 3, 2)


def test_a_variable_of_a_settings_name_is_itself() -> None:
    assert column(run(_older(aux("Initial Time", "7") + aux("a", "INITIAL_TIME"))), "a")[0] == 7


def test_a_stock_that_is_a_fixed_delay() -> None:
    stock = '<stock name="Late orders"><eqn>\n Late_orders= DELAY_FIXED (\n\torders, 1, 9)</eqn>'
    project = read(_older(f"{stock}</stock>" + aux("orders", "TIME * 2")))
    assert column(run(_older(f"{stock}</stock>" + aux("orders", "TIME * 2"))), "Late orders") == [
        *(9, 9, 0, 1, 2)
    ]
    assert not project.warnings


def test_a_stock_that_is_a_fixed_delay_in_each_element() -> None:
    element = '<element subscript="{0}"><eqn>late[{0}]= DELAY_FIXED(x[{0}], 1, {1})</eqn></element>'
    dimensions = '<dimensions><dim name="D"><elem name="A"/><elem name="B"/></dim></dimensions>'
    given = '<dimensions><dim name="D"/></dimensions>'
    text = _older(
        f'<stock name="late">{given}{element.format("A", 4)}{element.format("B", 5)}</stock>'
        f'<aux name="x">{given}<eqn>TIME</eqn></aux>'
    ).replace("<model>", f"{dimensions}<model>")
    found = run(text)
    assert found["late"].values.tolist() == [[4, 5], [4, 5], [0, 0], [0.5, 0.5], [1, 1]]


def test_whole_numbers_by_xmiles_names_are_vensims() -> None:
    """INTEGER and MODULO go towards zero: Vensim exported them so, and a warning says it."""
    text = _older(aux("i", "INT(-1.5)") + aux("m", "-7 mod 3"))
    found = run(text)
    assert (column(found, "i")[0], column(found, "m")[0]) == (-1, -1)
    assert "INTEGER and MODULO" in warnings(read(text))
    assert "INTEGER" not in warnings(read(_older(aux("model", "1"))))


@pytest.mark.parametrize(
    ("equation", "values"),
    [
        ("IF_THEN_ELSE(:NOT: t&lt;1 :AND: t&lt;2, 5, 6)", [6, 5, 6]),
        ("IF_THEN_ELSE(t&lt;1\n\t:OR: t>1, 5, 6)", [5, 6, 5]),
        ("IF_THEN_ELSE(t=:NA:, 5, MODULO(-7, 3) + INTEGER(-1.5))", [-2, -2, -2]),
        ("2 {:or: in a comment} * t", [0, 2, 4]),
    ],
)
def test_operators_in_vensims_words(equation: str, values: list[float]) -> None:
    """NOT takes the whole comparison, as Vensim's manual has it."""
    text = exported(aux("t", "Time") + f'<aux name="x"><eqn>{equation}</eqn></aux>')
    assert column(run(text), "x") == values


def test_all_elements_in_vensims_words() -> None:
    dimensions = '<dimensions><dim name="D"><elem name="A"/><elem name="B"/></dim></dimensions>'
    array = '<aux name="a"><dimensions><dim name="D"/></dimensions><eqn>3</eqn></aux>'
    text = exported(array + aux("x", "SUM(a[D!]) + VMAX(a[D!])"))
    assert column(run(text.replace("<model>", f"{dimensions}<model>")), "x")[0] == 9


def test_operators_in_vensims_words_that_are_wrong() -> None:
    with pytest.raises(HeadwaterError) as caught:
        read(exported(aux("x", "1 :OR: 2 3") + aux("y", ":NOT:")))
    assert "`3` cannot stand here" in messages(caught.value)
    assert "an expression is missing" in messages(caught.value)


def test_formulas_of_data_and_data_without_points() -> None:
    formula = '<aux vensim:kind="data" name="y"><eqn>:HOLD BACKWARD::=2*t</eqn></aux>'
    assert column(run(exported(aux("t", "Time") + formula)), "y") == [0, 2, 4]
    with pytest.raises(HeadwaterError) as caught:
        read(exported('<aux vensim:kind="data" name="y"><eqn>:RAW:\t</eqn></aux>'))
    assert "`y` is data, and the file has none of its points" in messages(caught.value)


def test_points_within_an_equation_are_told_with_what_to_do() -> None:
    text = exported(aux("x", "WITH_LOOKUP(Time, ([(0,0)-(10,10)],(0,0),(10,5)))"))
    with pytest.raises(HeadwaterError) as caught:
        read(text)
    assert "`x` has the points of a lookup in its equation" in messages(caught.value)
    assert "`<gf>`" in messages(caught.value)
