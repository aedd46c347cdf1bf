"""Results as xarray datasets, whose variables are found whatever the spelling of their names."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from headwater.errors import UsageError, did_you_mean
from headwater.language.names import split_label
from headwater.simulation.results.arrays import Field, Results
from headwater.simulation.run import Run, arrays_of_run, label_run


class Dataset(xr.Dataset):  # type: ignore[no-untyped-call]
    """A dataset whose ``[]`` and ``in`` do not mind case, spaces, underscores or quotes.

    The exact name is tried first. Everything else is xarray's.
    """

    __slots__ = ()

    def __getitem__(self, key: Any) -> Any:
        """Return a variable by name (see :func:`get`), or what xarray returns for other keys."""
        if isinstance(key, str):
            key = _spelling(self, key)
        elif isinstance(key, list):
            key = [_spelling(self, k) if isinstance(k, str) else k for k in key]
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        """Tell whether a variable of that name is there."""
        if isinstance(key, str):
            key = _spelling(self, key)
        return super().__contains__(key)


def get(dataset: xr.Dataset, name: str) -> xr.DataArray:
    """Return a variable of any dataset, whatever the case, spaces or underscores of its name.

    Raises :class:`UsageError` with the closest name when there is none.
    """
    spelling = _spelling(dataset, name)
    if spelling not in dataset.variables:
        names = [str(n) for n in dataset.variables]
        raise UsageError(f"no variable `{name}` in the dataset", hint=did_you_mean(name, names))
    return dataset[spelling]


def _spelling(dataset: xr.Dataset, name: str) -> Hashable:
    if name in dataset.variables:
        return name
    key = split_label(name)
    return next((n for n in dataset.variables if split_label(str(n)) == key), name)


def run_to_dataset(run: Run) -> Dataset:
    """Return a run as a dataset with dimension ``time`` and the model's own.

    The labels of a program's results are made once; later runs only take their place in them.
    """
    kept = run.built.extra.get("dataset")
    if kept is None or not np.array_equal(kept.coords["time"].values, run.selection.times):
        kept = to_dataset(label_run(run))
        run.built.extra["dataset"] = kept.copy()
    return filled(kept, arrays_of_run(run), {**kept.attrs, "seed": run.seed})


def filled(
    kept: Dataset, arrays: Sequence[npt.NDArray[np.float64]], attributes: Mapping[Hashable, Any]
) -> Dataset:
    """Return a dataset like ``kept`` with other values: one array for each data variable, in order.

    The public ways check again, variable by variable, what is known of a program's results: with
    hundreds of variables that takes longer than the run.
    """
    coordinates, rest = set(kept.coords), iter(arrays)
    variables = {
        name: variable.copy(deep=False)
        if name in coordinates
        else xr.Variable(variable.dims, next(rest), dict(variable.attrs), None, fastpath=True)
        for name, variable in kept.variables.items()
    }
    made: Dataset = kept._replace(variables, attrs=dict(attributes))
    return made


def to_dataset(results: Results) -> Dataset:
    """Return labelled results as a dataset. Values are not copied.

    They are plain arrays, so xarray need not look for, and import, all other kinds that it knows.
    """
    coordinates: dict[str, xr.Variable] = {}
    for name, labels in results.coordinates.items():
        coordinates[name] = xr.Variable((name,), np.asarray(labels), None, None, fastpath=True)
    if results.time_unit and "time" in coordinates:
        coordinates["time"].attrs["units"] = results.time_unit
    variables = {
        f.name: xr.Variable(f.dimensions, f.values, dict(f.attributes), None, fastpath=True)
        for f in results.fields
    }
    return Dataset(variables, coords=coordinates, attrs=dict(results.attributes))


def from_dataset(dataset: xr.Dataset) -> Results:
    """Return a dataset's numeric variables as labelled results, for the writers of files."""
    coordinates = {
        str(d): np.asarray(dataset[d].values)
        if d in dataset.coords
        else np.arange(dataset.sizes[d])
        for d in dataset.dims
    }
    fields = tuple(
        Field(
            str(name),
            tuple(str(d) for d in v.dims),
            np.asarray(v.values),
            {str(k): str(a) for k, a in v.attrs.items()},
        )
        for name, v in dataset.data_vars.items()
    )
    unit = str(dataset["time"].attrs.get("units", "")) if "time" in dataset.coords else ""
    return Results(fields, coordinates, {str(k): v for k, v in dataset.attrs.items()}, unit)
