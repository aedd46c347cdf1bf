"""Files appear whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from headwater.errors import UsageError
from headwater.writing import aside, write_aside


@pytest.mark.parametrize("trouble", [KeyboardInterrupt, OSError])
def test_nothing_half_written_is_left(tmp_path: Path, trouble: type[BaseException]) -> None:
    path = tmp_path / "out.csv"
    path.write_text("before")
    with pytest.raises(trouble), aside(path) as temporary:
        temporary.write_text("half")
        raise trouble
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_in_the_place_of_a_file_stays(tmp_path: Path) -> None:
    folder = tmp_path / "out.csv"
    folder.mkdir()
    (folder / "kept").touch()
    with pytest.raises(UsageError, match="is a folder"):
        write_aside(folder, b"new")
    assert (folder / "kept").exists()
    assert list(tmp_path.iterdir()) == [folder]


def test_folders_are_made_where_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "out.csv"
    with pytest.raises(UsageError, match="cannot write"):
        write_aside(path, b"new")
    assert list(tmp_path.iterdir()) == []
    write_aside(path, b"new", make_folder=True)
    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path]


def test_a_file_in_the_place_of_a_folder_is_told(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("here already")
    with pytest.raises(UsageError, match="cannot write"):
        write_aside(blocked / "out.csv", b"new", make_folder=True)
    assert blocked.read_text() == "here already"
