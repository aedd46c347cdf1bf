"""Regional sensitivity against scipy's independent implementations."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ks_2samp, spearmanr

from headwater.analysis.regional import Inputs, drivers

RUNS = 2000


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    rng = np.random.default_rng(7)
    values = rng.random((4, RUNS))
    values[3] = np.floor(values[3] * 3)  # an input with many ties
    return Inputs(("a", "b", "c", "steps"), values)


def test_distance_is_the_two_sample_kolmogorov_smirnov_statistic(inputs: Inputs) -> None:
    truth = (inputs.values[0] + 0.3 * inputs.values[1] + 0.2 * inputs.values[3] > 0.8).astype(float)
    found = {d.name: d for d in drivers(inputs, truth[None, :], truth[None, :])}
    for name, values in zip(inputs.names, inputs.values, strict=True):
        expected = ks_2samp(values[truth == 1], values[truth == 0])
        if name in found:
            assert found[name].strength == pytest.approx(expected.statistic, abs=1e-12)
            assert found[name].measure == "distance"
        else:
            assert expected.statistic < 0.1 or expected.pvalue > 0.05 / len(inputs.names) / 1.1
    assert found["a"].direction == 1


def test_direction_is_negative_when_less_of_an_input_favours(inputs: Inputs) -> None:
    truth = (inputs.values[2] < 0.4).astype(float)
    top = drivers(inputs, truth[None, :], truth[None, :])[0]
    assert (top.name, top.direction) == ("c", -1)
    # The groups do not overlap, so the distributions are as far apart as they can be.
    assert top.strength == pytest.approx(1.0)


def test_undefined_cases_are_in_neither_group(inputs: Inputs) -> None:
    truth = (inputs.values[0] > 0.5).astype(float)
    truth[inputs.values[1] > 0.5] = np.nan
    kept = ~np.isnan(truth)
    expected = ks_2samp(
        inputs.values[3][kept & (truth == 1)], inputs.values[3][kept & (truth == 0)]
    )
    found = {d.name: d.strength for d in drivers(inputs, truth[None, :], truth[None, :])}
    assert found["a"] == pytest.approx(1.0)
    assert "steps" not in found or found["steps"] == pytest.approx(expected.statistic)


def test_correlation_takes_over_when_nearly_all_cases_agree(inputs: Inputs) -> None:
    truth = np.ones((1, RUNS))
    effect = inputs.values[1] ** 3 - 0.5 * inputs.values[0]
    found = drivers(inputs, truth, effect[None, :])
    for driver in found:
        values = inputs.values[inputs.names.index(driver.name)]
        rho = spearmanr(values, effect).statistic
        assert driver.measure == "correlation"
        assert driver.strength * driver.direction == pytest.approx(rho, abs=1e-12)
    assert {d.name for d in found} >= {"a", "b"}


def test_noise_is_no_driver() -> None:
    """Of 200 idle inputs, at 5 % each ten would seem to matter; together hardly ever one does."""
    rng = np.random.default_rng(3)
    idle = Inputs([f"x{n}" for n in range(200)], rng.random((200, 500)))
    truth = (rng.random((1, 500)) > 0.5).astype(float)
    assert drivers(idle, truth, truth) == ()


def test_variants_share_draws_and_do_not_make_noise_significant(inputs: Inputs) -> None:
    rng = np.random.default_rng(11)
    noise = (rng.random(RUNS) > 0.5).astype(float)
    once = {d.name for d in drivers(inputs, noise[None, :], noise[None, :])}
    tripled = {d.name for d in drivers(inputs, np.tile(noise, (3, 1)), np.tile(noise, (3, 1)))}
    assert once == tripled
