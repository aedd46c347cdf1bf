"""Machine code and the reference agree on every model of the published suite that runs."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

from headwater.analysis.conformance.suite import EXTENSIONS
from headwater.api import load
from headwater.errors import HeadwaterError
from headwater.simulation.building import TargetName
from headwater.simulation.results.arrays import Results
from headwater.simulation.run import Request
from published import published

pytestmark = pytest.mark.conformance

RELATIVE = 1e-12


def run(path: Path, target: TargetName) -> Results | str:
    """A run, or the message of the error."""
    try:
        return load(path).results(Request(target=target, check_finite=False))
    except HeadwaterError as error:
        return str(error)


@pytest.mark.parametrize("file", published(*EXTENSIONS))
def test_both_targets_give_the_same_run(file: str, test_models: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found, wanted = (run(test_models / file, target) for target in ("llvm", "reference"))
    if isinstance(found, str) or isinstance(wanted, str):
        assert found == wanted
        return
    for a, b in zip(found.fields, wanted.fields, strict=True):
        assert a.name == b.name
        known = np.isfinite(b.values)
        assert (np.isfinite(a.values) == known).all(), a.name
        assert (np.isnan(a.values) == np.isnan(b.values)).all(), a.name
        largest = np.abs(b.values[known]).max(initial=0.0)
        worst = np.abs(a.values[known] - b.values[known]).max(initial=0.0)
        assert worst <= RELATIVE * largest, f"{a.name}: {worst / largest:.2g}"
