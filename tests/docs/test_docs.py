"""The documentation does what it says: every block is run, every link leads somewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import headwater
from docs_runner import Page, PageError, commands

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
MODULE = re.compile(r"`((?:\w+/)*\w+\.py|(?:\w+/)+)`")
SOURCES = [ROOT, ROOT / "src", ROOT / "src" / "headwater", ROOT / "src" / "headwater" / "compiler"]
ABOUT_CODE = [path for path in PAGES if path.parent.name == "explanation" or path.parent == ROOT]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_block_does_what_its_page_says(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Page(path.relative_to(ROOT).as_posix(), tmp_path).run(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_to_a_file_leads_to_one(path: Path) -> None:
    targets = LINK.findall(path.read_text(encoding="utf-8"))
    broken = [
        target
        for target in targets
        if "://" not in target and not (path.parent / target).resolve().exists()
    ]
    assert not broken, f"{path} links to what is not there: {broken}"


@pytest.mark.parametrize("path", ABOUT_CODE, ids=lambda path: path.name)
def test_every_source_file_that_is_named_is_there(path: Path) -> None:
    named = MODULE.findall(path.read_text(encoding="utf-8"))
    gone = [name for name in named if not any((folder / name).exists() for folder in SOURCES)]
    assert not gone, f"{path} names what is not there: {gone}"


def test_the_documentation_builds_without_a_warning(tmp_path: Path) -> None:
    """Cross-references, headings, the index: all that Sphinx checks, without writing pages."""
    build = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "-b", "dummy"]
    result = subprocess.run(
        [*build, "-d", str(tmp_path / "doctrees"), str(ROOT / "docs"), str(tmp_path / "out")],
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Page:
    monkeypatch.chdir(tmp_path)
    return Page("page.md", tmp_path)


def test_python_blocks_share_a_page(page: Page) -> None:
    page.run("```python\nx = 2\n```\nand\n```python\n>>> x + 1\n3\n```\n")


def test_a_wrong_result_is_noticed(page: Page) -> None:
    with pytest.raises(PageError, match="Expected"):
        page.run("```python\n>>> 1 + 1\n3\n```\n")


def test_a_traceback_points_into_the_page(page: Page) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        page.run("# Title\n\n```python\nx = 1\nx / 0\n```\n")
    assert caught.traceback[-1].lineno + 1 == 5


def test_a_block_is_saved_for_later_ones(page: Page) -> None:
    page.run(
        "<!-- file: data/a.csv -->\n```csv\nyear,value\n```\n"
        "```python\nfrom pathlib import Path\nassert Path('data/a.csv').exists()\n```\n"
    )


def test_an_edited_statement_takes_the_place_of_its_namesake(page: Page) -> None:
    page.run(
        "<!-- case: a -->\n```headwater\nconstant b : 1 = 1\n  range 0 to 2\n\naux c : 1 = b\n```\n"
        "<!-- edit: a/case.md -->\n```headwater\nconstant b : 1 = 5\nflow d : 1 = c\n```\n"
    )
    case = headwater.load("a")
    assert case.variables == ("b", "c", "d")
    assert float(case.run()["d"].max()) == 5


def test_an_unknown_language_is_refused(page: Page) -> None:
    with pytest.raises(PageError, match="klingon"):
        page.run("```klingon\nx\n```\n")


def test_an_unknown_make_target_is_refused(page: Page) -> None:
    page.run("```sh\nmake demo RUNS=10\n```\n")
    with pytest.raises(PageError, match="wonder"):
        page.run("```sh\nmake wonder\n```\n")


def test_output_belongs_to_the_command_above_it() -> None:
    text = "$ headwater list\n  one   two\n...\n$ headwater run a \\\n    b\nthree\n"
    assert list(commands(text)) == [
        ("headwater list", ["one two"]),
        ("headwater run a      b", ["three"]),
    ]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_source_files_that_a_page_names_are_there(path: Path) -> None:
    rooms = ("src", "tests", "scripts", "benchmarks", "conformance")
    known = [f.as_posix() for room in rooms for f in (ROOT / room).rglob("*.py")]
    named = re.findall(r"`((?:[a-z_]+/)*[a-z_]+\.py)`", path.read_text(encoding="utf-8"))
    gone = [name for name in named if not any(f.endswith(f"/{name}") for f in known)]
    assert not gone, f"{path.name} names files that are no longer there: {', '.join(gone)}"
