"""A whole fit: search, sample, check; taken up again where it was interrupted."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from headwater.analysis.calibration.checkpoint import (
    CHECKPOINT,
    Checkpoint,
    read_checkpoint,
    write_checkpoint,
)
from headwater.analysis.calibration.diagnostics import (
    LEAST_ESS,
    Convergence,
    Fitted,
    arviz,
    check_predictions,
    inference_data,
)
from headwater.analysis.calibration.posterior import Chain, begin_chain, sample
from headwater.analysis.calibration.problem import Problem
from headwater.analysis.calibration.search import (
    MOST_GENERATIONS,
    STRETCH,
    Population,
    begin,
    search,
)
from headwater.errors import UsageError
from headwater.simulation.progress import Bar

Floats = npt.NDArray[np.float64]

SAVED_EVERY = 20.0
"""Seconds between checkpoints."""
PREDICTED = 1000


@dataclass(frozen=True, slots=True)
class Options:
    """How to fit. ``folder`` gets the checkpoints; None keeps none.

    Sampling goes on until every number's effective sample size is ``ess``.
    """

    seed: int = 1
    draws: int = 2000
    folder: Path | None = None
    resume: bool = False
    progress: bool = True
    ess: float = LEAST_ESS


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """What came of a fit.

    ``best`` are the values with the highest posterior density, ``values`` draws of the posterior,
    (numbers, draws), in the order of ``problem.prior.factors``; ``model`` and ``replicated`` are
    the model and made-up measurements of it at all data points, (points, draws), for the first of
    the draws, and ``scales`` those of each target's error, (draws,) each. ``seconds`` is the
    time of this session only.
    """

    problem: Problem
    options: Options
    best: Floats
    best_payoff: float
    values: Floats
    model: Floats
    replicated: Floats
    scales: tuple[Floats, ...]
    best_model: Floats
    convergence: Convergence
    fitted: tuple[Fitted, ...]
    chain: Chain
    acceptance: float
    steps: int
    generations: int
    runs: int
    seconds: float

    def to_arviz(self) -> Any:
        """Return the fit as ArviZ's ``InferenceData``; see :func:`inference_data`."""
        return inference_data(self.problem, self.chain.settled, self.model, self.replicated)


def fit(problem: Problem, options: Options) -> Fit:
    """Search for the best values, then sample the posterior until the ensembles agree.

    The numbers depend on the problem and the seed only, not on interruptions or threads. Raises
    :class:`SimulationError` where no draw of the prior has a payoff, :class:`MissingExtra` without
    ArviZ, and :class:`UsageError` where what should be resumed is another fit.
    """
    arviz()
    started = time.perf_counter()
    work = _Work(problem, options)
    population = work.search()
    chain = work.sample(population)
    if chain.convergence is None:
        chain.check(problem.prior.names, due=False)
    assert chain.convergence is not None
    scores = chain.draws(options.draws, options.seed).T
    values = problem.prior.values(scores)
    shown = values[:, :PREDICTED]
    model = problem.simulate(shown)
    scales = problem.scales(shown, model, options.seed)
    replicated = problem.replicate(model, scales, problem.persistences(shown), options.seed)
    best = problem.prior.values(_best(problem, population, scores))
    best_model = problem.simulate(best)
    return Fit(
        problem=problem,
        options=options,
        best=best[:, 0],
        best_payoff=float(problem.payoffs(best, best_model).sum()),
        values=values,
        model=model,
        replicated=replicated,
        scales=tuple(scales),
        best_model=best_model[:, 0],
        convergence=chain.convergence,
        fitted=check_predictions(problem, model, replicated),
        chain=chain,
        acceptance=chain.walkers.accepted,
        steps=chain.walkers.step,
        generations=population.generation,
        runs=work.runs,
        seconds=time.perf_counter() - started,
    )


def _best(problem: Problem, population: Population, scores: Floats) -> Floats:
    """Return the best scores of the search and of the draws: (numbers, 1)."""
    everything = np.column_stack([population.best, scores])
    return everything[:, [int(np.argmax(problem.log_posterior(everything)))]]


@dataclass(slots=True)
class _Work:
    """A fit at work: counts runs, shows progress, keeps checkpoints."""

    problem: Problem
    options: Options
    runs: int = 0
    _saved: float = field(default_factory=time.perf_counter)
    _found: Checkpoint | None = None

    def __post_init__(self) -> None:
        folder = self.options.folder
        if self.options.resume:
            if folder is None:
                raise UsageError(
                    "there is nothing to resume without a folder",
                    hint="name the folder of the interrupted fit",
                )
            self._found = read_checkpoint(folder)
            if self._found.key != self.key:
                raise UsageError(
                    f"`{folder / CHECKPOINT}` was left by another fit",
                    hint="give the same series, constants, period and seed, and the same case, "
                    "or start anew without --resume",
                )
            self.runs = self._found.runs

    @property
    def key(self) -> str:
        """Fingerprint of the fit, seed included."""
        text = f"{self.problem.fingerprint()} {self.options.seed}"
        return sha256(text.encode()).hexdigest()

    def count(self, runs: int) -> None:
        """Count simulations."""
        self.runs += runs

    def search(self) -> Population:
        """Return the population at the end of the search."""
        seed = self.options.seed
        if self._found is not None:
            population = self._found.population
        else:
            population = begin(self.problem, seed)
        if self._found is not None and self._found.chain is not None:
            return population
        with Bar("searching", MOST_GENERATIONS, show=self.options.progress) as bar:
            bar.advance(population.generation)
            for found in search(self.problem, population, seed, self.count):
                bar.advance(STRETCH)
                self._save(found, None)
                population = found
        return population

    def sample(self, population: Population) -> Chain:
        """Return the chain at the end of the sampling."""
        seed = self.options.seed
        chain = self._found.chain if self._found is not None else None
        if chain is None:
            chain = begin_chain(self.problem, population.best, seed)
        chain.ess = self.options.ess
        with Bar("sampling", chain.expected, show=self.options.progress) as bar:
            bar.advance(chain.walkers.step)
            for _ in sample(self.problem, chain, seed, self.count):
                bar.expect(chain.expected)
                bar.advance(1)
                self._save(population, chain)
        self._save(population, chain, now=True)
        return chain

    def _save(self, population: Population, chain: Chain | None, *, now: bool = False) -> None:
        if self.options.folder is None:
            return
        if now or time.perf_counter() - self._saved >= SAVED_EVERY:
            checkpoint = Checkpoint(self.key, population, chain, self.runs)
            write_checkpoint(checkpoint, self.options.folder)
            self._saved = time.perf_counter()
