"""What the data package of a case says against its own columns."""

from __future__ import annotations

import json
from collections.abc import Iterator, Set
from pathlib import Path
from typing import Any

from headwater.model.case import Case
from headwater.model.variables import Data

PACKAGE = "datapackage.json"


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
        if Path(str(resource.get("path", ""))).name != path.name:
            continue
        schema = resource.get("schema")
        fields = schema.get("fields", []) if isinstance(schema, dict) else []
        for field in fields if isinstance(fields, list) else []:
            if isinstance(field, dict) and field.get("name") == column:
                caveat = " ".join(str(field.get("caveats") or "").split())
                if caveat:
                    yield caveat


def _resources(path: Path) -> list[dict[str, Any]]:
    try:
        package = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    found = package.get("resources") if isinstance(package, dict) else None
    return [r for r in found if isinstance(r, dict)] if isinstance(found, list) else []
