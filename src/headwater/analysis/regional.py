"""Regional sensitivity: which uncertain inputs separate the cases that hold from those that do not.

For each input the empirical distributions over the two groups are compared by the
Kolmogorov–Smirnov distance (Spear and Hornberger 1980, *Water Research* 14). Where almost all cases
fall into one group, Spearman's rank correlation with the size of the effect is used instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.stats import norm, rankdata

Values = npt.NDArray[np.float64]

MINIMUM_GROUP = 20
LEVEL = 0.05
LEAST_STRENGTH = 0.1


@dataclass(frozen=True, slots=True)
class Driver:
    """One input's influence: ``strength`` in 0 … 1, ``direction`` +1 when more of it favours.

    ``measure`` is *distance* or *correlation*.
    """

    name: str
    strength: float
    direction: int
    measure: str


@dataclass(frozen=True)
class Inputs:
    """Sampled inputs: ``values`` has shape ``(inputs, runs)``.

    ``units`` has the unit of each, or is empty. Inputs named in ``by_place`` are not given by their
    value but by the share of their range's draws that lie below it.
    """

    names: Sequence[str]
    values: Values
    units: Sequence[str] = ()
    by_place: frozenset[str] = frozenset()

    def first(self, runs: int) -> Inputs:
        """Return the inputs of the first ``runs`` runs."""
        return Inputs(self.names, self.values[:, :runs], self.units, self.by_place)

    @cached_property
    def order(self) -> npt.NDArray[np.int64]:
        """Indices that sort each input."""
        return np.argsort(self.values, axis=1, kind="stable")

    @cached_property
    def last_of_ties(self) -> npt.NDArray[np.bool_]:
        """Where, in sorted order, the next value differs."""
        ordered = np.take_along_axis(self.values, self.order, axis=1)
        ends = np.ones((len(self.names), 1), dtype=np.bool_)
        return np.concatenate([ordered[:, 1:] != ordered[:, :-1], ends], axis=1)

    @cached_property
    def scores(self) -> Values:
        """Standardised ranks of each input."""
        return np.array([_scores(row) for row in self.values]).reshape(self.values.shape)


def drivers(inputs: Inputs, truth: Values, effect: Values, top: int = 5) -> tuple[Driver, ...]:
    """Rank the inputs by how strongly they separate the two groups of cases.

    Args:
        inputs: Sampled inputs of each run.
        truth: Whether the condition held: 1, 0 or NaN, shape ``(variants, runs)``.
        effect: Size of the effect in each case, same shape; used when a group is too small.
        top: How many to return at most.

    Returns:
        Drivers with a strength of at least 0.1 that differ from chance at 5 % over all inputs
        together (Bonferroni), strongest first. Variants share draws, so a run counts once.
    """
    variants = truth.shape[0]
    yes = np.nansum(truth == 1, axis=0) / variants
    no = np.nansum(truth == 0, axis=0) / variants
    if min(yes.sum(), no.sum()) >= MINIMUM_GROUP:
        found = _separations(inputs, yes, no)
    else:
        found = _correlations(inputs, effect)
    return tuple(sorted(found, key=lambda d: (-d.strength, d.name))[:top])


def _separations(inputs: Inputs, yes: Values, no: Values) -> list[Driver]:
    total_yes, total_no = float(yes.sum()), float(no.sum())
    point = np.sqrt(-np.log(LEVEL / len(inputs.names) / 2) / 2)  # of Kolmogorov's distribution
    limit = max(LEAST_STRENGTH, point * np.sqrt((total_yes + total_no) / (total_yes * total_no)))
    weight = no / total_no - yes / total_yes
    found = []
    for name, order, ends in zip(inputs.names, inputs.order, inputs.last_of_ties, strict=True):
        gap = np.cumsum(weight[order])[ends]
        widest = float(gap[np.argmax(np.abs(gap))])
        if abs(widest) > limit:
            found.append(Driver(name, abs(widest), 1 if widest > 0 else -1, "distance"))
    return found


def _correlations(inputs: Inputs, effect: Values) -> list[Driver]:
    with np.errstate(all="ignore"):
        mean = effect.mean(axis=0)
    usable = np.isfinite(mean)
    count = int(usable.sum())
    if count < MINIMUM_GROUP or np.ptp(mean[usable]) == 0:
        return []
    point = float(norm.isf(LEVEL / len(inputs.names) / 2))
    limit = max(LEAST_STRENGTH, point / np.sqrt(count - 1))
    target = _scores(mean[usable])
    every = bool(usable.all())
    found = []
    for name, values, scores in zip(inputs.names, inputs.values, inputs.scores, strict=True):
        own = scores if every else _scores(values[usable])
        rho = float(np.mean(own * target))
        if abs(rho) > limit:
            found.append(Driver(name, abs(rho), 1 if rho > 0 else -1, "correlation"))
    return found


def _scores(values: Values) -> Values:
    ranks = np.asarray(rankdata(values), dtype=np.float64)
    spread = float(ranks.std())
    return (ranks - ranks.mean()) / spread if spread > 0 else np.zeros_like(ranks)
