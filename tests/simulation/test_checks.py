"""Checks of models that are known to meet or to break them."""

from __future__ import annotations

import re
import warnings
from dataclasses import replace

import numpy as np
import pytest

from headwater.model.project import Project
from headwater.model.uncertainty import Range
from headwater.simulation.checks import Plan, check_model, lanes
from headwater.simulation.checks.conditions import prepare_checks
from headwater.simulation.checks.numerics import changes
from headwater.simulation.checks.stated import stated_findings
from headwater.simulation.run import Request, run_once
from small_models import ARRAYS, DECAY, case


def findings(statements: str, *, draws: int = 4, **how):
    model = case(statements, **how)
    report = check_model(model.project, model.case, Plan(draws=draws), progress=False)
    return [f for f in report.findings if f.severity != "note"]


def subjects(statements: str, **how) -> list[tuple[str, str]]:
    return [(f.severity, f.subject) for f in findings(statements, **how)]


SOUND = """
stock left : kg = start_amount
  - loss
flow loss : kg/year = left * rate
constant rate : 1/year = 0.3  range 0.1 to 0.5
  uncertain uniform(0.1, 0.5)
  assume "made up"
constant start_amount : kg = 80  range 0 to 100
  assume "made up"
"""


def test_a_sound_model_has_no_findings() -> None:
    assert findings(SOUND) == []


@pytest.mark.parametrize(
    "check",
    [
        'check "t" always left > 0 and loss = left * rate',
        'check "t" at 5 left < 80 * EXP(-0.5) * 1.001',
        'check "t" when left = 0 then loss = 0',
        'check "t" when rate = 0 then left = start_amount',
        'check "t" when loss = 2 then left = 80 - 2 * TIME\n  tolerance 1e-9',
        'check "t" when start_amount = 7 and rate = 0 then left = 7',
        'check "t" when loss = 0 * left then left = 80',
        'check "t" when left = 2 * start_amount then loss = 160 * rate',
        'check "t" at 0.0625 left <> start_amount',
    ],
)
def test_conditions_that_hold(check: str) -> None:
    assert findings(SOUND + check) == []


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ('check "t" always left > 79', "at time 1 with central values"),
        ('check "t" at 5 left > 79', "at time 5 with central values"),
        ('check "t" when left = 0 then loss = 1', "at time 0 with central values"),
        ('check "t" when rate = 0 then left = 79', "at time 0"),
        ('check "t" when left = 2 * start_amount then loss = 1', "with central values"),
        ('check "t" always left > 75', "at time 1"),
        ('check "t" always rate < 0.35', "in draw"),
    ],
)
def test_conditions_that_do_not_hold(check: str, said: str) -> None:
    (found,) = findings(SOUND + check)
    assert (found.severity, found.subject) == ("error", "checks")
    assert 'the check "t" does not hold' in found.message
    assert said in found.message
    assert found.place is not None
    assert found.place.text.startswith('check "t"')


def test_a_condition_that_fails_in_some_draws_says_in_how_many() -> None:
    (found,) = findings(SOUND + 'check "t" always rate < 0.3001', draws=16)
    # A hypercube of 16 draws over 0.1 to 0.5 has half of them above the middle; central is 0.3.
    assert "in 8 of 17 runs" in found.message
    assert "rate = " in found.hint


@pytest.mark.parametrize("size", [1, 5_000])
def test_runs_that_do_not_fit_together_are_taken_apart(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Down to one run at a time, with the same findings: the first that fails, and how many."""
    text = (
        SOUND
        + 'check "t" always rate < 0.3001\ncheck "u" always left > 75\n'
        + 'check "v" when rate = 0 then left = 79'
    )
    together = findings(text, draws=16)
    assert len(together) == 3
    monkeypatch.setattr(lanes, "LANE_BYTES", size)
    assert findings(text, draws=16) == together


def test_a_model_without_anything_uncertain_runs_once() -> None:
    """A draw would be the same run again; one that draws random numbers is another."""
    plain = "constant a : 1 = 2\naux b : 1 = a\n"
    for text, runs in ((plain, 1), (plain + "aux c : 1 = NORMAL(0, 1)\n", 5)):
        model = case(text)
        prepared = prepare_checks(model.project, ())
        found = lanes.outcomes(prepared, model.case, [lanes.Scenario()], Plan(draws=4))
        assert sum(outcome.values.shape[2] for outcome in found) == runs


def test_equality_has_the_stated_tolerance() -> None:
    nearly = 'check "t" always left = left * 1.001\n  tolerance {}'
    assert findings(SOUND + nearly.format("0.01")) == []
    assert subjects(SOUND + nearly.format("1e-6")) == [("error", "checks")]


def test_whole_arrays_and_elements_are_checked() -> None:
    assert findings(ARRAYS + 'check "t" when quota = 0 then coming = 0') != []
    arrays = ARRAYS.split("policy")[0]
    assert [f.subject for f in findings(arrays + 'check "t" when quota = 0 then coming = 0')] == [
        f.subject for f in findings(arrays)
    ]
    element = 'check "t" when men[russia] = 5 then men[russia] = 5 and men[turkey] = 10 + 2 * TIME'
    assert "checks" not in [f.subject for f in findings(arrays + element)]
    wrong = 'check "t" when men[russia] = 5 then men = 5'
    assert "checks" in [f.subject for f in findings(arrays + wrong)]


def test_conditions_are_checked_under_every_policy_and_variant() -> None:
    few = ARRAYS + 'check "t" always men[turkey] <= 30'
    found = [f for f in findings(few) if f.subject == "checks"]
    assert [(f.message.count("policy `open`"), f.variant) for f in found] == [(1, "plain")]
    only = 'check "t" always kept < 2.2 * total'
    (one,) = [f for f in findings(ARRAYS + only, draws=16) if f.subject == "checks"]
    assert one.variant == "doubled"


def test_an_override_wins_over_a_policy() -> None:
    shut = ARRAYS + 'check "t" when quota = 0 then total = 110'
    assert "checks" not in [f.subject for f in findings(shut)]


def test_an_unknown_name_in_a_check_is_reported_with_its_place() -> None:
    (found,) = findings(SOUND + 'check "t" when lfet = 0 then loss = 0')
    assert found.severity == "broken"
    assert "lfet" in found.message
    assert "left" in found.hint


def test_values_outside_their_ranges() -> None:
    assert subjects(SOUND + "aux big : kg = 3 * left  range 0 to 200") == [("error", "ranges")]
    (start,) = (v for v in case(SOUND).project.variables if v.key == "start_amount")
    narrow = replace(start, range=Range(0, 70))
    (stated,) = stated_findings(Project("p", (narrow,)), argued=False)
    assert "`start_amount` is 80, outside its range 0 to 70" in stated.message
    (rate,) = (v for v in case(SOUND).project.variables if v.key == "rate")
    (drawn,) = stated_findings(Project("p", (replace(rate, range=Range(0.2, 0.5)),)), argued=False)
    assert (drawn.severity, drawn.subject) == ("warning", "ranges")
    assert "draws of `rate` lie in 0.1 to 0.5" in drawn.message


def test_stocks_below_zero_are_warned_of() -> None:
    drained = SOUND.replace("left * rate", "12 * start_amount * rate / 10")
    assert subjects(drained) == [("warning", "stocks below zero")]
    head = "stock left : kg = start_amount"
    assert findings(drained.replace(head, f"{head}  range -999 to 99")) == []


def test_a_stock_that_starts_below_zero_may_be_there() -> None:
    """A sea level, from 240 mm under its reference."""
    level = "stock level : mm = -240 + rise\nflow rise : mm/year = 1"
    assert ("warning", "stocks below zero") not in subjects(level)


def test_values_that_are_not_finite() -> None:
    at_start = SOUND + "aux bad : 1 = left / (left - start_amount)"
    (found,) = findings(at_start)
    assert (found.severity, found.subject) == ("broken", "finite values")
    assert "`bad` is infinite at the start" in found.message
    in_draws = SOUND.replace("uniform(0.1, 0.5)", "discrete(0.1: 1, 0.5: 1)")
    (found,) = findings(in_draws + "aux bad : year = 1 / (rate - 0.1)")
    assert (found.severity, found.subject) == ("error", "finite values")
    assert "in draw" in found.message
    share = re.search(r"in (\d+) of (\d+) runs", found.message)
    assert share is not None
    assert 0 < int(share[1]) < int(share[2])


def test_contradicting_units_are_broken() -> None:
    assert ("broken", "units") in subjects(SOUND + "aux odd : kg = left + rate")


def test_a_coarse_step_is_warned_of() -> None:
    coarse = {"time": "0 to 10 year, step 1", "method": "euler"}
    found = findings(SOUND, **coarse)
    assert [f.subject for f in found] == ["step and method"] * 2
    # Euler's factor per year is 0.7, with half the step 0.85^2; the largest gap is at year 3.
    gap = max((0.85 ** (2 * t) - 0.7**t) for t in range(11))
    assert f"{100 * gap:.2g}%" in found[0].message
    assert {f.hint for f in found} == {"shorten the step, or choose a method of higher order"}


def test_what_is_infinite_in_both_runs_is_compared_where_it_is_not() -> None:
    text = "constant a = 3\naux far = IF TIME > 1 THEN INF ELSE a\n"
    model = case(text, time="0 to 4, step 1", method="euler")
    runs = [run_once(model._workshop, Request(params={"a": a})) for a in (3, 4)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = {c.name: c.share for c in changes(*runs)}
    assert found["far"] == pytest.approx(1 / 4)


def test_a_change_of_all_is_told_without_a_power_of_ten() -> None:
    text = "stock more = 1\n  + adds\nflow adds = more * 9\n"
    found = findings(text, time="0 to 30, step 1", method="euler")
    assert any("the largest change is 100%" in f.message for f in found)


def test_a_course_that_no_step_changes_is_told_in_words() -> None:
    """A stock with a constant flow is the same by any step and method."""
    found = case("stock s = 1\n  + f\nflow f = 2\n").check(progress=False).findings
    told = [f.message for f in found if f.subject == "step and method"]
    assert len(told) == 2
    assert all(m.endswith("nothing changes") and "largest" not in m for m in told)


def test_models_that_need_euler_are_not_told_to_choose_another_method() -> None:
    belt = "stock riding : kg = 8\n  + loss\n  - arrives\n  conveyor 2\nflow arrives : kg/year\n"
    found = findings(SOUND + belt, time="0 to 10 year, step 1", method="euler")
    assert {f.hint for f in found if f.subject == "step and method"} == {"shorten the step"}


def test_the_step_of_a_discrete_model_is_left_alone() -> None:
    yearly = case(SOUND, time="0 to 10 year, step 1", method="discrete")
    report = check_model(yearly.project, yearly.case, Plan(draws=4), progress=False)
    assert report.findings == ()
    left = yearly.run({"rate": 0.25}, ["left"])["left"].values
    np.testing.assert_allclose(left / left[0], 0.75 ** np.arange(11), rtol=1e-14)


def test_the_largest_change_is_found_where_it_is() -> None:
    model = case(SOUND, time="0 to 10 year, step 1", method="euler")
    plain = run_once(model._workshop, Request(outputs=["left"]))
    slower = run_once(model._workshop, Request(outputs=["left"], params={"rate": 0.2775}))
    (change,) = changes(plain, slower)
    gap = [abs(0.7225**t - 0.7**t) for t in range(11)]
    assert change.share == pytest.approx(max(gap), rel=1e-9)
    assert change.time == gap.index(max(gap))


def test_gaps_in_constants_are_warnings_or_in_an_argued_case_errors() -> None:
    bare = SOUND + "constant loose = 3\naux use : 1 = loose * 0"
    model = case(bare)
    plain = check_model(model.project, model.case, Plan(draws=0), progress=False)
    assert {f.severity for f in plain.findings if f.subject == "constants"} == {"warning"}
    argued = check_model(model.project, model.case, Plan(draws=0), argued=True, progress=False)
    messages = [f.message for f in argued.findings if f.subject == "constants"]
    assert messages == [
        "the constant `loose` has not a unit",
        "the constant `loose` has not a range",
    ]
    assert {f.severity for f in argued.findings if f.subject == "constants"} == {"error"}


def test_a_flow_out_of_two_stocks_is_warned_of() -> None:
    twice = SOUND + "stock other : kg = 500\n  - loss"
    (found,) = findings(twice)
    assert found.subject == "conservation"
    assert "`left` and `other`" in found.message


def test_decay_of_the_other_tests_is_sound() -> None:
    assert [f for f in findings(DECAY) if f.severity != "warning"] == []
