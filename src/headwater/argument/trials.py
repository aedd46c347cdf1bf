"""Evaluate expectations over batches of runs and gather their shares and effects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from headwater.argument.batches import Batch
from headwater.argument.conditions import Values, evaluate
from headwater.argument.plan import effect_of
from headwater.argument.results import Trial
from headwater.argument.verdicts import Share, classify, share
from headwater.model.case import Expectation


class Trials:
    """Truth and effect of each expectation in every case: arrays ``(variants, runs)``."""

    def __init__(
        self, expectations: Sequence[Expectation], variants: Sequence[str], runs: int
    ) -> None:
        self.expectations = tuple(expectations)
        self.variants = tuple(variants)
        shape = (len(self.variants), runs)
        self.truth = {e.name: np.full(shape, np.nan) for e in self.expectations}
        self.effect = {e.name: np.full(shape, np.nan) for e in self.expectations}

    def add(self, batch: Batch) -> None:
        """Evaluate every expectation over a batch."""
        self.put(batch.variant, batch.first, evaluated(self.expectations, batch))

    def put(self, variant: str, first: int, found: Mapping[str, Values]) -> None:
        """Take in what :func:`evaluated` found of some runs, from run ``first`` on."""
        row = self.variants.index(variant)
        for e in self.expectations:
            for kept, what in ((self.truth, "truth"), (self.effect, "effect")):
                values = found.get(f"{what} {e.name}")
                if values is not None:
                    kept[e.name][row, first : first + len(values)] = values

    def result(self, name: str) -> Trial:
        """Return the shares and the verdict of one expectation."""
        return trial(self.by_variant(self.truth[name]))

    def by_variant(self, values: Values) -> Mapping[str, Values]:
        """Return the rows of an array by variant."""
        return dict(zip(self.variants, values, strict=True))


def evaluated(expectations: Sequence[Expectation], batch: Batch) -> dict[str, Values]:
    """Return truth and effect of every expectation in each run of a batch."""
    found = {}
    for expectation in expectations:
        found[f"truth {expectation.name}"] = evaluate(expectation.condition, batch)
        effect = effect_of(expectation)
        if effect is not None:
            found[f"effect {expectation.name}"] = evaluate(effect, batch)
    return found


def trial(truth: Mapping[str, Values]) -> Trial:
    """Return shares and verdict from the truth in every case of each variant."""
    shares: dict[str, Share] = {name: share(values) for name, values in truth.items()}
    overall = share(np.concatenate(list(truth.values())))
    return Trial(classify(shares), overall, shares)
