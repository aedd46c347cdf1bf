"""From shares of runs to verdicts.

The share is a share of sampled cases, never a probability that something will happen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]

HOLDS_FROM = 0.9
FAILS_UP_TO = 0.1


class Verdict(StrEnum):
    """What the ensemble says of a claim."""

    HOLDS = "holds"
    DEPENDS = "depends"
    FAILS = "fails"
    BY_CONSTRUCTION = "by construction"
    NOT_TESTED = "not tested"


@dataclass(frozen=True, slots=True)
class Share:
    """Share of the sampled cases in which a condition holds.

    ``low`` and ``high`` are Wilson's 95 % interval of the sampling error; ``undefined`` counts
    cases in which the condition could not be computed (they are in neither group).
    """

    value: float
    low: float
    high: float
    cases: int
    undefined: int = 0


def share(truth: Values) -> Share:
    """Return the share of ones in ``truth`` (values 0, 1 or NaN)."""
    defined = truth[~np.isnan(truth)]
    count, undefined = int(defined.size), int(truth.size - defined.size)
    if count == 0:
        return Share(float("nan"), 0.0, 1.0, 0, undefined)
    p, z = float(defined.mean()), 1.959963984540054
    centre = (p + z * z / (2 * count)) / (1 + z * z / count)
    half = z * np.sqrt(p * (1 - p) / count + z * z / (4 * count**2)) / (1 + z * z / count)
    return Share(
        p, max(0.0, centre - float(half)), min(1.0, centre + float(half)), count, undefined
    )


def classify(by_variant: Mapping[str, Share]) -> Verdict:
    """Return the verdict from the share in each variant.

    A claim *holds* when it holds in at least 90 % of cases under every rival structure, *fails*
    when it holds in at most 10 % under every one, and otherwise *depends*.
    """
    values = [s.value for s in by_variant.values()]
    if not values or any(np.isnan(v) for v in values):
        return Verdict.NOT_TESTED
    if all(v >= HOLDS_FROM for v in values):
        return Verdict.HOLDS
    if all(v <= FAILS_UP_TO for v in values):
        return Verdict.FAILS
    return Verdict.DEPENDS


def combine(verdicts: Sequence[Verdict]) -> Verdict:
    """Return a claim's verdict from those of its conditions.

    Conditions that are settled by construction say nothing and are left out, unless all are. The
    others must agree; where they do not, the claim *depends* on which of them is meant.
    """
    telling: list[Verdict] = [v for v in verdicts if v is not Verdict.BY_CONSTRUCTION] or list(
        verdicts
    )
    if not telling:
        return Verdict.NOT_TESTED
    return telling[0] if len(set(telling)) == 1 else Verdict.DEPENDS


@dataclass(frozen=True, slots=True)
class Interval:
    """Median and the interval that holds 90 % of the sampled cases."""

    low: float
    median: float
    high: float


def interval(values: Values) -> Interval | None:
    """Return the 5th, 50th and 95th percentile of the finite values, if there are any."""
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return None
    low, median, high = (float(q) for q in np.quantile(finite, [0.05, 0.5, 0.95]))
    return Interval(low, median, high)
