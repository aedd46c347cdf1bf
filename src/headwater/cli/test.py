"""``headwater test``: the whole way from a written argument to verdicts."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headwater.cli.loading import load_case
from headwater.cli.options import (
    cluster_option,
    model_argument,
    posterior_option,
    threads_option,
)
from headwater.cli.places import FolderToWrite
from headwater.errors import UsageError

if TYPE_CHECKING:
    from headwater.argument.testing import Options


@click.command("test")
@model_argument
@click.option(
    "--runs",
    type=click.IntRange(1),
    help="Draws; each is simulated under every policy in every variant. Default: the case's own.",
)
@click.option("--seed", type=click.IntRange(0), help="Seed of the draws. Default: the case's own.")
@click.option(
    "--design",
    type=click.Choice(["latin", "sobol", "random"]),
    help="Design of the draws. Default: the case's own.",
)
@click.option(
    "-o",
    "--output",
    type=FolderToWrite(),
    help="Folder for report.html, verdicts.json and claims.csv. Without it only the scorecard is "
    "printed.",
)
@click.option(
    "--source",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The text that the claims are anchored in, to show quotes where it may not be shipped.",
)
@posterior_option
@click.option(
    "--store",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to keep results in as they come: the same command goes on where it was cut short.",
)
@cluster_option
@click.option(
    "--include",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Show in the report what `headwater loops --claims`, `discover`, `mix` or `hindcast` "
    "saved: a file, or a folder of them. Repeatable.",
)
@threads_option
def command(
    model: str,
    runs: int | None,
    seed: int | None,
    design: str | None,
    output: Path | None,
    source: Path | None,
    posterior: Path | None,
    store: Path | None,
    cluster: str | None,
    include: tuple[Path, ...],
    threads: int,
) -> None:
    """Put a case to the test: run it over its uncertainties and judge every claim.

    Prints the scorecard. With --output it also writes one self-contained page, DIR/report.html,
    and the same results for other programs, DIR/verdicts.json and DIR/claims.csv.
    The same seed and number of runs give the same bytes, whatever the number of threads, on a
    cluster, and however often a test with --store was cut short.
    """
    from rich.console import Console

    from headwater.argument.saved.files import read_included
    from headwater.argument.testing import Options, test_case
    from headwater.report.page import write_report
    from headwater.report.results_files import write_results
    from headwater.report.scorecard import print_scorecard

    case = load_case(model, "claims")
    options = Options(
        runs=runs if runs is not None else case.defaults.runs,
        seed=seed if seed is not None else case.defaults.seed,
        design=design or case.defaults.design,
        threads=threads,
        source=source,
        posterior=posterior,
        store=store,
        cluster=cluster,
    )
    if include and output is None:
        raise UsageError("--include needs --output", hint="name the folder of the report")
    included = read_included(include, case)
    result = test_case(case, options)
    print_scorecard(result, Console())
    if output is not None:
        page = output / "report.html"
        typed = _command(model, options, include)
        write_report(result, page, command=typed, included=included)
        for path in (page, *write_results(result, output)):
            click.echo(str(path), err=True)


def _command(model: str, options: Options, include: Sequence[Path]) -> str:
    """Return the command that gives the same report again, defaults of the case written out."""
    words = ["headwater", "test", model, "--runs", str(options.runs), "--seed", str(options.seed)]
    if options.design != "latin":
        words += ["--design", options.design]
    if options.posterior is not None:
        words += ["--posterior", str(options.posterior)]
    for path in include:
        words += ["--include", str(path)]
    return shlex.join(words)
