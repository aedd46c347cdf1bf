"""``headwater loops``: which feedback loops make the model behave as it does, and when."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headwater.cli.options import (
    SEED_HELP,
    model_argument,
    policy_option,
    threads_option,
    variant_option,
)
from headwater.cli.places import FileToWrite
from headwater.cli.tables import write_table
from headwater.cli.texts import names

if TYPE_CHECKING:
    from headwater.analysis.loops.analyse import LoopAnalysis, LoopSeries, Partition
    from headwater.analysis.loops.cut import CutExperiment
    from headwater.model.case import NamedLoop
    from headwater.model.project import Project

MOST_STOPS = 9
MOST_INTERVALS = 12
MOST_TIMES = 9
ARROW = " -> "


@click.command("loops")
@model_argument
@policy_option
@variant_option("Run")
@click.option(
    "--top",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    help="Loops to show of each group of stocks that feed back on each other.",
)
@click.option(
    "--by",
    type=click.Choice(["element", "variable"]),
    default="element",
    show_default=True,
    help="Tell elements of arrays apart, or add them up.",
)
@click.option(
    "--through",
    multiple=True,
    metavar="A,B",
    help="Show only loops that pass these variables or elements, in this order.",
)
@click.option(
    "--cut",
    "cuts",
    multiple=True,
    metavar='"A -> B"',
    help="Run with this link cut instead, and show the change of the outcome. Repeatable.",
)
@click.option("--outcome", metavar="NAME", help="Variable or element that shows what a cut does.")
@click.option("--at", type=float, help="Time at which links are cut; the start if left out.")
@click.option(
    "--claims",
    is_flag=True,
    help="Follow the loops that the case names under every rival structure, and judge their claims "
    "with them and without.",
)
@click.option(
    "--runs",
    type=click.IntRange(1),
    default=500,
    show_default=True,
    help="With --claims: number of draws behind each verdict.",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help=SEED_HELP)
@threads_option
@click.option(
    "-o",
    "--output",
    type=FileToWrite(".csv", ".json"),
    help="Write the shown loops' scores, or the outcome, over time as a CSV table; with --claims, "
    "what was found, for `headwater test --include`.",
)
def command(
    model: str,
    policy: str | None,
    variant: str,
    top: int,
    by: str,
    through: tuple[str, ...],
    cuts: tuple[str, ...],
    outcome: str | None,
    at: float | None,
    claims: bool,
    runs: int,
    seed: int,
    threads: int,
    output: Path | None,
) -> None:
    """Tell which feedback loops of MODEL matter, and when.

    A loop's share is what it contributes to the change of all stocks that its group of loops
    connects: loops-that-matter scores, which add up to 100% in size at each time. Positive shares
    are of reinforcing loops (R), negative ones of balancing loops (B); U is a loop whose sign
    changes. The run has the central values of all constants.
    """
    from headwater.analysis.loops.analyse import analyse_loops
    from headwater.analysis.loops.cut import cut_experiment, read_link
    from headwater.analysis.loops.trace import trace
    from headwater.cli.loop_claims import judge_loops
    from headwater.errors import UsageError

    kind = ".json" if claims else ".csv"
    if output is not None and output.suffix.lower() != kind:
        raise UsageError(
            f"cannot write `{output}`: what was asked for is saved as {kind}",
            hint="--claims saves .json, the loops and a cut are tables: .csv",
        )
    if claims:
        judge_loops(model, runs, seed, threads, output)
        return
    links = tuple(read_link(text) for text in cuts)
    if bool(links) != (outcome is not None):
        raise UsageError(
            "`--cut` and `--outcome` go together",
            hint='write --cut "source -> target" --outcome variable',
        )
    project, named = _project(model, policy, variant)
    if outcome is not None:
        experiment = cut_experiment(project, links, outcome, at=at)
        _show_cut(experiment, cuts, at)
        if output is not None:
            write_table(output, _rows_of_cut(experiment))
        return
    found = analyse_loops(trace(project), by="variable" if by == "variable" else "element")
    shown = [(p, _shown(p, names(through, "--through"), top)) for p in found.partitions]
    shown = [(p, loops) for p, loops in shown if loops]
    _show(found, shown, len(found.partitions))
    _show_named(found, named)
    if output is not None:
        write_table(output, _rows(found, shown))


def _project(
    model: str, policy: str | None, variant: str | None
) -> tuple[Project, tuple[NamedLoop, ...]]:
    from headwater.api import Case, load
    from headwater.simulation.building import Recipe, Workshop

    loaded = load(model)
    case = loaded.case if isinstance(loaded, Case) else None
    workshop = Workshop(loaded.project, case)
    first = case.variants[0].name if case and case.variants else ""
    recipe = Recipe(variant=variant or first, policy=policy or "")
    workshop.program_for(recipe)  # refuses what `headwater run` refuses, units included
    return workshop.project_for(recipe), case.loops if case else ()


def _shown(partition: Partition, through: Sequence[str], top: int) -> list[LoopSeries]:
    from headwater.analysis.loops.naming import goes_through

    chosen = [s for s in partition.loops if not through or goes_through(s.path, through)]
    return chosen[:top]


def _show(
    found: LoopAnalysis, shown: Sequence[tuple[Partition, list[LoopSeries]]], groups: int
) -> None:
    if not shown:
        click.echo(
            "no such loop changes anything in this run"
            if groups
            else "no feedback loop changes anything in this run"
        )
        return
    for partition, loops in shown:
        _show_partition(found, partition, loops)
    click.echo(
        "share: a loop's mean part in the change; most: the largest, and when it is so large"
    )


def _show_partition(found: LoopAnalysis, partition: Partition, loops: Sequence[LoopSeries]) -> None:
    from rich.console import Console
    from rich.table import Table

    stocks = ", ".join(partition.stocks[:MOST_STOPS])
    more = len(partition.stocks) - MOST_STOPS
    table = Table(
        title=f"Loops of {stocks}{f' and {more} more' if more > 0 else ''}",
        title_justify="left",
        box=None,
    )
    for column in ("loop", "share", "most", "at"):
        table.add_column(column, no_wrap=True, justify="left" if column == "loop" else "right")
    table.add_column("path", overflow="fold")
    for loop in loops:
        k = loop.peak
        table.add_row(
            loop.name,
            f"{loop.importance:.1%}",
            f"{loop.relative[k]:+.1%}",
            f"{found.times[k]:g}",
            _short(loop.path),
        )
    console = Console()
    console.print(table)
    click.echo(_coverage(partition, len(found.times)))
    _show_dominance(found, partition)
    click.echo()


def _show_named(found: LoopAnalysis, named: Sequence[NamedLoop]) -> None:
    """Show the loops that the author names: all that pass the same variables, added up."""
    import numpy as np
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from headwater.language.printer import print_expression

    if not named:
        return
    table = Table(title="Named in the case", title_justify="left", box=None)
    for column in ("loop", "loops", "share", "most", "at"):
        table.add_column(column, justify="left" if column == "loop" else "right")
    for name in named:
        through = [print_expression(n) for n in name.through]
        cells = ["0", "never acts", "", ""]
        for partition in found.partitions:
            passing, share = partition.together(through)
            if passing:
                k = int(np.abs(share).argmax())
                mean = f"{float(np.abs(share).mean()):.1%}"
                count = passing[0].name if len(passing) == 1 else f"{len(passing):,}"
                cells = [count, mean, f"{share[k]:+.1%}", f"{found.times[k]:g}"]
        table.add_row(escape(name.title), *cells)
    Console().print(table)


def _short(path: Sequence[str]) -> str:
    from rich.markup import escape

    if len(path) <= MOST_STOPS:
        return escape(ARROW.join(path))
    half = MOST_STOPS // 2
    left_out = len(path) - 2 * half
    middle = f"({left_out} more)"
    return escape(ARROW.join([*path[:half], middle, *path[-half:]]))


def _coverage(partition: Partition, times: int) -> str:
    count = len(partition.loops)
    if partition.complete:
        return f"{count:,} active loop{'s' if count != 1 else ''}, all there are"
    return (
        f"{count:,} loops found, not all there are: too many to list, so the strongest were "
        f"searched for at {partition.searched} of {times} steps; shares are of what was found"
    )


def _show_dominance(found: LoopAnalysis, partition: Partition) -> None:
    step = float(found.times[1] - found.times[0]) if len(found.times) > 1 else 0.0
    stretches = [s for s in partition.dominance() if s.loops]
    if len(stretches) > MOST_INTERVALS:
        click.echo(f"dominance changes {len(stretches):,} times; the longest stretches:")
        longest = sorted(stretches, key=lambda s: (s.first - s.last, s.first))[:MOST_INTERVALS]
        stretches = sorted(longest, key=lambda s: s.first)
    for stretch in stretches:
        loops = ", ".join(partition.loops[k].name for k in stretch.loops[:MOST_STOPS])
        more = len(stretch.loops) - MOST_STOPS
        span = f"{found.times[stretch.first]:g} to {found.times[stretch.last] + step:g}"
        click.echo(f"  {span}: {loops}{f' and {more} more' if more > 0 else ''}")


def _show_cut(experiment: CutExperiment, cuts: Sequence[str], at: float | None) -> None:
    import numpy as np

    when = "from the start" if at is None else f"from {at:g}"
    click.echo(f"{experiment.outcome}, with {' and '.join(cuts)} held {when}:")
    click.echo(f"{'time':>10} {'whole':>14} {'cut':>14} {'change':>9}")
    last = len(experiment.times) - 1
    for k in np.unique(np.linspace(0, last, MOST_TIMES).astype(int)):
        whole, cut = float(experiment.whole[k]), float(experiment.cut[k])
        change = f"{cut / whole - 1:+.1%}" if whole else ""
        click.echo(f"{experiment.times[k]:>10g} {whole:>14.6g} {cut:>14.6g} {change:>9}")


def _rows(
    found: LoopAnalysis, shown: Sequence[tuple[Partition, list[LoopSeries]]]
) -> list[list[str]]:
    rows = [["group", "loop", "path", "time", "score", "relative"]]
    for number, (_, loops) in enumerate(shown, start=1):
        for loop in loops:
            path = ARROW.join(loop.path)
            for k, time in enumerate(found.times):
                score, share = float(loop.score[k]), float(loop.relative[k])
                head = [str(number), loop.name, path]
                rows.append([*head, repr(float(time)), repr(score), repr(share)])
    return rows


def _rows_of_cut(experiment: CutExperiment) -> list[list[str]]:
    table = zip(experiment.times, experiment.whole, experiment.cut, strict=True)
    return [["time", "whole", "cut"], *([repr(float(v)) for v in row] for row in table)]
