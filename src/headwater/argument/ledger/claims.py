"""The claims ledger: what a source states, where it says so, and where each claim ends.

Anchors follow the W3C Web Annotation Data Model's selectors (section 4.2): a quote where the text
may be redistributed, otherwise a position and the SHA-256 of the exact span. Where a claim is a
formula, or the text is not at hand, a fragment names its place instead; it cannot be verified, so
it must say how the place is known, and is shown as weaker.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from headwater.argument.ledger.marked_yaml import Marked, read_yaml
from headwater.errors import CaseError, Diagnostics, HeadwaterError, Place, did_you_mean
from headwater.language.parser import parse_text
from headwater.language.syntax import Expression

CLAIM_KEYS = (
    *("id", "text", "kind", "state", "paragraph", "target"),
    *("where", "reason", "evidence", "model"),
)
FIGURE_KEYS = ("claimed", "relation", "compute", "observed", "unit", "source", "note")


class Kind(StrEnum):
    """What sort of statement a claim is."""

    FACT = "fact"
    CAUSE = "cause"
    COMPARISON = "comparison"
    POLICY = "policy"
    FORECAST = "forecast"
    CONTEXT = "context"


class State(StrEnum):
    """Where a claim ends. Every claim is in exactly one state."""

    DATA_CHECKED = "data-checked"
    ASSUMED = "assumed"
    TESTED = "tested"
    OUT_OF_SCOPE = "out-of-scope"


class Relation(StrEnum):
    """How a figure is claimed: about so much, at least, or at most."""

    ABOUT = "about"
    AT_LEAST = "at-least"
    AT_MOST = "at-most"


class Known(StrEnum):
    """How it is known what stands at a place of the source that is named without its text."""

    SEEN = "seen"
    REPORTED = "reported"
    RECALLED = "recalled"


@dataclass(frozen=True, slots=True)
class Anchor:
    """The span of the source that makes the claim, in Unicode characters, or at least its place.

    ``fragment`` names a place such as an equation, and ``known`` how it is known what stands there.
    """

    start: int = -1
    end: int = -1
    sha256: str = ""
    quote: str = ""
    fragment: str = ""
    known: Known | None = None

    @property
    def is_span(self) -> bool:
        """Whether the anchor names text that can be verified, and not only a place."""
        return bool(self.quote) or (self.start >= 0 and bool(self.sha256))


@dataclass(frozen=True, slots=True)
class Figure:
    """A quantity that a claim states, and how to compute it from data or from the model.

    ``compute`` is an expression over data series (evidence) or model variables (model);
    ``observed`` stands in for it where only a cited figure exists.
    """

    claimed: float | None
    compute: Expression | None = None
    observed: float | None = None
    unit: str = ""
    source: str = ""
    note: str = ""
    relation: Relation = Relation.ABOUT
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement of a source, in the modeller's words."""

    id: str
    text: str
    kind: Kind
    state: State
    anchor: Anchor
    paragraph: int | None = None
    where: tuple[str, ...] = ()
    reason: str = ""
    evidence: tuple[Figure, ...] = ()
    model: tuple[Figure, ...] = ()
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """All claims of one document."""

    source: str
    document_sha256: str
    document_characters: int | None
    claims: tuple[Claim, ...]
    file: str

    def find(self, claim_id: str) -> Claim | None:
        """Return the claim of that id."""
        return next((c for c in self.claims if c.id == claim_id), None)


def read_ledger(path: Path) -> Ledger:
    """Read ``claims.yaml``.

    Raises:
        CaseError: with every problem found: a claim without an end state or an anchor, an unknown
            kind, an id that stands twice, an expression that cannot be parsed.
    """
    document = read_yaml(path, "claims ledger")
    document.only("source", "document", "claims")
    if not document.get("source").text():
        document.error("the ledger names no `source`", "give the id of a record in sources.yaml")
    fingerprint = document.get("document")
    fingerprint.only("sha256", "characters")
    claims: list[Claim] = []
    seen: dict[str, Place] = {}
    for entry in document.get("claims").items():
        claim = _claim(entry)
        if claim is None:
            continue
        if claim.id in seen:
            entry.error(f"the claim `{claim.id}` stands here twice", f"first at {seen[claim.id]}")
            continue
        seen[claim.id] = entry.place
        claims.append(claim)
    if not document.problems.errors and not claims:
        document.error("the ledger holds no claim", "list them under `claims:`")
    document.problems.raise_errors(CaseError)
    return Ledger(
        source=document.get("source").text(),
        document_sha256=fingerprint.get("sha256").text(),
        document_characters=fingerprint.get("characters").integer(),
        claims=tuple(claims),
        file=str(path),
    )


def _claim(entry: Marked) -> Claim | None:
    if not isinstance(entry.value, dict):
        entry.error("a claim is a mapping with `id`, `text`, `kind`, `target` and `state`")
        return None
    entry.only(*CLAIM_KEYS)
    identity = entry.get("id").text()
    label = f"the claim `{identity}`" if identity else "this claim"
    for key in ("id", "text"):
        if not entry.get(key).text():
            entry.error(f"{label} has no `{key}`")
    kind = _choice(entry.get("kind"), Kind, f"{label} has no kind")
    state = _choice(entry.get("state"), State, f"{label} has no end state")
    anchor = _anchor(entry, label)
    claim = Claim(
        id=identity,
        text=entry.get("text").text(),
        kind=Kind(kind or Kind.CONTEXT),
        state=State(state or State.OUT_OF_SCOPE),
        anchor=anchor,
        paragraph=entry.get("paragraph").integer(),
        where=entry.get("where").texts(),
        reason=entry.get("reason").text(),
        evidence=tuple(_figure(f) for f in entry.get("evidence").items()),
        model=tuple(_figure(f) for f in entry.get("model").items()),
        place=entry.place,
    )
    if claim.state is State.OUT_OF_SCOPE and state and not claim.reason:
        entry.error(f"{label} is out of scope without a reason", "say why under `reason:`")
    if claim.state is State.DATA_CHECKED and not claim.evidence:
        entry.error(f"{label} is data-checked without evidence", "give figures under `evidence:`")
    return claim if identity and kind and state else None


def _choice(field: Marked, options: type[StrEnum], missing: str) -> str | None:
    names = [str(o) for o in options]
    value = field.text()
    if not value:
        field.error(missing, "give exactly one of: " + ", ".join(names))
        return None
    if value not in names:
        field.error(f"`{value}` is not one of: {', '.join(names)}", did_you_mean(value, names))
        return None
    return value


def _anchor(entry: Marked, label: str) -> Anchor:
    start = end = -1
    sha256 = quote = fragment = ""
    known: Known | None = None
    for selector in entry.get("target").get("selector").items():
        kind = selector.get("type").text()
        if kind == "TextPositionSelector":
            first, last = selector.get("start").integer(), selector.get("end").integer()
            if first is None or last is None or not 0 <= first < last:
                selector.error("a position needs whole numbers with 0 <= start < end")
            else:
                start, end = first, last
        elif kind == "TextQuoteSelector":
            quote = str(selector.get("exact").value or "")
        elif kind == "TextDigestSelector":
            sha256 = selector.get("value").text().lower()
        elif kind == "FragmentSelector":
            fragment, known = _fragment(selector, label)
        else:
            selector.error(
                f"unknown selector `{kind}`",
                "use TextPositionSelector with TextDigestSelector, TextQuoteSelector, or "
                "FragmentSelector",
            )
    anchor = Anchor(start, end, sha256, quote, fragment, known)
    if not anchor.is_span and not fragment:
        entry.error(
            f"{label} is not anchored in its source",
            "under `target: selector:` give a quote, a position and the span's SHA-256, or, where "
            "neither can be had, a fragment such as `value: equation 7`",
        )
    return anchor


def _fragment(selector: Marked, label: str) -> tuple[str, Known | None]:
    known = _choice(
        selector.get("known"), Known, f"{label} does not say how its place in the source is known"
    )
    return selector.get("value").text(), Known(known) if known else None


def _figure(entry: Marked) -> Figure:
    entry.only(*FIGURE_KEYS)
    compute: Expression | None = None
    field = entry.get("compute")
    if field.value is not None:
        try:
            compute = parse_text(field.text(), str(field.place))
        except HeadwaterError as fault:
            for item in fault.diagnostics:
                field.error(item.message, item.hint)
    figure = Figure(
        claimed=entry.get("claimed").number(),
        compute=compute,
        observed=entry.get("observed").number(),
        unit=entry.get("unit").text(),
        source=entry.get("source").text(),
        note=entry.get("note").text(),
        relation=_relation(entry.get("relation")),
        place=entry.place,
    )
    if figure.compute is None and figure.observed is None and field.value is None:
        entry.error("this figure has neither `compute` nor `observed`")
    return figure


def _relation(field: Marked) -> Relation:
    if field.value is None:
        return Relation.ABOUT
    return Relation(_choice(field, Relation, "") or Relation.ABOUT)


def cross_check(
    ledger: Ledger,
    source_ids: set[str],
    tested: set[str],
    rested_on: set[str],
    problems: Diagnostics,
) -> None:
    """Check that the ledger and the case agree.

    ``tested`` are claim ids named by expectations, ``rested_on`` ids named by ``because``.
    """
    claim_ids = {c.id for c in ledger.claims}
    if ledger.source not in source_ids:
        problems.error(
            f"the ledger's source `{ledger.source}` has no record",
            Place(ledger.file),
            did_you_mean(ledger.source, source_ids) or "add it to sources.yaml",
        )
    for claim in ledger.claims:
        if claim.state is State.TESTED and claim.id not in tested:
            problems.error(
                f"the claim `{claim.id}` is said to be tested, but no expectation names it",
                claim.place,
                "write an `expect` statement with this claim, or choose another end state",
            )
        if claim.state is State.ASSUMED and claim.id not in rested_on:
            problems.error(
                f"the claim `{claim.id}` is said to be assumed, but no equation rests on it",
                claim.place,
                "name it in the `because` of the equations that build it in",
            )
        for figure in (*claim.evidence, *claim.model):
            if figure.source and figure.source not in source_ids:
                problems.error(
                    f"no source `{figure.source}`",
                    figure.place,
                    did_you_mean(figure.source, source_ids) or "add it to sources.yaml",
                )
    for name in sorted(tested - claim_ids):
        problems.error(
            f"an expectation names the claim `{name}`, which is not in the ledger",
            Place(ledger.file),
            did_you_mean(name, claim_ids),
        )
