"""The smallest change of assumptions that turns a verdict.

Distances are measured in normal scores: an input at the ``p``-quantile of its range has the score
``z`` with ``Phi(z) = p``, so 0 is the middle of the range and 1 about the 84th percentile. The
nearest point at which a condition turns is then the *design point* of structural reliability
(Hasofer and Lind 1974, *Journal of the Engineering Mechanics Division* 100): of all changes that
turn it, the least far-fetched. Changes stay within the ranges' 0.5th to 99.5th percentile.

Two questions are answered:

* :func:`nearest_flip`: of the case in which every input is in the middle of its range, which
  inputs must move how far until the condition turns?
* :func:`nearest_shift`: by how much must the middles of the ranges move until the share of cases
  in which the condition is met crosses a level?

A change of few inputs can be discussed, one of a hundred cannot: both look for the nearest change
of a given number of inputs at most. That is a heuristic choice: those that matter most, first to
the sampled cases and then at the nearest point of a wider search. That a found change turns the
verdict is certain for the cases that were run; that none is smaller is not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, differential_evolution
from scipy.special import ndtri

Values = npt.NDArray[np.float64]
Truth = Callable[[Values], Values]
"""Takes scores ``(inputs, points)``, returns 1, 0 or NaN for each point."""
Measure = Callable[[Values], "Shares"]
"""Takes a shift ``(inputs,)`` of all draws, returns what the shifted ensemble gives."""

REACH = float(ndtri(0.995))
RADII = 16
HALVINGS = 6
POOL = 8
MEMBERS = 6
GENERATIONS = 12
SAMPLE = 2000
NEVER = 100.0
NEGLIGIBLE = 0.2
SHIFT_STEPS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Flip:
    """A change of scores ``(inputs,)`` that turns the outcome, and its length."""

    change: Values
    distance: float

    @property
    def moved(self) -> list[int]:
        """The inputs that move, the farthest first."""
        size = np.abs(self.change)
        return [int(k) for k in np.argsort(-size, kind="stable") if size[k] > 0]


@dataclass(frozen=True, slots=True)
class Search:
    """What a search for a flip found (None: nothing within the ranges) and what it cost."""

    found: Flip | None
    points: int


@dataclass(slots=True)
class _Counted:
    """A condition, and how many points it was asked for."""

    truth: Truth
    start: float
    inputs: int
    points: int = 0

    def turned(self, scores: Values) -> npt.NDArray[np.bool_]:
        self.points += scores.shape[1]
        found = self.truth(scores)
        return np.asarray((found != self.start) & ~np.isnan(found))

    def radii(self, directions: Values) -> Values:
        """Return where the condition first turns along unit ``directions`` ``(inputs, n)``.

        Looked for at 16 steps up to the edge of the ranges, then between two of them by halving.
        """
        count = directions.shape[1]
        edge = REACH / np.abs(directions).max(axis=0)
        steps = np.arange(1, RADII + 1) / RADII
        grid = edge[:, None] * steps
        points = directions[:, :, None] * grid
        turned = self.turned(points.reshape(self.inputs, -1)).reshape(count, RADII)
        first = turned.argmax(axis=1)
        hit = turned.any(axis=1)
        high = grid[np.arange(count), first]
        low = high - edge / RADII
        for _ in range(HALVINGS):
            if not hit.any():
                break
            middle = (low[hit] + high[hit]) / 2
            inside = self.turned(directions[:, hit] * middle)
            high[hit] = np.where(inside, middle, high[hit])
            low[hit] = np.where(inside, low[hit], middle)
        return np.where(hit, high, np.inf)


def nearest_flip(truth: Truth, inputs: int, *, most: int = 3, seed: int = 1) -> Search:
    """Look for the nearest change of at most ``most`` inputs that turns a condition.

    Directions are searched by differential evolution (Storn and Price 1997) over the inputs that
    matter most; a direction's length is where the condition first turns along it.
    """
    start = float(truth(np.zeros((inputs, 1)))[0])
    ask = _Counted(truth, start, inputs, points=1)
    if np.isnan(start):
        return Search(None, ask.points)
    pool = _most_important(ask, inputs, min(POOL, inputs), seed)
    if len(pool) > most:
        wide = _best_direction(ask, pool, seed)
        pool = (wide.moved if wide else pool)[:most]
    found = _best_direction(ask, pool, seed)
    while found is not None and (kept := _that_count(found.change, pool)) != pool:
        fewer = _best_direction(ask, kept, seed)
        if fewer is None:
            break
        found, pool = fewer, kept
    return Search(found, ask.points)


def _that_count(weights: Values, pool: Sequence[int]) -> list[int]:
    """Leave out inputs with a small part in a change: without it, it is hardly longer."""
    least = NEGLIGIBLE * float(np.abs(weights[list(pool)]).max())
    return [k for k in pool if abs(weights[k]) >= least]


def _most_important(ask: _Counted, inputs: int, count: int, seed: int) -> list[int]:
    """Rank inputs by how they turn cases: alone, and by their mean score where cases turn."""
    z = np.random.default_rng(seed).standard_normal((inputs, SAMPLE))
    turned = ask.turned(np.clip(z, -REACH, REACH)).astype(np.float64)
    slope = np.abs((z * (turned - turned.mean())).mean(axis=1))
    axes = np.concatenate([np.eye(inputs), -np.eye(inputs)], axis=1)
    alone = ask.radii(axes).reshape(2, inputs).min(axis=0)
    weight = slope / max(float(slope.max()), 1e-12) + np.where(np.isinf(alone), 0, 0.5 / alone)
    return [int(k) for k in np.argsort(-weight, kind="stable")[:count]]


def _best_direction(ask: _Counted, pool: Sequence[int], seed: int) -> Flip | None:
    def length(points: Values) -> Values:
        directions = _unit(points, pool, ask.inputs)
        radii = ask.radii(directions)
        return np.where(np.isinf(radii), NEVER, radii)

    if len(pool) == 1:
        ends = np.array([[-1.0, 1.0]])
        radii = length(ends)
        k = int(radii.argmin())
        best, distance = ends[:, k], float(radii[k])
    else:
        found = differential_evolution(
            length,  # type: ignore[arg-type]  # the stubs do not know of vectorized functions
            Bounds(-np.ones(len(pool)), np.ones(len(pool))),
            popsize=MEMBERS,
            maxiter=GENERATIONS,
            init="sobol",
            updating="deferred",
            vectorized=True,
            polish=False,
            tol=0.0,
            rng=np.random.default_rng(seed),
        )
        best, distance = np.asarray(found.x), float(found.fun)
    if distance >= NEVER:
        return None
    change = _unit(best[:, None], pool, ask.inputs)[:, 0] * distance
    return Flip(change, distance)


def _unit(points: Values, pool: Sequence[int], inputs: int) -> Values:
    directions = np.zeros((inputs, points.shape[1]))
    length = np.sqrt((points**2).sum(axis=0))
    directions[list(pool)] = np.where(length > 0, points / np.where(length > 0, length, 1), 1.0)
    return directions


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """An ensemble's answer: the ``value`` that is to cross a level, and its ``slope``.

    ``slope`` ``(inputs,)`` tells how the value grows when the middle of an input's range moves: for
    a share of cases it is the mean of truth times score (Stein's identity).
    """

    value: float
    slope: Values = field(repr=False)


def nearest_shift(
    measure: Measure, inputs: int, level: float, *, most: int = 3, rounds: int = 2
) -> tuple[Flip | None, int]:
    """Look for the smallest shift of at most ``most`` ranges at which a share crosses ``level``.

    The direction is the steepest one, found anew where the level was crossed, ``rounds`` times in
    all. Returns the shift, None where the level is not crossed within the ranges, and the number of
    ensembles it took.
    """
    here = measure(np.zeros(inputs))
    ensembles = 1
    sign = 1.0 if here.value < level else -1.0
    best: Flip | None = None
    slope = here.slope
    for _ in range(rounds):
        chosen = _that_count(slope, np.argsort(-np.abs(slope), kind="stable")[:most].tolist())
        direction = np.zeros(slope.size)
        direction[chosen] = sign * slope[chosen]
        size = float(np.sqrt((direction**2).sum()))
        if size == 0:
            break
        direction /= size
        found, cost, end = _crossing(measure, direction, level, sign)
        ensembles += cost
        if found is None:
            slope = end.slope
            continue
        if best is None or found.distance < best.distance:
            best = found
        slope = here.slope + end.slope
    return best, ensembles


def _crossing(
    measure: Measure, direction: Values, level: float, sign: float
) -> tuple[Flip | None, int, Shares]:
    edge = REACH / float(np.abs(direction).max())
    low, high, cost = 0.0, 0.0, 0
    while True:
        low, high = high, min(edge, high + edge / SHIFT_STEPS)
        end = measure(direction * high)
        cost += 1
        if sign * (end.value - level) > 0:
            break
        if high >= edge:
            return None, cost, end
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        there = measure(direction * middle)
        cost += 1
        if sign * (there.value - level) > 0:
            high, end = middle, there
        else:
            low = middle
    return Flip(direction * high, high), cost, end
