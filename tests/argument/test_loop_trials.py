"""Claims with and without a loop: a lake whose draining slows as it empties, or does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from headwater.argument.ensembles import Ensembles
from headwater.argument.loop_trials import loop_trials
from headwater.argument.plan import prepare
from headwater.argument.trials import Trials
from headwater.errors import CaseError, UsageError
from headwater.formats.registry import read_model
from headwater.language.syntax import Name
from headwater.model.case import Case, LoopCut, NamedLoop
from lake_case import THRESHOLD, write_lake

RUNS = 400


@pytest.fixture
def lake(tmp_path: Path) -> Case:
    """The lake that drains at a share of what is in it."""
    write_lake(tmp_path)
    found = read_model(tmp_path)
    assert isinstance(found, Case)
    return found


def draining(at: float | None, *claims: str) -> NamedLoop:
    """The balancing loop of the lake, cut from a time on."""
    cut = LoopCut(Name("lake"), Name("drained"), at)
    return NamedLoop("Draining", (Name("lake"), Name("drained")), claims, cut)


def test_without_its_loop_the_lake_drains_in_a_straight_line(lake: Case) -> None:
    case = replace(lake, loops=(draining(None, "dries-out"),))
    (found,) = loop_trials(prepare(case), RUNS, 1, progress=False)
    assert (found.loop, found.expectation) == ("Draining", "half-gone")
    # Rates are uniform on 0 … 0.2. Cut, half of 100 litres is gone in ten years above 0.05 a year.
    assert found.whole.by_variant["slow"].value == pytest.approx(1 - THRESHOLD / 0.2, abs=0.01)
    assert found.cut.by_variant["slow"].value == pytest.approx(0.75, abs=0.01)
    assert found.cut.by_variant["shut"].value == 0


def test_a_loop_may_be_cut_in_the_middle(lake: Case) -> None:
    case = replace(lake, loops=(draining(2005.0, "dries-out"),))
    (found,) = loop_trials(prepare(case), RUNS, 1, progress=False)
    # Up to 2005 as ever: (1 - r / 4)^20; then as much every year as in 2005.
    low, high = 0.0, 0.2
    for _ in range(60):
        rate = (low + high) / 2
        left = (1 - rate / 4) ** 20 * (1 - 5 * rate)
        low, high = (rate, high) if left > 0.5 else (low, rate)
    assert found.cut.by_variant["slow"].value == pytest.approx(1 - low / 0.2, abs=0.01)
    whole = found.whole.by_variant["slow"].value
    assert whole < found.cut.by_variant["slow"].value < 0.75


def test_only_loops_with_claims_and_a_cut_are_judged(lake: Case) -> None:
    unnamed = replace(draining(None, "dries-out"), cut=None)
    case = replace(lake, loops=(draining(None), unnamed))
    assert loop_trials(prepare(case), 10, 1, progress=False) == ()


def test_a_switch_that_is_off_changes_nothing(lake: Case) -> None:
    plan = prepare(replace(lake, loops=(draining(2005.0, "dries-out"),)))
    (found,) = loop_trials(plan, 50, 3, progress=False)
    ensembles = Ensembles(prepare(lake), 3, lake.defaults.design, 1, progress=False)
    trials = Trials(lake.expectations, ensembles.variants, 50)
    for batch in ensembles.batches(50):
        trials.add(batch)
    assert found.whole == trials.result("half-gone")


def test_a_link_that_is_not_there(lake: Case) -> None:
    loop = replace(draining(None, "dries-out"), cut=LoopCut(Name("drained"), Name("effect")))
    case = replace(lake, loops=(loop,))
    with pytest.raises(UsageError, match="`effect` does not depend on `drained` directly"):
        loop_trials(prepare(case), 10, 1, progress=False)


def test_a_loop_names_claims_that_are_tested(lake: Case) -> None:
    case = replace(lake, loops=(draining(None, "dries-owt"),))
    with pytest.raises(CaseError, match="did you mean `dries-out`"):
        prepare(case)
