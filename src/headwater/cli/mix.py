"""``headwater mix``: search for a better mix of levers, and show what it trades for what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headwater.cli.loading import load_case
from headwater.cli.options import (
    SEED_HELP,
    better_option,
    horizons_option,
    model_argument,
    posterior_option,
    threads_option,
)
from headwater.cli.places import FileToWrite
from headwater.cli.tables import write_output, write_table
from headwater.cli.texts import assignments, names, numbers, this_command
from headwater.errors import MissingExtra

if TYPE_CHECKING:
    from headwater.argument.policies.mixes import Mixes
    from headwater.model.case import Case

SHOWN, MOVED = 8, 0.1


@click.command("mix")
@model_argument
@click.option(
    "--outcome", metavar="NAME", default="", help="Outcome to better. Default: the case's first."
)
@horizons_option
@better_option
@click.option(
    "--levers", multiple=True, metavar="A,B", help="Levers to mix. Default: all that policies set."
)
@click.option(
    "--cost", multiple=True, metavar="LEVER=PRICE", help="Price of a lever. Default: 1. Repeatable."
)
@click.option("--budget", type=float, help="The most effort that a mix may take.")
@click.option(
    "--from", "start", type=float, help="Time at which mixes begin. Default: as the policies do."
)
@click.option(
    "--generations",
    type=click.IntRange(1),
    default=25,
    show_default=True,
    help="Rounds of the search, each of which improves on the mixes of the one before.",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help=SEED_HELP)
@threads_option
@posterior_option
@click.option(
    "-o",
    "--output",
    type=FileToWrite(".csv", ".json"),
    help="Write every mix as a CSV table, or as FILE.json for `headwater test --include`.",
)
@click.option(
    "--picture",
    type=FileToWrite(".svg"),
    help="Draw the trade-off as an SVG file.",
)
def command(
    model: str,
    outcome: str,
    times: tuple[str, ...],
    better: str | None,
    levers: tuple[str, ...],
    cost: tuple[str, ...],
    budget: float | None,
    start: float | None,
    generations: int,
    seed: int,
    threads: int,
    posterior: Path | None,
    output: Path | None,
    picture: Path | None,
) -> None:
    """Search for mixes of the levers of the case MODEL that no other betters in every aim.

    Aims are the outcome over the baseline's at each of the times, as it is bettered in nine cases
    of ten, and little effort: how far levers are moved, as shares of their ranges, times their
    price. A mix holds each lever at one level. What is found is judged on draws of its own.
    """
    from headwater.argument.policies.mixes import MixOptions, search_mixes
    from headwater.argument.saved.files import write_findings
    from headwater.argument.saved.making import save_mixes

    case = load_case(model, "policies")
    options = MixOptions(
        outcome=outcome,
        times=numbers(times, "--times"),
        lower_is_better=None if better is None else better == "lower",
        levers=names(levers, "--levers"),
        prices=assignments(cost, "--cost"),
        budget=budget,
        start=start,
        generations=generations,
        seed=seed,
        threads=threads,
        posterior=posterior,
    )
    found = search_mixes(case, options)
    _show(found, case)
    if output is not None and output.suffix == ".json":
        write_findings(save_mixes(found, case, this_command()), output)
        click.echo(str(output), err=True)
    elif output is not None:
        write_table(output, _rows(found))
    if picture is not None:
        write_output(picture, _svg(found, case))


def _show(found: Mixes, case: Case) -> None:
    from rich.console import Console
    from rich.table import Table

    from headwater.report import words

    label = found.outcome.label or words.name(found.outcome.variable.text)
    title = f"{label}, over the baseline, bettered in nine cases of ten"
    table = Table(title=title, title_justify="left", box=None)
    table.add_column("effort", justify="right")
    for time in found.times:
        table.add_column(f"{time:g}", justify="right")
    table.add_column("mix, or policy of the case", overflow="fold")
    step = max(1, -(-len(found.found) // SHOWN))
    rows = [(m, _levels(m.levels, case)) for m in found.found[::step]]
    rows += [(m, _title(case, m.policy)) for m in found.policies]
    for mix, text in rows:
        aims = [f"{a:.2f}" for a in mix.aims]
        table.add_row(f"{mix.effort:.2f}", *aims, text)
    Console().print(table)
    click.echo(
        f"{words.count(len(found.found), 'mix', 'mixes')} of {found.searched:,} that were tried on "
        f"{found.scenarios} "
        f"draws; judged on {found.runs:,} draws, seed {found.seed + 1}, from {found.drawn_from}; "
        f"{found.simulations:,} simulations. Mixes begin in {found.start:g}; levers that "
        "hardly move are left out."
    )


def _levels(levels: Mapping[str, float], case: Case) -> str:
    from headwater.argument.policies.named import priced_lever
    from headwater.report import words

    parts = []
    for name, level in levels.items():
        lever = priced_lever(case, name)
        assert lever.range is not None
        usual = _usual(case, name)
        if usual is None or abs(level - usual) >= MOVED * (lever.range.high - lever.range.low):
            parts.append(f"{words.name(name)} {words.number(level, 2)}")
    return ", ".join(parts) or "all levers as they are"


def _usual(case: Case, name: str) -> float | None:
    """Return a lever's own value where it is a plain number."""
    from headwater.argument.policies.named import priced_lever
    from headwater.simulation.params import is_plain, literal_values

    lever = priced_lever(case, name)
    return next(iter(literal_values(case.project, lever).values())) if is_plain(lever) else None


def _title(case: Case, policy: str) -> str:
    from headwater.language.names import canonical
    from headwater.report import words

    found = next(p for p in case.policies if canonical(p.name) == policy)
    return found.title or words.name(found.name)


def _rows(found: Mixes) -> Iterator[Sequence[object]]:
    """Yield the table of all mixes and of the case's own policies, the head first."""
    yield ["policy", "effort", *(f"ratio_{time:g}" for time in found.times), *found.levers]
    for mix in (*found.found, *found.policies):
        levels = [repr(mix.levels[v]) if mix.levels else "" for v in found.levers]
        yield [mix.policy, repr(mix.effort), *(repr(a) for a in mix.aims), *levels]


def _svg(found: Mixes, case: Case) -> str:
    try:
        from headwater.report.charts.tradeoff import tradeoff_svg
    except ImportError:
        raise MissingExtra(
            "a picture needs Vega-Altair and vl-convert", hint='pip install "headwater[report]"'
        ) from None
    return tradeoff_svg(found, lambda policy: _title(case, policy))
