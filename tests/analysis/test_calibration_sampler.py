"""The ensemble sampler on densities that are known, and the normal scores of priors."""

import numpy as np
import pytest
from scipy import special, stats

from headwater.analysis.calibration.diagnostics import arviz, convergence
from headwater.analysis.calibration.prior import make_prior
from headwater.analysis.calibration.sampler import Walkers, advance
from headwater.model.uncertainty import (
    Beta,
    Correlation,
    LogNormal,
    Range,
    Triangular,
    Uncertainty,
    Uniform,
)
from headwater.simulation.sampling import Factor

CORRELATION = 0.95


def gaussian(scores: np.ndarray) -> np.ndarray:
    """Two numbers, correlated, of very different scales."""
    x, y = scores[0], scores[1] / 100
    return -(x * x - 2 * CORRELATION * x * y + y * y) / (2 * (1 - CORRELATION**2))


def started(ensembles: int = 4, count: int = 24, numbers: int = 2) -> Walkers:
    places = np.random.default_rng(5).standard_normal((ensembles, count, numbers))
    densities = gaussian(places.reshape(-1, numbers).T).reshape(ensembles, count)
    return Walkers(places, densities)


def sampled(steps: int) -> np.ndarray:
    walkers, places = started(), []
    for _ in range(steps):
        walkers = advance(walkers, gaussian, 1)
        places.append(walkers.places)
    return np.array(places)


def test_a_correlated_gaussian_is_sampled() -> None:
    history = sampled(3000)[500:]
    flat = history.reshape(-1, 2)
    # About 10,000 effective draws: 4 standard errors of a mean are 0.04 of its scale.
    assert flat.mean(axis=0) / [1, 100] == pytest.approx([0, 0], abs=0.04)
    assert flat.std(axis=0) / [1, 100] == pytest.approx([1, 1], rel=0.03)
    assert np.corrcoef(flat.T)[0, 1] == pytest.approx(CORRELATION, abs=0.005)
    thinned = history[::50, :, ::6, 0].ravel()
    assert stats.kstest(thinned, stats.norm.cdf).pvalue > 1e-3


def test_a_step_depends_on_seed_and_number_only() -> None:
    long = started()
    for _ in range(6):
        long = advance(long, gaussian, 3)
    part = started()
    for _ in range(3):
        part = advance(part, gaussian, 3)
    resumed = Walkers(part.places.copy(), part.densities.copy(), part.step, part.accepted)
    for _ in range(3):
        resumed = advance(resumed, gaussian, 3)
    assert np.array_equal(resumed.places, long.places)
    assert resumed.accepted == pytest.approx(long.accepted)
    other = advance(started(), gaussian, 4)
    assert not np.array_equal(other.places, advance(started(), gaussian, 3).places)


def test_densities_stay_those_of_the_places() -> None:
    walkers = started()
    for _ in range(20):
        walkers = advance(walkers, gaussian, 1)
    expected = gaussian(walkers.places.reshape(-1, 2).T).reshape(walkers.densities.shape)
    assert walkers.densities == pytest.approx(expected)


def test_nothing_moves_to_where_nothing_is_possible() -> None:
    def half(scores: np.ndarray) -> np.ndarray:
        return np.where(scores[0] > 0, gaussian(scores), -np.inf)

    walkers = started()
    walkers.places[..., 0] = np.abs(walkers.places[..., 0])
    walkers = Walkers(walkers.places, half(walkers.places.reshape(-1, 2).T).reshape(4, 24))
    for _ in range(50):
        walkers = advance(walkers, half, 1)
    assert (walkers.places[..., 0] > 0).all()


def test_convergence_is_arvizs() -> None:
    history = sampled(400)[200:]
    found = convergence(history, ["a", "b"])
    az = arviz()
    chains = history[..., 1].reshape(200, -1).T
    assert found.ess_bulk["b"] == pytest.approx(float(az.ess(chains, method="bulk")))
    assert found.ess_tail["b"] == pytest.approx(float(az.ess(chains, method="tail")))
    data = az.from_dict(posterior={"b": history[..., 1].transpose(1, 0, 2).reshape(4, -1)})
    assert found.rhat["b"] == pytest.approx(float(az.rhat(data)["b"]))


def test_ensembles_that_disagree_are_found_out() -> None:
    history = np.random.default_rng(1).standard_normal((300, 4, 10, 1))
    assert convergence(history, ["x"]).good
    history[:, 0] += 1.0
    found = convergence(history, ["x"])
    # Of eight half chains two have the mean 1: their variance is 8/7 * 3/16, that within is 1.
    assert found.worst_rhat == pytest.approx(np.sqrt(1 + 8 / 7 * 3 / 16), abs=0.03)
    assert not found.good


def test_effective_sizes_of_persistent_walkers_are_small() -> None:
    """An AR(1) chain of coefficient r is worth (1 - r) / (1 + r) of its length."""
    r, steps = 0.9, 2000
    generator = np.random.default_rng(2)
    noise = generator.standard_normal((steps, 4, 6, 1))
    chain = np.empty_like(noise)
    chain[0] = noise[0]
    for k in range(1, steps):
        chain[k] = r * chain[k - 1] + np.sqrt(1 - r * r) * noise[k]
    found = convergence(chain, ["x"])
    assert found.ess_bulk["x"] == pytest.approx(steps * 24 * (1 - r) / (1 + r), rel=0.2)


DISTRIBUTIONS = (
    Uncertainty(Uniform(2, 5)),
    Uncertainty(LogNormal(3, 1.5), Range(2, 6)),
    Uncertainty(Triangular(0, 1, 4)),
    Uncertainty(Beta(2, 3)),
)
FACTORS = tuple(Factor(f"x{k}", f"x{k}", (f"x{k}",), u) for k, u in enumerate(DISTRIBUTIONS))


def test_scores_stand_for_quantiles() -> None:
    prior = make_prior(FACTORS, ())
    u = np.array([0.05, 0.5, 0.95])
    values = prior.values(np.tile(special.ndtri(u), (4, 1)))
    assert values[0] == pytest.approx(2 + 3 * u)
    cut = stats.lognorm(np.log(1.5), scale=3)
    low, high = cut.cdf(2), cut.cdf(6)
    assert values[1] == pytest.approx(cut.ppf(low + u * (high - low)))
    assert values[2] == pytest.approx(stats.triang(0.25, 0, 4).ppf(u))
    assert values[3] == pytest.approx(stats.beta(2, 3).ppf(u))


def test_the_prior_of_scores_is_gaussian_with_the_stated_correlations() -> None:
    prior = make_prior(FACTORS, (Correlation("x0", "x2", 0.6), Correlation("x1", "gone", 0.3)))
    matrix = np.eye(4)
    matrix[0, 2] = matrix[2, 0] = 2 * np.sin(np.pi * 0.6 / 6)
    points = np.random.default_rng(1).standard_normal((4, 5))
    exact = stats.multivariate_normal(np.zeros(4), matrix).logpdf(points.T)
    found = prior.log_density(points)
    assert found - found[0] == pytest.approx(exact - exact[0])
    drawn = prior.draw(4000, 1)
    rho = stats.spearmanr(drawn[0], drawn[2]).statistic
    # Four standard errors of a rank correlation from 4000 draws.
    assert rho == pytest.approx(0.6, abs=0.045)
    assert drawn.mean(axis=1) == pytest.approx(np.zeros(4), abs=0.07)
