"""The patient rule induction method: boxes in the inputs that hold mostly cases of interest.

Friedman and Fisher 1999, *Statistics and Computing* 9; as a tool of scenario discovery: Bryant and
Lempert 2010, *Technological Forecasting and Social Change* 77. A box starts as the whole space. In
each step a thin slice (a twentieth of the cases in the box) is peeled off one side of one input,
or one rival structure is left out: whichever raises the share of cases of interest most for the
cases given up. The boxes on the way are the trade-off between coverage and density.

This is our own code although the field has a library, ema-workbench: every report shows boxes, and
the library brings matplotlib, seaborn, pandas, scikit-learn, statsmodels and a package under the
GPL into every installation. Nor is it fast enough for that: one box over 126 inputs and 1,000 runs
takes it seconds, and this some tens of milliseconds, since here inputs are sorted once and all
slices of a step are weighed together. The rules (objective *lenient 1*, slices that end half-way
between two cases) are the library's, and the tests hold every step to what it gives. Pasting
(growing a box at the end) is left out: limits that do not tell are dropped, see :mod:`.discovery`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.int64]

PEEL = 0.05
LEAST_MASS = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A box: limits of each input, ``(inputs,)``, infinite where there are none; structures kept.

    ``structures`` has one truth value for each rival structure.
    """

    low: Values
    high: Values
    structures: Mask

    def runs_inside(self, values: Values) -> Mask:
        """Return which runs lie within the limits; ``values`` is ``(inputs, runs)``."""
        inside = np.ones(values.shape[1], dtype=np.bool_)
        for k in np.flatnonzero(self.limited):
            inside &= (values[k] >= self.low[k]) & (values[k] <= self.high[k])
        return inside

    @property
    def limited(self) -> Mask:
        """Which inputs have a limit."""
        return np.isfinite(self.low) | np.isfinite(self.high)

    @property
    def restrictions(self) -> int:
        """How many inputs are limited; leaving out structures counts as one more."""
        return int(self.limited.sum()) + int(not self.structures.all())


@dataclass(frozen=True, slots=True)
class Score:
    """What a box holds, of cases whose truth is known.

    ``density`` is the share of the box's cases that are of interest, ``coverage`` the share of all
    cases of interest that lie in the box, ``mass`` the share of all cases that do. ``cases`` and
    ``hits`` count the box's cases, and those of interest among them.
    """

    coverage: float
    density: float
    mass: float
    cases: int
    hits: int


def score(region: Region, values: Values, truth: Values) -> Score:
    """Return what a box holds.

    ``values`` is ``(inputs, runs)``; ``truth`` is ``(structures, runs)``: 1 of interest, 0 not,
    NaN unknown (left out).
    """
    inside = truth[region.structures][:, region.runs_inside(values)]
    cases, hits = _count(inside)
    total, wanted = _count(truth)
    return Score(
        hits / wanted if wanted else float("nan"),
        hits / cases if cases else float("nan"),
        cases / total if total else float("nan"),
        cases,
        hits,
    )


def _count(truth: Values) -> tuple[int, int]:
    return int((~np.isnan(truth)).sum()), int((truth == 1).sum())


def whole(inputs: int, structures: int) -> Region:
    """Return the box without limits."""
    return Region(
        np.full(inputs, -np.inf), np.full(inputs, np.inf), np.ones(structures, dtype=np.bool_)
    )


def peel(
    values: Values,
    truth: Values,
    *,
    order: Indices | None = None,
    share: float = PEEL,
    least_mass: float = LEAST_MASS,
) -> list[Region]:
    """Return the boxes of the peeling trajectory, the whole space first.

    Args:
        values: Inputs of each run, ``(inputs, runs)``.
        truth: Cases of interest, ``(structures, runs)``: 1, 0, or NaN where unknown. Structures
            share the runs' inputs.
        order: Indices that sort each input, if they are known.
        share: Share of the box's cases in one slice.
        least_mass: The share of all cases that a box must keep.
    """
    if order is None:
        order = np.argsort(values, axis=1, kind="stable")
    region = whole(len(values), len(truth))
    found = [region]
    state = _State(values, truth, region, order, share)
    least = least_mass * int((~np.isnan(truth)).sum())
    while True:
        better = state.best(least)
        if better is None:
            return found
        found.append(better)
        state = state.move(better)


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """A box and the runs in it; ``order`` sorts them by each input, ``(inputs, runs inside)``."""

    values: Values
    truth: Values
    region: Region
    order: Indices
    share: float

    def move(self, region: Region) -> _State:
        inside = region.runs_inside(self.values)
        kept = inside[self.order]
        order = self.order[kept].reshape(len(self.order), -1) if len(self.order) else self.order
        return _State(self.values, self.truth, region, order, self.share)

    def best(self, least: float) -> Region | None:
        """Return the box after the best slice; None where no slice helps or is allowed."""
        runs = self.order[0] if len(self.order) else np.arange(self.truth.shape[1])
        if runs.size < 2:
            return None
        own = self.truth[self.region.structures]
        known = (~np.isnan(own)).sum(axis=0).astype(np.float64)
        hits = (own == 1).sum(axis=0).astype(np.float64)
        cases, found = float(known[runs].sum()), float(hits[runs].sum())
        if not cases:
            return None
        lost: list[float] = []
        missed: list[float] = []
        made: list[tuple[int, bool, float]] = []
        for is_high in (True, False):
            count, limit = self._slices(is_high)
            usual = int(np.median(count)) if count.size else 0
            ends = self.order[:, -usual:] if is_high else self.order[:, :usual]
            gone, hit = known[ends].sum(axis=1), hits[ends].sum(axis=1)
            for k in np.flatnonzero(count != usual):
                own_end = self.order[k, runs.size - count[k] :] if is_high else None
                end = own_end if own_end is not None else self.order[k, : count[k]]
                gone[k], hit[k] = known[end].sum(), hits[end].sum()
            lost += gone.tolist()
            missed += hit.tolist()
            made += [(k, is_high, float(x)) for k, x in enumerate(limit)]
        for k in np.flatnonzero(self.region.structures) if len(own) > 1 else ():
            row = self.truth[k, runs]
            lost.append(float((~np.isnan(row)).sum()))
            missed.append(float((row == 1).sum()))
            made.append((len(self.order) + int(k), False, 0.0))
        return self._chosen(np.array(lost), np.array(missed), made, cases, found, least)

    def _chosen(
        self,
        lost: Values,
        missed: Values,
        made: list[tuple[int, bool, float]],
        cases: float,
        found: float,
        least: float,
    ) -> Region | None:
        left = cases - lost
        with np.errstate(all="ignore"):
            gain = ((found - missed) / left - found / cases) / lost
        gain[~np.isfinite(gain) | (lost <= 0) | (left <= 0)] = -np.inf
        top = float(gain.max(initial=-np.inf))
        if not top > 0:
            return None
        ties = [k for k in range(len(made)) if gain[k] == top]
        after = [self._after(*made[k]) for k in ties]
        chosen = min(range(len(ties)), key=lambda i: (after[i].restrictions, made[ties[i]][0]))
        return after[chosen] if left[ties[chosen]] >= least else None

    def _slices(self, is_high: bool) -> tuple[Indices, Values]:
        """Return how many runs the slice at one end of each input takes, and the limit it sets.

        A limit lies half-way between the last run of the slice and the next one; equal values go
        together. Structures share runs, so a slice is counted in cases, as if runs were repeated.
        """
        inputs, inside = self.order.shape
        copies = int(self.region.structures.sum())
        last = copies * inside - 1
        rows = np.arange(inputs)
        if is_high:
            place = ceil(last * (1 - self.share)) // copies
            step = -1
        else:
            place = floor(last * self.share) // copies
            step = 1
        place = min(max(place, 0), inside - 1)
        edge = self.values[rows, self.order[:, place]]
        beside = min(max(place + step, 0), inside - 1)
        other = self.values[rows, self.order[:, beside]]
        count = np.full(inputs, inside - place if is_high else place + 1, dtype=np.int64)
        for k in np.flatnonzero(other == edge):
            ordered = self.values[k, self.order[k]]
            if is_high:
                below = int(np.searchsorted(ordered, edge[k], side="left"))
                count[k] = inside - below if below else 0
                other[k] = ordered[below - 1] if below else edge[k]
            else:
                above = int(np.searchsorted(ordered, edge[k], side="right"))
                count[k] = above if above < inside else 0
                other[k] = ordered[above] if above < inside else edge[k]
        return count, (edge + other) / 2

    def _after(self, place: int, is_high: bool, limit: float) -> Region:
        low, high = self.region.low.copy(), self.region.high.copy()
        structures = self.region.structures.copy()
        if place >= len(self.order):
            structures[place - len(self.order)] = False
        elif is_high:
            high[place] = limit
        else:
            low[place] = limit
        return Region(low, high, structures)
