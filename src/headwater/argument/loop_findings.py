"""What the case's named loops contribute over time, under each rival structure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from headwater.analysis.loops.analyse import analyse_loops, polarity
from headwater.analysis.loops.scores import Floats
from headwater.analysis.loops.trace import trace
from headwater.argument.loop_trials import LoopTrial, loop_trials
from headwater.argument.plan import prepare
from headwater.errors import UsageError
from headwater.language.printer import print_expression
from headwater.model.case import Case, NamedLoop
from headwater.simulation.building import Recipe, Workshop
from headwater.simulation.progress import Bar

MOST_POINTS = 60
HALF = 0.5
TRIED = 500


@dataclass(frozen=True, slots=True)
class LoopShare:
    """All loops of one name under one structure, in a single run at central values.

    ``share`` is their part of the change among the loops that share stocks with them, positive
    where they reinforce and negative where they balance, as means over equal stretches of time.
    ``dominates`` are the stretches in which it is at least a half. ``polarity`` is R, B, Ru, Bu or
    U, empty where no loop acts. ``complete`` tells whether every loop of the group was listed.
    """

    structure: str
    loops: int
    polarity: str
    times: tuple[float, ...]
    share: tuple[float, ...]
    dominates: tuple[tuple[float, float], ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class NamedLoopFindings:
    """One loop that the case names. ``cut`` is empty where the case does not say where to cut."""

    title: str
    through: tuple[str, ...]
    note: str
    cut: str
    shares: tuple[LoopShare, ...]
    trials: tuple[LoopTrial, ...]


@dataclass(frozen=True, slots=True)
class LoopFindings:
    """Every named loop, under the baseline. ``runs`` draws are behind each trial."""

    loops: tuple[NamedLoopFindings, ...]
    policy: str
    runs: int
    seed: int


def loop_findings(
    case: Case, *, runs: int = TRIED, seed: int = 1, threads: int = 0, progress: bool = True
) -> LoopFindings:
    """Return the shares of the case's named loops, and their claims with and without them.

    Raises:
        CaseError: the case is not in order.
        UsageError: the case names no loop, or a link to be cut is not in the model.
    """
    if not case.loops:
        raise UsageError(
            "the case names no loop", hint='add `loop "Title" = this -> that -> another`'
        )
    trials = loop_trials(prepare(case), runs, seed, threads, progress)
    shares = _shares(case, progress)
    found = tuple(
        NamedLoopFindings(
            title=loop.title,
            through=tuple(print_expression(n) for n in loop.through),
            note=loop.documentation,
            cut=_cut(loop),
            shares=tuple(shares[loop.title]),
            trials=tuple(t for t in trials if t.loop == loop.title),
        )
        for loop in case.loops
    )
    return LoopFindings(found, case.defaults.baseline, runs, seed)


def _cut(loop: NamedLoop) -> str:
    if loop.cut is None:
        return ""
    when = "" if loop.cut.at is None else f" at {loop.cut.at:g}"
    return f"{loop.cut.source.text} -> {loop.cut.target.text}{when}"


def _shares(case: Case, progress: bool) -> dict[str, list[LoopShare]]:
    workshop = Workshop(case.project, case)
    structures = [v.name for v in case.variants] or [""]
    found: dict[str, list[LoopShare]] = {loop.title: [] for loop in case.loops}
    with Bar("following loops", len(structures), show=progress) as bar:
        for structure in structures:
            recipe = Recipe(variant=structure, policy=case.defaults.baseline)
            for loop, share in _of_structure(case, workshop, recipe):
                found[loop.title].append(share)
            bar.advance(1)
    return found


def _of_structure(
    case: Case, workshop: Workshop, recipe: Recipe
) -> Iterator[tuple[NamedLoop, LoopShare]]:
    analysis = analyse_loops(trace(workshop.project_for(recipe)), progress=False)
    step = float(analysis.times[1] - analysis.times[0]) if len(analysis.times) > 1 else 0.0
    for loop in case.loops:
        through = [print_expression(n) for n in loop.through]
        share: Floats = np.zeros(len(analysis.times))
        count, complete = 0, True
        for partition in analysis.partitions:
            passing, together = partition.together(through)
            if passing:
                share, count, complete = together, len(passing), partition.complete
                break
        blocks = np.array_split(np.arange(len(share)), min(MOST_POINTS, len(share)))
        yield (
            loop,
            LoopShare(
                structure=recipe.variant,
                loops=count,
                polarity=polarity(share) if count else "",
                times=tuple(float(analysis.times[b].mean()) for b in blocks),
                share=tuple(float(share[b].mean()) for b in blocks),
                dominates=tuple(_stretches(analysis.times, np.abs(share) >= HALF, step)),
                complete=complete,
            ),
        )


def _stretches(times: Floats, where: np.ndarray, step: float) -> Iterator[tuple[float, float]]:
    """Yield the stretches of time in which something is so, the last step included."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], where, [False]]).astype(int)))
    for first, after in edges.reshape(-1, 2):
        yield float(times[first]), float(times[after - 1]) + step
