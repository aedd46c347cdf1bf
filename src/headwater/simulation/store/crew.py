"""Threads that work through the pieces of an ensemble."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from headwater.simulation.ensemble import available_threads
from headwater.simulation.store.pieces import Advance, Bench, Done, Job, Piece, perform

PATIENCE = 0.2
"""Seconds to wait for news at a time: not every system interrupts a longer wait."""


class _LeftError(Exception):
    """The work was called off."""


class Threads:
    """Does pieces side by side, one in each thread."""

    def __init__(self, threads: int | None = None) -> None:
        self.threads = threads or available_threads()

    def carry_out(self, job: Job, pieces: Sequence[Piece], advance: Advance) -> Iterator[Done]:
        """Do every piece and yield each as it is done.

        Where there are fewer pieces than threads, each piece has several. What a piece raises is
        raised here, once the others have stopped.
        """
        if not pieces:
            return
        side_by_side = min(self.threads, len(pieces))
        each = self.threads // side_by_side
        stop, own, counting = threading.Event(), threading.local(), threading.Lock()

        def tell(count: int) -> None:
            if stop.is_set():
                raise _LeftError
            with counting:
                advance(count)

        def work(piece: Piece) -> Done:
            if not hasattr(own, "bench"):
                own.bench = Bench()
            return perform(job.experiment, job.work, piece, job.place, own.bench, each, tell)

        waiting = iter(pieces)
        with ThreadPoolExecutor(side_by_side, thread_name_prefix="headwater") as pool:
            try:
                running: set[Future[Done]] = set()
                for piece in waiting:
                    running.add(pool.submit(work, piece))
                    if len(running) > side_by_side:
                        yield from _finished(running)
                while running:
                    yield from _finished(running)
            finally:
                stop.set()


def _finished(running: set[Future[Done]]) -> Iterator[Done]:
    """Wait for at least one piece, take it out of ``running`` and yield it."""
    done: set[Future[Done]] = set()
    while not done:
        done, _ = wait(running, timeout=PATIENCE, return_when=FIRST_COMPLETED)
    running -= done
    for future in done:
        yield future.result()
