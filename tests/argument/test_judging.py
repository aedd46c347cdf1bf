"""What a test tells beside its verdicts, where every number follows from one uniform draw."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from headwater.analysis.regional import Inputs
from headwater.argument.influences import influences
from headwater.argument.policies.comparing import CompareOptions, compare_policies
from headwater.argument.policies.efforts import efforts
from headwater.argument.results import TestResult
from headwater.argument.testing import Options, test_case
from headwater.errors import CaseError
from headwater.formats.registry import read_model
from headwater.model.case import Case, Enough
from lake_case import CASE, write_lake

RUNS = 400


def lake(folder: Path, text: str = CASE) -> Case:
    """The lake that drains at a rate between 0 and 0.2 a year, times a weight."""
    write_lake(folder)
    (folder / "case.md").write_text(text, encoding="utf-8")
    found = read_model(folder)
    assert isinstance(found, Case)
    return found


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> TestResult:
    """A test of the lake in which more water is better, and half of the first is enough."""
    text = CASE.replace(
        'outcome lake "Water in the lake"',
        'outcome lake "Water in the lake"\n  better higher\n  good at least 50',
    )
    case = lake(tmp_path_factory.mktemp("lake"), text)
    return test_case(case, Options(runs=RUNS, progress=False))


def test_the_rate_drives_the_lake_and_the_weight_does_not(result: TestResult) -> None:
    assert result.judged is not None
    (found,) = result.judged.influences
    assert found.outcome.label == "Water in the lake"
    assert found.times[-1] == 2010
    (rate,) = found.inputs  # in neither variant does `weight` count, and `unused` is unused
    assert rate.input == "rate"
    assert rate.directions[-1] == -1
    # By structure: under "shut" 100 litres stay, under "slow" 100 (1 - r / 4)^40.
    rates = (np.arange(100_000) + 0.5) / 100_000 * 0.2
    left = 100 * (1 - rates / 4) ** 40
    between = (100 - left.mean()) ** 2 / 4
    whole = left.var() / 2 + between
    assert found.structures[-1] == pytest.approx(between / whole, abs=0.02)
    # Given the rate, the mean of both structures varies by a quarter of what "slow" does.
    assert rate.shares[-1] == pytest.approx(left.var() / 4 / whole, abs=0.02)
    assert found.rest[-1] == pytest.approx(left.var() / 4 / whole, abs=0.04)


def test_policies_are_judged_on_the_test_s_own_draws(result: TestResult) -> None:
    assert result.judged is not None
    (found,) = result.judged.compared
    assert not found.lower_is_better
    scores = {s.policy: s.robustness for s in found.scores if s.time == 2010 and not s.structure}
    assert scores["dammed"].regret_max == 0 and scores["dammed"].good == 1
    # Without a dam less than 50 litres are left above a rate of 0.0687 a year, in one structure.
    share = (1 - 0.5 ** (1 / 40)) * 4 / 0.2
    assert scores["no_change"].good == pytest.approx((1 + share) / 2, abs=0.01)
    alone = compare_policies(
        result.case,
        CompareOptions(times=(2010,), lower_is_better=False, runs=RUNS, progress=False),
    )
    own = {s.policy: s for s in alone.outcomes[0].scores if not s.structure}
    assert own["no_change"].robustness.regret_p90 == scores["no_change"].regret_p90


def test_differences_are_taken_case_by_case(result: TestResult) -> None:
    assert result.judged is not None
    (fan,) = result.judged.differences
    assert fan.policy == "dammed"
    assert fan.quantiles[:, 0] == pytest.approx(0)
    assert (fan.quantiles[0] >= 0).all()  # the dam never leaves less water
    most = 100 - 100 * (1 - 0.2 / 4) ** 40
    assert 0.85 * most < fan.quantiles[4, -1] < most


def test_the_model_is_checked(result: TestResult) -> None:
    assert result.checked is not None
    assert {f.subject for f in result.checked.findings} >= {"step and method"}


def test_efforts_are_those_of_the_comparison_with_equal_prices(result: TestResult) -> None:
    found = {e.policy: e for e in efforts(result.case)}
    alone = compare_policies(
        result.case, CompareOptions(costs={"dam": 1.0}, runs=5, progress=False)
    )
    assert {k: e.total for k, e in found.items()} == pytest.approx(dict(alone.efforts))
    assert found["dammed"].levers[0].lever == "dam"


def test_without_a_better_direction_nothing_is_regretted(tmp_path: Path) -> None:
    found = test_case(lake(tmp_path), Options(runs=20, progress=False, checks=False))
    assert found.judged is not None and found.checked is None
    assert found.judged.compared == () and found.judged.differences == ()


def test_levers_that_cannot_be_measured_are_named(tmp_path: Path) -> None:
    text = CASE.replace("lever dam : 1 = 1  range 0 to 1", "lever dam : 1 = 1")
    assert efforts(lake(tmp_path, text)) == ()


def test_an_outcome_that_one_variant_lacks_is_named_with_it(tmp_path: Path) -> None:
    text = CASE.replace('variant slow "Slow"', 'variant slow "Slow"\n  aux only : 1 = weight')
    case = lake(tmp_path, text.replace("outcome lake", 'outcome only "Only"\noutcome lake'))
    with pytest.raises(CaseError, match="variant `shut` has no variable `only`") as caught:
        test_case(case, Options(runs=5, progress=False))
    assert "`slow`" in str(caught.value) and "case.md" in str(caught.value)


def test_an_outcome_that_stands_still_is_driven_by_nothing(result: TestResult) -> None:
    inputs = Inputs(["a"], np.linspace(0, 1, 200)[None])
    (found,) = influences(result.case.outcomes, np.ones((1, 1, 200, 2)), (0.0, 1.0), inputs)
    assert found.inputs == () and found.rest == (0.0, 0.0)
    assert (
        influences(
            result.case.outcomes, np.ones((1, 1, 200, 2)), (0, 1), Inputs([], inputs.values[:0])
        )
        == ()
    )


def test_what_is_good_enough_tells_the_direction(tmp_path: Path) -> None:
    text = CASE.replace('"Water in the lake"', '"Water in the lake"\n  good at most 80%')
    (outcome,) = lake(tmp_path, text).outcomes
    assert outcome.better == "lower"
    assert outcome.good == Enough(0.8, at_most=True, relative=True)
    assert replace(outcome, better="higher").good is outcome.good
