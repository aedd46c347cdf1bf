"""``headwater conformance``: does every model of a suite run like the output recorded beside it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headwater.cli.places import FolderToWrite
from headwater.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headwater.analysis.conformance import SuiteResult

VARIABLE = "HEADWATER_TEST_MODELS"
FORMATS = ("mdl", "xmile", "stmx")
FAILED = 1
COLOURS = {"as recorded": "green", "by a finding": "yellow", "failed": "red"}


@click.command("conformance")
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(FORMATS),
    help="Only files of this format; may be given several times.",
)
@click.option(
    "--tolerance",
    default=1e-4,
    show_default=True,
    type=click.FloatRange(0, min_open=True),
    help="Allowed difference, as a share of the recorded value.",
)
@click.option(
    "--absolute",
    default=1e-6,
    show_default=True,
    type=click.FloatRange(0),
    help="Allowed difference, as a share of the column's largest value.",
)
@click.option(
    "--target",
    type=click.Choice(["llvm", "reference"]),
    default="llvm",
    show_default=True,
    help="What runs the models.",
)
@click.option("--jobs", type=click.IntRange(0), default=0, help="Processes; 0: one a processor.")
@click.option("--failed", "only_failed", is_flag=True, help="List only the files that failed.")
@click.option(
    "-o",
    "--output",
    type=FolderToWrite(),
    help="Folder for conformance.md and conformance.json.",
)
def command(
    folder: Path | None,
    formats: tuple[str, ...],
    tolerance: float,
    absolute: float,
    target: str,
    jobs: int,
    only_failed: bool,
    output: Path | None,
) -> None:
    """Run every model below DIR and compare it with the output recorded beside it.

    DIR is a checkout of the system dynamics community's test models, or any folder of folders that
    each hold models (.mdl, .xmile, .stmx) and `output.csv` or `output.tab`. Without DIR, the
    environment variable HEADWATER_TEST_MODELS names it. Prints a line a file, its worst column
    last, and then the numbers by format; --output writes a table by feature and format. Exit
    status: 0, every file runs as recorded or as a written finding says; 1, one does not.
    """
    from headwater.analysis.conformance import Tolerance, run_suite, suite_files
    from headwater.analysis.conformance.table import to_json, to_markdown
    from headwater.simulation.progress import Bar
    from headwater.writing import write_aside

    where = _folder(folder)
    wanted = tuple(f".{name}" for name in formats or FORMATS)
    allowed = Tolerance(tolerance, absolute)
    total = sum(p.suffix.lower() in wanted for p in suite_files(where))
    if not total:
        raise UsageError(
            f"`{where}` has no model with a recorded output",
            hint="put output.csv or output.tab beside each model",
        )
    with Bar("Models", total) as bar:

        def show(result: SuiteResult) -> None:
            bar.advance(1)
            if not only_failed or not result.passed:
                _line(result)

        results = run_suite(
            where,
            wanted,
            "reference" if target == "reference" else "llvm",
            allowed,
            jobs=jobs,
            report=show,
        )
    _summary(results)
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
        for name, text in (
            ("conformance.md", to_markdown(results, allowed)),
            ("conformance.json", to_json(results, allowed)),
        ):
            write_aside(output / name, text.encode("utf-8"))
            click.echo(str(output / name), err=True)
    if not all(r.passed for r in results):
        raise click.exceptions.Exit(FAILED)


def _folder(given: Path | None) -> Path:
    if given is not None:
        return given
    named = os.environ.get(VARIABLE, "")
    if not named:
        raise UsageError(
            "no folder of test models is named",
            hint=f"give it as an argument, or set {VARIABLE}",
        )
    return Path(named)


def _line(result: SuiteResult) -> None:
    state = click.style(f"{result.state:12}", fg=COLOURS[result.state])
    click.echo(f"{state}  {result.file}: {result.describe()}")


def _summary(results: Sequence[SuiteResult]) -> None:
    from headwater.analysis.conformance.table import totals

    click.echo("\nformat   files  as recorded  by a finding  failed")
    for format_of, files, same, known, failed in totals(results):
        click.echo(f"{format_of:8} {files:5}  {same:11}  {known:12}  {failed:6}")
