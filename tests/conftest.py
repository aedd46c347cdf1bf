"""Fixtures for every test, and one hypothesis profile for people, one for machines."""

import os
from pathlib import Path

import pytest
from hypothesis import configuration, settings

ROOT = Path(__file__).resolve().parent.parent
IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}

# Examples that once failed are kept in the checkout, with the other caches.
configuration.set_hypothesis_home_dir(ROOT / ".cache" / "hypothesis")
settings.register_profile("person", deadline=None)
settings.register_profile("ci", parent=settings.get_profile("person"), derandomize=True)
settings.load_profile("ci" if IN_CI else "person")


def material(variable: str, what: str) -> Path:
    """The path that an environment variable names, for tests that need text which we may not ship.

    Unset, the test is skipped; in continuous integration that is a failure, as is a path that does
    not exist anywhere: a suite that silently shrank would look the same as one that passed.
    """
    value = os.environ.get(variable, "")
    if not value:
        message = f"{variable} is not set: it names {what}"
        if IN_CI:
            pytest.fail(message, pytrace=False)
        pytest.skip(message)
    path = Path(value)
    if not path.exists():
        pytest.fail(f"{variable} names {path}, which does not exist", pytrace=False)
    return path


@pytest.fixture(scope="session")
def test_models() -> Path:
    """The folder of the published conformance suite (its `tests/` and `samples/` lie below)."""
    return material("HEADWATER_TEST_MODELS", "the folder of the published test models")


@pytest.fixture(scope="session")
def article() -> Path:
    """The text that the shipped case argues about."""
    return material("HEADWATER_ARTICLE", "the text file of the shipped case's source")
