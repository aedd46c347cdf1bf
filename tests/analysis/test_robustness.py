"""Regret and satisficing on a table that is worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from headwater.analysis.robustness import regret, robustness

# Three policies in five cases, less is better. Best of each case: 2, 1, 4, 0, 3.
TABLE = np.array(
    [
        [2.0, 5.0, 4.0, 9.0, 3.0],
        [3.0, 1.0, 6.0, 4.0, 3.0],
        [8.0, 2.0, 5.0, 0.0, 7.0],
    ]
)
REGRET = np.array([[0.0, 4, 0, 9, 0], [1, 0, 2, 4, 0], [6, 1, 1, 0, 4]])


def test_regret_is_the_distance_to_the_best_policy_of_the_same_case() -> None:
    assert (regret(TABLE, lower_is_better=True) == REGRET).all()


def test_measures_of_a_table() -> None:
    first, second, third = robustness(TABLE, (TABLE <= 4).astype(float), lower_is_better=True)
    assert [p.regret_max for p in (first, second, third)] == [9, 4, 6]
    assert [p.regret_median for p in (first, second, third)] == [0, 1, 1]
    # Of five values the 90th percentile lies six tenths between the fourth and the fifth.
    assert first.regret_p90 == pytest.approx(4 + 0.6 * 5)
    assert second.regret_p90 == pytest.approx(2 + 0.6 * 2)
    assert third.regret_p90 == pytest.approx(4 + 0.6 * 2)
    assert [p.best for p in (first, second, third)] == [0.6, 0.4, 0.2]  # the last case is a tie
    assert [p.good for p in (first, second, third)] == [0.6, 0.8, 0.4]
    assert [p.median for p in (first, second, third)] == [4, 3, 5]
    assert first.cases == 5


def test_more_may_be_better() -> None:
    turned = robustness(-TABLE, lower_is_better=False)
    straight = robustness(TABLE, lower_is_better=True)
    for a, b in zip(turned, straight, strict=True):
        assert (a.regret_max, a.regret_p90, a.best) == (b.regret_max, b.regret_p90, b.best)
        assert a.median == -b.median
        assert a.good is None


def test_a_case_that_one_policy_cannot_compute_is_left_out_for_all() -> None:
    spoilt = TABLE.copy()
    spoilt[2, 3] = np.nan
    found = robustness(spoilt, lower_is_better=True)
    assert [p.cases for p in found] == [4, 4, 4]
    assert found[0].regret_max == 4
    nothing = robustness(np.full((2, 3), np.nan), lower_is_better=True)
    assert nothing[0].cases == 0
    assert np.isnan(nothing[0].regret_max)
