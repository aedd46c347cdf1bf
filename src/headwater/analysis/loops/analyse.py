"""The feedback loops of one run, with what each contributes over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from headwater.analysis.loops.dominance import Interval, intervals
from headwater.analysis.loops.find import MOST_LOOPS, Found, find_loops
from headwater.analysis.loops.graph import CausalGraph, causal_graph
from headwater.analysis.loops.naming import Path, Stops, goes_through, without_elements
from headwater.analysis.loops.scores import (
    Floats,
    Scores,
    chosen_steps,
    link_scores,
    loop_scores,
    relative_scores,
)
from headwater.analysis.loops.trace import Trace
from headwater.errors import UsageError

By = Literal["element", "variable"]
CONFIDENT = 0.99


@dataclass(frozen=True, slots=True, eq=False)
class LoopSeries:
    """One feedback loop. ``score`` and ``relative`` are over the analysis' times.

    With arrays added up, ``score`` is that of the strongest element and ``relative`` the sum.
    """

    name: str
    path: Path
    score: Floats
    relative: Floats

    @property
    def importance(self) -> float:
        """Mean size of the relative score over all times."""
        return float(np.abs(self.relative).mean())

    @property
    def peak(self) -> int:
        """The step at which the loop's share is largest."""
        return int(np.argmax(np.abs(self.relative)))


@dataclass(frozen=True, slots=True, eq=False)
class Partition:
    """Loops whose stocks all reach each other, the most important first.

    Relative scores add up to 1 within a partition. Where not ``complete`` only the strongest loops
    at ``searched`` of the times are known.
    """

    stocks: tuple[str, ...]
    loops: tuple[LoopSeries, ...]
    complete: bool
    searched: int

    def together(self, through: Sequence[str]) -> tuple[list[LoopSeries], Floats]:
        """Return the loops that pass ``through``, in that order, and the sum of their shares."""
        passing = [s for s in self.loops if goes_through(s.path, through)]
        shares = [s.relative for s in passing] or [np.zeros(self.loops[0].relative.shape)]
        return passing, np.sum(shares, axis=0)

    def dominance(self) -> list[Interval]:
        """Return when which loops account for half of the change; numbers are places in loops."""
        return intervals(np.array([loop.relative for loop in self.loops]))


@dataclass(frozen=True, slots=True, eq=False)
class LoopAnalysis:
    """``times`` are the beginnings of the steps over which the scores are taken."""

    times: Floats
    partitions: tuple[Partition, ...]


def analyse_loops(
    trace: Trace,
    *,
    by: By = "element",
    most: int = MOST_LOOPS,
    seed: int = 0,
    progress: bool = True,
) -> LoopAnalysis:
    """Return the feedback loops of a run with their scores over time.

    ``by`` variable adds up the shares of loops that differ in elements of arrays only. Raises
    :class:`UsageError` where the run is too short to have a change.
    """
    if trace.clock.steps < 1:
        raise UsageError("a run of no step has no change to explain", hint="choose a later stop")
    graph = causal_graph(trace)
    steps = chosen_steps(trace, graph)
    links = link_scores(trace, graph, steps, seed=seed, progress=progress)
    found = find_loops(graph, links, most=most, progress=progress)
    stops = Stops(graph)
    partitions = [p for f in found if (p := _partition(graph, stops, links, f, by)) is not None]
    partitions.sort(key=lambda p: (-len(p.stocks), p.stocks))
    return LoopAnalysis(trace.times[steps - 1], tuple(_numbered(partitions)))


def _partition(
    graph: CausalGraph, stops: Stops, links: Scores, found: Found, by: By
) -> Partition | None:
    groups: dict[Path, list[tuple[int, ...]]] = {}
    for loop in found.loops:
        path = stops.path_of(loop)
        if path is not None:
            groups.setdefault(path, []).append(loop)
    if not groups:
        return None
    composite = _strongest_of([loop_scores(links, loops) for loops in groups.values()])
    relative = relative_scores(composite)
    series = [
        LoopSeries("", path, score, share)
        for path, score, share in zip(groups, composite.values(), relative, strict=True)
        if share.any()
    ]
    if by == "variable":
        series = _added_up(series)
    series.sort(key=lambda s: (-s.importance, s.path))
    stocks = dict.fromkeys(
        graph.owner[c].name
        for c in range(len(graph.owner))
        if graph.part[c] == found.part and graph.accumulates(c) and graph.owner[c].origin is None
    )
    return Partition(tuple(stocks), tuple(series), found.complete, found.searched)


def _strongest_of(groups: Sequence[Scores]) -> Scores:
    """Return, step by step, the largest score of each group.

    Several ways through a variable's hidden parts count as one link, that of the strongest way
    (Schoenberg and Eberlein, "Seamlessly Integrating Loops That Matter into Model Development and
    Analysis", 2020).
    """
    best = [g.size.argmax(axis=0) for g in groups]
    columns = np.arange(groups[0].size.shape[1])
    return Scores(
        np.array([g.size[b, columns] for g, b in zip(groups, best, strict=True)]),
        np.array([g.sign[b, columns] for g, b in zip(groups, best, strict=True)]),
    )


def _added_up(series: Sequence[LoopSeries]) -> list[LoopSeries]:
    """Return one loop for all that differ in elements only: the sum of their relative scores."""
    groups: dict[Path, list[LoopSeries]] = {}
    for loop in series:
        groups.setdefault(without_elements(loop.path), []).append(loop)
    added = []
    for path, members in groups.items():
        scores = np.array([m.score for m in members])
        largest = np.abs(scores).argmax(axis=0)
        score = scores[largest, np.arange(scores.shape[1])]
        added.append(LoopSeries("", path, score, np.sum([m.relative for m in members], axis=0)))
    return added


def _numbered(partitions: Sequence[Partition]) -> list[Partition]:
    """Name the loops R1, B1 and so on, in order of importance; U where the sign changes.

    The number of the partition stands before that where there are several.

    Ru and Bu: the sign changes, but nearly all of the loop's contribution has one sign (Schoenberg
    and Eberlein 2020).
    """
    named = []
    for group, partition in enumerate(partitions, start=1):
        prefix = f"{group}." if len(partitions) > 1 else ""
        counts: dict[str, int] = {}
        loops = []
        for loop in partition.loops:
            kind = polarity(loop.relative)
            counts[kind] = counts.get(kind, 0) + 1
            loops.append(
                LoopSeries(f"{prefix}{kind}{counts[kind]}", loop.path, loop.score, loop.relative)
            )
        named.append(
            Partition(partition.stocks, tuple(loops), partition.complete, partition.searched)
        )
    return named


def polarity(relative: Floats) -> str:
    """Return R (reinforcing), B (balancing), Ru or Bu (nearly always), or U (undetermined)."""
    up = float(relative[relative > 0].sum())
    down = float(-relative[relative < 0].sum())
    if down == 0.0:
        return "R"
    if up == 0.0:
        return "B"
    confidence = (up - down) / (up + down)
    return "Ru" if confidence > CONFIDENT else "Bu" if confidence < -CONFIDENT else "U"
