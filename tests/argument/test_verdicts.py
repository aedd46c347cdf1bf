"""Shares, intervals and the rule of verdicts."""

from __future__ import annotations

import numpy as np
import pytest

from headwater.argument.verdicts import Verdict, classify, combine, interval, share


def shares(*values: float, cases: int = 1000) -> dict[str, object]:
    built = {}
    for number, value in enumerate(values):
        truth = np.zeros(cases)
        truth[: round(value * cases)] = 1
        built[f"v{number}"] = share(truth)
    return built


def test_wilson_interval_matches_published_values() -> None:
    # Newcombe 1998, Statistics in Medicine 17, table I: 81 of 263, method 3.
    found = share(np.r_[np.ones(81), np.zeros(182)])
    assert (round(found.low, 4), round(found.high, 4)) == (0.2553, 0.3662)
    # The same table: 15 of 148, and 0 of 20.
    found = share(np.r_[np.ones(15), np.zeros(133)])
    assert (round(found.low, 4), round(found.high, 4)) == (0.0624, 0.1605)
    found = share(np.zeros(20))
    assert (round(found.low, 4), round(found.high, 4)) == (0.0, 0.1611)


def test_undefined_cases_are_counted_apart() -> None:
    found = share(np.array([1.0, 0.0, np.nan, 1.0]))
    assert found.value == pytest.approx(2 / 3)
    assert (found.cases, found.undefined) == (3, 1)


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ((0.95, 0.92, 0.90), Verdict.HOLDS),
        ((0.99, 0.99, 0.89), Verdict.DEPENDS),
        ((0.05, 0.10, 0.0), Verdict.FAILS),
        ((0.05, 0.11, 0.0), Verdict.DEPENDS),
        ((1.0, 0.0), Verdict.DEPENDS),
        ((0.5,), Verdict.DEPENDS),
    ],
)
def test_every_variant_must_agree(values: tuple[float, ...], verdict: Verdict) -> None:
    assert classify(shares(*values)) == verdict  # type: ignore[arg-type]


def test_nothing_defined_is_not_tested() -> None:
    assert classify({"v": share(np.array([np.nan]))}) == Verdict.NOT_TESTED
    assert classify({}) == Verdict.NOT_TESTED


def test_a_claim_takes_the_common_verdict_of_its_expectations() -> None:
    assert combine([Verdict.HOLDS, Verdict.HOLDS]) == Verdict.HOLDS
    assert combine([Verdict.HOLDS, Verdict.FAILS]) == Verdict.DEPENDS
    assert combine([]) == Verdict.NOT_TESTED


def test_conditions_by_construction_do_not_speak_for_a_claim() -> None:
    built_in = Verdict.BY_CONSTRUCTION
    assert combine([built_in, Verdict.FAILS, built_in]) == Verdict.FAILS
    assert combine([built_in, Verdict.HOLDS, Verdict.FAILS]) == Verdict.DEPENDS
    assert combine([built_in, built_in]) == built_in


def test_interval_leaves_out_what_is_not_finite() -> None:
    found = interval(np.r_[np.arange(101.0), np.inf, np.nan])
    assert found is not None
    assert (found.low, found.median, found.high) == (5, 50, 95)
    assert interval(np.array([np.nan])) is None
