"""Random edits of valid model files never crash the readers, nor take seconds or a gibibyte."""

import os
from pathlib import Path

import pytest

from fuzzing import campaign

OWN = Path(__file__).resolve().parent.parent.parent / "conformance"


@pytest.mark.parametrize("suffix", [".mdl", ".xmile", ".stmx"])
def test_some_edits(suffix: str) -> None:
    assert campaign(OWN, suffix, 0, 80) == []


@pytest.mark.long
@pytest.mark.parametrize("suffix", [".mdl", ".xmile", ".stmx"])
def test_ten_thousand_edits(suffix: str) -> None:
    folder = Path(os.environ.get("HEADWATER_TEST_MODELS", str(OWN)))
    assert campaign(folder, suffix, 1_000, 10_000) == []
