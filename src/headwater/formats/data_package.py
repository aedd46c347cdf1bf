"""Data packages (``datapackage.json``) beside a case's data: what they say, held against the files.

Source: the Data Package standard, version 2 (datapackage.org), "Data Resource" and "Table Schema".
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headwater.errors import DataError, Diagnostic, Place
from headwater.formats.files import inside, read_text

PACKAGE = "datapackage.json"
MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class DataField:
    """One column of a resource, as its schema has it."""

    name: str
    type: str = "any"
    required: bool = False
    caveats: str = ""


@dataclass(frozen=True, slots=True)
class DataResource:
    """One file of a package. ``fields`` of None: its schema says nothing of them."""

    path: str
    fields: tuple[DataField, ...] | None = None
    delimiter: str = ","
    missing: tuple[str, ...] = ("",)


def read_package(path: Path, name: str = "") -> tuple[DataResource, ...]:
    """Return the files that a package describes. Raises DataError for what is no package."""
    shown = name or str(path)
    try:
        package = json.loads(read_text(path, shown, DataError))
    except ValueError as error:
        hint = "see datapackage.org, or remove the file"
        raise DataError(f"this is no JSON: {error}", Place(shown), hint) from None
    found = package.get("resources") if isinstance(package, dict) else None
    if not isinstance(found, list):
        raise DataError("it lists no `resources`", Place(shown), "see datapackage.org")
    return tuple(_resource(r) for r in found if isinstance(r, dict))


def package_findings(folder: Path, shown: str = "") -> Iterator[Diagnostic]:
    """Yield how a folder's data package and its files differ, up to a bound; all are warnings.

    What is told: files and columns that are not there, columns that it leaves out, and the first
    cell of a column that has not the type that is said.
    """
    path = folder / PACKAGE
    if not path.is_file():
        return
    name = f"{shown or folder}/{PACKAGE}"
    try:
        resources = read_package(path, name)
    except DataError as error:
        yield from (_warning(d.message, d.place, d.hint) for d in error.diagnostics)
        return
    told = 0
    for resource in resources:
        for finding in _of_resource(folder, resource, name):
            yield finding
            told += 1
            if told == MOST_TOLD:
                return


def _resource(item: Mapping[str, Any]) -> DataResource:
    schema = item.get("schema")
    listed = schema.get("fields") if isinstance(schema, dict) else None
    missing = schema.get("missingValues") if isinstance(schema, dict) else None
    dialect = item.get("dialect")
    delimiter = dialect.get("delimiter") if isinstance(dialect, dict) else None
    return DataResource(
        str(item.get("path", "")),
        tuple(_field(f) for f in listed if isinstance(f, dict))
        if isinstance(listed, list)
        else None,
        delimiter if isinstance(delimiter, str) and len(delimiter) == 1 else ",",
        tuple(map(str, missing)) if isinstance(missing, list) else ("",),
    )


def _field(item: Mapping[str, Any]) -> DataField:
    constraints = item.get("constraints")
    required = isinstance(constraints, dict) and constraints.get("required") is True
    caveats = " ".join(str(item.get("caveats") or "").split())
    return DataField(str(item.get("name", "")), str(item.get("type", "any")), required, caveats)


def _of_resource(folder: Path, resource: DataResource, name: str) -> Iterator[Diagnostic]:
    if not resource.path.lower().endswith((".csv", ".tsv", ".tab")) or "://" in resource.path:
        return
    here = Place(name)
    try:
        path = inside(folder, resource.path, here, DataError)
        text = read_text(path, resource.path, DataError, asked_at=here)
        rows = list(csv.reader(io.StringIO(text), delimiter=resource.delimiter))
    except DataError as error:
        yield from (_warning(d.message, d.place, d.hint) for d in error.diagnostics)
        return
    except csv.Error as error:
        yield _warning(f"`{resource.path}` is no table: {error}", here, "correct the file")
        return
    if resource.fields is None or not rows:
        return
    shown = f"{Path(name).parent}/{resource.path}"
    yield from _of_fields(resource, rows, name, shown)


def _of_fields(
    resource: DataResource, rows: Sequence[Sequence[str]], name: str, shown: str
) -> Iterator[Diagnostic]:
    fields = {f.name: f for f in resource.fields or ()}
    header = [cell.strip() for cell in rows[0]]
    for absent in sorted(fields.keys() - set(header)):
        what = f"`{resource.path}` has no column `{absent}`, which the data package describes"
        yield _warning(what, Place(name), "correct its name there, or take it out")
    for column, title in enumerate(header):
        if title not in fields:
            what = f"the data package does not describe the column `{title}`"
            yield _warning(what, Place(shown, 1, 1), f"describe it in {PACKAGE}: unit, source")
            continue
        wrong = _first_wrong(fields[title], resource.missing, rows, column)
        if wrong is not None:
            line, cell = wrong
            kind = fields[title].type
            what = f"`{cell}` in `{title}` is no {kind}" if cell else f"`{title}` has an empty cell"
            said = f"of the type `{kind}`" if cell else "required"
            hint = f"the data package says that the column is {said}"
            yield _warning(what, Place(shown, line, 1), hint)


def _first_wrong(
    field: DataField, missing: Sequence[str], rows: Sequence[Sequence[str]], column: int
) -> tuple[int, str] | None:
    """Return the line and the text of the first cell that a field does not allow."""
    for line, row in enumerate(rows[1:], start=2):
        if not row:
            continue
        cell = row[column].strip() if column < len(row) else ""
        if cell in missing or not cell:
            if field.required:
                return line, ""
        elif not _is_of(field.type, cell):
            return line, cell
    return None


def _is_of(kind: str, cell: str) -> bool:
    """Tell whether a cell is of a type; of those that are no numbers, any text will do."""
    if kind in ("integer", "year"):
        return cell.lstrip("+-").isdigit()
    if kind == "number":
        try:
            float(cell)
        except ValueError:
            return False
    return True


def _warning(message: str, place: Place | None, hint: str) -> Diagnostic:
    return Diagnostic(message, place, hint, "warning")
