"""From what an analysis returns to what is saved of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from headwater.analysis.calibration.store import PRIOR
from headwater.analysis.hindcast import BAND, Hindcast
from headwater.argument.discovering import Discovery
from headwater.argument.loop_findings import LoopFindings
from headwater.argument.policies.mixes import Mix, Mixes
from headwater.argument.saved.findings import (
    About,
    FlipsFound,
    HindcastFound,
    MixesFound,
    MixFound,
    SavedFlips,
    SavedHindcast,
    SavedLoops,
    SavedMixes,
    SeriesFound,
)
from headwater.argument.saved.state import state_of
from headwater.language.printer import print_expression
from headwater.model.case import Case


def save_loops(found: LoopFindings, case: Case, command: str) -> SavedLoops:
    """Return named loops as they are saved."""
    return SavedLoops(_about("loops", case, command, found.seed, PRIOR), found)


def save_flips(found: Sequence[Discovery], case: Case, command: str) -> SavedFlips:
    """Return the flips of some expectations as they are saved."""
    first = found[0]
    about = _about("flips", case, command, first.seed, first.drawn_from)
    return SavedFlips(
        about, tuple(FlipsFound(d.expectation.name, d.central, d.shares, d.runs) for d in found)
    )


def save_mixes(found: Mixes, case: Case, command: str) -> SavedMixes:
    """Return what a search for mixes found as it is saved."""
    name = print_expression(found.outcome.variable)
    return SavedMixes(
        _about("mixes", case, command, found.seed, found.drawn_from),
        MixesFound(
            outcome=name,
            label=found.outcome.label or name,
            lower_is_better=found.lower_is_better,
            times=found.times,
            start=found.start,
            found=tuple(_mix(m) for m in found.found),
            policies=tuple(_mix(m) for m in found.policies),
            searched=found.searched,
            scenarios=found.scenarios,
            runs=found.runs,
            judged_seed=found.seed + 1,
        ),
    )


def save_hindcast(found: Hindcast, case: Case, command: str) -> SavedHindcast:
    """Return a hindcast as it is saved: its table, and each series at its data points."""
    fit = found.fit
    fitted = dict(
        zip(
            (t.label for t in fit.problem.targets),
            zip(fit.problem.targets, fit.problem.split(fit.model), strict=True),
            strict=True,
        )
    )
    series = []
    for target, band in zip(found.judged, found.band, strict=True):
        old, runs = fitted[target.label]
        before = np.quantile(runs, [BAND[0], 0.5, BAND[1]], axis=1)
        whole = np.concatenate([before, band], axis=1)
        series.append(
            SeriesFound(
                target.label,
                _floats(np.concatenate([old.times, target.times])),
                _floats(np.concatenate([old.values, target.values])),
                *(_floats(row) for row in whole),
            )
        )
    start = min(s.times[0] for s in series)
    stop = max(s.times[-1] for s in series)
    return SavedHindcast(
        _about("hindcast", case, command, fit.options.seed, "posterior"),
        HindcastFound(
            variant=fit.problem.question.variant or fit.problem.arm.variant,
            start=start,
            split=found.split,
            stop=stop,
            constants=tuple(c.name for c in fit.problem.constants),
            draws=int(fit.model.shape[1]),
            agree=fit.convergence.good,
            rows=found.rows,
            series=tuple(series),
            told_data=found.told_data,
            told_tables=found.told_tables,
            left_out=found.left_out,
        ),
    )


def _about(kind: str, case: Case, command: str, seed: int, drawn_from: str) -> About:
    return About(kind, state_of(case, kind), command, seed, drawn_from)


def _mix(mix: Mix) -> MixFound:
    return MixFound(mix.policy, mix.levels, mix.aims, mix.effort)


def _floats(values: np.typing.NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(float(v) for v in values)
