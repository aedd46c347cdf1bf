"""Zarr stores, format 2, as plain files: one JSON text an array and one file a chunk.

Written here and not by a library, so that a chunk is in its place only when it is whole and on the
disk, and equal numbers are equal bytes. Chunks are not compressed: digits of simulations hardly
shrink. (The format: Zarr storage specification, version 2.)
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from headwater.errors import StoreError
from headwater.simulation.results.arrays import Results

LONGEST_LABELS = 131_072


@dataclass(frozen=True, slots=True)
class ArrayPlan:
    """An array of a store: its dimensions' names, its shape, and that of its chunks."""

    name: str
    dimensions: tuple[str, ...]
    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    kind: str = "<f8"
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> str:
        """The name of the array's folder."""
        return folder_of(self.name)

    def metadata(self) -> dict[str, Any]:
        """Return what ``.zarray`` says."""
        return {
            "zarr_format": 2,
            "shape": list(self.shape),
            "chunks": list(self.chunks),
            "dtype": self.kind,
            "compressor": None,
            "fill_value": "NaN" if self.kind == "<f8" else None,
            "order": "C",
            "filters": None,
        }

    def all_attributes(self) -> dict[str, Any]:
        """Return what ``.zattrs`` says; the dimensions' names stand where xarray looks for them."""
        own = dict(self.attributes)
        if self.folder != self.name:
            own["name"] = self.name
        return {**own, "_ARRAY_DIMENSIONS": list(self.dimensions)}

    def chunk(self, place: Sequence[int], values: npt.NDArray[np.generic]) -> tuple[str, bytes]:
        """Return file name and content of one chunk; one at an edge is filled up."""
        name = ".".join(str(i) for i in place) or "0"
        if values.shape != self.chunks:
            whole = np.full(self.chunks, np.nan if self.kind == "<f8" else 0, dtype=values.dtype)
            whole[tuple(slice(n) for n in values.shape)] = values
            values = whole
        return f"{self.folder}/{name}", np.ascontiguousarray(values, dtype=self.kind).tobytes()


def folder_of(name: str) -> str:
    """Return a folder name for a variable: never another folder, a hidden file or our manifest."""
    for character, other in (("/", "∕"), ("\\", "∖"), (":", "∶")):
        name = name.replace(character, other)
    return "․" + name[1:] if name.startswith(".") else name


def group_files(arrays: Sequence[ArrayPlan], attributes: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the files that make a folder a Zarr group of these arrays, its summary included."""
    texts: dict[str, Any] = {".zgroup": {"zarr_format": 2}, ".zattrs": dict(attributes)}
    for array in arrays:
        texts[f"{array.folder}/.zarray"] = array.metadata()
        texts[f"{array.folder}/.zattrs"] = array.all_attributes()
    summary = {"zarr_consolidated_format": 1, "metadata": texts}
    return {name: _json(text) for name, text in {**texts, ".zmetadata": summary}.items()}


def label_files(name: str, labels: npt.NDArray[np.generic]) -> tuple[ArrayPlan, dict[str, bytes]]:
    """Return the array of a dimension's labels, and its chunks."""
    labels = np.asarray(labels)
    kind = labels.dtype.newbyteorder("<").str
    size = max(1, min(len(labels), LONGEST_LABELS))
    plan = ArrayPlan(name, (name,), labels.shape, (size,), kind)
    files: dict[str, bytes] = {}
    for number in range(-(-len(labels) // size)):
        part = labels[number * size : (number + 1) * size]
        if len(part) < size:
            part = np.concatenate([part, np.zeros(size - len(part), dtype=part.dtype)])
        files[f"{plan.folder}/{number}"] = part.astype(kind).tobytes()
    return plan, files


def whole_group(results: Results) -> dict[str, bytes]:
    """Return the files of a store that holds some results, one chunk an array."""
    arrays: list[ArrayPlan] = []
    files: dict[str, bytes] = {}
    for name, labels in results.coordinates.items():
        plan, content = label_files(name, labels)
        if name == "time" and results.time_unit:
            plan = ArrayPlan(
                plan.name,
                plan.dimensions,
                plan.shape,
                plan.chunks,
                plan.kind,
                {"units": results.time_unit},
            )
        arrays.append(plan)
        files |= content
    for item in results.fields:
        shape = item.values.shape
        plan = ArrayPlan(
            item.name,
            item.dimensions,
            shape,
            tuple(max(1, n) for n in shape),
            attributes=item.attributes,
        )
        name, chunk = plan.chunk([0] * len(shape), item.values)
        arrays.append(plan)
        files[name] = chunk
    return {**group_files(arrays, results.attributes), **files}


def read_group(folder: Path, like: Results) -> Results:
    """Read the values of a store that :func:`whole_group` made; ``like`` has their names.

    Raises :class:`StoreError` where a file is not what it was.
    """
    fields = []
    for item in like.fields:
        path = folder / folder_of(item.name) / ".".join(["0"] * item.values.ndim or ["0"])
        try:
            values = np.fromfile(path, "<f8").reshape(item.values.shape)
        except (OSError, ValueError) as error:
            raise StoreError(f"cannot read `{path}`: {error}", hint="remove the store") from None
        fields.append(replace(item, values=values))
    return replace(like, fields=tuple(fields))


def _json(content: Any) -> bytes:
    return json.dumps(content, indent=1, ensure_ascii=False).encode() + b"\n"
