"""A small case, put to the test by hand: every number of its result is made up here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from headwater.analysis.regional import Driver
from headwater.argument.ledger.claims import Anchor, Claim, Kind, Ledger, Relation, State
from headwater.argument.ledger.evidence import Finding
from headwater.argument.ledger.sources import SourceRecord
from headwater.argument.results import (
    ClaimResult,
    Construction,
    ExpectationResult,
    Fan,
    History,
    ModelFinding,
    Settings,
    Speed,
    TestResult,
    Trial,
)
from headwater.argument.verdicts import Interval, Share, Verdict
from headwater.formats.literate.reader import read_case_text
from headwater.language.printer import print_expression
from headwater.model.case import Case, Expectation

CASE = """\
---
title: Work <abroad> & home
description: A case made up for tests, with *emphasis*.
time: 2000 to 2020 year, step 1/4, save 1
limits:
  - It is **made up**.
---
# Work abroad

People leave when wages are low [@bank2020; @paper]. See <script>alert("prose")</script>,
![a picture](https://example.org/picture.png) and [elsewhere](https://example.org/page).

## Leaving

Those who left follow `departures`, and a table:

| a | b |
|---|---|
| 1 | 2 |

```headwater
stock migrants : person = 100
  + departures
  - returns
  note "People abroad <now>."
flow departures : person/year = pull * young
  because leave
flow returns : person/year = migrants / stay
constant stay : year = 2.5  uncertain lognormal(2.5, 1.3)  because bank2020
constant pull : 1/year = 0.02  uncertain triangular(-0.01, 0.02, 0.05)  because leave
constant young : person = 1000  range 500 to 2000  assume "nobody <counted> them"
graph welcome : 1 of year = (2000, 0.2) (2010, 1)
  assume "a guess"
lever removal : 1 = 1  range 0 to 10
```

## Rivals and policies

```headwater
variant wages "Wages decide"
  aux mood : 1 = pull * stay
variant networks "Networks decide"
  aux mood : 1 = migrants / young

policy no_change "No change"
policy crackdown "Crackdown"
  removal = 1 + STEP(4, 2010)
  note "More removals."
  because leave
policy trial "A trial"
  probe
  removal = 0

expect leaving "People keep leaving"
  claim leave
  that at(migrants, 2015) >= 100
  effect at(migrants, 2015) / 100 "migrants over those of 2000"
  link pull cut 0 freed -0.05 to 0.05
  horizon short
  because "a number <below> it would be a change"
expect staying "They stay"
  claim stay
  that at(migrants, 2020, crackdown) >= at(migrants, 2020)
  horizon long
expect more "More go"
  claim more
  that at(departures, 2015) >= 1
expect again "More go again"
  claim more
  that at(departures, 2020) >= 1
expect built "Built in"
  claim built
  that at(migrants, 2020) >= 0
  link pull cut 0 freed -0.05 to 0.05

outcome migrants "Migrants abroad"
  better lower
  good at most 80%
outcome departures
```
"""

VARIANTS = ("wages", "networks")
TIMES = np.arange(2000.0, 2021.0)


def made_case(folder: Path | None = None) -> Case:
    """The case above, as read from its text."""
    return read_case_text(CASE, str(folder / "case.md") if folder else "case.md", folder)


def shares(*values: float) -> tuple[Share, dict[str, Share]]:
    """Shares in 1,000 cases by variant, and overall."""
    by_variant = {
        name: Share(v, max(0.0, v - 0.02), min(1.0, v + 0.02), 1000)
        for name, v in zip(VARIANTS, values, strict=True)
    }
    mean = sum(values) / len(values)
    return Share(mean, max(0.0, mean - 0.015), min(1.0, mean + 0.015), 2000, 3), by_variant


def made_trial(verdict: Verdict, *values: float) -> Trial:
    """A trial with these shares by variant."""
    return Trial(verdict, *shares(*values))


def found(
    expectation: Expectation,
    verdict: Verdict,
    trial: Trial,
    drivers: tuple[Driver, ...] = (),
    construction: Construction | None = None,
) -> ExpectationResult:
    """The result of one expectation, with an effect of 0.8 (0.5 to 1.25)."""
    return ExpectationResult(
        expectation=expectation,
        condition=print_expression(expectation.condition),
        effect_text="left / right",
        verdict=verdict,
        trial=trial,
        effect=Interval(0.5, 0.8, 1.25),
        effect_by_variant={"wages": Interval(0.6, 0.9, 1.3), "networks": None},
        drivers=drivers,
        construction=construction,
    )


def claim(identity: str, state: State, text: str, reason: str = "") -> Claim:
    """A claim of the made-up source."""
    anchor = Anchor(0, 10, "0" * 64)
    return Claim(identity, text, Kind.CAUSE, state, anchor, paragraph=3, reason=reason)


CLAIMS = (
    claim("leave", State.TESTED, "Low wages <b>drive</b> people abroad & away."),
    claim("stay", State.TESTED, "A crackdown makes them stay."),
    claim("more", State.TESTED, "More and more go."),
    claim("built", State.TESTED, "There are people abroad."),
    claim("count", State.DATA_CHECKED, "A quarter is abroad."),
    claim("guess", State.ASSUMED, "Networks matter.", "Built in with `pull`."),
    claim("aside", State.OUT_OF_SCOPE, "The weather is bad.", "No weather in the model."),
)


def made_expectations(case: Case) -> dict[str, ExpectationResult]:
    """One result for each verdict that runs can give."""
    by_name = {e.name: e for e in case.expectations}
    holds, fails = made_trial(Verdict.HOLDS, 0.98, 1.0), made_trial(Verdict.FAILS, 0.05, 0.001)
    depends = made_trial(Verdict.DEPENDS, 0.4, 0.953)
    drivers = (Driver("pull", 0.61, 1, "distance"), Driver("stay", 0.2, -1, "distance"))
    changes = Construction(("pull",), 1000, depends, fails, holds)
    never = Construction(("pull",), 1000, holds, holds, holds)
    return {
        "leaving": found(by_name["leaving"], Verdict.DEPENDS, depends, drivers, changes),
        "staying": found(by_name["staying"], Verdict.FAILS, fails),
        "more": found(by_name["more"], Verdict.HOLDS, holds),
        "again": found(by_name["again"], Verdict.FAILS, fails),
        "built": found(by_name["built"], Verdict.BY_CONSTRUCTION, holds, (), never),
    }


def made_claims(results: dict[str, ExpectationResult]) -> tuple[ClaimResult, ...]:
    """Every claim with what was found of it."""
    evidence = Finding(
        "count", 0.25, 0.33, 0.25 / 0.33 - 1, "share of men", "bank2020", "Old <data>.", ""
    )
    at_least = replace(evidence, relation=Relation.AT_LEAST, claimed=0.4, found=0.3)
    model = ModelFinding("count", 0.25, Interval(0.2, 0.27, 0.31), "share of men", "at(x, 1)", "")
    verdicts = {"leave": Verdict.DEPENDS, "stay": Verdict.FAILS, "more": Verdict.DEPENDS}
    verdicts["built"] = Verdict.BY_CONSTRUCTION
    return tuple(
        ClaimResult(
            claim=c,
            verdict=verdicts.get(c.id, Verdict.NOT_TESTED),
            expectations=tuple(r for r in results.values() if c.id in r.expectation.claims),
            evidence=(evidence, at_least) if c.id == "count" else (),
            model=(model,) if c.id == "count" else (),
            rests_here=("departures", "pull") if c.id == "leave" else (),
            quote="They left & never <i>returned</i>." if c.id == "leave" else "",
        )
        for c in CLAIMS
    )


def made_fans(case: Case) -> tuple[Fan, ...]:
    """Fans that part in 2010 under the crackdown."""
    fans = []
    for outcome in case.outcomes:
        for policy in ("no_change", "crackdown"):
            for number, variant in enumerate(("", *VARIANTS)):
                slope = 1.0 + 0.1 * number
                middle = 100 + slope * (TIMES - 2000)
                if policy == "crackdown":
                    middle = middle - 3 * np.maximum(0, TIMES - 2010)
                spread = np.array([-20.0, -10.0, 0.0, 10.0, 20.0])[:, None]
                label = outcome.label or print_expression(outcome.variable)
                fans.append(
                    Fan(
                        outcome,
                        label,
                        "person",
                        policy,
                        variant,
                        1000 if variant else 2000,
                        TIMES,
                        middle + spread,
                    )
                )
    return tuple(fans)


def made_result(folder: Path | None = None) -> TestResult:
    """A whole test of the made-up case, with what its draws tell beside the verdicts."""
    from report.made_findings import made_checked, made_judged

    bare = made_bare(folder)
    return replace(bare, judged=made_judged(bare), checked=made_checked())


def made_bare(folder: Path | None = None) -> TestResult:
    """The same without what is judged beside the verdicts."""
    case = made_case(folder)
    results = made_expectations(case)
    return TestResult(
        case=case,
        ledger=Ledger("paper", "0" * 64, 100, CLAIMS, "claims.yaml"),
        sources=(
            SourceRecord("bank2020", "dataset", "Wages <of> people", "A Bank", "2020"),
            SourceRecord(
                "paper",
                "article",
                "The paper",
                "Doe, Jane; Roe, Rick; Poe, Ann",
                "2021-03",
                url="https://example.org/paper?a=1&b=2",
            ),
            SourceRecord("odd", "article", "Odd", url="javascript:alert(1)"),
        ),
        settings=Settings(
            case="Work <abroad> & home",
            runs=1000,
            seed=7,
            design="latin",
            policies=("no_change", "crackdown", "trial"),
            variants=VARIANTS,
            baseline="no_change",
            start=2000.0,
            stop=2020.0,
            step=0.25,
            method="rk4",
            inputs=("stay", "pull"),
            simulations=12_000,
            command="headwater test work --runs 1000 --seed 7",
            hashes={"case.md": "a" * 64},
            versions={"headwater": "0.1.0", "numpy": "2.0"},
        ),
        claims=made_claims(results),
        expectations=tuple(results.values()),
        histories=made_histories(case),
        fans=made_fans(case),
        undefined_cases=3,
        speed=Speed(2.0, 12_000, 0.5),
    )


def made_histories(case: Case) -> tuple[History, ...]:
    """One series that set constants, and one that was held out."""
    from headwater.language.parser import parse_text
    from headwater.model.case import Comparison

    line = 100 + 2 * (TIMES - 2000)
    data_times = np.array([2002.0, 2005.0, 2010.0])
    made = []
    for used, note in ((True, "Counted twice."), (False, "")):
        comparison = Comparison(
            parse_text("migrants"), parse_text("departures"), 2002, 2010, used, note
        )
        made.append(
            History(
                comparison,
                "migrants",
                "observed_migrants",
                "person",
                TIMES,
                line,
                line - 10,
                line + 1,
                line + 10,
                data_times,
                np.array([101.0, 115.0, 119.0]),
                3,
                0.0423,
                0.0511,
            )
        )
    return tuple(made)
