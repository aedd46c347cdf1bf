"""``headwater policies``: a table of policies, their delay, and files."""

from __future__ import annotations

from pathlib import Path

import pytest

from calling import call
from headwater.api import load
from headwater.cli.policies import prices, threshold
from headwater.errors import UsageError
from headwater.formats.literate.template import create_case


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("towns") / "town"
    create_case(folder)
    return folder


def test_policies_are_compared_and_written(town: Path, tmp_path: Path) -> None:
    table = tmp_path / "policies.csv"
    words = ["--outcome", "fill", "--times", "2030,2045", "--better", "higher", "--at-least", "0.2"]
    found = call("policies", town, *words, "--runs", 50, "-o", table)
    assert found.exit_code == 0, found.output
    assert "more is better" in found.output
    assert "Least regret in nine cases of ten, 2045" in found.output
    assert "seed 1, from the stated ranges (prior)" in found.output
    header, *rows = table.read_text(encoding="utf-8").splitlines()
    assert header.startswith("outcome,time,structure,policy,median,best,regret_median")
    assert {row.split(",")[1] for row in rows} == {"2030", "2045"}
    assert {"no_change", "save_water", "repair_pipes"} == {row.split(",")[3] for row in rows}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--cost", "repairs=1"], "no lever `repairs`"),
        (["--times", "1800"], "outside the run"),
        (["--outcome", "fil"], "did you mean `fill`"),
        (["--at-most", "some"], "`some` is no number"),
        (["--at-most", 1, "--at-least", 1], "exclude each other"),
        (["--outcome", "demand"], "nothing says whether less or more of `demand` is better"),
    ],
)
def test_what_does_not_fit_is_said(town: Path, words: list[object], message: str) -> None:
    found = call("policies", town, *words)
    assert found.exit_code == 2
    assert message in found.output


@pytest.mark.parametrize(
    ("words", "better"),
    [
        (["--outcome", "fill"], "more is better"),
        (["--outcome", "fill", "--better", "lower"], "less is better"),
        (["--outcome", "demand", "--at-most", "90%"], "less is better"),
    ],
)
def test_which_way_is_better_is_asked_of_the_case(
    town: Path, words: list[object], better: str
) -> None:
    assert better in call("policies", town, *words, "--runs", 5).output


def test_a_budget_without_prices_counts_every_lever_alike(town: Path) -> None:
    alike = call("policies", town, "--outcome", "fill", "--budget", 0.01, "--runs", 20)
    stated = call("policies", town, "--outcome", "fill", "--cost", "all=1", "--runs", 20)
    assert alike.exit_code == stated.exit_code == 0, alike.output
    assert ", over the budget" in alike.output
    efforts = stated.output.partition("Effort:")[2]
    assert efforts
    assert alike.output.replace(", over the budget", "").partition("Effort:")[2] == efforts
    case = load(town).case
    assert prices(case, ["all=2", "repair_rate=3"], None) == {"repair_rate": 3, "order_to_save": 2}
    assert prices(case, [], None) == {}


def test_thresholds() -> None:
    assert threshold(None, None) is None
    share = threshold("80%", None)
    assert share is not None
    assert (share.value, share.at_most, share.relative) == (0.8, True, True)
    plain = threshold(None, " 3.5 ")
    assert plain is not None
    assert (plain.value, plain.at_most, plain.relative) == (3.5, False, False)
    with pytest.raises(UsageError):
        threshold("x%", None)
