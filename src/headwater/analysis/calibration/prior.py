"""The prior of a fit: what the case says of its constants, before the data are looked at.

Every fitted number is handled as a *normal score*: the place of its value in its stated
distribution, as a standard normal number. In scores the prior is Gaussian whatever the
distributions, their truncations and rank correlations are (the Gaussian copula that ensembles
sample from too), and no score is out of bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from headwater.model.uncertainty import Correlation
from headwater.simulation.sampling import Factor, draw, make_design

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """The fitted numbers, and the correlation of their normal scores: (numbers, numbers)."""

    factors: tuple[Factor, ...]
    correlation: Floats
    inverse: Floats

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the fitted numbers."""
        return tuple(f.name for f in self.factors)

    def log_density(self, scores: Floats) -> Floats:
        """Return the density of the scores, (numbers, runs), but for a constant: (runs,)."""
        return np.asarray(-0.5 * np.einsum("ir,ij,jr->r", scores, self.inverse, scores))

    def values(self, scores: Floats) -> Floats:
        """Return what the scores stand for: both (numbers, runs)."""
        return draw(self.factors, special.ndtr(scores))

    def draw(self, runs: int, seed: int) -> Floats:
        """Return scores drawn from the prior as a Latin hypercube: (numbers, runs)."""
        if not self.factors:
            return np.empty((0, runs))
        design = make_design("latin", runs, seed, self.factors)
        scores = special.ndtri(design.rows(0, runs))
        return np.asarray(np.linalg.cholesky(self.correlation) @ scores)


def make_prior(factors: Sequence[Factor], correlations: Sequence[Correlation]) -> Prior:
    """Return the prior of some factors; correlations with other constants are left out.

    Raises :class:`ModelError` for correlations that cannot hold together.
    """
    matrix = np.eye(len(factors))
    if factors:
        design = make_design("random", 1, 0, factors, correlations)
        if design.scores is not None:
            matrix[np.ix_(design.linked, design.linked)] = design.scores
    inverse = np.asarray(np.linalg.inv(matrix), dtype=np.float64)
    return Prior(tuple(factors), matrix, inverse)
