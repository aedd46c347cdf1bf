"""Checks of cases that put a variable on a path from some time on."""

from __future__ import annotations

import pytest

from headwater.simulation.checks import Plan, check_model
from small_models import case

SOUND = """
stock left : kg = start_amount
  - loss
flow loss : kg/year = left * rate
constant rate : 1/year = 0.3  range 0.1 to 0.5
  uncertain uniform(0.1, 0.5)
  assume "made up"
constant start_amount : kg = 80  range 0 to 100
  assume "made up"
"""


def errors(statements: str) -> list[str]:
    model = case(statements)
    report = check_model(model.project, model.case, Plan(draws=4), progress=False)
    return [f.message for f in report.findings if f.severity != "note"]


@pytest.mark.parametrize(
    "check",
    [
        'check "t" when rate = RC_STEP(rate, 0, 2) then TIME < 2 OR loss = 0',
        'check "t" when rate = RC_STEP(rate, 0, 2) then left <= RC_STEP_CHECK(0, left, 1, 2)',
        'check "t" when rate = RC_STEP(rate, 0, 2) then left >= RC_STEP_CHECK(0, left, 1, 2)',
        'check "t" when left = RC_STEP(left, 0, 2) then TIME < 2 OR loss = 0',
        'check "t" always left <= RC_DECAY_CHECK(0, left, 20, 2)',
    ],
)
def test_paths_in_every_draw(check: str) -> None:
    """A stock that shrinks by a tenth a year or faster, held where it is or at nothing."""
    assert errors(SOUND + check) == []


def test_a_path_that_is_not_met_is_told() -> None:
    """Rates of up to a half a year do not keep up with a decay in one year."""
    (found,) = errors(SOUND + 'check "t" always left <= RC_DECAY_CHECK(1, left, 1, 2)')
    assert 'the check "t" does not hold at time 3 with central values' in found


@pytest.mark.parametrize(
    ("check", "reason"),
    [
        ("when rate = 2 * RC_STEP(rate, 0) then left > 0", "not all that a variable is held at"),
        ("when rate = RC_STEP(rate) then left > 0", "it wants `RC_STEP(basis, mult[, start"),
        ("always RC_STEP_CHECK(0, left, 1)", "where nothing is compared with it"),
        ("when share = RC_STEP(share, 0) then left > 0", "`share` is a whole array"),
    ],
)
def test_what_is_no_path_is_an_error(check: str, reason: str) -> None:
    arrays = "dimension place = north, south\naux share[place] : 1 = {north: 1, south: 2}\n"
    (found,) = errors(SOUND + arrays + f'check "t" {check}')
    assert found.startswith("the check `t` cannot be run: ")
    assert reason in found


def test_a_name_that_is_not_there() -> None:
    found = errors(SOUND + 'check "t" when rat = RC_STEP(rat, 0) then left > 0')
    assert any("rat" in message for message in found)
