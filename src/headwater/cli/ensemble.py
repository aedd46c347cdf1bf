"""``headwater ensemble``: many runs into a file or a store, larger than memory if need be."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from headwater.cli.options import (
    changes_option,
    clock_options,
    cluster_option,
    model_argument,
    set_option,
    target_option,
    threads_option,
)
from headwater.cli.texts import assignments, names, numbers

if TYPE_CHECKING:
    from headwater.compiler.clock import ClockOverrides
    from headwater.model.case import Case
    from headwater.simulation.building import TargetName
    from headwater.simulation.store.saving import Stored


@click.command("ensemble")
@model_argument
@click.option("--runs", type=click.IntRange(1), help="Draws. Default: the case's own, or 1000.")
@click.option("--seed", type=click.IntRange(0), help="Seed. Default: the case's own, or 1.")
@click.option(
    "--design",
    type=click.Choice(["latin", "sobol", "random"]),
    help="Design of the draws. Default: the case's own, or latin.",
)
@click.option(
    "--outputs",
    multiple=True,
    metavar="A,B",
    help="Variables, or elements `A[x]`, to keep. Default: the case's outcomes; of a plain model, "
    "all.",
)
@click.option("--times", multiple=True, metavar="T,T", help="Times to keep; all if left out.")
@click.option("--policies", multiple=True, metavar="A,B", help="Policies; all if left out.")
@click.option("--variants", multiple=True, metavar="A,B", help="Variants; all if left out.")
@click.option(
    "--sensitivity",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Draw constants as this Vensim set-up of sensitivity simulations (.vsc) says.",
)
@changes_option
@set_option("The same value in every run, in place of draws.")
@clock_options("runs")
@click.option(
    "--keep",
    type=click.Choice(["all", "final", "fan"]),
    default="all",
    show_default=True,
    help="Every run; its last values only; or quantiles over the runs, which need little space.",
)
@click.option(
    "--quantiles",
    multiple=True,
    metavar="Q,Q",
    help="Quantiles of the fan. Default: 0.05,0.25,0.5,0.75,0.95.",
)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="What to write: .zarr (a folder), .nc, .parquet or .csv. The same command goes on with "
    "work that was cut short.",
)
@threads_option
@click.option("--chunk", type=click.IntRange(1), help="Runs in a piece of work.")
@cluster_option
@target_option("llvm", "reference", "ptx")
def command(
    model: str,
    runs: int | None,
    seed: int | None,
    design: str | None,
    outputs: tuple[str, ...],
    times: tuple[str, ...],
    policies: tuple[str, ...],
    variants: tuple[str, ...],
    sensitivity: Path | None,
    changes: tuple[Path, ...],
    settings: tuple[str, ...],
    clock: ClockOverrides,
    keep: str,
    quantiles: tuple[str, ...],
    output: Path,
    threads: int,
    chunk: int | None,
    cluster: str | None,
    target: str,
) -> None:
    """Run MODEL many times over its uncertainties and keep every run, or quantiles.

    Each draw is run under every policy in every variant. Results go to the disk piece by piece: an
    ensemble may be larger than memory, and one that was cut short, however abruptly, goes on from
    there when the same command is given again. The numbers do not depend on threads, on chunks or
    on the machines of a cluster, and quantiles are exact.
    """
    from headwater import api
    from headwater.cli import show_findings
    from headwater.model.case import Defaults
    from headwater.simulation.building import Workshop
    from headwater.simulation.experiment import EnsembleRequest
    from headwater.simulation.store.output import check_output, crew_of, write_ensemble
    from headwater.simulation.store.wanted import QUANTILES, Keeping

    check_output(output)
    params = assignments(settings)
    began = time.perf_counter()
    loaded = api.load(model)
    if changes:
        loaded = loaded.with_changes(*changes)
    show_findings(loaded.project.warnings)
    case = loaded.case if isinstance(loaded, api.Case) else None
    usual = case.defaults if case else Defaults()
    if sensitivity is not None:
        drawn = loaded.sensitivity_samples(sensitivity, runs, seed)
        runs, seed, samples = drawn.runs, drawn.seed, drawn.values
    else:
        samples = None
    request = EnsembleRequest(
        runs=runs if runs is not None else usual.runs,
        seed=seed if seed is not None else usual.seed,
        samples=samples,
        design=design or usual.design,
        outputs=names(outputs, "--outputs") or (outcomes_of(case) if case else None),
        policies=names(policies, "--policies") or None,
        variants=names(variants, "--variants") or None,
        params=params,
        times=numbers(times, "--times") or None,
        settings=clock,
        target=cast("TargetName", target),
    )
    keeping = Keeping(
        "all" if keep == "all" else "final" if keep == "final" else "fan",
        numbers(quantiles, "--quantiles") or QUANTILES,
        chunk,
    )
    with crew_of(cluster, threads or None) as crew:
        stored = write_ensemble(Workshop(loaded.project, case), request, output, keeping, crew)
    click.echo(_summary(stored, output, time.perf_counter() - began), err=True)


def outcomes_of(case: Case) -> tuple[str, ...] | None:
    """Return the variables that a case's outcomes are about; None, for all, where it has none."""
    from headwater.language.syntax import Name, walk

    found = [n for o in case.outcomes for n in walk(o.variable) if isinstance(n, Name)]
    keys = dict.fromkeys(n.key for n in found if n.key in case.project.by_key)
    return tuple(keys) or None


def _summary(stored: Stored, output: Path, taken: float) -> str:
    experiment = stored.experiment
    sizes = [(len(experiment.arms), "variant"), (len(experiment.policies), "policy")]
    words = [f"{n} {'policies' if w == 'policy' else w + 's'}" for n, w in sizes if n > 1]
    size = " × ".join([f"{experiment.runs:,} runs", *words])
    there = f", {stored.found} of {stored.pieces} pieces were there" if stored.found else ""
    lines = [f"{output}: {size}{there} ({taken:.2f} s)"]
    if experiment.runs > 1 and not any(arm.factors or arm.samples for arm in experiment.arms):
        lines.append("note: no input is uncertain, so runs differ by random functions alone")
    if stored.not_finite:
        lines.append(
            f"warning: {stored.not_finite} of {experiment.simulations} simulations hold values "
            "that are not finite"
        )
    return "\n".join(lines)
