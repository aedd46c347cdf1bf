"""Flips in plain words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from headwater.argument.discovering import CentralFlip, Discovery, Move, ShareFlip
from headwater.argument.results import Trial
from headwater.argument.verdicts import Share, Verdict
from headwater.report.flips import flip_lines, leaf_lines, move


@pytest.mark.parametrize(
    ("moved", "text"),
    [
        (
            Move("stay[russia]", "year", 0.9, 2.0, 3.5),
            "stay (russia) from 2 years to 3.5 years (90% of its draws are lower)",
        ),
        (
            Move("pull", "1", 0.1, None, None),
            "pull from the middle of its range to where 10% of its draws are lower",
        ),
    ],
)
def test_a_move_is_said_in_its_unit(moved: Move, text: str) -> None:
    assert move(moved) == text


def trial(*values: float) -> Trial:
    shares = {str(k): Share(v, v, v, 100) for k, v in enumerate(values)}
    mean = sum(values) / len(values)
    return Trial(Verdict.DEPENDS, Share(mean, mean, mean, 100 * len(values)), shares)


def made(central: CentralFlip, *shares: ShareFlip) -> Discovery:
    conditions = dict.fromkeys(("condition", "trial", "conditions", "by_structure"))
    return Discovery(
        expectation=None,  # type: ignore[arg-type]
        **conditions,  # type: ignore[arg-type]
        leaves=(),
        central=(central,),
        shares=shares,
        runs=1000,
        seed=4,
        simulations=1,
    )


def test_what_was_found_is_said_with_its_effort() -> None:
    central = CentralFlip("one", True, (Move("pull", "1", 0.1, 2, 1),), 1.28, 1234)
    share = ShareFlip("few", central.moves, 1.2, trial(0.8), trial(0.4, 0.5), True, 12, 500)
    lines = list(flip_lines(made(central, share), str))
    assert lines[:2] == [
        "With every input in the middle of its range, it is met.",
        "  It turns with pull from 2 to 1 (10% of its draws are lower).",
    ]
    assert "found in 1,234 runs" in lines[2]
    assert "it would be met in less than half of the cases" in lines[3]
    assert "draws of seed 5: 45% (40% and 50% under the rival structures)" in lines[4]
    assert not any("just short" in line for line in lines)
    short = list(flip_lines(made(central, replace(share, turned=False)), str))
    assert "  On those draws it falls just short." in short


def test_nothing_found_is_said_with_its_effort() -> None:
    central = CentralFlip("one", False, (), float("nan"), 30_000)
    share = ShareFlip("holds", (), float("nan"), trial(0.8), None, False, 12, 500)
    lines = list(flip_lines(made(central, share), str))
    assert lines == [
        "With every input in the middle of its range, it is not met.",
        "  Nothing within the ranges was found to turn it, in 30,000 runs.",
        "No shift of the ranges was found with which the claim would hold, in 12 ensembles of "
        "500 draws.",
    ]
    rivals = list(flip_lines(made(central, replace(share, before=trial(0.8, 0.4))), str))
    assert "the claim would hold under every rival structure, in 12" in rivals[-1]
    unknown = list(flip_lines(made(replace(central, met=None)), str))
    assert unknown == ["With every input in the middle of its range, it cannot be computed."]


def test_a_tree_without_a_branch_holds_every_case() -> None:
    from headwater.analysis.trees import Leaf

    assert list(leaf_lines((Leaf((), (), 0.5, 1.0, 10),), str)) == [
        "  50% met, 100% of all cases: every case"
    ]
