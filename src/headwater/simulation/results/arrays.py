"""Labelled results without a data-frame library: what runs produce and file writers consume.

A command that only writes a table need not import xarray; ``dataset`` turns these into datasets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from headwater.language.names import canonical

Coordinate = npt.NDArray[np.float64] | npt.NDArray[np.int64] | npt.NDArray[np.str_]

EXPERIMENT_DIMENSIONS = ("variant", "policy", "run", "time")
"""Dimensions that experiments have; a model's own dimension of that name is renamed."""


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """Values of one variable. ``attributes`` holds its unit, documentation, group and so on."""

    name: str
    dimensions: tuple[str, ...]
    values: npt.NDArray[np.float64]
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Results:
    """Variables that share coordinates: one array of labels for each dimension."""

    fields: tuple[Field, ...]
    coordinates: Mapping[str, Coordinate]
    attributes: Mapping[str, str | int | float] = field(default_factory=dict)
    time_unit: str = ""

    def __getitem__(self, name: str) -> Field:
        """Return the variable of that name, whatever its case, spaces or underscores."""
        key = canonical(name)
        for item in self.fields:
            if canonical(item.name) == key:
                return item
        raise KeyError(name)
