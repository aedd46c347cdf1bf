"""Vensim's binary files of runs: ``.vdf`` (32-bit numbers) and ``.vdfx`` (64-bit).

Vensim's maker has not published their layout. What is used here are facts that others have found
out and written down (the Simlin project, docs/design/vdf.md in its repository), checked for both
widths against runs whose models are known. A file is read only where its parts confirm each other;
anything else is an error and no guess.

A file has a header, and sections that begin with the same four bytes. Section 1 holds a record for
each variable with the key of its name, its shape and its place in the tables at the end; section 2
the names; the tables hold, for each place, a class, a last value, and a number or where the series
begins.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from headwater.errors import DataError, Place
from headwater.formats.files import read_bytes
from headwater.formats.tables import Column, ResultTable

Floats = npt.NDArray[np.float64]

MAX_BYTES = 512 * 2**20
RUN = bytes.fromhex("7ff71752")
_SECTION = bytes.fromhex("a1374cbf")
_HEADER = 24
_FIRST_KEY = 7
_SCALAR = 5
_TIME_CLASS = 0x0F
_CLASSES = frozenset({0x05, 0x08, 0x11, 0x16, 0x17, 0x18})
_HIDDEN = ("#", ".", "-", ":")
_INTERNAL = frozenset({"INITIAL TIME", "FINAL TIME", "TIME STEP", "SAVEPER"})


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where things stand in a file of one width.

    ``word`` is the size of a number and of an offset. Then: the places of the offsets of last
    values, of what follows them, and of the table of series; of the number of times; where the
    records begin within section 1, how long they are, and which word is the place of the values.
    """

    word: int
    number: str
    offset: str
    last: int
    after: int
    table: int
    times: int
    records: int
    stride: int
    place: int


_NARROW = _Layout(4, "<f4", "<I", 0x58, 0x5C, 0x60, 0x78, 204, 64, 11)
_WIDE = _Layout(8, "<f8", "<Q", 0x64, 0x6C, 0x74, 0x9C, 236, 88, 12)


def read_run_file(path: Path) -> ResultTable:
    """Read a run. Raises DataError for what is no run, or whose parts do not fit together."""
    content = read_bytes(path, str(path), DataError, max_bytes=MAX_BYTES)
    layout = _WIDE if path.suffix.lower() == ".vdfx" else _NARROW
    if content[:4] != RUN:
        raise DataError("this is no run of Vensim's", Place(str(path)), _hint(content))
    try:
        return _Reader(content, layout).run()
    except (struct.error, IndexError, ValueError) as error:
        raise DataError(
            f"this file of Vensim's has parts that do not fit together: {error}",
            Place(str(path)),
            "export the run from Vensim as a .dat, .tab or .csv file",
        ) from error


def _hint(content: bytes) -> str:
    if content[:3] == RUN[:3]:
        return "it holds a data set or many runs; export it from Vensim as a .dat file"
    return "export the run from Vensim as a .dat, .tab or .csv file"


class _Reader:
    def __init__(self, content: bytes, layout: _Layout) -> None:
        self._content = content
        self._layout = layout
        self._sections = list(_places(content, _SECTION))
        if len(self._sections) < 8:
            raise ValueError(f"{len(self._sections)} sections in place of 8")
        self._last = self._offset(layout.last)
        self._table = self._offset(layout.table)
        self._count, rest = divmod(self._offset(layout.after) - self._last, layout.word)
        if rest or not 0 < self._count < len(content):
            raise ValueError("the table of last values has no whole number of entries")
        self._classes = content[self._last - self._count : self._last]
        if self._classes[0] != _TIME_CLASS:
            raise ValueError("the first series is not the time")

    def run(self) -> ResultTable:
        """Return the variables of the run over time."""
        saved = struct.unpack_from("<I", self._content, self._layout.times)[0]
        times = self._block(self._entry(0), saved)
        names = self._names()
        columns: list[Column] = []
        for name, place in self._owners(names):
            columns.append(Column(name, times, self._values(place, saved)))
        if not columns:
            raise ValueError("no variables in it")
        return ResultTable(tuple(columns))

    # Parts

    def _offset(self, at: int) -> int:
        return int(struct.unpack_from(self._layout.offset, self._content, at)[0])

    def _names(self) -> dict[int, str]:
        """Return the names by their keys: the places of their first letters, in words."""
        start = self._sections[2] + _HEADER
        first = struct.unpack_from("<H", self._content, start - 2)[0]
        names = {_FIRST_KEY: self._text(start, first)}
        at = start + first
        while at + 2 <= self._sections[3]:
            length = struct.unpack_from("<H", self._content, at)[0]
            at += 2
            if length:
                names[_FIRST_KEY + (at - start) // 4] = self._text(at, length)
                at += length
        return names

    def _text(self, at: int, length: int) -> str:
        raw = self._content[at : at + length].split(b"\0")[0]
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw.decode("latin-1")

    def _owners(self, names: dict[int, str]) -> Iterator[tuple[str, int]]:
        """Yield the variables of one number each, with their places."""
        layout = self._layout
        found: dict[int, list[str]] = {}
        at = self._sections[1] + _HEADER + layout.records
        while at + layout.stride <= self._sections[2]:
            words = struct.unpack_from(f"<{layout.stride // 4}I", self._content, at)
            at += layout.stride
            name, shape, place = names.get(words[2], ""), words[6], words[layout.place]
            if not name or not 0 < place < self._count or self._classes[place] not in _CLASSES:
                continue
            if shape not in (0, _SCALAR):
                raise ValueError(f"`{name}` is an array, and arrays in such files cannot be read")
            if shape == _SCALAR:
                found.setdefault(place, []).append(name)
        for place, candidates in found.items():
            name = _owner(candidates)
            if not name.startswith(_HIDDEN) and name not in _INTERNAL:
                yield name, place

    # Values

    def _entry(self, place: int) -> int:
        return self._offset(self._table + place * self._layout.word)

    def _values(self, place: int, saved: int) -> Floats:
        """Return a series: its own block, or one number that stands in the table itself."""
        entry = self._entry(place)
        if entry >= self._entry(0) and entry < len(self._content):
            return self._block(entry, saved)
        at = self._table + place * self._layout.word
        value = np.frombuffer(self._content, self._layout.number, 1, at)[0]
        return np.full(saved, float(value))

    def _block(self, at: int, saved: int) -> Floats:
        """Return the values of a block: how many, a bit a time, and the values where it is set."""
        count = struct.unpack_from("<H", self._content, at)[0]
        width = (saved + 7) // 8
        raw = np.frombuffer(self._content, np.uint8, width, at + 2)
        there = np.unpackbits(raw, bitorder="little")[:saved].astype(np.bool_)
        if int(there.sum()) != count or not there[:1].all():
            raise ValueError("a series does not have the values that it announces")
        values = np.frombuffer(self._content, self._layout.number, count, at + 2 + width)
        # A time without a value keeps the one before it.
        return np.asarray(values[np.cumsum(there) - 1], dtype=np.float64)


def _owner(candidates: list[str]) -> str:
    """Return which of the names with one place has the values there.

    A lookup has its own number there, in another table; it goes by its name alone.
    """
    if len(candidates) == 1:
        return candidates[0]
    values = [c for c in candidates if not _is_lookup(c)]
    if len(values) != 1:
        raise ValueError(f"{' and '.join(f'`{c}`' for c in candidates)} share one place")
    return values[0]


def _is_lookup(name: str) -> bool:
    plain = name.casefold()
    return any(word in plain for word in ("lookup", "table", "graph"))


def _places(content: bytes, mark: bytes) -> Iterator[int]:
    at = content.find(mark)
    while at >= 0:
        yield at
        at = content.find(mark, at + len(mark))
