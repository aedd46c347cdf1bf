"""When which loops dominate.

Loops dominate a cycle partition at a time if together they account for at least half of the change
(Schoenberg, Davidsen and Eberlein 2020, who take the definition from Ford 1999): here the fewest
that do, the largest first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from headwater.analysis.loops.scores import Floats

HALF = 0.5
SLACK = 1e-12


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of steps, ``first`` to ``last``, dominated by the same loops; none: no change."""

    first: int
    last: int
    loops: tuple[int, ...]


def dominant(relative: Floats) -> list[tuple[int, ...]]:
    """Return, for each step, the rows of the fewest loops that account for half of the change.

    ``relative`` is (loops, steps); a step without change has none.
    """
    size = np.abs(relative)
    order = np.argsort(-size, axis=0, kind="stable")
    sums = np.cumsum(np.take_along_axis(size, order, axis=0), axis=0)
    found: list[tuple[int, ...]] = []
    for step in range(relative.shape[1]):
        if not len(order) or sums[-1, step] == 0.0:
            found.append(())
            continue
        count = int(np.argmax(sums[:, step] >= HALF * sums[-1, step] - SLACK)) + 1
        found.append(tuple(sorted(int(k) for k in order[:count, step])))
    return found


def intervals(relative: Floats) -> list[Interval]:
    """Return the stretches during which the same loops dominate."""
    found: list[Interval] = []
    for step, loops in enumerate(dominant(relative)):
        if found and found[-1].loops == loops:
            found[-1] = Interval(found[-1].first, step, loops)
        else:
            found.append(Interval(step, step, loops))
    return found
