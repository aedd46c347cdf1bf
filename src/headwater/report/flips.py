"""Flips and trees in plain words: what would have to be different for the verdict to turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from headwater.analysis.trees import Leaf
from headwater.argument.discovering import CentralFlip, Discovery, Move, ShareFlip
from headwater.argument.saved.findings import FlipsFound
from headwater.report import words
from headwater.report.boxes import quantity, range_of

AIMS = {
    "holds": "the claim would hold",
    "fails": "the claim would fail",
    "most": "it would be met in most cases",
    "few": "it would be met in less than half of the cases",
}
VERDICTS = ("holds", "fails")
Title = Callable[[str], str]


def flip_lines(found: Discovery, structure: Title) -> Iterator[str]:
    """Yield what a terminal shows of the nearest flips."""
    for central in found.central:
        yield from _central(central, structure if len(found.central) > 1 else lambda _: "")
    for shift in found.shares:
        yield from _share(shift, found.seed)


def flip_sentences(found: FlipsFound, structure: Title, seed: int) -> Iterator[str]:
    """Yield the nearest flips as the report tells them, one sentence or two each."""
    for central in found.central:
        yield _told(_central(central, structure if len(found.central) > 1 else lambda _: ""))
    for shift in found.shares:
        yield _told(_share(shift, seed))


def _told(lines: Iterator[str]) -> str:
    """Join what a terminal shows line by line; measures that need explaining are left out."""
    return " ".join(text for line in lines if not (text := line.strip()).startswith("distance"))


def _central(flip: CentralFlip, structure: Title) -> Iterator[str]:
    title = structure(flip.structure)
    where = "With every input in the middle of its range"
    where += f" and the structure “{title}”," if title else ","
    if flip.met is None:
        yield f"{where} it cannot be computed."
        return
    yield f"{where} it is {'met' if flip.met else 'not met'}."
    if not flip.moves:
        yield f"  Nothing within the ranges was found to turn it, in {flip.points:,} runs."
        return
    moves = words.listing([move(m) for m in flip.moves])
    yield f"  It turns with {moves}."
    yield f"  distance {flip.distance:.2f} in normal scores, found in {flip.points:,} runs"


def _share(flip: ShareFlip, seed: int) -> Iterator[str]:
    effort = f"{flip.ensembles} ensembles of {flip.runs:,} draws"
    rivals = flip.aim in VERDICTS and len(flip.before.by_variant) > 1
    aim = AIMS[flip.aim] + (" under every rival structure" if rivals else "")
    if flip.after is None:
        yield f"No shift of the ranges was found with which {aim}, in {effort}."
        return
    moves = words.listing([move(m) for m in flip.moves])
    yield f"With the middle of the range moved for {moves}, {aim}."
    shares = words.listing([words.percent(s.value) for s in flip.after.by_variant.values()])
    kinds = f" ({shares} under the rival structures)" if len(flip.after.by_variant) > 1 else ""
    yield (
        f"  Run with draws of seed {seed + 1}: {words.percent(flip.after.overall.value)}{kinds}, "
        f"where it was {words.percent(flip.before.overall.value)}."
    )
    if not flip.turned:
        yield "  On those draws it falls just short."
    yield f"  distance {flip.distance:.2f} in normal scores, found in {effort}"


def move(moved: Move) -> str:
    """Return how an input moves: from the middle of its range, to where."""
    name, place = words.name(moved.input), _place(moved.place)
    if moved.start is None or moved.end is None:
        return f"{name} from the middle of its range to where {place}"
    start, end = quantity(moved.start, moved.unit), quantity(moved.end, moved.unit)
    return f"{name} from {start} to {end} ({place})"


def _place(share: float) -> str:
    return f"{words.percent(share)} of its draws are lower"


def leaf_lines(leaves: tuple[Leaf, ...], structure: Title) -> Iterator[str]:
    """Yield the leaves of a tree, one line each."""
    for leaf in leaves:
        parts = [f"{words.name(limit.input)} {range_of(limit)}" for limit in leaf.limits]
        if leaf.structures:
            names = words.listing([structure(s) for s in leaf.structures], "or")
            parts.insert(0, f"structure {names}")
        yield (
            f"{words.percent(leaf.share):>5} met, {words.percent(leaf.mass)} of all cases: "
            f"{', '.join(parts) or 'every case'}"
        )
