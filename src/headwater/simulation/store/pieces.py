"""An ensemble cut into pieces of work, and what one of them does, wherever it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Protocol

import numpy as np
import numpy.typing as npt

from headwater.simulation.ensemble import Chunk, memory_for, must_be_finite, simulate
from headwater.simulation.experiment import EnsembleRequest, Experiment
from headwater.simulation.store.durable import checksums, write_files
from headwater.simulation.store.journal import ASIDE, WORK, Record

Floats = npt.NDArray[np.float64]
Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Piece:
    """Runs ``start`` to ``stop`` (exclusive) of one variant under all policies.

    ``key`` names it in the journal; ``number`` counts chunks of runs, ``arm`` variants.
    """

    key: str
    number: int
    arm: int
    start: int
    stop: int


class Work(Protocol):
    """What is made of a piece where it was simulated."""

    def files(self, piece: Piece, chunk: Chunk) -> dict[str, bytes]:
        """Return what is kept of a chunk: contents by name, the same wherever it is done."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """The folder that pieces write to, which another machine may or may not see."""

    folder: Path
    durable: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """What all pieces share. ``request`` is what ``experiment`` was planned from."""

    experiment: Experiment
    request: EnsembleRequest
    work: Work
    place: Place | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Done:
    """A piece that is done. ``files`` is None where they are in their place already."""

    piece: Piece
    record: Record
    files: Mapping[str, bytes] | None


class Crew(Protocol):
    """Those who do the work: threads here, or a cluster.

    ``threads`` is how many this process may use for what it does itself.
    """

    threads: int

    def carry_out(self, job: Job, pieces: Sequence[Piece], advance: Advance) -> Iterator[Done]:
        """Do every piece and yield each as it is done, in any order.

        ``advance`` is told how many simulations have been finished.
        """
        ...


def cut(
    experiment: Experiment, chunk: int, numbers: range | None = None, prefix: str = ""
) -> list[Piece]:
    """Return the pieces of some chunks of runs, all if left out; ``prefix`` begins their keys."""
    found = []
    for number in numbers if numbers is not None else range(-(-experiment.runs // chunk)):
        start = number * chunk
        stop = min(start + chunk, experiment.runs)
        found += [
            Piece(f"{prefix}{number}.{arm}", number, arm, start, stop)
            for arm in range(len(experiment.arms))
        ]
    return found


class Bench:
    """Where one thread simulates: memory that is used again from piece to piece."""

    def __init__(self) -> None:
        self.memory: Floats | None = None


_DRAWING = Lock()


def perform(
    experiment: Experiment,
    work: Work,
    piece: Piece,
    place: Place | None,
    bench: Bench,
    threads: int = 1,
    advance: Advance | None = None,
) -> Done:
    """Simulate a piece, make of it what is kept, and write that where there is a place for it.

    Raises :class:`SimulationError` where no simulation is finite, :class:`StoreError` where the
    result cannot be written.
    """
    arm = experiment.arms[piece.arm]
    with _DRAWING:  # a design keeps the block of draws that it made last
        u = experiment.design.rows(piece.start, piece.stop)
    bench.memory = memory_for(arm, piece.stop - piece.start, experiment, bench.memory)
    chunk = simulate(experiment, arm, u, piece.start, threads, advance, bench.memory)
    must_be_finite(chunk)
    files = work.files(piece, chunk)
    bad = int(np.count_nonzero(~chunk.finite))
    record = Record(piece.key, checksums(files), bad)
    if place is None:
        return Done(piece, record, files)
    write_files(place.folder, files, place.folder / WORK / ASIDE, durable=place.durable)
    return Done(piece, record, None)
