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
from headwater.compiler.targets import Floats, Integers, Progress, Truths
from headwater.compiler.targets.arguments import (
    aligned_array,
    check_arguments,
    check_finite,
    result_array,
)
from headwater.compiler.targets.llvm.jit import Kernel

SECONDS_PER_CALL = 0.05
"""How long one call into machine code should take: nothing can be interrupted meanwhile."""

PATIENCE = 0.2
"""Seconds to wait for news of the threads at a time: not every system interrupts a longer wait."""


SHARES = 2
"""A thread takes no more than its share of half of what is left, so that all end together."""


@dataclass(slots=True)
class Pace:
    """Seconds that a block of lanes took of late, 0 where none has been run."""

    seconds: float = 0.0

    def blocks(self, seconds: float) -> int:
        """Return how many blocks take so long, at least 1."""
        return max(1, int(seconds / self.seconds)) if self.seconds else 1


@dataclass(frozen=True, slots=True)
class LlvmExecutable:
    """See :class:`~headwater.compiler.targets.Executable`. ``rows`` is the size of a frame."""

    program: Program
    lanes: int
    rows: int
    kernel: Kernel
    pace: Pace = field(default_factory=Pace)

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
        blocks = -(-len(run_ids) // self.lanes)
        truths = np.empty(blocks * self.lanes, dtype=np.bool_)
        threads = max(1, min(threads, blocks))
        batch = _Batch(self, inputs, run_ids, seed, result, truths, blocks, threads)
        if threads == 1:
            for done in batch.work(self._frame()):
                if progress:
                    progress(done)
        else:
            self._run_threads(batch, threads, progress)
        if finite is not None:
            finite[:] = truths[: len(finite)]
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
    """The blocks of lanes of one call, the last perhaps incomplete, taken by workers in turn.

    ``finite`` has one truth for each lane of all blocks.
    """

    executable: LlvmExecutable
    inputs: Floats
    run_ids: Integers
    seed: int
    result: Floats
    finite: Truths
    blocks: int
    threads: int
    _next: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def stop(self) -> None:
        """Leave what no worker has begun."""
        with self._lock:
            self._next = self.blocks

    def _take(self, count: int) -> range:
        """Return the next blocks, ``count`` at most."""
        with self._lock:
            begin = self._next
            if self.threads > 1:
                count = min(count, -(-(self.blocks - begin) // (SHARES * self.threads)))
            self._next = min(begin + count, self.blocks)
            return range(begin, self._next)

    def work(self, frame: Floats) -> Iterator[int]:
        """Run blocks until none is left; yield the number of runs done, call by call."""
        pace = self.executable.pace
        most = self.blocks if pace.seconds else 1
        while blocks := self._take(min(most, pace.blocks(SECONDS_PER_CALL))):
            began = time.perf_counter()
            done = self._run(blocks, frame)
            pace.seconds = max(time.perf_counter() - began, 1e-9) / len(blocks)
            most = 2 * len(blocks)
            yield done

    def _run(self, blocks: range, frame: Floats) -> int:
        lanes, runs = self.executable.lanes, len(self.run_ids)
        first = blocks.start * lanes
        whole = min(blocks.stop * lanes, runs) // lanes - blocks.start
        if whole:
            inputs, ids = self.inputs.ctypes.data, self.run_ids.ctypes.data
            stride = self.inputs.shape[1]
            self._call(inputs + 8 * first, stride, ids + 8 * first, first, frame, whole, lanes)
        real = runs - first - whole * lanes
        if 0 < real < lanes and blocks.stop == self.blocks:
            self._run_incomplete(first + whole * lanes, real, frame)
        return min(blocks.stop * lanes, runs) - first

    def _run_incomplete(self, first: int, real: int, frame: Floats) -> None:
        """Run the last block, its missing lanes filled with copies of the last run."""
        lanes = self.executable.lanes
        filled = np.minimum(np.arange(first, first + lanes), first + real - 1)
        inputs = np.ascontiguousarray(self.inputs[:, filled])
        ids = self.run_ids[filled]
        self._call(inputs.ctypes.data, lanes, ids.ctypes.data, first, frame, 1, real)

    def _call(
        self,
        inputs: int,
        input_stride: int,
        run_ids: int,
        first: int,
        frame: Floats,
        blocks: int,
        real: int,
    ) -> None:
        """Call the kernel for some blocks from run ``first`` on; ``inputs`` are addresses."""
        value_stride, time_stride = (stride // 8 for stride in self.result.strides[:2])
        self.executable.kernel.call(
            inputs,
            input_stride,
            run_ids,
            self.seed,
            self.result.ctypes.data + 8 * first,
            value_stride,
            time_stride,
            self.finite.ctypes.data + first,
            frame.ctypes.data,
            blocks,
            real,
        )
