"""The search for mixes, on a case whose best trade-offs are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from headwater.argument.policies.mixes import Mixes, MixOptions, not_dominated, search_mixes
from headwater.errors import UsageError
from headwater.formats.registry import read_model
from headwater.model.case import Case

pytest.importorskip("pymoo", reason="the search for mixes needs headwater[analysis]")

# What is left is 1 - 0.6 strong - 0.2 weak of the harm, whatever its size; the last lever does
# nothing. So the strong lever is used first, and the weak one once the strong is at its end.
CASE = """---
title: A dyke
time: 2000 to 2020 year, step 1
baseline: as_now
---

```headwater
constant size : euro = 100  uncertain uniform(50, 150)  assume "nobody knows"
lever strong : 1 = 0  range 0 to 1
lever weak : 1 = 0  range 0 to 1
lever idle : 1 = 0  range 0 to 10
aux harm : euro = size * (1 - 0.6 * strong - 0.2 * weak) + 0 * size * idle

policy as_now "As now"
policy some "Some of it all"
  strong = STEP(0.5, 2005)
  weak = STEP(0.5, 2005)
  idle = STEP(5, 2005)

outcome harm "Harm"
```
"""

CLAIMS = """source: made-up
claims:
  - id: harm
    text: There is harm.
    kind: fact
    state: out-of-scope
    reason: made up
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
def mixes(case: Case) -> Mixes:
    options = MixOptions(
        lower_is_better=True, scenarios=10, runs=50, generations=40, progress=False
    )
    return search_mixes(case, options)


def best(effort: float) -> float:
    """The least harm, over that of the baseline, for an effort."""
    return 1 - 0.6 * min(effort, 1) - 0.2 * max(effort - 1, 0)


def test_the_known_trade_off_is_found(mixes: Mixes) -> None:
    assert mixes.start == 2005
    assert mixes.levers == ("strong", "weak", "idle")
    efforts = np.array([m.effort for m in mixes.found])
    assert efforts.min() == 0
    assert efforts.max() > 1.8
    for mix in mixes.found:
        (ratio,) = mix.aims
        expected = 1 - 0.6 * mix.levels["strong"] - 0.2 * mix.levels["weak"]
        assert ratio == pytest.approx(expected)
        assert best(mix.effort) - 1e-9 <= ratio <= best(mix.effort) + 0.06


def test_policies_are_judged_alike(mixes: Mixes) -> None:
    now, some = mixes.policies
    assert (now.policy, now.effort, now.aims) == ("as_now", 0, (1.0,))
    assert some.effort == pytest.approx(1.5)
    assert some.aims == pytest.approx((0.6,))


def test_a_budget_and_prices_are_kept(case: Case) -> None:
    options = MixOptions(
        lower_is_better=True,
        scenarios=5,
        runs=20,
        generations=25,
        budget=0.8,
        prices={"strong": 2.0},
        levers=("strong", "weak"),
        progress=False,
    )
    found = search_mixes(case, options).found
    assert max(m.effort for m in found) <= 0.8 + 1e-9
    for mix in found:
        assert mix.effort == pytest.approx(2 * mix.levels["strong"] + mix.levels["weak"])


def test_what_cannot_be_mixed_is_said(case: Case) -> None:
    with pytest.raises(UsageError, match="did you mean `strong`"):
        search_mixes(case, MixOptions(lower_is_better=True, levers=("strog",)))
    with pytest.raises(UsageError, match="not among the levers"):
        search_mixes(case, MixOptions(lower_is_better=True, levers=("weak",), prices={"strong": 1}))


def test_what_is_dominated() -> None:
    costs = np.array([[0.0, 3.0], [1, 1], [2, 2], [3, 0], [1, 1], [0, 4]])
    assert not_dominated(costs) == [0, 1, 3, 4]


def test_a_picture_of_the_trade_off(mixes: Mixes) -> None:
    pytest.importorskip("vl_convert", reason="pictures need headwater[report]")
    from headwater.report.charts.tradeoff import tradeoff_svg

    drawn = tradeoff_svg(mixes, {"as_now": "As now", "some": "Some of it all"}.__getitem__)
    assert drawn.startswith("<svg")
    assert "Some of it all" in drawn
    assert "50 draws, seed 2" in drawn
