"""What data say of a claim, apart from what the model says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from headwater.argument.conditions import Values, Vocabulary, evaluate, inspect, names_in
from headwater.argument.ledger.claims import Claim, Figure, Ledger, Relation
from headwater.errors import CaseError, Diagnostics, did_you_mean
from headwater.language.names import canonical
from headwater.language.printer import print_expression
from headwater.language.syntax import Name
from headwater.model.project import Project
from headwater.model.variables import Data, Series


@dataclass(frozen=True, slots=True)
class Finding:
    """A stated figure beside the one that data give. ``difference`` is stated / found − 1."""

    claim: str
    claimed: float | None
    found: float
    difference: float | None
    unit: str
    source: str
    note: str
    how: str
    relation: Relation = Relation.ABOUT

    @property
    def meets(self) -> bool | None:
        """Whether data meet an *at least* or *at most*; ``None`` for *about*."""
        if self.claimed is None or self.relation is Relation.ABOUT:
            return None
        if self.relation is Relation.AT_LEAST:
            return self.found >= self.claimed
        return self.found <= self.claimed


@dataclass(frozen=True, slots=True)
class DataRecord:
    """The data series of a project as a record of one run. Nothing is extrapolated."""

    project: Project

    def sample(self, name: Name, policy: str, times: Values) -> Values:  # noqa: ARG002
        """Return the series at ``times``, linear between points: shape ``(1, times)``.

        Data know no policies: ``policy`` is ignored.
        """
        series = self._series(name)
        first, last = series.times[0], series.times[-1]
        if times.min() < first or times.max() > last:
            raise CaseError(
                f"the series `{name.text}` runs from {first:g} to {last:g}",
                name.span.place if name.span else None,
                "compare at a time that the data cover",
            )
        return np.interp(times, series.times, series.values)[None, :]

    def constant(self, name: Name) -> Values:
        """Data know no constants."""
        raise CaseError(f"`{name.text}` is not a number", name.span.place if name.span else None)

    def grid(self, names: Sequence[Name], start: float, stop: float) -> Values:
        """Return the times at which any of the series has a point, and both ends."""
        times = {start, stop}
        for name in names:
            known = self._series(name).times
            times.update(float(t) for t in known[(known >= start) & (known <= stop)])
        return np.array(sorted(times))

    def span(self, names: Sequence[Name]) -> tuple[float, float]:
        """Return the first and last time that all of the series cover."""
        series = [self._series(n).times for n in names]
        return max(float(t[0]) for t in series), min(float(t[-1]) for t in series)

    def _series(self, name: Name) -> Series:
        variable = self.project.find(name.text)
        assert isinstance(variable, Data)
        wanted = tuple(canonical(s.text) for s in name.subscripts if isinstance(s, Name))
        for series in variable.series:
            if tuple(canonical(s) for s in series.subscripts) == wanted:
                return series
        raise CaseError(
            f"`{name.text}` has no such element",
            name.span.place if name.span else None,
            "elements: " + ", ".join(",".join(s.subscripts) for s in variable.series),
        )


def data_vocabulary(project: Project) -> Vocabulary:
    """Return the words that evidence may use: the case's data series."""
    keys = frozenset(v.key for v in project.variables if isinstance(v, Data))
    return Vocabulary(keys, frozenset(), frozenset({""}), -np.inf, np.inf)


def inspect_evidence(ledger: Ledger, project: Project, problems: Diagnostics) -> None:
    """Check every evidence expression before it is computed."""
    words = data_vocabulary(project)
    for claim in ledger.claims:
        for figure in claim.evidence:
            if figure.compute is None:
                continue
            for name in names_in([figure.compute]):
                if name.key in project.by_key and name.key not in words.variables:
                    problems.error(
                        f"`{name.text}` is not a data series",
                        figure.place,
                        did_you_mean(name.key, words.variables)
                        or "evidence is computed from data; model figures go under `model:`",
                    )
                    break
            else:
                found = Diagnostics()
                inspect(figure.compute, words, found)
                for item in found.items:
                    problems.error(item.message, figure.place, item.hint)


def check_evidence(ledger: Ledger, project: Project) -> tuple[Finding, ...]:
    """Compute every figure that claims can be held against.

    Raises:
        CaseError: a figure cannot be computed from the case's data.
    """
    record = DataRecord(project)
    return tuple(
        _finding(claim, figure, record) for claim in ledger.claims for figure in claim.evidence
    )


def _finding(claim: Claim, figure: Figure, record: DataRecord) -> Finding:
    if figure.compute is not None:
        found = float(evaluate(figure.compute, record).reshape(-1)[0])
        how = print_expression(figure.compute)
        if not np.isfinite(found):
            raise CaseError(f"the evidence of `{claim.id}` is not a number", figure.place)
    else:
        assert figure.observed is not None
        found, how = figure.observed, ""
    return Finding(
        claim.id,
        figure.claimed,
        found,
        difference(figure.claimed, found),
        figure.unit,
        figure.source,
        figure.note,
        how,
        figure.relation,
    )


def difference(claimed: float | None, found: float) -> float | None:
    """Return how far the claimed figure is above the found one, as a share of the found one."""
    if claimed is None or found == 0 or not np.isfinite(found):
        return None
    return claimed / found - 1
