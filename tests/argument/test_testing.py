"""A whole test of a small case whose verdicts follow from closed forms."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from headwater.argument.results import TestResult
from headwater.argument.testing import Options, test_case
from headwater.argument.verdicts import Verdict
from headwater.errors import CaseError
from headwater.formats.registry import read_model
from headwater.model.case import Case

RUNS, STEP, YEARS = 1000, 0.25, 10.0
STEPS = int(YEARS / STEP)

CASE = """---
title: A lake that drains
time: 2000 to 2010 year, step 1/4, save 1
baseline: no_change
---
# Lake

```headwater
stock lake : litre = 100
  - drained
flow drained : litre/year = lake * rate * effect
constant rate : 1/year = 0.1  uncertain uniform(0, 0.2)  because report
constant weight : 1 = 1  uncertain uniform(0.5, 1.5)  because dry-years
constant unused : 1 = 1  uncertain uniform(0, 1)  assume "no equation needs it"
lever dam : 1 = 1  range 0 to 1
aux effect : 1 = weight * dam
aux idle : 1 = unused
data gauge : litre = data/gauge.csv, column litre, time year

variant slow "Slow"
  aux effect : 1 = 1 * dam * weight ^ 0
variant shut "Nothing drains"
  aux effect : 1 = 0 * weight * dam

policy no_change "No change"
policy dammed "A dam"
  dam = 0

outcome lake "Water in the lake"
compare lake with gauge from 2000 to 2002 used

expect half-gone "Half is gone by 2010"
  claim dries-out
  that at(lake, 2010) < 50
  link rate cut 0 freed -0.2 to 0.2

expect dam-keeps "The dam keeps all the water"
  claim dam-helps
  that at(lake, 2010, dammed) >= at(lake, 2010)
  effect at(lake, 2010) - at(lake, 2010, dammed) "litres lost"
  link rate cut 0 freed -0.2 to 0.2

expect never-empty "The lake is never empty"
  claim never-dry
  that min(lake, 2000, 2010) > 0
  link rate cut 0 freed -0.2 to 0.2
```
"""

TEXT = "The lake dries out. A dam helps. It is never dry. Dry years count. It held 100 litres."


def ledger() -> str:
    rows = [
        ("dries-out", "The lake dries out.", "tested", ""),
        ("dam-helps", "A dam helps.", "tested", ""),
        ("never-dry", "It is never dry.", "tested", ""),
        ("dry-years", "Dry years count.", "assumed", "reason: a weight"),
        (
            "held",
            "It held 100 litres.",
            "data-checked",
            "evidence: [{claimed: 100, compute: 'at(gauge, 2000)', source: report}]\n"
            "    model: [{claimed: 100, compute: 'at(lake, 2000)'}]",
        ),
    ]
    lines = ["source: report", "claims:"]
    for name, span, state, more in rows:
        start = TEXT.index(span)
        digest = hashlib.sha256(span.encode()).hexdigest()
        lines += [
            f"  - id: {name}",
            f"    text: In our words, {name}",
            "    kind: cause",
            f"    state: {state}",
            "    target: {selector: [",
            f"      {{type: TextPositionSelector, start: {start}, end: {start + len(span)}}},",
            f"      {{type: TextDigestSelector, value: {digest}}}]}}",
        ]
        if more:
            lines.append(f"    {more}")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("lake")
    (root / "data").mkdir()
    (root / "case.md").write_text(CASE, encoding="utf-8")
    (root / "claims.yaml").write_text(ledger(), encoding="utf-8")
    (root / "sources.yaml").write_text("- {id: report, type: report, title: Lakes}\n")
    (root / "data" / "gauge.csv").write_text("year,litre\n2000,80\n2002,100\n")
    return root


@pytest.fixture(scope="module")
def case(folder: Path) -> Case:
    found = read_model(folder)
    assert isinstance(found, Case)
    return found


@pytest.fixture(scope="module")
def result(case: Case) -> TestResult:
    return test_case(case, Options(runs=RUNS, seed=5, progress=False))


def expectation(result: TestResult, name: str):
    return next(e for e in result.expectations if e.expectation.name == name)


def test_shares_follow_from_the_distribution(result: TestResult) -> None:
    """Euler: lake = 100 (1 - rate dt)^steps, so half is gone above one threshold of the rate."""
    threshold = (1 - 0.5 ** (1 / STEPS)) / STEP
    found = expectation(result, "half-gone")
    # One uniform factor in a Latin hypercube: the share is exact to one run.
    assert found.trial.by_variant["slow"].value == pytest.approx(
        1 - threshold / 0.2, abs=1.5 / RUNS
    )
    assert found.trial.by_variant["shut"].value == 0
    assert found.verdict is Verdict.DEPENDS


def test_the_driver_is_the_rate(result: TestResult) -> None:
    found = expectation(result, "half-gone")
    assert found.drivers[0].name == "rate"
    assert found.drivers[0].direction == 1
    assert "unused" not in {d.name for d in found.drivers}


def test_effect_has_the_quantiles_of_the_closed_form(result: TestResult) -> None:
    found = expectation(result, "dam-keeps").effect_by_variant["slow"]
    assert found is not None

    def lost(rate: float) -> float:
        return 100 * (1 - rate * STEP) ** STEPS - 100

    # More drained means a more negative effect, so the quantiles of the rate turn round. A slice
    # of the hypercube is 0.0002 wide in the rate, and the loss changes by at most 1000 per unit.
    assert found.median == pytest.approx(lost(0.1), abs=0.25)
    assert found.low == pytest.approx(lost(0.19), abs=0.25)
    assert found.high == pytest.approx(lost(0.01), abs=0.25)


def test_what_holds_whatever_the_link_does_is_by_construction(result: TestResult) -> None:
    assert expectation(result, "never-empty").verdict is Verdict.BY_CONSTRUCTION
    dam = expectation(result, "dam-keeps")
    assert dam.trial.overall.value == 1
    assert dam.construction is not None
    # With the sign freed, half of the draws of the draining variant fill the lake.
    assert dam.construction.freed.by_variant["slow"].value == pytest.approx(0.5, abs=0.002)
    assert dam.verdict is Verdict.HOLDS


def test_evidence_and_model_stand_apart(result: TestResult) -> None:
    claim = next(c for c in result.claims if c.claim.id == "held")
    assert claim.verdict is Verdict.NOT_TESTED
    assert (claim.evidence[0].found, claim.evidence[0].difference) == (80, pytest.approx(0.25))
    assert claim.model[0].found is not None
    assert claim.model[0].found.median == 100


def test_history_states_its_error(result: TestResult) -> None:
    (history,) = result.histories
    # At the central rate 0.1 the first variant has 100 and 100 * 0.975^8 litres; data 80 and 100.
    assert history.points == 2
    assert history.error == pytest.approx((0.25 + abs(0.975**8 - 1)) / 2)


def test_links_and_places_are_kept(result: TestResult) -> None:
    claim = next(c for c in result.claims if c.claim.id == "dry-years")
    assert claim.rests_here == ("weight",)
    assert result.settings.baseline == "no_change"
    assert result.settings.inputs == ("rate", "weight", "unused")


def test_the_box_of_what_depends_is_the_threshold_of_the_rate(result: TestResult) -> None:
    """Half is gone above one rate, and only where the lake drains at all."""
    threshold = (1 - 0.5 ** (1 / STEPS)) / STEP
    found = expectation(result, "half-gone").conditions
    assert found is not None
    assert found.holds is not None
    assert found.holds.structures == ("slow",)
    (limit,) = found.holds.limits
    assert (limit.input, limit.unit, limit.high) == ("rate", "1/year", None)
    # Nine tenths dense at least: the limit lies between that far below the threshold and one slice
    # above it.
    assert limit.low is not None
    assert 0.2 - (0.2 - threshold) / 0.9 <= limit.low + 0.002 <= threshold + 0.01
    assert expectation(result, "dam-keeps").conditions is None


def test_fans_are_by_policy_and_variant(result: TestResult) -> None:
    fans = {(f.policy, f.variant): f for f in result.fans}
    assert set(fans) == {(p, v) for p in ("no_change", "dammed") for v in ("", "slow", "shut")}
    assert fans["dammed", "slow"].quantiles == pytest.approx(100)


def test_threads_do_not_change_a_number(case: Case) -> None:
    runs = [test_case(case, Options(runs=200, seed=2, threads=t, progress=False)) for t in (1, 2)]
    same = [replace(r, speed=runs[0].speed) for r in runs]
    assert repr(same[0].expectations) == repr(same[1].expectations)
    for a, b in zip(same[0].fans, same[1].fans, strict=True):
        assert a.quantiles.tobytes() == b.quantiles.tobytes()


def test_quotes_come_from_the_reader_s_own_copy(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_text(TEXT, encoding="utf-8")
    found = test_case(case, Options(runs=10, source=path, progress=False))
    assert {c.quote for c in found.claims} >= {"A dam helps.", "It is never dry."}
    path.write_text(TEXT.replace("dam", "dyke"), encoding="utf-8")
    with pytest.raises(CaseError, match="not in the source"):
        test_case(case, Options(runs=10, source=path, progress=False))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("claim dries-out", "claim dries-up", "not in the ledger"),
        ("at(lake, 2010) < 50", "at(lak, 2010) < 50", "no variable `lak`"),
        ("because dry-years", "because dry-year", "neither a claim nor a source"),
        ('assume "no equation needs it"', "", "neither a source nor an assumption"),
        ("link rate cut 0", "link lake cut 0", "is not a constant"),
    ],
)
def test_a_case_that_is_not_in_order_is_refused_before_any_run(
    folder: Path, tmp_path: Path, old: str, new: str, message: str
) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            target = tmp_path / path.relative_to(folder)
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(path.read_bytes())
    assert old in CASE
    (tmp_path / "case.md").write_text(CASE.replace(old, new, 1), encoding="utf-8")
    changed = read_model(tmp_path)
    assert isinstance(changed, Case)
    with pytest.raises(CaseError, match=message):
        test_case(changed, Options(runs=10, progress=False))
