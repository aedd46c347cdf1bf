"""Runs from files: tables of any tool, and the files that Headwater itself writes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from headwater.errors import DataError, MissingExtra, Place
from headwater.formats.tables import EXCEL, Column, ResultTable, read_table
from headwater.formats.vensim.files.runs import read_run_file
from headwater.simulation.results.arrays import EXPERIMENT_DIMENSIONS

if TYPE_CHECKING:
    import xarray as xr

TIME = "time"
_SEVERAL = tuple(d for d in EXPERIMENT_DIMENSIONS if d != TIME)


def read_run(path: Path) -> ResultTable:
    """Read one run from a file of results, by its extension.

    Raises DataError where it is missing, holds no run or holds several, and where a variable or a
    time stands in it twice, and MissingExtra.
    """
    if not path.exists():
        raise DataError(f"there is no file `{path}`", hint="check the spelling of the path")
    table = READERS[path.suffix.lower()](path)
    _must_be_one_run(path, table)
    return table


def is_run(path: Path) -> bool:
    """Tell whether a path is a file of results, by its extension."""
    return path.suffix.lower() in READERS


def _must_be_one_run(path: Path, table: ResultTable) -> None:
    """Raise DataError for a time or a variable of which there are two, unless they say the same."""
    if not any(len(column.times) for column in table.columns):
        hint = "a line of names, then one a time"
        raise DataError("this file has no times, and so no run", Place(str(path)), hint)
    seen: dict[tuple[str, tuple[str, ...]], Column] = {}
    known: list[np.typing.NDArray[np.float64]] = []  # most columns share their times
    for key, column in zip(table.keys, table.columns, strict=True):
        if not any(column.times is times for times in known):
            known.append(column.times)
            _must_be_single_times(path, column)
        other = seen.setdefault(key, column)
        if other is column or _same(column, other):
            continue
        raise DataError(
            f"`{column.name}` stands in this file twice, with different values",
            Place(str(path)),
            "names do not mind case, blanks and underscores; leave one of the two",
        )


def _must_be_single_times(path: Path, column: Column) -> None:
    if np.isnan(column.times).any():
        hint = "give each row its time, or leave the row out"
        raise DataError("a time is missing", Place(str(path)), hint)
    times, counts = np.unique(column.times, return_counts=True)
    if np.all(counts == 1):
        return
    raise DataError(
        f"time {times[counts > 1][0]:.15g} stands in this file twice, at `{column.name}`",
        Place(str(path)),
        "compare single runs: is this one run after another, or a time printed with few digits?",
    )


def _same(column: Column, other: Column) -> bool:
    return np.array_equal(column.times, other.times) and np.array_equal(
        column.values, other.values, equal_nan=True
    )


def _table(path: Path) -> ResultTable:
    return read_table(path)


def _needs(library: str, path: Path) -> None:
    if find_spec(library) is None:
        raise MissingExtra(
            f"reading {path.suffix} files needs the library `{library}`",
            hint='install it: pip install "headwater[files]"',
        )


def _parquet(path: Path) -> ResultTable:
    _needs("pyarrow", path)
    from pyarrow import ArrowException, parquet

    try:
        table = parquet.read_table(path)
    except (ArrowException, OSError) as error:
        raise _unreadable(path, error) from error
    names = [n for n in table.column_names if n.casefold() == TIME]
    several = [n for n in table.column_names if n.casefold() in _SEVERAL]
    if several or not names:
        raise _several(path, several) if several else _timeless(path)
    times = np.asarray(table[names[0]], dtype=np.float64)
    columns = (
        Column(name, times, np.asarray(table[name], dtype=np.float64))
        for name in table.column_names
        if name != names[0]
    )
    return ResultTable(tuple(columns))


def _dataset(path: Path) -> ResultTable:
    import xarray as xr

    _needs("zarr" if path.suffix.lower() == ".zarr" else "h5netcdf", path)
    try:
        if path.suffix.lower() == ".zarr":
            dataset = xr.open_zarr(path, consolidated=False)
        else:
            dataset = xr.open_dataset(path, engine="h5netcdf")
        with dataset:
            return _of_dataset(path, dataset.load())
    except (OSError, ValueError, KeyError) as error:
        raise _unreadable(path, error) from error


def _of_dataset(path: Path, dataset: xr.Dataset) -> ResultTable:
    several = [str(d) for d in dataset.dims if d in _SEVERAL]
    if several:
        raise _several(path, several)
    if TIME not in dataset.coords:
        raise _timeless(path)
    times = np.asarray(dataset[TIME], dtype=np.float64)
    columns: list[Column] = []
    for variable in dataset.data_vars.values():
        own = [str(d) for d in variable.dims if d != TIME]
        name = str(variable.attrs.get("name", variable.name))
        values = np.asarray(variable.transpose(*own, ..., TIME, missing_dims="ignore"))
        labels = [[str(e) for e in np.asarray(dataset[d])] for d in own]
        if TIME not in variable.dims:
            values = np.broadcast_to(values[..., None], (*values.shape, len(times)))
        flat = values.reshape(-1, len(times))
        for row, cell in zip(flat, itertools.product(*labels), strict=True):
            label = f"{name}[{','.join(cell)}]" if cell else name
            columns.append(Column(label, times, row.astype(np.float64)))
    return ResultTable(tuple(columns))


def _unreadable(path: Path, error: Exception) -> DataError:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return DataError(f"this file cannot be read: {reason}", Place(str(path)))


def _several(path: Path, dimensions: list[str]) -> DataError:
    return DataError(
        f"this file holds many runs, over {', '.join(dimensions)}",
        Place(str(path)),
        "compare single runs, as `headwater run` writes them",
    )


def _timeless(path: Path) -> DataError:
    return DataError("this file has no times", Place(str(path)), "is it a run over time?")


READERS: Mapping[str, Callable[[Path], ResultTable]] = {
    ".csv": _table,
    ".tab": _table,
    ".dat": _table,
    **dict.fromkeys(sorted(EXCEL), _table),
    ".nc": _dataset,
    ".zarr": _dataset,
    ".parquet": _parquet,
    ".vdf": read_run_file,
    ".vdfx": read_run_file,
}
"""What reads a file of results, by its extension."""
