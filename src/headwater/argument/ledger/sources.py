"""Bibliographic records of the documents and datasets that a case rests on.

Records follow the Citation Style Language's data model (CSL-JSON), written as YAML.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from headwater.argument.ledger.marked_yaml import Marked, read_yaml
from headwater.errors import CaseError, Place


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One document or dataset. Fields that are not known are empty.

    ``file`` is the document itself, where the case ships it.
    """

    id: str
    type: str
    title: str
    author: str = ""
    year: str = ""
    container: str = ""
    publisher: str = ""
    url: str = ""
    note: str = ""
    license: str = ""
    sha256: str = ""
    file: str = ""
    place: Place | None = None

    @property
    def citation(self) -> str:
        """The record as one line of text."""
        parts = [self.author, self.title, self.container, self.publisher, self.year]
        return ". ".join(p.rstrip(".") for p in parts if p) + "."


def read_sources(path: Path) -> tuple[SourceRecord, ...]:
    """Read ``sources.yaml``.

    Raises:
        CaseError: with every problem found (no id, no title, an id that stands twice).
    """
    document = read_yaml(path, "list of sources")
    entries = document.get("sources") if document.has("sources") else document
    records: list[SourceRecord] = []
    seen: dict[str, Place] = {}
    for entry in entries.items():
        record = _record(entry)
        if record.id in seen:
            entry.error(
                f"the source `{record.id}` stands here twice", f"first at {seen[record.id]}"
            )
        elif record.id:
            seen[record.id] = entry.place
            records.append(record)
    document.problems.raise_errors(CaseError)
    return tuple(records)


def _record(entry: Marked) -> SourceRecord:
    if not isinstance(entry.value, dict):
        entry.error("a source is a mapping with at least `id`, `type` and `title`")
        return SourceRecord("", "", "")
    for key in ("id", "type", "title"):
        if not entry.get(key).text():
            entry.error(f"this source has no `{key}`")
    return SourceRecord(
        id=entry.get("id").text(),
        type=entry.get("type").text(),
        title=entry.get("title").text(),
        author=_authors(entry.get("author")),
        year=_year(entry.get("issued")),
        container=entry.get("container-title").text(),
        publisher=entry.get("publisher").text(),
        url=entry.get("URL").text(),
        note=entry.get("note").text(),
        license=entry.get("license").text(),
        sha256=entry.get("sha256").text(),
        file=entry.get("file").text(),
        place=entry.place,
    )


def _authors(field: Marked) -> str:
    if isinstance(field.value, str):
        return field.text()
    names = []
    for item in field.items():
        if isinstance(item.value, str):
            names.append(item.text())
        else:
            literal = item.get("literal").text()
            person = ", ".join(
                p for p in (item.get("family").text(), item.get("given").text()) if p
            )
            names.append(literal or person)
    return "; ".join(names)


def _year(field: Marked) -> str:
    if field.has("date-parts"):
        for parts in field.get("date-parts").items():
            return "-".join(p.text() for p in parts.items())
    return field.get("raw").text() if isinstance(field.value, dict) else field.text()
