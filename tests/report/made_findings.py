"""Findings beside the verdicts, made up by hand: drivers, policies, loops, hindcast, mixes."""

from __future__ import annotations

from headwater.analysis.hindcast import Errors, Period, Row, Theil
from headwater.analysis.robustness import Robustness
from headwater.argument.discovering import CentralFlip, Move, ShareFlip
from headwater.argument.influences import InputShare, OutcomeInfluences
from headwater.argument.loop_findings import LoopFindings, LoopShare, NamedLoopFindings
from headwater.argument.loop_trials import LoopTrial
from headwater.argument.policies.comparing import DelayCost, OutcomeComparison, Score
from headwater.argument.policies.efforts import LeverEffort, PolicyEffort
from headwater.argument.policies.settings import Delay
from headwater.argument.results import Checked, Fan, Judged, TestResult, Trial
from headwater.argument.saved.files import Included
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
from headwater.argument.verdicts import Interval, Share, Verdict
from headwater.simulation.checks import Finding

PRIOR = "the stated ranges (prior)"


def made_judged(result: TestResult) -> Judged:
    """Drivers of both outcomes, and policies judged by the first, for which less is better."""
    outcome, other = result.case.outcomes
    times = (2010.0, 2015.0, 2020.0)
    strong = InputShare(
        "pull", (0.1, 0.4, 0.6), (0.02, 0.03, 0.04), (1, 1, -1), (False, True, True)
    )
    influences = tuple(
        OutcomeInfluences(o, times, (strong,), (0.2, 0.1, 0.0), (0.8, 0.5, 0.4), (1000,) * 3)
        for o in (outcome, other)
    )
    scores = tuple(
        Score(p, s, t, Robustness(100.0 + k, 0.6 - 0.2 * k, 3.0 * k, 10.0 * k, 20.0 * k, 0.7, 2000))
        for t in (2015.0, 2020.0)
        for s in ("", "wages", "networks")
        for k, p in enumerate(("no_change", "crackdown"))
    )
    delay = Delay("no_change", "crackdown", 5.0)
    cost = DelayCost(delay, "", 2020.0, Interval(0.9, 1.1, 1.4), 0.75)
    fan = next(f for f in result.fans if f.policy == "crackdown" and not f.variant)
    apart = Fan(
        fan.outcome,
        fan.label,
        fan.unit,
        fan.policy,
        "",
        fan.cases,
        fan.times,
        fan.quantiles - 100,
    )
    return Judged(
        times=times,
        influences=influences,
        compared=(
            OutcomeComparison("migrants", "Migrants abroad", "person", True, scores, (cost,)),
        ),
        differences=(apart,),
        efforts=(
            PolicyEffort("no_change", (), ()),
            PolicyEffort("crackdown", (LeverEffort("removal", 0.4),), ("wall",)),
        ),
        draws=1000,
    )


def made_checked() -> Checked:
    """A check that is met, and one that is worth a look."""
    return Checked(
        (
            Finding("note", "step and method", "with half the step the change is 0.2% (`stay`)"),
            Finding("warning", "ranges", "`pull` leaves its range", variant="wages"),
        ),
        16,
        7,
    )


def share(value: float) -> Share:
    """A share of 600 cases."""
    return Share(value, value - 0.03, value + 0.03, 600)


def made_loops() -> SavedLoops:
    """A loop that works against a claim, and one that never acts."""
    times = tuple(float(t) for t in range(2000, 2021))
    acting = tuple(
        LoopShare(
            name,
            12,
            "R",
            times,
            tuple(0.3 + 0.01 * k for k in range(21)),
            ((2015.0, 2018.0),),
            False,
        )
        for name in ("wages", "networks")
    )
    silent = tuple(
        LoopShare(name, 0, "", times, (0.0,) * 21, (), True) for name in ("wages", "networks")
    )
    trial = LoopTrial(
        "Followers",
        "leaving",
        Trial(Verdict.DEPENDS, share(0.4), {"wages": share(0.4)}),
        Trial(Verdict.DEPENDS, share(0.6), {"wages": share(0.6)}),
        Interval(0.5, 0.8, 1.2),
        None,
    )
    return SavedLoops(
        About("loops", "state", "headwater loops work --claims", 3, PRIOR),
        LoopFindings(
            (
                NamedLoopFindings(
                    "Followers",
                    ("migrants", "departures"),
                    "They <draw> others.",
                    "migrants -> departures at 2010",
                    acting,
                    (trial,),
                ),
                NamedLoopFindings("Silence", ("returns",), "", "", silent, ()),
            ),
            "no_change",
            300,
            3,
        ),
    )


def period(model: float, last: float, trend: float) -> Period:
    """Errors of the three forecasts; those that grow with the percentage grow in size too."""
    return Period(
        Errors(9, 10 * model, model),
        Errors(9, 10 * last, last),
        Errors(9, 10 * trend, trend),
        Theil(0.5, 0.25, 0.25),
    )


def made_hindcast() -> SavedHindcast:
    """A series in which the model wins, and one in which it loses to the last value."""
    rows = (
        Row("migrants", "person", period(0.01, 0.02, 0.03), period(0.02, 0.1, 0.2), 0.9),
        Row(
            "departures",
            "person/year",
            period(0.01, 0.02, 0.03),
            period(0.3, 0.1, 0.4),
            0.5,
            period(0.5, 0.1, 0.4),
        ),
    )
    times = tuple(float(t) for t in range(2001, 2011))
    level = tuple(100.0 + t for t in range(10))
    series = tuple(
        SeriesFound(
            r.label, times, level, tuple(x - 5 for x in level), level, tuple(x + 5 for x in level)
        )
        for r in rows
    )
    return SavedHindcast(
        About("hindcast", "state", "headwater hindcast work", 5, "posterior"),
        HindcastFound(
            variant="wages",
            start=2001.0,
            split=2006.0,
            stop=2010.0,
            constants=("stay", "pull"),
            draws=800,
            agree=False,
            rows=rows,
            series=series,
            told_data=("observed_wages",),
            told_tables=("welcome",),
            left_out=("returns",),
        ),
    )


def made_mixes() -> SavedMixes:
    """Two mixes and two policies."""
    found = (
        MixFound("", {"removal": 1.0}, (1.0, 1.0), 0.0),
        MixFound("", {"removal": 6.0}, (0.8, 0.7), 0.5),
    )
    policies = (
        MixFound("no_change", {}, (1.0, 1.0), 0.0),
        MixFound("crackdown", {}, (0.9, 1.1), 0.4),
    )
    return SavedMixes(
        About("mixes", "state", "headwater mix work", 4, PRIOR),
        MixesFound(
            outcome="migrants",
            label="Migrants abroad",
            lower_is_better=True,
            times=(2015.0, 2020.0),
            start=2010.0,
            found=found,
            policies=policies,
            searched=400,
            scenarios=60,
            runs=500,
            judged_seed=5,
        ),
    )


def made_flips() -> SavedFlips:
    """A flip of the central case, and none of the shares."""
    move = Move("stay", "year", 0.2, 2.5, 2.0)
    before = Trial(Verdict.DEPENDS, share(0.4), {"wages": share(0.4)})
    return SavedFlips(
        About("flips", "state", "headwater discover work leaving", 2, PRIOR),
        (
            FlipsFound(
                "leaving",
                (
                    CentralFlip("wages", True, (move,), 0.84, 900),
                    CentralFlip("networks", None, (), float("nan"), 900),
                ),
                (ShareFlip("most", (), float("nan"), before, None, False, 9, 300),),
                300,
            ),
        ),
    )


def made_included() -> Included:
    """All of it."""
    return Included((made_loops(),), (made_hindcast(),), (made_flips(),), (made_mixes(),))
