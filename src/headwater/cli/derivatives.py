"""``headwater derivatives``: how outputs follow constants, exactly, along one run."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headwater.cli.options import (
    method_option,
    model_argument,
    policy_option,
    set_option,
    step_option,
    target_option,
    variant_option,
)
from headwater.cli.places import FileToWrite
from headwater.cli.tables import csv_text
from headwater.cli.texts import assignments, names, numbers

if TYPE_CHECKING:
    from headwater.simulation.derivatives import Derivatives

COLUMNS = ("output", "constant", "time", "value", "derivative", "elasticity")


@click.command("derivatives")
@model_argument
@click.option(
    "--outputs",
    multiple=True,
    required=True,
    metavar="A,B",
    help="Variables, or elements, to differentiate.",
)
@click.option(
    "--wrt",
    multiple=True,
    metavar="A,B",
    help="Constants or levers to differentiate by; all if left out.",
)
@click.option(
    "-o",
    "--output",
    type=FileToWrite(".csv"),
    help="Table to write, .csv. Without it the table goes to standard output.",
)
@set_option("Set a constant or lever, or hold any other variable.")
@policy_option
@variant_option("Run")
@click.option("--times", multiple=True, metavar="T,T", help="Times to write; the last if left out.")
@step_option
@method_option
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of random functions.")
@target_option("llvm", "reference")
def command(
    model: str,
    outputs: tuple[str, ...],
    wrt: tuple[str, ...],
    output: Path | None,
    settings: tuple[str, ...],
    policy: str | None,
    variant: str,
    times: tuple[str, ...],
    step: float | None,
    method: str | None,
    seed: int,
    target: str,
) -> None:
    """Show how OUTPUTS of MODEL follow its constants, by exact derivatives.

    The table has a row for each output element, constant and time. `derivative` is the change of
    the output for a small change of the constant, divided by that change; `elasticity` is the same
    in shares: 2 means that 1% more of the constant is 2% more of the output.
    """
    from headwater.api import load
    from headwater.cli import show_findings
    from headwater.compiler.clock import ClockOverrides
    from headwater.simulation.derivatives import DerivativeRequest
    from headwater.writing import write_aside

    loaded = load(model)
    show_findings(loaded.project.warnings)
    wanted = numbers(times, "--times")
    found = loaded.differentiate(
        DerivativeRequest(
            outputs=names(outputs, "--outputs"),
            wrt=names(wrt, "--wrt") or None,
            params=assignments(settings),
            times=wanted or None,
            settings=ClockOverrides(step=step, method=method),
            variant=variant,
            policy=policy or "",
            seed=seed,
            target="reference" if target == "reference" else "llvm",
        )
    )
    first = 0 if wanted else len(found.selection.times) - 1
    text = _table(found, range(first, len(found.selection.times)))
    if output is None:
        sys.stdout.write(text)
        return
    write_aside(output, text.encode())
    click.echo(f"{output}: derivatives by {len(found.constants)} constants", err=True)


def _table(found: Derivatives, times: range) -> str:
    """Return the table; elasticities are left out where the value is 0."""
    from headwater.simulation.layout import element_names

    rows: list[Sequence[object]] = [COLUMNS]
    for saved, slopes in found.variables():
        for row, name in enumerate(element_names(found.layout, saved)):
            for place, constant in enumerate(found.constants):
                for k in times:
                    value = float(found.values[saved.start + row, k, 0])
                    slope = float(slopes[row, place, k, 0])
                    given = found.given[place]
                    share = slope * given / value if value != 0 else ""
                    time = float(found.selection.times[k])
                    rows.append((name, constant, time, value, slope, share))
    return csv_text(rows)
