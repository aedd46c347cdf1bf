"""A progress bar on standard error for what takes longer than a second."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

PATIENCE = 1.0


class Bar:
    """Counts work; shows a bar once the work has taken over a second, in a terminal only.

    ``total`` of None: nobody knows how much work there is, and the bar only moves.
    """

    def __init__(self, title: str, total: int | None, *, show: bool = True) -> None:
        self.title = title
        self.total = total
        self.done = 0
        self._show = show and sys.stderr.isatty()
        self._started = time.perf_counter()
        self._bar: Progress | None = None
        self._opening = threading.Lock()
        self._timer: threading.Timer | None = None

    def __enter__(self) -> Bar:
        if self._show:
            self._timer = threading.Timer(PATIENCE, self._open)
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        with self._opening:
            self._show = False
            if self._bar is not None:
                self._bar.stop()

    def advance(self, count: int) -> None:
        """Add finished work."""
        self.done += count
        if not self._show:
            return
        if self._bar is None:
            if time.perf_counter() - self._started < PATIENCE:
                return
            self._open()
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=self.done)

    def expect(self, total: int) -> None:
        """Tell how much work there will be, where that is only found out on the way."""
        self.total = total
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], total=total)

    def _open(self) -> None:
        """Show the bar, unless it is there already or the work is done."""
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

        with self._opening:
            if self._bar is not None or not self._show:
                return
            counts = (MofNCompleteColumn(), TimeRemainingColumn()) if self.total else ()
            bar = Progress(
                "{task.description}",
                BarColumn(),
                *counts,
                console=Console(stderr=True),
                transient=True,
            )
            bar.add_task(self.title, total=self.total, completed=self.done)
            bar.start()
            self._bar = bar
