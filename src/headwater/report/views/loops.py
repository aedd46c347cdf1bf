"""What the report says of the case's named loops: shares over time, and claims without them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from headwater.argument.loop_findings import LoopShare, NamedLoopFindings
from headwater.argument.loop_trials import LoopTrial
from headwater.argument.results import TestResult
from headwater.argument.saved.findings import SavedLoops
from headwater.language.names import canonical
from headwater.report import words
from headwater.report.charts.drawing import Picture, draw
from headwater.report.charts.loop import line_style, loop_chart
from headwater.report.links import Link, Register, anchor
from headwater.report.prose import Prose
from headwater.report.views.claims import Chip, chip

_KINDS = {
    "R": ("reinforcing", "a push goes round and comes back as a push the same way"),
    "B": ("balancing", "a push goes round and comes back as a push the other way"),
    "Ru": ("reinforcing nearly all of the time", ""),
    "Bu": ("balancing nearly all of the time", ""),
    "U": ("sometimes reinforcing, sometimes balancing", ""),
    "": ("never acts in this run", ""),
}
MOST_SPANS = 4
SMALLEST_REACH = 0.01


@dataclass(frozen=True, slots=True)
class StructureShare:
    """A loop under one structure, in words; ``color`` and ``dash`` are those of its line."""

    title: str
    color: str
    dash: str
    kind: str
    mean: str
    spans: str


@dataclass(frozen=True, slots=True)
class TrialRow:
    """One condition with a loop and without it."""

    name: str
    title: str
    card: str
    before: str
    after: str
    whole: Chip
    cut: Chip
    change: str


@dataclass(frozen=True, slots=True)
class LoopView:
    """One named loop."""

    anchor: str
    title: str
    kind: str
    path: tuple[Link, ...]
    note: Markup
    picture: Markup
    shares: tuple[StructureShare, ...]
    count: str
    cut: str
    trials: tuple[TrialRow, ...]


@dataclass(frozen=True, slots=True)
class LoopsView:
    """The chapter. ``trial_sample`` is what is behind the claims, ``share_sample`` the charts."""

    loops: tuple[LoopView, ...]
    share_sample: str
    trial_sample: str
    command: str


def loops_view(
    result: TestResult, saved: Sequence[SavedLoops], register: Register, prose: Prose
) -> LoopsView | None:
    """Return the chapter on loops; None where no findings were included."""
    if not saved:
        return None
    about, found = saved[-1].about, saved[-1].found
    titles = {canonical(v.name): v.title or words.name(v.name) for v in result.case.variants}
    acting = [loop for loop in found.loops if any(s.loops for s in loop.shares)]
    pictures = iter(draw([_picture(loop, titles) for loop in acting]))
    views = tuple(
        _view(
            number,
            loop,
            next(pictures) if loop in acting else Markup(""),
            titles,
            result,
            register,
            prose,
        )
        for number, loop in enumerate(found.loops)
    )
    structures = max((len(loop.shares) for loop in found.loops), default=1)
    one = f"1 run under each of {structures} structures" if structures > 1 else "1 run"
    policy = f", under “{_policy(result, found.policy)}”" if found.policy else ""
    draws = words.count(found.runs, "draw")
    cases = f"{draws} × {structures} structures" if structures > 1 else draws
    return LoopsView(
        views,
        f"{one} at central values (nothing is drawn; seed {found.seed}){policy}; prior",
        f"{cases}, with the loop and without it; seed {found.seed}; inputs from {about.drawn_from}",
        about.command,
    )


def _policy(result: TestResult, name: str) -> str:
    found = (p.title for p in result.case.policies if canonical(p.name) == canonical(name))
    return next(found, "") or words.name(name)


def by_expectation(view: LoopsView | None) -> dict[str, list[tuple[LoopView, TrialRow]]]:
    """Return the trials of each condition, by its name, with their loops."""
    found: dict[str, list[tuple[LoopView, TrialRow]]] = {}
    for loop in view.loops if view else ():
        for row in loop.trials:
            found.setdefault(row.name, []).append((loop, row))
    return found


def _picture(loop: NamedLoopFindings, titles: Mapping[str, str]) -> Picture:
    acting = [s for s in loop.shares if s.loops]
    reach = max(max(abs(x) for x in s.share) for s in acting)
    ends = words.listing(
        [f"{_title(s, titles) or 'the model'} {words.percent(_mean(s))}" for s in acting]
    )
    description = (
        f"Line chart: share of the change that goes with the loop {loop.title}, over time. "
        f"Mean size: {ends}."
    )
    return loop_chart(loop.shares, max(reach, SMALLEST_REACH), description)


def _mean(share: LoopShare) -> float:
    return sum(abs(x) for x in share.share) / len(share.share)


def _title(share: LoopShare, titles: Mapping[str, str]) -> str:
    return titles.get(canonical(share.structure), words.name(share.structure))


def _view(
    number: int,
    loop: NamedLoopFindings,
    picture: Markup,
    titles: Mapping[str, str],
    result: TestResult,
    register: Register,
    prose: Prose,
) -> LoopView:
    kinds = {s.polarity for s in loop.shares if s.loops}
    kind, meaning = _KINDS[kinds.pop() if len(kinds) == 1 else "U" if kinds else ""]
    return LoopView(
        anchor=anchor("loop", f"{number + 1}"),
        title=loop.title,
        kind=f"{kind}: {meaning}" if meaning else kind,
        path=tuple(register.variable(n) or Link(words.name(n), "") for n in loop.through),
        note=prose.inline(loop.note),
        picture=picture,
        shares=tuple(_share(k, s, titles) for k, s in enumerate(loop.shares)),
        count=_count(loop.shares),
        cut=_cut(loop.cut),
        trials=tuple(_trials(loop.trials, result)),
    )


def _count(shares: Sequence[LoopShare]) -> str:
    most = max((s.loops for s in shares), default=0)
    text = f"{words.count(most, 'single loop')} in the model" if most else ""
    if most and not all(s.complete for s in shares):
        text += ", the strongest of more than can be listed"
    return text


def _share(number: int, share: LoopShare, titles: Mapping[str, str]) -> StructureShare:
    spans = [f"{words.year(a)} to {words.year(b)}" for a, b in share.dominates[:MOST_SPANS]]
    more = len(share.dominates) - MOST_SPANS
    if more > 0:
        spans.append(f"{more} more stretches")
    style = line_style(number)
    return StructureShare(
        title=_title(share, titles),
        color=style.color,
        dash=",".join(str(d) for d in style.dash) if style.dash != (1, 0) else "",
        kind=_KINDS[share.polarity][0],
        mean=words.percent(_mean(share)),
        spans=words.listing(spans),
    )


def _cut(cut: str) -> str:
    link, _, when = cut.partition(" at ")
    source, _, target = link.partition(" -> ")
    if not cut:
        return ""
    since = f"from {when} on" if when else "from the start"
    return f"{words.name(target)} sees {words.name(source)} stand still {since}"


def _trials(trials: Sequence[LoopTrial], result: TestResult) -> list[TrialRow]:
    expectations = {e.expectation.name: e for e in result.expectations}
    rows = []
    for trial in trials:
        if trial.expectation not in expectations:
            continue
        expectation = expectations[trial.expectation].expectation
        before, after = trial.whole.overall.value, trial.cut.overall.value
        rows.append(
            TrialRow(
                name=expectation.name,
                title=expectation.title or expectation.name,
                card=f"#{anchor('claim', expectation.claims[0])}" if expectation.claims else "",
                before=words.percent(before),
                after=words.percent(after),
                whole=chip(trial.whole.verdict),
                cut=chip(trial.cut.verdict),
                change=_change(trial),
            )
        )
    return rows


def _change(trial: LoopTrial) -> str:
    """Say what the loop does for the claim, where the two shares differ beyond chance."""
    whole, cut = trial.whole.overall, trial.cut.overall
    if trial.whole.verdict is not trial.cut.verdict:
        return f"without the loop the verdict is “{trial.cut.verdict}”"
    if cut.low <= whole.value <= cut.high:
        return "no difference that could be told from chance"
    side = "more" if whole.value > cut.value else "less"
    return f"met {side} often with the loop than without it"
