"""Boxes that tell when a condition is met, on cases whose box is known."""

from __future__ import annotations

import numpy as np
import pytest

from headwater.analysis.discovery import discover
from headwater.analysis.regional import Inputs

RUNS, NOISE = 2000, 40


def drawn(seed: int, inputs: int = NOISE) -> Inputs:
    values = np.random.default_rng(seed).random((inputs, RUNS))
    return Inputs([f"x{k}" for k in range(inputs)], values, ["1"] * inputs)


def test_a_known_box_among_forty_idle_inputs() -> None:
    inputs = drawn(1)
    x = inputs.values
    truth = ((x[4] > 0.3) & (x[7] < 0.6))[None].astype(float)
    found = discover(inputs, truth)
    assert found is not None
    assert found.holds is not None
    assert found.runs == RUNS
    low, high = found.holds.limits
    assert (low.input, low.high, high.input, high.low) == ("x4", None, "x7", None)
    # The largest box that is nine tenths dense lies outside the true one, by a tenth of it at most.
    assert low.low is not None
    assert high.high is not None
    assert 0.3 - 0.07 <= low.low <= 0.3 + 0.05 * 0.7
    assert 0.6 - 0.05 * 0.6 <= high.high <= 0.6 + 0.06
    assert low.kept == pytest.approx(1 - low.low, abs=0.03)
    # At least 0.9, at most one slice more, and three standard errors of some 200 runs either way.
    assert 0.84 < found.holds.density <= 1
    assert found.holds.coverage > 0.95
    assert found.holds.base == pytest.approx(0.42, abs=0.05)
    assert low.low_p is not None
    assert low.low_p < 1e-6
    assert low.high_p is None


def test_noise_makes_no_box() -> None:
    """Forty inputs that decide nothing: without a guard, peeling would find dense boxes."""
    boxes = []
    for seed in range(10):
        inputs = drawn(seed)
        truth = (np.random.default_rng(100 + seed).random((1, RUNS)) < 0.5).astype(float)
        found = discover(inputs, truth)
        assert found is not None
        boxes += [b for b in (found.holds, found.fails) if b is not None]
    # Each of some limits passes by chance at 5 %; what is stated of it is measured, not fitted.
    assert len(boxes) <= 10
    for box in boxes:
        inside = box.mass * box.cases
        assert abs(box.density - 0.5) < 4 * np.sqrt(0.25 / inside)
        assert not box.is_dense


def test_a_rival_structure_is_a_condition() -> None:
    inputs = drawn(2, 6)
    x = inputs.values
    truth = np.stack([x[0] > 0.5, x[0] > 0.5, np.zeros(RUNS)]).astype(float)
    found = discover(inputs, truth, ("abroad", "home", "networks"))
    assert found is not None
    assert found.holds is not None
    assert found.holds.structures == ("abroad", "home")
    assert [limit.input for limit in found.holds.limits] == ["x0"]
    assert found.holds.structures_p is not None
    assert found.holds.structures_p < 1e-6
    assert found.fails is not None
    assert found.fails.density > 0.85


def test_what_is_stated_is_measured_on_runs_that_had_no_part_in_it() -> None:
    """The last quarter is the other way round: the box is found, and its figures show that."""
    inputs = drawn(3, 4)
    truth = (inputs.values[1] > 0.5)[None].astype(float)
    turned = truth.copy()
    turned[:, 1500:] = 1 - turned[:, 1500:]
    straight, other = discover(inputs, truth), discover(inputs, turned)
    assert straight is not None
    assert other is not None
    assert straight.holds is not None
    assert other.holds is not None
    assert other.holds.limits[0].low == straight.holds.limits[0].low
    assert straight.holds.density > 0.85
    assert other.holds.density < 0.15


def test_too_few_cases_of_one_kind_tell_nothing() -> None:
    inputs = drawn(4, 3)
    truth = np.ones((1, RUNS))
    truth[0, :30] = 0
    assert discover(inputs, truth) is None


def test_undefined_cases_are_in_neither_group() -> None:
    inputs = drawn(5, 3)
    truth = (inputs.values[0] > 0.5)[None].astype(float)
    truth[:, ::10] = np.nan
    found = discover(inputs, truth)
    assert found is not None
    assert found.holds is not None
    assert found.holds.cases == RUNS // 4 - RUNS // 40
