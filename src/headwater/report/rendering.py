"""From a test's result to the text of the report's page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from headwater.argument.ledger.claims import State
from headwater.argument.ledger.sources import SourceRecord
from headwater.argument.results import TestResult
from headwater.argument.saved.files import Included
from headwater.argument.saved.findings import About
from headwater.argument.verdicts import Verdict
from headwater.language.names import canonical
from headwater.report import words
from headwater.report.links import anchor, register
from headwater.report.prose import Prose
from headwater.report.sizes import caution, drawn, followed, sample, seeded
from headwater.report.views.checks import checks_view
from headwater.report.views.claims import Card, Chip, by_state, cards, chip
from headwater.report.views.drivers import driver_views
from headwater.report.views.equations import Chapter, Entry, chapters
from headwater.report.views.hindcast import hindcast_views
from headwater.report.views.history import histories
from headwater.report.views.loops import by_expectation, loops_view
from headwater.report.views.mixes import mixes_views
from headwater.report.views.outcomes import policies_over_time
from headwater.report.views.rivals import rivals
from headwater.simulation.progress import Bar

HERE = Path(__file__).parent
MEASURE = "Sobol’s first-order index, from the test’s own draws"

GENERAL_LIMITS = (
    words.SHARE_CAVEAT,
    "Widen a range and a share may move. The ranges are the modeller's reading of the evidence; "
    "each stands beside its equation, with its source or as a stated assumption.",
    "The structure is one reading of the world. The rival structures show how much hangs on it, "
    "but two or three of them do not exhaust what may be true.",
    "The model holds populations, never persons. Nothing in it can be applied to a person, or "
    "used to predict or profile any individual, group member or faith.",
    "Data are reports: series on migration, work or violence carry the habits of those who collect "
    "them. Their caveats stand with the series and the sources.",
    "Bands show how far sampled cases lie apart under one policy. Two policies are compared draw "
    "by draw in the verdicts, so bands that overlap do not mean that two policies do the same.",
)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many claims have one verdict."""

    chip: Chip
    count: int


@dataclass(frozen=True, slots=True)
class SourceView:
    """One bibliographic record. ``links`` counts the equations and figures that rest on it."""

    anchor: str
    record: SourceRecord
    subject: bool
    links: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts over all equations."""

    equations: int
    constants: int
    uncertain: int
    cited: int
    assumed: int
    unsupported: int


def render(
    result: TestResult, command: str, progress: bool, included: Included | None = None
) -> str:
    """Return the page, with a bar in the terminal for ``progress`` while pictures are drawn."""
    included = included or Included()
    known = register(result)
    prose = Prose(known)
    found = cards(result, known, prose, included)
    model = chapters(result, known, prose)
    outcomes = len({f.outcome for f in result.fans})
    with Bar("drawing the report", outcomes + 1, show=progress) as bar:
        overview = policies_over_time(result, known, prose, bar.advance)
        past = histories(result, known, prose)
        cycles = loops_view(result, included.loops, known, prose)
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            title=result.case.title or result.settings.case,
            description=prose.block(result.case.description),
            summary=summary(result),
            caveat=words.SHARE_CAVEAT,
            tallies=tallies(result),
            meanings=[chip(v) for v in Verdict],
            state_words=words.STATE_WORDS,
            cards=found,
            untested=by_state(found),
            policies=overview,
            histories=past,
            hindcasts=hindcast_views(included.hindcasts),
            rivals=rivals(result, found),
            drivers=list(driver_views(result, known).values()),
            loops=cycles,
            loops_by=by_expectation(cycles),
            mixes=mixes_views(included.mixes, titles_of(result), known),
            checks=checks_view(result),
            included=abouts(included),
            caution=caution(result),
            seeded=seeded(result.settings),
            drawn=drawn(result.settings),
            draws_each=words.count(result.settings.runs, "draw"),
            measure=MEASURE,
            chapters=model,
            totals=totals(model),
            sources=sources(result, found, model),
            limits=[prose.inline(text) for text in result.case.limits],
            general_limits=GENERAL_LIMITS,
            sample=sample(result),
            followed=followed(result.settings),
            settings=result.settings,
            command=command,
            undefined=result.undefined_cases,
            case=result.case,
            ledger=result.ledger,
            css=Markup(_static("report.css")),
            script=Markup(_static("report.js")),
        )
    )


def titles_of(result: TestResult) -> dict[str, str]:
    """Return the titles of the policies by their names."""
    return {canonical(p.name): p.title or words.name(p.name) for p in result.case.policies}


def abouts(included: Included) -> list[About]:
    """Return where the included findings come from."""
    return [
        *(saved.about for saved in included.loops),
        *(saved.about for saved in included.flips),
        *(saved.about for saved in included.hindcasts),
        *(saved.about for saved in included.mixes),
    ]


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": words.percent, "number": words.number, "year": words.year}
    environment.filters |= {"words": words.name, "count": words.count}
    return environment


def _static(name: str) -> str:
    return (HERE / "static" / name).read_text(encoding="utf-8")


def summary(result: TestResult) -> str:
    """Return the whole result as one paragraph in plain words."""
    claims = result.claims
    tested = [c for c in claims if c.expectations]
    verdicts = Counter(c.verdict for c in tested)
    states = Counter(c.claim.state for c in claims if not c.expectations)
    text = f"The argument makes {words.count(len(claims), 'claim')}. "
    if tested:
        rivals = len(result.settings.variants) > 1
        where = "under every rival structure" if rivals else "in nearly all cases"
        wording = {
            Verdict.HOLDS: ("holds", "hold", where),
            Verdict.DEPENDS: ("depends", "depend", "on what is assumed"),
            Verdict.FAILS: ("fails", "fail", where),
            Verdict.BY_CONSTRUCTION: ("was", "were", "built into the model from the start"),
            Verdict.NOT_TESTED: ("could", "could", "not be computed"),
        }
        parts = [
            f"{verdicts[v]} {one if verdicts[v] == 1 else many} {rest}"
            for v, (one, many, rest) in wording.items()
            if verdicts[v]
        ]
        lead = "One was" if len(tested) == 1 else f"{len(tested)} were"
        text += f"{lead} put to runs of a model: {words.listing(parts)}. "
    rest = [
        f"{states[s]} {'is' if states[s] == 1 else 'are'} {words.STATE_WORDS[s]}"
        for s in State
        if states[s]
    ]
    if rest:
        text += f"Of the others, {words.listing(rest)}. "
    return (
        text
        + f"The model was run over {sample(result)}; a draw is one value for each uncertain input."
    )


def tallies(result: TestResult) -> list[Tally]:
    """Return how many claims have each verdict, in the order of verdicts."""
    counts = Counter(c.verdict for c in result.claims)
    return [Tally(chip(v), counts[v]) for v in Verdict]


def totals(model: Sequence[Chapter]) -> Totals:
    """Count what the equations rest on."""
    entries: list[Entry] = [e for c in model for g in c.groups for e in g.entries]
    constants = [e for e in entries if e.kind == "constant"]
    return Totals(
        equations=len(entries),
        constants=len(constants),
        uncertain=sum(1 for e in entries if e.uncertainty),
        cited=sum(1 for e in constants if e.sources or e.claims),
        assumed=sum(1 for e in constants if e.assumption),
        unsupported=sum(1 for e in constants if e.unsupported),
    )


def sources(
    result: TestResult, found: Sequence[Card], model: Sequence[Chapter]
) -> list[SourceView]:
    """Return every source, the document under test first, with how often it is rested on."""
    uses: Counter[str] = Counter()
    for chapter in model:
        for group in chapter.groups:
            for entry in group.entries:
                uses.update(link.target for link in entry.sources)
    for card in found:
        uses.update(f.source.target for f in card.evidence if f.source)
    views = [
        SourceView(
            anchor("source", record.id),
            record,
            record.id == result.ledger.source,
            uses[f"#{anchor('source', record.id)}"],
        )
        for record in result.sources
    ]
    return sorted(views, key=lambda v: not v.subject)
