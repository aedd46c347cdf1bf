"""The models of our own that the published suite lacks: to nine digits, on both targets."""

import importlib.util
import re
import shutil
from pathlib import Path

import pytest

from headwater.analysis.conformance import Tolerance, findings, run_file, suite_files, unit_alarms
from headwater.errors import HeadwaterError
from headwater.formats.registry import read_model
from headwater.model.case import Case
from headwater.simulation.building import TargetName

FOLDER = Path(__file__).resolve().parent.parent.parent / "conformance"
FILES = [path.relative_to(FOLDER).as_posix() for path in suite_files(FOLDER)]
SLOW = "random_moments"


def test_there_are_models_of_every_format() -> None:
    assert len({Path(f).parent for f in FILES}) >= 30
    assert {Path(f).suffix for f in FILES} == {".mdl", ".stmx", ".xmile"}
    assert set(findings(FOLDER)) <= set(FILES)


@pytest.mark.parametrize("file", FILES)
def test_a_model_runs_as_derived(file: str) -> None:
    result = run_file(FOLDER / file, FOLDER, tolerance=Tolerance(1e-9, 1e-9))
    assert result.passed, result.describe()


@pytest.mark.parametrize("file", [f for f in FILES if SLOW not in f])
def test_the_reference_agrees(file: str) -> None:
    target: TargetName = "reference"
    result = run_file(FOLDER / file, FOLDER, target, Tolerance(1e-9, 1e-9))
    assert result.passed, result.describe()


@pytest.mark.parametrize("file", [f for f in FILES if "unit_errors" not in f])
def test_units_give_no_alarm(file: str) -> None:
    try:
        model = read_model(FOLDER / file)
    except HeadwaterError:
        assert findings(FOLDER)[file].error
        return
    assert unit_alarms(model.project if isinstance(model, Case) else model) == []


def test_the_outputs_are_what_is_derived(tmp_path: Path) -> None:
    """Every recorded output is what `derive.py`, which knows nothing of Headwater, writes."""
    source = (FOLDER / "derive.py").read_text(encoding="utf-8")
    assert "headwater" not in re.sub(r'""".*?"""', "", source, flags=re.DOTALL)
    shutil.copytree(FOLDER, tmp_path / "copy")
    for output in (tmp_path / "copy").rglob("output.csv"):
        output.unlink()
    spec = importlib.util.spec_from_file_location("derive", tmp_path / "copy" / "derive.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.main()
    for output in FOLDER.rglob("output.csv"):
        again = tmp_path / "copy" / output.relative_to(FOLDER)
        assert again.read_bytes() == output.read_bytes(), output


def test_every_model_has_its_rule() -> None:
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    for folder in {Path(f).parent.as_posix() for f in FILES}:
        assert f"| `{folder}` |" in page, folder
