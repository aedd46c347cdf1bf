"""All plausible values: independent ensembles of walkers, run until they agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headwater.analysis.calibration.diagnostics import LEAST_ESS, Convergence, convergence
from headwater.analysis.calibration.problem import Problem
from headwater.analysis.calibration.sampler import Density, Walkers, advance

Floats = npt.NDArray[np.float64]

ENSEMBLES = 4
LEAST_STEPS = 500
CHECKED_EVERY = 250
MOST_STEPS = 20_000
KEPT_STEPS = 2_000
TRIED_WIDTHS = 2.0 ** -np.arange(0, 14)


@dataclass(slots=True, eq=False)
class Chain:
    """The state of the sampling: the walkers, and where they were at every ``thin``-th step.

    The first half of what is kept is warm-up. Sampling ends when R-hat is good and effective
    sample sizes are at least ``ess``.
    """

    walkers: Walkers
    kept: list[Floats]
    thin: int = 1
    convergence: Convergence | None = None
    ess: float = LEAST_ESS

    @property
    def settled(self) -> Floats:
        """The second half: (steps, ensembles, walkers, numbers)."""
        return np.array(self.kept[len(self.kept) // 2 :])

    @property
    def finished(self) -> bool:
        """Whether the ensembles agree, or the sampling has gone on for long enough."""
        if self.walkers.step >= MOST_STEPS:
            return True
        return self.convergence is not None and self.convergence.enough(self.ess)

    @property
    def expected(self) -> int:
        """How many steps it will take, by the effective sample sizes so far; it is a guess."""
        step = self.walkers.step
        if self.convergence is None:
            return max(LEAST_STEPS, step)
        needed = step * self.ess / max(1.0, self.convergence.least_ess)
        checks = max(-(-needed // CHECKED_EVERY), step // CHECKED_EVERY + 1)
        return int(min(MOST_STEPS, checks * CHECKED_EVERY))

    def advance(self, density: Density, seed: int) -> None:
        """Take one step."""
        self.walkers = advance(self.walkers, density, seed)
        if self.walkers.step % self.thin == 0:
            self.kept.append(self.walkers.places)
        if len(self.kept) >= KEPT_STEPS:
            self.kept, self.thin = self.kept[1::2], 2 * self.thin

    def check(self, names: Sequence[str], *, due: bool = True) -> None:
        """Find out whether the ensembles agree; with ``due`` only every so many steps."""
        step = self.walkers.step
        if not due or (step >= LEAST_STEPS and step % CHECKED_EVERY == 0):
            self.convergence = convergence(self.settled, names)

    def draws(self, count: int, seed: int) -> Floats:
        """Return ``count`` draws of the posterior, (count, numbers), without repetition if it can.

        They are taken at random from the second half, all walkers alike.
        """
        settled = self.settled
        pool = settled.reshape(-1, settled.shape[-1])
        generator = np.random.default_rng([seed, 3])
        if count <= len(pool):
            return np.asarray(pool[generator.permutation(len(pool))[:count]])
        return np.asarray(pool[generator.integers(len(pool), size=count)])


def walkers_for(numbers: int) -> int:
    """Return the number of walkers of an ensemble: even, and well over twice the numbers."""
    return max(64, 4 * numbers)


def begin_chain(problem: Problem, best: Floats, seed: int) -> Chain:
    """Return walkers placed around the best scores, as wide as each number alone may move."""
    numbers = len(best)
    widths = _widths(problem, best)
    generator = np.random.default_rng([seed, 4])
    shape = (ENSEMBLES, walkers_for(numbers), numbers)
    places = best + widths * generator.standard_normal(shape)
    densities = problem.log_posterior(places.reshape(-1, numbers).T).reshape(shape[:2])
    # A walker where nothing is possible would never come back: it starts at the best place.
    lost = ~np.isfinite(densities)
    places[lost] = best
    densities[lost] = problem.log_posterior(best[:, None])[0]
    return Chain(Walkers(places, densities), [])


def sample(
    problem: Problem, chain: Chain, seed: int, count: Callable[[int], None]
) -> Iterator[Chain]:
    """Yield the chain after every step until it is finished. ``count`` is told of runs."""

    def density(scores: Floats) -> Floats:
        count(scores.shape[1])
        return problem.log_posterior(scores)

    chain.check(problem.prior.names)
    while not chain.finished:
        chain.advance(density, seed)
        chain.check(problem.prior.names)
        yield chain


def _widths(problem: Problem, best: Floats) -> Floats:
    """Return for each number how far it alone may go before the log density falls by about 1."""
    numbers = len(best)
    moves = np.array([w * s for w in TRIED_WIDTHS for s in (1.0, -1.0)])
    scores = np.repeat(best[:, None], numbers * len(moves), axis=1)
    for row in range(numbers):
        scores[row, row * len(moves) : (row + 1) * len(moves)] += moves
    densities = problem.log_posterior(scores).reshape(numbers, len(TRIED_WIDTHS), 2)
    fall = problem.log_posterior(best[:, None])[0] - densities.min(axis=2)
    near = fall < 1.0
    first = np.where(near.any(axis=1), near.argmax(axis=1), len(TRIED_WIDTHS) - 1)
    return np.asarray(TRIED_WIDTHS[first], dtype=np.float64)
