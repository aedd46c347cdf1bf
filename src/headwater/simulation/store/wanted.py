"""What of an ensemble is to be kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from headwater.errors import UsageError

Keep = Literal["all", "final", "fan"]
KEEPS: tuple[Keep, ...] = ("all", "final", "fan")
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, slots=True)
class Keeping:
    """What of an ensemble is kept: every run (``all``), its end (``final``), or the ``fan``.

    ``chunk`` is the number of runs in a piece of work; None chooses it by what fits in memory.
    Without ``durable`` nothing waits for the disk: for stores that are thrown away.
    """

    keep: Keep = "all"
    quantiles: tuple[float, ...] = QUANTILES
    chunk: int | None = None
    durable: bool = True

    def check(self) -> None:
        """Raise :class:`UsageError` for what makes no sense."""
        if self.keep not in KEEPS:
            raise UsageError(f"cannot keep `{self.keep}`", hint=f"choose one of {', '.join(KEEPS)}")
        if self.chunk is not None and self.chunk < 1:
            raise UsageError("`chunk` must be 1 or more")
        good = self.quantiles and all(0 <= q <= 1 for q in self.quantiles)
        if not good or len(set(self.quantiles)) < len(self.quantiles):
            raise UsageError(
                "quantiles are numbers from 0 to 1, each once", hint="such as 0.05,0.5,0.95"
            )
