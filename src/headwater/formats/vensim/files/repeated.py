"""Data with several values at one time: the last of the file counts, and a warning says so.

The manual at hand does not say which of them Vensim takes.
"""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt

from headwater.errors import DataWarning

Floats = npt.NDArray[np.float64]


class RepeatedTimes:
    """The files whose data have different values at one time; each is told of once."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def last(self, times: Floats, values: Floats, file: str, what: str) -> tuple[Floats, Floats]:
        """Return a series in the order of time, with the last value of each time.

        ``times`` and ``values`` are finite and in the order of the ``file``; ``what`` says which
        of its series they are.
        """
        order = np.argsort(times, kind="stable")
        times, values = times[order], values[order]
        same = times[1:] == times[:-1]
        differ = np.flatnonzero(same & (values[1:] != values[:-1]))
        if differ.size and file not in self._told:
            self._told.add(file)
            message = (
                f"`{file}` has different values for {what} at time {times[differ[0]]:g}; of "
                "several values at one time the last in the file counts"
            )
            warnings.warn(message, DataWarning, stacklevel=2)
        last = np.append(~same, True)
        return times[last], values[last]
