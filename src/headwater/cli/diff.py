"""``headwater diff``: how the structure of two models differs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headwater.cli.places import FileToWrite

if TYPE_CHECKING:
    from headwater.model.diff import Change, Difference
    from headwater.model.project import Project

LONGEST = 400
"""Characters that the listing shows of one equation or value."""

TEXTS = ("units", "range", "documentation", "group")


@click.command("diff")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option("--variant", default="", help="Compare this variant of cases that have it.")
@click.option(
    "--equations", is_flag=True, help="Leave out units, ranges, documentation and groups."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON in place of the listing.")
@click.option("-o", "--output", type=FileToWrite(), help="Write to a file what is printed.")
def command(
    first: str, second: str, variant: str, equations: bool, as_json: bool, output: Path | None
) -> None:
    """Tell how model B differs from model A: variables that came, went, changed or were renamed.

    The models may be of different formats. Exit status: 0, they are the same; 1, they differ;
    2, one of them is not in order.
    """
    from headwater.model.diff import compare_projects
    from headwater.simulation.progress import Bar
    from headwater.writing import write_aside

    with Bar("comparing", None):
        found = compare_projects(_flat(first, variant), _flat(second, variant))
    if equations:
        found = _without(found, TEXTS)
    if as_json:
        text = _json(first, second, found)
    else:
        text = "".join(f"{line}\n" for line in _lines(first, second, found))
    if output is not None:
        write_aside(output, click.unstyle(text).encode("utf-8"))
    else:
        click.echo(text, nl=False)
    if not found.same:
        raise click.exceptions.Exit(1)


def _flat(name: str, variant: str) -> Project:
    from headwater.api import Case, load
    from headwater.compiler.resolving.flatten import flatten

    loaded = load(name)
    has_it = isinstance(loaded, Case) and variant in loaded.variants
    return flatten(loaded.project_of(variant if has_it else ""))


def _without(found: Difference, whats: Sequence[str]) -> Difference:
    from dataclasses import replace

    return replace(found, changed=tuple(c for c in found.changed if c.what not in whats))


def _json(first: str, second: str, found: Difference) -> str:
    content = {"a": first, "b": second, "same": found.same, **asdict(found)}
    content["renamed"] = [{"from": a, "to": b} for a, b in found.renamed]
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _lines(first: str, second: str, found: Difference) -> Iterator[str]:
    if found.same:
        yield f"{first} and {second} are the same model"
        return
    yield click.style(f"--- {first}", fg="red")
    yield click.style(f"+++ {second}", fg="green")
    if found.settings:
        yield "settings"
    for change in found.settings:
        what = "" if change.what == "setting" else f"{change.what} of "
        before, after = _pair(change)
        yield f"  {what}{change.name}: {before} → {after}"
    for title, entries, sign, colour in (
        ("removed", found.removed, "-", "red"),
        ("added", found.added, "+", "green"),
    ):
        if entries:
            yield title
        for entry in entries:
            equation = _shortened(entry.equation)
            yield click.style(f"  {sign} {entry.name} = {equation}", fg=colour)
    if found.renamed:
        yield "renamed"
    for before, after in found.renamed:
        yield f"  {before} → {after}"
    if found.changed:
        yield "changed"
    for name, changes in groupby(found.changed, key=lambda c: c.name):
        yield f"  {name}"
        for change in changes:
            yield from _change(change)
    yield _summary(found)


def _change(change: Change) -> Iterator[str]:
    where = f" {change.element}" if change.element else ""
    yield f"    {change.what}{where}"
    before, after = _pair(change)
    yield click.style(f"    - {before}", fg="red")
    yield click.style(f"    + {after}", fg="green")


def _pair(change: Change) -> tuple[str, str]:
    """Return what was and what is, from a little before the first place where they differ."""
    before, after = change.before, change.after
    if max(len(before), len(after)) <= LONGEST:
        return before, after
    pairs = enumerate(zip(before, after, strict=False))
    same = next((k for k, (a, b) in pairs if a != b), min(len(before), len(after)))
    left_out = max(0, same - LONGEST // 4)
    return _shortened(before, left_out), _shortened(after, left_out)


def _shortened(text: str, left_out: int = 0) -> str:
    """Return a text of so many characters at most, and how many it has more on both sides."""
    shown = text[left_out : left_out + LONGEST]
    more = len(text) - left_out - len(shown)
    head = f"… ({left_out} characters before) " if left_out else ""
    return f"{head}{shown}" + (f" … ({more} more characters, in full with --json)" if more else "")


def _summary(found: Difference) -> str:
    variables = len({c.name for c in found.changed})
    counts = (
        (len(found.added), "added"),
        (len(found.removed), "removed"),
        (len(found.renamed), "renamed"),
        (variables, "changed"),
    )
    parts = [f"{count} {what}" for count, what in counts if count]
    return ", ".join(parts) or "only settings differ"
