"""The case that a newcomer starts from: complete, and as the documentation says."""

from pathlib import Path

import pytest

from headwater.errors import UsageError
from headwater.formats.literate.layout.format import format_text
from headwater.formats.literate.template import create_case
from headwater.formats.registry import read_model
from headwater.model.case import Case
from headwater.model.variables import Constant, Data, Graph


def test_it_is_written_whole_and_can_be_read(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "bread"
    title = 'Bread: "dear" & # dearer'
    paths = create_case(folder, title)
    assert sorted(paths) == sorted(p for p in folder.rglob("*") if p.is_file())
    assert {p.name for p in paths} >= {"case.md", "claims.yaml", "sources.yaml", "datapackage.json"}
    assert [p.name for p in folder.parent.iterdir()] == ["bread"]
    case = read_model(folder)
    assert isinstance(case, Case)
    assert case.title == title
    assert f"\n# {title}\n" in (folder / "case.md").read_text(encoding="utf-8")


def test_it_shows_what_a_case_has(tmp_path: Path) -> None:
    create_case(tmp_path / "a")
    case = read_model(tmp_path / "a")
    assert isinstance(case, Case)
    variables = case.project.variables
    assert {type(v) for v in variables} >= {Constant, Data, Graph}
    assert any(v.uncertainty for v in variables)
    assert len(case.policies) >= 2
    assert case.checks and case.comparisons and case.outcomes and case.limits
    assert {c for e in case.expectations for c in e.claims} == {"orders-wear-off", "repairs-work"}
    assert any(e.links for e in case.expectations)
    for constant in (v for v in variables if isinstance(v, Constant)):
        assert constant.unit and constant.range, constant.name
        assert constant.provenance.because or constant.provenance.assumption, constant.name


def test_it_is_in_canonical_layout(tmp_path: Path) -> None:
    create_case(tmp_path / "a")
    text = (tmp_path / "a" / "case.md").read_text(encoding="utf-8")
    assert format_text(text, "case.md") == text


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    assert create_case(tmp_path / "a")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "mine.md").write_text("mine")
    with pytest.raises(UsageError, match="there already"):
        create_case(tmp_path / "a")
    assert [p.name for p in tmp_path.rglob("*")] == ["a", "mine.md"]
    with pytest.raises(UsageError, match="there already"):
        create_case(tmp_path / "a" / "mine.md")


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        create_case(tmp_path / "file" / "a")
