"""``headwater run``: simulate once and write a table."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from headwater.cli.options import (
    changes_option,
    clock_options,
    model_argument,
    policy_option,
    set_option,
    target_option,
    variant_option,
)
from headwater.cli.texts import assignments, names, numbers

if TYPE_CHECKING:
    from headwater.compiler.clock import ClockOverrides
    from headwater.simulation.building import TargetName


@click.command("run")
@model_argument
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="File to write: .csv, .nc, .zarr or .parquet. Without it a table goes to standard output.",
)
@set_option("Set a constant or lever, or hold any other variable.")
@changes_option
@policy_option
@variant_option("Run")
@click.option(
    "--outputs",
    multiple=True,
    metavar="A,B",
    help="Variables, or elements `A[x]`, to write; all if left out.",
)
@click.option(
    "--times", multiple=True, metavar="T,T", help="Times to write; all saved ones if left out."
)
@clock_options("run")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of random functions.")
@target_option("llvm", "reference", "ptx")
def command(
    model: str,
    output: Path | None,
    settings: tuple[str, ...],
    changes: tuple[Path, ...],
    policy: str | None,
    variant: str,
    outputs: tuple[str, ...],
    times: tuple[str, ...],
    clock: ClockOverrides,
    seed: int,
    target: str,
) -> None:
    """Simulate MODEL once and write its variables over time.

    The table has one row a saved time, `Time` first, then one column a variable element, named
    as in the file: `Name` or `Name[element]`. Numbers have full precision.
    """
    from headwater.api import load
    from headwater.cli import show_findings
    from headwater.simulation.progress import Bar
    from headwater.simulation.results.writing import check_destination, print_table, write_results
    from headwater.simulation.run import Request

    if output is not None:
        check_destination(output)
    params = assignments(settings)
    request = Request(
        params=params,
        outputs=names(outputs, "--outputs") or None,
        times=numbers(times, "--times") or None,
        settings=clock,
        variant=variant,
        policy=policy or "",
        seed=seed,
        target=cast("TargetName", target),
    )
    began = time.perf_counter()
    with Bar("running", None):
        loaded = load(model)
        if changes:
            loaded = loaded.with_changes(*changes)
        show_findings(loaded.project.warnings)
        results = loaded.results(request)
    if output is None:
        print_table(results, sys.stdout)
        return
    write_results(results, output)
    taken = time.perf_counter() - began
    click.echo(
        f"{output}: {len(results.fields)} variables at {len(results.coordinates['time'])} times "
        f"({taken:.2f} s)",
        err=True,
    )
