"""Nearest changes that turn a verdict, where they are known in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from headwater.analysis.flips import REACH, Measure, Shares, Truth, nearest_flip, nearest_shift

SLOPES = np.array([0.1, 2.0, 0.0, -1.5, 1.0, 0.05, 0.0, -0.2])


def linear(c: float) -> Truth:
    """Met where a linear function of the scores is below ``c``."""
    return lambda z: (SLOPES @ z < c).astype(float)


@pytest.mark.parametrize(("most", "moved"), [(1, [1]), (2, [1, 3]), (3, [1, 3, 4])])
def test_a_linear_condition_turns_at_its_distance_from_the_middle(
    most: int, moved: list[int]
) -> None:
    """The nearest point of a plane a.z = c is c / |a| away, along a."""
    found = nearest_flip(linear(2.4), len(SLOPES), most=most).found
    assert found is not None
    distance = 2.4 / np.sqrt((SLOPES[moved] ** 2).sum())
    # Never nearer than the nearest; a direction 10 degrees off is 1.5 % farther.
    assert distance <= found.distance < distance * 1.03
    assert np.sqrt((found.change**2).sum()) == pytest.approx(found.distance)
    assert SLOPES @ found.change >= 2.4
    assert sorted(found.moved) == moved
    expected = distance * SLOPES[moved] / np.sqrt((SLOPES[moved] ** 2).sum())
    assert found.change[moved] == pytest.approx(expected, abs=0.35)


def test_inputs_with_a_small_part_in_the_change_are_left_out() -> None:
    found = nearest_flip(linear(2.4), len(SLOPES), most=len(SLOPES)).found
    assert found is not None
    assert {1, 3, 4} <= set(found.moved)
    assert np.abs(found.change[found.moved]).min() >= 0.2 * np.abs(found.change).max()
    # Among eight directions the search is coarser than among three.
    assert found.distance < 1.25 * 2.4 / np.sqrt((SLOPES**2).sum())


def test_what_never_turns_within_the_ranges_is_said_with_its_cost() -> None:
    asked = []

    def truth(z: np.ndarray) -> np.ndarray:
        asked.append(z.shape[1])
        assert np.abs(z).max() <= REACH + 1e-12
        return np.ones(z.shape[1])

    search = nearest_flip(truth, 4)
    assert search.found is None
    assert search.points == sum(asked)


def test_a_condition_that_is_undefined_in_the_middle_has_no_flip() -> None:
    search = nearest_flip(lambda z: np.full(z.shape[1], np.nan), 3)
    assert search.found is None
    assert search.points == 1


def test_only_one_of_many_inputs_matters() -> None:
    search = nearest_flip(lambda z: (np.abs(z[30]) < 1.5).astype(float), 60)
    assert search.found is not None
    assert search.found.moved[0] == 30
    assert search.found.distance == pytest.approx(1.5, rel=0.05)


def shares_of(c: float, seed: int = 1) -> Measure:
    """The share of normal draws with SLOPES.z >= c, shifted; and its slope."""
    z = np.random.default_rng(seed).standard_normal((len(SLOPES), 20_000))

    def measure(shift: np.ndarray) -> Shares:
        truth = (SLOPES @ (z + shift[:, None]) >= c).astype(float)
        return Shares(float(truth.mean()), (truth * z).mean(axis=1))

    return measure


@pytest.mark.parametrize("level", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("most", [1, 3])
def test_a_share_crosses_a_level_where_the_normal_distribution_says(
    level: float, most: int
) -> None:
    """share = Phi((a.d - c) / |a|), so the shortest shift is (c + |a| z) / |a of those moved|."""
    c = 2.0
    norm = np.sqrt((SLOPES**2).sum())
    moved = [1, 3, 4][:most]
    expected = abs(c + norm * ndtri(level)) / np.sqrt((SLOPES[moved] ** 2).sum())
    found, ensembles = nearest_shift(shares_of(c), len(SLOPES), level, most=most)
    assert ensembles > 1
    if expected > REACH / (np.abs(SLOPES[moved]).max() / np.sqrt((SLOPES[moved] ** 2).sum())):
        assert found is None
        return
    assert found is not None
    # The share is estimated from 20,000 draws: 0.0035 at most, over a density of 0.17 or more.
    assert found.distance == pytest.approx(expected, abs=0.06)
    assert sorted(found.moved) == moved
    before = ndtr(-c / norm)
    after = ndtr((SLOPES @ found.change - c) / norm)
    assert (before < level) == (after > level - 0.01) or abs(after - level) < 0.01
