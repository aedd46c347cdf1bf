"""Models that were read before come from disk, unless a file has changed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from headwater.api import SHIPPED, load
from headwater.errors import HeadwaterError
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
            model_codec().decode(text)


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


def test_a_file_that_appears_beside_a_vensim_model_is_seen(
    reads: list[Path], tmp_path: Path
) -> None:
    path = tmp_path / "models" / "model.mdl"
    path.write_text(MODEL)
    load(path)
    path.with_name("data.csv").write_text("time,x\n0,1\n")
    load(path)
    assert len(reads) == 2


def test_errors_are_not_kept(reads: list[Path], tmp_path: Path) -> None:
    path = tmp_path / "models" / "model.mdl"
    path.write_text(MODEL.replace("/ life", "/ (life"))
    for _ in range(2):
        with pytest.raises(HeadwaterError):
            load(path)
    assert len(reads) == 2


def test_a_damaged_entry_is_read_again(reads: list[Path], tmp_path: Path) -> None:
    path = tmp_path / "models" / "model.mdl"
    path.write_text(MODEL)
    load(path)
    (entry,) = (tmp_path / "cache" / "models").iterdir()
    entry.write_bytes(entry.read_bytes()[:-3])
    load(path)
    assert len(reads) == 2
