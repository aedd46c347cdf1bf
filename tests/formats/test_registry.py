"""Files and folders of every kind, asked for by a path."""

import os
from pathlib import Path

import pytest

from formats.case_texts import case_text
from headwater.errors import HeadwaterError
from headwater.formats.registry import FORMATS, read_model
from headwater.model.case import Case

GOOD = case_text("aux a : 1 = 1")


def error(path: Path) -> str:
    with pytest.raises(HeadwaterError) as raised:
        read_model(path)
    assert raised.value.exit_status == 2
    assert len(raised.value.diagnostics) == 1
    (found,) = raised.value.diagnostics
    assert found.place is not None
    assert found.hint
    return str(raised.value)


def test_a_folder_and_its_file_are_the_same_case(tmp_path: Path) -> None:
    (tmp_path / "case.md").write_text(GOOD)
    for path in (tmp_path, tmp_path / "case.md", str(tmp_path)):
        found = read_model(path)
        assert isinstance(found, Case)
        assert found.folder == tmp_path
        assert [v.name for v in found.project.variables] == ["a"]


def test_parts_are_read_in_order(tmp_path: Path) -> None:
    (tmp_path / "case.md").write_text(
        case_text("aux a : 1 = b", front="---\ntime: 0 to 1\nparts: [two.md, sub/three.md]\n---\n")
    )
    (tmp_path / "sub").mkdir()
    (tmp_path / "two.md").write_text(case_text("aux b : 1 = 1", front="## Two\n\n"))
    (tmp_path / "sub" / "three.md").write_text(case_text("aux c : 1 = 1", front=""))
    case = read_model(tmp_path)
    assert isinstance(case, Case)
    assert [(v.name, v.group) for v in case.project.variables] == [
        ("a", ""),
        ("b", "Two"),
        ("c", ""),
    ]
    assert [Path(p.source.name).name for p in case.parts] == ["case.md", "two.md", "three.md"]
    assert [len(p.blocks) for p in case.parts] == [1, 1, 1]
    assert case.parts[1].blocks[0].text == "aux b : 1 = 1\n"


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ("[twoo.md]", "did you mean `two.md`?"),
        ("[../two.md]", "leads out"),
        ("[two.md, two.md]", "read twice"),
        ("[case.md]", "read twice"),
        ("[four.md]", "front matter of its own"),
    ],
)
def test_parts_that_cannot_be_read(tmp_path: Path, parts: str, message: str) -> None:
    folder = tmp_path / "case"
    folder.mkdir()
    (folder / "case.md").write_text(f"---\ntime: 0 to 1\nparts: {parts}\n---\n")
    (folder / "two.md").write_text("Two.\n")
    (folder / "four.md").write_text("---\ntime: 0 to 1\n---\n")
    assert message in error(folder)


def test_missing(tmp_path: Path) -> None:
    (tmp_path / "model.md").write_text(GOOD)
    assert "no such file or folder" in error(tmp_path / "other.md")
    assert "did you mean `model.md`?" in error(tmp_path / "modle.md")


def test_folder_without_a_case(tmp_path: Path) -> None:
    assert "has no case.md" in error(tmp_path)


def test_unknown_extension(tmp_path: Path) -> None:
    (tmp_path / "model.docx").write_text("text")
    text = error(tmp_path / "model.docx")
    assert "`.docx`" in text
    for known in FORMATS:
        assert all(extension in text for extension in known.EXTENSIONS)


@pytest.mark.parametrize("name", ["case.md", "model"])
def test_binary_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    assert "binary file" in error(tmp_path / name)


def test_empty_file(tmp_path: Path) -> None:
    (tmp_path / "case.md").write_text(" \n")
    assert "is empty" in error(tmp_path)


def test_undecodable_file(tmp_path: Path) -> None:
    (tmp_path / "case.md").write_bytes(GOOD.encode() + "caf\u00e9\n".encode("latin-1"))
    line = GOOD.count("\n") + 1
    assert f"case.md:{line}:4: error: byte 0xe9 is not UTF-8" in error(tmp_path)


def test_huge_file(tmp_path: Path) -> None:
    path = tmp_path / "case.md"
    path.write_text(GOOD)
    os.truncate(path, 2**40)
    assert "split the file" in error(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "case.md")
    assert "no regular file" in error(tmp_path / "case.md")


def test_paths_that_are_none() -> None:
    assert "no " in error(Path("a\0b"))
    assert "no " in error(Path("a" * 5000))
