"""``headwater show``: a model on its way from text to machine code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headwater.cli.options import model_argument, variant_option
from headwater.cli.texts import names

if TYPE_CHECKING:
    from headwater.compiler.program import Program
    from headwater.model.project import Project
    from headwater.model.variables import AnyVariable

STAGES = ("source", "project", "resolved", "order", "program", "llvm", "ptx")


@click.command("show")
@model_argument
@click.option(
    "--stage",
    type=click.Choice(STAGES),
    default="project",
    show_default=True,
    help="source: files; project: equations; resolved: equations with delays and macros written "
    "out; order: what is computed once, at the start and in every step; program: typed "
    "instructions; llvm, ptx: its code for this processor, for NVIDIA's.",
)
@click.option(
    "--outputs", multiple=True, metavar="A,B", help="Compile only what these variables need."
)
@variant_option("Show")
def command(model: str, stage: str, outputs: tuple[str, ...], variant: str) -> None:
    """Print MODEL as one of the stages between its text and what runs."""
    from headwater.api import find_model, load
    from headwater.compiler.resolving.flatten import flatten

    if stage == "source":
        for text in _sources(find_model(model)):
            click.echo(text)
        return
    loaded = load(model)
    if stage == "project":
        for line in _equations(flatten(loaded.project_of(variant))):
            click.echo(line)
        return
    wanted = names(outputs, "--outputs") or None
    if stage in ("resolved", "order"):
        click.echo(_pass(loaded.project_of(variant), wanted, stage))
        return
    program = loaded.program(wanted, variant=variant)
    printers = {"llvm": _code, "ptx": _ptx}
    click.echo(printers.get(stage, _program)(program))


def _sources(path: Path) -> Iterator[str]:
    from headwater.errors import UsageError
    from headwater.formats.files import read_text

    files = sorted(path.glob("*.md")) if path.is_dir() else [path]
    for file in files:
        if len(files) > 1:
            yield f"=== {file.name}"
        yield read_text(file, str(file), UsageError)


def _equations(project: Project) -> Iterator[str]:
    for variable in project.variables:
        dims = f"[{', '.join(variable.dimensions)}]" if variable.dimensions else ""
        unit = f" : {variable.unit}" if variable.unit else ""
        yield f"{type(variable).__name__.lower()} {variable.name}{dims}{unit}"
        for line in _details(variable):
            yield f"  {line}"


def _details(variable: AnyVariable) -> Iterator[str]:
    from headwater.language.printer import print_expression
    from headwater.model.variables import Data, Graph, Stock

    for equation in getattr(variable, "equations", ()):
        where = f"[{', '.join(equation.subscripts)}] " if equation.subscripts else ""
        yield f"{where}= {print_expression(equation.expression)}"
        if equation.rate is not None:
            yield f"{where}rate {print_expression(equation.rate)}"
    if isinstance(variable, Stock):
        for term in variable.flows:
            yield f"{'+' if term.sign > 0 else '-'} {print_expression(term.expression)}"
    elif isinstance(variable, Graph):
        for graph in variable.graphs:
            where = f"[{', '.join(graph.subscripts)}] " if graph.subscripts else ""
            points = " ".join(f"({x:g}, {y:g})" for x, y in zip(graph.x, graph.y, strict=True))
            yield f"{where}{graph.kind} {points}"
    elif isinstance(variable, Data):
        for series in variable.series:
            where = f"[{', '.join(series.subscripts)}] " if series.subscripts else ""
            span = f"{series.times[0]:g} to {series.times[-1]:g}" if len(series.times) else "none"
            yield f"{where}{len(series.times)} points, {span}, from {series.origin or '?'}"


def _pass(project: Project, outputs: Sequence[str] | None, stage: str) -> str:
    from headwater.compiler.pipeline import compile_stages
    from headwater.compiler.resolved_text import model_text, schedule_text

    made = compile_stages(project, outputs)
    return model_text(made.model) if stage == "resolved" else schedule_text(made.schedule)


def _program(program: Program) -> str:
    from headwater.compiler.printer import to_text

    return to_text(program)


def _code(program: Program) -> str:
    from headwater.compiler.targets.llvm.kernel import write_program
    from headwater.compiler.targets.llvm.processor import host

    return write_program(program, host().lanes).text


def _ptx(program: Program) -> str:
    from headwater.compiler.targets.ptx.code import write_ptx

    return write_ptx(program).text
