"""Damaged files of data and results: one clear error, at once."""

import struct
from pathlib import Path

import pytest
from click.testing import CliRunner

from headwater.api import load
from headwater.cli import main
from headwater.errors import DataError
from headwater.formats.compound_files import SIGNATURE, has_endless_chain

END, FREE, TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
SETTINGS = "INITIAL TIME = 0 ~~|\nFINAL TIME = 1 ~~|\nTIME STEP = 1 ~~|\nSAVEPER = 1 ~~|\n"


def compound(follows: dict[int, int], *, small: dict[int, int] | None = None) -> bytes:
    """A compound file: sector 0 says what follows each, 1 is the directory, 2 of small ones."""
    header = bytearray(512)
    header[:8] = SIGNATURE
    struct.pack_into("<HHH", header, 26, 3, 0xFFFE, 9)
    struct.pack_into("<I", header, 32, 6)
    struct.pack_into("<II", header, 44, 1, 1)
    struct.pack_into("<I", header, 60, 2 if small else END)
    struct.pack_into("<I", header, 68, END)
    struct.pack_into("<109I", header, 76, 0, *[FREE] * 108)
    table = [{0: TABLE, **follows}.get(k, FREE) for k in range(128)]
    directory = [FREE] * 128
    directory[29], directory[61] = END, 0  # where the root and its first stream start
    parts = [[(small or {}).get(k, FREE) for k in range(128)], [FREE] * 128]
    sectors = [table, directory, *parts]
    return bytes(header) + b"".join(struct.pack("<128I", *sector) for sector in sectors)


def test_chains_that_lead_back_into_themselves() -> None:
    assert not has_endless_chain(compound({1: END}))
    assert has_endless_chain(compound({1: 1}))
    assert has_endless_chain(compound({1: 3, 3: 1}))
    assert not has_endless_chain(compound({1: END, 2: END}, small={0: 1, 1: END}))
    assert has_endless_chain(compound({1: END, 2: END}, small={0: 1, 1: 0}))
    assert not has_endless_chain(b"something else")
    assert not has_endless_chain(SIGNATURE)


def test_a_spreadsheet_without_an_end_is_refused(tmp_path: Path) -> None:
    (tmp_path / "d.xls").write_bytes(compound({1: 3, 3: 1}))
    model = tmp_path / "m.mdl"
    model.write_text(
        "{UTF-8}\nx := GET XLS DATA('d.xls', 'Sheet1', 'A', 'B2') ~~|\n" + SETTINGS,
        encoding="utf-8",
    )
    with pytest.raises(DataError, match=r"m\.mdl:2:1: error: `d\.xls` is damaged"):
        load(model).run()


@pytest.mark.parametrize("suffix", [".tab", ".csv"])
def test_results_without_a_time_are_no_run(tmp_path: Path, suffix: str) -> None:
    mark = "," if suffix == ".csv" else "\t"
    empty, full = tmp_path / f"empty{suffix}", tmp_path / f"full{suffix}"
    empty.write_text(f"Time{mark}x\n", encoding="utf-8")
    full.write_text(f"Time{mark}x\n0{mark}1\n", encoding="utf-8")
    for pair in ((empty, full), (full, empty)):
        result = CliRunner().invoke(main, ["compare", *map(str, pair)])
        assert result.exit_code == 2
        assert "has no times" in result.output
