"""Whether to believe a posterior: agreement of the ensembles, and data that it would have given.

R-hat (rank-normalised and split), effective sample sizes and the store of results are ArviZ's
(Vehtari and others 2021, *Bayesian Analysis* 16; Kumar and others 2019, *Journal of Open Source
Software* 4).
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from headwater.analysis.calibration.problem import Problem
from headwater.errors import MissingExtra

Floats = npt.NDArray[np.float64]

LARGEST_RHAT, LEAST_ESS = 1.01, 1000.0
INTERVAL = 0.9


@dataclass(frozen=True, slots=True)
class Convergence:
    """R-hat and effective sample sizes (bulk and tails) of each number, by its name."""

    rhat: Mapping[str, float]
    ess_bulk: Mapping[str, float]
    ess_tail: Mapping[str, float]

    @property
    def worst_rhat(self) -> float:
        """The largest R-hat."""
        return max(self.rhat.values(), default=1.0)

    @property
    def least_ess(self) -> float:
        """The smallest effective sample size."""
        return min([*self.ess_bulk.values(), *self.ess_tail.values()], default=0.0)

    @property
    def good(self) -> bool:
        """Whether R-hat is at most 1.01 and the effective sample size at least 1000 throughout."""
        return self.enough(LEAST_ESS)

    def enough(self, ess: float) -> bool:
        """Whether R-hat is at most 1.01 and the effective sample sizes are at least ``ess``."""
        return self.worst_rhat <= LARGEST_RHAT and self.least_ess >= ess


@dataclass(frozen=True, slots=True)
class Fitted:
    """How a posterior agrees with one series.

    ``covered`` is the share of data points within the 90% interval of what might have been
    measured. The *p* are shares of replicated series whose mean, or whose correlation between one
    point's residual and the next, is at least the data's; near 0 or 1 the model cannot give such
    data. ``persistence`` is that correlation: above about 0.3 errors come in runs, points are worth
    less than they count for, and intervals are too narrow. NaN where there are too few points.
    """

    label: str
    points: int
    covered: float
    p_mean: float
    p_persistence: float
    persistence: float


def arviz() -> ModuleType:
    """Return ArviZ, or raise :class:`MissingExtra`."""
    with warnings.catch_warnings():
        # ArviZ announces its next version once a day.
        warnings.simplefilter("ignore")
        try:
            import arviz as package
        except ImportError:
            raise MissingExtra(
                "the diagnostics of a fit need ArviZ",
                hint="install it with: pip install 'headwater[fit]'",
            ) from None
    module: ModuleType = package
    return module


def convergence(settled: Floats, names: Sequence[str]) -> Convergence:
    """Return the diagnostics of a sample: (steps, ensembles, walkers, numbers).

    For R-hat the chains are the ensembles, which know nothing of each other: walkers pooled, in the
    manner of the nested R-hat for many short chains (Margossian and others 2024, *Bayesian
    Analysis*). For effective sample sizes they are the walkers, so that a walker which stays where
    it is counts for little.
    """
    az = arviz()
    steps, ensembles, walkers, _ = settled.shape
    rhat, bulk, tail = {}, {}, {}
    for number, name in enumerate(names):
        own = settled[..., number]
        chains = own.reshape(steps, ensembles * walkers).T
        pooled = own.transpose(1, 0, 2).reshape(ensembles, steps * walkers)
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rhat[name] = float(az.rhat(pooled))
            bulk[name] = float(az.ess(chains, method="bulk"))
            tail[name] = float(az.ess(chains, method="tail"))
    return Convergence(rhat, bulk, tail)


def check_predictions(problem: Problem, model: Floats, replicated: Floats) -> tuple[Fitted, ...]:
    """Return how replicated data, (points, draws), look beside the real ones, series by series."""
    found = []
    for target, runs, copies in zip(
        problem.targets, problem.split(model), problem.split(replicated), strict=True
    ):
        low, high = np.quantile(copies, [(1 - INTERVAL) / 2, (1 + INTERVAL) / 2], axis=1)
        seen = target.values
        own = _persistence(seen[:, None] - runs)
        others = _persistence(copies - runs)
        found.append(
            Fitted(
                label=target.label,
                points=seen.size,
                covered=float(np.mean((seen >= low) & (seen <= high))),
                p_mean=float(np.mean(copies.mean(axis=0) >= seen.mean())),
                p_persistence=float(np.mean(others >= own)) if seen.size > 3 else np.nan,
                persistence=float(np.median(own)) if seen.size > 3 else np.nan,
            )
        )
    return tuple(found)


def inference_data(
    problem: Problem, settled: Floats, model: Floats, replicated: Floats
) -> Any:  # ArviZ has no types
    """Return a whole fit as ArviZ's own object, for its plots and comparisons.

    ``settled`` are scores, (steps, ensembles, walkers, numbers); the constants are given in their
    own units, a chain for each walker. ``model`` and ``replicated`` are (points, draws): the
    groups ``predictions`` and ``posterior_predictive``, a variable for each series.
    """
    az = arviz()
    steps, ensembles, walkers, numbers = settled.shape
    flat = settled.reshape(-1, numbers).T
    values = problem.prior.values(flat).reshape(numbers, steps, ensembles * walkers)
    labels = [t.label for t in problem.targets]
    with warnings.catch_warnings():
        # ArviZ takes many chains of few draws for an array the wrong way round.
        warnings.simplefilter("ignore")
        return az.from_dict(
            posterior={n: v.T for n, v in zip(problem.prior.names, values, strict=True)},
            posterior_predictive={
                n: part.T[None] for n, part in zip(labels, problem.split(replicated), strict=True)
            },
            predictions={n: p.T[None] for n, p in zip(labels, problem.split(model), strict=True)},
            observed_data={t.label: t.values for t in problem.targets},
        )


def _persistence(residuals: Floats) -> Floats:
    """Return the correlation of neighbouring rows: (points, runs) to (runs,)."""
    if len(residuals) < 3:
        return np.full(residuals.shape[1], np.nan)
    centred = residuals - residuals.mean(axis=0)
    with np.errstate(all="ignore"):
        return np.asarray((centred[1:] * centred[:-1]).sum(axis=0) / (centred**2).sum(axis=0))
