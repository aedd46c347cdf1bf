"""First-order sensitivity from an ensemble that was run anyway.

How much of an outcome's spread goes with one input alone: the variance of its mean given the
input, as a share of the whole variance. That is Sobol's first-order index, estimated from given
data by putting the runs into bins of the input (Plischke, Borgonovo and Smith 2013, *European
Journal of Operational Research* 226). What bins of noise would give is taken off, as in an analysis
of variance. Total-order indices cannot be had this way: `headwater sensitivity` runs for them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import f as fisher
from scipy.stats import norm

from headwater.analysis.regional import Inputs

Values = npt.NDArray[np.float64]

LEVEL = 0.05
CONFIDENCE = 0.95
FEWEST_RUNS = 100
MOST_BINS = 24
GROUPS = 20


@dataclass(frozen=True, slots=True, eq=False)
class FirstOrder:
    """Shares of variance of several outcomes (columns).

    ``shares``, ``half_widths`` (of 95% intervals) and ``directions`` are (inputs, columns);
    ``directions`` is +1 where more of the input goes with more of the outcome. ``noticeable`` tells
    which shares differ from chance at 5% over all inputs together. ``structures`` has the share
    that goes with the rival structure. ``runs`` are those without a missing value, by column.
    """

    inputs: tuple[str, ...]
    shares: Values
    half_widths: Values
    directions: Values
    noticeable: npt.NDArray[np.bool_]
    structures: Values
    runs: npt.NDArray[np.int64]


def first_order(inputs: Inputs, outcomes: Values) -> FirstOrder:
    """Estimate the shares.

    Args:
        inputs: Sampled inputs, (inputs, runs).
        outcomes: (structures, runs, columns); rival structures share the draws. A run with a
            value that is not finite in one structure is left out of that column.
    """
    count, columns = len(inputs.names), outcomes.shape[2]
    shares, half, directions, chance = (np.zeros((count, columns)) for _ in range(4))
    structures, runs = np.zeros(columns), np.zeros(columns, dtype=np.int64)
    known = np.isfinite(outcomes).all(axis=0)
    chance[:] = 1.0
    for usable in np.unique(known, axis=1).T:
        runs[same := (known == usable[:, None]).all(axis=0)] = size = int(usable.sum())
        if size < FEWEST_RUNS:
            continue
        own = outcomes[:, usable][:, :, same]
        moves = own.var(axis=(0, 1)) > 1e-24 * np.maximum(1.0, np.abs(own).max(axis=(0, 1))) ** 2
        where = np.flatnonzero(same)[moves]
        if not where.size:
            continue
        own = own[:, :, moves]
        spread = own.var(axis=(0, 1))
        structures[where] = own.mean(axis=1).var(axis=0) / spread
        mean = own.mean(axis=0)
        for k, values in enumerate(inputs.values):
            found = _shares(values[usable], mean - mean.mean(axis=0), spread)
            shares[k, where], half[k, where], directions[k, where], chance[k, where] = found
    noticeable = chance < LEVEL / max(count, 1)
    names = tuple(inputs.names)
    return FirstOrder(names, shares, half, directions, noticeable, structures, runs)


def bins_for(runs: int) -> int:
    """Return into how many bins so many runs are put: the cube root, for a small error of both
    kinds (bins too wide, bins too empty)."""
    return int(np.clip(round(runs ** (1 / 3)), 2, MOST_BINS))


def _shares(values: Values, mean: Values, spread: Values) -> tuple[Values, ...]:
    """Return share, half-width, direction and p-value of one input for each column.

    ``mean`` is (runs, columns), centred; ``spread`` the whole variance of each column.
    """
    place, bins = _binned(values)
    runs, columns = mean.shape
    if bins < 2:
        nothing = np.zeros(columns)
        return nothing, nothing, nothing, np.ones(columns)
    group = np.arange(runs) * GROUPS // runs
    cells = place * GROUPS + group
    counts = np.bincount(cells, minlength=bins * GROUPS).reshape(bins, GROUPS, 1).astype(float)
    sums = _summed(mean, cells, bins * GROUPS).reshape(bins, GROUPS, columns)
    squares = _summed(mean**2, group, GROUPS)
    explained, noise = _parts(counts.sum(axis=1), sums.sum(axis=1), squares.sum(axis=0))
    own = (explained - (bins - 1) * noise) / runs / spread
    less = (counts.sum(axis=1, keepdims=True) - counts, sums.sum(axis=1, keepdims=True) - sums)
    again, rest = _parts(*less, squares.sum(axis=0) - squares)
    others = (again - (bins - 1) * rest) / less[0].sum(axis=0) / spread
    error = np.sqrt((GROUPS - 1) / GROUPS * ((others - others.mean(axis=0)) ** 2).sum(axis=0))
    with np.errstate(divide="ignore"):
        chance = fisher.sf(explained / (bins - 1) / noise, bins - 1, runs - bins)
    half = float(norm.isf((1 - CONFIDENCE) / 2)) * error
    return np.clip(own, 0.0, 1.0), half, np.sign((place - place.mean()) @ mean), chance


def _summed(rows: Values, cells: npt.NDArray[np.int64], size: int) -> Values:
    """Return the sum of the rows of each cell: (size, columns)."""
    order = np.argsort(cells, kind="stable")
    filled, first = np.unique(cells[order], return_index=True)
    found = np.zeros((size, rows.shape[1]))
    found[filled] = np.add.reduceat(rows[order], first, axis=0)
    return found


def _parts(counts: Values, sums: Values, squares: Values) -> tuple[Values, Values]:
    """Return the sum of squares between bins (the first axis), and the mean square within them."""
    total = counts.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        of_means = np.where(counts > 0, sums**2 / counts, 0.0).sum(axis=0)
    between = of_means - sums.sum(axis=0) ** 2 / total
    return between, np.maximum(squares - of_means, 0.0) / np.maximum(total - len(counts), 1)


def _binned(values: Values) -> tuple[npt.NDArray[np.int64], int]:
    """Put values into bins of about the same size; equal values stay together."""
    wanted = bins_for(values.size)
    ordered = np.sort(values)
    edges = np.unique(ordered[np.arange(1, wanted) * values.size // wanted])
    edges = edges[edges > ordered[0]]
    return np.searchsorted(edges, values, side="right"), len(edges) + 1
