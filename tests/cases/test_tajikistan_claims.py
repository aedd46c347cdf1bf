"""The flagship's ledger: every claim of the article is there once, anchored, and ends somewhere."""

import csv
import hashlib
import json
import re
from pathlib import Path

import pytest
import yaml

from headwater.argument.ledger.anchors import read_document, resolve
from headwater.argument.ledger.claims import Claim, Kind, State, read_ledger
from headwater.argument.ledger.sources import read_sources
from headwater.argument.plan import prepare, provenance_ids
from headwater.formats.literate.reader import read_case
from headwater.language.names import canonical

FOLDER = Path(__file__).resolve().parents[2] / "src" / "headwater" / "cases" / "tajikistan"

# What the article states, claim by claim, as counted before the case was written; by paragraph.
STATED = {
    1: "attack-moscow suspects-tajik poorest economy-youth-diaspora quarter-abroad regime-hostile "
    "combined-susceptibility services-overstretched weapons-circulate risk-grows",
    2: "civil-war-unique civil-war-toll war-started-migration migration-persists "
    "million-registered weak-economy-migration half-under-25 youth-unemployment "
    "opportunity-russia",
    3: "propaganda-corruption nepotism remittance-reliance heroin-transit agriculture-half",
    4: "islam-as-threat religious-controls opponents-labelled elite-struggles blessing curse",
    5: "religion-under-pressure shelter-in-religion gender-roles ummah islamization-not-violence "
    "marginalisation-over-fervour poverty-opportunity-crime",
    6: "founded-2015 global-and-local",
    7: "many-enemies russia-as-enemy attacks-region",
    8: "fertile-ground online-reach outlets anti-regime-message",
    9: "home-and-diaspora migrants-more-exposed radicalised-abroad turkey-visa",
    10: "police-extortion xenophobia segregated-housing pressure-to-religion "
    "citizenship-conscription",
    11: "crackdown-follows crackdown-scale pressure-on-neighbours crackdown-fails "
    "deportation-no-cure",
    12: "isisk-dominates desperate-youth cradle-continues root-causes-end-it",
}
ADDED = {"migrant-radicalisation-risk": 1}  # a claim of the article that the first count missed

HEADLINES = {
    "crackdown-fails": 2,
    "deportation-no-cure": 5,  # one for each ill that the article names
    "cradle-continues": 1,
    "root-causes-end-it": 4,  # soon, late, against force alone, and how far
}


@pytest.fixture(scope="module")
def ledger():
    return read_ledger(FOLDER / "claims.yaml")


@pytest.fixture(scope="module")
def case():
    return read_case(FOLDER)


@pytest.fixture(scope="module")
def sources():
    return {s.id for s in read_sources(FOLDER / "sources.yaml")}


def raw_claims() -> list[dict[str, object]]:
    return yaml.safe_load((FOLDER / "claims.yaml").read_text(encoding="utf-8"))["claims"]


def test_every_claim_of_the_article_is_in_the_ledger_once(ledger) -> None:
    expected = {name: paragraph for paragraph, row in STATED.items() for name in row.split()}
    expected |= ADDED
    assert len(expected) == 65
    assert {c.id: c.paragraph for c in ledger.claims} == expected
    assert len(ledger.claims) == len(expected)


def test_every_claim_has_exactly_one_state_and_what_the_state_asks_for(ledger, case) -> None:
    tested = {name for e in case.expectations for name in e.claims}
    rested_on = {name for name, _ in provenance_ids(case)}
    for claim in ledger.claims:
        assert isinstance(claim.state, State) and isinstance(claim.kind, Kind)
        assert (claim.id in tested) == (claim.state is State.TESTED), claim.id
        if claim.state is State.ASSUMED:
            assert claim.id in rested_on, claim.id
        if claim.state in (State.ASSUMED, State.OUT_OF_SCOPE):
            assert len(claim.reason) > 30, claim.id
        if claim.state is State.DATA_CHECKED:
            assert any(f.claimed is not None for f in claim.evidence), claim.id
        if claim.state is not State.OUT_OF_SCOPE:
            assert claim.where, claim.id


def test_states_are_of_every_kind(ledger) -> None:
    counts = {state: sum(c.state is state for c in ledger.claims) for state in State}
    assert all(count >= 5 for count in counts.values()), counts


def test_a_claims_place_is_really_in_the_case(ledger, case) -> None:
    variables = {v.key for v in case.project.variables}
    for variant in case.variants:
        variables |= {v.key for v in variant.variables}
    expectations = {e.name for e in case.expectations}
    policies = {canonical(p.name) for p in case.policies}
    for claim in ledger.claims:
        for place in claim.where:
            kind, _, name = place.rpartition(":")
            known = {"": variables, "expect": expectations, "policy": policies}[kind]
            assert (canonical(name) if kind != "expect" else name) in known, (claim.id, place)
        if claim.state is State.TESTED:
            named = {p.removeprefix("expect:") for p in claim.where if p.startswith("expect:")}
            assert named == {e.name for e in case.expectations if claim.id in e.claims}, claim.id


def test_every_source_that_is_named_has_a_record(ledger, case, sources) -> None:
    named = {f.source for c in ledger.claims for f in (*c.evidence, *c.model) if f.source}
    assert named <= sources
    claims = {c.id for c in ledger.claims}
    assert {name for name, _ in provenance_ids(case)} <= sources | claims
    cited = {
        name
        for path in FOLDER.glob("*.md")
        for name in re.findall(r"\[@([\w-]+)\]", path.read_text(encoding="utf-8"))
    }
    assert cited <= sources


def test_the_case_is_in_order(case) -> None:
    plan = prepare(case)
    assert plan.outputs


def test_headline_claims_have_their_expectations(case) -> None:
    for claim, count in HEADLINES.items():
        assert sum(claim in e.claims for e in case.expectations) == count, claim


def test_expectations_are_stated_in_full(case) -> None:
    assert len(case.expectations) >= 18
    for expectation in case.expectations:
        assert expectation.reason, expectation.name
        assert expectation.effect is not None and expectation.effect_meaning, expectation.name
        assert expectation.links, expectation.name
        for link in expectation.links:
            assert link.freed.low < link.cut <= link.freed.high, (expectation.name, link.variable)


def test_series_are_described_and_licensed() -> None:
    package = json.loads((FOLDER / "data" / "datapackage.json").read_text(encoding="utf-8"))
    described = {r["path"]: r for r in package["resources"]}
    assert set(described) == {p.name for p in (FOLDER / "data").glob("*.csv")}
    for path, resource in described.items():
        assert resource["licenses"] and resource["sources"] and resource["description"], path
        fields = {f["name"]: f for f in resource["schema"]["fields"]}
        with (FOLDER / "data" / path).open(encoding="utf-8", newline="") as file:
            header = next(csv.reader(file))
        assert list(fields) == header, path
        value = fields["value"]
        assert value["unit"] and value["publisher"] and value["license"], path


def test_every_span_is_really_in_the_article(ledger, article: Path) -> None:
    text = read_document(article)
    assert len(text) == ledger.document_characters
    quotes = resolve(ledger, text, article.name)
    assert set(quotes) == {c.id for c in ledger.claims}
    for claim in ledger.claims:
        span = text[claim.anchor.start : claim.anchor.end]
        assert hashlib.sha256(span.encode()).hexdigest() == claim.anchor.sha256
        assert span == span.strip()


def test_spans_lie_in_the_paragraph_that_the_ledger_names(ledger, article: Path) -> None:
    text = read_document(article)
    starts = [m.start() for m in re.finditer(r"[^\n]{250,}", text)]
    for claim in ledger.claims:
        assert paragraph_of(claim, starts) == claim.paragraph, claim.id


def paragraph_of(claim: Claim, starts: list[int]) -> int:
    return sum(start <= claim.anchor.start for start in starts)


def test_no_words_of_the_article_are_shipped(article: Path) -> None:
    def runs(text: str) -> set[tuple[str, ...]]:
        words = re.findall(r"[a-z0-9'’]+", text.lower())
        return {tuple(words[i : i + 9]) for i in range(len(words) - 8)}

    theirs = runs(read_document(article))
    for path in FOLDER.rglob("*"):
        if path.suffix in {".md", ".yaml", ".csv", ".json"}:
            assert not runs(path.read_text(encoding="utf-8")) & theirs, path.name
