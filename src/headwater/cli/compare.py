"""``headwater compare``: how far the numbers of two runs lie apart."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headwater.cli.places import FileToWrite
from headwater.cli.texts import names

if TYPE_CHECKING:
    from headwater.formats.tables import ResultTable
    from headwater.simulation.results.run_comparison import RunComparison, VariableGap

SHOWN = 20


@click.command("compare")
@click.argument("first", metavar="RUN1")
@click.argument("second", metavar="RUN2")
@click.option(
    "--relative",
    type=click.FloatRange(0),
    default=1e-4,
    show_default=True,
    help="Allowed difference, as a share of the value in RUN1.",
)
@click.option(
    "--absolute",
    type=click.FloatRange(0),
    default=1e-6,
    show_default=True,
    help="Allowed beside that, as a share of the variable's largest value in RUN1.",
)
@click.option(
    "--least", type=click.FloatRange(0), default=0.0, help="Allowed beside that, as a number."
)
@click.option("--exact", is_flag=True, help="Allow no difference at all.")
@click.option(
    "--outputs",
    multiple=True,
    metavar="A,B",
    help="Compare these variables, or elements `A[x]`, alone.",
)
@click.option("--common", is_flag=True, help="Only variables and times that both runs have.")
@click.option("--all", "every", is_flag=True, help="List every variable, not the worst 20.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON in place of the table.")
@click.option("-o", "--output", type=FileToWrite(), help="Write to a file what is printed.")
def command(
    first: str,
    second: str,
    relative: float,
    absolute: float,
    least: float,
    exact: bool,
    outputs: tuple[str, ...],
    common: bool,
    every: bool,
    as_json: bool,
    output: Path | None,
) -> None:
    """Tell where two runs differ: files of results, or models, which are run.

    Files may be .csv, .tab, .dat, .xlsx, .vdf, .vdfx, .nc, .zarr or .parquet. Variables go together
    by name, whatever case, blanks and underscores. Exit status: 0, all is within what is allowed;
    1, it is not, or a variable or time is missing in one of them; 2, a file cannot be read.
    """
    from headwater.simulation.progress import Bar
    from headwater.simulation.results.run_comparison import Tolerance, compare_runs
    from headwater.writing import write_aside

    tolerance = Tolerance(0.0, 0.0, 0.0) if exact else Tolerance(relative, absolute, least)
    wanted = names(outputs, "--outputs")
    with Bar("running", None):
        a, b = _run(first), _run(second)
    found = compare_runs(a, b, tolerance, names=wanted, common=common)
    if not found.variables:
        _nothing_in_common(first, second)
    if as_json:
        text = _json(first, second, found)
    else:
        text = "".join(f"{line}\n" for line in _lines(found, every))
    if output is not None:
        write_aside(output, text.encode("utf-8"))
    else:
        click.echo(text, nl=False)
    if not found.agrees:
        raise click.exceptions.Exit(1)


def _run(name: str) -> ResultTable:
    """Return a run from a file of results, or the run of a model."""
    from headwater.api import load
    from headwater.simulation.results.comparison import table_of
    from headwater.simulation.results.reading import is_run, read_run
    from headwater.simulation.run import Request

    if is_run(Path(name)):
        return read_run(Path(name))
    return table_of(load(name).results(Request(check_finite=False)))


def _nothing_in_common(first: str, second: str) -> None:
    from headwater.errors import DataError

    hint = "names are compared without regard to case, blanks and underscores"
    raise DataError(f"`{first}` and `{second}` have no variable in common", hint=hint)


def _lines(found: RunComparison, every: bool) -> Iterator[str]:
    off = [v for v in found.variables if not v.agrees]
    listed = found.variables if every else off[:SHOWN]
    if listed:
        yield from _table(listed)
        yield ""
    if not every and len(off) > SHOWN:
        yield f"... and {len(off) - SHOWN} more (--all lists every variable)"
    for what, missing in (
        ("only in the first run", found.only_first),
        ("only in the second run", found.only_second),
        ("times only in the first run", tuple(f"{t:g}" for t in found.times_only_first)),
        ("times only in the second run", tuple(f"{t:g}" for t in found.times_only_second)),
    ):
        if missing:
            more = f", … ({len(missing)} in all)" if len(missing) > SHOWN else ""
            yield f"{what}: {', '.join(missing[:SHOWN])}{more}"
    total = len(found.variables)
    yield f"{total - len(off)} of {total} variables agree{_furthest(found)}"


def _furthest(found: RunComparison) -> str:
    worst = found.variables[0]
    if worst.excess == 0.0:
        return ", to the last bit" if all(v.largest.size == 0 for v in found.variables) else ""
    return f"; the worst, {worst.name}, is at {worst.excess:.3g} of what is allowed"


def _table(gaps: Sequence[VariableGap]) -> Iterator[str]:
    width = max(8, *(len(g.name) for g in gaps))
    head = ("largest", "at", "relative", "at", "first", "second")
    yield f"{'variable':<{width}}  " + "  ".join(f"{h:>12}" for h in head)
    for gap in gaps:
        cells = (
            gap.largest.size,
            gap.largest.time,
            gap.relative.size,
            gap.relative.time,
            gap.worst.first,
            gap.worst.second,
        )
        yield f"{gap.name:<{width}}  " + "  ".join(f"{c:>12.6g}" for c in cells)


def _json(first: str, second: str, found: RunComparison) -> str:
    content = {"first": first, "second": second, "agrees": found.agrees, **asdict(found)}
    for variable, gap in zip(content["variables"], found.variables, strict=True):
        variable["agrees"] = gap.agrees
    return json.dumps(_plain(content), indent=2, ensure_ascii=False) + "\n"


def _plain(value: Any) -> Any:
    """Return a value without numbers that JSON does not have."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value
