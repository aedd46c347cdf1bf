"""Where things stand on the page: anchors of variables, claims, sources and sections."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath

from markupsafe import Markup

from headwater.argument.ledger.claims import Claim
from headwater.argument.ledger.sources import SourceRecord
from headwater.argument.results import TestResult
from headwater.language.names import canonical
from headwater.language.source import Source
from headwater.model.case import Case
from headwater.model.variables import AnyVariable
from headwater.report import words

_OTHER = re.compile(r"[^a-z0-9_-]")
MOST_LABEL = 42


def anchor(kind: str, name: str) -> str:
    """Return the id of an element: ``variable-stay``, with other characters as ``.`` and hex."""
    return f"{kind}-" + _OTHER.sub(lambda m: f".{ord(m.group()):x}", canonical(name))


@dataclass(frozen=True, slots=True)
class Link:
    """A reference to something on the page. ``title`` says more about it."""

    label: str
    target: str
    title: str = ""


@dataclass(frozen=True)
class Register:
    """Everything on the page that can be linked to, by its canonical name or id."""

    variables: Mapping[str, AnyVariable]
    anchors: Mapping[str, str]
    claims: Mapping[str, Claim]
    sources: Mapping[str, SourceRecord]
    files: Sequence[str]

    @cached_property
    def source_labels(self) -> Mapping[str, str]:
        """Short names of the sources, in text: authors and year."""
        return {key: source_label(record) for key, record in self.sources.items()}

    def variable(self, text: str) -> Link | None:
        """Return the link to a variable's equation."""
        key = canonical(text.partition("[")[0])
        found = self.variables.get(key)
        if found is None:
            return None
        return Link(words.name(text), f"#{self.anchors[key]}", found.documentation)

    def claim(self, identity: str) -> Link | None:
        """Return the link to a claim's card."""
        found = self.claims.get(identity)
        if found is None:
            return None
        return Link(identity, f"#{anchor('claim', identity)}", found.text)

    def source(self, identity: str) -> Link | None:
        """Return the link to a source's record."""
        found = self.sources.get(identity)
        if found is None:
            return None
        label = self.source_labels[identity]
        return Link(label, f"#{anchor('source', identity)}", found.citation)

    def file(self, path: str) -> str:
        """Return the target of a part of the case, or nothing."""
        name = path.partition("#")[0].removeprefix("./")
        return f"#{anchor('part', name)}" if name in self.files else ""


def register(result: TestResult) -> Register:
    """Return what the page of a result will hold."""
    case = result.case
    variables: dict[str, AnyVariable] = {}
    anchors: dict[str, str] = {}
    for variant, owned in [
        ("", case.project.variables),
        *((v.name, v.variables) for v in case.variants),
    ]:
        for variable in owned:
            variables.setdefault(variable.key, variable)
            anchors.setdefault(variable.key, variable_anchor(variable, variant))
    return Register(
        variables=variables,
        anchors=anchors,
        claims={c.claim.id: c.claim for c in result.claims},
        sources={s.id: s for s in result.sources},
        files=tuple(file_name(case, part.source) for part in case.parts),
    )


def file_name(case: Case, source: Source) -> str:
    """Return a file's name inside the case's folder, the same on every machine."""
    path = PurePath(source.name)
    if case.folder is not None and path.is_relative_to(case.folder):
        return path.relative_to(case.folder).as_posix()
    return path.name


def variable_anchor(variable: AnyVariable, variant: str) -> str:
    """Return the id of a variable's equation; ``variant`` names the rival structure it is in."""
    if variant:
        return anchor("rival", f"{variant}.{variable.key}")
    return anchor("variable", variable.key)


def source_label(record: SourceRecord) -> str:
    """Return a source's short name: who and when, or the title where nobody is named."""
    families = [a.partition(",")[0].strip() for a in record.author.split(";") if a.strip()]
    if not families:
        who = record.title
    elif len(families) <= 2:
        who = " and ".join(families)
    else:
        who = f"{families[0]} and others"
    if len(who) > MOST_LABEL:
        who = who[:MOST_LABEL].rsplit(" ", 1)[0].rstrip(",;:") + " …"
    when = record.year[:4]
    return f"{who} {when}" if when and when not in who else who


def html(link: Link, css: str = "") -> Markup:
    """Return a link as HTML, everything in it escaped."""
    attributes = Markup(' class="{}"').format(css) if css else Markup("")
    if link.title:
        attributes += Markup(' title="{}"').format(link.title)
    return Markup('<a href="{}"{}>{}</a>').format(link.target, attributes, link.label)
