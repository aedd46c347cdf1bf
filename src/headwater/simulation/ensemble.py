"""Ensembles: many runs over uncertainties × variants × policies, on common random draws.

Work goes through in chunks of runs, so that memory is bounded by what is kept. A run's numbers
depend on the seed and its own number only, never on chunks or threads.
"""

from __future__ import annotations

import os
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from headwater.compiler.targets.finite import finite_lanes
from headwater.errors import SimulationError, UsageError
from headwater.simulation.building import Workshop
from headwater.simulation.experiment import Arm, EnsembleRequest, Experiment, plan_ensemble
from headwater.simulation.keeping import Kept
from headwater.simulation.layout import SavedVariable
from headwater.simulation.progress import Bar
from headwater.simulation.results.arrays import Results
from headwater.simulation.rooms import ROOMS
from headwater.simulation.run import explain
from headwater.simulation.side_by_side import Hands, open_at_once
from headwater.simulation.structure import POLICY_INPUT

Floats = npt.NDArray[np.float64]
CHUNK_BYTES = 64 * 2**20
LONGEST_CHUNK = 8192
SHORTEST_CHUNK = 16
PIECES_PER_THREAD = 8
"""An ensemble is cut into so many pieces for each thread, that all may end together."""

SHORTEST_PIECE = 256
"""Fewer runs at a time would spend their time on what each piece costs besides."""


class NotFiniteWarning(UserWarning):
    """Some runs of an ensemble hold values that are not finite."""


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Runs ``start`` to ``stop`` (exclusive) of one variant, under every policy.

    ``values`` is (elements of all outputs, time, policy, run), ``inputs`` (inputs, run);
    ``finite`` (policy, run) tells whether every kept value of a case is finite. Where there are no
    policies that axis has length 1.
    """

    experiment: Experiment
    arm: Arm
    start: int
    stop: int
    inputs: Floats
    values: Floats
    finite: npt.NDArray[np.bool_]

    def array(self, variable: SavedVariable) -> Floats:
        """Return one variable as (policy, run, time, its own dimensions), a view.

        A static variable has the same value at every time.
        """
        rows = self.values[variable.start : variable.stop]
        shaped = rows.reshape(*variable.shape, *rows.shape[1:])
        own = len(variable.shape)
        return shaped.transpose(own + 1, own + 2, own, *range(own))


def run_chunks(
    experiment: Experiment,
    *,
    threads: int | None = None,
    chunk: int | None = None,
    progress: bool = True,
) -> Iterator[Chunk]:
    """Run an experiment piece by piece: all variants of the first runs, then of the next.

    ``chunk`` is the number of runs at a time; None chooses it so that all chunks that exist at once
    stay below 64 MiB together. ``threads`` of None uses every processor; with two
    or more, each runs a chunk of its own, and the next ones are run while the caller looks at one.
    A chunk's values are overwritten when the next one is asked for: copy what is to stay. Raises
    :class:`SimulationError`, which names the variable, where not one simulation of a chunk is
    finite even at the start.
    """
    threads = available_threads() if threads is None else threads
    if threads < 1 or (chunk is not None and chunk < 1):
        raise UsageError(
            "`chunk` and `threads` must be 1 or more", hint="leave them out to have them chosen"
        )
    step = chunk or _runs_at_once(experiment, threads)
    pieces = -(-experiment.runs // step) * len(experiment.arms)
    side_by_side = min(threads, pieces)
    each = threads // side_by_side
    with Bar("simulating", experiment.simulations, show=progress) as bar:
        hands = Hands(side_by_side, bar.advance)
        yield from hands.work(
            partial(simulate, experiment, arm, u, start, each, hands.tell, memory)
            for arm, u, start, memory in _pieces(experiment, step, open_at_once(side_by_side))
        )


def _pieces(
    experiment: Experiment, step: int, rooms: int
) -> Iterator[tuple[Arm, Floats, int, Floats]]:
    """Yield what is to be run, piece by piece: variant, numbers, first run, room for the result.

    So many pieces in a row never share their room, so that one can be read while others are run.
    """
    free: deque[Floats | None] = deque([None] * rooms)
    for start in range(0, experiment.runs, step):
        stop = min(start + step, experiment.runs)
        u = experiment.design.rows(start, stop)
        for arm in experiment.arms:
            room = memory_for(arm, stop - start, experiment, free.popleft())
            free.append(room)
            yield arm, u, start, room


def gather(
    workshop: Workshop,
    request: EnsembleRequest,
    *,
    threads: int | None = None,
    chunk: int | None = None,
    progress: bool = True,
    reduce: Callable[[Chunk], None] | None = None,
) -> Results:
    """Run an ensemble and return what it kept.

    Dimensions are ``variant`` and ``policy`` where the case declares some, ``run``, ``time`` and
    the model's own. With ``reduce`` each chunk goes there and only the sampled inputs are kept.
    Simulations that are not finite are kept, counted in the attribute ``not_finite`` and warned
    of; where a whole chunk is not finite, :class:`SimulationError` names the variable.
    """
    experiment = plan_ensemble(workshop, request)
    kept = Kept(experiment, outputs=reduce is None)
    bad = 0
    for piece in run_chunks(experiment, threads=threads, chunk=chunk, progress=progress):
        must_be_finite(piece)
        bad += int(np.count_nonzero(~piece.finite))
        kept.add(piece.arm, slice(piece.start, piece.stop), piece.inputs, piece.values)
        if reduce is not None:
            reduce(piece)
    if bad:
        warnings.warn(
            f"{bad} of {experiment.simulations} simulations hold values that are not finite",
            NotFiniteWarning,
            stacklevel=3,
        )
    return kept.results({"not_finite": bad})


def available_threads() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def chunk_size(experiment: Experiment, chunks: int = 1) -> int:
    """Return how many runs at a time keep the results of so many chunks below 64 MiB."""
    size = experiment.arms[0].built.program.output_size
    saved = len(experiment.selection.clock.saved_steps())
    bytes_per_run = 8 * size * saved * max(1, len(experiment.policies))
    room = CHUNK_BYTES // chunks
    return int(np.clip(room // max(1, bytes_per_run), SHORTEST_CHUNK, LONGEST_CHUNK))


def _runs_at_once(experiment: Experiment, threads: int) -> int:
    """Return how many runs a chunk has where nothing is stored, so that threads share the work."""
    most = chunk_size(experiment, open_at_once(threads))
    if threads == 1:
        return most
    shared = experiment.runs * len(experiment.arms) // (PIECES_PER_THREAD * threads)
    return min(most, max(SHORTEST_PIECE, -(-shared // SHORTEST_PIECE) * SHORTEST_PIECE))


def memory_for(arm: Arm, runs: int, experiment: Experiment, memory: Floats | None) -> Floats:
    """Return ``memory`` where the arm's result for so many runs fits in, else another array."""
    lanes, saved = runs * max(1, len(experiment.policies)), arm.built.saved_shape
    if memory is not None and memory.shape[:2] == saved and memory.shape[2] >= lanes:
        return memory[:, :, :lanes]
    return ROOMS.take((*saved, lanes))


def simulate(
    experiment: Experiment,
    arm: Arm,
    u: Floats,
    start: int,
    threads: int,
    advance: Callable[[int], None] | None,
    memory: Floats,
) -> Chunk:
    """Run one variant from run ``start`` on, at the design's numbers ``u`` (rows, runs).

    ``memory`` takes the result, see :func:`memory_for`; ``advance`` is told of finished runs.
    Raises :class:`SimulationError` where not one simulation is finite even at the start.
    """
    count = u.shape[1]
    stop = start + count
    inputs = arm.inputs(u, start, stop)
    width = max(1, len(experiment.policies))
    lanes, ids = inputs, np.arange(start, stop, dtype=np.int64)
    if experiment.policies:
        lanes, ids = np.tile(inputs, (1, width)), np.tile(ids, width)
        lanes[arm.built.rows[POLICY_INPUT]] = np.repeat(
            np.array(experiment.policy_numbers, dtype=np.float64), count
        )
    finite = np.empty(len(ids), dtype=np.bool_)
    raw = arm.built.executable.run(
        lanes, ids, experiment.seed, threads=threads, progress=advance, out=memory, finite=finite
    )
    values = experiment.selection.apply(raw)
    _look_again(experiment, arm, values, finite)
    shaped = values.reshape(*values.shape[:2], width, count)
    piece = Chunk(experiment, arm, start, stop, inputs, shaped, finite.reshape(width, count))
    if not finite.any() and not finite_lanes(_to_check(arm, values[:, :1])).any():
        raise _explained(piece)
    return piece


def _look_again(
    experiment: Experiment, arm: Arm, values: Floats, finite: npt.NDArray[np.bool_]
) -> None:
    """Set ``finite`` for what is kept, where the executable told it of all that was saved.

    Data may have gaps, times that are not kept do not count, and between two finite values one
    that is interpolated may overflow.
    """
    if finite.all() and not experiment.selection.between:
        return
    doubtful = np.flatnonzero(~finite | experiment.selection.between)
    checked = _to_check(arm, values)
    some = checked if len(doubtful) == len(finite) else checked[..., doubtful]
    finite[doubtful] = finite_lanes(some)


def _to_check(arm: Arm, values: Floats) -> Floats:
    rows = arm.built.checked_rows
    return values if rows.all() else values[rows]


def must_be_finite(piece: Chunk) -> None:
    """Raise :class:`SimulationError`, naming the variable, where no simulation is finite."""
    if not piece.finite.any():
        raise _explained(piece)


def _explained(piece: Chunk) -> SimulationError:
    """Return an error that says where the first simulation of a chunk goes wrong."""
    arm, experiment = piece.arm, piece.experiment
    column = piece.inputs[:, 0].copy()
    if experiment.policies:
        column[arm.built.rows[POLICY_INPUT]] = experiment.policy_numbers[0]
    return explain(
        experiment.workshop,
        arm.recipe,
        experiment.target,
        column,
        arm.built,
        experiment.seed,
        piece.start,
    )
