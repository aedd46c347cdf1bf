"""One package or file a target: what runs a typed program.

``reference`` interprets it with NumPy (slow, obvious, complete); ``llvm`` makes machine code of it,
``ptx`` code for NVIDIA's processors. All give an :class:`Executable`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from headwater.compiler.program import Program

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]
Progress = Callable[[int], None]


class Executable(Protocol):
    """A program that a target made ready to run."""

    @property
    def program(self) -> Program:
        """The program that it runs."""
        ...

    def run(
        self,
        inputs: Floats,
        run_ids: Integers,
        seed: int = 0,
        *,
        threads: int = 1,
        progress: Progress | None = None,
        out: Floats | None = None,
        finite: Truths | None = None,
    ) -> Floats:
        """Simulate every run and return what is saved.

        ``inputs`` has one row per input of the program, in their order, and one column per run;
        ``run_ids`` names the runs, which together with ``seed`` fixes their random draws whatever
        else is in the batch. The result has dimensions saved value (the elements of the outputs,
        one output after another), saved time and run. It does not depend on ``threads``.
        ``progress`` is called in the caller's thread with the number of runs that were finished
        since it was last called. An interrupt (Ctrl-C) stops the work within about a second.
        ``out`` is an array for the result, of its shape, where runs lie side by side: batches that
        share one spare the system the work of finding memory. ``finite``, one truth a run, is set
        to whether everything that was saved of the run is finite.

        Raises :class:`~headwater.errors.UsageError` when the arguments do not fit the program.
        """
        ...
