"""``headwater convert``: a model in another format."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headwater.cli.options import changes_option, model_argument, variant_option
from headwater.errors import Diagnostic, UsageError

if TYPE_CHECKING:
    from headwater.api import Model
    from headwater.formats.losses import Written
    from headwater.formats.registry import Writer
    from headwater.model.case import Case
    from headwater.model.project import Project


@click.command("convert")
@model_argument
@click.argument("output", metavar="FILE", type=click.Path(path_type=Path))
@changes_option
@variant_option("Convert")
@click.option("--strict", is_flag=True, help="Write nothing where something would be lost.")
@click.option(
    "--losses",
    "report",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write what is lost as JSON.",
)
@click.option("--verify", is_flag=True, help="Run both models and compare every number.")
def command(
    model: str,
    output: Path,
    changes: tuple[Path, ...],
    variant: str,
    strict: bool,
    report: Path | None,
    verify: bool,
) -> None:
    """Write MODEL as FILE, in the format of its extension: .xmile, .stmx, .mdl or .md.

    What the format has no place for is listed on standard error, and so is what cannot be said
    in it at all, in which case nothing is written. Exit status: 0, written; 1, nothing written
    because of --strict, or --verify found a difference; 2, the model is not in order or cannot be
    said in that format.
    """
    from headwater.api import Model, load
    from headwater.formats.registry import find_writer
    from headwater.simulation.progress import Bar
    from headwater.writing import check_place, write_aside

    writer = find_writer(output)
    _must_be_another_file(model, output)
    for place in (output, report):
        if place is not None:
            check_place(place)
    with Bar("converting", None):
        made = _converted(model, changes, variant, writer, output.stem)
        if report is not None:
            write_aside(report, _as_json(made.losses).encode("utf-8"))
        if made.losses and strict:
            click.echo(f"{output}: not written, since {_count(len(made.losses), 'loss')}", err=True)
            raise click.exceptions.Exit(1)
        _read_back(output.name, made.written)
        source = Model(made.project)
        if verify:
            source.program()  # what does not run itself cannot be verified: nothing is written
    _write(output, made)
    if verify and not _is_same_run(source, load(output), output):
        raise click.exceptions.Exit(1)


@dataclass(frozen=True, slots=True)
class _Converted:
    """A model, what is written of it, and what is lost."""

    project: Project
    variables: int
    written: Written
    losses: list[Diagnostic]


def _converted(
    model: str, changes: Sequence[Path], variant: str, writer: Writer, name: str
) -> _Converted:
    """Return what becomes of a model in a format, and tell what it warns of and what is lost."""
    from headwater.api import Case as LoadedCase
    from headwater.api import load
    from headwater.cli import show_findings
    from headwater.collection import without_collection
    from headwater.formats.without_value import left_out

    loaded = load(model)
    if changes:
        loaded = loaded.with_changes(*changes)
    project = loaded.project_of(variant)
    show_findings(project.warnings)
    ready = _ready(project, writer)
    without: list[Diagnostic] = []
    if not writer.modules:
        ready, without = left_out(ready)
    case = loaded.case if isinstance(loaded, LoadedCase) else None
    with without_collection():
        written = writer.write(ready, name, _contradicted, case.checks if case else ())
    flat = [] if writer.modules else _losses_of_modules(project)
    losses = [*flat, *without, *written.losses, *_losses_of_case(case)]
    show_findings(losses)
    variables = len(ready.variables) + sum(len(s.variables) for s in ready.submodels)
    return _Converted(project, variables, written, losses)


def _write(output: Path, made: _Converted) -> None:
    """Put the files in their places, those beside the model first."""
    from headwater.writing import write_aside

    for name, text in made.written.files.items():
        (output.parent / name).parent.mkdir(exist_ok=True)
        write_aside(output.parent / name, text.encode("utf-8"))
    write_aside(output, made.written.text.encode("utf-8"))
    number = len(made.written.files)
    beside = f", with {_count(number, 'file')} beside it" if number else ""
    lost = _count(len(made.losses), "loss")
    click.echo(f"{output}{beside}: {_count(made.variables, 'variable')}, {lost}", err=True)


def _must_be_another_file(model: str, output: Path) -> None:
    from headwater.api import find_model

    read, written = find_model(model).resolve(), output.resolve()
    if written == read or (written.exists() and read in written.parents):
        raise UsageError(
            f"`{output}` is what would be converted", hint="name another file to write"
        )


def _read_back(name: str, written: Written) -> None:
    """Make sure that a file can be read and run before it takes its place."""
    from headwater.api import Case, Model
    from headwater.errors import HeadwaterError, ModelError
    from headwater.formats.registry import read_model
    from headwater.model.project import Project

    with tempfile.TemporaryDirectory() as folder:
        for path, text in {**written.files, name: written.text}.items():
            (Path(folder) / path).parent.mkdir(exist_ok=True)
            (Path(folder) / path).write_text(text, encoding="utf-8")
        try:
            # Neither is kept: a path that is about to go is never read again.
            model = read_model(Path(folder) / name)
            (Model(model) if isinstance(model, Project) else Case(model)).must_compile()
        except HeadwaterError as error:
            message = error.diagnostics[0].message
            hint = "convert to another format, or write the equation in another way"
            raise ModelError(
                f"`{name}` would not run, and is not written: {message}", hint=hint
            ) from error


def _is_same_run(first: Model, second: Model, output: Path) -> bool:
    """Run both models, compare what both have to the last bit, and say so.

    Elements of stocks that have no equation, and 0 for a value in the file, are told apart; so are
    variables that have other names in the file.
    """
    from headwater.compiler.resolving.flatten import flatten
    from headwater.formats.missing_elements import stock_elements_without_equation
    from headwater.simulation.results.comparison import table_of
    from headwater.simulation.results.element_names import with_elements_of
    from headwater.simulation.results.run_comparison import Tolerance, compare_runs
    from headwater.simulation.run import Request

    request = Request(check_finite=False)
    tables = [table_of(m.results(request)) for m in (first, second)]
    missing = stock_elements_without_equation(first.project)
    made = {c.key for c in tables[1].columns if c.key in missing and not c.values.any()}
    before = replace(tables[0], columns=tuple(c for c in tables[0].columns if c.key not in made))
    after = with_elements_of(tables[1], flatten(second.project), flatten(first.project))
    found = compare_runs(before, after, Tolerance(0.0, 0.0, 0.0), common=True)
    others = len(before.columns) - len(found.variables)
    off = [v.name for v in found.variables if not v.agrees]
    total = _count(len(found.variables), "variable")
    same = f"the run is the same: {total}, to the last bit"
    more = f"the run differs in {len(off)} of {total}: {', '.join(off[:8])}"
    more += f"; {found.furthest()}" if off else ""
    zero = f"; {_count(len(made), 'stock element')} without an equation: 0 in {output.name}"
    named = f"; {others} more, which {output.name} has not under these names, not compared"
    said = (more if off else same) + (zero if made else "") + (named if others else "")
    click.echo(said, err=True)
    return not off


def _ready(project: Project, writer: Writer) -> Project:
    """Return a project with its settings as numbers too, and without modules if need be."""
    from headwater.compiler.clock import ClockOverrides
    from headwater.compiler.resolving.flatten import flatten
    from headwater.compiler.timegrid import plan

    if not writer.modules:
        project = flatten(project)
    specs, _ = plan(project, ClockOverrides())
    given = project.sim_specs
    computed = {
        name: getattr(given, name)
        for name in ("start_expression", "stop_expression", "step_expression", "save_expression")
    }
    saved = specs.save_step or given.save_step
    return replace(project, sim_specs=replace(specs, save_step=saved, **computed))


def _contradicted(project: Project) -> Collection[str]:
    """Return the variables whose units contradict others by the rules of the literate case."""
    from headwater.compiler.units.check import examine_units

    found = examine_units(project)
    if found.contradicted or not any(d.severity == "error" for d in found.diagnostics):
        return found.contradicted
    return project.by_key.keys()


def _losses_of_modules(project: Project) -> list[Diagnostic]:
    """Return what becomes of modules in a format that has none."""
    from headwater.formats.losses import Losses

    losses = Losses()
    for module in project.modules:
        what = "modules become variables named `module.variable`, without inputs and outputs"
        losses.add(what, module.name, module.span)
    return losses.report()


def _losses_of_case(case: Case | None) -> list[Diagnostic]:
    """Return what a case says beyond its model, which no model file has a place for."""
    from headwater.formats.losses import Losses

    if case is None:
        return []
    losses = Losses()
    parts: dict[str, list[str]] = {
        "policies": [p.name for p in case.policies],
        "variants": [v.name for v in case.variants],
        "correlations": [f"{c.first}, {c.second}" for c in case.correlations],
        "expectations": [e.name for e in case.expectations],
        "comparisons with data": [""] * len(case.comparisons),
        "outcomes": [o.variable.text for o in case.outcomes],
        "named loops": [n.title for n in case.loops],
        "limits": [""] * len(case.limits),
    }
    for what, names in parts.items():
        for name in names:
            losses.add(f"{what} are not written", name)
    return losses.report()


def _as_json(losses: Sequence[Diagnostic]) -> str:
    listed = [
        {
            "loss": loss.message,
            "place": str(loss.place) if loss.place else None,
            "hint": loss.hint or None,
        }
        for loss in losses
    ]
    return json.dumps(listed, indent=2, ensure_ascii=False) + "\n"


def _count(number: int, noun: str) -> str:
    plural = "es" if noun.endswith("s") else "s"
    return f"{number or 'no'} {noun}" + ("" if number == 1 else plural)
