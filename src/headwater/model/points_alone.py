"""Data that have values at their points alone, as graphical functions of time.

Between the points the function is not available: it steps to each value just before the point's
time, and back just after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import floor, log2

import numpy as np
import numpy.typing as npt

from headwater.language.builtins.vensim.values import NOT_AVAILABLE

Floats = npt.NDArray[np.float64]

_AROUND = 2.0**-20
"""The share of the shortest time between points that a point takes up."""


def steps_around(times: Sequence[float], values: Sequence[float]) -> tuple[Floats, Floats]:
    """Return the points of a discrete function that has these values at these times alone.

    Both have a length of one and more; the result's are twice as long, and one.
    """
    shortest = min((b - a for a, b in pairwise(times)), default=1.0)
    around = 2.0 ** floor(log2(shortest)) * _AROUND
    x, y = [times[0] - 1.0], [NOT_AVAILABLE]
    for time, value in zip(times, values, strict=True):
        x += [time - around, time + around]
        y += [value, NOT_AVAILABLE]
    return np.array(x), np.array(y)


def times_within(x: Floats, y: Floats) -> Floats | None:
    """Return the times of the values of such a function; None where a function is another."""
    if len(x) < 3 or len(x) % 2 == 0 or not (y[::2] == NOT_AVAILABLE).all():
        return None
    return _middles(x[1::2], x[2::2])


def _middles(low: Floats, high: Floats) -> Floats:
    """Return the middles of narrow ranges; the number of few digits that one stands for."""
    middles = low + (high - low) / 2
    short = np.array([float(f"{m:.12g}") for m in middles])
    return np.where(np.abs(short - middles) <= 4 * np.spacing(np.abs(middles)), short, middles)
