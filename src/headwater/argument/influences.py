"""Which uncertain inputs drive each outcome, early and late, by the draws of the test itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from headwater.analysis.given_data import FirstOrder, first_order
from headwater.analysis.regional import Inputs
from headwater.argument.conditions import Values
from headwater.model.case import Outcome

MOST_INPUTS = 6


@dataclass(frozen=True, slots=True)
class InputShare:
    """One input at each of the times: the share of an outcome's variance that goes with it alone.

    ``half_widths`` are of 95% intervals; ``directions`` is +1 where more of the input goes with
    more of the outcome. ``noticeable``: whether the share differs from chance.
    """

    input: str
    shares: tuple[float, ...]
    half_widths: tuple[float, ...]
    directions: tuple[int, ...]
    noticeable: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class OutcomeInfluences:
    """What drives one outcome under the baseline.

    ``inputs`` are the strongest, ``structures`` the share of the rival structures at each time, and
    ``rest`` what remains: inputs in combination, and those too weak to be named. ``runs`` is the
    number of draws, at each time, in which the outcome is finite in every structure.
    """

    outcome: Outcome
    times: tuple[float, ...]
    inputs: tuple[InputShare, ...]
    structures: tuple[float, ...]
    rest: tuple[float, ...]
    runs: tuple[int, ...]


def influences(
    outcomes: Sequence[Outcome], values: Values, times: Sequence[float], inputs: Inputs
) -> tuple[OutcomeInfluences, ...]:
    """Return what drives each outcome at each time.

    Args:
        outcomes: What is followed.
        values: Their values under the baseline, (outcomes, structures, runs, times).
        times: The times of those values.
        inputs: The sampled inputs of the same runs.
    """
    if not inputs.names or not outcomes:
        return ()
    structures, runs = values.shape[1:3]
    columns = values.transpose(1, 2, 0, 3).reshape(structures, runs, -1)
    found = first_order(inputs, columns)
    width = len(times)
    return tuple(
        _of_outcome(outcome, tuple(times), found, slice(k * width, (k + 1) * width))
        for k, outcome in enumerate(outcomes)
    )


def _of_outcome(
    outcome: Outcome, times: tuple[float, ...], found: FirstOrder, own: slice
) -> OutcomeInfluences:
    noticeable = found.noticeable[:, own]
    shares = found.shares[:, own]
    counted = np.where(noticeable, shares, 0.0)
    order = np.argsort(-counted.max(axis=1), kind="stable")[:MOST_INPUTS]
    named = tuple(
        InputShare(
            found.inputs[k],
            tuple(float(x) for x in shares[k]),
            tuple(float(x) for x in found.half_widths[k, own]),
            tuple(int(x) for x in found.directions[k, own]),
            tuple(bool(x) for x in noticeable[k]),
        )
        for k in order
        if noticeable[k].any()
    )
    structure = found.structures[own]
    shown = sum((np.where(i.noticeable, i.shares, 0.0) for i in named), np.zeros(len(times)))
    varies = noticeable.any(axis=0) | (structure > 0)
    rest = np.where(varies, np.maximum(1.0 - structure - shown, 0.0), 0.0)
    return OutcomeInfluences(
        outcome,
        times,
        named,
        tuple(float(x) for x in structure),
        tuple(float(x) for x in rest),
        tuple(int(x) for x in found.runs[own]),
    )
