"""``headwater new``: a small case that runs, to start one's own."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("new")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--title", default="", help="Title of the case.")
def command(folder: Path, title: str) -> None:
    """Write a small complete case into FOLDER, which must be new or empty."""
    from headwater.formats.literate.template import create_case

    for path in create_case(folder, title):
        click.echo(str(path))
    click.echo(f"\nTry: headwater check {folder}\n     headwater test {folder}", err=True)
