"""The rule of the *by construction* test."""

from __future__ import annotations

import numpy as np
import pytest

from headwater.argument.construction import untestable
from headwater.argument.results import Construction, Trial
from headwater.argument.trials import trial
from headwater.formats.literate import read_case_text


def of(share: float) -> Trial:
    truth = np.zeros(1000)
    truth[: round(share * 1000)] = 1
    return trial({"a": truth, "b": truth})


@pytest.mark.parametrize(
    ("stated", "cut", "freed", "expected"),
    [
        (1.0, 1.0, 1.0, True),  # holds whatever the link does
        (0.02, 0.0, 0.05, True),  # fails whatever the link does
        (1.0, 0.0, 0.5, False),  # the link carries the claim
        (1.0, 1.0, 0.6, False),  # the sign of the link matters
        (1.0, 0.3, 1.0, False),
        (0.6, 0.7, 0.5, False),  # cases fall on both sides: the model can answer either way
    ],
)
def test_only_a_settled_verdict_is_by_construction(
    stated: float, cut: float, freed: float, expected: bool
) -> None:
    found = Construction(("link",), 1000, of(stated), of(cut), of(freed))
    assert found.by_construction is expected


def test_links_that_cannot_tell_are_warned_of() -> None:
    text = """---
title: t
time: 0 to 10 year
---
```headwater
constant a : 1 = 1  range 0 to 2  assume "x"
aux b : 1 = a
expect no-link "none"
  claim c
  that at(b, 1) > 0
expect one-sided "one side"
  claim c
  that at(b, 1) > 0
  link a cut 0 freed 0 to 2
expect free "free"
  claim c
  that at(b, 1) > 0
  link a cut 0 freed -2 to 2
```
"""
    found = untestable(read_case_text(text).expectations).items
    assert [d.severity for d in found] == ["warning", "warning"]
    assert "`no-link` names no link" in found[0].message
    assert "the freed range of `a` does not reach to both sides of 0" in found[1].message
    assert all(d.place for d in found)
