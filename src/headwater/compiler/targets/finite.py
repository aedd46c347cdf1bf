"""Whether what was saved of a run is finite."""

from __future__ import annotations

import numpy as np

from headwater.compiler.targets import Floats, Truths


def finite_lanes(values: Floats) -> Truths:
    """Return, for each lane of (elements, times, lanes), whether all its values are finite.

    A sum is finite only where all its terms are, and takes one pass without further memory. Where
    it is not, finite terms may have overflowed: those lanes are looked at again.
    """
    with np.errstate(all="ignore"):
        finite = np.isfinite(values.sum(axis=(0, 1)))
    doubtful = np.flatnonzero(~finite)
    if len(doubtful):
        finite[doubtful] = np.isfinite(values[..., doubtful]).all(axis=(0, 1))
    return np.asarray(finite)
