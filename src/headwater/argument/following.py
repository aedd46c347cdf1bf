"""What the report follows over time: fans of outcomes, history against data, model figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from headwater.argument.batches import Batch
from headwater.argument.conditions import Values, evaluate, names_in, sample_series
from headwater.argument.ledger.claims import Figure, Ledger
from headwater.argument.ledger.evidence import DataRecord
from headwater.argument.results import Fan, History, ModelFinding
from headwater.argument.verdicts import interval
from headwater.language.names import canonical
from headwater.language.printer import print_expression
from headwater.language.syntax import Expression, Name
from headwater.model.case import Case, Comparison, Outcome

FOLLOWED_RUNS = 1000
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


class Following:
    """Keeps the first ``FOLLOWED_RUNS`` runs of each variant for outcomes and comparisons.

    Model figures are kept for every run. Probes are not followed: they are no policies.
    """

    def __init__(
        self,
        case: Case,
        ledger: Ledger,
        variants: Sequence[str],
        policies: Sequence[str],
        times: Values,
        runs: int,
    ) -> None:
        self.case, self.ledger = case, ledger
        probes = {canonical(p.name) for p in case.policies if p.probe}
        self.policies = tuple(p for p in policies if canonical(p) not in probes)
        self.variants, self.times = tuple(variants), times
        self.kept = min(runs, FOLLOWED_RUNS)
        shape = (len(self.variants), self.kept, times.size)
        self._fans = {
            (number, policy): np.full(shape, np.nan)
            for number in range(len(case.outcomes))
            for policy in self.policies
        }
        self._histories = [np.full(shape, np.nan) for _ in case.comparisons]
        self._figures = [
            np.full((len(self.variants), runs), np.nan) for _ in _model_figures(ledger)
        ]

    def add(self, batch: Batch) -> None:
        """Take from a batch what is followed."""
        found = follow(self.case, self.ledger, self.policies, self.kept, batch)
        self.put(batch.variant, batch.first, found)

    def put(self, variant: str, first: int, found: Mapping[str, Values]) -> None:
        """Take in what :func:`follow` found of some runs, from run ``first`` on."""
        row = self.variants.index(variant)
        kept: dict[str, Values] = {f"figure {n}": values for n, values in enumerate(self._figures)}
        kept |= {f"fan {n} {policy}": values for (n, policy), values in self._fans.items()}
        kept |= {f"history {n}": values for n, values in enumerate(self._histories)}
        for name, values in kept.items():
            if name in found:
                values[row, first : first + len(found[name])] = found[name]

    def fans(self) -> Iterator[Fan]:
        """Yield the percentiles of each outcome under each policy, pooled and by variant."""
        for (number, policy), values in self._fans.items():
            outcome = self.case.outcomes[number]
            pools = {"": values.reshape(-1, self.times.size)}
            if len(self.variants) > 1:
                pools |= dict(zip(self.variants, values, strict=True))
            for variant, pool in pools.items():
                yield self._fan(outcome, policy, variant, pool)

    def _fan(self, outcome: Outcome, policy: str, variant: str, pool: Values) -> Fan:
        return Fan(
            outcome=outcome,
            label=outcome.label or print_expression(outcome.variable),
            unit=self._unit(outcome.variable),
            policy=policy,
            variant=variant,
            cases=len(pool),
            times=self.times,
            quantiles=_quantiles(pool),
        )

    def at(self, outcome: Outcome, policy: str, times: Sequence[float]) -> Values:
        """Return the kept values of an outcome at some times: (structures, runs, times)."""
        kept = self._fans[self.case.outcomes.index(outcome), policy]
        return np.stack([_between(kept, self.times, t) for t in times], axis=-1)

    def differences(self, outcome: Outcome) -> Iterator[Fan]:
        """Yield the percentiles of each policy minus the baseline in the same case, pooled."""
        number = self.case.outcomes.index(outcome)
        base = self._fans[number, self.policies[0]]
        for policy in self.policies[1:]:
            apart = (self._fans[number, policy] - base).reshape(-1, self.times.size)
            yield self._fan(outcome, policy, "", apart)

    def histories(self, central: Batch) -> Iterator[History]:
        """Yield each comparison with data. ``central`` is the run at central values."""
        for values, comparison in zip(self._histories, self.case.comparisons, strict=True):
            pool = values.reshape(-1, self.times.size)
            quantiles = _quantiles(pool)
            line = sample_series(comparison.variable, central, "", self.times)[0]
            times, data = data_points(self.case, comparison)
            judged = _judged(times, comparison)
            yield History(
                comparison=comparison,
                label=print_expression(comparison.variable),
                data_label=print_expression(comparison.data),
                unit=self._unit(comparison.variable),
                times=self.times,
                central=line,
                low=quantiles[0],
                median=quantiles[2],
                high=quantiles[4],
                data_times=times,
                data=data,
                points=int(judged.sum()),
                error=percentage_error(np.interp(times, self.times, line)[judged], data[judged]),
                median_error=percentage_error(
                    np.interp(times, self.times, quantiles[2])[judged], data[judged]
                ),
            )

    def model_findings(self) -> Iterator[ModelFinding]:
        """Yield the figures that claims state, as the baseline runs give them."""
        for values, (claim, figure) in zip(self._figures, _model_figures(self.ledger), strict=True):
            assert figure.compute is not None
            yield ModelFinding(
                claim=claim,
                claimed=figure.claimed,
                found=interval(values.reshape(-1)),
                unit=figure.unit,
                how=print_expression(figure.compute),
                note=figure.note,
                relation=figure.relation,
            )

    def _unit(self, expression: Expression) -> str:
        names = list(names_in([expression]))
        variable = self.case.project.find(names[0].text) if len(names) == 1 else None
        if variable is None or not isinstance(expression, Name):
            return ""
        return variable.unit


def follow(
    case: Case, ledger: Ledger, policies: Sequence[str], kept: int, batch: Batch
) -> dict[str, Values]:
    """Return what is followed of a batch: figures of all runs, series of the first ``kept``."""
    found = {}
    for number, (_, figure) in enumerate(_model_figures(ledger)):
        assert figure.compute is not None
        found[f"figure {number}"] = evaluate(figure.compute, batch)
    count = min(batch.runs, kept - batch.first)
    if count <= 0:
        return found
    for number, outcome in enumerate(case.outcomes):
        for policy in policies:
            series = sample_series(outcome.variable, batch, policy, batch.times)
            found[f"fan {number} {policy}"] = series[:count]
    for number, comparison in enumerate(case.comparisons):
        series = sample_series(comparison.variable, batch, "", batch.times)
        found[f"history {number}"] = series[:count]
    return found


def _model_figures(ledger: Ledger) -> Iterator[tuple[str, Figure]]:
    for claim in ledger.claims:
        for figure in claim.model:
            yield claim.id, figure


def _between(values: Values, known: Values, time: float) -> Values:
    """Return values, (…, times), at a time, linear between saved times."""
    after = int(np.clip(np.searchsorted(known, time), 1, len(known) - 1))
    weight = (time - known[after - 1]) / (known[after] - known[after - 1])
    if weight in (0.0, 1.0):  # 0 * inf elsewhere must not spoil it
        return np.asarray(values[..., after if weight else after - 1])
    return np.asarray((1 - weight) * values[..., after - 1] + weight * values[..., after])


def _quantiles(pool: Values) -> Values:
    with np.errstate(all="ignore"):
        finite = pool[np.isfinite(pool).all(axis=1)]
    if finite.size == 0:
        return np.full((len(QUANTILES), pool.shape[1]), np.nan)
    return np.asarray(np.quantile(finite, QUANTILES, axis=0))


def data_points(case: Case, comparison: Comparison) -> tuple[Values, Values]:
    """Return the times and values of a comparison's data where its series have points."""
    record = DataRecord(case.project)
    names = list(names_in([comparison.data]))
    first, last = record.span(names)
    times = record.grid(names, first, last)
    return times, sample_series(comparison.data, record, "", times)[0]


def _judged(times: Values, comparison: Comparison) -> npt.NDArray[np.bool_]:
    start = comparison.start if comparison.start is not None else -np.inf
    stop = comparison.stop if comparison.stop is not None else np.inf
    return np.asarray((times >= start) & (times <= stop))


def percentage_error(model: Values, data: Values) -> float:
    """Return the mean absolute percentage error (as a share), data points of 0 left out."""
    usable = data != 0
    if not usable.any():
        return float("nan")
    return float(np.mean(np.abs(model[usable] / data[usable] - 1)))
