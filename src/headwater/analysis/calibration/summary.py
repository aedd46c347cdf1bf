"""A fit as plain tables: what a person is shown and what other programs read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from headwater.analysis.calibration.diagnostics import Fitted
from headwater.analysis.calibration.fit import Fit
from headwater.analysis.calibration.targets import REFERENCE, Target
from headwater.model.measurement import (
    LogNormalError,
    NegativeBinomialError,
    NormalError,
    StudentError,
)
from headwater.simulation.distributions import quantile
from headwater.version import __version__
from headwater.writing import write_aside

Floats = npt.NDArray[np.float64]
LEVELS = (0.05, 0.5, 0.95)
LOW_P, HIGH_P = 0.01, 0.99
PERSISTENT = 0.3


@dataclass(frozen=True, slots=True)
class ConstantRow:
    """One fitted number: 5th, 50th and 95th percentile before and after, and the best value.

    ``narrowed`` is how much of the prior's width the data took away: 0 nothing, 1 all.
    """

    name: str
    prior: tuple[float, float, float]
    best: float
    posterior: tuple[float, float, float]
    narrowed: float
    rhat: float
    ess_bulk: float
    ess_tail: float


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """One series: its error, and how the best run and the posterior agree with it.

    ``scale`` is the posterior's median where it is *estimated* (``scale_is``), and otherwise
    *stated* by the case or *assumed* because it says nothing; ``persistence`` is how much of an
    error is left a unit of time later. ``mape`` is the mean absolute percentage error of the best
    run, as a share.
    """

    label: str
    data: str
    points: int
    start: float
    stop: float
    error: str
    scale: float
    scale_is: str
    persistence: float
    mape: float
    fitted: Fitted


def constant_rows(fit: Fit) -> tuple[ConstantRow, ...]:
    """Return a row for each fitted number."""
    rows = []
    for factor, best, values in zip(fit.problem.prior.factors, fit.best, fit.values, strict=True):
        before = quantile(factor.uncertainty, np.array(LEVELS))
        after = np.quantile(values, LEVELS)
        rows.append(
            ConstantRow(
                factor.name,
                _three(before),
                float(best),
                _three(after),
                float(1 - (after[2] - after[0]) / (before[2] - before[0])),
                fit.convergence.rhat[factor.name],
                fit.convergence.ess_bulk[factor.name],
                fit.convergence.ess_tail[factor.name],
            )
        )
    return tuple(rows)


def series_rows(fit: Fit) -> tuple[SeriesRow, ...]:
    """Return a row for each series."""
    problem = fit.problem
    parts = problem.split(fit.best_model[:, None])
    persistences = problem.persistences(fit.values)
    rows = []
    for target, part, scale, persistence, fitted in zip(
        problem.targets, parts, fit.scales, persistences, fit.fitted, strict=True
    ):
        seen, run = target.values, part[:, 0]
        usable = seen != 0
        error = np.abs(run[usable] / seen[usable] - 1)
        rows.append(
            SeriesRow(
                target.label,
                target.data_label,
                seen.size,
                float(target.times[0]),
                float(target.times[-1]),
                error_text(target),
                float(np.median(scale)),
                scale_text(target),
                float(np.median(persistence)),
                float(error.mean()) if error.size else float("nan"),
                fitted,
            )
        )
    return tuple(rows)


def error_text(target: Target) -> str:
    """Return the kind of a target's error."""
    match target.error:
        case NormalError():
            return "normal"
        case LogNormalError():
            return "log-normal"
        case StudentError(degrees=degrees):
            return f"Student's t({degrees:g})"
        case NegativeBinomialError():
            return "negative binomial"


def scale_text(target: Target) -> str:
    """Return who says how large the error is: *stated*, *assumed* or *estimated*."""
    if target.error.scale is None:
        return "estimated"
    return "assumed" if target.assumed else "stated"


def warnings_of(fit: Fit) -> list[str]:
    """Return what a reader must know before using the posterior."""
    found = []
    if not fit.convergence.good:
        found.append(
            f"The ensembles do not agree yet: R-hat up to {fit.convergence.worst_rhat:.3f}, "
            f"effective sample size down to {fit.convergence.least_ess:.0f}. Do not rely on the "
            "intervals; fit fewer constants, or state narrower ranges."
        )
    runs = [f.label for f in fit.fitted if f.persistence > PERSISTENT and f.p_persistence < LOW_P]
    if runs:
        found.append(
            f"The errors of {', '.join(runs)} come in runs, longer ones than the stated errors do: "
            "the model misses something there, and intervals are too narrow."
        )
    off = [f.label for f in fit.fitted if not LOW_P <= f.p_mean <= HIGH_P]
    if off:
        found.append(f"The model does not reach the level of {', '.join(off)}.")
    edges = [
        factor.name
        for factor, best in zip(fit.problem.prior.factors, fit.best, strict=True)
        if _at_edge(factor.uncertainty, best)
    ]
    if edges:
        found.append(f"The best value lies at the edge of what was plausible: {', '.join(edges)}.")
    if fit.problem.free.discrete:
        left = ", ".join(fit.problem.free.discrete)
        found.append(f"Held at their central values, because they take listed values: {left}.")
    return found


def write_summary(fit: Fit, path: Path, command: str, digests: Mapping[str, str]) -> None:
    """Write the tables, settings and diagnostics of a fit as JSON."""
    problem = fit.problem
    about: dict[str, Any] = {
        "case": problem.case.title or problem.case.project.name,
        "variant": problem.question.variant,
        "policy": problem.case.defaults.baseline,
        "command": command,
        "headwater": __version__,
        "seed": fit.options.seed,
        "draws": fit.values.shape[1],
        "simulations": fit.runs,
        "points": problem.points,
        "payoff_of_best": fit.best_payoff,
        "reference_of_estimated_scales": REFERENCE,
        "generations": fit.generations,
        "steps": fit.steps,
        "acceptance": fit.acceptance,
        "fingerprint": problem.fingerprint(),
        "given": dict(problem.question.given),
        "constants": [asdict(row) for row in constant_rows(fit)],
        "series": [asdict(row) for row in series_rows(fit)],
        "warnings": warnings_of(fit),
        "files": dict(digests),
    }
    text = json.dumps(_plain(about), indent=1, sort_keys=True, allow_nan=False) + "\n"
    write_aside(path, text.encode(), make_folder=True)


def write_predictions(fit: Fit, path: Path) -> None:
    """Write data, best run and percentiles of model and of made-up measurements, point by point."""
    lines = ["series,time,data,best,model_p05,model_p50,model_p95,measured_p05,measured_p95"]
    problem = fit.problem
    parts = zip(
        problem.targets,
        problem.split(fit.best_model[:, None]),
        problem.split(fit.model),
        problem.split(fit.replicated),
        strict=True,
    )
    for target, best, model, copies in parts:
        bands = np.quantile(model, LEVELS, axis=1)
        wide = np.quantile(copies, [0.05, 0.95], axis=1)
        label = '"' + target.label.replace('"', '""') + '"'
        for k, (time, value) in enumerate(zip(target.times, target.values, strict=True)):
            numbers = (time, value, best[k, 0], *bands[:, k], *wide[:, k])
            lines.append(",".join([label, *(repr(float(x)) for x in numbers)]))
    text = "\n".join(lines) + "\n"
    write_aside(path, text.encode(), make_folder=True)


def _three(values: Floats) -> tuple[float, float, float]:
    low, middle, high = (float(v) for v in values)
    return low, middle, high


def _at_edge(uncertainty: Any, best: float) -> bool:
    ends = quantile(uncertainty, special.ndtr(np.array([-2.6, 2.6])))
    return not ends[0] <= best <= ends[1]


def _plain(value: Any) -> Any:
    """Return the value with None in place of numbers that JSON does not have."""
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value
