"""Conformance: every model of a suite runs like the output recorded beside it.

``findings`` holds what is known of the files that cannot, ``suite`` runs and compares the files,
``table`` says what came of it, by file and by feature and format.
"""

from headwater.analysis.conformance.findings import Finding, findings
from headwater.analysis.conformance.suite import (
    EXTENSIONS,
    SuiteResult,
    Tolerance,
    canonical_output,
    run_file,
    run_suite,
    suite_files,
    unit_alarms,
)

__all__ = [
    "EXTENSIONS",
    "Finding",
    "SuiteResult",
    "Tolerance",
    "canonical_output",
    "findings",
    "run_file",
    "run_suite",
    "suite_files",
    "unit_alarms",
]
