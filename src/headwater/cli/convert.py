"""``headwater convert``: a model in another format."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from headwater.cli.options import model_argument


@click.command("convert")
@model_argument
@click.argument("output", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--variant", default="", help="Convert one of a case's variants.")
@click.option("--strict", is_flag=True, help="Write nothing where something would be lost.")
def command(model: str, output: Path, variant: str, strict: bool) -> None:
    """Write MODEL as FILE, in the format of its extension: .xmile or .stmx.

    What the format has no place for is listed on standard error. Exit status: 0, written; 1,
    nothing written because of --strict; 2, the model is not in order.
    """
    from headwater.api import load
    from headwater.cli import show_findings
    from headwater.compiler.clock import ClockOverrides
    from headwater.compiler.timegrid import plan
    from headwater.formats.registry import find_writer
    from headwater.simulation.files import write_aside

    writer = find_writer(output)
    loaded = load(model)
    project = loaded.project_of(variant)
    show_findings(project.warnings)
    # Settings that the model computes are written as numbers.
    specs, _ = plan(project, ClockOverrides())
    given = project.sim_specs
    computed = {
        name: getattr(given, name)
        for name in ("start_expression", "stop_expression", "step_expression", "save_expression")
    }
    text, losses = writer.write(replace(project, sim_specs=replace(specs, **computed)))
    show_findings(losses)
    if losses and strict:
        raise click.exceptions.Exit(1)
    write_aside(output, text.encode("utf-8"))
    click.echo(f"{output}: {len(project.variables)} variables", err=True)
