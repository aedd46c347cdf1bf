"""Keep an ensemble in a folder: begin, go on where it was cut short, finish."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from typing import Any

from headwater.errors import ClusterError, StoreError, UsageError
from headwater.simulation.building import Workshop
from headwater.simulation.ensemble import chunk_size
from headwater.simulation.experiment import EnsembleRequest, Experiment, plan_ensemble
from headwater.simulation.progress import Bar
from headwater.simulation.results.arrays import Results
from headwater.simulation.store.crew import Threads
from headwater.simulation.store.durable import checksums
from headwater.simulation.store.fan import (
    FanRounds,
    fan_chunk,
    fan_results,
    plan_fan,
)
from headwater.simulation.store.identity import identify, versions
from headwater.simulation.store.journal import WORK, Record, Store
from headwater.simulation.store.kept_arrays import (
    Arrays,
    KeepAll,
    input_blocks,
    input_files,
    plan_arrays,
)
from headwater.simulation.store.pieces import Crew, Job, Piece, Place, Work, cut
from headwater.simulation.store.wanted import Keeping
from headwater.simulation.store.zarr2 import read_group, whole_group


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """An ensemble that is kept in a folder, complete.

    ``pieces`` counts the pieces of work, ``found`` those that were there already. ``fan`` is the
    fan with its labels, ``arrays`` how every run lies in the store; one of them is None.
    """

    folder: Path
    experiment: Experiment
    pieces: int
    found: int
    not_finite: int
    fan: Results | None
    arrays: Arrays | None


def keep_ensemble(
    workshop: Workshop,
    request: EnsembleRequest,
    folder: Path,
    keeping: Keeping,
    crew: Crew | None = None,
    *,
    progress: bool = True,
) -> Stored:
    """Run an ensemble into a folder, or go on with one that was begun there.

    What is done is on the disk and noted there, piece by piece: after a kill, a full disk or a
    power cut the same call goes on from there. The numbers are those of
    :func:`~headwater.simulation.ensemble.gather`, and the files are the same bytes however often
    the work was cut short, whoever did it, and with any number of threads.

    Raises :class:`StoreError` where the folder holds another ensemble or cannot be written, and
    what :func:`~headwater.simulation.experiment.plan_ensemble` and the simulation raise.
    """
    keeping.check()
    if keeping.keep == "final":
        if request.times is not None:
            raise UsageError("the final values have no other `times`", hint="leave `times` out")
        request = replace(request, times=[inf])
    experiment = plan_ensemble(workshop, request)
    fan = keeping.keep == "fan"
    if fan:
        plan_fan(experiment, keeping.quantiles)
    chunk = keeping.chunk or (fan_chunk if fan else chunk_size)(experiment)
    more = {"quantiles": sorted(keeping.quantiles)} if fan else {}
    identity = identify(experiment, keep=keeping.keep, chunk=chunk, **more)
    crew = crew or Threads()
    with Store(folder, identity, durable=keeping.durable) as store:
        session = Session(store, experiment, request, crew, progress)
        if fan:
            return _keep_fan(session, chunk, keeping.quantiles)
        return _keep_all(session, chunk)


class Session:
    """One go at a store: carries out pieces that are not done, and shows how far it is."""

    def __init__(
        self,
        store: Store,
        experiment: Experiment,
        request: EnsembleRequest,
        crew: Crew,
        progress: bool,
    ) -> None:
        self.store, self.experiment, self.request = store, experiment, request
        self.crew = crew
        self.found = self.done = 0
        self._bar = Bar("simulating", experiment.simulations, show=progress)

    def carry_out(self, work: Work, pieces: Sequence[Piece]) -> None:
        """Do the pieces that are not done yet; all are noted as done when this returns."""
        left = [p for p in pieces if self.store.finished(p.key) is None]
        there = len(pieces) - len(left)
        self.found += there
        self.done += there
        place = Place(self.store.folder, self.store.durable)
        job = Job(self.experiment, self.request, work, place)
        width = max(1, len(self.experiment.policies))
        self._bar.advance(width * sum(p.stop - p.start for p in set(pieces) - set(left)))
        for done in self.crew.carry_out(job, left, self._bar.advance):
            if done.files is not None:
                self.store.put(done.files)
            self.store.note(done.record)
            self.done += 1

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Show progress; where the work cannot go on, say what is kept and how to take it up."""
        try:
            with self._bar:
                yield
        except KeyboardInterrupt:
            print(self.kept_so_far(), file=sys.stderr)
            raise
        except (StoreError, ClusterError) as error:
            first = error.diagnostics[0]
            raise type(error)(
                first.message, first.place, f"{first.hint}; {self.kept_so_far()}"
            ) from error

    def kept_so_far(self) -> str:
        """Return in words what the store keeps if the work ends now."""
        pieces = f"{self.done} piece{'s' * (self.done != 1)} of work"
        return f"{pieces} are done and kept in `{self.store.folder}`: the same command goes on"


def attributes_of(experiment: Experiment, bad: int) -> dict[str, Any]:
    """Return what makes an ensemble repeatable, and how many simulations are not finite."""
    known = {f"version_{name}": number for name, number in versions().items()}
    del known["version_headwater"]
    return {**experiment.attributes(), **known, "not_finite": bad}


def bad_runs(store: Store, pieces: Sequence[Piece]) -> int:
    """Return how many simulations of some pieces, all done, hold values that are not finite."""
    found = [store.record(p.key) for p in pieces]
    return sum(record.not_finite for record in found)


def table(session: Session, pieces: Sequence[Piece]) -> list[dict[str, Any]]:
    """Return the manifest's row of each piece. What has been used up since is not listed."""
    store, variants = session.store, session.experiment.variants
    found = []
    for piece in pieces:
        record = store.record(piece.key)
        row: dict[str, Any] = {"variant": variants[piece.arm]} if variants != ("",) else {}
        row |= {"runs": [piece.start, piece.stop], "not_finite": record.not_finite}
        files = [list(f) for f in record.files if not f[0].startswith(WORK)]
        found.append({**row, "files": files} if files else row)
    return found


def _keep_all(session: Session, chunk: int) -> Stored:
    experiment, store = session.experiment, session.store
    arrays = plan_arrays(experiment, chunk)
    pieces = cut(experiment, chunk)
    blocks = {f"inputs {b}": b for b in range(input_blocks(experiment.runs))}
    if not arrays.inputs:
        blocks = {}
    if not store.complete:
        with session.watched():
            session.carry_out(KeepAll(arrays), pieces)
            for key, block in blocks.items():
                if store.finished(key) is None:
                    files = input_files(experiment, arrays, block)
                    store.put(files)
                    store.note(Record(key, checksums(files)))
            bad = bad_runs(store, pieces)
            store.put(arrays.files(attributes_of(experiment, bad)))
            store.finish(table(session, pieces), bad)
    bad = store.not_finite
    found = session.found if session.done else len(pieces)
    return Stored(store.folder, experiment, len(pieces), found, bad, None, arrays)


def _keep_fan(session: Session, chunk: int, quantiles: Sequence[float]) -> Stored:
    experiment, store = session.experiment, session.store
    fan = plan_fan(experiment, quantiles)
    threads = session.crew.threads
    rounds = FanRounds(store, experiment, fan, chunk, session.carry_out, threads)
    pieces = rounds.pieces()
    if store.complete:
        attributes: Mapping[str, Any] = attributes_of(experiment, store.not_finite)
        results = read_group(store.folder, fan_results(experiment, fan, None, attributes))
        return Stored(
            store.folder, experiment, len(pieces), len(pieces), store.not_finite, results, None
        )
    with session.watched():
        values = rounds.run()
        bad = bad_runs(store, pieces)
        results = fan_results(experiment, fan, values, attributes_of(experiment, bad))
        store.put(whole_group(results))
        store.finish(table(session, pieces), bad)
    return Stored(store.folder, experiment, len(pieces), session.found, bad, results, None)
