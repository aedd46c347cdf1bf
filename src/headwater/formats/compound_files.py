"""Compound files, the containers of ``.xls``: whether their chains of sectors come to an end.

A damaged one may lead in a circle, which whoever follows it would go around for ever. Layout:
Microsoft, [MS-CFB] Compound File Binary File Format, sections 2.2 to 2.5.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER = 512
_LAST = 0xFFFFFFFA
"""The largest number of a sector; those above it say what a sector is for."""
_ENTRY, _START = 128 // 4, 116 // 4
"""Numbers of an entry of the directory, and which of them is the sector that it starts with."""


def has_endless_chain(content: bytes) -> bool:
    """Tell whether a chain of sectors that is in use leads back into itself."""
    if not content.startswith(SIGNATURE) or len(content) < _HEADER:
        return False
    (shift,) = struct.unpack_from("<H", content, 30)
    if not 7 <= shift <= 20:
        return False
    sectors = _Sectors(content, 1 << shift)
    follows = sectors.numbers(_table_sectors(content, sectors))
    directory, small = (struct.unpack_from("<I", content, at)[0] for at in (48, 60))
    chains = [_chain(start, follows) for start in (directory, small)]
    if None in chains:
        return True
    entries, follows_small = (sectors.numbers(chain or ()) for chain in chains)
    starts = entries[_START::_ENTRY]
    return any(_chain(s, table) is None for s in starts for table in (follows, follows_small))


class _Sectors:
    """The sectors of a file, each a list of numbers."""

    def __init__(self, content: bytes, size: int) -> None:
        self._content = content
        self._size = size

    def numbers(self, sectors: Sequence[int]) -> list[int]:
        """Return the numbers in sectors, one after another; what the file lacks is left out."""
        parts = [self._part(s) for s in sectors]
        found: list[int] = np.frombuffer(b"".join(parts), dtype="<u4").tolist()
        return found

    def _part(self, sector: int) -> bytes:
        start = (sector + 1) * self._size
        part = self._content[start : start + self._size]
        return part[: len(part) // 4 * 4]


def _table_sectors(content: bytes, sectors: _Sectors) -> list[int]:
    """Return the sectors of the table that says which sector follows each."""
    found = list(struct.unpack_from("<109I", content, 76))
    (more,) = struct.unpack_from("<I", content, 68)
    seen: set[int] = set()
    while more <= _LAST and more not in seen:
        seen.add(more)
        part = sectors.numbers([more])
        if not part:
            break
        found += part[:-1]
        more = part[-1]
    return [number for number in found if number <= _LAST]


def _chain(sector: int, follows: Sequence[int]) -> list[int] | None:
    """Return the sectors of a chain, None where it leads back into itself."""
    passed: dict[int, None] = {}
    while sector < len(follows):
        if sector in passed:
            return None
        passed[sector] = None
        sector = follows[sector]
    return list(passed)
