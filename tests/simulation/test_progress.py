"""Progress on a terminal: shown after a while, whatever is told of the work, and taken away."""

import io
import sys
import time

import pytest

from headwater.simulation import progress
from headwater.simulation.progress import Bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal in the place of standard error; pytest puts its own there after fixtures."""
    found = Terminal()
    monkeypatch.setattr(sys, "stderr", found)
    monkeypatch.setattr(progress, "PATIENCE", 0.05)
    monkeypatch.setenv("TERM", "xterm")
    return found


@pytest.mark.parametrize("total", [None, 7])
def test_work_that_tells_nothing_shows_too(
    monkeypatch: pytest.MonkeyPatch, total: int | None
) -> None:
    terminal = shown(monkeypatch)
    with Bar("reading", total):
        deadline = time.monotonic() + 20
        while "reading" not in terminal.getvalue() and time.monotonic() < deadline:
            time.sleep(0.01)
    assert "reading" in terminal.getvalue()
    assert ("0/7" in terminal.getvalue()) == (total == 7)
    assert terminal.getvalue().rstrip("\r\n").endswith("\x1b[2K")  # the line is blank again
    assert sys.stderr is terminal


def test_what_is_told_before_the_bar_shows_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = shown(monkeypatch)
    with Bar("reading", 7) as bar:
        bar.advance(3)
        time.sleep(0.2)
        bar.advance(1)
        deadline = time.monotonic() + 20
        while "4/7" not in terminal.getvalue() and time.monotonic() < deadline:
            time.sleep(0.01)
    assert "4/7" in terminal.getvalue()


def test_short_work_and_other_places_show_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = shown(monkeypatch)
    monkeypatch.setattr(progress, "PATIENCE", 60.0)
    with Bar("reading", None):
        pass
    with Bar("reading", 7, show=False) as bar:
        bar.advance(7)
    assert terminal.getvalue() == ""
