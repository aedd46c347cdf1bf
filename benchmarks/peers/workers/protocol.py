"""What every worker does: read the task, say when it is ready, then run what it is asked for.

A worker is a script of its own, run by the Python of one tool's environment. It reads one command a
line: ``check N`` prints the kept values of the first N runs, ``time FIRST N TIMES`` the seconds
that so many ensembles of N runs take, after one more that wakes the processor. Its tool is a class
with ``load(task)``, ``run(rows)``, and ``check(rows)``, which returns runs × saved time × output.
"""

import contextlib
import io
import json
import os
import sys
import time
from pathlib import Path

import numpy as np


class Task:
    """The task's fields as attributes, with its design."""

    def __init__(self, file):
        self.__dict__.update(json.loads(Path(file).read_text(encoding="utf-8")))
        self.folder = Path(self.folder)
        self.design = np.load(self.folder / "design.npy")
        self.times = np.load(self.folder / "times.npy")


def serve(tool):
    """Answer commands until the input ends."""
    task = Task(sys.argv[1])
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a tool prints is not an answer
    began = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            tool.load(task)
        except Exception as fault:  # a tool that cannot read the model is a result
            _say(answers, {"error": f"{type(fault).__name__}: {fault}"[:300]})
            return
    _say(answers, {"ready": time.perf_counter() - began})
    for line in sys.stdin:
        word, *numbers = line.split()
        numbers = [int(n) for n in numbers]
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                answer = _answer(tool, task, word, numbers)
            except Exception as fault:
                answer = {"error": f"{type(fault).__name__}: {fault}"[:300]}
        _say(answers, answer)


def _answer(tool, task, word, numbers):
    if word == "check":
        values = np.asarray(tool.check(task.design[: numbers[0]]), dtype=float)
        return {"values": values.tolist()}
    first, count, times = numbers
    rows = task.design[np.arange(first, first + count) % len(task.design)]
    if count > 64:
        tool.run(rows)
    began = time.perf_counter()
    for _ in range(times):
        tool.run(rows)
    return {"seconds": time.perf_counter() - began}


def _say(answers, answer):
    answers.write(json.dumps(answer) + "\n")
    answers.flush()
