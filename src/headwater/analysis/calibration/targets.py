"""What a model is fitted to: the case's comparisons with data, and their measurement errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from headwater.analysis.calibration.upstream import names_in
from headwater.errors import CaseError, DataError, UsageError, did_you_mean
from headwater.language.names import canonical
from headwater.language.printer import print_expression
from headwater.language.syntax import Expression, Name
from headwater.model.case import Case, Comparison
from headwater.model.measurement import (
    LogNormalError,
    MeasurementError,
    NegativeBinomialError,
    NormalError,
)
from headwater.model.uncertainty import LogNormal, Uncertainty, Uniform
from headwater.model.variables import Auxiliary, Data, Equation, Series
from headwater.simulation.building import Workshop
from headwater.simulation.run import Request, run_once
from headwater.simulation.sampling import Factor

Floats = npt.NDArray[np.float64]

REFERENCE = 0.01
"""Reference of a scale that is not known, as a share of the data; see :mod:`.payoff`."""
ENOUGH_POINTS = 8
"""Fewer do not tell the scale of their error: it is then assumed to be ``GUESSED_SCALE``."""
GUESSED_SCALE, GUESSED_SPREAD = 0.1, 3.0
"""Prior of such a scale for Student's t and counts: its median, and its spread (GSD)."""
MOST_PERSISTENT = 0.98
"""Errors that are tied even more closely say next to nothing of a level."""


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """One series that a model is set against.

    ``output`` names the variable that is added to the model to compute it. ``assumed`` tells that
    the case states no error. ``times`` and ``values`` have the shape ``(points,)``.
    """

    label: str
    data_label: str
    unit: str
    output: str
    expression: Expression
    error: MeasurementError
    assumed: bool
    times: Floats
    values: Floats

    @property
    def unscaled(self) -> bool:
        """Whether the error's scale is not known and is integrated out."""
        return self.error.scale is None and isinstance(self.error, NormalError | LogNormalError)

    @property
    def reference(self) -> float:
        """The reference of a scale that is not known, in the scale's own unit."""
        if isinstance(self.error, LogNormalError | NegativeBinomialError):
            return REFERENCE
        return REFERENCE * (float(np.sqrt(np.mean(self.values**2))) or 1.0)

    @property
    def scale_factor(self) -> Factor | None:
        """The scale of the error as a number to be fitted, None where it is not."""
        if self.error.scale is not None or self.unscaled:
            return None
        name = f"error of {self.label}"
        median = GUESSED_SCALE * self.reference / REFERENCE
        return Factor(name, name, (), Uncertainty(LogNormal(median, GUESSED_SPREAD)))

    @property
    def persistence(self) -> float | None:
        """The correlation of errors one unit of time apart; None where it is to be fitted."""
        return self.error.persistence if isinstance(self.error, NormalError | LogNormalError) else 0

    @property
    def persistence_factor(self) -> Factor | None:
        """That correlation as a number to be fitted, None where it is not."""
        if self.persistence is not None:
            return None
        name = f"persistence of {self.label}"
        return Factor(name, name, (), Uncertainty(Uniform(0.0, MOST_PERSISTENT)))

    @property
    def error_factors(self) -> tuple[Factor, ...]:
        """All numbers of the error that are to be fitted: its scale, then its persistence."""
        return tuple(f for f in (self.scale_factor, self.persistence_factor) if f is not None)

    def ties(self, persistence: Floats) -> Floats | None:
        """Return how each point's error goes with the one before: (points - 1, runs).

        ``persistence`` is that of each run, (runs,). None where errors are independent.
        """
        if self.persistence == 0:
            return None
        return np.asarray(persistence ** np.diff(self.times)[:, None])

    def between(self, start: float | None, stop: float | None) -> Target:
        """Return the target with the points from ``start`` to ``stop`` only."""
        low = -np.inf if start is None else start
        high = np.inf if stop is None else stop
        kept = (self.times >= low) & (self.times <= high)
        return replace(self, times=self.times[kept], values=self.values[kept])


def find_targets(
    case: Case,
    series: Sequence[str],
    *,
    workshop: Workshop,
    start: float | None = None,
    stop: float | None = None,
) -> tuple[Target, ...]:
    """Return the chosen comparisons of a case; without a choice, those that say `used`.

    Only points inside of the run, of the comparison's own period and of ``start`` to ``stop`` are
    kept. Raises
    :class:`UsageError` for names that the case does not compare, and :class:`DataError` for data
    that their stated error does not allow.
    """
    chosen = _chosen(case.comparisons, series)
    targets = []
    for number, comparison in enumerate(chosen, start=1):
        times, values = points_of(workshop, comparison)
        specs = case.project.sim_specs
        label = print_expression(comparison.variable)
        target = Target(
            label=label,
            data_label=print_expression(comparison.data),
            unit=_unit(case, comparison.variable),
            output=f"$compared_{number}",
            expression=comparison.variable,
            error=comparison.error or LogNormalError(),
            assumed=comparison.error is None,
            times=times,
            values=values,
        )
        target = target.between(specs.start, specs.stop)
        target = target.between(comparison.start, comparison.stop)
        target = target.between(start, stop)
        if target.assumed:
            target = replace(target, error=_assumed(target.values))
        _must_allow(target, comparison)
        targets.append(target)
    return tuple(targets)


def with_outputs(case: Case, targets: Sequence[Target]) -> Case:
    """Return the case with one variable more for each target: what is compared."""
    added = tuple(
        Auxiliary(name=t.output, equations=(Equation(t.expression),), save=False) for t in targets
    )
    project = replace(case.project, variables=(*case.project.variables, *added))
    return replace(case, project=project)


def points_of(workshop: Workshop, comparison: Comparison) -> tuple[Floats, Floats]:
    """Return times and values of a comparison's data, where its series have points.

    An expression of several series has a value wherever one of them has a point, within the time
    that all of them cover; the others are interpolated.
    """
    project = workshop.project
    node = comparison.data
    if isinstance(node, Name):
        found = _series(project.by_key.get(node.key), node)
        if found is not None:
            return found.times.copy(), found.values.copy()
    data = [
        v for n in dict.fromkeys(names_in(node)) if isinstance(v := project.by_key.get(n), Data)
    ]
    if not data:
        raise CaseError(
            f"`{print_expression(node)}` names no data series",
            comparison.span.place if comparison.span else None,
            "write `compare VARIABLE with SERIES`",
        )
    series = [s for v in data for s in v.series]
    first, last = max(s.times[0] for s in series), min(s.times[-1] for s in series)
    first = max(first, project.sim_specs.start)
    last = min(last, project.sim_specs.stop)
    times = np.unique(np.concatenate([s.times for s in series]))
    times = times[(times >= first) & (times <= last)]
    if not times.size:
        return times, times
    extra = Auxiliary(name="$data", equations=(Equation(node),), save=False)
    holder = Workshop(replace(project, variables=(*project.variables, extra)), check_units=False)
    run = run_once(holder, Request(outputs=["$data"], times=times, target="reference"))
    return times, run.values[0]


def _series(variable: object, name: Name) -> Series | None:
    if not isinstance(variable, Data):
        return None
    wanted = tuple(canonical(s.text) for s in name.subscripts if isinstance(s, Name))
    for series in variable.series:
        if tuple(canonical(s) for s in series.subscripts) == wanted:
            return series
    return None


def _chosen(comparisons: Sequence[Comparison], series: Sequence[str]) -> list[Comparison]:
    if not comparisons:
        raise UsageError(
            "the case compares nothing with data, so there is nothing to fit to",
            hint="add lines such as `compare variable with series` to the case",
        )
    if not series:
        used = [c for c in comparisons if c.used]
        if not used:
            raise UsageError(
                "no comparison of the case says `used`",
                hint="choose series, as in `--series "
                + print_expression(comparisons[0].variable)
                + "`",
            )
        return used
    found: list[Comparison] = []
    for name in series:
        key = _plain(name)
        own = [
            c
            for c in comparisons
            if key in (_plain(print_expression(c.variable)), _plain(print_expression(c.data)))
        ]
        if not own:
            known = [print_expression(c.variable) for c in comparisons]
            raise UsageError(
                f"the case compares no `{name}` with data",
                hint=did_you_mean(name, known) or f"it compares: {', '.join(known)}",
            )
        found += [c for c in own if c not in found]
    return found


def _plain(text: str) -> str:
    return canonical(text).replace("_", "")


def _unit(case: Case, expression: Expression) -> str:
    variable = case.project.find(expression.text) if isinstance(expression, Name) else None
    return variable.unit if variable else ""


def _assumed(values: Floats) -> MeasurementError:
    """Return the error of a series for which none is stated.

    It is log-normal where it can be. Its scale is estimated where there are points enough for
    that; a few points cannot tell an error from a misfit.
    """
    positive = bool(values.size) and values.min() > 0
    if values.size >= ENOUGH_POINTS:
        return LogNormalError() if positive else NormalError()
    if positive:
        return LogNormalError(GUESSED_SCALE)
    return NormalError(GUESSED_SCALE * (float(np.sqrt(np.mean(values**2))) if values.size else 1))


def _must_allow(target: Target, comparison: Comparison) -> None:
    place = comparison.span.place if comparison.span else None
    values = target.values
    if not np.isfinite(values).all():
        raise DataError(f"the series `{target.data_label}` has values that are not finite", place)
    match target.error:
        case LogNormalError() if values.size and values.min() <= 0:
            raise DataError(
                f"`{target.data_label}` has values that are not above 0, "
                "which a log-normal error does not allow",
                place,
                "write `error normal(SD)` or `error student(SCALE, DEGREES)`",
            )
        case NegativeBinomialError() if (values < 0).any() or (values != np.rint(values)).any():
            raise DataError(
                f"`{target.data_label}` has values that are not counts, "
                "which a negative binomial error does not allow",
                place,
                "write `error lognormal(SD)` or `error normal(SD)`",
            )
        case _:
            return
