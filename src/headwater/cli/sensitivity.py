"""``headwater sensitivity``: what drives an outcome, and when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headwater.cli.options import SEED_HELP, model_argument, posterior_option
from headwater.cli.places import FileToWrite
from headwater.cli.tables import wide_console, write_output, write_table
from headwater.cli.texts import numbers
from headwater.errors import MissingExtra

if TYPE_CHECKING:
    from headwater.analysis.sensitivity import Sensitivity
    from headwater.model.case import Case

LISTED = 15
BAR = 6
NARROWEST = 20


@click.command("sensitivity")
@model_argument
@click.argument("outcome")
@click.option(
    "--times",
    multiple=True,
    metavar="T,T",
    help="Times to look at: 2026,2030,2040. Default: the end.",
)
@click.option("--policy", metavar="NAME", help="Policy to run. Default: the baseline.")
@click.option("--variant", metavar="NAME", help="Rival structure to run. Default: the first.")
@click.option(
    "--method",
    type=click.Choice(["sobol", "morris"]),
    default="sobol",
    show_default=True,
    help="Shares of variance, or a cheap screening.",
)
@click.option(
    "--base",
    type=click.IntRange(2),
    default=256,
    show_default=True,
    help="Size of the design; runs are this times the number of inputs, plus a few.",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help=SEED_HELP)
@posterior_option
@click.option(
    "-o",
    "--output",
    type=FileToWrite(".csv"),
    help="Write every index as a CSV table.",
)
@click.option(
    "--picture",
    type=FileToWrite(".svg"),
    help="Draw the strongest inputs, time by time, as an SVG file.",
)
def command(
    model: str,
    outcome: str,
    times: tuple[str, ...],
    policy: str | None,
    variant: str | None,
    method: str,
    base: int,
    seed: int,
    posterior: Path | None,
    output: Path | None,
    picture: Path | None,
) -> None:
    """Tell which uncertain inputs of MODEL drive OUTCOME, at each of the times.

    OUTCOME is a variable, or one element of it. Each input's total index counts its influence alone
    and together with others; the first-order index counts it alone. Inputs are drawn from their
    stated ranges, independently of each other.
    """
    from headwater.analysis.calibration.store import drawn_from, posterior_for
    from headwater.analysis.case_sensitivity import outcome_sensitivity
    from headwater.api import Case as LoadedCase
    from headwater.api import load

    loaded = load(model)
    case = loaded.case if isinstance(loaded, LoadedCase) else None
    fitted = posterior_for(case, posterior) if case else None
    found = outcome_sensitivity(
        loaded.project,
        case,
        outcome,
        numbers(times, "--times") or (loaded.project.sim_specs.stop,),
        policy=policy,
        variant=variant,
        base=base,
        seed=seed,
        method="sobol" if method == "sobol" else "morris",
        posterior=fitted,
    )
    _show(found, outcome)
    where = _where(case, policy, variant)
    sample = f"{found.runs:,} runs{where}, seed {seed}, drawn from {drawn_from(fitted)}"
    click.echo(sample)
    if output is not None:
        write_table(output, _rows(found))
    if picture is not None:
        write_output(picture, _svg(found, outcome, sample))


def _show(found: Sensitivity, outcome: str) -> None:
    from rich.table import Table

    console = wide_console()
    listed = found.ranking()[:LISTED]
    rows = [_cells(found, row, bars=True) for row in listed]
    names = max((len(found.inputs[row]) for row in listed), default=0)
    if names + sum(len(cell) + 3 for cell in rows[0]) > console.width:
        rows = [_cells(found, row, bars=False) for row in listed]
    table = Table(title=f"What drives {outcome}", title_justify="left", box=None)
    table.add_column("input", overflow="fold", min_width=min(names, NARROWEST))
    for time in found.times:
        table.add_column(f"{time:g}", no_wrap=True)
    for row, cells in zip(listed, rows, strict=True):
        table.add_row(found.inputs[row], *cells)
    console.print(table)
    click.echo(
        "Total share of the variance, with a 95% interval; in brackets: what it explains alone."
        if found.method == "sobol"
        else "Mean absolute effect of moving an input through its range, with a 95% interval."
    )


def _cells(found: Sensitivity, row: int, *, bars: bool) -> list[str]:
    """Return what is shown of an input at each time, with a bar or without."""
    largest = float(found.total.max()) or 1.0
    cells = []
    for k in range(found.times.size):
        total, interval = found.total[row, k], found.total_interval[row, k]
        bar = f"{'█' * round(BAR * max(0.0, total) / largest):<{BAR}} " if bars else ""
        cells.append(f"{bar}{total:.2f} ±{interval:.2f}{_alone(found, row, k)}")
    return cells


def _alone(found: Sensitivity, row: int, time: int) -> str:
    return f" ({max(0.0, found.first[row, time]):.2f})" if found.method == "sobol" else ""


def _where(case: Case | None, policy: str | None, variant: str | None) -> str:
    """Say under which policy and in which structure the runs were made."""
    if case is None:
        return ""
    structure = variant or (case.variants[0].name if case.variants else "")
    words = [
        ("policy", policy or (case.defaults.baseline if case.policies else "")),
        ("structure", structure),
    ]
    return "".join(f", {what} {name}" for what, name in words if name)


def _svg(found: Sensitivity, outcome: str, sample: str) -> str:
    try:
        from headwater.report.charts.sensitivity import sensitivity_svg
    except ImportError:
        raise MissingExtra(
            "a picture needs Vega-Altair and vl-convert", hint='pip install "headwater[report]"'
        ) from None
    return sensitivity_svg(found, f"What drives {outcome}", sample)


def _rows(found: Sensitivity) -> Iterator[Sequence[object]]:
    """Yield the table of every index, the head first."""
    names = ("first", "total") if found.method == "sobol" else ("spread", "mean_absolute_effect")
    yield ["input", "time", names[0], f"{names[0]}_interval", names[1], f"{names[1]}_interval"]
    for row in found.ranking():
        for k, time in enumerate(found.times):
            values = (
                found.first[row, k],
                found.first_interval[row, k],
                found.total[row, k],
                found.total_interval[row, k],
            )
            yield [found.inputs[row], f"{time:g}", *(repr(float(v)) for v in values)]
