"""From an ensemble that was asked for to the file or store that it goes to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from headwater.errors import UsageError
from headwater.simulation.building import Workshop
from headwater.simulation.experiment import EnsembleRequest
from headwater.simulation.files import check_destination, write_results
from headwater.simulation.store.crew import Threads
from headwater.simulation.store.export import Reader, export
from headwater.simulation.store.pieces import Crew
from headwater.simulation.store.saving import Keeping, Stored, attributes_of, keep_ensemble

STORE = ".zarr"
PARTS = ".parts"


def check_output(path: Path) -> None:
    """Raise where an ensemble cannot go to ``path``, before any work is done for it."""
    if path.suffix.lower() != STORE:
        check_destination(path)
    elif not path.absolute().parent.is_dir():
        raise UsageError(f"there is no folder `{path.parent}`", hint="make it first")


@contextmanager
def crew_of(cluster: str | None, threads: int | None) -> Iterator[Crew]:
    """Give those who do the work: threads of this process, or a cluster.

    Raises :class:`MissingExtra` and :class:`ClusterError`.
    """
    if cluster is None:
        yield Threads(threads)
        return
    from headwater.simulation.cluster import connect

    with connect(cluster, threads) as crew:
        yield crew


def write_ensemble(
    workshop: Workshop,
    request: EnsembleRequest,
    path: Path,
    keeping: Keeping,
    crew: Crew,
    *,
    progress: bool = True,
) -> Stored:
    """Run an ensemble into a Zarr store, or by way of one into a file of another format.

    Such a store stands beside the file, is called like it with ``.parts`` at the end, and goes when
    the file is there. For what is raised see
    :func:`~headwater.simulation.store.saving.keep_ensemble`.
    """
    check_output(path)
    if path.suffix.lower() == STORE:
        return keep_ensemble(workshop, request, path, keeping, crew, progress=progress)
    folder = path.with_name(path.name + PARTS)
    stored = keep_ensemble(workshop, request, folder, keeping, crew, progress=progress)
    if stored.fan is not None:
        write_results(stored.fan, path)
    elif stored.arrays is not None:
        attributes = attributes_of(stored.experiment, stored.not_finite)
        export(Reader(folder, stored.arrays, attributes), path)
    shutil.rmtree(folder, ignore_errors=True)
    return stored
