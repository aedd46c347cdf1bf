"""Fits of small cases: posteriors against closed forms, best values against least squares."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import optimize, stats

from calibration_cases import TIMES, line_case, linear_posterior
from headwater.analysis.calibration import checkpoint
from headwater.analysis.calibration import fit as fitting
from headwater.analysis.calibration.diagnostics import Convergence
from headwater.analysis.calibration.fit import Fit, Options, fit
from headwater.analysis.calibration.posterior import Chain
from headwater.analysis.calibration.problem import Problem, Question, pose
from headwater.analysis.calibration.sampler import Walkers
from headwater.analysis.calibration.summary import constant_rows, series_rows, warnings_of
from headwater.errors import DataError, HeadwaterError, UsageError
from headwater.model.measurement import LogNormalError, NormalError

QUIET = Options(progress=False)
VALUES = 1.5 + 0.4 * TIMES + np.random.default_rng(8).normal(0, 0.5, TIMES.size)
FREE = Question(free=("level", "slope"))


def fitted(problem: Problem) -> Fit:
    return fit(problem, QUIET)


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Fit:
    return fitted(pose(line_case(tmp_path_factory.mktemp("line"), VALUES), FREE))


def test_the_posterior_of_a_line_is_the_conjugate_one(line: Fit) -> None:
    mean, covariance = linear_posterior(VALUES, 0.5, np.diag([4.0, 1.0]))
    sd = np.sqrt(np.diag(covariance))
    # 2000 draws with over 1000 effective ones: 4 standard errors of a mean are 0.13 of the sd.
    assert (line.values.mean(axis=1) - mean) / sd == pytest.approx([0, 0], abs=0.13)
    assert line.values.std(axis=1) / sd == pytest.approx([1, 1], rel=0.1)
    exact = covariance[0, 1] / sd.prod()
    assert np.corrcoef(line.values)[0, 1] == pytest.approx(exact, abs=0.03)
    assert line.convergence.good


def test_its_best_values_are_the_conjugate_mean(line: Fit) -> None:
    """With Gaussian priors the density of the normal scores is highest there."""
    mean, covariance = linear_posterior(VALUES, 0.5, np.diag([4.0, 1.0]))
    gap = line.best - mean
    # The search ends when its members' log densities lie within 0.1 of each other.
    assert 0.5 * gap @ np.linalg.solve(covariance, gap) < 0.1
    expected = stats.norm.logpdf(VALUES, line.best[0] + line.best[1] * TIMES, 0.5).sum()
    assert line.best_payoff == pytest.approx(expected)


def test_correlated_priors_enter_the_posterior(tmp_path: Path) -> None:
    few = VALUES[:3]
    case = line_case(tmp_path, few, more="correlate level with slope at 0.8")
    found = fitted(pose(case, FREE))
    rho = 2 * np.sin(np.pi * 0.8 / 6)
    prior = np.array([[4.0, 2 * rho], [2 * rho, 1.0]])
    mean, covariance = linear_posterior(few, 0.5, prior)
    sd = np.sqrt(np.diag(covariance))
    assert (found.values.mean(axis=1) - mean) / sd == pytest.approx([0, 0], abs=0.13)
    assert found.values.std(axis=1) / sd == pytest.approx([1, 1], rel=0.1)


def test_the_best_values_of_other_errors_are_scipys(tmp_path: Path) -> None:
    """With priors as wide as a range ten thousand times the error, the payoff decides alone."""
    values = np.exp(0.3 + 0.05 * TIMES + np.random.default_rng(4).normal(0, 0.02, TIMES.size))
    wide = "range -2000 to 2000"
    case = line_case(tmp_path, values, "used error student(0.1, 3)", wide, wide)
    found = fitted(pose(case, FREE))

    def cost(x: np.ndarray) -> float:
        return -float(stats.t.logpdf(values, 3, x[0] + x[1] * TIMES, 0.1).sum())

    exact = optimize.minimize(cost, [1.3, 0.1], method="Nelder-Mead", options={"xatol": 1e-8})
    assert found.best_payoff == pytest.approx(-exact.fun, abs=0.05)
    assert found.best == pytest.approx(exact.x, abs=0.02)


def test_an_error_that_is_not_stated_is_estimated(tmp_path: Path) -> None:
    generator = np.random.default_rng(6)
    values = np.exp(np.log(20 + 2 * TIMES) + generator.normal(0, 0.1, TIMES.size))
    wide = "range 0 to 100"
    problem = pose(line_case(tmp_path, values, "used", wide, wide), FREE)
    (target,) = problem.targets
    assert target.error == LogNormalError(None)
    assert target.assumed
    found = fitted(problem)
    # The scale's 90% interval from 11 points is about 0.07 to 0.16; the truth is 0.1.
    low, high = np.quantile(found.scales[0], [0.01, 0.99])
    assert low < 0.1 < high
    (row,) = series_rows(found)
    assert (row.error, row.scale_is) == ("log-normal", "estimated")


def test_errors_that_persist_widen_the_posterior(tmp_path: Path) -> None:
    """Generalised least squares (Gelman and others, Bayesian Data Analysis, 14.7)."""
    values = 3 + 0.5 * TIMES + np.random.default_rng(8).normal(0, 0.5, 11)
    case = line_case(tmp_path, values, clause="used error normal(0.5) ar1(0.7)")
    found = fit(pose(case, Question(free=("level", "slope"))), Options(progress=False, draws=4000))
    together = 0.25 * 0.7 ** np.abs(TIMES[:, None] - TIMES[None, :])
    design = np.column_stack([np.ones_like(TIMES), TIMES])
    weights = np.linalg.inv(together)
    covariance = np.linalg.inv(design.T @ weights @ design + np.diag([1 / 4, 1.0]))
    mean = covariance @ design.T @ weights @ values
    deviation = np.sqrt(np.diag(covariance))
    assert found.values[:2].mean(axis=1) == pytest.approx(mean, abs=0.1 * deviation.max())
    assert found.values[:2].std(axis=1) == pytest.approx(deviation, rel=0.08)


def test_persistence_may_be_estimated(tmp_path: Path) -> None:
    values = 3 + 0.5 * TIMES + np.random.default_rng(8).normal(0, 0.5, 11)
    case = line_case(tmp_path, values, clause="used error normal ar1")
    problem = pose(case, Question(free=("level", "slope")))
    assert problem.prior.names == ("level", "slope", "persistence of line")
    found = fit(problem, Options(progress=False, ess=200))
    (row,) = series_rows(found)
    assert 0 < row.persistence < 0.98
    assert row.scale_is == "estimated"


def test_few_points_get_an_assumed_error(tmp_path: Path) -> None:
    case = line_case(tmp_path, VALUES[:4], "used", "range -9 to 9", "range -9 to 9")
    (target,) = pose(case, FREE).targets
    assert target.error == LogNormalError(0.1)
    case = line_case(tmp_path, VALUES[:4] - 5, "used", "range -9 to 9", "range -9 to 9")
    (target,) = pose(case, FREE).targets
    assert isinstance(target.error, NormalError)
    assert target.error.scale == pytest.approx(0.1 * np.sqrt(np.mean((VALUES[:4] - 5) ** 2)))


def test_by_default_uncertain_constants_upstream_are_fitted(tmp_path: Path) -> None:
    problem = pose(line_case(tmp_path, VALUES), Question())
    assert problem.prior.names == ("level", "slope")
    assert problem.free.discrete == ("kind",)


def test_a_period_and_other_values_are_kept_to(tmp_path: Path) -> None:
    case = line_case(tmp_path, VALUES)
    question = Question(free=("slope",), start=2, stop=6, given={"level": 3.0})
    problem = pose(case, question)
    assert problem.targets[0].times == pytest.approx([2, 3, 4, 5, 6])
    model = problem.simulate(np.array([[1.0, 2.0]]))
    assert model[:, 0] == pytest.approx(3 + np.arange(2, 7))
    assert model[:, 1] == pytest.approx(3 + 2 * np.arange(2, 7))


def test_data_may_be_an_expression(tmp_path: Path) -> None:
    case = line_case(tmp_path, VALUES, more="compare 2 * line with 2 * seen used")
    doubled, plain = pose(case, FREE).targets
    assert doubled.values == pytest.approx(2 * VALUES)
    assert doubled.times == pytest.approx(TIMES)
    assert plain.values == pytest.approx(VALUES)
    model = pose(case, FREE).simulate(np.array([[1.0], [2.0]]))[:, 0]
    assert model == pytest.approx(np.concatenate([2 + 4 * TIMES, 1 + 2 * TIMES]))


def test_posterior_checks_find_errors_that_come_in_runs(tmp_path: Path, line: Fit) -> None:
    (good,) = line.fitted
    assert 0.02 < good.p_mean < 0.98
    assert good.covered >= 8 / 11
    assert not any("come in runs" in w for w in warnings_of(line))
    bent = 1.5 + 0.4 * TIMES + 2 * np.sin(TIMES / 2)
    found = fitted(pose(line_case(tmp_path, bent), FREE))
    assert any("come in runs" in w for w in warnings_of(found))
    assert found.fitted[0].p_persistence < 0.01


def test_rows_say_how_much_the_data_narrowed(line: Fit) -> None:
    level, slope = constant_rows(line)
    _, covariance = linear_posterior(VALUES, 0.5, np.diag([4.0, 1.0]))
    assert level.narrowed == pytest.approx(1 - np.sqrt(covariance[0, 0]) / 2, abs=0.02)
    assert slope.narrowed == pytest.approx(1 - np.sqrt(covariance[1, 1]), abs=0.02)
    assert level.prior == pytest.approx(stats.norm(0, 2).ppf([0.05, 0.5, 0.95]))


def test_arviz_gets_the_whole_fit(line: Fit) -> None:
    data = line.to_arviz()
    mean, covariance = linear_posterior(VALUES, 0.5, np.diag([4.0, 1.0]))
    sd = np.sqrt(np.diag(covariance))
    for number, name in enumerate(("level", "slope")):
        # All draws of all walkers: over 1000 effective ones.
        found = float(data.posterior[name].mean())
        assert (found - mean[number]) / sd[number] == pytest.approx(0, abs=0.13)
    assert data.observed_data["line"].values == pytest.approx(VALUES)
    assert data.posterior_predictive["line"].shape == (1, 1000, TIMES.size)
    residuals = data.posterior_predictive["line"] - data.predictions["line"].values
    assert float(residuals.std()) == pytest.approx(0.5, rel=0.03)


class Stopped(Exception):
    pass


@pytest.mark.parametrize("stop_at", [3, 300])
def test_an_interrupted_fit_goes_on_as_if_nothing_had_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: Fit, stop_at: int
) -> None:
    problem = pose(line_case(tmp_path, VALUES), FREE)
    monkeypatch.setattr(fitting, "SAVED_EVERY", 0.0)
    written = []
    write = checkpoint.write_checkpoint

    def watched(state: checkpoint.Checkpoint, folder: Path) -> None:
        write(state, folder)
        written.append(state)
        if len(written) == stop_at:
            raise Stopped

    monkeypatch.setattr(fitting, "write_checkpoint", watched)
    with pytest.raises(Stopped):
        fit(problem, replace(QUIET, folder=tmp_path / "out"))
    assert (written[-1].chain is None) == (stop_at == 3)
    monkeypatch.setattr(fitting, "write_checkpoint", lambda *_: None)
    resumed = fit(problem, replace(QUIET, folder=tmp_path / "out", resume=True))
    assert np.array_equal(resumed.values, line.values)
    assert np.array_equal(resumed.best, line.best)
    assert resumed.runs == line.runs


def test_another_fit_is_not_resumed(tmp_path: Path) -> None:
    case = line_case(tmp_path, VALUES)
    first = pose(case, FREE)
    population = fitting.begin(first, 1)
    key = fitting._Work(first, QUIET).key
    checkpoint.write_checkpoint(checkpoint.Checkpoint(key, population, None, 7), tmp_path)
    assert checkpoint.read_checkpoint(tmp_path).runs == 7
    other = pose(case, replace(FREE, stop=8))
    with pytest.raises(UsageError, match="another fit"):
        fit(other, replace(QUIET, folder=tmp_path, resume=True))
    with pytest.raises(UsageError, match="nothing to resume"):
        fit(first, replace(QUIET, folder=tmp_path / "nowhere", resume=True))
    (tmp_path / checkpoint.CHECKPOINT).write_bytes(b"no archive")
    with pytest.raises(DataError, match="no checkpoint"):
        fit(first, replace(QUIET, folder=tmp_path, resume=True))


def test_a_chain_guesses_how_long_it_will_take() -> None:
    """Effective samples grow with the steps: half of them is half of the way."""
    chain = Chain(Walkers(np.zeros((4, 8, 1)), np.zeros((4, 8)), 100), [], ess=1000)
    assert chain.expected == 500
    seen = ((500, 250, 2000), (500, 990, 750), (750, 1200, 1000), (500, 1, 20_000))
    for step, ess, steps in seen:
        chain.walkers = Walkers(chain.walkers.places, chain.walkers.densities, step)
        chain.convergence = Convergence({"a": 1.5}, {"a": ess}, {"a": ess + 5})
        assert chain.expected == steps


def test_a_chain_thins_its_history_evenly() -> None:
    from headwater.analysis.calibration import posterior

    chain = Chain(Walkers(np.zeros((4, 24, 1)), np.zeros((4, 24))), [])
    for step in range(1, 2 * posterior.KEPT_STEPS + 1):
        chain.advance(lambda scores: -0.5 * (scores**2).sum(axis=0), 1)
        assert chain.walkers.step == step
        assert len(chain.kept) == step // chain.thin
        assert len(chain.kept) < posterior.KEPT_STEPS
        if step > posterior.KEPT_STEPS + 1:
            break
    assert chain.thin == 2
    assert np.array_equal(chain.kept[-1], chain.walkers.places) == (step % 2 == 0)


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (Question(free=("kind",)), "one of the values 1, 2"),
        (Question(free=("bare",)), "does not say which values"),
        (Question(free=("line",)), "computed by an equation"),
        (Question(free=("slop",)), "no variable `slop`"),
        (Question(free=("level",), given={"level": 1.0}), "is set and cannot be fitted"),
        (Question(series=("nothing",)), "compares no `nothing`"),
        (Question(start=50, stop=60), "no data lie in the period"),
        (Question(variant="other"), "no variant"),
    ],
)
def test_what_cannot_be_fitted_is_refused(tmp_path: Path, question: Question, message: str) -> None:
    with pytest.raises(HeadwaterError, match=message):
        pose(line_case(tmp_path, VALUES), question)


def test_data_must_suit_their_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not above 0"):
        pose(line_case(tmp_path / "a", VALUES - 5, "used error lognormal(0.1)"), FREE)
    with pytest.raises(DataError, match="not counts"):
        pose(line_case(tmp_path / "b", VALUES, "used error negative_binomial(0.1)"), FREE)


def test_random_functions_in_the_way_are_refused(tmp_path: Path) -> None:
    noisy = "compare shaken with seen used\naux shaken : 1 = line + RANDOM(0, 1)"
    case = line_case(tmp_path, VALUES, more=noisy)
    with pytest.raises(UsageError, match="random numbers"):
        pose(case, Question(series=("shaken",), free=("level",)))
    assert pose(case, Question(series=("line",), free=("level",))).points == TIMES.size


def test_a_prior_that_allows_nothing_is_an_error(tmp_path: Path) -> None:
    above = "uncertain uniform(0, 2)"
    upside_down = "compare 0 - line - 10 * level with seen used error lognormal(0.1)"
    case = line_case(tmp_path, VALUES + 5, "", "uncertain uniform(0.5, 2)", above, upside_down)
    with pytest.raises(HeadwaterError, match="none of 32 draws"):
        fitted(pose(case, FREE))
