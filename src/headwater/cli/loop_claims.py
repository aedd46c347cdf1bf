"""``headwater loops CASE --claims``: the loops that a case names, and what hangs on them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headwater.cli.loading import load_case
from headwater.cli.texts import this_command

if TYPE_CHECKING:
    from headwater.argument.loop_findings import LoopFindings, LoopShare
    from headwater.model.case import Case


def judge_loops(model: str, runs: int, seed: int, threads: int, output: Path | None) -> None:
    """Show the named loops of a case, and save what was found. Raises :class:`UsageError`."""
    from headwater.argument.loop_findings import loop_findings
    from headwater.argument.saved.files import write_findings
    from headwater.argument.saved.making import save_loops

    case = load_case(model, "claims")
    found = loop_findings(case, runs=runs, seed=seed, threads=threads)
    for line in _lines(found, case):
        click.echo(line)
    if output is not None:
        write_findings(save_loops(found, case, this_command()), output)
        click.echo(str(output), err=True)


def _lines(found: LoopFindings, case: Case) -> Iterator[str]:
    from headwater.report import words

    titles = {e.name: e.title or e.name for e in case.expectations}
    for loop in found.loops:
        yield f"{loop.title}: {' -> '.join(loop.through)}"
        for share in loop.shares:
            yield f"  {_share(share)}"
        if loop.trials:
            yield f"  with the loop, and with {loop.cut} cut:"
        for trial in loop.trials:
            before, after = (words.percent(t.overall.value) for t in (trial.whole, trial.cut))
            verdicts = f"{trial.whole.verdict}, {trial.cut.verdict}"
            yield f"    {before:>5} {after:>5}  {titles[trial.expectation]} ({verdicts})"
    yield (
        f"shares: one run at central values under each structure; claims: {found.runs:,} draws, "
        f"seed {found.seed}, from the stated ranges (prior)"
    )


def _share(share: LoopShare) -> str:
    name = f"{share.structure}: " if share.structure else ""
    if not share.loops:
        return f"{name}it never acts"
    mean = sum(abs(x) for x in share.share) / len(share.share)
    spans = ", ".join(f"{first:g} to {last:g}" for first, last in share.dominates)
    loops = f"{share.loops:,} loop{'s' if share.loops != 1 else ''}"
    return f"{name}{share.polarity}, {loops}, {mean:.1%} of the change" + (
        f"; half of it or more from {spans}" if spans else ""
    )
