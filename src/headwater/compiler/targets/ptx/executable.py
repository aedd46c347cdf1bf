"""Runs a program on a graphics processor, one run a thread, in batches that its memory holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from headwater.compiler.program import Program
from headwater.compiler.targets import Floats, Integers, Progress, Truths
from headwater.compiler.targets.arguments import check_arguments, check_finite, result_array
from headwater.compiler.targets.finite import finite_lanes
from headwater.compiler.targets.ptx.code import ENTRY, PtxCode, write_ptx
from headwater.compiler.targets.ptx.device import Device, first_device

MEMORY_SHARE = 0.5
"""Share of the device's free memory that a batch may take; its threads' own memory is besides."""

LARGEST_BATCH = 1 << 18


def compile_ptx(program: Program) -> PtxExecutable:
    """Return an executable of ``program`` for the first NVIDIA device.

    Raises :class:`~headwater.errors.CompileError` where LLVM makes no PTX; that there is no device
    is an error of :meth:`PtxExecutable.run`.
    """
    return PtxExecutable(program, write_ptx(program))


@dataclass(frozen=True, slots=True)
class PtxExecutable:
    """See :class:`~headwater.compiler.targets.Executable`. ``threads`` is accepted and not used."""

    program: Program
    code: PtxCode

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
        """Simulate every run; see :meth:`Executable.run`."""
        inputs, run_ids = check_arguments(self.program, inputs, run_ids, seed, threads)
        result = result_array(self.program, len(run_ids), out)
        check_finite(len(run_ids), finite)
        device = first_device()
        try:
            self._run(device, inputs, run_ids, seed, result, progress)
        finally:
            device.release()
        # A NaN's sign and payload depend on the processor; the result does not.
        result[np.isnan(result)] = np.nan
        if finite is not None:
            finite[:] = finite_lanes(result)
        return result

    def _run(
        self,
        device: Device,
        inputs: Floats,
        run_ids: Integers,
        seed: int,
        result: Floats,
        progress: Progress | None,
    ) -> None:
        function = device.function(self.code.text, ENTRY)
        values, times, runs = result.shape
        batch = self._batch(device, len(inputs) + 1 + values * times, runs)
        given = device.allocate(len(inputs) * batch)
        names = device.allocate(batch)
        made = device.allocate(values * times * batch)
        for first in range(0, runs, batch):
            part = slice(first, min(first + batch, runs))
            count = part.stop - part.start
            device.send(given, inputs[:, part])
            device.send(names, run_ids[part])
            strides = (times * count, count)
            device.launch(function, count, (given, count, names, seed, made, *strides, count))
            fetched = np.empty((values, times, count))
            device.fetch(fetched, made)
            result[:, :, part] = fetched
            if progress:
                progress(count)

    def _batch(self, device: Device, numbers_per_run: int, runs: int) -> int:
        """Return how many runs go to the device at a time."""
        room = int(MEMORY_SHARE * device.free_bytes()) // (8 * numbers_per_run)
        return max(1, min(room, LARGEST_BATCH, runs))
