"""Jobs done side by side by threads, and their results in the order of the jobs; interrupts."""

from __future__ import annotations

import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYetError
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import Generic, TypeVar

PATIENCE = 0.2
"""Seconds to wait for news at a time: not every system interrupts a longer wait."""

Made = TypeVar("Made")


class CalledOffError(Exception):
    """Nobody waits for the work any more."""


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back while processes begin: they never get it, and this one gets it afterwards.

    A terminal sends it to all of them, and each would say that it was interrupted.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # which lets interrupts through when it begins
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def open_at_once(threads: int) -> int:
    """Return how many results exist at a time, the one that the caller looks at among them.

    So many are in sight that no thread waits while the caller does one of them itself.
    """
    return 1 if threads == 1 else 2 * threads + 2


class Hands:
    """So many threads, the caller's among them.

    ``advance`` is told of progress, by one thread at a time.
    """

    def __init__(self, threads: int, advance: Callable[[int], None]) -> None:
        self.threads = threads
        self._advance = advance
        self._stop = threading.Event()
        self._telling = threading.Lock()
        self._failure: BaseException | None = None

    def tell(self, count: int) -> None:
        """Report progress from within a job. Raises :class:`CalledOffError` where it may end."""
        if self._stop.is_set():
            raise CalledOffError
        with self._telling:
            self._advance(count)

    def work(self, jobs: Iterator[Callable[[], Made]]) -> Iterator[Made]:
        """Yield what jobs return, in their order; other threads do the next ones meanwhile.

        What a job raises is raised here. Those that are being done, by the caller or by others,
        then end at their next report.
        """
        if self.threads == 1:
            for job in jobs:
                yield job()
            return
        with ThreadPoolExecutor(self.threads - 1, thread_name_prefix="headwater") as pool:
            turns: deque[_Turn[Made]] = deque()
            todo = (_Turn(pool, partial(self._watched, job)) for job in jobs)
            try:
                turns.extend(islice(todo, open_at_once(self.threads) - 1))
                while turns:
                    while not turns[0].done and any(turn.take() for turn in turns):
                        pass
                    done = turns.popleft().result()
                    turns.extend(islice(todo, 1))
                    yield done
            except CalledOffError:
                raise self._failure or CalledOffError from None
            finally:
                self._stop.set()
                pool.shutdown(wait=False, cancel_futures=True)

    def _watched(self, job: Callable[[], Made]) -> Made:
        try:
            return job()
        except CalledOffError:
            raise
        except BaseException as error:
            self._failure = self._failure or error
            self._stop.set()
            raise


class _Turn(Generic[Made]):
    """A job that a thread of the pool does, unless the caller takes it first."""

    def __init__(self, pool: ThreadPoolExecutor, job: Callable[[], Made]) -> None:
        self._job = job
        self._future = pool.submit(job)

    @property
    def done(self) -> bool:
        return self._future.done()

    def take(self) -> bool:
        """Do the job here and now where no thread has begun it."""
        if self._future.done() or not self._future.cancel():
            return False
        self._future = Future()
        self._future.set_result(self._job())
        return True

    def result(self) -> Made:
        """Wait for the result."""
        while True:
            try:
                return self._future.result(timeout=PATIENCE)
            except NotYetError:
                if self._future.done():  # what the job itself raised
                    return self._future.result()
