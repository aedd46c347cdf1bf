"""Ensembles: many runs over uncertainties × variants × policies, on common random draws.

Work goes through in chunks of runs, so that memory is bounded by what is kept. A run's numbers
depend on the seed and its own number only, never on chunks or threads.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice

import numpy as np
import numpy.typing as npt

from headwater.errors import SimulationError, UsageError
from headwater.simulation.building import Workshop
from headwater.simulation.experiment import Arm, EnsembleRequest, Experiment, plan_ensemble
from headwater.simulation.finite import finite_lanes, rows_to_check
from headwater.simulation.keeping import Kept
from headwater.simulation.layout import SavedVariable
from headwater.simulation.progress import Bar
from headwater.simulation.results import Results
from headwater.simulation.run import explain
from headwater.simulation.structure import POLICY_INPUT

Floats = npt.NDArray[np.float64]
CHUNK_BYTES = 64 * 2**20
LONGEST_CHUNK = 8192
SHORTEST_CHUNK = 16


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

    ``chunk`` is the number of runs at a time; None chooses it so that a chunk stays below
    64 MiB. While the caller looks at a chunk the next one is run. ``threads`` of None uses every
    processor. A chunk's values are overwritten when the next one is asked for: copy what is to
    stay. Raises :class:`SimulationError`, which names the variable, where not one simulation of a
    chunk is finite even at the start.
    """
    threads = threads or available_threads()
    step = chunk or chunk_size(experiment)
    if step < 1 or threads < 1:
        raise UsageError("`chunk` and `threads` must be 1 or more")
    with Bar("simulating", experiment.simulations, show=progress) as bar:
        yield from _one_ahead(
            partial(simulate, experiment, arm, u, start, threads, bar.advance, memory)
            for arm, u, start, memory in _pieces(experiment, step)
        )


def _pieces(experiment: Experiment, step: int) -> Iterator[tuple[Arm, Floats, int, Floats]]:
    """Yield what is to be run, piece by piece: variant, numbers, first run, room for the result.

    Two pieces in a row never share their room, so that one can be read while the next is run.
    """
    rooms: list[Floats | None] = [None, None]
    for start in range(0, experiment.runs, step):
        stop = min(start + step, experiment.runs)
        u = experiment.design.rows(start, stop)
        for arm in experiment.arms:
            room = memory_for(arm, stop - start, experiment, rooms[0])
            rooms = [rooms[1], room]
            yield arm, u, start, room


def _one_ahead(jobs: Iterator[Callable[[], Chunk]]) -> Iterator[Chunk]:
    """Yield what jobs return, in their order, and do the next one while the caller has the last."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        waiting = [pool.submit(job) for job in islice(jobs, 1)]
        while waiting:
            done = waiting.pop().result()
            waiting = [pool.submit(job) for job in islice(jobs, 1)]
            yield done


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


def chunk_size(experiment: Experiment) -> int:
    """Return how many runs at a time keep a chunk's result below 64 MiB."""
    size = experiment.arms[0].built.program.output_size
    saved = len(experiment.selection.clock.saved_steps())
    bytes_per_run = 8 * size * saved * max(1, len(experiment.policies))
    return int(np.clip(CHUNK_BYTES // max(1, bytes_per_run), SHORTEST_CHUNK, LONGEST_CHUNK))


def memory_for(arm: Arm, runs: int, experiment: Experiment, memory: Floats | None) -> Floats:
    """Return ``memory`` where it fits the arm's result for so many runs, else a new array.

    Fresh memory costs about as much time as the runs that fill it.
    """
    program = arm.built.program
    lanes = runs * max(1, len(experiment.policies))
    shape = (program.output_size, len(program.clock.saved_steps()), lanes)
    if memory is not None and memory.shape == shape:
        return memory
    return np.empty(shape)


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
    lanes = np.tile(inputs, (1, width))
    if experiment.policies:
        lanes[arm.built.rows[POLICY_INPUT]] = np.repeat(
            np.array(experiment.policy_numbers, dtype=np.float64), count
        )
    ids = np.tile(np.arange(start, stop, dtype=np.int64), width)
    raw = arm.built.executable.run(
        lanes, ids, experiment.seed, threads=threads, progress=advance, out=memory
    )
    values = experiment.selection.apply(raw)
    checked = rows_to_check(arm.built.project, arm.built.layout)
    checked_values = values if checked.all() else values[checked]
    finite = finite_lanes(checked_values).reshape(width, count)
    shaped = values.reshape(*values.shape[:2], width, count)
    piece = Chunk(experiment, arm, start, stop, inputs, shaped, finite)
    if not finite.any() and not finite_lanes(checked_values[:, :1]).any():
        raise _explained(piece)
    return piece


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
