"""The main ensemble of a test, kept on disk as it goes, or run on a cluster.

What is kept of a piece of work are truth and effect of every expectation in each run, and what is
followed over time: what the test needs of it, and nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from headwater.argument.conditions import Values
from headwater.argument.ensembles import Ensembles, batch_of
from headwater.argument.following import Following, follow
from headwater.argument.ledger.claims import Ledger
from headwater.argument.trials import Trials, evaluated
from headwater.errors import ClusterError, StoreError
from headwater.model.case import Case
from headwater.simulation.ensemble import Chunk, chunk_size
from headwater.simulation.experiment import EnsembleRequest, Experiment
from headwater.simulation.progress import Bar
from headwater.simulation.store.identity import identify
from headwater.simulation.store.journal import Store
from headwater.simulation.store.output import crew_of
from headwater.simulation.store.packing import pack, unpack
from headwater.simulation.store.pieces import Crew, Job, Piece, cut
from headwater.simulation.store.saving import Session, bad_runs, table

FOLDER = "runs"
Take = Callable[[Piece, Mapping[str, Values]], None]


@dataclass(frozen=True, slots=True, eq=False)
class JudgeRuns:
    """The work of a test's pieces: evaluate every expectation, follow outcomes and figures.

    ``policies`` are those that are followed, in the first ``kept`` runs.
    """

    case: Case
    ledger: Ledger
    policies: tuple[str, ...]
    baseline: str
    kept: int

    def files(self, piece: Piece, chunk: Chunk) -> dict[str, bytes]:
        """Return the file of one piece."""
        batch = batch_of(chunk, self.baseline)
        found = evaluated(self.case.expectations, batch)
        found |= follow(self.case, self.ledger, self.policies, self.kept, batch)
        return {self.name(piece): pack(found)}

    def name(self, piece: Piece) -> str:
        """Return where the file of a piece is."""
        return f"{FOLDER}/{piece.number}.{piece.arm}"

    def fingerprint(self) -> str:
        """Return a hash of all that decides what is kept of a run."""
        case = self.case
        asked = (
            [(e.name, e.condition, e.effect) for e in case.expectations],
            [f.compute for claim in self.ledger.claims for f in claim.model],
            [o.variable for o in case.outcomes],
            [c.variable for c in case.comparisons],
            (self.policies, self.baseline, self.kept),
        )
        return hashlib.sha256(repr(asked).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Means:
    """Where the work is done, and where what comes of it is kept; see ``testing.Options``."""

    store: Path | None
    cluster: str | None
    threads: int
    progress: bool


def run_main(
    ensembles: Ensembles, runs: int, trials: Trials, following: Following, means: Means
) -> None:
    """Run a test's main ensemble into ``trials`` and ``following``.

    Raises :class:`StoreError` and :class:`ClusterError`, which say how to go on, and what
    simulations raise.
    """
    experiment, request = ensembles.main_experiment(runs)
    work = JudgeRuns(
        following.case,
        following.ledger,
        following.policies,
        ensembles.policies[0],
        following.kept,
    )

    def take(piece: Piece, found: Mapping[str, Values]) -> None:
        variant = experiment.variants[piece.arm]
        trials.put(variant, piece.start, found)
        following.put(variant, piece.start, found)
        ensembles.count(piece.stop - piece.start)

    with crew_of(means.cluster, means.threads or None) as crew:
        if means.store is None:
            _run(experiment, request, work, crew, take, means.progress)
        else:
            _run_kept(experiment, request, work, crew, take, means.store, means.progress)


def _run(
    experiment: Experiment,
    request: EnsembleRequest,
    work: JudgeRuns,
    crew: Crew,
    take: Take,
    progress: bool,
) -> None:
    pieces = cut(experiment, chunk_size(experiment))
    with Bar("simulating", experiment.simulations, show=progress) as bar:
        try:
            for done in crew.carry_out(Job(experiment, request, work), pieces, bar.advance):
                assert done.files is not None
                take(done.piece, unpack(done.files[work.name(done.piece)]))
        except ClusterError as error:
            first = error.diagnostics[0]
            hint = f"{first.hint}; with a store (`--store FOLDER`) what is done would be kept"
            raise ClusterError(first.message, first.place, hint) from error


def _run_kept(
    experiment: Experiment,
    request: EnsembleRequest,
    work: JudgeRuns,
    crew: Crew,
    take: Take,
    folder: Path,
    progress: bool,
) -> None:
    chunk = chunk_size(experiment)
    pieces = cut(experiment, chunk)
    identity = identify(experiment, keep="test", chunk=chunk, conditions=work.fingerprint())
    with Store(folder, identity) as store:
        session = Session(store, experiment, request, crew, progress)
        with session.watched():
            if not store.complete:
                session.carry_out(work, pieces)
                store.finish(table(session, pieces), bad_runs(store, pieces))
        for piece in pieces:
            path = folder / work.name(piece)
            try:
                take(piece, unpack(path.read_bytes()))
            except (OSError, ValueError) as error:
                raise StoreError(
                    f"cannot read `{path}`: {error}", hint="remove the store and run again"
                ) from None
