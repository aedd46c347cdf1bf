"""A store that keeps every run, as a file of another format, written part by part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from headwater.errors import StoreError
from headwater.simulation.results.arrays import Coordinate, Field, Results
from headwater.simulation.results.writing import write_csv, write_parquet
from headwater.simulation.store.kept_arrays import Arrays
from headwater.simulation.store.zarr2 import ArrayPlan
from headwater.writing import aside, cannot_write

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Reader:
    """Reads parts of a complete store."""

    folder: Path
    arrays: Arrays
    attributes: dict[str, Any]

    def parts(self) -> Iterator[Results]:
        """Yield everything: variant by variant, policy by policy, some runs at a time."""
        sizes = self.arrays.coordinates
        for variant in range(len(sizes["variant"]) if self.arrays.by_variant else 1):
            for policy in range(len(sizes["policy"]) if self.arrays.by_policy else 1):
                for start in range(0, len(sizes["run"]), self.arrays.chunk):
                    yield self.part(variant, policy, start)

    def everything(self) -> Results:
        """Return the whole store."""
        return self._at({})

    def part(self, variant: int, policy: int, start: int) -> Results:
        """Return one chunk of runs under one policy in one variant."""
        stop = min(start + self.arrays.chunk, len(self.arrays.coordinates["run"]))
        return self._at(
            {
                "variant": slice(variant, variant + 1),
                "policy": slice(policy, policy + 1),
                "run": slice(start, stop),
            }
        )

    def _at(self, where: Mapping[str, slice]) -> Results:
        coordinates: dict[str, Coordinate] = {
            name: labels[where[name]] if name in where else labels
            for name, labels in self.arrays.coordinates.items()
        }
        plans = [item.array for item in self.arrays.outputs]
        plans += [item.array for item in self.arrays.inputs]
        fields = tuple(
            Field(
                plan.name,
                plan.dimensions,
                self.read(plan, [where.get(d, slice(None)) for d in plan.dimensions]),
                plan.attributes,
            )
            for plan in plans
        )
        return Results(fields, coordinates, self.attributes, self.arrays.time_unit)

    def read(self, plan: ArrayPlan, where: list[slice]) -> Floats:
        """Return some of an array. Raises :class:`StoreError` where a file is not what it was."""
        places = [s.indices(n) for s, n in zip(where, plan.shape, strict=True)]
        found = np.full([b - a for a, b, _ in places], np.nan)
        firsts = [a // c for (a, _, _), c in zip(places, plan.chunks, strict=True)]
        counts = [
            -(-b // c) - f for (_, b, _), c, f in zip(places, plan.chunks, firsts, strict=True)
        ]
        for offset in np.ndindex(*counts):
            chunk = [f + o for f, o in zip(firsts, offset, strict=True)]
            values = self._chunk(plan, chunk)
            into, out = [], []
            for (a, b, _), c, number in zip(places, plan.chunks, chunk, strict=True):
                low, high = max(a, number * c), min(b, (number + 1) * c)
                into.append(slice(low - a, high - a))
                out.append(slice(low - number * c, high - number * c))
            if values is not None:
                found[tuple(into)] = values[tuple(out)]
        return found

    def _chunk(self, plan: ArrayPlan, chunk: list[int]) -> Floats | None:
        path = self.folder / plan.folder / (".".join(str(n) for n in chunk) or "0")
        try:
            mapped = np.memmap(path, "<f8", "r", shape=plan.chunks)
        except FileNotFoundError:  # a variant that does not have the constant
            return None
        except (OSError, ValueError) as error:
            raise StoreError(f"cannot read `{path}`: {error}", hint="remove the store") from None
        return mapped


def export(reader: Reader, path: Path) -> None:
    """Write a complete store as ``.csv``, ``.parquet`` or ``.nc``; it appears whole or not at all.

    Raises :class:`UsageError` where it cannot be written.
    """
    try:
        with aside(path) as temporary:
            if path.suffix.lower() == ".csv":
                write_csv(reader.parts(), temporary)
            elif path.suffix.lower() == ".parquet":
                write_parquet(reader.parts(), temporary)
            else:
                _write_netcdf(reader, temporary)
    except OSError as error:
        raise cannot_write(path, error) from error


def _write_netcdf(reader: Reader, path: Path) -> None:
    import h5netcdf
    import h5py

    arrays = reader.arrays
    plans = [item.array for item in arrays.outputs]
    plans += [item.array for item in arrays.inputs]
    with h5netcdf.File(path, "w") as file:
        file.dimensions = {name: len(labels) for name, labels in arrays.coordinates.items()}
        for name, labels in arrays.coordinates.items():
            kind = h5py.string_dtype() if labels.dtype.kind == "U" else labels.dtype
            data = labels.astype(object) if labels.dtype.kind == "U" else labels
            variable = file.create_variable(name, (name,), kind, data=data)
            if name == "time" and arrays.time_unit:
                variable.attrs["units"] = arrays.time_unit
        for plan in plans:
            own = plan.name.replace("/", "∕")
            variable = file.create_variable(
                own, plan.dimensions, "f8", chunks=plan.chunks, fillvalue=np.nan
            )
            for key, text in plan.attributes.items():
                variable.attrs[key] = text
            for where in _regions(plan):
                variable[tuple(where)] = reader.read(plan, where)
        for key, value in reader.attributes.items():
            file.attrs[key] = value


def _regions(plan: ArrayPlan) -> Iterator[list[slice]]:
    """Yield the places of an array's chunks, as slices."""
    counts = [-(-n // c) for n, c in zip(plan.shape, plan.chunks, strict=True)]
    for numbers in np.ndindex(*counts):
        yield [
            slice(i * c, min((i + 1) * c, n))
            for i, c, n in zip(numbers, plan.chunks, plan.shape, strict=True)
        ]
