"""Exact quantiles of very many values that are seen piece by piece, in little memory.

For each quantile of each *cell* (one element of an output at one time under one policy) a window is
kept in which the wanted order statistics must lie. Of a piece, only values inside the windows are
kept; those between are counted. As runs are in no particular order, the rank of the final quantile
among the first ``n`` runs is known but for the chance error of drawing them, and windows shrink
as more is seen: what is kept grows with the square root of the number of runs (Munro and Paterson
1980, *Theoretical Computer Science* 12). Where a window turns out not to hold what is wanted,
the counts say so, and between which bounds it lies.

The result is exact: it is the order statistic, whatever came first and however it was cut.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

DEVIATIONS = 6.0
"""Half the width of a window, in standard deviations of the rank of what is looked for."""
BLOCK_VALUES = 1 << 17
"""Values to sift at a time, so that they stay near the processor."""


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Half-open windows ``low`` to ``high``, ascending and apart: both (cells, quantiles).

    One with ``low == high`` is empty; its quantile is looked for in the last one before it that is
    not. One that holds a single number is only counted.
    """

    low: Floats
    high: Floats

    def part(self, start: int, stop: int) -> Windows:
        """Return the windows of some cells."""
        return Windows(self.low[start:stop], self.high[start:stop])

    @property
    def edges(self) -> Floats:
        """Both ends of all windows of a cell, ascending: (cells, 2 × quantiles)."""
        cells, quantiles = self.low.shape
        return np.stack([self.low, self.high], axis=2).reshape(cells, 2 * quantiles)

    @property
    def single(self) -> npt.NDArray[np.bool_]:
        """Which windows hold one number only."""
        return np.asarray(np.nextafter(self.low, np.inf) == self.high)

    @property
    def home(self) -> Counts:
        """The window in which each quantile is looked for; -1 where there is none."""
        own = np.where(self.low < self.high, np.arange(self.low.shape[1]), -1)
        return np.maximum.accumulate(own, axis=1)


def everything(cells: int, quantiles: int) -> Windows:
    """Return windows that keep every finite value."""
    low = np.full((cells, quantiles), np.inf)
    low[:, 0] = -np.inf
    return Windows(low, np.full((cells, quantiles), np.inf))


@dataclass(frozen=True, slots=True, eq=False)
class Sifted:
    """What is known of some values: how many lie below and in each window, and those inside.

    ``below`` and ``inside`` are (cells, quantiles), ``seen`` (cells,) counts finite values.
    ``values`` holds the kept ones, cell by cell and window by window, ascending.
    """

    below: Counts
    inside: Counts
    seen: Counts
    values: Floats

    def kept(self, windows: Windows) -> Counts:
        """Return how many values of each window are kept: (cells, quantiles)."""
        return np.where(windows.single, 0, self.inside)

    @property
    def arrays(self) -> tuple[npt.NDArray[np.generic], ...]:
        """The arrays in the order in which they are written to files."""
        return (self.below, self.inside, self.seen, self.values)


def to_bytes(arrays: Iterable[npt.NDArray[np.generic]]) -> bytes:
    """Return the content of a file of arrays, one after another, each in NumPy's format."""
    parts = []
    for array in arrays:
        head = io.BytesIO()
        np.lib.format.write_array_header_1_0(head, np.lib.format.header_data_from_array_1_0(array))
        parts += [
            head.getvalue(),
            np.ascontiguousarray(array).data.cast("B") if array.size else b"",
        ]
    return b"".join(parts)


def open_arrays(path: Path, count: int) -> tuple[list[npt.NDArray[Any]], int]:
    """Read the first arrays of a file; return them and where the next one's numbers begin."""
    with path.open("rb") as file:
        found = [np.lib.format.read_array(file, allow_pickle=False) for _ in range(count)]
        np.lib.format.read_magic(file)
        np.lib.format.read_array_header_1_0(file)
        return found, file.tell()


def nothing(cells: int, quantiles: int) -> Sifted:
    """Return what is known when nothing has been seen."""
    none = np.zeros((cells, quantiles), dtype=np.int64)
    return Sifted(none, none, np.zeros(cells, dtype=np.int64), np.empty(0))


def sift(values: Floats, windows: Windows) -> Sifted:
    """Count and keep values, (cells, runs), as windows ask. What is not finite is left out."""
    # Adding 0 makes a copy and turns -0 into 0: equal numbers must be equal bytes.
    block = values + 0.0
    block[~np.isfinite(block)] = np.nan
    block.sort(axis=1)
    seen = np.count_nonzero(~np.isnan(block), axis=1).astype(np.int64)
    cuts = positions(block, windows.edges)
    below, inside = cuts[:, 0::2], cuts[:, 1::2] - cuts[:, 0::2]
    kept = np.where(windows.single, 0, inside)
    starts = below + (np.arange(len(block)) * block.shape[1])[:, None]
    return Sifted(below, inside, seen, block.ravel()[ragged(starts.ravel(), kept.ravel())])


def joined(parts: Sequence[Sifted]) -> Sifted:
    """Return what is known of some cells after others."""
    fields = ("below", "inside", "seen", "values")
    return Sifted(*(np.concatenate([getattr(p, name) for p in parts]) for name in fields))


def positions(rows: Floats, wanted: Floats) -> Counts:
    """Return how many values of each row are below each wanted one: (rows, wanted).

    ``rows`` are sorted, (rows, values); numbers that are none stand last.
    """
    count = rows.shape[1]
    low = np.zeros(wanted.shape, dtype=np.int64)
    if count == 0:
        return low
    high = np.full(wanted.shape, count, dtype=np.int64)
    for _ in range(int(count).bit_length()):
        middle = (low + high) >> 1
        less = np.take_along_axis(rows, np.minimum(middle, count - 1), axis=1) < wanted
        less &= low < high
        low = np.where(less, middle + 1, low)
        high = np.where(less, high, np.maximum(middle, low))
    return low


def ragged(starts: Counts, lengths: Counts) -> Counts:
    """Return the numbers ``start`` to ``start + length`` of each pair, one after another."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    found: Counts = np.arange(total) + np.repeat(starts - (ends - lengths), lengths)
    return found
