"""Global sensitivity of an outcome over time: which uncertain inputs drive it, and how much.

* ``sobol``: first-order and total-order shares of the variance (Saltelli and others 2010, *Computer
  Physics Communications* 181), with bootstrap intervals. Cost: base × (inputs + 2) runs.
* ``morris``: a cheap screening by elementary effects (Campolongo, Cariboni and Saltelli 2007,
  *Environmental Modelling and Software* 22). Cost: base × (inputs + 1) runs.

The estimators are SALib's. Inputs are drawn independently from their stated ranges: stated rank
correlations are left out, because the shares are defined for independent inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from headwater.errors import MissingExtra, UsageError

Values = npt.NDArray[np.float64]
MethodName = Literal["sobol", "morris"]
Evaluate = Callable[[Values], Values]

CONFIDENCE = 0.95
RESAMPLES = 200
LEVELS = 8
SMALLEST_SPREAD = 1e-12


GIVE_RANGES = (
    "give constants an `uncertain` clause; only a case (.md) has one: "
    "`headwater convert MODEL case.md` makes a case of a .mdl or .xmile"
)
"""What to do where a model has no uncertain input."""


@dataclass(frozen=True, slots=True, eq=False)
class Sensitivity:
    """Indices of each input at each time: arrays ``(inputs, times)``.

    For ``sobol`` ``first`` and ``total`` are shares of variance; for ``morris`` ``total`` is the
    mean absolute elementary effect and ``first`` its spread. ``*_interval`` are half-widths of
    95 % intervals. Where the outcome hardly varies all are 0.
    """

    method: MethodName
    inputs: tuple[str, ...]
    times: Values
    first: Values
    first_interval: Values
    total: Values
    total_interval: Values
    runs: int

    def ranking(self) -> list[int]:
        """Return the inputs' positions, the most important at any time first."""
        return [int(i) for i in np.argsort(-self.total.max(axis=1), kind="stable")]


def sensitivity(
    inputs: Sequence[str],
    evaluate: Evaluate,
    times: Sequence[float],
    *,
    base: int = 256,
    seed: int = 1,
    method: MethodName = "sobol",
) -> Sensitivity:
    """Estimate the indices of a function of independent inputs, uniform on 0 … 1.

    Args:
        inputs: Names of the inputs.
        evaluate: Takes points ``(inputs, runs)`` in 0 … 1 and returns ``(times, runs)``.
        times: Times of the values that ``evaluate`` returns.
        base: Size of the design; ``sobol`` needs a power of 2.
        seed: Seed of the design and of the bootstrap.
        method: ``sobol`` or ``morris``.

    Raises:
        UsageError: no input, or a size that the method cannot use.
        MissingExtra: SALib is not installed.
    """
    if not inputs:
        raise UsageError("there is no uncertain input", hint=GIVE_RANGES)
    if method == "sobol" and (base < 2 or base & (base - 1)):
        raise UsageError(
            f"the size of a Sobol' design must be a power of 2, not {base}",
            hint=f"take {2 ** max(1, base.bit_length() - 1)} or {2 ** base.bit_length()}",
        )
    if base < 2:
        raise UsageError(f"the size of the design must be at least 2, not {base}")
    problem = {"num_vars": len(inputs), "names": list(inputs), "bounds": [[0.0, 1.0]] * len(inputs)}
    points = _design(problem, method, base, seed)
    values = evaluate(np.ascontiguousarray(points.T))
    if not np.isfinite(values).all():
        bad = int((~np.isfinite(values)).any(axis=0).sum())
        raise UsageError(
            f"{bad} of {points.shape[0]} runs are not finite, so no share can be computed",
            hint="narrow the ranges until every run is finite; `headwater check` shows where",
        )
    columns = [_analyse(problem, method, points, row, seed) for row in values]
    first, first_interval, total, total_interval = (
        np.stack([column[k] for column in columns], axis=1) for k in range(4)
    )
    return Sensitivity(
        method,
        tuple(inputs),
        np.asarray(times, dtype=np.float64),
        first,
        first_interval,
        total,
        total_interval,
        points.shape[0],
    )


def _design(problem: dict[str, Any], method: MethodName, base: int, seed: int) -> Values:
    _require_salib()
    if method == "sobol":
        from SALib.sample import sobol as sampler

        points = sampler.sample(problem, base, calc_second_order=False, seed=seed)
    else:
        from SALib.sample import morris as sampler

        points = sampler.sample(problem, base, num_levels=LEVELS, seed=seed)
    return np.asarray(points, dtype=np.float64)


def _analyse(
    problem: dict[str, Any], method: MethodName, points: Values, values: Values, seed: int
) -> tuple[Values, Values, Values, Values]:
    if np.ptp(values) <= SMALLEST_SPREAD * max(1.0, float(np.abs(values).max())):
        nothing = np.zeros(len(problem["names"]))
        return nothing, nothing, nothing, nothing
    options = {"num_resamples": RESAMPLES, "conf_level": CONFIDENCE, "seed": seed}
    if method == "sobol":
        from SALib.analyze import sobol

        found = sobol.analyze(problem, values, calc_second_order=False, **options)
        keys = ("S1", "S1_conf", "ST", "ST_conf")
    else:
        from SALib.analyze import morris

        found = morris.analyze(problem, points, values, num_levels=LEVELS, **options)
        found["sigma_conf"] = np.zeros(len(problem["names"]))
        keys = ("sigma", "sigma_conf", "mu_star", "mu_star_conf")
    a, b, c, d = (np.asarray(found[k], dtype=np.float64) for k in keys)
    return a, b, c, d


def _require_salib() -> None:
    try:
        import SALib  # noqa: F401
    except ImportError:
        raise MissingExtra(
            "sensitivity analysis needs SALib", hint='pip install "headwater[analysis]"'
        ) from None
