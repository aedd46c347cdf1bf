"""Models that were read before come from disk, unless a file has changed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from headwater.api import SHIPPED, load
from headwater.errors import DataWarning, HeadwaterError
from headwater.formats import registry, remembering
from headwater.formats.registry import read_model
from headwater.model.case import Case
from headwater.model.encoding import CannotEncodeError, model_codec

MODEL = """{UTF-8}
level = INTEG(-level / life, 100) ~ ~|
life = 4 ~ ~|
INITIAL TIME = 0 ~ ~|
FINAL TIME = 8 ~ ~|
TIME STEP = 1 ~ ~|
SAVEPER = 1 ~ ~|
"""


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Path]:
    """The paths that were read by a parser; every model is worth keeping."""
    paths: list[Path] = []

    def read(path: Path) -> object:
        paths.append(path)
        return read_model(path)

    monkeypatch.setenv("HEADWATER_CACHE", str(tmp_path / "cache"))
    (tmp_path / "models").mkdir()
    monkeypatch.setattr(remembering, "WORTH_SECONDS", 0.0)
    monkeypatch.setattr(registry, "read_model", read)
    return paths


@pytest.mark.parametrize("name", sorted(p.name for p in SHIPPED.iterdir() if p.is_dir()))
def test_a_case_is_the_same_from_text(name: str) -> None:
    case = read_model(SHIPPED / name)
    text = model_codec().encode(case)
    again = model_codec().decode(text)
    assert isinstance(again, Case) and isinstance(case, Case)
    assert repr(again) == repr(case)
    assert model_codec().encode(again) == text
    for before, after in zip(case.project.variables, again.project.variables, strict=True):
        assert (before.span is None) == (after.span is None)
        if before.span is not None and after.span is not None:
            assert after.span.place == before.span.place


def test_what_has_no_place_in_a_text_is_refused() -> None:
    with pytest.raises(CannotEncodeError):
        model_codec().encode(object())


def test_a_text_makes_nothing_but_models() -> None:
    for text in ("{}", "[]", "[[],[-9]]", "[[],[99999]]", '[[],["os.system","x"]]', "[[],[-1"):
        with pytest.raises((ValueError, TypeError, LookupError)):
            model_codec().decode(text.encode())


def test_an_unchanged_model_is_not_parsed_again(reads: list[Path], tmp_path: Path) -> None:
    path = tmp_path / "models" / "model.mdl"
    path.write_text(MODEL)
    first = load(path)
    second = load(path)
    assert reads == [path]
    assert second.project == first.project
    assert (second.run()["level"].values == first.run()["level"].values).all()


def test_a_change_is_seen_whatever_the_clock_says(reads: list[Path], tmp_path: Path) -> None:
    path = tmp_path / "models" / "model.mdl"
    path.write_text(MODEL)
    first = load(path).run()
    state = path.stat()
    path.write_text(MODEL.replace("life = 4", "life = 5"))
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    second = load(path).run()
    assert len(reads) == 2
    # level * (1 - 1/life)^8 at the end
    assert float(first["level"][-1]) == pytest.approx(100 * 0.75**8)
    assert float(second["level"][-1]) == pytest.approx(100 * 0.8**8)


def test_a_changed_part_of_a_case_is_seen(reads: list[Path], tmp_path: Path) -> None:
    case = tmp_path / "case"
    shutil.copytree(SHIPPED / "turchin-ages", case)
    load(case)
    load(case)
    assert len(reads) == 1
    data = next(iter(sorted((case / "data").glob("*.csv"))), case / "case.md")
    data.write_bytes(data.read_bytes() + b"\n")
    load(case)
    assert len(reads) == 2


def test_a_file_of_data_that_appears_beside_a_vensim_model_is_seen(
    reads: list[Path], tmp_path: Path
) -> None:
    path = tmp_path / "models" / "model.mdl"
    named = "\\\\\\---/// Sketch information\nV300\n///---\\\\\\\n:L\x7f<%^E!@\n13:past.vdf\n"
    path.write_text(MODEL.replace("life = 4", "life") + named, encoding="utf-8")
    with pytest.warns(DataWarning, match="life"):
        load(path)
    path.with_name("past.csv").write_text("time,life\n0,2\n8,2\n", encoding="utf-8")
    assert float(load(path).run()["life"][0]) == 2


def test_errors_are_not_kept(reads: list[Path], tmp_path: Path) -> None:
    path = tmp_path / "models" / "model.mdl"
    path.write_text(MODEL.replace("/ life", "/ (life"))
    for _ in range(2):
        with pytest.raises(HeadwaterError):
            load(path)
    assert len(reads) == 2


@pytest.mark.parametrize("damage", [lambda b: b[:-3], lambda b: b[:-9] + b"x" + b[-8:], bytes])
def test_a_damaged_entry_is_read_again(
    reads: list[Path], tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "models" / "model.mdl"
    path.write_text(MODEL)
    load(path)
    (entry,) = (tmp_path / "cache" / "models").iterdir()
    whole = entry.read_bytes()
    entry.write_bytes(damage(whole))
    load(path)
    assert len(reads) == (1 if damage is bytes else 2)
    assert entry.read_bytes() == whole


def test_an_entry_under_another_name_is_not_used(reads: list[Path], tmp_path: Path) -> None:
    path = tmp_path / "models" / "model.mdl"
    path.write_text(MODEL)
    load(path)
    (entry,) = (tmp_path / "cache" / "models").iterdir()
    name = remembering._key(path)
    assert entry.stem == name
    body = remembering.SHELF.load(name)
    foreign = entry.with_name(name[::-1] + entry.suffix)
    foreign.write_bytes(entry.read_bytes())
    assert body is not None
    assert remembering.SHELF.load(name[::-1]) is None
    assert not foreign.exists()


XMILE = """<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">
<header><vendor>Example</vendor><product version="1">Example</product>{includes}</header>
<sim_specs><start>0</start><stop>2</stop></sim_specs>{data}
<model><variables>{variables}</variables></model>{models}</xmile>"""


def test_a_model_of_several_files_is_not_parsed_again(reads: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "models"
    module = '<module name="part" resource="parts/part.xmile"/>'
    data = '<data><import type="CSV" resource="data/in.csv"/></data>'
    given = '<aux name="x"><eqn>1</eqn></aux>'
    path = folder / "m.xmile"
    text = XMILE.format(includes="", data=data, variables=module + given, models="")
    path.write_text(text, encoding="utf-8")
    (folder / "parts").mkdir()
    part = '<aux name="y"><eqn>2</eqn></aux>'
    part_text = XMILE.format(includes="", data="", variables=part, models="")
    (folder / "parts" / "part.xmile").write_text(part_text, encoding="utf-8")
    (folder / "data").mkdir()
    (folder / "data" / "in.csv").write_text("x\n5\n", encoding="utf-8")
    assert [float(load(path).run()["x"]) for _ in range(2)] == [5, 5]
    assert len(reads) == 1
    (folder / "data" / "in.csv").write_text("x\n6\n", encoding="utf-8")
    assert float(load(path).run()["x"]) == 6
    (folder / "parts" / "part.xmile").write_text(part_text.replace(">2<", ">3<"), encoding="utf-8")
    assert float(load(path).run()["part.y"]) == 3
    assert len(reads) == 3


def test_another_file_that_a_pattern_matches_is_seen(reads: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "models"
    includes = '<includes><include resource="more/*.xmile"/></includes>'
    path = folder / "m.xmile"
    given = '<aux name="x"><eqn>1</eqn></aux>'
    text = XMILE.format(includes=includes, data="", variables=given, models="")
    path.write_text(text, encoding="utf-8")
    assert [load(path).project.macros for _ in range(2)] == [(), ()]
    assert len(reads) == 1
    (folder / "more").mkdir()
    macro = '<macro name="twice"><eqn>2 * a</eqn><parm>a</parm></macro>'
    more = XMILE.format(includes="", data="", variables="", models=macro)
    (folder / "more" / "twice.xmile").write_text(more, encoding="utf-8")
    assert [m.name for m in load(path).project.macros] == ["twice"]
    (folder / "more" / "thrice.xmile").write_text(more.replace("twice", "thrice"), encoding="utf-8")
    assert len(load(path).project.macros) == 2


def test_results_beside_a_model_do_not_make_it_another(reads: list[Path], tmp_path: Path) -> None:
    path = tmp_path / "models" / "m.mdl"
    path.write_text(MODEL, encoding="utf-8")
    before = remembering.remember(path).fingerprint
    (path.parent / "m.csv").write_text("time,level\n0,100\n", encoding="utf-8")
    after = remembering.remember(path).fingerprint
    assert before == after != ""
    assert len(reads) == 1


def test_a_file_that_comes_to_lie_where_data_are_sought_is_seen(
    reads: list[Path], tmp_path: Path
) -> None:
    folder = tmp_path / "models"
    (folder / "Data").mkdir()
    (folder / "Data" / "IN.csv").write_text("5\n", encoding="utf-8")
    path = folder / "m.mdl"
    read = "GET DIRECT CONSTANTS('data/in.csv', ',', 'A1')"
    path.write_text(MODEL.replace("life = 4", f"life = {read}"), encoding="utf-8")
    assert [float(load(path).run()["life"]) for _ in range(2)] == [5, 5]
    assert len(reads) == 1
    (folder / "data").mkdir(exist_ok=True)
    (folder / "data" / "in.csv").write_text("6\n", encoding="utf-8")
    assert float(load(path).run()["life"]) == 6
