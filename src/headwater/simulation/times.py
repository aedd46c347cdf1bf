"""Which steps of a run must be saved for the times that someone asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import gcd

import numpy as np
import numpy.typing as npt

from headwater.compiler.program import Clock
from headwater.errors import UsageError

Floats = npt.NDArray[np.float64]
ON_STEP = 1e-6
"""A time within this share of a step is taken to be that step's time."""


@dataclass(frozen=True, eq=False)
class Selection:
    """``clock`` saves at least the steps needed; ``times`` are the labels of the result.

    Result ``k`` is the saved value ``before[k]``, moved towards the next one by ``weight[k]``.
    """

    clock: Clock
    times: Floats
    before: npt.NDArray[np.int64]
    weight: Floats

    @cached_property
    def between(self) -> bool:
        """Whether some wanted time lies between two that are saved."""
        return bool(self.weight.any())

    @cached_property
    def _everything(self) -> bool:
        """Whether all saved times are wanted, in their order."""
        saved = len(self.clock.saved_steps())
        whole = len(self.before) == saved and bool((self.before == np.arange(saved)).all())
        return whole and not self.between

    def apply(self, values: Floats) -> Floats:
        """Return the values at the wanted times; axis 1 of ``values`` is saved time."""
        if self._everything:
            return values
        if not self.between:
            return values[:, self.before]
        saved = values.shape[1]
        shape = (1, -1) + (1,) * (values.ndim - 2)
        weight = self.weight.reshape(shape)
        low = values[:, self.before]
        high = values[:, np.minimum(self.before + 1, saved - 1)]
        # An exact time must not pick up a neighbour that is not finite.
        with np.errstate(invalid="ignore"):
            return np.where(weight == 0, low, low + weight * (high - low))


def select_times(clock: Clock, times: Sequence[float] | Floats | None) -> Selection:
    """Return what to save for ``times``; None is every saved time of the model.

    Times between two computed steps are interpolated linearly; an infinite one is the end of the
    run. The run ends with the last step that is needed. Raises :class:`UsageError` for times
    outside the run.
    """
    if clock.times or (clock.kept and times is None):
        return _select_kept(clock, times)
    if times is None:
        count = len(clock.saved_steps())
        return Selection(clock, clock.saved_times(), np.arange(count), np.zeros(count))
    wanted = np.atleast_1d(np.asarray(times, dtype=np.float64)).ravel()
    wanted = np.where(np.isposinf(wanted), clock.start + clock.steps * clock.dt, wanted)
    positions = (wanted - clock.start) / clock.dt
    _must_be_inside(clock, wanted, positions)
    nearest = np.rint(positions).astype(np.int64)
    exact = np.abs(positions - nearest) <= ON_STEP
    before = np.where(exact, nearest, np.floor(positions).astype(np.int64))
    weight = np.where(exact, 0.0, positions - before)
    needed = np.union1d(before, np.where(exact, before, before + 1))
    stride = gcd(*(int(step) for step in needed)) or 1
    last = max(int(needed[-1]), 0)
    labels = np.where(exact, clock.start + before * clock.dt, wanted)
    return Selection(
        replace(clock, steps=last, stride=stride if last else 1), labels, before // stride, weight
    )


def _select_kept(clock: Clock, times: Sequence[float] | Floats | None) -> Selection:
    """Return the rows that a model saves at uneven steps, or with a step that changes."""
    if times is not None:
        raise UsageError(
            "times cannot be chosen, because the model's step changes during the run",
            hint="leave `times` out for all saved times",
        )
    kept = np.array(clock.kept, dtype=np.int64)
    return Selection(clock, clock.saved_times()[kept], kept, np.zeros(len(kept)))


def _must_be_inside(clock: Clock, wanted: Floats, positions: Floats) -> None:
    if not wanted.size:
        raise UsageError("no times were asked for", hint="leave `times` out for all saved times")
    outside = ~((positions >= -ON_STEP) & (positions <= clock.steps + ON_STEP))
    if outside.any():
        stop = clock.start + clock.steps * clock.dt
        raise UsageError(
            f"time {wanted[outside][0]:g} is outside the run, {clock.start:g} to {stop:g}",
            hint="ask for times within the run, or change when it starts and stops",
        )
