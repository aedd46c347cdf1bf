"""The tools that are compared, and the processes that run them.

Every peer has a virtual environment of its own, made on first use from ``requirements/``.
"""

from __future__ import annotations

import json
import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


class Unusable(Exception):
    """A tool that cannot be installed, cannot read the model, or gives no answer in time."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A script of ``workers/``, and the requirements of its environment (none: Headwater's)."""

    name: str
    title: str
    script: str
    options: tuple[str, ...] = ()
    requirements: str = ""
    kernel: bool = False


TOOLS = (
    Tool("headwater", "Headwater", "headwater_worker.py"),
    Tool("threads", "Headwater, two threads", "headwater_worker.py", ("--threads", "2")),
    Tool("kernel", "vector C by hand", "c_worker.py", ("--kernel",), kernel=True),
    Tool("c", "plain C, generated", "c_worker.py"),
    Tool("simlin", "pysimlin", "simlin_worker.py", requirements="simlin"),
    Tool("bptk", "BPTK-Py, Rust engine", "bptk_worker.py", requirements="bptk"),
    Tool("pysd", "PySD", "pysd_worker.py", requirements="pysd"),
)


def python_of(tool: Tool, folder: Path) -> str:
    """Return the Python that runs a tool, in an environment that is made where it is missing."""
    if not tool.requirements:
        return sys.executable
    place = folder / tool.requirements
    python = place / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    wanted = HERE / "requirements" / f"{tool.requirements}.txt"
    stamp = place / "installed.txt"
    if stamp.is_file() and stamp.read_bytes() == wanted.read_bytes():
        return str(python)
    print(f"setting up {tool.title} ({wanted.read_text(encoding='utf-8').strip()}) ...", flush=True)
    install = ["pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(wanted)]
    steps = (
        [sys.executable, "-m", "venv", "--clear", str(place)],
        [str(python), "-m", *install],
    )
    for step in steps:
        made = subprocess.run(step, capture_output=True, text=True, check=False)
        if made.returncode:
            shutil.rmtree(place, ignore_errors=True)
            raise Unusable(f"cannot be installed: {made.stderr.strip()[-300:]}")
    shutil.copy(wanted, stamp)
    return str(python)


@dataclass(slots=True)
class Worker:
    """A running worker. ``patience`` is the longest wait for an answer, in seconds."""

    tool: Tool
    process: subprocess.Popen[str]
    patience: float
    load_seconds: float = 0.0
    _answers: queue.SimpleQueue[str] = field(default_factory=queue.SimpleQueue)

    @classmethod
    def start(cls, tool: Tool, python: str, task: Path, patience: float) -> Worker:
        """Start a worker and wait until it has loaded the model."""
        command = [python, str(HERE / "workers" / tool.script), str(task), *tool.options]
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        worker = cls(tool, process, patience)
        threading.Thread(target=worker._listen, daemon=True).start()
        worker.load_seconds = float(worker._answer()["ready"])
        return worker

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._answers.put(line)
        self._answers.put("")

    def _answer(self) -> dict[str, Any]:
        try:
            line = self._answers.get(timeout=self.patience)
        except queue.Empty:
            self.stop()
            raise Unusable(f"no answer within {self.patience:.0f} s") from None
        if not line:
            raise Unusable("the process ended")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            self.stop()
            raise Unusable(answer["error"])
        return answer

    def ask(self, *words: object) -> dict[str, Any]:
        """Send a command and return its answer. Raises :class:`Unusable`."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(" ".join(map(str, words)) + "\n")
            self.process.stdin.flush()
        except OSError:
            raise Unusable("the process ended") from None
        return self._answer()

    def stop(self) -> None:
        """End the process."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def chosen(names: Sequence[str]) -> list[Tool]:
    """Return the tools by name, Headwater first; all where none is named."""
    found = [t for t in TOOLS if not names or t.name in names or t.name == "headwater"]
    unknown = set(names) - {t.name for t in TOOLS}
    if unknown:
        known = ", ".join(t.name for t in TOOLS)
        sys.exit(f"no tool {', '.join(sorted(unknown))}; there are {known}")
    return found
