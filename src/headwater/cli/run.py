"""``headwater run``: simulate once and write a table."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from headwater.cli.options import (
    TARGET_HELP,
    TARGETS,
    assignments,
    changes_option,
    model_argument,
    names,
    numbers,
    set_option,
)

if TYPE_CHECKING:
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
@click.option("--policy", help="Run under one of the case's policies.")
@click.option("--variant", help="Run one of the case's variants; the first if left out.")
@click.option(
    "--outputs",
    multiple=True,
    metavar="A,B",
    help="Variables, or elements `A[x]`, to write; all if left out.",
)
@click.option(
    "--times", multiple=True, metavar="T,T", help="Times to write; all saved ones if left out."
)
@click.option("--start", type=float, help="Start of the run.")
@click.option("--stop", type=float, help="End of the run.")
@click.option("--step", type=float, help="Time step.")
@click.option(
    "--method", help="euler, heun, midpoint or rk4; dopri5 or bosh3 choose their own step."
)
@click.option("--rtol", type=float, help="Relative tolerance of a method that chooses its step.")
@click.option("--atol", type=float, help="Absolute tolerance of a method that chooses its step.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of random functions.")
@click.option(
    "--target",
    type=click.Choice(TARGETS),
    default="llvm",
    show_default=True,
    help=TARGET_HELP,
)
def command(
    model: str,
    output: Path | None,
    settings: tuple[str, ...],
    changes: tuple[Path, ...],
    policy: str | None,
    variant: str | None,
    outputs: tuple[str, ...],
    times: tuple[str, ...],
    start: float | None,
    stop: float | None,
    step: float | None,
    method: str | None,
    rtol: float | None,
    atol: float | None,
    seed: int,
    target: str,
) -> None:
    """Simulate MODEL once and write its variables over time.

    The table has one row a saved time, `Time` first, then one column a variable element, named
    as in the file: `Name` or `Name[element]`. Numbers have full precision.
    """
    from headwater.api import load
    from headwater.cli import show_findings
    from headwater.compiler.clock import ClockOverrides
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
        settings=ClockOverrides(
            start=start, stop=stop, step=step, method=method, rtol=rtol, atol=atol
        ),
        variant=variant or "",
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
