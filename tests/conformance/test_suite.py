"""The published test models: each runs like the output that the vendor's tool left beside it.

A file that cannot is listed, with the reason from the specification and what is right instead, in
`src/headwater/analysis/conformance/findings.toml`.
"""

from pathlib import Path

import pytest

from headwater.analysis.conformance import canonical_output, findings, run_file, suite_files
from headwater.formats.registry import FORMATS
from published import published

pytestmark = pytest.mark.conformance

READABLE = {extension for known in FORMATS for extension in known.EXTENSIONS}


def test_the_suite_is_there(test_models: Path) -> None:
    suite = suite_files(test_models)
    formats = [p.suffix.lower() for p in suite]
    assert {f: formats.count(f) for f in formats} == {".mdl": 149, ".stmx": 51, ".xmile": 67}
    assert all(canonical_output(path) for path in suite)


def test_every_finding_is_about_a_file_of_the_suite(test_models: Path) -> None:
    files = {p.relative_to(test_models).as_posix() for p in suite_files(test_models)}
    assert set(findings()) <= files
    assert all(len(finding.reason) > 60 for finding in findings().values())


@pytest.mark.parametrize("file", published(*READABLE))
def test_a_model_runs_like_its_recorded_output(file: str, test_models: Path) -> None:
    result = run_file(test_models / file, test_models)
    assert result.passed, result.describe()
