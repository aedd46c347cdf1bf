"""``headwater fmt``: the canonical layout of model blocks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from headwater.errors import Diagnostic, HeadwaterError, SyntaxFault, UsageError


@click.command("fmt")
@click.argument(
    "paths", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "--check", is_flag=True, help="Write nothing; exit with status 1 if a file would change."
)
def command(paths: tuple[Path, ...], check: bool) -> None:
    """Lay out the model blocks of Markdown files; a folder means its .md files.

    Prose is left as it is. Nothing is written when any of the files cannot be read.
    """
    from headwater.formats.files import read_bytes, read_text
    from headwater.formats.literate.layout.format import format_text
    from headwater.writing import write_aside

    changed: list[tuple[Path, bytes]] = []
    faults: list[Diagnostic] = []
    for path in _files(paths):
        try:
            read_text(path, str(path), SyntaxFault)  # refuses what is no text, with a place
            before = read_bytes(path, str(path), SyntaxFault)
            after = format_text(before.decode("utf-8"), str(path)).encode("utf-8")
        except HeadwaterError as error:
            faults += error.diagnostics
            continue
        if after != before:
            changed.append((path, after))
    if faults:
        raise SyntaxFault(faults)
    for path, content in changed:
        if not check:
            write_aside(path, content)
        click.echo(f"{'would change' if check else 'changed'} {path}")
    if check and changed:
        raise click.exceptions.Exit(1)


def _files(paths: tuple[Path, ...]) -> Iterator[Path]:
    from headwater.formats.literate import EXTENSIONS

    for path in paths:
        if path.is_dir():
            yield from sorted(path.glob("*.md"))
        elif path.is_file() and path.suffix.lower() not in EXTENSIONS:
            raise UsageError(
                f"`{path}` is no Markdown file",
                hint="only literate models have a layout; `headwater convert` makes one",
            )
        else:
            yield path
