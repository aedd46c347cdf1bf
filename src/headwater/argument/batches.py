"""A batch of runs as a record that conditions are evaluated over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from headwater.argument.conditions import Values, select
from headwater.language.syntax import Name


@dataclass(frozen=True, slots=True)
class Array:
    """Values of one variable with trailing axes for its ``dimensions`` (name to elements)."""

    values: Values
    dimensions: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Batch:
    """Some runs of one variant under all policies, on the same draws.

    ``variables`` have shape ``(policies, runs, times, …)``, ``constants`` ``(runs, …)``. Keys are
    canonical names. No policy, in a condition, means the ``baseline``.
    """

    variant: str
    first: int
    runs: int
    policies: tuple[str, ...]
    baseline: str
    times: Values
    variables: Mapping[str, Array]
    constants: Mapping[str, Array]

    def sample(self, name: Name, policy: str, times: Values) -> Values:
        """Return a variable at ``times``, linear between saved times: ``(runs, times, …)``."""
        if name.key in self.constants:
            fixed = self.constant(name)
            return np.repeat(fixed[:, None, ...], times.size, axis=1)
        array = self.variables[name.key]
        values = array.values[self.policies.index(policy or self.baseline)]
        return select(_interpolate(values, self.times, times), array.dimensions, name)

    def constant(self, name: Name) -> Values:
        """Return a constant as drawn in each run: ``(runs, …)``."""
        array = self.constants[name.key]
        return select(array.values, array.dimensions, name)

    def grid(self, names: Sequence[Name], start: float, stop: float) -> Values:  # noqa: ARG002
        """Return the saved times from ``start`` to ``stop``, and both ends.

        Every variable is saved at the same times, so ``names`` do not matter.
        """
        inside = self.times[(self.times > start) & (self.times < stop)]
        return np.concatenate([[start], inside, [stop]])


def _interpolate(values: Values, known: Values, times: Values) -> Values:
    """Interpolate along axis 1 (times)."""
    after = np.clip(np.searchsorted(known, times), 1, len(known) - 1)
    before = after - 1
    weight = (times - known[before]) / (known[after] - known[before])
    # A saved time is taken as it is: 0 * inf elsewhere must not spoil it.
    exact = np.where(times == known[after], after, np.where(times == known[before], before, -1))
    result = np.empty((values.shape[0], times.size, *values.shape[2:]))
    for k, found in enumerate(exact):
        if found >= 0:
            result[:, k] = values[:, found]
        else:
            w = weight[k]
            result[:, k] = (1 - w) * values[:, before[k]] + w * values[:, after[k]]
    return result
