"""Vensim's binary files of runs, both widths: built here from the description of their layout."""

from __future__ import annotations

import struct
from pathlib import Path
from random import Random

import numpy as np
import pytest

from headwater.errors import DataError
from headwater.simulation.results.reading import read_run

SECTION = bytes.fromhex("a1374cbf")
TIMES = [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0]
STOCK, DYNAMIC, CONSTANT, TIME = 0x08, 0x11, 0x17, 0x0F


class Made:
    """A file with one stock, one variable that keeps a value for a while, and one constant."""

    def __init__(self, wide: bool, records: list[tuple[str, int]] | None = None) -> None:
        self.word = 8 if wide else 4
        self.float, self.offset = ("d", "Q") if wide else ("f", "I")
        self.wide = wide
        self.names = ["Time", "FINAL TIME", "tea in the pot", ".group", "room", "water", "a lookup"]
        self.records = records or [("tea in the pot", 1), ("water", 2), ("room", 3)]
        self.classes = bytes([TIME, STOCK, DYNAMIC, CONSTANT])

    def section(self, content: bytes, last_word: int = 0) -> bytes:
        return SECTION + struct.pack("<5I", 1, 1, 500, 0, last_word) + content

    def name_table(self) -> tuple[bytes, dict[str, int]]:
        """The names, and the key of each: its place in words, and 7 for the first one."""
        table, keys = b"Time\0\0", {"Time": 7}
        for name in self.names[1:]:
            length = len(name) + 2 + (-(len(name) + 2 + len(table) + 2) % 4)
            table += struct.pack("<H", length)
            keys[name] = 7 + len(table) // 4
            table += name.encode().ljust(length, b"\0")
        return table, keys

    def record(self, key: int, place: int) -> bytes:
        words = [0] * (22 if self.wide else 16)
        words[2], words[6], words[12 if self.wide else 11] = key, 5, place
        return struct.pack(f"<{len(words)}I", *words)

    def block(self, values: dict[int, float]) -> bytes:
        bits = np.zeros(16, dtype=np.uint8)
        bits[list(values)] = 1
        bitmap = np.packbits(bits, bitorder="little").tobytes()
        numbers = struct.pack(f"<{len(values)}{self.float}", *values.values())
        return struct.pack("<H", len(values)) + bitmap + numbers

    def content(self) -> bytes:
        names, keys = self.name_table()
        body = b"".join(self.record(keys[n], place) for n, place in self.records)
        sections = [self.section(b"sim")]
        sections.append(self.section(bytes(236 if self.wide else 204) + body))
        sections.append(self.section(names, 6 << 16))
        sections += [self.section(b"") for _ in range(3)]
        head = 0x150 if self.wide else 0xA8
        before = b"".join(sections)
        last = head + len(before) + 24 + len(self.classes)
        final = struct.pack(f"<4{self.float}", 4.0, 60.0, 2.0, 20.0)
        after = last + len(final)
        table = after + 24
        blocks = [
            self.block(dict(enumerate(TIMES))),
            self.block({k: 80.0 - k for k in range(9)}),
            self.block({0: 1.0, 3: 2.0, 8: 3.0}),
        ]
        starts = [table + 4 * self.word]
        for block in blocks[:-1]:
            starts.append(starts[-1] + len(block))
        entries = struct.pack(f"<3{self.offset}", *starts) + struct.pack(f"<{self.float}", 20.0)
        header = bytearray(head)
        header[:4] = bytes.fromhex("7ff71752")
        places = (0x64, 0x6C, 0x74) if self.wide else (0x58, 0x5C, 0x60)
        for place, value in zip(places, (last, after, table), strict=True):
            struct.pack_into(f"<{self.offset}", header, place, value)
        struct.pack_into("<I", header, 0x9C if self.wide else 0x78, len(TIMES))
        tail = self.section(self.classes + final) + self.section(entries + b"".join(blocks))
        return bytes(header) + before + tail


@pytest.fixture(params=[False, True], ids=["vdf", "vdfx"])
def wide(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def save(folder: Path, wide: bool, content: bytes) -> Path:
    path = folder / ("run.vdfx" if wide else "run.vdf")
    path.write_bytes(content)
    return path


def test_series_constants_and_values_that_are_kept(tmp_path: Path, wide: bool) -> None:
    found = read_run(save(tmp_path, wide, Made(wide).content()))
    values = {c.name: c.values.tolist() for c in found.columns}
    assert values == {
        "tea in the pot": [80.0 - k for k in range(9)],
        "water": [1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0, 3.0],
        "room": [20.0] * 9,
    }
    assert found.columns[0].times.tolist() == TIMES


def test_a_lookup_with_a_number_of_its_own_is_no_series(tmp_path: Path, wide: bool) -> None:
    made = Made(wide, [("tea in the pot", 1), ("a lookup", 2), ("water", 2), ("FINAL TIME", 3)])
    found = read_run(save(tmp_path, wide, made.content()))
    assert [c.name for c in found.columns] == ["tea in the pot", "water"]


def test_two_names_for_one_series_are_no_guess(tmp_path: Path, wide: bool) -> None:
    made = Made(wide, [("tea in the pot", 1), ("water", 1)])
    with pytest.raises(DataError, match="`tea in the pot` and `water` share one place"):
        read_run(save(tmp_path, wide, made.content()))


def test_a_data_set_is_no_run(tmp_path: Path, wide: bool) -> None:
    content = bytearray(Made(wide).content())
    content[3] = 0x41
    with pytest.raises(DataError, match="no run") as caught:
        read_run(save(tmp_path, wide, bytes(content)))
    assert ".dat" in str(caught.value)


def test_a_damaged_file_is_one_clear_error_or_another_run(tmp_path: Path, wide: bool) -> None:
    content, random = Made(wide).content(), Random(7)
    for _ in range(400):
        damaged = bytearray(content[: random.randint(1, len(content))])
        for _ in range(random.randint(0, 4)):
            damaged[random.randrange(len(damaged))] = random.randrange(256)
        try:
            read_run(save(tmp_path, wide, bytes(damaged)))
        except DataError as error:
            assert str(error)
