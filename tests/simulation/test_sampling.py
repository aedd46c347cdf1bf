"""Designs: stratification, correlation, and what stays the same when an experiment grows."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from headwater.errors import ModelError, UsageError
from headwater.language.syntax import Number
from headwater.model.project import Project
from headwater.model.uncertainty import Correlation, LogNormal, Normal, Uncertainty, Uniform
from headwater.model.variables import Constant, Dimension, Equation
from headwater.simulation import sampling
from headwater.simulation.sampling import (
    DESIGNS,
    Factor,
    check_correlations,
    draw,
    factors_of,
    make_design,
)


def constant(name: str, uncertainty: Uncertainty | None, *dimensions: str) -> Constant:
    equation = Equation(Number(1.0), dimensions)
    return Constant(
        name=name, dimensions=dimensions, equations=(equation,), uncertainty=uncertainty
    )


PROJECT = Project(
    "p",
    (
        constant("Stay Length", Uncertainty(LogNormal(2.5, 1.3))),
        constant("wage", Uncertainty(Uniform(1, 4)), "host"),
        constant("cost", Uncertainty(Uniform(0, 1), shared=True), "host"),
        constant("fixed", None),
    ),
    dimensions=(Dimension("host", ("Russia", "turkey")),),
)


def plain(number: int) -> tuple[Factor, ...]:
    return tuple(
        Factor(f"f{i}", f"f{i}", (f"f{i}",), Uncertainty(Normal(i, 1))) for i in range(number)
    )


def test_factors_are_named_elements_in_order() -> None:
    factors = factors_of(PROJECT)
    assert [f.name for f in factors] == ["Stay Length", "wage[Russia]", "wage[turkey]", "cost"]
    assert [f.labels for f in factors] == [
        ("stay_length",),
        ("wage[russia]",),
        ("wage[turkey]",),
        ("cost[russia]", "cost[turkey]"),
    ]


def test_factors_can_be_fixed_or_given_another_uncertainty() -> None:
    new = Uncertainty(Uniform(-1, 1))
    given = ["wage[russia]", "cost[russia]", "stay_length"]
    factors = factors_of(PROJECT, fixed=given, uncertain={"FIXED": new, "Wage[Turkey]": new})
    assert [f.name for f in factors] == ["wage[turkey]", "cost", "fixed"]
    assert [f.uncertainty is new for f in factors] == [True, False, True]
    with pytest.raises(UsageError, match="stay_lenght"):
        factors_of(PROJECT, uncertain={"stay_lenght": new})


@pytest.mark.parametrize("kind", DESIGNS)
def test_marginals_are_uniform(kind: str) -> None:
    u = make_design(kind, 2048, 3, plain(5)).rows(0, 2048)
    assert u.shape == (5, 2048)
    for row in u:
        assert stats.kstest(row, "uniform").pvalue > 1e-4
    assert np.abs(np.corrcoef(u) - np.eye(5)).max() < 0.1


@pytest.mark.parametrize("runs", [1, 7, 100])
def test_latin_hypercube_puts_one_run_in_every_slice(runs: int) -> None:
    u = make_design("latin", runs, 11, plain(4)).rows(0, runs)
    for row in u:
        assert sorted(np.floor(row * runs).astype(int)) == list(range(runs))


def test_correlated_latin_hypercube_keeps_its_slices() -> None:
    rho = [Correlation("f0", "f2", 0.6)]
    u = make_design("latin", 500, 11, plain(3), rho).rows(0, 500)
    for row in u:
        assert sorted(np.floor(row * 500).astype(int)) == list(range(500))


def test_sobol_is_balanced() -> None:
    u = make_design("sobol", 1024, 5, plain(3)).rows(0, 1024)
    cells = np.floor(u * 8).astype(int)
    _, counts = np.unique(cells[:2].T, axis=0, return_counts=True)
    assert counts.tolist() == [16] * 64


@pytest.mark.parametrize("kind", DESIGNS)
@pytest.mark.parametrize("rho", [-0.8, 0.3, 0.95])
def test_spearman_correlation_is_what_was_stated(kind: str, rho: float) -> None:
    runs = 4096
    factors = plain(4)
    stated = [Correlation("f1", "f3", rho)]
    values = draw(factors, make_design(kind, runs, 2, factors, stated).rows(0, runs))
    found = stats.spearmanr(values[1], values[3]).statistic
    # The sampling error of Spearman's coefficient is below (1 - rho^2) * 1.2 / sqrt(runs).
    assert abs(found - rho) < 4 * 1.2 * (1 - rho**2) / np.sqrt(runs) + 1e-3
    for i, j in ((0, 1), (0, 3), (2, 3)):
        assert abs(stats.spearmanr(values[i], values[j]).statistic) < 0.08
    for value, factor in zip(values, factors, strict=True):
        mean = factor.uncertainty.distribution.mean
        assert stats.kstest(value, stats.norm(mean, 1).cdf).pvalue > 1e-4


def test_hypercubes_correlate_more_exactly_than_chance() -> None:
    stated = [Correlation("f0", "f1", 0.5), Correlation("f1", "f2", -0.4)]
    target = np.array([0.5, -0.4, 0.0])
    errors = []
    for seed in range(20):
        u = make_design("latin", 1000, seed, plain(3), stated).rows(0, 1000)
        found = stats.spearmanr(u.T).statistic
        errors.append([found[0, 1], found[1, 2], found[0, 2]] - target)
    assert np.sqrt(np.mean(np.square(errors))) < 0.5 / np.sqrt(1000)
    assert np.abs(np.mean(errors, axis=0)).max() < 0.01


def test_arrays_correlate_element_by_element() -> None:
    factors = factors_of(PROJECT, uncertain={"cost": Uncertainty(Uniform(0, 1))})
    stated = [Correlation("wage", "COST", 0.7)]
    u = make_design("latin", 2000, 1, factors, stated).rows(0, 2000)
    found = stats.spearmanr(u.T).statistic
    names = [f.name for f in factors]
    same = found[names.index("wage[Russia]"), names.index("cost[Russia]")]
    other = found[names.index("wage[Russia]"), names.index("cost[turkey]")]
    assert same == pytest.approx(0.7, abs=0.02)
    assert other == pytest.approx(0.0, abs=0.05)


def test_impossible_correlations_name_the_pairs() -> None:
    stated = [
        Correlation("f0", "f1", 0.9),
        Correlation("f1", "f2", 0.9),
        Correlation("f0", "f2", -0.9),
        Correlation("f3", "f4", 0.2),
    ]
    with pytest.raises(ModelError) as caught:
        make_design("latin", 10, 1, plain(5), stated)
    message = str(caught.value)
    assert all(pair in message for pair in ("f0 with f1", "f1 with f2", "f0 with f2"))
    assert "f3" not in message


@pytest.mark.parametrize(
    "bad",
    [
        Correlation("wage", "wage", 0.5),
        Correlation("wage[russia]", "cost", 1.5),
        Correlation("wage[russia]", "fixed", 0.5),
        Correlation("wage[nowhere]", "cost", 0.5),
        Correlation("wagen", "cost", 0.5),
    ],
)
def test_correlations_that_make_no_sense_are_refused(bad: Correlation) -> None:
    with pytest.raises((ModelError, UsageError)):
        check_correlations(PROJECT, [bad])


@pytest.mark.parametrize("kind", DESIGNS)
def test_same_seed_same_draws_whatever_the_slices(kind: str, monkeypatch) -> None:
    monkeypatch.setattr(sampling, "BLOCK", 64)
    stated = [Correlation("f0", "f1", 0.4)]
    whole = make_design(kind, 200, 4, plain(3), stated).rows(0, 200)
    again = make_design(kind, 200, 4, plain(3), stated)
    parts = [again.rows(a, min(a + 33, 200)) for a in range(0, 200, 33)]
    assert np.array_equal(whole, np.concatenate(parts, axis=1))
    other = make_design(kind, 200, 5, plain(3), stated).rows(0, 200)
    assert not np.array_equal(whole, other)


@pytest.mark.parametrize("kind", ["sobol", "random"])
def test_longer_experiments_begin_with_the_shorter(kind: str) -> None:
    stated = [Correlation("f0", "f1", 0.4)]
    short = make_design(kind, 100, 4, plain(3), stated).rows(0, 100)
    long = make_design(kind, 333, 4, plain(3), stated).rows(0, 333)
    assert np.array_equal(short, long[:, :100])


def test_whole_blocks_of_hypercubes_stay_the_same(monkeypatch) -> None:
    monkeypatch.setattr(sampling, "BLOCK", 64)
    short = make_design("latin", 128, 4, plain(3)).rows(0, 128)
    long = make_design("latin", 200, 4, plain(3)).rows(0, 200)
    assert np.array_equal(short, long[:, :128])


@pytest.mark.parametrize("kind", ["latin", "random"])
def test_other_factors_do_not_change_a_factors_draws(kind: str) -> None:
    few, many = plain(2), plain(6)
    a = make_design(kind, 50, 4, few).rows(0, 50)
    b = make_design(kind, 50, 4, many[::-1]).rows(0, 50)
    assert np.array_equal(a[1], b[::-1][1])


@pytest.mark.parametrize(
    ("kind", "runs", "seed"), [("grid", 10, 1), ("latin", 0, 1), ("sobol", 9, -1)]
)
def test_bad_arguments_are_refused(kind: str, runs: int, seed: int) -> None:
    with pytest.raises(UsageError):
        make_design(kind, runs, seed, plain(1))
