"""What the report says of each claim: verdict table rows and cards."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from headwater.analysis.regional import Driver
from headwater.argument.ledger.claims import Claim, Relation, State
from headwater.argument.ledger.evidence import Finding
from headwater.argument.results import (
    ClaimResult,
    Construction,
    ExpectationResult,
    ModelFinding,
    Settings,
    TestResult,
)
from headwater.argument.saved.files import Included
from headwater.argument.verdicts import Interval, Share, Verdict
from headwater.language.names import canonical
from headwater.report import words
from headwater.report.boxes import NOTHING_FOUND, BoxView, boxes
from headwater.report.flips import flip_sentences
from headwater.report.links import Link, Register, anchor
from headwater.report.prose import Prose
from headwater.report.views.drivers import DriverView, driver_views, of_expectation
from headwater.report.views.equations import Equations

VERDICT_CLASSES = {
    Verdict.HOLDS: "holds",
    Verdict.DEPENDS: "depends",
    Verdict.FAILS: "fails",
    Verdict.BY_CONSTRUCTION: "built",
    Verdict.NOT_TESTED: "none",
}
_MEASURES = {
    "distance": "Kolmogorov–Smirnov distance between the input's values in the two groups of cases",
    "correlation": "Spearman's rank correlation of the input with the size of the effect",
}
_UNDEFINED = Share(math.nan, 0.0, 1.0, 0)


@dataclass(frozen=True, slots=True)
class Chip:
    """A verdict in words, with the class that gives it colour and symbol."""

    word: str
    css: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A share of cases as a bar. ``width`` is in per cent; ``detail`` says its sampling error."""

    label: str
    title: str
    text: str
    width: float
    detail: str
    effect: str


@dataclass(frozen=True, slots=True)
class Influence:
    """An input that a verdict hangs on."""

    side: str
    name: str
    link: Link | None
    strength: str
    value: str
    meaning: str


@dataclass(frozen=True, slots=True)
class CutTest:
    """One line of the *by construction* test."""

    label: str
    chip: Chip
    share: str


@dataclass(frozen=True, slots=True)
class Condition:
    """One expectation and what came of it."""

    name: str
    title: str
    horizon: str
    chip: Chip
    overall: Bar
    bars: tuple[Bar, ...]
    condition: Markup
    reason: Markup
    effect: str
    effect_meaning: str
    influences: tuple[Influence, ...]
    influence_note: str
    by_effect: bool
    boxes: tuple[BoxView, ...]
    box_note: str
    tests: tuple[CutTest, ...]
    test_note: str
    undefined: int
    drivers: tuple[DriverView, ...]
    flips: tuple[str, ...]
    flip_note: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that a claim states, beside the one that data or the model give."""

    claimed: str
    found: str
    unit: str
    agreement: str
    source: Link | None
    note: Markup
    how: str


@dataclass(frozen=True, slots=True)
class Card:
    """Everything that is said of one claim."""

    anchor: str
    id: str
    text: str
    kind: str
    state: str
    state_words: str
    place: str
    quote: str
    weakness: str
    chip: Chip
    reason: Markup
    evidence: tuple[Figure, ...]
    model: tuple[Figure, ...]
    conditions: tuple[Condition, ...]
    rests: tuple[Link, ...]

    @property
    def tested(self) -> bool:
        """Whether the claim was put to runs."""
        return bool(self.conditions)


def chip(verdict: Verdict) -> Chip:
    """Return how a verdict is shown."""
    return Chip(str(verdict), VERDICT_CLASSES[verdict], words.VERDICT_MEANING[verdict])


def cards(
    result: TestResult,
    register: Register,
    prose: Prose,
    included: Included | None = None,
) -> list[Card]:
    """Return a card for every claim of the ledger, in its order."""
    view = _Cards(result, register, prose, included or Included())
    return [view.card(claim) for claim in result.claims]


class _Cards:
    def __init__(
        self, result: TestResult, register: Register, prose: Prose, included: Included
    ) -> None:
        self.result = result
        self.driven = driver_views(result, register)
        self.flips = {f.expectation: (s.about, f) for s in included.flips for f in s.found}
        self.register = register
        self.prose = prose
        self.equations = Equations(register, prose)
        self.variants: Mapping[str, str] = {
            canonical(v.name): v.title or words.name(v.name) for v in result.case.variants
        }

    def card(self, found: ClaimResult) -> Card:
        claim = found.claim
        return Card(
            anchor=anchor("claim", claim.id),
            id=claim.id,
            text=claim.text,
            kind=str(claim.kind),
            state=str(claim.state),
            state_words=words.STATE_WORDS[claim.state],
            place=_place(claim),
            quote=found.quote,
            weakness=_weakness(claim),
            chip=chip(found.verdict),
            reason=self.prose.inline(claim.reason),
            evidence=tuple(self._evidence(f) for f in found.evidence),
            model=tuple(self._model(f) for f in found.model),
            conditions=tuple(self.condition(e) for e in found.expectations),
            rests=tuple(
                self.register.variable(name) or Link(words.name(name), "")
                for name in found.rests_here
            ),
        )

    def condition(self, found: ExpectationResult) -> Condition:
        expectation = found.expectation
        variants = self.result.settings.variants
        bars = tuple(
            self._bar(
                words.name(v),
                self.variants.get(canonical(v), ""),
                found.trial.by_variant.get(v, _UNDEFINED),
                found.effect_by_variant.get(v),
            )
            for v in variants
        )
        return Condition(
            name=expectation.name,
            title=expectation.title,
            horizon=expectation.horizon,
            chip=chip(found.verdict),
            overall=self._bar("overall", "", found.trial.overall, found.effect),
            bars=bars if len(variants) > 1 else (),
            condition=self.equations.expression(expectation.condition),
            reason=self.prose.inline(expectation.reason),
            effect=words.interval(found.effect) if found.effect else "",
            effect_meaning=expectation.effect_meaning or found.effect_text,
            influences=tuple(self._influence(d) for d in found.drivers),
            influence_note=_influence_note(found.drivers),
            by_effect=words.by_effect(found.drivers),
            boxes=boxes(found.conditions, self._structure, self.register),
            box_note=_box_note(found, self.result.settings),
            tests=_tests(found.construction),
            test_note=_test_note(found),
            undefined=found.trial.overall.undefined,
            drivers=of_expectation(expectation, self.driven),
            flips=self._flips(expectation.name),
            flip_note=self._flip_note(expectation.name),
        )

    def _flips(self, name: str) -> tuple[str, ...]:
        if name not in self.flips:
            return ()
        about, found = self.flips[name]
        return tuple(flip_sentences(found, self._structure, about.seed))

    def _flip_note(self, name: str) -> str:
        if name not in self.flips:
            return ""
        about, found = self.flips[name]
        return (
            f"{words.count(found.runs, 'draw')} under each structure, seed {about.seed} to find "
            f"and {about.seed + 1} to verify; inputs from {about.drawn_from}."
        )

    def _structure(self, name: str) -> str:
        return self.variants.get(canonical(name), words.name(name))

    def _bar(self, label: str, title: str, share: Share, effect: Interval | None) -> Bar:
        return Bar(
            label=label,
            title=title,
            text=words.percent(share.value),
            width=0.0 if math.isnan(share.value) else round(100 * share.value, 1),
            detail=(
                f"{words.count(share.cases, 'case')}; sampling error: {words.percent(share.low)} "
                f"to {words.percent(share.high)}"
            ),
            effect=words.interval(effect) if effect else "",
        )

    def _influence(self, driver: Driver) -> Influence:
        return Influence(
            side=words.more_or_less(driver),
            name=words.name(driver.name),
            link=self.register.variable(driver.name),
            strength=words.strength(driver),
            value=f"{driver.measure} {driver.strength:.2f}",
            meaning=_MEASURES.get(driver.measure, ""),
        )

    def _evidence(self, found: Finding) -> Figure:
        unlike = words.agreement(found.claimed, found.found, found.relation, found.meets)
        return Figure(
            claimed=_stated(found.claimed, found.relation, found.unit),
            found=_figure(found.found, found.unit),
            unit=words.unit(found.unit),
            agreement=unlike,
            source=self.register.source(found.source),
            note=self.prose.inline(found.note),
            how=found.how,
        )

    def _model(self, found: ModelFinding) -> Figure:
        return Figure(
            claimed=_stated(found.claimed, found.relation, found.unit),
            found=words.interval(found.found),
            unit=words.unit(found.unit),
            agreement=_model_agreement(found),
            source=None,
            note=self.prose.inline(found.note),
            how=found.how,
        )


def _place(claim: Claim) -> str:
    paragraph = "" if claim.paragraph is None else f"paragraph {claim.paragraph}"
    return ", ".join(p for p in (paragraph, claim.anchor.fragment) if p)


def _weakness(claim: Claim) -> str:
    """Return what to say of an anchor that is no span of text; nothing where it is one."""
    if claim.anchor.is_span or claim.anchor.known is None:
        return ""
    known = words.KNOWN_WORDS[claim.anchor.known]
    return f"Anchored to a place in the source, not to its text: {known}."


def _figure(value: float, unit: str) -> str:
    return words.year(value) if unit in ("year", "calendar year") else words.number(value)


def _stated(value: float | None, relation: Relation, unit: str) -> str:
    if value is not None and unit in ("year", "calendar year"):
        return words.year(value)
    return words.claimed(value, relation)


def _model_agreement(found: ModelFinding) -> str:
    if found.claimed is None or found.found is None:
        return ""
    low, high = found.found.low, found.found.high
    if found.relation is Relation.AT_LEAST:
        met = (low >= found.claimed, high >= found.claimed)
    elif found.relation is Relation.AT_MOST:
        met = (high <= found.claimed, low <= found.claimed)
    elif low <= found.claimed <= high:
        return "the claimed figure lies inside the interval"
    else:
        side = "above" if found.claimed > high else "below"
        return f"the claimed figure lies {side} the interval"
    if met[0]:
        return "met over the whole interval"
    return "met in a part of the interval" if met[1] else "not met anywhere in the interval"


def _influence_note(drivers: Sequence[Driver]) -> str:
    if not drivers:
        return (
            "No single input separates the cases in which it is met from the others beyond chance."
        )
    if words.by_effect(drivers):
        return "Nearly all cases fall on one side; the effect is larger with"
    return "It is met more often with"


def _box_note(found: ExpectationResult, settings: Settings) -> str:
    if found.conditions is None:
        return ""
    if found.conditions.holds is None and found.conditions.fails is None:
        return NOTHING_FOUND
    runs = words.count(found.conditions.runs, "draw")
    return (
        f"Found by PRIM on three quarters of {runs} and measured on the last quarter; seed "
        f"{settings.seed}, {settings.drawn_from}."
    )


def _tests(found: Construction | None) -> tuple[CutTest, ...]:
    if found is None:
        return ()
    named = words.listing([words.name(k) for k in found.links])
    rows = (
        (f"{named} as stated", found.stated),
        ("link cut", found.cut),
        ("sign set free", found.freed),
    )
    return tuple(
        CutTest(label, chip(trial.verdict), words.percent(trial.overall.value))
        for label, trial in rows
    )


def _test_note(found: ExpectationResult) -> str:
    test = found.construction
    if test is None:
        return (
            "The condition names no single link of its own that could be cut, so this test was not "
            "made: read the verdict with that in mind."
        )
    draws = words.count(test.cases, "draw")
    if test.by_construction:
        return f"The verdict stays the same in all three ({draws} each): it was built in."
    if test.stated.verdict == test.cut.verdict == test.freed.verdict:
        return (
            f"Cases fall on both sides in all three ({draws} each), so it was not built in. How "
            "far the shares lie apart tells how much its own link matters."
        )
    return f"The verdict can change ({draws} each), so it was not built in."


def by_state(found: Sequence[Card]) -> list[tuple[State, list[Card]]]:
    """Return the claims that were not put to runs, by where they end."""
    return [
        (state, own)
        for state in State
        if (own := [c for c in found if not c.tested and c.state == state])
    ]
