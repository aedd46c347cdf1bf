"""The made-up test result, fresh for each test."""

import pytest

from headwater.argument.results import TestResult
from report.made import made_result


@pytest.fixture
def result() -> TestResult:
    """A whole test of the made-up case."""
    return made_result()
