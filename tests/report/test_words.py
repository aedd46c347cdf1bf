"""Numbers and results in words: what a reader should see, written out by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.analysis.regional import Driver
from headwater.argument.ledger.claims import Relation
from headwater.argument.verdicts import Interval
from headwater.model.uncertainty import (
    Beta,
    Discrete,
    LogNormal,
    Normal,
    Range,
    Triangular,
    Uncertainty,
    Uniform,
)
from headwater.report import words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1.0, "1"),
        (0.25, "0.25"),
        (2.718281828, "2.72"),
        (99.96, "100"),
        (999.6, "1,000"),
        (1234.5, "1,230"),
        (-0.5, "−0.5"),
        (1_234_567.0, "1.23 million"),
        (999_999.0, "1 million"),
        (2.5e9, "2.5 billion"),
        (0.000123, "0.000123"),
        (0.0000123, "1.23 × 10⁻⁵"),
        (5e-324, "4.94 × 10⁻³²⁴"),
        (math.inf, "∞"),
        (math.nan, "–"),
    ],
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert words.number(value) == text


@given(st.floats(1e-4, 999_000.0))
def test_a_number_in_words_is_the_number_to_three_digits(value: float) -> None:
    assert float(words.number(value).replace(",", "")) == pytest.approx(value, rel=5.1e-3)


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0%"), (1.0, "100%"), (0.004, "<1%"), (0.996, ">99%"), (0.504, "50%"), (0.875, "88%")],
)
def test_only_all_and_none_are_written_as_all_and_none(share: float, text: str) -> None:
    assert words.percent(share) == text


def test_units_in_words() -> None:
    assert words.unit("person/year") == "people per year"
    assert words.unit("usd/person/year") == "usd per person per year"
    assert words.unit("1") == ""
    assert words.unit("") == ""


def test_names_in_words() -> None:
    assert words.name("wage_ratio") == "wage ratio"
    assert words.name("stay[russia, men]") == "stay (russia, men)"
    assert words.name("SUM(recruits[*]) / 2") == "SUM(recruits[*]) / 2"


@pytest.mark.parametrize(
    ("stated", "found", "relation", "meets", "text"),
    [
        (0.5, 0.5, Relation.ABOUT, None, "the same"),
        (100.0, 80.0, Relation.ABOUT, None, "the claim is 25% above the data"),
        (60.0, 80.0, Relation.ABOUT, None, "the claim is 25% below the data"),
        (50.0, 10.0, Relation.ABOUT, None, "the claim is 5 times the figure in the data"),
        (0.25, 0.33, Relation.AT_LEAST, True, "the data meet it"),
        (0.4, 0.3, Relation.AT_LEAST, False, "the data fall short of it by 25%"),
        (0.4, 0.5, Relation.AT_MOST, False, "the data exceed it by 25%"),
        (0.0, 7.0, Relation.ABOUT, None, "the data differ"),
        (None, 7.0, Relation.ABOUT, None, ""),
    ],
)
def test_stated_figures_beside_data(
    stated: float | None, found: float, relation: Relation, meets: bool | None, text: str
) -> None:
    assert words.agreement(stated, found, relation, meets) == text


@pytest.mark.parametrize(
    ("uncertainty", "pieces"),
    [
        (Uncertainty(Uniform(0, 0.6)), ["from 0 to 0.6", "uniform"]),
        (Uncertainty(Triangular(-0.5, 2, 5)), ["from −0.5 to 5", "near 2", "triangular"]),
        (Uncertainty(Normal(0, 1.2), Range(-3, 3)), ["around 0", "1.2", "cut to −3 to 3"]),
        (Uncertainty(LogNormal(2.5, 1.3), shared=True), ["2.5", "1.3", "one draw for all"]),
        (Uncertainty(Beta(12, 3)), ["0 to 1", "12 and 3"]),
        (Uncertainty(Discrete((1, 2), (1, 3))), ["1 (25%)", "2 (75%)"]),
    ],
)
def test_ranges_in_words(uncertainty: Uncertainty, pieces: list[str]) -> None:
    text = words.uncertainty(uncertainty)
    assert [piece for piece in pieces if piece not in text] == []


def test_open_ranges() -> None:
    assert words.limits(Range(0, math.inf)) == "0 and above"
    assert words.limits(Range(-math.inf, 5)) == "up to 5"
    assert words.limits(Range(-1, 5)) == "−1 to 5"


def test_what_a_verdict_hangs_on() -> None:
    by_distance = [Driver("wage_ratio", 0.6, 1, "distance"), Driver("stay", 0.2, -1, "distance")]
    assert words.hangs_on(by_distance) == "hangs on: more wage ratio, less stay"
    # With nearly all cases on one side, an input is named for what it does to the effect.
    by_size = [Driver("stay", 0.2, -1, "correlation")]
    assert words.hangs_on(by_size) == "effect grows with: less stay"


def test_intervals_and_lists() -> None:
    assert words.interval(Interval(0.5, 0.8, 1.25)) == "0.8 (0.5 to 1.25)"
    assert words.interval(None) == "–"
    assert words.listing(["a", "b", "c"]) == "a, b and c"
    assert words.count(1, "claim") == "1 claim"
    assert words.count(12_000, "policy", "policies") == "12,000 policies"
