"""What a command is to write is looked at first; readers that leave; interrupts at any moment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import Result

from calling import call
from headwater.formats.literate.template import create_case


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cases") / "town"
    create_case(folder)
    return folder


WRITING = [
    ("sensitivity", "town", "fill", "-o", "out.csv"),
    ("sensitivity", "town", "fill", "--picture", "out.svg"),
    ("mix", "town", "-o", "out.csv"),
    ("mix", "town", "-o", "out.json"),
    ("mix", "town", "--picture", "out.svg"),
    ("loops", "town", "-o", "out.csv"),
    ("discover", "town", "repairs-work", "-o", "out.csv"),
    ("discover", "town", "repairs-work", "-o", "out.json"),
    ("policies", "town", "-o", "out.csv"),
    ("rivals", "town", "-o", "out.csv"),
    ("derivatives", "town", "--outputs", "fill", "-o", "out.csv"),
    ("run", "town", "-o", "out.csv"),
    ("ensemble", "town", "-o", "out.zarr"),
    ("diff", "town", "town", "-o", "out.txt"),
    ("compare", "town", "town", "-o", "out.txt"),
    ("test", "town", "-o", "out"),
    ("fit", "town", "-o", "out"),
    ("hindcast", "town", "-o", "out"),
    ("conformance", "town", "-o", "out"),
]


@pytest.fixture
def no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def work(*_args: object) -> None:
        raise AssertionError("the model was read before the place was looked at")

    monkeypatch.setattr("headwater.api.load", work)


def told(words: tuple[str, ...], town: Path, folder: Path) -> Result:
    return call(*(town if w == "town" else folder / w if "out" in w else w for w in words))


@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize("words", WRITING, ids=" ".join)
def test_a_place_below_a_file_is_refused_before_any_work(
    words: tuple[str, ...], town: Path, tmp_path: Path
) -> None:
    (tmp_path / "plain").write_text("a file")
    result = told(words, town, tmp_path / "plain")
    assert result.exit_code == 2, result.output
    assert "folder" in result.stderr


@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize("words", WRITING, ids=" ".join)
def test_a_folder_that_may_not_be_written_is_refused_before_any_work(
    words: tuple[str, ...], town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(_path: object, mode: int) -> bool:
        return not mode & os.W_OK

    monkeypatch.setattr("os.access", denied)
    result = told(words, town, tmp_path)
    assert result.exit_code == 2, result.output
    assert "Permission denied" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sensitivity", "town", "fill", "--picture", "out.png"), ".svg"),
        (("sensitivity", "town", "fill", "-o", "out.xlsx"), ".csv"),
        (("mix", "town", "-o", "out"), "no extension"),
        (("derivatives", "town", "--outputs", "fill", "-o", "out.nc"), ".csv"),
        (("loops", "town", "-o", "out.json"), "--claims"),
        (("run", "town", "-o", "out"), "no extension"),
    ],
)
def test_an_extension_that_is_not_written_is_refused(
    words: tuple[str, ...], said: str, town: Path, tmp_path: Path
) -> None:
    result = told(words, town, tmp_path)
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_misspelt_command_gets_the_closest_one() -> None:
    result = call("ensmble")
    assert result.exit_code == 2
    assert "did you mean `ensemble`?" in result.stderr


@pytest.mark.parametrize("words", [("list",), ("test", "--runs", "5"), ("show", "--stage", "llvm")])
def test_a_reader_that_leaves_is_no_fault(words: tuple[str, ...], town: Path) -> None:
    command = [*words[:1], *([] if words == ("list",) else [str(town)]), *words[1:]]
    started = subprocess.Popen(
        [sys.executable, "-m", "headwater", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert started.stdout is not None
    started.stdout.close()
    assert started.stderr is not None
    with started.stderr as said:
        assert said.read() == ""
    assert started.wait() == 0


def test_an_interrupt_while_the_program_is_loaded_shows_no_traceback() -> None:
    code = (
        "import sys\n"
        "class Finder:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name == 'headwater.cli':\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Finder())\n"
        "from headwater.__main__ import main\n"
        "main()\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], text=True, capture_output=True, check=False
    )
    assert result.returncode == 130
    assert result.stderr == ""


def test_the_help_says_what_each_command_does_in_whole_sentences() -> None:
    said = call("--help").output.partition("Commands:")[2].partition("Try:")[0]
    assert "check " in said and "version " in said
    assert "..." not in said
