"""``headwater list``: the shipped cases, or the variables of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    pass


@click.command("list")
@click.argument("model", metavar="[MODEL]", required=False)
def command(model: str | None) -> None:
    """List the cases that ship with Headwater or, with MODEL, its variables.

    Variables come one a line: kind, name with dimensions, unit, group.
    """
    if model is None:
        _list_cases()
    else:
        _list_variables(model)


def _list_cases() -> None:
    from headwater.api import shipped_cases, title_of

    cases = shipped_cases()
    width = max((len(name) for name in cases), default=0)
    for name, folder in cases.items():
        click.echo(f"{name.ljust(width)}  {title_of(folder)}")


def _list_variables(path: str) -> None:
    from headwater.api import Case, load
    from headwater.compiler.resolving.flatten import flatten

    model = load(path)
    click.echo(f"# {model.name}")
    if isinstance(model, Case):
        _line("policies", model.policies)
        _line("variants", model.variants)
    rows = [
        (
            type(v).__name__.lower(),
            f"{v.name}[{','.join(v.dimensions)}]" if v.dimensions else v.name,
            v.unit,
            v.group,
        )
        for v in flatten(model.project).variables
    ]
    widths = [max((len(row[n]) for row in rows), default=0) for n in range(3)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        click.echo("  ".join([*cells, row[3]]).rstrip())


def _line(what: str, values: tuple[str, ...]) -> None:
    if values:
        click.echo(f"# {what}: {', '.join(values)}")
