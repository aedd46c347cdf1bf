"""Conditions over outcomes, against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from headwater.argument.batches import Array, Batch
from headwater.argument.conditions import Vocabulary, evaluate, inspect, sides
from headwater.errors import CaseError, Diagnostics
from headwater.language.parser import parse_text

TIMES = np.arange(2020.0, 2031.0)
WORDS = Vocabulary(
    variables=frozenset({"recruits", "people", "stay"}),
    constants=frozenset({"stay"}),
    policies=frozenset({"", "no_change", "crackdown"}),
    start=2020.0,
    stop=2030.0,
)


@pytest.fixture
def batch() -> Batch:
    """Two runs: recruits grow by 10 (20) a year; half as many under the crackdown."""
    growth = np.array([10.0, 20.0])[:, None] * (TIMES - 2020.0)[None, :]
    people = np.stack([growth + 1, growth + 2], axis=-1)
    return Batch(
        variant="base",
        first=0,
        runs=2,
        policies=("no_change", "crackdown"),
        baseline="no_change",
        times=TIMES,
        variables={
            "recruits": Array(np.stack([growth, growth / 2]), {}),
            "people": Array(np.stack([people, people]), {"place": ("home", "Russia")}),
        },
        constants={"stay": Array(np.array([2.0, 3.0]), {})},
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("at(recruits, 2030)", [100, 200]),
        ("at(recruits, 2030, crackdown)", [50, 100]),
        ("at(recruits, 2024.5)", [45, 90]),
        ("at(people[russia], 2021)", [12, 22]),
        ("at(SUM(people[*]), 2021)", [23, 43]),
        ("at(recruits / people[home], 2020)", [0, 0]),
        ("change(recruits, 2022, 2025)", [30, 60]),
        ("mean(recruits, 2020, 2030)", [50, 100]),
        ("total(recruits, 2020, 2030)", [500, 1000]),
        ("mean(recruits, 2020.5, 2021.5)", [10, 20]),
        ("max(recruits, 2020, 2024, crackdown)", [20, 40]),
        ("min(recruits, 2023, 2030)", [30, 60]),
        ("max(at(recruits, 2021), 15)", [15, 20]),
        ("stay * 2 + 1", [5, 7]),
        ("at(recruits * stay, 2021)", [20, 60]),
        ("at(recruits, 2030, crackdown) < 0.5 * at(recruits, 2030)", [0, 0]),
        ("at(recruits, 2030, crackdown) <= 0.5 * at(recruits, 2030)", [1, 1]),
        ("at(recruits, 2030) > 150 or stay = 2", [1, 1]),
        ("at(recruits, 2030) > 150 and not (stay = 2)", [0, 1]),
        ("IF stay > 2 THEN at(recruits, 2021) ELSE -1", [-1, 20]),
        ("at(recruits, 2030) // 0", [0, 0]),
    ],
)
def test_values(batch: Batch, text: str, expected: list[float]) -> None:
    assert evaluate(parse_text(text), batch) == pytest.approx(np.array(expected, dtype=float))


def test_an_undefined_side_leaves_the_condition_undefined(batch: Batch) -> None:
    ratio = "at(recruits, 2020) / at(recruits, 2020)"
    for text in (f"{ratio} > 1", f"not ({ratio} > 1)", f"{ratio} > 1 or stay < 0"):
        assert np.isnan(evaluate(parse_text(text), batch)).all(), text


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("at(recruit, 2030) > 1", "no variable `recruit`", "recruits"),
        ("recruits > 1", "changes over time", "at(recruits, 2030)"),
        ("at(recruits, 2050) > 1", "outside the run", "2020 to 2030"),
        ("at(recruits, 2025, crackdwn) > 1", "no policy", "crackdown"),
        ("mean(recruits, 2025, 2022) > 1", "before the second", ""),
        ("smooth(recruits, 3) > 1", "cannot use the function", "known"),
        ("at(recruits, stay) > 1", "time must be a number", ""),
        ("at(recruits) > 1", "takes 2 arguments", ""),
        ("sqrt(1, 2) > 1", "takes 1 argument", ""),
    ],
)
def test_mistakes_are_found_before_any_run(text: str, message: str, hint: str) -> None:
    problems = Diagnostics()
    inspect(parse_text(text), WORDS, problems)
    assert len(problems.errors) == 1
    assert message in problems.errors[0].message
    assert hint in problems.errors[0].hint
    assert problems.errors[0].place is not None


def test_needs_tell_what_must_be_saved() -> None:
    problems = Diagnostics()
    needs = inspect(
        parse_text("at(recruits, 2030, crackdown) < stay * mean(people[russia], 2021, 2025)"),
        WORDS,
        problems,
    )
    assert not problems.items
    assert set(needs.variables) == {"recruits", "people"}
    assert set(needs.constants) == {"stay"}
    assert needs.policies == {"crackdown", ""}


def test_elements_that_do_not_exist_are_an_error(batch: Batch) -> None:
    with pytest.raises(CaseError, match="not an element of place"):
        evaluate(parse_text("at(people[turkey], 2025)"), batch)
    with pytest.raises(CaseError, match="more than one element"):
        evaluate(parse_text("at(people, 2025)"), batch)


def test_sides_of_a_comparison() -> None:
    pair = sides(parse_text("stay >= 2"))
    assert pair == (parse_text("stay"), parse_text("2"))
    assert sides(parse_text("stay > 1 and stay < 2")) is None
