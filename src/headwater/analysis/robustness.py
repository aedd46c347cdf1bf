"""How good a policy is where nobody knows which case is the real one: regret and satisficing.

* *Regret*: how much worse a policy does in a case than the policy that does best in that same case
  (Savage 1951, *Journal of the American Statistical Association* 46). The largest regret, and the
  one that is exceeded in one case in ten, are what a careful and a less careful person would make
  small.
* *Satisficing*: the share of cases in which a policy is good enough (Starr's domain criterion,
  1963). It asks less of a policy than to be the best, and of the reader a threshold.

Both are among the measures that McPhail and others compare (2018, *Earth's Future* 6); policies can
rank differently by each, which is why both are given.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]

EXCEEDED = 0.9


@dataclass(frozen=True, slots=True)
class Robustness:
    """One policy over many cases.

    ``median`` is of the outcome itself. ``best`` is the share of cases in which no policy does
    better; ``regret_p90`` and ``regret_max`` are in the outcome's unit. ``good`` is the share of
    cases that are good enough, None where no threshold was given. ``cases`` are those in which
    every policy could be computed.
    """

    median: float
    best: float
    regret_median: float
    regret_p90: float
    regret_max: float
    good: float | None
    cases: int


def regret(outcome: Values, *, lower_is_better: bool) -> Values:
    """Return the regret of each policy in each case, 0 for the best of a case.

    ``outcome`` is ``(policies, cases)``; cases with a value that is not finite give NaN.
    """
    cost = outcome if lower_is_better else -outcome
    found = cost - cost.min(axis=0)
    found[:, ~np.isfinite(outcome).all(axis=0)] = np.nan
    return np.asarray(found)


def robustness(
    outcome: Values, good: Values | None = None, *, lower_is_better: bool
) -> tuple[Robustness, ...]:
    """Return the measures of each policy.

    Args:
        outcome: ``(policies, cases)``; the same column is the same case.
        good: Whether a case is good enough: 1, 0 or NaN, same shape.
        lower_is_better: Whether a smaller outcome is better.
    """
    loss = regret(outcome, lower_is_better=lower_is_better)
    usable = ~np.isnan(loss).any(axis=0)
    count = int(usable.sum())
    found = []
    for row, own in enumerate(loss[:, usable]):
        enough = None if good is None else _share(good[row])
        if not count:
            nothing = float("nan")
            found.append(Robustness(nothing, nothing, nothing, nothing, nothing, enough, 0))
            continue
        found.append(
            Robustness(
                median=float(np.median(outcome[row, usable])),
                best=float(np.mean(own == 0)),
                regret_median=float(np.median(own)),
                regret_p90=float(np.quantile(own, EXCEEDED)),
                regret_max=float(own.max()),
                good=enough,
                cases=count,
            )
        )
    return tuple(found)


def _share(truth: Values) -> float:
    known = truth[~np.isnan(truth)]
    return float(known.mean()) if known.size else float("nan")
