"""From what was sifted in one round to narrower windows for the next, and at last to quantiles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from headwater.simulation.store.windows import (
    DEVIATIONS,
    Counts,
    Floats,
    Sifted,
    Windows,
    joined,
    open_arrays,
    positions,
    ragged,
)

LARGEST_BLOCK = 1 << 22
"""Kept values that are sorted at a time, empty places included."""

Made = TypeVar("Made")


class Source(Protocol):
    """Something sifted by the windows of a round, whose kept values are read when needed."""

    @property
    def below(self) -> Counts:
        """How many values lay below each window."""
        ...

    @property
    def inside(self) -> Counts:
        """How many values lay in each window, and were kept."""
        ...

    @property
    def seen(self) -> Counts:
        """How many values there were in all."""
        ...

    def read(self, start: int, stop: int) -> Floats:
        """Return the kept values number ``start`` to ``stop`` (exclusive)."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class InMemory:
    """A source that is at hand."""

    sifted: Sifted

    @property
    def below(self) -> Counts:
        """How many values lay below each window."""
        return self.sifted.below

    @property
    def inside(self) -> Counts:
        """How many values lay in each window, and were kept."""
        return self.sifted.inside

    @property
    def seen(self) -> Counts:
        """How many values there were in all."""
        return self.sifted.seen

    def read(self, start: int, stop: int) -> Floats:
        """Return some of the kept values."""
        return self.sifted.values[start:stop]


@dataclass(frozen=True, slots=True, eq=False)
class InFile:
    """A source whose kept values stay in their file, from byte ``offset`` on."""

    below: Counts
    inside: Counts
    seen: Counts
    path: Path
    offset: int

    def read(self, start: int, stop: int) -> Floats:
        """Return some of the kept values."""
        count = stop - start
        return np.fromfile(self.path, np.float64, count, offset=self.offset + 8 * start)


def open_sifted(path: Path) -> InFile:
    """Return a source of a file of the arrays of a :class:`Sifted`."""
    (below, inside, seen), offset = open_arrays(path, 3)
    return InFile(below, inside, seen, path, offset)


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Some cells with all that is known of them, their kept values sorted: one array a window.

    ``columns[q]`` is (cells, places); places that hold nothing are infinite, at the end.
    """

    low: Floats
    high: Floats
    single: npt.NDArray[np.bool_]
    home: Counts
    below: Counts
    inside: Counts
    seen: Counts
    columns: Sequence[Floats]

    def homes(self, q: int) -> tuple[Counts, Counts, Counts]:
        """Return the window that quantile ``q`` is looked for in, and what it holds.

        The window's number (0 where there is none), how many values lie below it and in it.
        """
        rows = np.arange(len(self.home))
        there = self.home[:, q] >= 0
        window = np.where(there, self.home[:, q], 0)
        inside = np.where(there, self.inside[rows, window], 0)
        return window, self.below[rows, window], inside

    def pick(self, window: Counts, place: Counts) -> Floats:
        """Return the value at a place of a window, for each cell; places must be there."""
        found = self.low[np.arange(len(window)), window]
        for number, column in enumerate(self.columns):
            rows = np.flatnonzero((window == number) & ~self.single[:, number])
            if len(rows) and column.shape[1]:
                found[rows] = column[rows, np.clip(place[rows], 0, column.shape[1] - 1)]
        return found

    def place_of(self, window: Counts, value: Floats) -> Counts:
        """Return how many values of a window are below a value, for each cell."""
        found = np.zeros(len(window), dtype=np.int64)
        for number, column in enumerate(self.columns):
            rows = np.flatnonzero((window == number) & ~self.single[:, number])
            if len(rows):
                found[rows] = positions(column[rows], value[rows, None])[:, 0]
        alone = self.single[np.arange(len(window)), window]
        whole = self.inside[np.arange(len(window)), window]
        above = value > self.low[np.arange(len(window)), window]
        return np.where(alone, np.where(above, whole, 0), found)


def over_blocks(
    windows: Windows, sources: Sequence[Source], each: Callable[[Block], Made], threads: int
) -> list[Made]:
    """Return what ``each`` makes of all cells, so many at a time that little memory is needed."""
    single, home = windows.single, windows.home
    kept = [np.where(single, 0, s.inside) for s in sources]
    counts = [k.sum(axis=1) for k in kept]
    starts = [np.concatenate([[0], np.cumsum(c)]) for c in counts]
    below, inside, seen = (
        np.sum([getattr(s, name) for s in sources], axis=0) for name in ("below", "inside", "seen")
    )

    def work(span: tuple[int, int]) -> Made:
        own = slice(*span)
        parts = [
            (k[own], s.read(int(o[span[0]]), int(o[span[1]])))
            for k, s, o in zip(kept, sources, starts, strict=True)
        ]
        return each(
            Block(
                windows.low[own],
                windows.high[own],
                single[own],
                home[own],
                below[own],
                inside[own],
                seen[own],
                [_column(parts, q) for q in range(windows.low.shape[1])],
            )
        )

    spans = list(_spans(np.sum(counts, axis=0)))
    if threads == 1 or len(spans) == 1:
        return [work(span) for span in spans]
    with ThreadPoolExecutor(threads, thread_name_prefix="headwater") as pool:
        return list(pool.map(work, spans))


def _spans(each: Counts) -> Iterator[tuple[int, int]]:
    """Yield ranges of cells; ``each`` is the number of values of a cell."""
    first, most = 0, 1
    for cell, count in enumerate(each.tolist()):
        most = max(most, count)
        if cell > first and (cell + 1 - first) * most > LARGEST_BLOCK:
            yield first, cell
            first, most = cell, max(1, count)
    if first < len(each):
        yield first, len(each)


def _column(parts: Sequence[tuple[Counts, Floats]], q: int) -> Floats:
    lengths = sum(counts[:, q] for counts, _ in parts)
    column = np.full((len(np.asarray(lengths)), int(np.max(lengths, initial=0))), np.inf)
    filled = np.zeros(len(column), dtype=np.int64)
    for counts, values in parts:
        flat = counts.ravel()
        offsets = (np.cumsum(flat) - flat).reshape(counts.shape)[:, q]
        own = counts[:, q]
        rows = np.repeat(np.arange(len(own)), own)
        column[rows, ragged(filled, own)] = values[ragged(offsets, own)]
        filled += own
    column.sort(axis=1)
    return column


def narrow(
    windows: Windows,
    sources: Sequence[Source],
    probabilities: Floats,
    total: int,
    threads: int = 1,
) -> tuple[Windows, Sifted]:
    """Return narrower windows, and what is known of the values so far by those.

    ``total`` is the number of values that will have been seen in the end.
    """
    narrowed = over_blocks(
        windows, sources, lambda block: _narrow(block, probabilities, total), threads
    )
    low, high = (np.concatenate([getattr(w, n) for w, _ in narrowed]) for n in ("low", "high"))
    return Windows(low, high), joined([s for _, s in narrowed])


def _narrow(block: Block, probabilities: Floats, total: int) -> tuple[Windows, Sifted]:
    count = block.seen[:, None]
    centre = probabilities * (count - 1)
    left = np.maximum(0.0, 1.0 - count / max(total, 1))
    half = DEVIATIONS * np.sqrt(probabilities * (1 - probabilities) * count * left) + 2.0
    first = np.floor(centre - half).astype(np.int64)
    last = np.ceil(centre + half).astype(np.int64) + 1
    rows = np.arange(len(count))
    low, high = np.empty(centre.shape), np.empty(centre.shape)
    for q in range(len(probabilities)):
        window, below, inside = block.homes(q)
        begin, end = first[:, q] - below, last[:, q] - below
        at_begin = block.pick(window, begin)
        at_end = np.nextafter(block.pick(window, end), np.inf)
        low[:, q] = np.where(begin <= 0, block.low[rows, window], at_begin)
        high[:, q] = np.where(end >= inside, block.high[rows, window], at_end)
        lost = (end < 0) | (begin >= inside)
        low[lost, q] = np.nan
    return _again(block, _apart(low, high))


def _apart(low: Floats, high: Floats) -> Windows:
    """Join windows that overlap into the first of them; the others, and lost ones, are empty."""
    cells, quantiles = low.shape
    rows = np.arange(cells)
    latest = np.full(cells, -1)
    empty = np.zeros(low.shape, dtype=np.bool_)
    for q in range(quantiles):
        lost = np.isnan(low[:, q])
        reach = np.where(latest >= 0, high[rows, latest], -np.inf)
        joined = ~lost & (low[:, q] < reach)
        inner = rows[joined]
        high[inner, latest[inner]] = np.maximum(reach[inner], high[inner, q])
        empty[:, q] = lost | joined
        latest = np.where(empty[:, q], latest, q)
    run = np.full(cells, -np.inf)
    for q in range(quantiles):
        low[:, q] = np.where(empty[:, q], run, low[:, q])
        high[:, q] = np.where(empty[:, q], run, high[:, q])
        run = high[:, q]
    return Windows(low, high)


def _again(block: Block, windows: Windows) -> tuple[Windows, Sifted]:
    """Return what is known of a block's values by other windows inside of its own."""
    cells, quantiles = windows.low.shape
    below = np.zeros((cells, quantiles), dtype=np.int64)
    inside = np.zeros((cells, quantiles), dtype=np.int64)
    places = np.zeros((cells, quantiles), dtype=np.int64)
    homes = np.zeros((cells, quantiles), dtype=np.int64)
    for q in range(quantiles):
        window, before, _ = block.homes(q)
        begin = block.place_of(window, windows.low[:, q])
        end = block.place_of(window, windows.high[:, q])
        there = windows.low[:, q] < windows.high[:, q]
        below[:, q] = np.where(there, before + begin, 0)
        inside[:, q] = np.where(there, end - begin, 0)
        places[:, q], homes[:, q] = begin, window
    kept = np.where(windows.single, 0, inside)
    offsets = (np.cumsum(kept) - kept.ravel()).reshape(kept.shape)
    values = np.empty(int(kept.sum()))
    for q in range(quantiles):
        for number, column in enumerate(block.columns):
            rows = np.flatnonzero((homes[:, q] == number) & (kept[:, q] > 0))
            lengths = kept[rows, q]
            starts = rows * column.shape[1] + places[rows, q]
            values[ragged(offsets[rows, q], lengths)] = column.ravel()[ragged(starts, lengths)]
    return windows, Sifted(below, inside, block.seen, values)


def select(
    windows: Windows, sources: Sequence[Source], probabilities: Floats, threads: int = 1
) -> tuple[Floats, npt.NDArray[np.bool_], Windows]:
    """Return the quantiles, (cells, quantiles), which of them are found, and where to look else.

    Quantiles are linear between order statistics, to the last bit as :func:`numpy.quantile` has
    them; where nothing was seen they are not a number. The windows returned hold what was not
    found, and nothing else.
    """
    results = over_blocks(windows, sources, lambda block: _select(block, probabilities), threads)
    values = np.concatenate([r[0] for r in results])
    found = np.concatenate([r[1] for r in results])
    low = np.concatenate([r[2].low for r in results])
    high = np.concatenate([r[2].high for r in results])
    return values, found, Windows(low, high)


def _select(block: Block, probabilities: Floats) -> tuple[Floats, npt.NDArray[np.bool_], Windows]:
    count = block.seen[:, None]
    exact = probabilities * (count - 1)
    first = np.floor(exact).astype(np.int64)
    second = np.minimum(first + 1, np.maximum(count - 1, 0))
    values = np.full(exact.shape, np.nan)
    found = np.broadcast_to(count == 0, exact.shape).copy()
    for q in range(len(probabilities)):
        window, below, inside = block.homes(q)
        begin, end = first[:, q] - below, second[:, q] - below
        good = (begin >= 0) & (end < inside) & (count[:, 0] > 0)
        a, b = block.pick(window, begin), block.pick(window, end)
        found[:, q] |= good
        between = exact[:, q] - first[:, q]
        with np.errstate(over="ignore", invalid="ignore"):
            mixed = np.where(between >= 0.5, b - (b - a) * (1 - between), a + (b - a) * between)
        values[good, q] = mixed[good]
    low, high = _brackets(block, first, second)
    low[found] = np.nan
    return values, found, _apart(low, high)


def _brackets(block: Block, first: Counts, second: Counts) -> tuple[Floats, Floats]:
    """Return windows that surely hold the values of two ranks, from the counts of all windows."""
    low, high = np.full(first.shape, -np.inf), np.full(first.shape, np.inf)
    for q in range(block.low.shape[1]):
        there = block.low[:, q] < block.high[:, q]
        for edge, ahead in (
            (block.low[:, q], block.below[:, q]),
            (block.high[:, q], block.below[:, q] + block.inside[:, q]),
        ):
            before = there[:, None] & (ahead[:, None] <= first)
            low = np.where(before, np.maximum(low, edge[:, None]), low)
            after = there[:, None] & (ahead[:, None] > second)
            high = np.where(after, np.minimum(high, edge[:, None]), high)
    return low, high
