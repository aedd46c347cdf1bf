"""``headwater rivals``: which claims each rival structure supports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headwater.cli.loading import load_case
from headwater.cli.options import (
    draws_options,
    model_argument,
    posterior_option,
    threads_option,
)
from headwater.cli.places import FileToWrite
from headwater.cli.tables import write_table
from headwater.errors import UsageError

if TYPE_CHECKING:
    from headwater.argument.rivals import Stand
    from headwater.model.case import Case

NARROW = 11


@click.command("rivals")
@model_argument
@draws_options(1000)
@threads_option
@posterior_option
@click.option(
    "-o",
    "--output",
    type=FileToWrite(".csv"),
    help="Write every share as a CSV table.",
)
def command(
    model: str, runs: int, seed: int, threads: int, posterior: Path | None, output: Path | None
) -> None:
    """Tell which claims of the case MODEL each of its rival structures supports.

    A structure supports a condition that is met in at least nine in ten of its cases, and goes
    against one that is met in at most one. Conditions on which structures disagree come first.
    """
    from headwater.analysis.calibration.store import drawn_from, posterior_for
    from headwater.argument.rivals import stands
    from headwater.argument.testing import Options, test_case

    case = load_case(model, "claims")
    if len(case.variants) < 2:
        raise UsageError("the case has no rival structures", hint="add `variant` statements")
    options = Options(
        runs=runs, seed=seed, design=case.defaults.design, threads=threads, posterior=posterior
    )
    result = test_case(case, options)
    rows = stands(result)
    _show(rows, case)
    drawn = drawn_from(posterior_for(case, posterior))
    click.echo(
        f"{runs:,} draws under each structure, {result.settings.simulations:,} simulations, "
        f"seed {seed}, from {drawn}"
    )
    if output is not None:
        write_table(output, _table(rows))


def _show(rows: tuple[Stand, ...], case: Case) -> None:
    from rich.console import Console
    from rich.table import Table

    from headwater.argument.rivals import counted
    from headwater.argument.verdicts import Verdict
    from headwater.language.names import canonical
    from headwater.report import words

    titles = {canonical(v.name): v.title or words.name(v.name) for v in case.variants}
    names = list(counted(rows))
    for number, name in enumerate(names, start=1):
        own = counted(rows)[name]
        click.echo(
            f"{number}. {titles.get(canonical(name), name)}: supports {own[Verdict.HOLDS]}, leaves "
            f"open {own[Verdict.DEPENDS]}, goes against {own[Verdict.FAILS]}"
        )
    table = Table(box=None, pad_edge=False)
    table.add_column("condition", overflow="fold")
    for number in range(1, len(names) + 1):
        table.add_column(str(number), min_width=NARROW)
    for row in sorted(rows, key=lambda r: (r.built_in, not r.apart, -r.spread)):
        cells = [
            f"{words.percent(row.shares[n].value):>4} {row.verdicts[n]}" if n in row.shares else ""
            for n in names
        ]
        table.add_row(row.title + (" (by construction)" if row.built_in else ""), *cells)
    Console().print(table)
    apart = [r for r in rows if r.apart and not r.built_in]
    open_ones = sum(not r.built_in for r in rows)
    click.echo(f"The structures disagree on {len(apart)} of {open_ones} conditions.")


def _table(rows: tuple[Stand, ...]) -> Iterator[Sequence[object]]:
    """Yield the table of every share, the head first."""
    yield ["expectation", "claims", "structure", "share", "verdict", "by_construction"]
    for row in rows:
        for name, share in row.shares.items():
            cells = [row.expectation, " ".join(row.claims), name, repr(share.value)]
            yield [*cells, str(row.verdicts[name]), str(row.built_in).lower()]
