"""A whole test of a small case whose verdicts follow from closed forms."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import headwater
from headwater.argument.plan import prepare
from headwater.argument.provenance import file_hashes
from headwater.argument.results import TestResult
from headwater.argument.testing import Options, test_case
from headwater.argument.verdicts import Verdict
from headwater.errors import CaseError
from headwater.formats.registry import read_model
from headwater.model.case import Case
from lake_case import CASE, STEP, STEPS, TEXT, THRESHOLD, write_lake

RUNS = 1000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("lake")
    write_lake(root)
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
    found = expectation(result, "half-gone")
    # One uniform factor in a Latin hypercube: the share is exact to one run.
    assert found.trial.by_variant["slow"].value == pytest.approx(
        1 - THRESHOLD / 0.2, abs=1.5 / RUNS
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
    found = expectation(result, "half-gone").conditions
    assert found is not None
    assert found.holds is not None
    assert found.holds.structures == ("slow",)
    (limit,) = found.holds.limits
    assert (limit.input, limit.unit, limit.high) == ("rate", "1/year", None)
    # Nine tenths dense at least: the limit lies between that far below the threshold and one slice
    # above it.
    assert limit.low is not None
    assert 0.2 - (0.2 - THRESHOLD) / 0.9 <= limit.low + 0.002 <= THRESHOLD + 0.01
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


def test_a_document_that_the_case_ships_is_verified_by_itself(folder: Path, tmp_path: Path) -> None:
    copy(folder, tmp_path)
    record = "- {id: report, type: report, title: Lakes, file: report.txt}\n"
    (tmp_path / "sources.yaml").write_text(record)
    (tmp_path / "report.txt").write_text(TEXT, encoding="utf-8")
    case = read_model(tmp_path)
    assert isinstance(case, Case)
    assert prepare(case).quotes["dam-helps"] == "A dam helps."
    (tmp_path / "report.txt").write_text("Nothing of the kind.", encoding="utf-8")
    with pytest.raises(CaseError, match="not in the source"):
        prepare(case)
    (tmp_path / "sources.yaml").write_text(record.replace("report.txt", "../report.txt"))
    with pytest.raises(CaseError, match="leads out of"):
        prepare(case)


def test_results_in_the_case_s_folder_are_no_part_of_it(case: Case, folder: Path) -> None:
    before = file_hashes(case)
    assert set(before) == {"case.md", "claims.yaml", "sources.yaml", "data/gauge.csv"}
    (folder / "out").mkdir()
    (folder / "out" / "report.html").write_text("x")
    assert file_hashes(case) == before


def copy(folder: Path, target: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            copied = target / path.relative_to(folder)
            copied.parent.mkdir(exist_ok=True)
            copied.write_bytes(path.read_bytes())


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
    copy(folder, tmp_path)
    assert old in CASE
    (tmp_path / "case.md").write_text(CASE.replace(old, new, 1), encoding="utf-8")
    changed = read_model(tmp_path)
    assert isinstance(changed, Case)
    with pytest.raises(CaseError, match=message):
        test_case(changed, Options(runs=10, progress=False))


def test_a_loaded_case_is_tested_alike(folder: Path, result: TestResult) -> None:
    loaded = headwater.load(folder)
    assert isinstance(loaded, headwater.Case)
    source = folder / "report.txt"
    source.write_text(TEXT, encoding="utf-8")
    again = loaded.test(RUNS, seed=5, source=source, progress=False)
    assert [c.verdict for c in again.claims] == [c.verdict for c in result.claims]
    assert expectation(again, "half-gone").trial == expectation(result, "half-gone").trial
    assert loaded.test(RUNS, seed=6, progress=False).settings.seed == 6
