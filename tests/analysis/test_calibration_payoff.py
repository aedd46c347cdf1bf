"""Densities of measurement errors against scipy's, and a scale integrated out by quadrature."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from headwater.analysis.calibration.payoff import (
    draw_data,
    draw_scale,
    log_density,
    log_density_unscaled,
)
from headwater.model.measurement import (
    LogNormalError,
    NegativeBinomialError,
    NormalError,
    StudentError,
)

MODEL = np.array([[1.0, 2.5], [3.0, 0.7], [8.0, 12.0]])
DATA = np.array([2.0, 1.0, 9.0])
SCALE = np.array([0.3, 1.7])


def test_normal_density_is_scipys() -> None:
    expected = stats.norm.logpdf(DATA[:, None], MODEL, SCALE).sum(axis=0)
    assert log_density(NormalError(), SCALE, MODEL, DATA) == pytest.approx(expected, rel=1e-12)


def test_log_normal_density_is_scipys() -> None:
    expected = stats.lognorm.logpdf(DATA[:, None], SCALE, scale=MODEL).sum(axis=0)
    assert log_density(LogNormalError(), SCALE, MODEL, DATA) == pytest.approx(expected, rel=1e-12)


def test_students_density_is_scipys() -> None:
    expected = stats.t.logpdf(DATA[:, None], 3.5, MODEL, SCALE).sum(axis=0)
    found = log_density(StudentError(degrees=3.5), SCALE, MODEL, DATA)
    assert found == pytest.approx(expected, rel=1e-12)


@given(st.floats(0.01, 3), st.floats(0.1, 1e4), st.integers(0, 10_000))
def test_negative_binomial_density_is_scipys(scale: float, mean: float, count: int) -> None:
    size = 1 / scale**2
    expected = stats.nbinom.logpmf(count, size, size / (size + mean))
    error = NegativeBinomialError()
    found = log_density(error, np.array([scale]), np.array([[mean]]), np.array([float(count)]))
    # Both subtract log-gammas of the size of 1 / scale²: 1e-10 of that is lost.
    assert found[0] == pytest.approx(expected, rel=1e-8, abs=1e-8)


def test_without_a_scale_counts_are_poissons() -> None:
    expected = stats.poisson.logpmf(DATA[:, None], MODEL).sum(axis=0)
    found = log_density(NegativeBinomialError(), np.zeros(2), MODEL, DATA)
    assert found == pytest.approx(expected, rel=1e-12)


def test_a_mean_of_nothing_allows_no_count_but_zero() -> None:
    model = np.zeros((1, 1))
    error, scale = NegativeBinomialError(), np.array([0.5])
    assert log_density(error, scale, model, np.array([0.0]))[0] == 0
    assert log_density(error, scale, model, np.array([1.0]))[0] == -np.inf


@pytest.mark.parametrize("bad", [np.nan, np.inf, -1.0, 0.0])
def test_a_run_that_the_error_does_not_allow_is_impossible(bad: float) -> None:
    model = np.array([[1.0, 1.0], [bad, 1.0]])
    found = log_density(LogNormalError(), np.array([0.1, 0.1]), model, np.array([1.0, 1.0]))
    assert found[0] == -np.inf
    assert np.isfinite(found[1])


@pytest.mark.parametrize("error", [NormalError(), LogNormalError()])
def test_a_scale_that_is_not_known_is_integrated_out(error: NormalError | LogNormalError) -> None:
    reference = 0.05

    def integrand(x: float) -> float:
        """Likelihood where the scale is reference / x, with a half-normal x."""
        scale = np.array([reference / x])
        density = log_density(error, scale, MODEL[:, :1], DATA)[0]
        return float(np.exp(density) * 2 * stats.norm.pdf(x))

    expected, _ = integrate.quad(integrand, 0, 12, epsabs=0, epsrel=1e-11, limit=400)
    found = log_density_unscaled(error, reference, MODEL[:, :1], DATA)[0]
    assert found == pytest.approx(np.log(expected), rel=1e-8)


def test_draws_of_such_a_scale_follow_its_posterior() -> None:
    reference, runs = 0.05, 40_000
    model = np.repeat(MODEL[:, :1], runs, axis=1)
    drawn = draw_scale(NormalError(), reference, model, DATA, np.random.default_rng(1))
    squares = float(((DATA - MODEL[:, 0]) ** 2).sum())
    exact = stats.invgamma((len(DATA) + 1) / 2, scale=(reference**2 + squares) / 2)
    assert stats.kstest(drawn**2, exact.cdf).pvalue > 1e-3


@pytest.mark.parametrize(
    ("error", "scale", "exact"),
    [
        (NormalError(), 0.7, stats.norm(5, 0.7)),
        (LogNormalError(), 0.4, stats.lognorm(0.4, scale=5)),
        (StudentError(degrees=3), 0.7, stats.t(3, 5, 0.7)),
    ],
)
def test_made_up_data_follow_their_error(error, scale, exact) -> None:
    drawn = draw_data(error, np.array(scale), np.full((1, 20_000), 5.0), np.random.default_rng(2))
    assert stats.kstest(drawn[0], exact.cdf).pvalue > 1e-3


def test_made_up_counts_have_mean_and_variance_of_a_negative_binomial() -> None:
    error, scale = NegativeBinomialError(), 0.6
    drawn = draw_data(error, np.array(scale), np.full((1, 200_000), 5.0), np.random.default_rng(3))
    assert drawn.mean() == pytest.approx(5, rel=0.01)
    assert drawn.var() == pytest.approx(5 + 25 * scale**2, rel=0.03)
    assert (drawn == np.rint(drawn)).all()


TIMES = np.array([0.0, 1.0, 3.5])
TIES = 0.6 ** np.diff(TIMES)[:, None]
TOGETHER = 0.6 ** np.abs(TIMES[:, None] - TIMES[None, :])
"""Correlations of errors that persist: what the process is defined by."""


@pytest.mark.parametrize("error", [NormalError(), LogNormalError()])
def test_errors_that_persist_are_multivariate_normal(error: NormalError | LogNormalError) -> None:
    logs = isinstance(error, LogNormalError)
    gaps = np.log(DATA[:, None] / MODEL) if logs else DATA[:, None] - MODEL
    expected = [
        stats.multivariate_normal.logpdf(gap, np.zeros(3), scale**2 * TOGETHER)
        for gap, scale in zip(gaps.T, SCALE, strict=True)
    ]
    found = log_density(error, SCALE, MODEL, DATA, TIES)
    assert found == pytest.approx(np.array(expected) - (np.log(DATA).sum() if logs else 0))


def test_their_scale_is_integrated_out_too() -> None:
    reference = 0.05

    def integrand(x: float) -> float:
        density = log_density(
            LogNormalError(), np.array([reference / x]), MODEL[:, :1], DATA, TIES
        )[0]
        return float(np.exp(density) * 2 * stats.norm.pdf(x))

    expected, _ = integrate.quad(integrand, 0, 12, epsabs=0, epsrel=1e-11, limit=400)
    found = log_density_unscaled(LogNormalError(), reference, MODEL[:, :1], DATA, TIES)[0]
    assert found == pytest.approx(np.log(expected), rel=1e-8)


def test_made_up_errors_persist_as_stated() -> None:
    model = np.zeros((3, 200_000))
    generator = np.random.default_rng(4)
    drawn = draw_data(NormalError(), np.array(2.0), model, generator, TIES)
    assert np.cov(drawn) == pytest.approx(4 * TOGETHER, abs=0.05)
