"""Files and folders of every kind, asked for by a path."""

import os
from pathlib import Path

import pytest

from formats.case_texts import case_text
from headwater.errors import HeadwaterError
from headwater.formats.registry import FORMATS, read_model
from headwater.model.case import Case
from headwater.model.project import Project

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


VENSIM = """{UTF-8}
fish = INTEG(fish * 0.5, 8) ~~|
INITIAL TIME = 0 ~~|
FINAL TIME = 2 ~~|
TIME STEP = 1 ~~|
"""
XMILE = """<?xml version="1.0" encoding="utf-8" ?>
<!-- a lake --><xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">
<header><vendor>Example</vendor><product version="1">Example</product></header>
<sim_specs><start>0</start><stop>2</stop><dt>1</dt></sim_specs>
<model><variables><aux name="fish"><eqn>8</eqn></aux></variables></model></xmile>
"""


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    ("name", "content", "dialect"),
    [
        ("lake.mdl", XMILE, "xmile"),
        ("lake.xml", XMILE, "xmile"),
        ("lake.stm", XMILE, "xmile"),
        ("lake.md", XMILE, "xmile"),
        ("lake", XMILE, "xmile"),
        ("lake.txt", VENSIM, "vensim"),
        ("lake.txt", VENSIM.removeprefix("{UTF-8}"), "vensim"),
        ("lake.xmile", VENSIM, "vensim"),
        ("lake.stmx", VENSIM, "vensim"),
        ("lake.vmf", VENSIM, "vensim"),
    ],
)
def test_the_content_says_what_a_file_is(
    tmp_path: Path, name: str, content: str, dialect: str, coding: str
) -> None:
    if coding == "utf-16":
        content = content.replace('encoding="utf-8"', 'encoding="utf-16"')
    (tmp_path / name).write_text(content, encoding=coding)
    found = read_model(tmp_path / name)
    assert isinstance(found, Project)
    assert found.dialect == dialect
    assert [v.name for v in found.variables] == ["fish"]


def test_a_case_may_speak_of_xmile(tmp_path: Path) -> None:
    (tmp_path / "case.md").write_text(GOOD + "\n```xml\n<xmile/>\n```\n~ | {UTF-8} INTEG ~ |\n")
    assert isinstance(read_model(tmp_path), Case)


@pytest.mark.parametrize(
    ("name", "what", "instead"),
    [
        ("a.vmf", "binary Vensim model", "`.mdl`"),
        ("a.VPMX", "packaged Vensim model", "`.mdl`"),
        ("a.mdlx", "Vensim model", "`.mdl`"),
        ("a.cin", "file of changes", "--changes"),
        ("a.out", "optimization results", "--changes"),
        ("a.vsc", "sensitivity simulations", "--sensitivity"),
        ("a.voc", "optimization control", "headwater fit"),
        ("a.vpd", "payoff", "headwater fit"),
        ("a.lst", "list of variables", "--outputs"),
        ("a.stm", "STELLA 9", "`.stmx`"),
        ("a.itm", "iThink 9", "`.stmx`"),
        ("a.stmz", "bundle", "`.stmx`"),
        ("a.isdb", "runs that Stella keeps", "export"),
        ("a.sip", "Powersim", "XMILE"),
        ("a.vdfx", "run that Vensim saved", "headwater compare"),
        ("a.csv", "a table, not a model", "headwater compare"),
    ],
)
def test_other_files_are_named(tmp_path: Path, name: str, what: str, instead: str) -> None:
    (tmp_path / name).write_bytes(b"{UTF-8}\n\x7f\0\1 anything")
    text = error(tmp_path / name)
    assert what in text
    assert instead in text


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("a.mdl", b'Model {\n  Name "a"\n}\n', "Simulink"),
        ("a.mdl", b"<?xml version='1.0'?>\n<project/>", "its root element is `project`"),
        ("a.xml", b"<html><body>", "its root element is `html`"),
        ("a.proj", b"<Project Sdk='x'/>", "its root element is `Project`"),
        ("a.xml", b"<InsightMakerModel>\n <root/>", "this is an Insight Maker model"),
        ("a.InsightMaker", b"<?xml version='1.0'?><InsightMakerModel>", "an Insight Maker model"),
        ("a.alp", b"<AnyLogicWorkspace/>", "this is an AnyLogic model"),
        ("a.txt", b"Fish(t) = Fish(t - dt) + (born) * dt\nINIT Fish = 9\n", "printout"),
        ("a.stm", b"A B(t) = A B(t - dt) + (- out) * dt\n", "printout"),
        ("a.proj", b"something", "unknown extension `.proj`"),
        ("a.mdl", b"SQLite format 3\0\1\2", "runs that Stella keeps"),
    ],
)
def test_what_a_file_holds_is_said(tmp_path: Path, name: str, content: bytes, what: str) -> None:
    (tmp_path / name).write_bytes(content)
    assert what in error(tmp_path / name)


def test_many_comments_before_a_root_take_no_time(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(b"<!-- -->" * 20_000 + b"?")
    assert "unknown extension" in error(tmp_path / "a.xml")
