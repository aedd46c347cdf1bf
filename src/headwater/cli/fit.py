"""``headwater fit``: which values of a case's constants agree with data."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headwater.cli.loading import load_case
from headwater.cli.options import (
    SEED_HELP,
    model_argument,
    set_option,
    threads_option,
    variant_option,
)
from headwater.cli.places import FolderToWrite
from headwater.cli.tables import wide_console
from headwater.cli.texts import assignments, names
from headwater.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from headwater.analysis.calibration.fit import Fit
    from headwater.analysis.calibration.summary import SeriesRow
    from headwater.model.case import Case

LEGEND = (
    "MAPE: mean absolute percentage error of the best run. In band: share of the data inside the "
    "90% band\nof made-up measurements. p: shares of made-up series with a higher level, or with "
    "longer runs of errors."
)


@click.command("fit")
@model_argument
@click.option(
    "--series",
    multiple=True,
    metavar="A,B",
    help="Compared variables to fit to. Default: those of the case's `fit` statement, or else the "
    "comparisons that say `used`.",
)
@click.option(
    "--free",
    multiple=True,
    metavar="C,D",
    help="Constants to fit, each with an uncertainty or a range. Default: those of the case's "
    "`fit` statement, or else the uncertain constants that move the series.",
)
@click.option("--from", "start", type=float, help="First time of the data to fit to.")
@click.option("--to", "stop", type=float, help="Last time of the data to fit to.")
@variant_option("Fit")
@set_option("Hold a constant at another value.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help=SEED_HELP)
@click.option(
    "--draws",
    type=click.IntRange(100),
    default=2000,
    show_default=True,
    help="Draws of the posterior to keep.",
)
@click.option(
    "-o",
    "--output",
    type=FolderToWrite(),
    help="Folder for posterior.npz, fit.json, predictions.csv and, until it is done, checkpoints.",
)
@click.option("--resume", is_flag=True, help="Go on with the interrupted fit in --output.")
@threads_option
def command(
    model: str,
    series: tuple[str, ...],
    free: tuple[str, ...],
    start: float | None,
    stop: float | None,
    variant: str,
    settings: tuple[str, ...],
    seed: int,
    draws: int,
    output: Path | None,
    resume: bool,
    threads: int,
) -> None:
    """Fit a case's constants to the data that it is compared with.

    Finds the best values, then all that are plausible given the stated errors of the data: the
    posterior, which `headwater test --posterior` can draw from. The same seed gives the same
    numbers, interrupted or not.
    """
    from headwater.analysis.calibration.fit import Options, fit
    from headwater.analysis.calibration.problem import Question, pose

    case = case_to_fit(model, output, resume)
    question = Question(
        names(series, "--series"),
        names(free, "--free"),
        start,
        stop,
        variant,
        assignments(settings),
    )
    problem = pose(case, question, seed=seed, threads=threads or None)
    found = fit(problem, Options(seed=seed, draws=draws, folder=output, resume=resume))
    print_fit(found, wide_console())
    if output is not None:
        write_fit(found, output, shlex.join(["headwater", *sys.argv[1:]]))
        click.echo(str(output / "fit.json"), err=True)


def case_to_fit(model: str, output: Path | None, resume: bool) -> Case:
    """Return the case to fit. Raises :class:`UsageError`: no case, or nothing to go on with."""
    if resume and output is None:
        raise UsageError("--resume needs --output", hint="name the folder of the interrupted fit")
    return load_case(model, "data to compare it with")


def write_fit(found: Fit, folder: Path, line: str) -> None:
    """Write posterior, tables and predictions; the checkpoint has done its work."""
    from hashlib import sha256

    from headwater.analysis.calibration.checkpoint import CHECKPOINT
    from headwater.analysis.calibration.problem import variants_alike
    from headwater.analysis.calibration.store import (
        POSTERIOR,
        posterior_of,
        write_posterior,
    )
    from headwater.analysis.calibration.summary import write_predictions, write_summary

    alike = variants_alike(found.problem)
    kept = posterior_of(found.problem, found.values, alike, found.options.seed)
    write_posterior(kept, folder / POSTERIOR)
    write_predictions(found, folder / "predictions.csv")
    digests = {
        name: sha256((folder / name).read_bytes()).hexdigest()
        for name in (POSTERIOR, "predictions.csv")
    }
    write_summary(found, folder / "fit.json", line, digests)
    (folder / CHECKPOINT).unlink(missing_ok=True)


def print_fit(found: Fit, console: Console) -> None:
    """Print a fit's tables."""
    from rich.markup import escape

    from headwater.analysis.calibration.summary import constant_rows, series_rows, warnings_of

    problem = found.problem
    variant = f", variant {problem.question.variant}" if problem.question.variant else ""
    console.print(
        f"[bold]{escape(problem.case.title or problem.case.project.name)}[/]{variant}: "
        f"{count_of(len(problem.constants), 'constant')}, {problem.points} points of "
        f"{len(problem.targets)} series",
        highlight=False,
    )
    shown = table("constant", "5–95% before", "best", "5–95% after", "narrowed", "R-hat", "ESS")
    for row in constant_rows(found):
        shown.add_row(
            escape(row.name),
            f"{row.prior[0]:.3g}–{row.prior[2]:.3g}",
            f"{row.best:.4g}",
            f"{row.posterior[0]:.3g}–{row.posterior[2]:.3g}",
            f"{row.narrowed:.0%}",
            f"{row.rhat:.3f}",
            f"{min(row.ess_bulk, row.ess_tail):.0f}",
        )
    console.print(shown)
    console.print()
    shown = table(
        *("series", "points", "period", "error of the data", "MAPE", "in band", "p level", "p runs")
    )
    for one in series_rows(found):
        shown.add_row(
            escape(one.label),
            str(one.points),
            f"{one.start:g}–{one.stop:g}",
            f"{one.error} {one.scale:.2g} {one.scale_is}" + _persistence(one),
            f"{one.mape:.1%}",
            f"{one.fitted.covered:.0%}",
            f"{one.fitted.p_mean:.2f}",
            f"{one.fitted.p_persistence:.2f}",
        )
    console.print(shown)
    console.print(f"{LEGEND}\n", highlight=False, style="dim")
    for warning in warnings_of(found):
        console.print(f"[yellow]Note:[/] {escape(warning)}", highlight=False)
    count, seed = found.values.shape[1], found.options.seed
    console.print(
        f"Posterior of {count} draws, seed {seed}; payoff of the best run {found.best_payoff:.1f}; "
        f"{found.runs:,} simulations, {found.seconds:.0f} s",
        highlight=False,
    )


def _persistence(row: SeriesRow) -> str:
    return f", ar1 {row.persistence:.2f}" if row.persistence else ""


def count_of(number: int, what: str) -> str:
    """Return ``1 constant`` or ``2 constants``."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def table(*titles: str) -> Table:
    """Return an empty table whose first column is never broken."""
    from rich.table import Table

    shown = Table(box=None, header_style="bold", pad_edge=False)
    for number, title in enumerate(titles):
        left = number == 0 or title.startswith("error")
        shown.add_column(title, justify="left" if left else "right", no_wrap=number == 0)
    return shown
