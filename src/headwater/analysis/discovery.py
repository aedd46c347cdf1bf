"""Scenario discovery: when does a claim hold, and when does it fail, as a box in the inputs.

The method is PRIM (:mod:`.prim`), guarded against seeing patterns in noise, of which a hundred
inputs and a thousand runs hold plenty:

1. Boxes are peeled on the first half of the runs. On the next quarter, limits are dropped, the one
   least missed first, until each tells something: its *quasi-p* value (Bryant and Lempert 2010),
   the chance that the box would be as dense without it, is at most 5 %, and at most four are left.
2. Boxes are peeled anew over the inputs that are left, on those three quarters together. Of this
   trajectory the largest box is taken in which at least 90 % of the cases are of interest: the
   share at which a verdict is *holds*. Where none of those covers a quarter of the cases of
   interest, it is the densest that does.
3. Coverage, density and quasi-p values are stated for the last quarter, which had no part in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.stats import binom

from headwater.analysis.prim import Mask, Region, Score, peel, score
from headwater.analysis.regional import Inputs

Values = npt.NDArray[np.float64]
Side = Literal["holds", "fails"]

DENSE = 0.9
LEAST_COVERAGE = 0.25
LEVEL = 0.05
MOST_LIMITS = 4
LEAST_GROUP = 20
"""Cases of each kind, counted in runs, that every part of the runs must have."""


@dataclass(frozen=True, slots=True)
class Limit:
    """The range to which a box restricts one input; None: no limit on that side.

    ``low`` and ``high`` are in ``unit``; where the input is known by its ``place`` in its range
    only, they are shares of that range's draws. ``kept`` is the share of all draws that lie within;
    ``low_p`` and ``high_p`` are quasi-p values.
    """

    input: str
    low: float | None
    high: float | None
    low_p: float | None
    high_p: float | None
    kept: float
    unit: str = ""
    place: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """One box of the trade-off: what it holds of the runs that had no part in finding it."""

    coverage: float
    density: float
    mass: float
    restrictions: int


@dataclass(frozen=True, slots=True)
class Box:
    """Where a condition is met (``side`` *holds*) or not met (*fails*).

    ``structures`` names the rival structures in the box, all of them where it is empty;
    ``structures_p`` is the quasi-p value of leaving out the others. ``coverage`` is the share of
    the cases of interest that lie in the box, ``density`` the share of the box's cases that are of
    interest, ``mass`` the share of all cases that lie in it, and ``base`` the density without any
    box: all over ``cases`` cases that had no part in finding it.
    """

    side: Side
    limits: tuple[Limit, ...]
    structures: tuple[str, ...]
    structures_p: float | None
    coverage: float
    density: float
    mass: float
    base: float
    cases: int
    tradeoff: tuple[Point, ...]

    @property
    def is_dense(self) -> bool:
        """Whether nearly all cases in the box are of interest (0.9, less the sampling error)."""
        inside = max(1.0, self.mass * self.cases)
        return self.density + 1.96 * float(np.sqrt(DENSE * (1 - DENSE) / inside)) >= DENSE


@dataclass(frozen=True, slots=True)
class Conditions:
    """When a condition is met, and when it is not; None where no box tells anything.

    ``runs`` were used; a run counts once, whatever the number of rival structures.
    """

    holds: Box | None
    fails: Box | None
    runs: int


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Some of the runs: values ``(inputs, runs)`` and cases of interest ``(structures, runs)``."""

    values: Values
    truth: Values

    def cut(self, inputs: Sequence[int], structures: Mask) -> _Part:
        return _Part(self.values[list(inputs)], self.truth[structures])


def discover(
    inputs: Inputs, truth: Values, structures: Sequence[str] = (), *, dense: float = DENSE
) -> Conditions | None:
    """Find the boxes in which a condition is met, and in which it is not.

    Args:
        inputs: Sampled inputs of each run, in the order they were drawn.
        truth: Whether the condition is met: ``(structures, runs)``, 1, 0 or NaN.
        structures: Names of the rival structures; they share the runs' inputs.
        dense: The density that is asked of a box.

    Returns:
        None where there are too few cases of either kind to tell.
    """
    structures = structures or [str(k) for k in range(len(truth))]
    runs = truth.shape[1]
    half, last = runs // 2, runs - runs // 4
    met = np.where(np.isnan(truth), np.nan, (truth == 1).astype(np.float64))
    parts = [slice(0, half), slice(half, last), slice(last, runs)]
    if min(_smaller_group(met[:, part]) for part in parts) < LEAST_GROUP:
        return None
    sides: list[tuple[Side, Values]] = [("holds", met), ("fails", 1 - met)]
    holds, fails = (
        _box(side, inputs, wanted, structures, (half, last), dense) for side, wanted in sides
    )
    return Conditions(holds, fails, runs)


def _smaller_group(met: Values) -> float:
    return min(float(np.nansum(met == 1)), float(np.nansum(met == 0))) / len(met)


def _box(
    side: Side,
    inputs: Inputs,
    wanted: Values,
    structures: Sequence[str],
    cuts: tuple[int, int],
    dense: float,
) -> Box | None:
    half, last = cuts
    values = inputs.values
    find = _Part(values[:, :half], wanted[:, :half])
    prune = _Part(values[:, half:last], wanted[:, half:last])
    judge = _Part(values[:, last:], wanted[:, last:])
    first = _largest_dense(peel(find.values, find.truth), prune, dense)
    kept, chosen_structures = _that_tell(first, prune)
    if not kept and chosen_structures.all():
        return None
    every = _Part(values[kept, :last], wanted[chosen_structures, :last])
    held = judge.cut(kept, chosen_structures)
    trajectory = [_whole_again(r, chosen_structures) for r in peel(every.values, every.truth)]
    known = _Part(every.values, wanted[:, :last])
    region = _without_idle_sides(_largest_dense(trajectory, known, dense), known)
    if region.restrictions == 0:
        return None
    judged = _Part(held.values, judge.truth)
    found = score(region, judged.values, judged.truth)
    names = tuple(n for n, k in zip(structures, region.structures, strict=True) if k)
    limited = [int(k) for k in np.flatnonzero(region.limited)]
    return Box(
        side,
        tuple(_limit(inputs, kept[k], region, k, judged) for k in limited),
        () if region.structures.all() else names,
        None if region.structures.all() else quasi_p(region, _all_structures(region), judged),
        found.coverage,
        found.density,
        found.mass,
        float(np.nanmean(judged.truth)),
        int((~np.isnan(judged.truth)).sum()),
        tuple(_point(r, judged) for r in trajectory),
    )


def _whole_again(region: Region, chosen: Mask) -> Region:
    """Return a region over some structures as one over all of them."""
    structures = np.zeros(chosen.size, dtype=np.bool_)
    structures[np.flatnonzero(chosen)[region.structures]] = True
    return Region(region.low, region.high, structures)


def _largest_dense(trajectory: Sequence[Region], part: _Part, dense: float) -> Region:
    scores = [score(r, part.values, part.truth) for r in trajectory]
    usable = [k for k, s in enumerate(scores) if s.coverage >= LEAST_COVERAGE] or [0]
    good = [k for k in usable if scores[k].density >= dense]
    if good:
        return trajectory[max(good, key=lambda k: (scores[k].coverage, scores[k].density))]
    return trajectory[max(usable, key=lambda k: _order(scores[k]))]


def _order(found: Score) -> tuple[float, float]:
    return found.density, found.coverage


def _that_tell(region: Region, part: _Part) -> tuple[list[int], Mask]:
    """Return the inputs and structures whose restrictions are not there by chance."""
    while region.restrictions:
        wider = [_without(region, int(k)) for k in np.flatnonzero(region.limited)]
        chance, without = _least_missed(region, wider, part)
        if chance <= LEVEL and region.restrictions <= MOST_LIMITS:
            break
        region = without
    return [int(k) for k in np.flatnonzero(region.limited)], region.structures


def _without_idle_sides(region: Region, part: _Part) -> Region:
    """Return the box without the single limits that tell nothing, the one least missed first."""
    while region.restrictions:
        wider = [
            *(
                _without(region, int(k), high=False)
                for k in np.flatnonzero(np.isfinite(region.low))
            ),
            *(
                _without(region, int(k), low=False)
                for k in np.flatnonzero(np.isfinite(region.high))
            ),
        ]
        chance, without = _least_missed(region, wider, part)
        if chance <= LEVEL:
            break
        region = without
    return region


def _least_missed(region: Region, wider: list[Region], part: _Part) -> tuple[float, Region]:
    """Return the wider box whose missing restriction told least, with its quasi-p value."""
    if not region.structures.all():
        wider = [*wider, _all_structures(region)]
    chances = [quasi_p(region, w, part) for w in wider]
    worst = max(range(len(wider)), key=lambda k: chances[k])
    return chances[worst], wider[worst]


def quasi_p(region: Region, without: Region, part: _Part) -> float:
    """Return the chance that a box would be at least as dense if a restriction told nothing.

    Cases of different structures with the same draw are no independent witnesses: counts are
    divided by the number of structures.
    """
    own = score(region, part.values, part.truth)
    wider = score(without, part.values, part.truth)
    copies = int(region.structures.sum())
    if not own.cases or not wider.cases:
        return 1.0
    runs, hits = round(own.cases / copies), round(own.hits / copies)
    return float(binom.sf(hits - 1, runs, wider.density))


def _without(region: Region, k: int, *, low: bool = True, high: bool = True) -> Region:
    lows, highs = region.low.copy(), region.high.copy()
    if low:
        lows[k] = -np.inf
    if high:
        highs[k] = np.inf
    return Region(lows, highs, region.structures)


def _all_structures(region: Region) -> Region:
    return Region(region.low, region.high, np.ones_like(region.structures))


def _limit(inputs: Inputs, place: int, region: Region, k: int, part: _Part) -> Limit:
    low, high = float(region.low[k]), float(region.high[k])
    row = inputs.values[place]
    has_low, has_high = bool(np.isfinite(low)), bool(np.isfinite(high))
    return Limit(
        inputs.names[place],
        low if has_low else None,
        high if has_high else None,
        quasi_p(region, _without(region, k, high=False), part) if has_low else None,
        quasi_p(region, _without(region, k, low=False), part) if has_high else None,
        float(np.mean((row >= low) & (row <= high))),
        inputs.units[place] if inputs.units else "",
        inputs.names[place] in inputs.by_place,
    )


def _point(region: Region, part: _Part) -> Point:
    found = score(region, part.values, part.truth)
    return Point(found.coverage, found.density, found.mass, region.restrictions)
