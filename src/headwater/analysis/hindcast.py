"""Hindcasts: a model fitted to one part of history and judged on the rest.

Errors stand beside those of two forecasts that anyone could make without a model: the last value
seen, and the straight line through the values seen. The mean squared error of the model is split
after Theil (1966, *Applied Economic Forecasting*) as Sterman recommends (1984, *Dynamica* 10) into
parts from bias (a wrong level), from unequal variation (a wrong trend or amplitude) and from
incomplete covariation (everything else).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from headwater.analysis.calibration.fit import PREDICTED, Fit, Options, fit
from headwater.analysis.calibration.payoff import draw_data
from headwater.analysis.calibration.problem import Problem, Question, pose, proposed
from headwater.analysis.calibration.targets import Target
from headwater.analysis.calibration.upstream import tables_of_time, upstream
from headwater.errors import UsageError
from headwater.model.case import Case
from headwater.model.variables import Data
from headwater.writing import write_aside

Floats = npt.NDArray[np.float64]

BAND = (0.05, 0.95)


@dataclass(frozen=True, slots=True)
class Theil:
    """Shares of the mean squared error; they add up to 1, and are NaN where there is no error."""

    bias: float
    variance: float
    covariance: float


@dataclass(frozen=True, slots=True)
class Errors:
    """Errors of one forecast over one period.

    ``rmse`` is in the unit of the series, ``mape`` is the mean absolute percentage error as a
    share. NaN where there is no forecast.
    """

    points: int
    rmse: float
    mape: float


@dataclass(frozen=True, slots=True)
class Period:
    """One series in one period.

    While fitting, the *last value* of a point is the point before it: a forecast one step ahead,
    which the model never makes. In the period that is judged it is the last value fitted to.
    """

    model: Errors
    last_value: Errors
    trend: Errors
    theil: Theil


@dataclass(frozen=True, slots=True)
class Row:
    """One series in both periods.

    ``untold`` is the judged period once more, by a model that is told nothing of it: its data
    series and tables over time are held as they were at the split. None where there are none.
    ``covered`` is the share of the judged points within the 90% band of what might have been
    measured, by the fitted model and the fitted error.
    """

    label: str
    unit: str
    fitted: Period
    judged: Period
    covered: float
    untold: Period | None = None

    @property
    def loses_to(self) -> tuple[str, ...]:
        """The naive forecasts that come nearer than the model in the judged period."""
        return nearer(self.judged)

    @property
    def untold_loses_to(self) -> tuple[str, ...]:
        """Those that come nearer than the model that is told nothing of the judged period."""
        return nearer(self.untold) if self.untold is not None else ()


def nearer(period: Period) -> tuple[str, ...]:
    """Return the naive forecasts that come nearer than the model."""
    naive = (("last value", period.last_value), ("trend", period.trend))
    return tuple(name for name, e in naive if e.rmse < period.model.rmse)


@dataclass(frozen=True, slots=True, eq=False)
class Hindcast:
    """A hindcast. ``judged`` has the data of the judged period, ``band`` what the model said.

    ``band`` holds for each series the 5th, 50th and 95th percentile of the model over the
    posterior, (3, points). ``told_data`` and ``told_tables`` name the data series and the tables
    over time with values after ``split`` that the compared variables are computed from: what the
    model was told of the years on which it is judged. ``untold_band`` is what it says without them
    (empty where there are none). ``left_out`` has no data in one period.
    """

    fit: Fit
    split: float
    rows: tuple[Row, ...]
    judged: tuple[Target, ...]
    band: tuple[Floats, ...]
    told_data: tuple[str, ...]
    told_tables: tuple[str, ...]
    left_out: tuple[str, ...]
    untold_band: tuple[Floats, ...] = ()

    @property
    def losses(self) -> tuple[Row, ...]:
        """The series in which a naive forecast comes nearer than the model."""
        return tuple(row for row in self.rows if row.loses_to)


def hindcast(
    case: Case,
    question: Question,
    split: float | None,
    options: Options,
    *,
    threads: int | None = None,
) -> Hindcast:
    """Fit a case to its data up to ``split``, and judge it on those after that.

    Without ``split`` it is the one that the case's ``fit`` statement names. The question's
    ``start`` and ``stop`` bound both periods together. What the model says is the median over the
    posterior. Raises what :func:`pose` and :func:`fit` raise, and :class:`UsageError` where no
    series has data on both sides of ``split``.
    """
    question = proposed(case, question)
    if split is None:
        split = case.fitting.split if case.fitting else None
    if split is None:
        raise UsageError(
            "the case does not say where to split its history",
            hint="give --split TIME, or write `split TIME` in its `fit` statement",
        )
    if question.stop is not None and not split < question.stop:
        raise UsageError(f"the fit ends at {split:g}, after the data to judge it on")
    problem = pose(case, replace(question, stop=split), seed=options.seed, threads=threads)
    labels = tuple(t.label for t in problem.targets)
    later = replace(
        question,
        series=labels,
        free=tuple(f.name for f in problem.constants),
        start=float(np.nextafter(split, np.inf)),
    )
    judged = pose(case, later, seed=options.seed, threads=threads)
    untold = pose(case, later, seed=options.seed, threads=threads, blind_after=split)
    return judge(fit(problem, options), judged, untold)


def judge(found: Fit, judged: Problem, untold: Problem | None = None) -> Hindcast:
    """Return how a fit does on other data; ``judged`` has the same constants.

    ``untold`` is the same problem for a model that is not told what drives it by then.
    """
    shown = found.values[: len(judged.constants), :PREDICTED]
    split = max(float(t.times[-1]) for t in found.problem.targets)
    split = found.problem.question.stop if found.problem.question.stop is not None else split
    data, tables = told_after(judged, split)
    runs = judged.split(judged.simulate(shown))
    band = _bands(runs)
    blind: tuple[Floats, ...] = ()
    if untold is not None and (data or tables):
        blind = _bands(untold.split(untold.simulate(shown)))
    kept = {t.label for t in judged.targets}
    return Hindcast(
        fit=found,
        split=split,
        rows=_rows(found, judged, runs, band, blind),
        judged=judged.targets,
        band=band,
        told_data=data,
        told_tables=tables,
        left_out=tuple(t.label for t in found.problem.targets if t.label not in kept),
        untold_band=blind,
    )


def _bands(parts: Iterable[Floats]) -> tuple[Floats, ...]:
    """Return low end, median and high end over the runs of each series: (3, points)."""
    return tuple(np.quantile(part, [BAND[0], 0.5, BAND[1]], axis=1) for part in parts)


def _rows(
    found: Fit,
    judged: Problem,
    runs: Sequence[Floats],
    band: Sequence[Floats],
    blind: Sequence[Floats],
) -> tuple[Row, ...]:
    """Return a row for each judged series; ``runs`` holds (points, draws) of each.

    Data count as inside the band of measurements made up around every run.
    """
    generator = np.random.default_rng([found.options.seed, 8])
    before = {t.label: k for k, t in enumerate(found.problem.targets)}
    fitted = found.problem.split(found.model)
    persistences = found.problem.persistences(found.values[:, :PREDICTED])
    rows = []
    for number, (target, own) in enumerate(zip(judged.targets, runs, strict=True)):
        place = before[target.label]
        old, scale = found.problem.targets[place], found.scales[place]
        ties = target.ties(persistences[place])
        copies = draw_data(old.error, scale, own, generator, ties)
        low, high = np.quantile(copies, BAND, axis=1)
        rows.append(
            Row(
                target.label,
                target.unit,
                _fitted_period(old, np.median(fitted[place], axis=1)),
                _judged_period(old, target, band[number][1]),
                float(np.mean((target.values >= low) & (target.values <= high))),
                _judged_period(old, target, blind[number][1]) if blind else None,
            )
        )
    return tuple(rows)


def told_after(problem: Problem, split: float) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the data series and tables with values after a time that the targets depend on."""
    project = problem.arm.built.project
    keys = upstream(project, [t.output for t in problem.targets])
    data = tuple(
        variable.name
        for key in sorted(keys)
        if isinstance(variable := project.by_key[key], Data)
        and any((s.times > split).any() for s in variable.series)
    )
    return data, tuple(tables_of_time(project, keys, split))


def theil(forecast: Floats, actual: Floats) -> Theil:
    """Return Theil's shares of the mean squared error: bias, unequal variance, covariance."""
    error = float(np.mean((forecast - actual) ** 2))
    if error == 0:
        return Theil(np.nan, np.nan, np.nan)
    bias = (float(forecast.mean()) - float(actual.mean())) ** 2
    variance = (float(forecast.std()) - float(actual.std())) ** 2
    covariance = error - bias - variance
    return Theil(bias / error, variance / error, covariance / error)


def errors(forecast: Floats | None, actual: Floats) -> Errors:
    """Return the errors of a forecast."""
    if forecast is None or not actual.size:
        return Errors(0, np.nan, np.nan)
    usable = actual != 0
    shares = np.abs(forecast[usable] / actual[usable] - 1)
    return Errors(
        actual.size,
        float(np.sqrt(np.mean((forecast - actual) ** 2))),
        float(shares.mean()) if shares.size else np.nan,
    )


def straight_line(times: Floats, values: Floats) -> Callable[[Floats], Floats] | None:
    """Return the least-squares line through points, None for fewer than two."""
    if len(np.unique(times)) < 2:
        return None
    centre = float(times.mean())
    slope, level = np.polyfit(times - centre, values, 1)
    return lambda at: np.asarray(level + slope * (at - centre))


def _fitted_period(target: Target, model: Floats) -> Period:
    line = straight_line(target.times, target.values)
    return Period(
        errors(model, target.values),
        errors(target.values[:-1], target.values[1:]),
        errors(line(target.times) if line else None, target.values),
        theil(model, target.values),
    )


def _judged_period(old: Target, target: Target, model: Floats) -> Period:
    line = straight_line(old.times, old.values)
    return Period(
        errors(model, target.values),
        errors(np.full_like(target.values, old.values[-1]), target.values),
        errors(line(target.times) if line else None, target.values),
        theil(model, target.values),
    )


def write_hindcast(found: Hindcast, path: Path) -> None:
    """Write one line a series and period: errors of the three forecasts and Theil's shares.

    The period *untold* is the judged one, by a model that is not told what drives it by then.
    """
    names = ("model", "last_value", "trend")
    head = ["series", "unit", "period", "points"]
    head += [f"{n}_{e}" for n in names for e in ("rmse", "mape")]
    head += ["theil_bias", "theil_variance", "theil_covariance", "loses_to"]
    lines = [",".join(head)]
    for row in found.rows:
        periods = (("fitted", row.fitted), ("judged", row.judged), ("untold", row.untold))
        for name, period in periods:
            if period is None:
                continue
            numbers = [x for n in names for x in _two(getattr(period, n))]
            numbers += asdict(period.theil).values()
            loses = "" if name == "fitted" else " and ".join(nearer(period))
            quoted = (f'"{row.label}"', f'"{row.unit}"', name, str(period.model.points))
            text = [f"{x!r}" if np.isfinite(x) else "" for x in numbers]
            lines.append(",".join([*quoted, *text, loses]))
    content = "\n".join(lines) + "\n"
    write_aside(path, content.encode(), make_folder=True)


def _two(found: Errors) -> tuple[float, float]:
    return found.rmse, found.mape
