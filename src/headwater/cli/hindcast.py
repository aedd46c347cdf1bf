"""``headwater hindcast``: fit to one part of history, judge on the rest."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headwater.cli.fit import case_to_fit, print_fit, table, write_fit
from headwater.cli.options import (
    SEED_HELP,
    model_argument,
    set_option,
    threads_option,
    variant_option,
)
from headwater.cli.places import FolderToWrite
from headwater.cli.tables import wide_console
from headwater.cli.texts import assignments, names, this_command

if TYPE_CHECKING:
    from rich.console import Console

    from headwater.analysis.hindcast import Errors, Hindcast, Theil

LEGEND = (
    "Errors: mean absolute percentage errors, of the fitted → of the judged years; the model's are "
    "those of\nthe median over the posterior. Last value: in the fitted years the point before, in "
    "the judged years the\nlast fitted point. Theil: shares of the squared error in the judged "
    "years from a wrong level, from unequal\nvariation, and from the rest."
)


@click.command("hindcast")
@model_argument
@click.option(
    "--split",
    type=float,
    help="Last time of the data to fit to. Default: that of the case's `fit` statement.",
)
@click.option("--from", "start", type=float, help="First time of the data to fit to.")
@click.option("--to", "stop", type=float, help="Last time of the data to judge on.")
@click.option(
    "--series",
    multiple=True,
    metavar="A,B",
    help="Compared variables. Default: as for `headwater fit`.",
)
@click.option(
    "--free",
    multiple=True,
    metavar="C,D",
    help="Constants to fit. Default: as for `headwater fit`.",
)
@variant_option("Fit")
@set_option("Hold a constant at another value.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help=SEED_HELP)
@click.option(
    "-o",
    "--output",
    type=FolderToWrite(),
    help="Folder for hindcast.csv, hindcast.json (for `headwater test --include`) and what "
    "`headwater fit` writes.",
)
@click.option("--resume", is_flag=True, help="Go on with the interrupted fit in --output.")
@threads_option
def command(
    model: str,
    split: float | None,
    start: float | None,
    stop: float | None,
    series: tuple[str, ...],
    free: tuple[str, ...],
    variant: str,
    settings: tuple[str, ...],
    seed: int,
    output: Path | None,
    resume: bool,
    threads: int,
) -> None:
    """Fit a case to its data up to --split, and judge it on the years after that.

    Sets its errors beside those of naive forecasts and says where they come nearer. Lists what the
    model was told about the judged years, and judges it without that, too.
    """
    from headwater.analysis.calibration.fit import Options
    from headwater.analysis.calibration.problem import Question
    from headwater.analysis.hindcast import hindcast, write_hindcast
    from headwater.argument.saved.files import write_findings
    from headwater.argument.saved.making import save_hindcast

    case = case_to_fit(model, output, resume)
    question = Question(
        names(series, "--series"),
        names(free, "--free"),
        start,
        stop,
        variant,
        assignments(settings),
    )
    options = Options(seed=seed, folder=output, resume=resume)
    found = hindcast(case, question, split, options, threads=threads or None)
    console = wide_console()
    print_fit(found.fit, console)
    print_hindcast(found, console)
    if output is not None:
        write_fit(found.fit, output, shlex.join(["headwater", *sys.argv[1:]]))
        write_hindcast(found, output / "hindcast.csv")
        write_findings(save_hindcast(found, case, this_command()), output / "hindcast.json")
        for name in ("hindcast.csv", "hindcast.json"):
            click.echo(str(output / name), err=True)


def print_hindcast(found: Hindcast, console: Console) -> None:
    """Print a hindcast's table, its losses, and what the model was told."""
    from rich.markup import escape

    console.print()
    console.print(f"[bold]Fitted to {found.split:g}, judged after that[/]", highlight=False)
    titles = ("series", "points", "model", "last value", "trend", "in band", "Theil", "nearest")
    shown = table(*titles)
    for row in found.rows:
        fitted, judged = row.fitted, row.judged
        shown.add_row(
            escape(row.label),
            f"{fitted.model.points} → {judged.model.points}",
            _errors(fitted.model, judged.model),
            _errors(fitted.last_value, judged.last_value),
            _errors(fitted.trend, judged.trend),
            f"{row.covered:.0%}",
            _theil(judged.theil),
            _nearest(row.loses_to),
        )
    console.print(shown)
    console.print(f"{LEGEND}\n", highlight=False, style="dim")
    for row in found.losses:
        console.print(
            f"[red]The model loses to the naive forecast[/] ({' and '.join(row.loses_to)}): "
            f"{escape(row.label)}",
            highlight=False,
        )
    if not found.losses:
        console.print("The model comes nearer than both naive forecasts in every series.")
    for what, told in (("data", found.told_data), ("tables over time", found.told_tables)):
        if told:
            console.print(
                f"[yellow]Note:[/] the model is told about the judged years by these {what}: "
                f"{escape(', '.join(told))}.",
                highlight=False,
            )
    _print_untold(found, console)
    if found.left_out:
        console.print(
            f"Without data in the judged years: {escape(', '.join(found.left_out))}.",
            highlight=False,
        )


def _print_untold(found: Hindcast, console: Console) -> None:
    """Print how the model does without what it was told, which is what naive forecasts know."""
    from rich.markup import escape

    rows = [(row, row.untold) for row in found.rows if row.untold is not None]
    if not rows:
        return
    console.print(f"\n[bold]The same, told nothing after {found.split:g}[/]", highlight=False)
    shown = table("series", "points", "model", "last value", "trend", "Theil", "nearest")
    for row, period in rows:
        errors = (period.model, period.last_value, period.trend)
        shown.add_row(
            escape(row.label),
            str(period.model.points),
            *(_share(e.mape) for e in errors),
            _theil(period.theil),
            _nearest(row.untold_loses_to),
        )
    console.print(shown)
    console.print(
        "Data and tables that drive the model are held as they were at the split.",
        highlight=False,
        style="dim",
    )


def _nearest(loses_to: tuple[str, ...]) -> str:
    return "[red]naive[/]" if loses_to else "[green]model[/]"


def _errors(fitted: Errors, judged: Errors) -> str:
    return f"{_share(fitted.mape)} → {_share(judged.mape)}"


def _share(value: float) -> str:
    return "–" if value != value else f"{value:.1%}"


def _theil(shares: Theil) -> str:
    parts = (shares.bias, shares.variance, shares.covariance)
    return " ".join("–" if p != p else f"{p:.2f}" for p in parts)
