"""What the draws of a test tell beside its verdicts: drivers, policies case by case, efforts."""

from __future__ import annotations

import numpy as np

from headwater.analysis.regional import Inputs
from headwater.argument.following import Following
from headwater.argument.influences import OutcomeInfluences, influences
from headwater.argument.policies.comparing import OutcomeComparison, Threshold, compared
from headwater.argument.policies.efforts import efforts
from headwater.argument.policies.horizons import horizons, split_time
from headwater.argument.results import Fan, Judged
from headwater.model.case import Outcome


def judge(following: Following, fans: tuple[Fan, ...], inputs: Inputs) -> Judged:
    """Return what the followed runs tell. ``inputs`` are those of at least as many runs."""
    case = following.case
    split = split_time(fans)
    short, long = horizons(case, split)
    times = tuple(sorted({split, short, long}))
    known = inputs.first(following.kept)
    baseline = following.policies[0]
    driven: tuple[OutcomeInfluences, ...] = ()
    if case.outcomes:
        values = np.array([following.at(o, baseline, times) for o in case.outcomes])
        driven = influences(case.outcomes, values, times, known)
    directed = [o for o in case.outcomes if o.better]
    several = len(following.policies) > 1
    return Judged(
        times=times,
        influences=driven,
        compared=tuple(_compared(following, o, (short, long)) for o in directed if several),
        differences=tuple(f for o in directed for f in following.differences(o)),
        efforts=efforts(case) if several else (),
        draws=following.kept,
    )


def _compared(
    following: Following, outcome: Outcome, times: tuple[float, ...]
) -> OutcomeComparison:
    values = np.array([following.at(outcome, p, times) for p in following.policies])
    good = outcome.good
    return compared(
        following.case,
        outcome,
        values.transpose(3, 0, 1, 2),
        times,
        following.policies,
        following.variants,
        lower_is_better=outcome.better == "lower",
        threshold=Threshold(good.value, good.at_most, good.relative) if good else None,
    )
