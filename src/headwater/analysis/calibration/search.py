"""The best values: differential evolution over normal scores (Storn and Price 1997).

The algorithm is scipy's; every generation is one batch of runs. It goes in short stretches, each
with a random stream of its own, so that a search taken up from a checkpoint goes on exactly as it
would have done.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, differential_evolution

from headwater.analysis.calibration.problem import Problem
from headwater.errors import SimulationError

Floats = npt.NDArray[np.float64]

STRETCH = 5
MOST_GENERATIONS = 600
WIDEST = 6.0
"""Scores are searched between minus and plus this."""
AGREEMENT = 0.1
"""The search ends when the log densities of the whole population lie so close together."""
IMPOSSIBLE = 1e30


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """The state of a search: ``scores`` (members, numbers), ``densities`` (members,)."""

    scores: Floats
    densities: Floats
    generation: int

    @property
    def best(self) -> Floats:
        """The scores of the best member: (numbers,)."""
        return np.asarray(self.scores[int(np.argmax(self.densities))])

    @property
    def finished(self) -> bool:
        """Whether the members agree, or the search has gone on for long enough."""
        return self.generation >= MOST_GENERATIONS or float(np.ptp(self.densities)) < AGREEMENT


def population_size(numbers: int) -> int:
    """Return how many members a search over so many numbers has."""
    return int(np.clip(8 * numbers, 32, 256))


def begin(problem: Problem, seed: int) -> Population:
    """Return a population drawn from the prior.

    Raises :class:`SimulationError` where no draw has a payoff.
    """
    size = population_size(len(problem.prior.factors))
    scores = problem.prior.draw(size, seed)
    densities = problem.log_posterior(scores)
    if not np.isfinite(densities).any():
        raise _nothing_possible(problem, scores)
    return Population(scores.T, np.maximum(densities, -IMPOSSIBLE), 0)


def search(
    problem: Problem, population: Population, seed: int, count: Callable[[int], None]
) -> Iterator[Population]:
    """Yield the population every few generations until it agrees. ``count`` is told of runs."""

    # Vectorised, scipy hands over (numbers, members); its types know of one member only.
    def cost(scores: Any, /) -> Any:
        count(scores.shape[1])
        return np.minimum(-problem.log_posterior(scores), IMPOSSIBLE)

    numbers = population.scores.shape[1]
    while not population.finished:
        generator = np.random.default_rng([seed, 1, population.generation])
        with warnings.catch_warnings():
            # Scipy says that a stretch ended before it converged, which is what stretches do.
            warnings.simplefilter("ignore")
            result = differential_evolution(
                cost,
                Bounds(np.full(numbers, -WIDEST), np.full(numbers, WIDEST)),
                init=np.clip(population.scores, -WIDEST, WIDEST),
                maxiter=STRETCH,
                tol=0,
                polish=False,
                updating="deferred",
                vectorized=True,
                rng=generator,
            )
        population = Population(
            np.asarray(result.population, dtype=np.float64),
            -np.asarray(result.population_energies, dtype=np.float64),
            population.generation + STRETCH,
        )
        yield population


def _nothing_possible(problem: Problem, scores: Floats) -> SimulationError:
    values = problem.prior.values(scores)
    payoffs = problem.payoffs(values, problem.simulate(values))
    never = [
        t.label
        for t, row in zip(problem.targets, payoffs, strict=True)
        if not np.isfinite(row).any()
    ]
    return SimulationError(
        f"none of {scores.shape[1]} draws from the prior gives the data of "
        f"{', '.join(never) or 'all series at once'} any probability",
        hint="the model must be finite there, and above 0 for log-normal errors and counts",
    )
