"""Work shared by threads, and the memory that it uses again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from headwater.simulation import rooms
from headwater.simulation.rooms import Rooms
from headwater.simulation.side_by_side import CalledOffError, Hands, interrupts_held, open_at_once


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
def test_results_come_in_the_order_of_the_jobs(threads: int) -> None:
    def job(number: int):
        def work() -> int:
            time.sleep(0.002 * (number % 3))
            return number

        return work

    hands = Hands(threads, lambda _: None)
    assert list(hands.work(job(n) for n in range(30))) == list(range(30))


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_no_more_results_exist_than_was_said(threads: int) -> None:
    hands = Hands(threads, lambda _: None)
    begun, taken, most = [], [], 0

    def jobs():
        for number in range(40):
            begun.append(number)
            yield lambda number=number: number

    for number in hands.work(jobs()):
        most = max(most, len(begun) - len(taken))
        taken.append(number)
    assert most <= open_at_once(hands.threads)


def test_the_caller_is_one_of_the_threads() -> None:
    seen = set()

    def job() -> None:
        seen.add(threading.current_thread())
        time.sleep(0.01)

    list(Hands(2, lambda _: None).work(job for _ in range(12)))
    assert len(seen) == 2
    assert threading.main_thread() in seen


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_what_a_job_raises_is_raised_and_the_others_end(threads: int) -> None:
    hands = Hands(threads, lambda _: None)
    left = threading.Event()

    def long() -> None:
        try:
            while True:
                time.sleep(0.001)
                hands.tell(1)
        except CalledOffError:
            left.set()
            raise

    def wrong() -> None:
        time.sleep(0.01)
        raise TimeoutError("of its own")

    with pytest.raises(TimeoutError, match="of its own"):
        list(hands.work(iter([wrong, *([long] * (threads - 1))])))
    assert threads == 1 or left.wait(5)


def test_progress_is_told_by_one_at_a_time() -> None:
    inside, total = [], []

    def advance(count: int) -> None:
        inside.append(1)
        assert len(inside) == 1
        time.sleep(0.0005)
        total.append(count)
        inside.pop()

    hands = Hands(4, advance)
    list(hands.work((lambda: hands.tell(3)) for _ in range(40)))
    assert sum(total) == 120


def test_memory_is_used_again_once_no_view_is_left() -> None:
    own = Rooms()
    first = own.take((3, 4, 8))
    address, view = first.ctypes.data, first[1:, ::2, 3:]
    assert address % 64 == 0
    del first
    second = own.take((3, 4, 8))
    assert second.ctypes.data != address
    view[:] = 1.0
    del view
    third = own.take((90,))
    assert third.ctypes.data == address
    assert not np.shares_memory(second, third)


def test_memory_far_too_large_or_too_small_is_not_taken() -> None:
    own = Rooms()
    address = own.take((100,)).ctypes.data
    assert own.take((101,)).ctypes.data != address
    small = own.take((40,))
    assert small.ctypes.data != address


def test_what_is_kept_is_bounded(monkeypatch) -> None:
    monkeypatch.setattr(rooms, "KEPT_BYTES", 1000)
    own = Rooms()
    held = [own.take((50,)) for _ in range(5)]
    held.clear()
    assert sum(m.nbytes for m in own._free) <= 1000
    assert len(own._free) == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows has no masks of signals")
def test_processes_that_begin_never_see_an_interrupt_and_this_one_sees_it_afterwards() -> None:
    code = "import signal; print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))"
    reached = False
    with pytest.raises(KeyboardInterrupt), interrupts_held():
        began = subprocess.run(
            [sys.executable, "-c", code], text=True, capture_output=True, check=True
        )
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)
        reached = True
    assert reached
    assert began.stdout.strip() == "True"
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
