"""What a case's expectations hang on, where it follows from closed forms."""

from __future__ import annotations

from pathlib import Path

import pytest
from scipy.special import ndtr, ndtri

from headwater.argument.discovering import (
    DiscoverOptions,
    Discovery,
    discover_case,
    named,
)
from headwater.argument.verdicts import Verdict
from headwater.errors import UsageError
from headwater.formats.registry import read_model
from headwater.model.case import Case
from lake_case import THRESHOLD, write_lake

OPTIONS = DiscoverOptions(runs=1000, seed=3, tree=False, progress=False)
PLACE = THRESHOLD / 0.2
"""The share of the rate's draws at which not quite half of the lake drains."""


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    root: Path = tmp_path_factory.mktemp("lake")
    write_lake(root)
    found = read_model(root)
    assert isinstance(found, Case)
    return found


@pytest.fixture(scope="module")
def half_gone(case: Case) -> Discovery:
    return discover_case(case, named(case, "half-gone")[0], OPTIONS)


def test_an_expectation_is_found_by_its_name_or_its_claim(case: Case) -> None:
    assert named(case, "half-gone") == named(case, "dries-out")
    with pytest.raises(UsageError, match="half-gone"):
        named(case, "half-gonne")
    with pytest.raises(UsageError, match="no expectation or tested claim"):
        named(case, "zebra")


def test_conditions_are_given_within_each_structure(half_gone: Discovery) -> None:
    slow = half_gone.by_structure["slow"]
    assert slow is not None
    assert slow.holds is not None
    (limit,) = slow.holds.limits
    assert limit.input == "rate"
    assert half_gone.by_structure["shut"] is None  # it never drains: nothing to tell apart


def test_the_central_case_turns_at_the_threshold(half_gone: Discovery) -> None:
    slow, shut = half_gone.central
    assert (slow.structure, slow.met) == ("slow", True)
    (moved,) = slow.moves
    assert (moved.input, moved.unit) == ("rate", "1/year")
    assert moved.start == pytest.approx(0.1)
    # Found by halving a sixteenth of the way to the range's edge six times.
    assert moved.end == pytest.approx(THRESHOLD, abs=2e-4)
    assert moved.end < THRESHOLD
    assert moved.place == pytest.approx(PLACE, abs=1e-3)
    assert slow.distance == pytest.approx(-ndtri(PLACE), abs=3e-3)
    assert (shut.met, shut.moves) == (False, ())
    assert shut.points > 1000


def test_a_shift_turns_the_verdict_and_is_verified(half_gone: Discovery) -> None:
    """A tenth still drains by half where the rate's middle lies at the place computed here."""
    most, fails = half_gone.shares
    # With one structure that never drains, no shift brings half of all cases there.
    assert (most.aim, most.moves, most.after, most.turned) == ("most", (), None, False)
    assert fails.aim == "fails"
    assert fails.turned
    assert fails.after is not None
    assert fails.after.verdict is Verdict.FAILS
    expected = ndtri(PLACE) - ndtri(0.9)
    (moved,) = fails.moves
    # A share of 0.1 in 500 draws is known to 0.013, over a density of 0.18.
    assert moved.place == pytest.approx(ndtr(expected), abs=0.02)
    assert fails.distance == pytest.approx(-expected, abs=0.2)
    assert fails.before.verdict is Verdict.DEPENDS


def test_a_settled_claim_has_no_box(case: Case) -> None:
    found = discover_case(case, named(case, "dam-keeps")[0], OPTIONS)
    assert found.conditions is None
    assert all(c.met and not c.moves for c in found.central)
    (few,) = found.shares
    assert (few.aim, few.after) == ("few", None)
