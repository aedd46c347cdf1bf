"""The ``error`` clause of a comparison."""

from pathlib import Path

import pytest

from headwater.errors import HeadwaterError
from headwater.formats.literate.layout.format import format_text
from headwater.formats.registry import read_model
from headwater.model.case import Case
from headwater.model.measurement import (
    LogNormalError,
    MeasurementError,
    NegativeBinomialError,
    NormalError,
    StudentError,
)

TEXT = """---
title: One series
time: 0 to 4 year, step 1
---

```headwater
data seen : 1 = seen.csv, column value, time year
stock level : 1 = 1
aux twice : 1 = 2 * level
compare level with seen{rest}
```
"""


def read(folder: Path, rest: str) -> Case:
    (folder / "seen.csv").write_text("year,value\n0,1\n1,2\n2,3\n")
    (folder / "case.md").write_text(TEXT.replace("{rest}", rest))
    case = read_model(folder)
    assert isinstance(case, Case)
    return case


@pytest.mark.parametrize(
    ("clause", "error"),
    [
        ("lognormal(0.05)", LogNormalError(0.05)),
        ("lognormal (1/20)", LogNormalError(0.05)),
        ("LogNormal", LogNormalError(None)),
        ("normal(2.5)", NormalError(2.5)),
        ("normal()", NormalError(None)),
        ("lognormal(0.05) ar1(0.6)", LogNormalError(0.05, 0.6)),
        ("normal(2) AR1 (3/4)", NormalError(2.0, 0.75)),
        ("lognormal ar1", LogNormalError(None, None)),
        ("normal(1) ar1()", NormalError(1.0, None)),
        ("student(3, 5)", StudentError(3.0, 5.0)),
        ("student(3)", StudentError(3.0, 4.0)),
        ("student", StudentError(None, 4.0)),
        ("negative_binomial(0.3)", NegativeBinomialError(0.3)),
        ("negative_binomial(0)", NegativeBinomialError(0.0)),
    ],
)
def test_errors_are_read(tmp_path: Path, clause: str, error: MeasurementError) -> None:
    (comparison,) = read(tmp_path, f" from 0 to 2 used error {clause}").comparisons
    assert comparison.error == error
    assert comparison.used
    assert (comparison.start, comparison.stop) == (0, 2)


def test_without_the_clause_nothing_is_stated(tmp_path: Path) -> None:
    assert read(tmp_path, "").comparisons[0].error is None


def test_the_clause_stands_with_held_out_and_a_note(tmp_path: Path) -> None:
    text = ' from 0 to 2 "held out" error normal(1)\n  note "Counted by hand."'
    (comparison,) = read(tmp_path, text).comparisons
    assert comparison.error == NormalError(1.0)
    assert not comparison.used
    assert comparison.documentation == "Counted by hand."


@pytest.mark.parametrize(
    ("clause", "message"),
    [
        ("", "expected a measurement error"),
        ("gaussian(1)", "unknown measurement error"),
        ("lognormal(-1)", "not above 0"),
        ("normal(0)", "not above 0"),
        ("normal(1, 2)", "too many numbers"),
        ("student(1, 2, 3)", "too many numbers"),
        ("normal(1) ar1(0)", "out of range"),
        ("normal(1) ar1(1)", "out of range"),
        ("normal(1) ar1(0.5, 0.2)", "too many numbers"),
        ("student(1) ar1(0.5)", "independent of each other"),
        ("ar1(0.5)", "unknown measurement error"),
        ("normal(level)", "expected a number"),
        ("normal(inf)", "must be finite"),
    ],
)
def test_faults_are_named(tmp_path: Path, clause: str, message: str) -> None:
    with pytest.raises(HeadwaterError, match=message) as caught:
        read(tmp_path, f" used error {clause}")
    place = caught.value.diagnostics[0].place
    assert place is not None and place.line == 10


def test_the_formatter_keeps_the_clause() -> None:
    untidy = TEXT.replace("{rest}", "   from 0   to 2  used   error  lognormal( 0.05 )  ar1( 0.5 )")
    tidy = format_text(untidy, "case.md")
    assert "compare level with seen from 0 to 2 used error lognormal(0.05) ar1(0.5)" in tidy
    assert format_text(tidy, "case.md") == tidy
