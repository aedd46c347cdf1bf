"""Policies compared draw by draw, where every figure follows from one uniform number."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from headwater.argument.policies.comparing import (
    CompareOptions,
    Comparison,
    Score,
    Threshold,
    compare_policies,
)
from headwater.argument.policies.settings import asked_of, delays, only_policy
from headwater.errors import UsageError
from headwater.formats.registry import read_model
from headwater.language.parser import parse_text
from headwater.language.printer import print_expression
from headwater.model.case import Case

# The gate costs 10 whatever comes; without it a flood costs 40 times how wet it is, 0 to 1.
CASE = """---
title: A dyke
time: 2000 to 2020 year, step 1
baseline: as_now
---

```headwater
constant wet : 1 = 0.5  uncertain uniform(0, 1)  assume "nobody knows"
lever gate : 1 = 0  range 0 to 2
constant price : euro = 10  assume "made up"
constant harm : euro = 40  assume "made up"
aux cost : euro = IF gate > 0 THEN price * gate ELSE harm * wet * slope
aux slope : 1 = 1

variant flat "As it is"
  aux slope : 1 = 1
variant steep "Twice as bad"
  aux slope : 1 = 2

policy as_now "As now"
policy gated "A gate"
  gate = STEP(1, 2005)
policy gated_late "A gate, later"
  gate = STEP(1, 2010)
policy wide "A wide gate"
  gate = STEP(2, 2005)
policy trial "A trial"
  probe
  gate = STEP(1, 2001)

outcome cost "Cost of a flood"

expect cheap "Cheaper than now by a half"
  claim cheap
  that at(cost, 2020, gated) <= 0.5 * at(cost, 2020)
expect twice "Two policies"
  claim cheap
  that at(cost, 2020, gated) <= at(cost, 2020, wide)
```
"""

CLAIMS = """source: made-up
claims:
  - id: cheap
    text: A gate is cheap.
    kind: policy
    state: tested
    target: {selector: [{type: FragmentSelector, value: "page 1", known: seen}]}
"""


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    root: Path = tmp_path_factory.mktemp("dyke")
    (root / "case.md").write_text(CASE, encoding="utf-8")
    (root / "claims.yaml").write_text(CLAIMS, encoding="utf-8")
    (root / "sources.yaml").write_text("- {id: made-up, type: book, title: Made up}\n")
    found = read_model(root)
    assert isinstance(found, Case)
    return found


@pytest.fixture(scope="module")
def comparison(case: Case) -> Comparison:
    options = CompareOptions(
        lower_is_better=True,
        times=(2007, 2020),
        threshold=Threshold(0.5, at_most=True, relative=True),
        expectations=("cheap",),
        costs={"gate": 1.0},
        runs=1000,
        progress=False,
    )
    return compare_policies(case, options)


def score(found: Comparison, policy: str, structure: str = "", time: float = 2020) -> Score:
    (outcome,) = found.outcomes
    wanted = (policy, structure, time)
    return next(s for s in outcome.scores if (s.policy, s.structure, s.time) == wanted)


def test_probes_are_no_policies(comparison: Comparison) -> None:
    assert comparison.policies == ("as_now", "gated", "gated_late", "wide")
    assert comparison.baseline == "as_now"


def test_regret_follows_from_the_draw(comparison: Comparison) -> None:
    """A Latin hypercube of 1,000 runs has one draw in each thousandth of the range."""
    now = score(comparison, "as_now", "flat").robustness
    assert now.median == pytest.approx(20, abs=0.05)
    assert now.regret_max == pytest.approx(30, abs=0.05)  # 40, against 10 through the gate
    assert now.regret_p90 == pytest.approx(26, abs=0.1)  # 36 in the wettest tenth
    assert now.best == pytest.approx(0.25, abs=0.002)
    assert score(comparison, "as_now", "steep").robustness.regret_max == pytest.approx(70, abs=0.1)
    assert score(comparison, "as_now").robustness.regret_max == pytest.approx(70, abs=0.1)
    assert score(comparison, "gated").robustness.regret_max == pytest.approx(10, abs=0.1)
    assert score(comparison, "wide").robustness.regret_max == pytest.approx(20, abs=0.1)
    assert score(comparison, "wide").robustness.best == 0
    assert now.cases == 1000
    assert score(comparison, "as_now").robustness.cases == 2000


def test_the_share_that_is_good_enough(comparison: Comparison) -> None:
    """Ten is at most half of what there is now where that is twenty or more."""
    assert score(comparison, "gated", "flat").robustness.good == pytest.approx(0.5, abs=0.002)
    assert score(comparison, "gated", "steep").robustness.good == pytest.approx(0.75, abs=0.002)
    assert score(comparison, "gated").robustness.good == pytest.approx(0.625, abs=0.002)
    assert score(comparison, "as_now").robustness.good == 0


def test_an_expectation_is_asked_of_every_policy(comparison: Comparison) -> None:
    (asked,) = comparison.asked
    assert asked.shares["gated", ""] == score(comparison, "gated").robustness.good
    assert asked.shares["wide", "flat"] == pytest.approx(0, abs=0.002)  # 20 of 40 at most
    assert asked.shares["wide", "steep"] == pytest.approx(0.5, abs=0.002)


def test_the_same_policy_later(comparison: Comparison) -> None:
    (outcome,) = comparison.outcomes
    assert {(d.delay.early, d.delay.late, d.delay.later) for d in outcome.delays} == {
        ("gated", "gated_late", 5.0)
    }
    soon, late = (d for d in outcome.delays if not d.structure)
    assert soon.worse == pytest.approx(0.8125, abs=0.002)  # where the flood costs more than 10
    assert soon.ratio is not None
    flat = next(d for d in outcome.delays if d.structure == "flat")
    assert flat.ratio is not None
    assert flat.ratio.median == pytest.approx(2, abs=0.01)
    assert (late.worse, late.ratio and late.ratio.high) == (0, 1)


def test_efforts_are_shares_of_the_lever_s_range_over_time(comparison: Comparison) -> None:
    """Sixteen years from 2005 on, in which the first policy does something."""
    assert comparison.efforts == pytest.approx(
        {"as_now": 0, "gated": 0.5, "wide": 1.0, "gated_late": 0.5 * 11 / 16}
    )


def test_more_may_be_better(case: Case) -> None:
    options = CompareOptions(lower_is_better=False, runs=100, progress=False)
    found = compare_policies(case, options)
    assert score(found, "as_now").robustness.best > score(found, "gated").robustness.best
    assert found.times == (2020,)
    assert found.efforts == {}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (CompareOptions(lower_is_better=True, outcomes=("cots",)), "did you mean `cost`"),
        (CompareOptions(lower_is_better=True, outcomes=("cost + 1",)), "not a variable"),
        (CompareOptions(lower_is_better=True, times=(1999,)), "outside the run"),
        (CompareOptions(lower_is_better=True, expectations=("cheep",)), "did you mean `cheap`"),
        (CompareOptions(lower_is_better=True, expectations=("twice",)), "names 2 policies"),
        (CompareOptions(lower_is_better=True, costs={"gat": 1}), "did you mean `gate`"),
    ],
)
def test_what_cannot_be_compared_is_said(case: Case, options: CompareOptions, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        compare_policies(case, options)


def test_a_condition_is_asked_of_another_policy() -> None:
    text = "at(x, 1, a) < 2 * mean(x, 0, 1, a) + min(x, 0, 1) and max(3, at(x, 1)) > 0"
    changed = print_expression(asked_of(parse_text(text), "a", "b"))
    assert changed == print_expression(parse_text(text.replace(", a)", ", b)")))


def test_a_condition_on_no_policy_cannot_be_asked_of_each(case: Case) -> None:
    from dataclasses import replace

    plain = replace(case.expectations[0], condition=parse_text("at(cost, 2020) > 0"))
    with pytest.raises(UsageError, match="names no policy"):
        only_policy(plain)


def test_delays_need_the_same_measures(case: Case) -> None:
    assert [(d.early, d.late) for d in delays(case)] == [("gated", "gated_late")]


def test_a_threshold_of_its_own() -> None:
    found = Threshold(3, at_most=False).met(np.array([[2.0, 3.0, np.nan]]), np.zeros((1, 3)))
    assert found[0, :2].tolist() == [0, 1]
    assert np.isnan(found[0, 2])
