"""Classification trees on cases whose regions are known."""

from __future__ import annotations

import numpy as np
import pytest

from headwater.analysis.regional import Inputs
from headwater.analysis.trees import grow

pytest.importorskip("sklearn", reason="trees need headwater[analysis]")
RUNS = 2000


def drawn(seed: int) -> Inputs:
    values = np.random.default_rng(seed).random((10, RUNS))
    return Inputs([f"x{k}" for k in range(10)], values, ["year"] * 10)


def test_two_thresholds_are_found() -> None:
    inputs = drawn(1)
    x = inputs.values
    truth = ((x[2] > 0.3) & (x[5] < 0.6))[None].astype(float)
    best, *others = grow(inputs, truth, leaves=3)
    low, high = best.limits
    assert (low.input, low.high, high.input, high.low) == ("x2", None, "x5", None)
    # Between the two runs next to the threshold: 1,500 runs lie 1 / 1,500 apart on average.
    assert low.low == pytest.approx(0.3, abs=0.01)
    assert high.high == pytest.approx(0.6, abs=0.01)
    assert best.share > 0.98
    assert best.mass == pytest.approx(0.7 * 0.6, abs=0.06)
    assert [leaf.share for leaf in others] == pytest.approx([0, 0], abs=0.02)
    assert best.mass + sum(leaf.mass for leaf in others) == pytest.approx(1)
    assert best.cases + sum(leaf.cases for leaf in others) == RUNS // 4


def test_structures_are_told_apart() -> None:
    inputs = drawn(2)
    truth = np.stack([np.ones(RUNS), inputs.values[0] > 0.5]).astype(float)
    leaves = grow(inputs, truth, ("one", "two"), leaves=3)
    assert {(leaf.structures, round(leaf.share, 1)) for leaf in leaves} <= {
        (("one",), 1.0),
        (("two",), 1.0),
        (("two",), 0.0),
        ((), 1.0),
    }
    assert any(leaf.structures == ("two",) and leaf.share < 0.05 for leaf in leaves)


def test_where_all_cases_agree_there_is_no_tree() -> None:
    assert grow(drawn(3), np.ones((2, RUNS)), ("one", "two")) == ()
