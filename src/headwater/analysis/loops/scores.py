"""Link and loop scores of the loops-that-matter method.

The score of a link from x to z over one step is ``|Δx z / Δz| * sign(Δx z / Δx)``, where Δx z is
how far z moves if x alone changes as it did; 0 where x or z does not change. For a stock, z is
the net flow. The score of a loop is the product of the scores of its links; its relative score is
its share in the sum of the sizes of all loops' scores in its cycle partition.

Sources: Schoenberg, Davidsen and Eberlein, "Understanding model behavior using the Loops that
Matter method", *System Dynamics Review* 36(2), 2020, equations 1, 3 and 4; flows into stocks by the
correction of Schoenberg, Hayward and Eberlein, "Improving Loops that Matter", *System Dynamics
Review* 39(2), 2023, equation 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headwater.analysis.loops.effects import Effects
from headwater.analysis.loops.graph import CausalGraph
from headwater.analysis.loops.trace import Trace
from headwater.simulation.progress import Bar

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Signs = npt.NDArray[np.int8]

ROUNDING = 8 * np.finfo(np.float64).eps
"""Changes below this fraction of a variable's largest value in the run are rounding, not change."""
MOST_SCORES = 50_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Signed numbers that may be very large or small: ``sign * exp(size)``.

    Both are (links or loops, steps); ``size`` is -infinity where the score is 0.
    """

    size: Floats
    sign: Signs

    def values(self) -> Floats:
        """Return the numbers themselves; infinite where they do not fit."""
        with np.errstate(over="ignore"):
            return np.asarray(self.sign * np.exp(self.size))


def chosen_steps(trace: Trace, graph: CausalGraph) -> Integers:
    """Return the steps (by their ends) to score: all, or evenly spaced where those are too many."""
    steps = trace.clock.steps
    most = max(2, MOST_SCORES // max(1, len(graph.source)))
    if steps <= most:
        return np.arange(1, steps + 1, dtype=np.int64)
    return np.unique(np.linspace(1, steps, most).astype(np.int64))


def link_scores(
    trace: Trace, graph: CausalGraph, steps: Integers, *, seed: int = 0, progress: bool = True
) -> Scores:
    """Return the score of every link of the graph over each of the steps."""
    size = np.full((len(graph.source), len(steps)), -np.inf)
    sign = np.zeros(size.shape, dtype=np.int8)
    if not len(size):
        return Scores(size, sign)
    order = np.argsort(graph.target, kind="stable")
    targets, starts = np.unique(graph.target[order], return_index=True)
    effects = Effects(trace, graph, [int(t) for t in targets], steps, seed)
    with Bar("link scores", len(targets), show=progress) as bar:
        for target, links in zip(targets, np.split(order, starts[1:]), strict=True):
            effect = effects.of(int(target), [int(s) for s in graph.source[links]])
            floor = ROUNDING * _largest(trace, graph, int(target), effect.total)
            moved = np.abs(effect.total) > floor
            for link, partial in zip(links, effect.partial, strict=True):
                change, still = _change(trace, graph, int(graph.source[link]), steps)
                live = moved & ~still & np.isfinite(partial) & (partial != 0.0)
                ratio = np.abs(partial[live]) / np.abs(effect.total[live])
                size[link, live] = np.log(ratio)
                sign[link, live] = np.sign(partial[live]) * np.sign(change[live])
            bar.advance(1)
    return Scores(size, sign)


def _change(
    trace: Trace, graph: CausalGraph, cell: int, steps: Integers
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return how far a cell moved over each step, and where that is nothing but rounding."""
    quantity, element = graph.cell(cell)
    row = trace.values[quantity][element]
    change = row[steps] - row[steps - 1]
    return change, np.abs(change) <= ROUNDING * np.abs(row).max()


def _largest(trace: Trace, graph: CausalGraph, cell: int, total: Floats) -> float:
    """Return the largest size of what a cell's equation gives."""
    quantity, element = graph.cell(cell)
    if graph.accumulates(cell):
        return float(np.abs(total).max(initial=0.0))
    return float(np.abs(trace.values[quantity][element]).max())


def loop_scores(links: Scores, loops: Sequence[tuple[int, ...]]) -> Scores:
    """Return the score of each loop, given by its links, over each step."""
    steps = links.size.shape[1]
    size = np.empty((len(loops), steps))
    sign = np.empty((len(loops), steps), dtype=np.int8)
    for k, loop in enumerate(loops):
        chosen = list(loop)
        size[k] = links.size[chosen].sum(axis=0)
        sign[k] = links.sign[chosen].prod(axis=0, dtype=np.int8)
    return Scores(size, sign)


def relative_scores(scores: Scores) -> Floats:
    """Return each loop's share, with its sign; shares of a step add up to 1 in size, or are 0."""
    if not len(scores.size):
        return np.zeros(scores.size.shape)
    largest = scores.size.max(axis=0)
    live = np.isfinite(largest)
    share = np.zeros(scores.size.shape)
    share[:, live] = scores.sign[:, live] * np.exp(scores.size[:, live] - largest[live])
    total = np.abs(share).sum(axis=0)
    shares: Floats = np.divide(share, total, out=np.zeros_like(share), where=total > 0)
    return shares
