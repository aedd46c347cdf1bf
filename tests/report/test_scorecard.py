"""The scorecard in terminals of several widths and kinds."""

import io

import pytest
from rich.console import Console

from headwater.argument.results import TestResult
from headwater.argument.verdicts import Verdict
from headwater.report.scorecard import print_scorecard


def scorecard(result: TestResult, width: int) -> str:
    """What a terminal of this width shows."""
    file = io.StringIO()
    print_scorecard(result, Console(file=file, width=width, force_terminal=False))
    return file.getvalue()


@pytest.mark.parametrize("width", [40, 63, 64, 80, 100, 117, 118, 140, 160])
def test_no_line_is_longer_than_the_terminal(result: TestResult, width: int) -> None:
    lines = scorecard(result, width).splitlines()
    assert max(map(len, lines)) <= width
    # A table cell that had no room would have been cut with an ellipsis.
    assert not [line for line in lines if "…" in line]


@pytest.mark.parametrize("width", [40, 80, 160])
def test_everything_is_said(result: TestResult, width: int) -> None:
    text = " ".join(scorecard(result, width).split())
    for claim in result.claims:
        if claim.expectations:
            assert claim.claim.text.split()[0] in text
    for verdict in (Verdict.HOLDS, Verdict.DEPENDS, Verdict.FAILS, Verdict.BY_CONSTRUCTION):
        assert verdict.value in text
    assert "68%" in text and "40%" in text and "95%" in text  # overall and by variant
    assert "wages" in text and "networks" in text
    assert "0.8 (0.5 to 1.25)" in text
    assert "not tested 3" in text
    assert "checked against data 1" in text
    assert "1,000 draws × 2 rival structures × (2 policies and 1 probe)" in text
    assert "12,000 simulations in 2.0 s, 6,000 per second" in text
    assert text.endswith("it says how much of the stated assumptions supports a claim.")
    assert "never the probability that something happens" in text


def test_what_it_hangs_on_or_that_it_was_built_in(result: TestResult) -> None:
    text = " ".join(scorecard(result, 200).split())
    assert "hangs on: more pull, less stay" in text
    assert "built in: the same with its own link cut" in text


def test_a_share_that_is_nearly_none_is_not_none(result: TestResult) -> None:
    assert "<1%" in scorecard(result, 160)


def test_markup_in_a_claim_is_shown_and_not_obeyed(result: TestResult) -> None:
    assert "Low wages <b>drive</b>" in scorecard(result, 160)


def test_a_terminal_without_unicode_gets_plain_characters(result: TestResult) -> None:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii", errors="strict")
    print_scorecard(result, Console(file=file, width=100))
    file.flush()
    text = raw.getvalue().decode("ascii")
    assert "~ depends" in text and "x fails" in text and "+ holds" in text


def test_colour_is_never_alone(result: TestResult) -> None:
    file = io.StringIO()
    print_scorecard(result, Console(file=file, width=120, force_terminal=True, color_system=None))
    assert "✗ fails" in file.getvalue()
