"""The shipped published models as arguments: in order, honest about anchors, and upheld by runs."""

from __future__ import annotations

import io
import json
import re

import pytest
from rich.console import Console

from headwater.api import SHIPPED, load, shipped_cases
from headwater.argument.ledger.claims import Known, State, read_ledger
from headwater.argument.ledger.sources import read_sources
from headwater.argument.plan import prepare, provenance_ids
from headwater.argument.testing import Options, test_case
from headwater.argument.verdicts import Verdict
from headwater.formats.literate.layout.format import format_text
from headwater.language.names import canonical
from headwater.report.links import register
from headwater.report.prose import Prose
from headwater.report.results_files import verdicts_json
from headwater.report.scorecard import print_scorecard
from headwater.report.views.claims import cards
from headwater.simulation.checks import Plan, check_model

PUBLISHED = [
    "castillo-chavez-song",
    "committed-minority",
    "galam-javarone",
    "mccluskey-santoprete",
    "rioters-bystanders",
    "turchin-ages",
]

# What follows from a model's equations alone must hold in every draw; the rest may go either way.
THEOREMS = {
    "castillo-chavez-song": {
        "core-dies-out",
        "core-settles",
        "following-settles",
        "centre-settles",
        "no-centre-without-following",
        "separation-leaves-the-core",
    },
    "committed-minority": {"critical", "settles", "little-helps", "lot-backfires"},
    "galam-javarone": {"rest", "opponents-drive", "core-hinders", "minority", "majority"},
    "mccluskey-santoprete": {"dies-out", "settles", "prevention-lowers-it"},
    "rioters-bystanders": {"start-decides", "side-of-the-point", "support-raises-it"},
    "turchin-ages": set(),
}

# Conditions that each hang on what was drawn, by the analysis in the case's own prose.
OPEN = {
    "committed-minority": {"takes-over"},
    "galam-javarone": {"curbs"},
    "mccluskey-santoprete": {"prevention-ends-it"},
    "rioters-bystanders": {"small-beginnings"},
    "turchin-ages": {"twenties"},
}


@pytest.fixture(scope="module", params=PUBLISHED)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def case(name: str):
    return load(name).case


@pytest.fixture(scope="module")
def result(case):
    return test_case(case, Options(runs=120, seed=3, threads=1, progress=False))


def test_they_are_shipped() -> None:
    assert set(PUBLISHED) <= set(shipped_cases())


def test_checks_are_met_without_a_warning(case) -> None:
    report = check_model(case.project, case, Plan(), argued=True, progress=False)
    assert [f for f in report.findings if f.severity != "note"] == []


def test_blocks_are_laid_out(name: str) -> None:
    for path in (SHIPPED / name).glob("*.md"):
        text = path.read_text(encoding="utf-8")
        assert format_text(text, path.name) == text


def test_each_has_what_a_reader_copies(case) -> None:
    assert len(case.policies) >= 2 and len(case.outcomes) >= 1 and len(case.checks) >= 4
    assert len(case.limits) >= 3 and case.description
    assert all(e.reason and e.effect_meaning for e in case.expectations)


def test_every_claim_says_how_it_is_known(name: str) -> None:
    ledger = read_ledger(SHIPPED / name / "claims.yaml")
    notes = {s.id: s.note for s in read_sources(SHIPPED / name / "sources.yaml")}
    for claim in ledger.claims:
        assert claim.anchor.is_span or isinstance(claim.anchor.known, Known), claim.id
    for identity, note in notes.items():
        assert re.search(r"\b(Read|Recalled): ", note), identity
    known = {c.anchor.known for c in ledger.claims}
    assert Known.RECALLED not in known or "Recalled: " in notes[ledger.source]


def test_claims_and_sources_are_where_the_case_says(name: str, case) -> None:
    plan = prepare(case)
    sources = {s.id for s in plan.sources}
    variables = {v.key for v in case.project.variables}
    variables |= {v.key for variant in case.variants for v in variant.variables}
    places = {
        "": variables,
        "policy": {canonical(p.name) for p in case.policies},
        "expect": {canonical(e.name) for e in case.expectations},
    }
    for claim in plan.ledger.claims:
        for place in claim.where:
            kind, _, where = place.rpartition(":")
            assert canonical(where) in places[kind], (claim.id, place)
        if claim.state is State.TESTED:
            stated = {w.removeprefix("expect:") for w in claim.where if w.startswith("expect:")}
            assert stated == {e.name for e in case.expectations if claim.id in e.claims}
    used = {identity for identity, _ in provenance_ids(case)}
    assert used <= sources | {c.id for c in plan.ledger.claims}
    text = (SHIPPED / name / "case.md").read_text(encoding="utf-8")
    assert sources >= set(re.findall(r"\[@([\w-]+)\]", text)) >= {plan.ledger.source}


def test_theorems_hold_in_every_draw(name: str, result) -> None:
    found = {e.expectation.name: e for e in result.expectations}
    assert found.keys() >= THEOREMS[name]
    for theorem in THEOREMS[name]:
        assert found[theorem].trial.overall.value == 1, theorem
        assert found[theorem].verdict is Verdict.HOLDS, theorem
    assert result.undefined_cases == 0


def test_open_questions_stay_open(name: str, result) -> None:
    found = {e.expectation.name: e.verdict for e in result.expectations}
    for question in OPEN.get(name, ()):
        assert found[question] is Verdict.DEPENDS, question


def test_weak_anchors_are_shown_as_such(name: str, result) -> None:
    page = register(result)
    shown = cards(result, page, Prose(page))
    file = io.StringIO()
    print_scorecard(result, Console(file=file, width=120))
    weak = [c for c in result.claims if not c.claim.anchor.is_span]
    assert weak and f"Anchors     {len(weak)} claim" in file.getvalue()
    for card, found in zip(shown, result.claims, strict=True):
        anchor = found.claim.anchor
        assert card.weakness.startswith("Anchored to a place") != anchor.is_span
        assert anchor.fragment in card.place
        if anchor.known is Known.RECALLED:
            assert "recalled from memory" in card.weakness
    written = json.loads(verdicts_json(result))["claims"]
    assert [c["known"] for c in written] == [c.claim.anchor.known for c in result.claims]
