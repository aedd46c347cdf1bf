"""What the data package of a case says against its own columns."""

from __future__ import annotations

from collections.abc import Iterator, Set
from pathlib import Path

from headwater.errors import DataError
from headwater.formats.data_package import PACKAGE, DataResource, read_package
from headwater.model.case import Case
from headwater.model.variables import Data


def column_caveats(case: Case, keys: Set[str]) -> tuple[str, ...]:
    """Return the caveats of the columns behind data variables, without repeats.

    ``keys`` are the variables' canonical names. A case without a data package, or with one that
    cannot be read, has none.
    """
    if case.folder is None:
        return ()
    found: dict[str, None] = {}
    for variable in case.project.variables:
        if isinstance(variable, Data) and variable.key in keys:
            for origin in dict.fromkeys(s.origin for s in variable.series):
                path, _, column = origin.rpartition(":")
                for caveat in _of_column(case.folder / path, column):
                    found[caveat] = None
    return tuple(found)


def _of_column(path: Path, column: str) -> Iterator[str]:
    for resource in _resources(path.parent / PACKAGE):
        if Path(resource.path).name == path.name:
            yield from (f.caveats for f in resource.fields or () if f.name == column and f.caveats)


def _resources(path: Path) -> tuple[DataResource, ...]:
    try:
        return read_package(path)
    except DataError:
        return ()
