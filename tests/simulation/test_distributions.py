"""Quantile functions against scipy's distributions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from headwater.errors import ModelError
from headwater.model.uncertainty import (
    Beta,
    Discrete,
    LogNormal,
    Normal,
    Range,
    Triangular,
    Uncertainty,
    Uniform,
)
from headwater.simulation.distributions import quantile, support

U = np.linspace(0.0005, 0.9995, 1999)

PAIRS = [
    (Uniform(-2, 5), stats.uniform(-2, 7)),
    (Triangular(1, 2, 6), stats.triang(0.2, 1, 5)),
    (Triangular(1, 1, 6), stats.triang(0.0, 1, 5)),
    (Triangular(1, 6, 6), stats.triang(1.0, 1, 5)),
    (Normal(3, 0.5), stats.norm(3, 0.5)),
    (LogNormal(2.5, 1.3), stats.lognorm(np.log(1.3), scale=2.5)),
    (Beta(2, 5), stats.beta(2, 5)),
    (Beta(0.7, 3, -1, 4), stats.beta(0.7, 3, -1, 5)),
]


@pytest.mark.parametrize(("ours", "theirs"), PAIRS, ids=lambda p: type(p).__name__)
def test_quantiles_are_scipys(ours, theirs) -> None:
    np.testing.assert_allclose(quantile(Uncertainty(ours), U), theirs.ppf(U), rtol=1e-9)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS, ids=lambda p: type(p).__name__)
def test_truncation_renormalises(ours, theirs) -> None:
    low, high = theirs.ppf([0.2, 0.7])
    values = quantile(Uncertainty(ours, Range(low, high)), U)
    np.testing.assert_allclose(values, theirs.ppf(0.2 + U * 0.5), rtol=1e-9)
    assert values.min() >= low
    assert values.max() <= high


@pytest.mark.parametrize(("low", "high"), [(-1.0, 2.0), (9.0, 12.0), (-12.0, -9.0), (8, np.inf)])
def test_truncated_normal_keeps_its_digits_in_the_tails(low: float, high: float) -> None:
    values = quantile(Uncertainty(Normal(0, 1), Range(low, high)), U)
    np.testing.assert_allclose(values, stats.truncnorm(low, high).ppf(U), rtol=1e-7)


def test_lognormal_is_given_by_its_median_and_geometric_deviation() -> None:
    values = quantile(Uncertainty(LogNormal(2.5, 1.3)), stats.norm.cdf([-1, 0, 1]))
    np.testing.assert_allclose(values, [2.5 / 1.3, 2.5, 2.5 * 1.3], rtol=1e-12)


def test_discrete_shares_are_its_weights() -> None:
    values = quantile(
        Uncertainty(Discrete((3.0, 1.0, 2.0), (1, 5, 2))), (np.arange(800) + 0.5) / 800
    )
    found, counts = np.unique(values, return_counts=True)
    assert found.tolist() == [1, 2, 3]
    assert counts.tolist() == [500, 200, 100]
    assert (np.diff(values) >= 0).all()


def test_discrete_truncation_drops_values_outside() -> None:
    values = quantile(Uncertainty(Discrete((1.0, 2.0, 3.0), (1, 1, 1)), Range(1.5, 9)), U)
    assert set(values) == {2.0, 3.0}


@given(
    st.sampled_from([p[0] for p in PAIRS] + [Discrete((0.0, 4.0), (1, 2))]),
    st.lists(st.floats(0, 1), min_size=2, max_size=20),
)
def test_values_are_finite_ordered_and_inside(distribution, u) -> None:
    uncertainty = Uncertainty(distribution)
    values = quantile(uncertainty, np.array(sorted(u)))
    limits = support(uncertainty)
    assert np.isfinite(values).all()
    assert (np.diff(values) >= 0).all()
    assert limits.low <= values.min()
    assert values.max() <= limits.high


@pytest.mark.parametrize(
    "uncertainty",
    [
        Uncertainty(Uniform(2, 2)),
        Uncertainty(Uniform(0, np.inf)),
        Uncertainty(Triangular(0, 5, 4)),
        Uncertainty(Normal(0, 0)),
        Uncertainty(LogNormal(1, 1)),
        Uncertainty(LogNormal(-1, 2)),
        Uncertainty(Beta(0, 1)),
        Uncertainty(Beta(1, 1, 3, 2)),
        Uncertainty(Discrete((), ())),
        Uncertainty(Discrete((1.0,), (0.0,))),
        Uncertainty(Discrete((1.0, 2.0), (1.0, -1.0))),
        Uncertainty(Normal(0, 1), Range(2, 1)),
        Uncertainty(Uniform(0, 1), Range(2, 3)),
        Uncertainty(LogNormal(1, 2), Range(-2, -1)),
        Uncertainty(Discrete((1.0, 2.0), (1, 1)), Range(5, 6)),
    ],
)
def test_what_is_no_distribution_is_refused(uncertainty: Uncertainty) -> None:
    with pytest.raises(ModelError):
        quantile(uncertainty, U)
