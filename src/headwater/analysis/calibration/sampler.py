"""Ensemble samplers: many walkers that propose moves from each other's places.

Every step moves half of the walkers of all ensembles in one batch of runs, then the other half.
The moves leave the posterior as it is whatever its scales and linear correlations are:

* *stretch*: along the line to another walker (Goodman and Weare 2010, *Communications in Applied
  Mathematics and Computational Science* 5);
* *difference*: by a multiple of the difference of two others (ter Braak 2006, *Statistics and
  Computing* 16), now and then by all of it, which leads from one mode to another.

The other walkers are always of the half that stands still (Foreman-Mackey and others 2013,
*Publications of the Astronomical Society of the Pacific* 125), so that detailed balance holds.
Ensembles know nothing of each other, which is what makes comparing them a test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Density = Callable[[Floats], Floats]
"""From (numbers, runs) to (runs,)."""

STRETCH_SHARE, LEAP_SHARE = 0.2, 0.1
STRETCH_LIMIT = 2.0
JITTER = 1e-5


@dataclass(frozen=True, slots=True, eq=False)
class Walkers:
    """Places (ensembles, walkers, numbers), their log densities and how often moves succeeded."""

    places: Floats
    densities: Floats
    step: int = 0
    accepted: float = 0.0


def advance(walkers: Walkers, density: Density, seed: int) -> Walkers:
    """Return the walkers after one step, in which each has had one proposal.

    The step's random numbers depend on ``seed`` and its number only.
    """
    generator = np.random.default_rng([seed, 2, walkers.step])
    places, densities = walkers.places.copy(), walkers.densities.copy()
    count = places.shape[1]
    order = np.argsort(generator.random(places.shape[:2]), axis=1)
    moved = 0
    for own, others in (
        (order[:, : count // 2], order[:, count // 2 :]),
        (order[:, count // 2 :], order[:, : count // 2]),
    ):
        here = np.take_along_axis(places, own[..., None], axis=1)
        there = np.take_along_axis(places, others[..., None], axis=1)
        proposal, log_ratio = _propose(here, there, generator)
        flat = proposal.reshape(-1, proposal.shape[-1]).T
        new = density(flat).reshape(own.shape)
        old = np.take_along_axis(densities, own, axis=1)
        accept = np.log(generator.random(own.shape)) < new - old + log_ratio
        moved += int(accept.sum())
        np.put_along_axis(places, own[..., None], np.where(accept[..., None], proposal, here), 1)
        np.put_along_axis(densities, own, np.where(accept, new, old), 1)
    share = walkers.accepted + (moved / order.size - walkers.accepted) / (walkers.step + 1)
    return Walkers(places, densities, walkers.step + 1, share)


def _propose(here: Floats, there: Floats, generator: np.random.Generator) -> tuple[Floats, Floats]:
    """Return proposals and the logarithm of the ratio that their acceptance needs."""
    ensembles, count, numbers = here.shape
    others = there.shape[1]
    kind = generator.random((ensembles, count))
    first = generator.integers(others, size=(ensembles, count))
    second = (first + generator.integers(1, others, size=(ensembles, count))) % others
    a = np.take_along_axis(there, first[..., None], axis=1)
    b = np.take_along_axis(there, second[..., None], axis=1)
    # The density of the stretch is proportional to 1 / sqrt(z) between 1/limit and limit.
    root = np.sqrt(STRETCH_LIMIT)
    z = (1 / root + generator.random((ensembles, count)) * (root - 1 / root)) ** 2
    stretched = a + z[..., None] * (here - a)
    size = np.where(kind < STRETCH_SHARE + LEAP_SHARE, 1.0, 2.38 / np.sqrt(2 * numbers))
    noise = JITTER * generator.standard_normal(here.shape)
    stepped = here + size[..., None] * (a - b) + noise
    stretch = kind < STRETCH_SHARE
    proposal = np.where(stretch[..., None], stretched, stepped)
    return proposal, np.where(stretch, (numbers - 1) * np.log(z), 0.0)
