"""From an ensemble that was asked for to the file, store or dataset that it goes to."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from headwater.errors import MissingExtra, SimulationError, UsageError
from headwater.simulation.building import Workshop
from headwater.simulation.experiment import EnsembleRequest
from headwater.simulation.keeping import must_fit_in_memory
from headwater.simulation.results.writing import check_destination, write_results
from headwater.simulation.store.crew import Threads
from headwater.simulation.store.export import Reader, export
from headwater.simulation.store.pieces import Crew
from headwater.simulation.store.saving import Stored, attributes_of, keep_ensemble
from headwater.simulation.store.wanted import Keeping
from headwater.writing import check_folder

if TYPE_CHECKING:
    from headwater.simulation.results.dataset import Dataset

STORE = ".zarr"
PARTS = ".parts"


def check_output(path: Path) -> None:
    """Raise where an ensemble cannot go to ``path``, before any work is done for it."""
    if path.suffix.lower() != STORE:
        check_destination(path)
    elif not path.absolute().parent.is_dir():
        raise UsageError(f"there is no folder `{path.parent}`", hint="make it first")
    else:
        check_folder(path)


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
    the file is there, or when the model cannot be run. For what is raised see
    :func:`~headwater.simulation.store.saving.keep_ensemble`.
    """
    check_output(path)
    if path.suffix.lower() == STORE:
        return keep_ensemble(workshop, request, path, keeping, crew, progress=progress)
    folder = path.with_name(path.name + PARTS)
    try:
        stored = keep_ensemble(workshop, request, folder, keeping, crew, progress=progress)
    except SimulationError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    if stored.fan is not None:
        write_results(stored.fan, path)
    elif stored.arrays is not None:
        attributes = attributes_of(stored.experiment, stored.not_finite)
        export(Reader(folder, stored.arrays, attributes), path)
    shutil.rmtree(folder, ignore_errors=True)
    return stored


def ensemble_dataset(
    workshop: Workshop,
    request: EnsembleRequest,
    keeping: Keeping,
    *,
    store: Path | None,
    cluster: str | None,
    threads: int | None,
    progress: bool,
) -> Dataset:
    """Run an ensemble by way of a store and return it as a dataset.

    Every run of a store that stays is read from there when it is looked at; a fan, and an ensemble
    without a ``store``, are in memory.
    """
    if store is not None:
        check_output(store.with_suffix(STORE))
        if keeping.keep != "fan" and find_spec("zarr") is None:
            raise MissingExtra(
                "reading a store needs the library `zarr`",
                hint='install it: pip install "headwater[files]"',
            )
    with crew_of(cluster, threads) as crew:
        if store is not None:
            stored = keep_ensemble(workshop, request, store, keeping, crew, progress=progress)
            return _labelled(stored) if stored.fan is not None else _opened(store)
        with tempfile.TemporaryDirectory(prefix="headwater-") as folder:
            place = Path(folder) / "store"
            passing = replace(keeping, durable=False)
            stored = keep_ensemble(workshop, request, place, passing, crew, progress=progress)
            return _labelled(stored)


def _labelled(stored: Stored) -> Dataset:
    """Return what a store keeps, in memory."""
    from headwater.simulation.results.dataset import to_dataset

    if stored.fan is not None:
        return to_dataset(stored.fan)
    assert stored.arrays is not None
    plans = [item.array for item in stored.arrays.outputs]
    must_fit_in_memory(sum(8 * int(np.prod(p.shape, dtype=float)) for p in plans))
    attributes = attributes_of(stored.experiment, stored.not_finite)
    return to_dataset(Reader(stored.folder, stored.arrays, attributes).everything())


def _opened(store: Path) -> Dataset:
    import xarray as xr

    from headwater.simulation.results.dataset import Dataset

    found = xr.open_zarr(store, chunks=None)
    return Dataset(dict(found.data_vars), coords=dict(found.coords), attrs=found.attrs)
