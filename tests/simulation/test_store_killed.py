"""A store whose process is killed again and again ends up as one that was left in peace."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from headwater.simulation.building import Workshop
from headwater.simulation.store.journal import JOURNAL, MANIFEST, WORK
from small_stores import content, keep, workshop

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked here")


@pytest.fixture(scope="module")
def made() -> Workshop:
    """A workshop whose programs are compiled before any process is forked."""
    return workshop()


def forked(work: Callable[[], object]) -> int:
    """Start a process that does ``work`` and leaves; its number."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child:
        return child
    status = 1
    try:
        work()
        status = 0
    finally:
        os._exit(status)


def noted(folder: Path) -> list[str]:
    """The pieces that a store says are done, in the order in which they were."""
    journal = folder / WORK / JOURNAL
    lines = journal.read_bytes().splitlines(keepends=True) if journal.exists() else []
    return [json.loads(line)["key"] for line in lines if line.endswith(b"\n")]


def complete(folder: Path) -> bool:
    manifest = folder / MANIFEST
    return manifest.exists() and json.loads(manifest.read_bytes())["complete"] is True


def killed_again_and_again(
    made: Workshop, folder: Path, kept: str, chance: random.Random, times: int
) -> int:
    """Begin or go on until so many processes were killed, each after a moment; return how many.

    Moments are shares of what the whole takes here. A store that was done before it could be
    killed is begun anew.
    """
    began = time.perf_counter()
    os.waitpid(forked(lambda: keep(made, folder, kept)), 0)
    whole = time.perf_counter() - began
    shutil.rmtree(folder)
    before: list[str] = []
    kills = 0
    for _ in range(4 * times):
        child = forked(lambda: keep(made, folder, kept))
        time.sleep(whole * chance.uniform(0.0, 0.6))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        kills += os.WIFSIGNALED(status)
        if kills == times:
            break
        if complete(folder):
            shutil.rmtree(folder)
            before = []
            continue
        now = noted(folder)
        assert now[: len(before)] == before, "what was reported done stays done"
        assert len(now) == len(set(now)), "nothing is done twice"
        before = now
    return kills


@pytest.mark.parametrize("kept", ["all", "final", "fan"])
@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(n, marks=pytest.mark.long) for n in range(1, 6))]
)
def test_killed_at_any_instant(made: Workshop, tmp_path: Path, kept: str, seed: int) -> None:
    keep(made, tmp_path / "whole", kept)
    folder, chance = tmp_path / "killed", random.Random(f"{kept} {seed}")
    assert killed_again_and_again(made, folder, kept, chance, 8 if seed == 0 else 40) >= 3
    keep(made, folder, kept)
    assert content(folder) == content(tmp_path / "whole")


@pytest.mark.parametrize("kept", ["final", "fan"])
def test_no_room_for_the_journal_or_a_result(made: Workshop, tmp_path: Path, kept: str) -> None:
    """No file may be longer than some kilobytes: the system cuts a line of the journal short."""
    keep(made, tmp_path / "whole", kept)
    folder = tmp_path / "cramped"

    resource = pytest.importorskip("resource")

    def cramped() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))
        keep(made, folder, kept)

    child = forked(cramped)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
    assert not complete(folder)
    there = noted(folder)
    keep(made, folder, kept)
    assert content(folder) == content(tmp_path / "whole")
    if kept == "final":
        assert len(there) > 5
