"""Boxes in plain words."""

from __future__ import annotations

import doctest

import pytest

from headwater.analysis.discovery import Box, Conditions, Limit
from headwater.report import boxes

PLAIN = {"one": "The first", "two": "The second"}


def box(*limits: Limit, side="holds", density: float = 0.93, structures=()) -> Box:
    return Box(side, limits, structures, None, 0.6, density, 0.4, 0.5, 1000, ())


def limit(name: str, low: float | None, high: float | None, unit: str = "1", place=False) -> Limit:
    return Limit(name, low, high, 0.01, 0.01, 0.4, unit, place)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (limit("x", 2.128, None, "year"), "above 2.13 years"),
        (limit("x", None, 2027.78, "year"), "below 2027.8"),
        (limit("x", 2025, 2030.0, "year"), "between 2025 and 2030"),
        (limit("x", 1, 2, "person/year"), "between 1 and 2 people per year"),
        (limit("x", -0.25, None), "above −0.25"),
        (limit("x", 0.4, None, "person", place=True), "in the highest 60% of its range"),
        (limit("x", None, 0.4, "person", place=True), "in the lowest 40% of its range"),
        (limit("x", 0.1, 0.4, "person", place=True), "between 10% and 40% of its range"),
    ],
)
def test_limits_are_in_the_input_s_own_unit(given: Limit, text: str) -> None:
    (view,) = boxes.boxes(Conditions(box(given), None, 100), PLAIN.__getitem__)
    assert view.limits[0].text == text


def test_a_box_is_a_sentence() -> None:
    holds = box(limit("stay[russia]", 2, None, "year"), structures=("one", "two"))
    fails = box(limit("pull", None, 1), side="fails", density=0.6)
    views = boxes.boxes(Conditions(holds, fails, 100), PLAIN.__getitem__)
    assert [boxes.sentence(v) for v in views] == [
        "Holds when the structure is The first or The second and stay (russia) is above 2 years.",
        "Fails more often when pull is below 1.",
    ]
    assert views[0].numbers == (
        "It is met in 93% of the cases there, against 50% of all; "
        "of all cases in which it is met, 60% are there."
    )
    assert "not met in 60%" in views[1].numbers
    assert "density 0.93, coverage 0.60, mass 0.40, over 1,000 cases" in views[0].detail


def test_nothing_found_is_said() -> None:
    assert boxes.boxes(None, str) == ()
    assert boxes.lines(()) == [boxes.NOTHING_FOUND]


def test_examples() -> None:
    assert doctest.testmod(boxes).failed == 0


def test_a_claim_s_card_shows_its_boxes() -> None:
    from dataclasses import replace

    from headwater.report.page import report_html
    from report.made import made_result

    result = made_result()
    leaving = next(e for e in result.expectations if e.expectation.name == "leaving")
    found = Conditions(box(limit("pull", 0.01, None, "1/year"), structures=("wages",)), None, 800)
    shown = replace(leaving, conditions=found)
    claims = tuple(
        replace(c, expectations=(shown,)) if leaving in c.expectations else c for c in result.claims
    )
    page = report_html(replace(result, claims=claims), command="headwater test")
    assert "the structure is <b>Wages decide</b>" in page
    assert "is <b>above 0.01 per year</b>" in page
    assert "It is met in 93% of the cases there" in page
    assert "three quarters of 800 draws" in page
    assert "seed 7" in page
    assert page.count("Holds when, fails when") == 1
