"""Shares of variance from given data, against functions whose indices are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import qmc

from headwater.analysis.given_data import first_order
from headwater.analysis.regional import Inputs


def sampled(count: int, runs: int, seed: int) -> Inputs:
    """Uniform inputs on 0 … 1, by a Latin hypercube."""
    points = qmc.LatinHypercube(count, rng=seed).random(runs).T
    return Inputs([f"x{k}" for k in range(count)], points)


def ishigami(u: np.ndarray) -> np.ndarray:
    """Ishigami and Homma 1990, with a = 7 and b = 0.1."""
    x = np.pi * (2 * u - 1)
    return np.asarray(np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0]))


def test_ishigami() -> None:
    a, b, pi = 7.0, 0.1, np.pi
    first = 0.5 * (1 + b * pi**4 / 5) ** 2
    variance = first + a**2 / 8 + b**2 * pi**8 * 8 / 225
    inputs = sampled(3, 20_000, 1)
    found = first_order(inputs, ishigami(inputs.values)[None, :, None])
    expected = [first / variance, a**2 / 8 / variance, 0]
    assert found.shares[:, 0] == pytest.approx(expected, abs=0.02)
    assert found.noticeable[:, 0].tolist() == [True, True, False]
    assert found.directions[0, 0] == 1


def test_a_linear_function_has_the_squares_of_its_slopes() -> None:
    slopes = np.array([3.0, -2.0, 1.0, 0.0])
    inputs = sampled(4, 5_000, 2)
    found = first_order(inputs, (slopes @ inputs.values)[None, :, None])
    assert found.shares[:, 0] == pytest.approx(slopes**2 / 14, abs=0.02)
    assert found.directions[:3, 0].tolist() == [1, -1, 1]


def test_intervals_cover_the_truth() -> None:
    slopes = np.array([3.0, -2.0, 1.0])
    truth = slopes**2 / (slopes**2).sum()
    inside = 0
    for seed in range(60):
        points = np.random.default_rng(seed).random((3, 600))
        found = first_order(Inputs(["a", "b", "c"], points), (slopes @ points)[None, :, None])
        inside += int((np.abs(found.shares[:, 0] - truth) <= found.half_widths[:, 0]).sum())
    assert 0.85 * 180 <= inside <= 180


def test_noise_is_not_taken_for_influence() -> None:
    generator = np.random.default_rng(4)
    inputs = Inputs([f"x{k}" for k in range(100)], generator.random((100, 1000)))
    found = first_order(inputs, generator.normal(size=(3, 1000, 4)))
    assert found.noticeable.sum() <= 2
    assert found.shares.mean() < 0.005


def test_the_structure_takes_its_own_share() -> None:
    inputs = sampled(2, 2_000, 5)
    own = np.sqrt(12) * (inputs.values[0] - 0.5)  # variance 1
    outcome = np.stack([own - 1.0, own + 1.0])[:, :, None]  # between structures: variance 1
    found = first_order(inputs, outcome)
    assert found.structures[0] == pytest.approx(0.5, abs=0.01)
    assert found.shares[:, 0] == pytest.approx([0.5, 0.0], abs=0.02)


def test_values_that_come_in_steps_stay_together() -> None:
    steps = np.repeat([0.0, 1.0], [300, 700])
    outcome = np.where(steps == 1.0, 4.0, 0.0) + np.random.default_rng(6).normal(size=1000)
    found = first_order(Inputs(["switch"], steps[None]), outcome[None, :, None])
    between = 16 * 0.3 * 0.7
    assert found.shares[0, 0] == pytest.approx(between / (between + 1), abs=0.03)


def test_missing_values_and_outcomes_that_stand_still() -> None:
    inputs = sampled(2, 500, 7)
    outcome = np.stack([inputs.values[0], np.full(500, 3.0)], axis=-1)[None]
    outcome[0, :100, 0] = np.nan
    found = first_order(inputs, outcome)
    assert found.runs.tolist() == [400, 500]
    assert found.shares[0, 0] > 0.95 and not found.shares[:, 1].any()
    assert not found.noticeable[:, 1].any()
