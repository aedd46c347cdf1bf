"""``headwater discover``: under which assumptions a claim holds, and what would turn it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headwater.cli.loading import load_case
from headwater.cli.options import (
    draws_options,
    model_argument,
    posterior_option,
    threads_option,
)
from headwater.cli.places import FileToWrite
from headwater.cli.tables import write_table
from headwater.cli.texts import this_command

if TYPE_CHECKING:
    from headwater.analysis.discovery import Box, Conditions
    from headwater.argument.discovering import Discovery
    from headwater.model.case import Case

SHOWN_POINTS = 10


@click.command("discover")
@model_argument
@click.argument("name", metavar="CLAIM")
@draws_options(2000)
@click.option(
    "--density",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.9,
    show_default=True,
    help="Share of a box's cases that must be of one kind.",
)
@click.option(
    "--most",
    type=click.IntRange(1, 8),
    default=3,
    show_default=True,
    help="The most inputs that may be changed at once to turn the verdict.",
)
@click.option(
    "--tree/--no-tree", default=True, help="Show a classification tree; needs scikit-learn."
)
@click.option(
    "--flips/--no-flips",
    default=True,
    help="Search for the smallest changes that turn the verdict.",
)
@threads_option
@posterior_option
@click.option(
    "-o",
    "--output",
    type=FileToWrite(".csv", ".json"),
    help="Write the trade-off between coverage and density as a CSV table, or as FILE.json the "
    "smallest changes, for `headwater test --include`.",
)
def command(
    model: str,
    name: str,
    runs: int,
    seed: int,
    density: float,
    most: int,
    tree: bool,
    flips: bool,
    threads: int,
    posterior: Path | None,
    output: Path | None,
) -> None:
    """Tell when CLAIM holds and when it fails, and the smallest change that turns it.

    CLAIM is an expectation of the case MODEL, or a claim: then each of its expectations. Boxes are
    found by PRIM on three quarters of the draws and measured on the last; every flip is verified
    by runs.
    """
    from headwater.argument.discovering import DiscoverOptions, discover_case, named
    from headwater.argument.saved.files import write_findings
    from headwater.argument.saved.making import save_flips

    case = load_case(model, "claims")
    options = DiscoverOptions(
        runs=runs,
        seed=seed,
        dense=density,
        most=most,
        tree=tree,
        flips=flips,
        threads=threads,
        posterior=posterior,
    )
    found = []
    for expectation in named(case, name):
        found.append(discover_case(case, expectation, options))
        for line in _lines(found[-1], case):
            click.echo(line)
    if output is not None and output.suffix == ".json":
        write_findings(save_flips(found, case, this_command()), output)
        click.echo(str(output), err=True)
    elif output is not None:
        write_table(output, _rows(found))


def _lines(found: Discovery, case: Case) -> Iterator[str]:
    from headwater.language.names import canonical
    from headwater.report import words
    from headwater.report.flips import flip_lines, leaf_lines

    titles = {canonical(v.name): v.title or words.name(v.name) for v in case.variants}

    def structure(name: str) -> str:
        return titles.get(canonical(name), words.name(name))

    trial = found.trial
    yield found.expectation.title or found.expectation.name
    yield f"  {found.condition}"
    yield f"{trial.verdict}: met in {words.percent(trial.overall.value)} of the cases"
    if len(trial.by_variant) > 1:
        for name, share in trial.by_variant.items():
            yield f"  {words.percent(share.value):>5}  {structure(name)}"
    yield ""
    yield "Holds when, fails when"
    yield from _indented(_boxes(found.conditions, structure))
    for name, conditions in found.by_structure.items():
        yield f"Within {structure(name)}"
        yield from _indented(_boxes(conditions, structure))
    for box in _both(found.conditions):
        yield f"Trade-off of the box in which it {box.side}: coverage, density, mass, restrictions"
        yield from _indented(_tradeoff(box))
    if found.leaves:
        yield "As a tree"
        yield from _indented(leaf_lines(found.leaves, structure))
    if found.central or found.shares:
        yield "The smallest change that turns it"
        yield from _indented(flip_lines(found, structure))
    yield (
        f"{found.simulations:,} simulations, {found.runs:,} draws, seed {found.seed}, from "
        f"{found.drawn_from}"
    )
    yield ""


def _boxes(conditions: Conditions | None, structure: Callable[[str], str]) -> Iterator[str]:
    from headwater.report.boxes import boxes, lines

    if conditions is None:
        yield "Too few cases of one kind to tell."
    else:
        yield from lines(boxes(conditions, structure))


def _both(conditions: Conditions | None) -> Iterator[Box]:
    for box in (conditions.holds, conditions.fails) if conditions else ():
        if box is not None:
            yield box


def _tradeoff(box: Box) -> Iterator[str]:
    points = box.tradeoff
    step = max(1, -(-len(points) // SHOWN_POINTS))
    for point in points[::step]:
        yield (
            f"{point.coverage:5.2f} {point.density:5.2f} {point.mass:5.2f} {point.restrictions:3d}"
        )


def _indented(lines: Iterator[str]) -> Iterator[str]:
    yield from (f"  {line}" for line in lines)


def _rows(found: list[Discovery]) -> Iterator[Sequence[object]]:
    """Yield the table of every box along the trade-off, the head first."""
    yield ["expectation", "structure", "side", "coverage", "density", "mass", "restrictions"]
    for discovery in found:
        kinds = {"": discovery.conditions, **discovery.by_structure}
        for structure, conditions in kinds.items():
            for box in _both(conditions):
                for p in box.tradeoff:
                    cells = [repr(x) for x in (p.coverage, p.density, p.mass)]
                    name = discovery.expectation.name
                    yield [name, structure, box.side, *cells, p.restrictions]
