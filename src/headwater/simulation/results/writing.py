"""Results as files: ``.csv``, ``.nc``, ``.zarr`` and ``.parquet``, never half-written."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from itertools import chain, product
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np
import numpy.typing as npt

from headwater.errors import MissingExtra, UsageError
from headwater.simulation.labels import label
from headwater.simulation.results import csv_text
from headwater.simulation.results.arrays import EXPERIMENT_DIMENSIONS, Field, Results
from headwater.writing import aside, cannot_write, check_place

if TYPE_CHECKING:
    import xarray as xr

    from headwater.simulation.results.dataset import Dataset

ROWS_AT_ONCE = 4096
CELLS_AT_ONCE = 2**20


@dataclass(frozen=True, slots=True)
class Format:
    """How one kind of file is written, and the library that it needs beyond the core."""

    write: Callable[[Results, Path], None]
    library: str = ""


def write_results(results: Results, path: Path) -> None:
    """Write results in the format that the extension names.

    Tables have one row a saved time (and case), ``Time`` first, then one column a variable
    element, ``Name`` or ``Name[a,b]``. Numbers have full precision. The file appears whole or not
    at all. Raises :class:`UsageError` for another extension or a place that cannot be written,
    and :class:`MissingExtra`.
    """
    chosen = check_destination(path)
    try:
        with aside(path) as temporary:
            chosen.write(results, temporary)
    except OSError as error:
        raise cannot_write(path, error) from error


def save(dataset: xr.Dataset | xr.DataArray, path: str | Path) -> None:
    """Write a dataset of a run or an ensemble, or one of its variables.

    See :func:`write_results` for the formats. Raises :class:`UsageError` for another object.
    """
    import xarray as xr

    from headwater.simulation.results.dataset import from_dataset

    if isinstance(dataset, xr.DataArray) and dataset.name is not None:
        dataset = dataset.to_dataset()
    if not isinstance(dataset, xr.Dataset):
        raise UsageError(
            f"a {type(dataset).__name__} is no dataset of a run or an ensemble",
            hint="save what `run` or `ensemble` returned, or a variable of it",
        )
    write_results(from_dataset(dataset), Path(path))


def print_table(results: Results, stream: TextIO) -> None:
    """Write results to an open stream as the CSV table of :func:`write_results`."""
    _write_rows(results, stream)


def check_destination(path: Path) -> Format:
    """Return the format of a file to be written, before any work is done for it."""
    chosen = FORMATS.get(path.suffix.lower())
    if chosen is None:
        raise UsageError(
            f"cannot write `{path.name}`: "
            + (f"unknown extension `{path.suffix}`" if path.suffix else "it has no extension"),
            hint=f"use one of {', '.join(FORMATS)}",
        )
    if chosen.library and find_spec(chosen.library) is None:
        raise MissingExtra(
            f"writing {path.suffix} files needs the library `{chosen.library}`",
            hint='install it: pip install "headwater[files]"',
        )
    if path.suffix.lower() == ".zarr" and _is_store(path):
        return chosen
    check_place(path)
    return chosen


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One variable element over all rows: ``values`` has one axis per leading dimension."""

    name: str
    unit: str
    values: npt.NDArray[np.generic]


def leading_columns(results: Results) -> list[Column]:
    """Return the columns that say which row it is: ``Variant``, ``Policy``, ``Run``, ``Time``."""
    leading = [d for d in EXPERIMENT_DIMENSIONS if d in results.coordinates]
    sizes = tuple(len(results.coordinates[d]) for d in leading)
    found = []
    for axis, name in enumerate(leading):
        labels = np.asarray(results.coordinates[name])
        shape = tuple(-1 if n == axis else 1 for n in range(len(leading)))
        unit = results.time_unit if name == "time" else ""
        found.append(Column(name.capitalize(), unit, np.broadcast_to(labels.reshape(shape), sizes)))
    return found


def element_columns(results: Results) -> Iterator[Column]:
    """Yield a column for every element of every variable, in order."""
    leading = [d for d in EXPERIMENT_DIMENSIONS if d in results.coordinates]
    sizes = tuple(len(results.coordinates[d]) for d in leading)
    for item in results.fields:
        own = [d for d in item.dimensions if d not in leading]
        order = [d for d in leading if d in item.dimensions] + own
        values = item.values.transpose([item.dimensions.index(d) for d in order])
        values = values[tuple(slice(None) if d in item.dimensions else None for d in leading)]
        values = np.broadcast_to(values, sizes + values.shape[len(leading) :])
        names = product(*([str(e) for e in results.coordinates[d]] for d in own))
        for place, name in zip(np.ndindex(values.shape[len(leading) :]), names, strict=True):
            unit = item.attributes.get("units", "")
            yield Column(label(item.name, name), unit, values[(..., *place)])


def table(results: Results) -> tuple[list[Column], Iterator[list[npt.NDArray[np.generic]]]]:
    """Return the columns, leading ones first, and their values some thousand rows at a time."""
    columns = [*leading_columns(results), *element_columns(results)]
    sizes = columns[0].values.shape if columns else ()

    def blocks() -> Iterator[list[npt.NDArray[np.generic]]]:
        total = int(np.prod(sizes, dtype=np.int64))
        for first in range(0, total, ROWS_AT_ONCE):
            where = np.unravel_index(np.arange(first, min(first + ROWS_AT_ONCE, total)), sizes)
            yield [column.values[where] for column in columns]

    return columns, blocks()


def write_csv(parts: Iterable[Results], path: Path) -> None:
    """Write results that come in parts, each below the one before, as one table."""
    with path.open("w", encoding="utf-8", newline="") as file:
        for number, part in enumerate(parts):
            _write_rows(part, file, number == 0)


def _write_rows(results: Results, file: TextIO, header: bool = True) -> None:
    leading = leading_columns(results)
    if header:
        file.writelines(_header(results, leading))
    sizes = leading[0].values.shape if leading else ()
    parts = [_by_row(item, results) for item in results.fields]
    width = len(leading) + sum(values[(0,) * len(sizes)].size for values in parts)
    total, step = math.prod(sizes), max(1, CELLS_AT_ONCE // max(width, 1))
    for first in range(0, total, step):
        count = min(step, total - first)
        where = np.unravel_index(np.arange(first, first + count), sizes) if sizes else ()
        columns = [column.values[where].tolist() for column in leading]
        labels = zip(*columns, strict=True) if columns else [()] * count
        none = np.empty((count, 0))
        cells = (values[_within(values, where)].reshape(count, -1) for values in parts)
        file.writelines(csv_text.lines(labels, np.concatenate([none, *cells], axis=1)))


def _header(results: Results, leading: Iterable[Column]) -> Iterator[str]:
    """Yield the line of names, piece by piece."""
    labels = {name: tuple(map(str, found)) for name, found in results.coordinates.items()}
    between, names = "", csv_text.Names()
    for column in leading:
        yield between + csv_text.quoted(column.name)
        between = ","
    for item in results.fields:
        own = [labels[d] for d in item.dimensions if d not in EXPERIMENT_DIMENSIONS]
        yield between + names.cells(item.name, own)
        between = ","
    yield "\n"


def _by_row(item: Field, results: Results) -> npt.NDArray[np.float64]:
    """Return values by what says which row it is, one long where it does not matter; then flat."""
    leading = [d for d in EXPERIMENT_DIMENSIONS if d in results.coordinates]
    order = [d for d in leading if d in item.dimensions]
    order += [d for d in item.dimensions if d not in leading]
    values = item.values.transpose([item.dimensions.index(d) for d in order])
    lengths = [len(results.coordinates[d]) if d in item.dimensions else 1 for d in leading]
    return values.reshape(*lengths, -1)


def _within(
    values: npt.NDArray[np.float64], where: tuple[npt.NDArray[np.intp], ...]
) -> tuple[npt.NDArray[np.intp], ...]:
    """Return where the rows are in values of which some do not differ between rows."""
    return tuple(
        index if length > 1 else np.zeros_like(index)
        for index, length in zip(where, values.shape, strict=False)
    )


def write_parquet(parts: Iterable[Results], path: Path) -> None:
    """Write results that come in parts, each below the one before, as one table."""
    import pyarrow as pa
    from pyarrow import parquet

    each = iter(parts)
    first = next(each)
    schema = _schema(first)
    with parquet.ParquetWriter(path, schema) as writer:
        for part in chain([first], each):
            for block in table(part)[1]:
                rows = [pa.array(c) for c in block]
                writer.write_table(pa.Table.from_arrays(rows, schema=schema))


def _schema(results: Results) -> Any:
    import pyarrow as pa

    columns, _ = table(results)
    fields = [
        pa.field(
            c.name,
            pa.string() if c.values.dtype.kind == "U" else pa.from_numpy_dtype(c.values.dtype),
            metadata={"units": c.unit} if c.unit else None,
        )
        for c in columns
    ]
    return pa.schema(fields, {str(k): str(v) for k, v in results.attributes.items()})


def _write_netcdf(results: Results, path: Path) -> None:
    _dataset(results).to_netcdf(path, engine="h5netcdf")


def _write_zarr(results: Results, path: Path) -> None:
    _dataset(results).to_zarr(path, mode="w", zarr_format=2)


def _dataset(results: Results) -> Dataset:
    """Return a dataset that stores take: a slash in a name would make a group."""
    from headwater.simulation.results.dataset import to_dataset

    fields = tuple(
        replace(f, name=f.name.replace("/", "∕"), attributes={**f.attributes, "name": f.name})
        if "/" in f.name
        else f
        for f in results.fields
    )
    return to_dataset(replace(results, fields=fields))


def _is_store(path: Path) -> bool:
    return any((path / name).is_file() for name in ("zarr.json", ".zgroup"))


FORMATS: Mapping[str, Format] = {
    ".csv": Format(lambda results, path: write_csv([results], path)),
    ".nc": Format(_write_netcdf, "h5py"),
    ".zarr": Format(_write_zarr, "zarr"),
    ".parquet": Format(lambda results, path: write_parquet([results], path), "pyarrow"),
}
