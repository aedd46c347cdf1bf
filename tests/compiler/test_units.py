"""Unit checking: contradictions found with both units, units inferred, and no false alarms."""

from dataclasses import replace

import pytest

from headwater.compiler.units.check import check_units, examine_units
from headwater.formats.vensim import project_of as vensim
from headwater.language.source import Source
from headwater.language.syntax import Name
from headwater.language.units import parse_unit
from headwater.model.project import UnitDefinition
from headwater.model.variables import Equation, Flow, Leakage
from model_lines import project, series

VENSIM_TIME = (
    "INITIAL TIME = 0 ~ Year ~|\nFINAL TIME = 1 ~ Year ~|\nTIME STEP = 1 ~ Year ~|\n"
    "SAVEPER = 1 ~ Year ~|\n"
)
DEFAULTS = """
constant people : person = 5
constant money : usd = 5
constant years : year = 5
constant share : 1 = 0.5
constant rate : 1/year = 0.5
graph effect : 1 = (0, 0) (1, 1)
"""


def check(text, **settings):
    settings.setdefault("time_unit", "year")
    return check_units(project(DEFAULTS + text, **settings))


def fault(text, **settings):
    found = [d for d in check(text, **settings) if d.severity == "error"]
    assert len(found) == 1, [d.message for d in found]
    return found[0]


CLEAN = """
stock S : person = people; + f; - g
flow f : person/year = people * rate
flow g : person/year = S / years
aux a : person = people + S
aux b : person = people + 1
aux c : person = MAX(0, people - 3)
aux d : person = IF people > 0 THEN people ELSE 0
aux e : 1 = EXP(-years * rate) + LN(people / S)
aux h : person^0.5 = SQRT(people)
aux i : person^2 = people ^ 2
aux j : 1 = people / (people + S)
aux k : person = SMTH1(people, years)
aux l : 1/year = TREND(people, years)
aux m : person = people * STEP(1, 2000) * effect(share)
aux n : person/year = PULSE(people, TIME + DT, years)
aux o : person = SAFEDIV(people * money, money)
aux p : 1 = share ^ share
aux q : person = INT(people / 10) * 10
aux r : usd/person = money // people
aux since : year = TIME - 1990
aux t : 1 = (people > 3) + (TIME < 2000)
aux u : person = MIN(people, S) * share * (1 - share)
aux v : person = PREVIOUS(people, 0) + INIT(S) + DELAY(people, years, 0)
aux w : person = NORMAL(people, 2)
aux x : person = 12
aux y : person/year = FORCST(f, years, years) + DELAY3(f, years)
aux z : person = IF TIME >= 2000 THEN 1000 ELSE people
"""


@pytest.mark.parametrize("line", [line for line in CLEAN.split("\n") if line])
def test_sound_equations_raise_no_alarm(line):
    shown = "\n".join(f"{n}" for n in CLEAN.split("\n") if n)
    assert check(shown) == []
    assert line in shown


CLASHES = {
    "aux x : person = money": ("`x` is in `person`, but its equation gives `usd`", "money"),
    "aux x : person = people + money": ("`people` is in `person`, `money` in `usd`", "+"),
    "aux x : person = people - rate": ("the sides of this difference", "-"),
    "aux x : person/year = (people - money) / years": ("`money` in `usd`", "- money"),
    "aux x : person = (IF share > 0 THEN people ELSE money) * rate": ("the branches", "(IF share"),
    "aux x : 1 = people > money": ("the sides of this comparison", ">"),
    "aux x : person = IF share > 0 THEN people ELSE money": ("the branches", "IF share"),
    "aux x : 1 = EXP(years)": ("the argument `power` of EXP is in `year`", "years"),
    "aux x : 1 = LN(people)": ("the argument `number` of LN is in `person`", "people"),
    "aux x : person = people ^ years": ("an exponent has no unit", "years"),
    "aux x : person = people ^ share": ("cannot be raised to an exponent", "people"),
    "aux x : 1 = effect(people)\nconstant p : 1 = 1": ("takes another", "people"),
    "aux x : person = MAX(people, money)": ("MAX is in `usd`, but must be in `person`", "money"),
    "aux x : person = SMTH1(people, share)": ("must be in `year`", "share"),
    "aux x : person = people * rate": ("`x` is in `person`, but its equation", "people * rate"),
    "aux x : person^2 = SQRT(people)": ("gives `person^1/2`", "SQRT(people)"),
    "stock s : person = money": ("initial value of `s` is in `usd`, but", "money"),
    "stock s : person = 1; + people": ("must be in `person/year`", "people"),
    "aux x : person = STEP(people, share)": ("the argument `start` of STEP", "share"),
}


@pytest.mark.parametrize("text", CLASHES)
def test_clashes_are_placed_and_spelled_out(text):
    if text == "aux x : 1 = effect(people)\nconstant p : 1 = 1":
        text = "aux y : 1 = effect(share)\n" + text
    message, marked = CLASHES.get(text) or CLASHES[text.split("\n", 1)[1]]
    found = fault(text)
    unpowered = message.replace("^1/2", "^(1/2)")
    assert message in found.message or unpowered in found.message
    place = found.place
    assert place.text[place.column - 1 :].startswith(marked)
    assert found.hint


def test_a_stock_that_lacks_a_time_gets_that_for_a_hint():
    assert "a time" in fault("stock s : person = 1; + people").hint


def test_units_are_inferred_through_equations():
    model = project(
        DEFAULTS
        + """
        stock S = 5; + inflow; - S / delay
        aux inflow = people * rate
        constant delay = 3
        aux density = S / area
        constant area = 4
        aux wanted : person/km^2 = density + 0
        """,
        time_unit="year",
    )
    units = examine_units(model).units
    assert units["s"] == parse_unit("person")
    assert units["inflow"] == parse_unit("person/year")
    assert units["delay"] == parse_unit("year")
    assert units["area"] == parse_unit("km^2")


def test_a_contradiction_through_an_inferred_unit_is_found():
    found = fault("aux a = people\naux b = a + 1\naux c : usd = b")
    assert "`usd`" in found.message
    assert "`person`" in found.message


@pytest.mark.parametrize("dialect", ["vensim", "stella"])
def test_other_tools_infer_no_units(dialect):
    text = "aux a = people\naux c : usd = a\naux d : usd = people + a"
    assert not check(text, dialect=dialect)
    (found,) = check(text + "\naux e : usd = people", dialect=dialect)
    assert (found.severity, "`e`" in found.message) == ("error", True)


def test_names_that_stella_knows_for_one_unit():
    text = "constant a : person = 1\naux b : people = a\nconstant c : deg = 1\naux d : degrees = c"
    assert not check(text, dialect="stella")
    assert len(check(text, dialect="vensim")) == 2


def test_what_cannot_be_told_is_a_warning_that_names_it():
    (found,) = check("aux a = b * 2\nconstant b = 3")
    assert found.severity == "warning"
    assert "`a`, `b`" in found.message


def test_models_without_units_are_not_checked():
    assert check_units(project("aux a = b\naux b = 2")) == []


def test_the_unit_of_time_is_inferred_where_none_is_given():
    model = project(
        "stock S : person = 1; + f\nflow f : person/week = 3\naux t = TIME", time_unit=""
    )
    report = examine_units(model)
    assert report.diagnostics == ()
    assert report.units["t"] == parse_unit("week")


def test_a_percentage_where_a_share_is_expected_is_a_warning():
    (found,) = check("aux x : % = share")
    assert found.severity == "warning"
    assert "%" in found.message


def test_aliases_and_definitions_of_the_model_count():
    units = (UnitDefinition("usd", "", ("dollar",)), UnitDefinition("headcount", "person"))
    assert check("aux x : dollar = money\naux y : headcount = people", units=units) == []


def test_arrays_aggregates_and_element_numbers():
    text = """
    aux n[d] : person = people * share
    aux total : person = SUM(n[*]) + MEAN(n) + MAX(n[*], 0)
    aux shareof[d] : 1 = n[d] / SUM(n)
    aux m[d] : person = IF d = 1 THEN n[d] ELSE n[d] * d
    aux size : 1 = SIZE(n)
    """
    assert check(text, dimensions={"d": ("a", "b")}) == []


def test_graphs_with_units_and_data():
    text = """
    graph demand : widget/year of usd = (0, 10) (10, 0)
    aux sold : widget/year = demand(money)
    """.replace(" of usd", "")
    from dataclasses import replace

    model = project(
        DEFAULTS + text + "aux seen : person = observed",
        time_unit="year",
        data=[replace(series("observed", [(0, 1)]), unit="usd")],
    )
    demand = model.by_key["demand"]
    model = replace(
        model,
        variables=tuple(
            replace(v, input_unit="usd") if v is demand else v for v in model.variables
        ),
    )
    (found,) = check_units(model)
    assert "`seen` is in `person`, but its equation gives `usd`" in found.message


def test_an_unreadable_unit_is_an_error_with_its_place():
    found = fault("aux x : person/ = 1\naux y = x")
    assert found.place is not None


def test_many_variables_without_units_take_linear_time():
    import time

    def seconds(n):
        lines = ["constant a0 : person = 1"] + [f"aux a{k} = a{k - 1} + 1" for k in range(1, n)]
        model = project("\n".join(lines), time_unit="year")
        start = time.process_time()
        assert examine_units(model).units[f"a{n - 1}"] == parse_unit("person")
        return time.process_time() - start

    few, many = (min(seconds(n) for _ in range(3)) for n in (400, 4000))
    assert many < 40 * few


def test_the_equation_of_a_leakage_is_a_fraction_of_what_leaks() -> None:
    """XMILE 1.0, 4.3: the flow is in the stock's unit per time, its equation a share or a rate."""
    made = project(DEFAULTS, time_unit="year")
    equation = Equation(Name("rate"))
    plain = Flow(name="leaking", unit="person/year", equations=(equation,))
    for flow, count in ((plain, 1), (replace(plain, leakage=Leakage()), 0)):
        found = check_units(replace(made, variables=(*made.variables, flow)))
        assert sum(d.severity == "error" for d in found) == count


def test_units_are_told_as_the_model_spells_them() -> None:
    text = "a = b ~ Million People/year ~|\nb = 2 ~ Full Time Job ~|\n" + VENSIM_TIME
    (found,) = check_units(vensim(Source("m.mdl", text), None, "m"))
    assert (
        "`a` is in `Million People/year`, but its equation gives `Full Time Job`" in found.message
    )
    assert "Full Time Job" in found.hint
    assert "_" not in found.message + found.hint
