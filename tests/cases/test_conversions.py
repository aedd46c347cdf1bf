"""The shipped cases give the same run in other formats, to the last bit."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from headwater.api import shipped_cases
from headwater.cli import main


@pytest.mark.parametrize("extension", [".mdl", ".md"])
@pytest.mark.parametrize("name", sorted(shipped_cases()))
def test_a_case_runs_the_same_in_another_format(name: str, extension: str, tmp_path: Path) -> None:
    out = tmp_path / f"out{extension}"
    result = CliRunner().invoke(main, ["convert", name, str(out), "--verify"])
    assert result.exit_code == 0, result.output
    assert "the run is the same: " in result.output
