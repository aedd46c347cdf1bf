"""Pieces of an ensemble on a Dask cluster: other processes, here or on other machines.

What all pieces share, the model and what is asked of it, goes to each worker once; machine code
goes along and is used where the processor is the same. A worker that would give other digits than
this machine is refused. Results go straight into the store where a worker sees its folder, else
through the scheduler to this process, which alone notes what is done. A worker may die at any time:
its pieces are done by another.

Dask moves tasks between processes by pickling them: connect only to a cluster that is yours.
"""

from __future__ import annotations

import hashlib
import logging
import platform
import secrets
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from headwater.errors import ClusterError, MissingExtra
from headwater.model.case import Case
from headwater.model.project import Project
from headwater.simulation.building import Workshop
from headwater.simulation.ensemble import available_threads
from headwater.simulation.experiment import EnsembleRequest, Experiment, plan_ensemble
from headwater.simulation.side_by_side import interrupts_held
from headwater.simulation.store.identity import Identity, differences, identify
from headwater.simulation.store.journal import WORK
from headwater.simulation.store.pieces import Advance, Bench, Done, Job, Piece, Place, Work, perform

if TYPE_CHECKING:
    from distributed import Client, Future

LOCAL = "local"
HERE = f"{WORK}/here"
PROBED_RUNS = 64
PATIENCE = 15.0
"""Seconds to wait for a scheduler to answer."""
RECOUNT = 5.0
"""Seconds after which the cluster's workers are counted again."""

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True, eq=False)
class Parcel:
    """What every piece of an ensemble needs. ``probe`` is a fingerprint of the first inputs."""

    key: str
    project: Project
    case: Case | None
    request: EnsembleRequest
    identity: Identity
    probe: str
    codes: tuple[tuple[str, int, bytes, int], ...]


@dataclass(frozen=True, slots=True)
class Shared:
    """A store's folder, and the text that a file in it has: other machines may not see it."""

    place: Place
    token: str

    def visible(self) -> bool:
        """Tell whether this process sees the very same folder."""
        try:
            return (self.place.folder / HERE).read_text(encoding="utf-8") == self.token
        except OSError:
            return False


class Cluster:
    """Does pieces on the workers of a Dask cluster, one in each of their threads."""

    def __init__(self, client: Client, address: str) -> None:
        self.client, self.address = client, address
        self.threads = available_threads()
        self._counted = (0.0, 1)

    def carry_out(self, job: Job, pieces: Sequence[Piece], advance: Advance) -> Iterator[Done]:
        """Do every piece and yield each as it is done.

        Raises :class:`ClusterError` where the cluster is lost or its workers give other digits, and
        what a piece raises.
        """
        from distributed import as_completed

        if not pieces:
            return
        shared = _shared(job.place)
        running: Any = None
        try:
            self._wait_for_a_worker()
            parcel = self._hand_over(_parcel(job))
            work = self._hand_over(job.work)
            waiting = iter(pieces)
            running = as_completed(loop=self.client.loop)

            def fill() -> None:
                while running.count() < self._most() and (piece := next(waiting, None)):
                    running.add(
                        self.client.submit(
                            work_on, parcel, work, piece, shared, pure=False, retries=1
                        )
                    )

            fill()
            width = max(1, len(job.experiment.policies))
            for future in running:
                done: Done = future.result()
                advance(width * (done.piece.stop - done.piece.start))
                future.release()
                yield done
                fill()
        except Exception as error:
            raise self._told(error) from error
        finally:
            if running is not None:
                _call_off(self.client, running)

    def _hand_over(self, thing: object) -> Future:
        """Give the cluster something that many pieces need; each worker fetches it once.

        It is the result of a task, so that it can be had again when its holder dies.
        """
        return self.client.submit(_same, thing, pure=False)

    def _most(self) -> int:
        """Return how many pieces to hand out at a time."""
        when, threads = self._counted
        if monotonic() - when > RECOUNT:
            threads = sum(self.client.nthreads().values())
            self._counted = (monotonic(), threads)
        return 2 * threads + 2

    def _wait_for_a_worker(self) -> None:
        if not self.client.nthreads():
            print(f"waiting for a worker of the cluster at {self.address}", file=sys.stderr)
            self.client.wait_for_workers(1)

    def _told(self, error: Exception) -> Exception:
        """Return an error in words where the cluster is at fault, else the error itself."""
        from concurrent.futures import CancelledError

        from distributed import KilledWorker
        from distributed.client import FutureCancelledError
        from distributed.comm import CommClosedError

        if isinstance(error, KilledWorker):
            return ClusterError(
                "a piece of work ended several workers of the cluster",
                hint="look at their logs; give them more memory, or take smaller pieces (`chunk`)",
            )
        if isinstance(error, ImportError):
            return ClusterError(
                f"a worker of the cluster cannot load what it needs: {error}",
                hint="install the same version of Headwater there",
            )
        lost = CommClosedError, CancelledError, FutureCancelledError, TimeoutError
        if isinstance(error, lost):
            return ClusterError(
                f"the cluster at {self.address} was lost",
                hint="start it again, or look whether it can be reached",
            )
        return error


@contextmanager
def connect(address: str, threads: int | None = None) -> Iterator[Cluster]:
    """Give a cluster: the scheduler at an address or in a scheduler file, or ``local`` processes.

    ``threads`` is the number of local processes; None is one for each processor. Raises
    :class:`MissingExtra` and :class:`ClusterError`.
    """
    if find_spec("distributed") is None:
        raise MissingExtra(
            "running on a cluster needs the library `distributed`",
            hint='install it: pip install "headwater[cluster]"',
        )
    with ExitStack() as stack:
        stack.enter_context(_quietly())
        client = _client(address, threads, stack)
        yield Cluster(client, address)


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep Dask's log of this process to itself: what it means is said in one message."""
    import distributed  # noqa: F401 - makes its loggers

    names = [n for n in logging.root.manager.loggerDict if n.split(".")[0] == "distributed"]
    levels = {name: logging.getLogger(name).level for name in names}
    try:
        for name in names:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def _client(address: str, threads: int | None, stack: ExitStack) -> Client:
    from distributed import Client, LocalCluster

    try:
        if address == LOCAL:
            with interrupts_held():
                local = LocalCluster(
                    n_workers=threads or available_threads(),
                    threads_per_worker=1,
                    processes=True,
                    host="127.0.0.1",
                    dashboard_address=None,
                    silence_logs="CRITICAL",
                )
            stack.enter_context(local)
            return stack.enter_context(Client(local, set_as_default=False))
        if Path(address).is_file():
            where: dict[str, Any] = {"scheduler_file": address}
        else:
            where = {"address": address}
        return stack.enter_context(Client(**where, timeout=PATIENCE, set_as_default=False))
    except (OSError, ValueError, TimeoutError) as error:
        raise ClusterError(
            f"cannot reach a cluster at `{address}`: {error}",
            hint="start one with `dask scheduler`, or give `local`",
        ) from error


def _shared(place: Place | None) -> Shared | None:
    if place is None:
        return None
    shared = Shared(place, secrets.token_hex(16))
    (place.folder / HERE).write_text(shared.token, encoding="utf-8")
    return shared


def _parcel(job: Job) -> Parcel:
    experiment = job.experiment
    return Parcel(
        secrets.token_hex(16),
        experiment.workshop.project,
        experiment.workshop.case,
        job.request,
        _identity(experiment),
        _probe(experiment),
        _codes(experiment),
    )


def _identity(experiment: Experiment) -> Identity:
    return identify(experiment, keep="", chunk=0)


def _probe(experiment: Experiment) -> str:
    """Return a fingerprint of the first runs' inputs: libraries of draws differ in last digits."""
    stop = min(PROBED_RUNS, experiment.runs)
    u = experiment.design.rows(0, stop)
    digest = hashlib.sha256()
    for arm in experiment.arms:
        digest.update(arm.inputs(u, 0, stop).tobytes())
    return digest.hexdigest()


def _codes(experiment: Experiment) -> tuple[tuple[str, int, bytes, int], ...]:
    """Return the machine code of the programs, as far as it is cached here."""
    if experiment.target != "llvm":
        return ()
    from headwater.compiler.targets.llvm.compile import kept_code

    found = [kept_code(arm.built.program) for arm in experiment.arms]
    return tuple((name, *code) for name, code in filter(None, found))


def _call_off(client: Client, running: Any) -> None:
    """Drop what is not done yet. The cluster may be gone."""
    with suppress(Exception):
        client.cancel(list(running.futures), asynchronous=False)


def _same(thing: Thing) -> Thing:
    return thing


_READY: dict[str, Experiment] = {}
_PREPARING = threading.Lock()
_OWN = threading.local()


def work_on(parcel: Parcel, work: Work, piece: Piece, shared: Shared | None) -> Done:
    """Do a piece in a worker."""
    experiment = _experiment(parcel)
    if not hasattr(_OWN, "bench"):
        _OWN.bench = Bench()
    place = shared.place if shared is not None and shared.visible() else None
    return perform(experiment, work, piece, place, _OWN.bench)


def _experiment(parcel: Parcel) -> Experiment:
    """Return the experiment of a parcel, planned and compiled once in each worker."""
    with _PREPARING:
        if parcel.key not in _READY:
            _install(parcel.codes)
            workshop = Workshop(parcel.project, parcel.case, check_units=False)
            experiment = plan_ensemble(workshop, parcel.request)
            _must_agree(parcel, experiment)
            _READY.clear()
            _READY[parcel.key] = experiment
        return _READY[parcel.key]


def _install(codes: Sequence[tuple[str, int, bytes, int]]) -> None:
    """Keep machine code in this machine's cache; it is used if it is for this processor."""
    from headwater.compiler.targets.llvm import cache

    for name, rows, binary, lanes in codes:
        if cache.load(name) is None:
            cache.save(name, cache.Code(rows, binary, lanes))


def _must_agree(parcel: Parcel, experiment: Experiment) -> None:
    here = _identity(experiment)
    different = differences(here, parcel.identity)
    if different:
        raise ClusterError(
            f"the worker on `{platform.node()}` would run something else: {'; '.join(different)}",
            hint="install the same versions on all machines (`headwater version`)",
        )
    if _probe(experiment) != parcel.probe:
        raise ClusterError(
            f"the worker on `{platform.node()}` draws other digits: its processor takes another "
            "way through NumPy's functions",
            hint="use machines of one kind, or give the draws as `samples`",
        )
