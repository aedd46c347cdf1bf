"""Units: their equations (XMILE 1.0, section 3.3.6) and their algebra."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.errors import SyntaxFault, UnitError
from headwater.language.source import Source, Span
from headwater.language.units import (
    DIMENSIONLESS,
    STANDARD,
    Definition,
    Unit,
    UnitTable,
    base,
    parse_unit,
)

PERSON, USD, YEAR = base("person"), base("usd"), base("year")


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("person/year", PERSON / YEAR),
        ("usd/person/year", USD / (PERSON * YEAR)),
        ("usd/(person*year)", USD / PERSON / YEAR),
        ("1/year", DIMENSIONLESS / YEAR),
        ("person^2", PERSON * PERSON),
        ("year^-1", DIMENSIONLESS / YEAR),
        ("(usd*person)/year", USD * PERSON / YEAR),
        ("person-year", PERSON * YEAR),
        ("usd/person-year", USD / (PERSON * YEAR)),
        ("usd*day/person - year^2/day", USD / (PERSON * YEAR * YEAR)),
        ("usd/person*year", USD * YEAR / PERSON),
        ("person^(1/2)", PERSON ** Fraction(1, 2)),
        ("US dollar / year", base("US_dollar") / YEAR),
        ("us_DOLLAR/Years", base("US dollar") / YEAR),
        ("$/year", base("$") / YEAR),
        ("US$", base("US$")),
        ("2015_USD", base("2015_USD")),
        ('"1990 dollars"', base("1990_dollars")),
        ("€ * m²", base("€") * base("m²")),
        ("1", DIMENSIONLESS),
        ("dmnl", DIMENSIONLESS),
        ("Dimensionless", DIMENSIONLESS),
        ("Unitless", DIMENSIONLESS),
        ("fraction/year", DIMENSIONLESS / YEAR),
        ("per_year", DIMENSIONLESS / YEAR),
        ("Per Month", DIMENSIONLESS / base("month")),
        ("person/person", DIMENSIONLESS),
        ("person per year", PERSON / YEAR),
        ("usd per Person_Per year", USD / PERSON / YEAR),
        ("per person", DIMENSIONLESS / PERSON),
        ("person per", base("person_per")),
        ("permil", base("permil")),
    ],
)
def test_unit_equations(text: str, unit: Unit) -> None:
    assert parse_unit(text) == unit


def test_the_units_that_the_standard_recommends() -> None:
    names = {
        "nanoseconds": "ns nanosecond",
        "microseconds": "us microsecond",
        "milliseconds": "ms millisecond",
        "seconds": "s second",
        "minutes": "min minute",
        "hours": "hr hour",
        "days": "day",
        "weeks": "wk week",
        "months": "mo month",
        "quarters": "qtr quarter",
        "years": "yr year",
    }
    for name, aliases in names.items():
        for alias in aliases.split():
            assert parse_unit(alias) == parse_unit(name)
    for name in list(names)[3:]:
        assert parse_unit(f"per_{name[:-1]}") == parse_unit(f"1/{name}")
    assert len({parse_unit(name) for name in names}) == len(names)


def test_a_definition_comes_before_what_a_name_says() -> None:
    table = UnitTable([Definition("miles per gallon", ""), Definition("pace", "person per day")])
    assert parse_unit("miles per gallon", table) == base("miles_per_gallon")
    assert parse_unit("pace", table) == PERSON / base("day")


def test_percent_has_a_size_of_its_own() -> None:
    percent = parse_unit("%")
    assert percent.powers == DIMENSIONLESS.powers
    assert percent != DIMENSIONLESS
    assert not percent.is_dimensionless
    assert percent.scale == Fraction(1, 100)
    assert parse_unit("100*%") == DIMENSIONLESS
    assert str(percent) == "%"


def test_plurals_and_case_are_equal_and_people_are_not_persons() -> None:
    assert parse_unit("Persons/Years") == parse_unit("person/year")
    assert parse_unit("glass") != parse_unit("glas")
    assert parse_unit("people") != parse_unit("person")


def test_definitions_resolve_by_substitution() -> None:
    table = UnitTable(
        [
            Definition("person", "", ("people",)),
            Definition("square miles", "miles^2"),
            Definition("kperson", "1000*person"),
            Definition("usd", "dollar"),
            Definition("dollar", "", ("$", "US$")),
            Definition("density", "people / square mile"),
        ]
    )
    assert parse_unit("people", table) == parse_unit("persons", table)
    assert parse_unit("usd/$", table) == DIMENSIONLESS
    assert parse_unit("density", table) == base("person") / base("miles") ** 2
    assert parse_unit("kperson/person", table) == Unit((), Fraction(1000))


def test_a_definition_can_replace_a_standard_one() -> None:
    table = UnitTable([Definition("year", "12*months"), Definition("s", "", ("stere",))])
    assert parse_unit("year/month", table) == Unit((), Fraction(12))
    assert parse_unit("stere", table) == parse_unit("s", table)
    assert parse_unit("second", table) != parse_unit("s", table)
    assert parse_unit("hour", table) == base("hour")


@pytest.mark.parametrize(
    ("definitions", "message"),
    [
        ([Definition("a", "b*c"), Definition("b", "1/a")], "`a` is defined by itself: a -> b -> a"),
        ([Definition("a", "a*b")], "`a` is defined by itself: a -> a"),
        ([Definition("a", "", ("c",)), Definition("b", "", ("c",))], "`c` is defined twice"),
        ([Definition("a", "", ("b",)), Definition("b", "c")], "`b` is defined twice"),
        ([Definition(f"u{i}", f"u{i + 1}") for i in range(1000)], "chain too long"),
    ],
)
def test_definitions_that_contradict(definitions: list[Definition], message: str) -> None:
    with pytest.raises(UnitError, match=message):
        UnitTable(definitions)


def test_repeated_definitions_are_ignored() -> None:
    table = UnitTable([*STANDARD, Definition("widget"), Definition("widget")])
    assert parse_unit("widgets/yr", table) == base("widget") / base("year")


FAULTS = [
    ("", 1, "a unit is missing"),
    ("person/", 8, "a unit is missing"),
    ("/year", 1, "`/` cannot stand here"),
    ("1000 person", 1, "an operator is missing between `1000` and `person`"),
    ("person)", 7, "`)` closes nothing"),
    ("(person", 1, "`(` is never closed"),
    ("person^", 8, "a number is missing after `^`"),
    ("person^x", 8, "a number is missing after `^`"),
    ("person^100", 8, "the exponent is too large"),
    ("person**2", 8, "`*` cannot stand here"),
    ("a+b", 2, "`+` cannot follow here"),
    ("0*a", 1, "a unit cannot have the size 0"),
    ("((1000^99)^99)^99", 14, "too large or too small"),
    ("*".join(["9e999"] * 9), 24, "too large or too small"),
    ("(1e400*a)^(1/2)", 16, "too large or too small"),
    ("(" * 200, 101, "more than 100 parentheses"),
    ("a" * 5000, 1, "too long"),
    ("a^(1/0)", 3, "division by zero"),
]


@pytest.mark.parametrize(("text", "column", "message"), FAULTS)
def test_a_mistake_has_a_place(text: str, column: int, message: str) -> None:
    with pytest.raises(SyntaxFault) as caught:
        parse_unit(text)
    (found,) = caught.value.diagnostics
    assert message in found.message
    assert found.place
    assert found.place.column == column


def test_a_span_puts_the_mistake_into_its_file() -> None:
    source = Source("case.md", "flow a : person//year = 1")
    with pytest.raises(SyntaxFault) as caught:
        parse_unit("person//year", span=Span(source, 9, 21))
    place = caught.value.diagnostics[0].place
    assert place
    assert (str(place), place.text) == ("case.md:1:17", source.text)
    with pytest.raises(SyntaxFault, match=r"case.md:1:10: error: in the unit `person\+`"):
        parse_unit("person+", span=Span(source, 9, 21))


names = st.sampled_from(["person", "Year", "usd", "m²", "US$", "a b", "1990 dollars"])
exponents = st.fractions(-3, 3, max_denominator=3)
scales = st.fractions(Fraction(1, 40), 1000, max_denominator=50)
units = st.builds(
    lambda parts, scale: (
        Unit((), scale) * parse_unit("*".join(["1", *(f'"{n}"^({p})' for n, p in parts)]))
    ),
    st.lists(st.tuples(names, exponents), max_size=4),
    scales,
)


@given(units, units, units)
def test_units_form_a_commutative_group(a: Unit, b: Unit, c: Unit) -> None:
    assert a * b == b * a
    assert hash(a * b) == hash(b * a)
    assert (a * b) * c == a * (b * c)
    assert a * DIMENSIONLESS == a
    assert (a / a).is_dimensionless
    assert a / b * b == a


@given(units, st.integers(-3, 3), st.integers(-3, 3))
def test_powers_add_and_multiply(a: Unit, m: int, n: int) -> None:
    assert a**m * a**n == a ** (m + n)
    assert (a**m) ** n == a ** (m * n)


@given(units)
def test_roots_undo_squares(a: Unit) -> None:
    assert (a * a) ** Fraction(1, 2) == a


@given(units)
def test_the_text_of_a_unit_reads_back(a: Unit) -> None:
    assert parse_unit(str(a)) == a


@given(st.text(st.sampled_from("ab1 .*/^-()%$\"é_'\n0e+")))
def test_any_text_is_a_unit_or_a_fault(text: str) -> None:
    try:
        unit = parse_unit(text)
    except SyntaxFault as fault:
        assert str(fault)
    else:
        assert parse_unit(str(unit)) == unit


@pytest.mark.parametrize(
    ("unit", "shown"),
    [
        (USD / PERSON / YEAR, "usd/person/year"),
        (DIMENSIONLESS / YEAR, "1/year"),
        (PERSON**2, "person^2"),
        (PERSON ** Fraction(1, 2), "person^(1/2)"),
        (Unit((), Fraction(1000)) * PERSON, "1000*person"),
        (DIMENSIONLESS, "1"),
        (base("US dollar") / YEAR**2, "US_dollar/year^2"),
    ],
)
def test_units_are_shown_as_they_are_written(unit: Unit, shown: str) -> None:
    assert str(unit) == shown


def test_large_scales_are_shown_in_full() -> None:
    unit = parse_unit("1e400*person")
    assert str(unit) == "1" + "0" * 400 + "*person"
    assert parse_unit(str(unit)) == unit
