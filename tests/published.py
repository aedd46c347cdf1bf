"""Which files of the published test models a test is run for, before any fixture is there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from headwater.analysis.conformance import suite_files

MISSING = "no published models"
"""Stands for the files where there is no suite; the fixture ``test_models`` then says so."""


def published(*endings: str, among: Callable[[Path], Iterable[Path]] = suite_files) -> list[str]:
    """Return the paths in the suite of the files with one of some endings, any if none is given."""
    folder = Path(os.environ.get("HEADWATER_TEST_MODELS", "/nowhere"))
    if not folder.is_dir():
        return [MISSING]
    files = (p for p in among(folder) if not endings or p.suffix.lower() in endings)
    return sorted(path.relative_to(folder).as_posix() for path in files)
