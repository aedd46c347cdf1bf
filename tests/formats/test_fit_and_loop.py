"""The statements ``fit`` and ``loop``, with all of their clauses."""

import pytest

from formats.case_texts import case_text, fault, read
from headwater.formats.literate.layout.format import format_text
from headwater.language.printer import print_expression

MODEL = """dimension host = north, south
stock men[host] : person = 100
  + coming[host]
flow coming[host] : person/year = men[host] * growth[host]
constant growth[host] : 1/year = 0.1
constant other : 1 = 1
"""
FIT = """fit men[north], coming
  free growth[north], other
  from 2001 to 2009
  split 2005
  note "Why these."
"""


def test_a_fit_is_read() -> None:
    found = read(MODEL + FIT).fitting
    assert found is not None
    assert [print_expression(n) for n in found.series] == ["men[north]", "coming"]
    assert [print_expression(n) for n in found.free] == ["growth[north]", "other"]
    assert (found.start, found.stop, found.split) == (2001, 2009, 2005)
    assert found.documentation == "Why these."


def test_a_fit_needs_no_period() -> None:
    found = read(MODEL + "fit men free growth\n").fitting
    assert found is not None
    assert (found.start, found.stop, found.split) == (None, None, None)
    assert read(MODEL).fitting is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fit men", "expected variables and what is free"),
        ("fit free growth", "expected variables and what is free"),
        ("fit mem free growth", "no variable `mem`"),
        ("fit men free growht", "no variable `growht`"),
        ("fit men free growth from 2001 to 2009 split 2009", "not inside the period"),
        ("fit men free growth from 2001 to 2009 split 1999", "not inside the period"),
        ("fit men free growth\nfit coming free other", "fit"),
        ("fit men free growth because x", "no variable `growth because x`"),
    ],
)
def test_faults_of_a_fit_are_named(text: str, message: str) -> None:
    error = fault(MODEL + text + "\n")
    assert message in error.render()


LOOP = """loop "More bring more" = men -> coming
  claim grows, stays
  cut men -> coming at 2003
  note "Whoever is there brings others."
"""


def test_a_loop_has_claims_and_a_cut() -> None:
    (found,) = read(MODEL + LOOP).loops
    assert found.title == "More bring more"
    assert [n.text for n in found.through] == ["men", "coming"]
    assert found.claims == ("grows", "stays")
    assert found.cut is not None
    assert (found.cut.source.text, found.cut.target.text, found.cut.at) == ("men", "coming", 2003)
    assert found.documentation == "Whoever is there brings others."


def test_a_cut_from_the_start() -> None:
    (found,) = read(MODEL + 'loop "L" = men -> coming\n  cut men -> coming\n').loops
    assert found.cut is not None
    assert found.cut.at is None


@pytest.mark.parametrize(
    ("clause", "message"),
    [
        ("cut men", "a cut names two variables"),
        ("cut men -> coming -> men", "a cut names two variables"),
        ("cut men[north] -> coming", "a cut names two variables"),
        ("cut mem -> coming", "no variable `mem`"),
        ("cut men -> coming at noon", "expected the time of the cut"),
        ("claim", "names nothing"),
    ],
)
def test_faults_of_a_loop_are_named(clause: str, message: str) -> None:
    error = fault(f'{MODEL}loop "L" = men -> coming\n  {clause}\n')
    assert message in error.render()


def test_the_formatter_lays_both_out() -> None:
    untidy = (
        MODEL
        + 'loop   "L"=men   ->   coming\n     claim a,b\n     cut men -> coming   at 2003\n'
        + "fit   men[north],coming\n     free growth ,  other\n"
        + "       from 2001   to 2009\n  split  2005\n"
    )
    tidy = format_text(case_text(untidy), "case.md")
    assert format_text(tidy, "case.md") == tidy
    assert "  claim a, b\n  cut men -> coming at 2003\n" in tidy
    assert (
        "fit men[north], coming\n  free growth, other\n  from 2001 to 2009\n  split 2005\n" in tidy
    )
