"""The same ensemble on a Dask cluster of processes, some of which are killed on the way."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner

from headwater.cli import main
from headwater.errors import ClusterError, MissingExtra, SimulationError, StoreError
from headwater.simulation import cluster
from headwater.simulation.building import Workshop
from headwater.simulation.cluster import Shared, connect
from headwater.simulation.store.identity import identify
from headwater.simulation.store.journal import JOURNAL, WORK
from headwater.simulation.store.pieces import Crew, Place
from headwater.simulation.store.saving import keep_ensemble
from headwater.simulation.store.wanted import Keeping
from small_models import case
from small_stores import content, keep, request, workshop

pytestmark = pytest.mark.filterwarnings("ignore")
ADDRESS = "127.0.0.1"
PATIENCE = 60.0
RUNS, CHUNK = 240, 6


@dataclass
class Dask:
    """A scheduler and its workers, each a process of its own on this machine."""

    folder: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return str(self.folder / "scheduler.json")

    def start(self, name: str, *words: str) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "dask", *words, "--no-dashboard", "--host", ADDRESS],
                stdout=log,
                stderr=log,
            )

    def start_scheduler(self) -> None:
        where = ["--scheduler-file", self.address, "--port", "0"]
        self.start("scheduler", "scheduler", *where)
        until(lambda: Path(self.address).exists())

    def start_worker(self, name: str) -> None:
        where = ["--scheduler-file", self.address, "--nthreads", "1", "--no-nanny"]
        self.start(name, "worker", *where)

    def kill(self, name: str) -> None:
        process = self.processes.pop(name)
        process.kill()
        process.wait()


def until(done: Callable[[], bool]) -> None:
    """Wait for something to become true."""
    limit = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < limit, "waited in vain"
        time.sleep(0.01)


@pytest.fixture
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dask]:
    made = Dask(tmp_path_factory.mktemp("dask"))
    try:
        made.start_scheduler()
        for name in ("one", "two"):
            made.start_worker(name)
        yield made
    finally:
        for name in list(made.processes):
            made.kill(name)


@pytest.fixture(scope="module")
def made() -> Workshop:
    return workshop()


def kept_by(
    crew: Crew, made: Workshop, folder: Path, kept: str = "final", chunk: int = CHUNK
) -> None:
    keeping = Keeping(kept, (0.1, 0.5), chunk)  # type: ignore[arg-type]
    keep_ensemble(made, request(runs=RUNS), folder, keeping, crew, progress=False)


def in_peace(
    made: Workshop, folder: Path, kept: str = "final", chunk: int = CHUNK
) -> dict[str, bytes]:
    """The store's bytes where one process does everything."""
    keep(made, folder, kept, runs=RUNS, chunk=chunk, quantiles=(0.1, 0.5), durable=False)
    return content(folder)


def noted(folder: Path) -> int:
    journal = folder / WORK / JOURNAL
    return journal.read_bytes().count(b"\n") if journal.exists() else 0


def when_noted(folder: Path, pieces: int, act: Callable[[], None]) -> threading.Thread:
    """Do something once so many pieces are done."""

    def wait() -> None:
        until(lambda: noted(folder) >= pieces)
        act()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def test_workers_and_schedulers_may_die(dask: Dask, made: Workshop, tmp_path: Path) -> None:
    """First a worker, then the scheduler: the bytes are those of one process in the end."""
    expected = in_peace(made, tmp_path / "peace")
    with connect(dask.address) as crew:
        killing = when_noted(tmp_path / "a", 10, lambda: dask.kill("one"))
        kept_by(crew, made, tmp_path / "a")
        killing.join()
        assert content(tmp_path / "a") == expected

        kept_by(crew, made, tmp_path / "fan", "fan", 50)
        assert content(tmp_path / "fan") == in_peace(made, tmp_path / "peace fan", "fan", 50)

        killing = when_noted(tmp_path / "b", 10, lambda: dask.kill("scheduler"))
        with pytest.raises(ClusterError, match="was lost") as caught:
            kept_by(crew, made, tmp_path / "b")
        killing.join()
        assert "the same command goes on" in str(caught.value)
        there = noted(tmp_path / "b")
        assert 10 <= there < RUNS // CHUNK * 2
    stored = keep(made, tmp_path / "b", "final", runs=RUNS, chunk=CHUNK)
    assert stored.found == there
    assert content(tmp_path / "b") == expected


def test_where_workers_do_not_see_the_folder_results_come_back(
    dask: Dask, made: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = Shared(Place(tmp_path / "not there"), "token")
    monkeypatch.setattr(cluster, "_shared", lambda *_: elsewhere)
    with connect(dask.address) as crew:
        kept_by(crew, made, tmp_path / "a", chunk=40)
        assert content(tmp_path / "a") == in_peace(made, tmp_path / "peace", chunk=40)

        # What goes wrong in a worker is said as if it had happened here.
        bad = case("constant a : 1 = 1\n  uncertain uniform(0, 1)\naux root : 1 = SQRT(-1 - a)\n")
        failing = Workshop(bad.project, bad.case)
        with pytest.raises(SimulationError, match="root"):
            keep_ensemble(
                failing, request(outputs=["root"]), tmp_path / "x", Keeping(), crew, progress=False
            )

        # A worker that would compute something else is refused.
        monkeypatch.setattr(
            cluster,
            "_identity",
            lambda e: {**identify(e, keep="", chunk=0), "versions": {"headwater": "9"}},
        )
        with pytest.raises(
            ClusterError, match=r"would run something else: the versions: headwater"
        ):
            kept_by(crew, made, tmp_path / "b")


def test_a_full_disk_where_a_worker_writes(
    made: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker's error reaches the one who gave the order, with the way out."""
    from distributed import Client, LocalCluster

    def full(*arguments: object, **rest: object) -> None:
        raise StoreError("cannot write `x`: No space left on device", hint="make room")

    with (
        LocalCluster(processes=False, n_workers=1, dashboard_address=None) as local,
        Client(local, set_as_default=False) as client,
    ):
        crew = cluster.Cluster(client, "here")
        with monkeypatch.context() as patched:
            patched.setattr("headwater.simulation.store.pieces.write_files", full)
            with pytest.raises(StoreError, match="No space left") as caught:
                kept_by(crew, made, tmp_path / "a")
        assert "the same command goes on" in str(caught.value)
        kept_by(crew, made, tmp_path / "a")
    assert content(tmp_path / "a") == in_peace(made, tmp_path / "peace")


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "find_spec", lambda *_: None)
    with pytest.raises(MissingExtra, match=r"headwater\[cluster\]"), connect("local"):
        pass


def test_a_cluster_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 0.5)
    to = ["--cluster", f"tcp://{ADDRESS}:1"]
    result = CliRunner().invoke(
        main,
        ["ensemble", "committed-minority", "-o", str(tmp_path / "x.zarr"), *to],
    )
    assert result.exit_code == 2
    assert "cannot reach a cluster" in result.stderr
    assert not (tmp_path / "x.zarr").exists()
