"""Runs a compiled program: threads over blocks of runs, progress, and interruption."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

import numpy as np

from headwater.compiler.program import Program
from headwater.compiler.targets import Floats, Integers, Progress
from headwater.compiler.targets.arguments import aligned_array, check_arguments, result_array
from headwater.compiler.targets.llvm.jit import Kernel

SECONDS_PER_CALL = 0.05
"""How long one call into machine code should take: nothing can be interrupted meanwhile."""

PATIENCE = 0.2
"""Seconds to wait for news of the threads at a time: not every system interrupts a longer wait."""


@dataclass(frozen=True, slots=True)
class LlvmExecutable:
    """See :class:`~headwater.compiler.targets.Executable`. ``rows`` is the size of a frame."""

    program: Program
    lanes: int
    rows: int
    kernel: Kernel

    def run(
        self,
        inputs: Floats,
        run_ids: Integers,
        seed: int = 0,
        *,
        threads: int = 1,
        progress: Progress | None = None,
        out: Floats | None = None,
    ) -> Floats:
        """Simulate every run; see :meth:`Executable.run`."""
        inputs, run_ids = check_arguments(self.program, inputs, run_ids, seed, threads)
        result = result_array(self.program, len(run_ids), out)
        batch = _Batch(self, inputs, run_ids, seed, result)
        if threads == 1 or batch.blocks <= 1:
            for done in batch.work(self._frame()):
                if progress:
                    progress(done)
        else:
            self._run_threads(batch, min(threads, batch.blocks), progress)
        return result

    def _frame(self) -> Floats:
        """Return memory for a frame, aligned as vectors need it."""
        return aligned_array((self.rows * self.lanes,))

    def _run_threads(self, batch: _Batch, threads: int, progress: Progress | None) -> None:
        reports: SimpleQueue[int | None] = SimpleQueue()

        def work() -> None:
            try:
                for done in batch.work(self._frame()):
                    reports.put(done)
            finally:
                reports.put(None)

        with ThreadPoolExecutor(threads, thread_name_prefix="headwater") as pool:
            try:
                workers = [pool.submit(work) for _ in range(threads)]
                ended = 0
                while ended < threads:
                    try:
                        done = reports.get(timeout=PATIENCE)
                    except Empty:
                        continue
                    if done is None:
                        ended += 1
                    elif progress:
                        progress(done)
            finally:
                batch.stop()
            for worker in workers:
                worker.result()


@dataclass(slots=True)
class _Batch:
    """The blocks of runs of one call, taken by workers piece by piece."""

    executable: LlvmExecutable
    inputs: Floats
    run_ids: Integers
    seed: int
    result: Floats
    _next: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def blocks(self) -> int:
        """Number of blocks of lanes, the last of which may be incomplete."""
        return -(-len(self.run_ids) // self.executable.lanes)

    def stop(self) -> None:
        """Leave what no worker has begun."""
        with self._lock:
            self._next = self.blocks

    def _take(self, count: int) -> range:
        with self._lock:
            begin = self._next
            self._next = min(begin + count, self.blocks)
            return range(begin, self._next)

    def work(self, frame: Floats) -> Iterator[int]:
        """Run blocks until none is left; yield the number of runs done, call by call."""
        count = 1
        while blocks := self._take(count):
            began = time.perf_counter()
            yield self._run(blocks, frame)
            seconds = max(time.perf_counter() - began, 1e-9)
            count = max(1, min(int(len(blocks) * SECONDS_PER_CALL / seconds), 2 * count))

    def _run(self, blocks: range, frame: Floats) -> int:
        lanes, runs = self.executable.lanes, len(self.run_ids)
        first = blocks.start * lanes
        whole = min(blocks.stop * lanes, runs) // lanes - blocks.start
        if whole:
            self._call(self.inputs, self.run_ids, first, frame, whole, lanes)
        real = runs - first - whole * lanes
        if 0 < real < lanes and blocks.stop == self.blocks:
            self._run_incomplete(first + whole * lanes, real, frame)
        return min(blocks.stop * lanes, runs) - first

    def _run_incomplete(self, first: int, real: int, frame: Floats) -> None:
        """Run the last block, its missing lanes filled with copies of the last run."""
        filled = np.minimum(np.arange(first, first + self.executable.lanes), first + real - 1)
        inputs = np.ascontiguousarray(self.inputs[:, filled])
        result = self.result[:, :, first:]
        self._invoke(inputs, 0, self.run_ids[filled], result, frame, 1, real)

    def _call(
        self, inputs: Floats, run_ids: Integers, first: int, frame: Floats, blocks: int, real: int
    ) -> None:
        self._invoke(inputs, first, run_ids[first:], self.result[:, :, first:], frame, blocks, real)

    def _invoke(
        self,
        inputs: Floats,
        first: int,
        run_ids: Integers,
        result: Floats,
        frame: Floats,
        blocks: int,
        real: int,
    ) -> None:
        value_stride, time_stride = (stride // 8 for stride in self.result.strides[:2])
        self.executable.kernel.call(
            inputs.ctypes.data + 8 * first,
            inputs.shape[1],
            run_ids.ctypes.data,
            self.seed,
            result.ctypes.data,
            value_stride,
            time_stride,
            frame.ctypes.data,
            blocks,
            real,
        )
