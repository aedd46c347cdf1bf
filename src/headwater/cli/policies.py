"""``headwater policies``: which course of action is robust, soon and late."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headwater.cli.loading import load_case
from headwater.cli.options import (
    better_option,
    draws_options,
    horizons_option,
    model_argument,
    posterior_option,
    threads_option,
)
from headwater.cli.places import FileToWrite
from headwater.cli.tables import write_table
from headwater.cli.texts import assignments, names, numbers
from headwater.errors import UsageError

if TYPE_CHECKING:
    from headwater.argument.policies.comparing import Comparison, OutcomeComparison, Threshold
    from headwater.model.case import Case

ALL = "all"


@click.command("policies")
@model_argument
@click.option(
    "--outcome",
    multiple=True,
    metavar="A,B",
    help="Outcomes to compare by. Default: the case's first.",
)
@horizons_option
@better_option
@click.option("--at-most", help="Good enough: at most this; 80% is a share of the baseline's.")
@click.option("--at-least", help="Good enough: at least this; 120% is a share of the baseline's.")
@click.option(
    "--expectation",
    multiple=True,
    metavar="NAME",
    help="An expectation about one policy: show how often it is met with each policy in its place.",
)
@click.option(
    "--cost",
    multiple=True,
    metavar="LEVER=PRICE",
    help="Price of a lever, to tell how much effort a policy takes; all=PRICE for all others that "
    "policies set. Repeatable.",
)
@click.option(
    "--budget",
    type=float,
    help="Point out the policies that take more effort than this; without --cost every price is 1.",
)
@draws_options(1000)
@threads_option
@posterior_option
@click.option(
    "-o",
    "--output",
    type=FileToWrite(".csv"),
    help="Write every figure, by rival structure too, as a CSV table.",
)
def command(
    model: str,
    outcome: tuple[str, ...],
    times: tuple[str, ...],
    better: str | None,
    at_most: str | None,
    at_least: str | None,
    expectation: tuple[str, ...],
    cost: tuple[str, ...],
    budget: float | None,
    runs: int,
    seed: int,
    threads: int,
    posterior: Path | None,
    output: Path | None,
) -> None:
    """Compare the policies of the case MODEL case by case; probes are left out.

    Regret is how much worse a policy does than the best one in the same case, in the outcome's
    unit; "good" is the share of cases that are good enough. All policies run on the same draws.
    """
    from headwater.argument.policies.comparing import CompareOptions, compare_policies

    case = load_case(model, "policies")
    options = CompareOptions(
        outcomes=names(outcome, "--outcome"),
        times=numbers(times, "--times"),
        lower_is_better=None if better is None else better == "lower",
        threshold=threshold(at_most, at_least),
        expectations=names(expectation, "--expectation"),
        costs=prices(case, cost, budget),
        runs=runs,
        seed=seed,
        threads=threads,
        posterior=posterior,
    )
    found = compare_policies(case, options)
    for line in _lines(found, case, options.threshold, budget):
        click.echo(line) if isinstance(line, str) else _print(line)
    if output is not None:
        write_table(output, _rows(found))


def prices(case: Case, texts: Sequence[str], budget: float | None) -> dict[str, float]:
    """Return what ``--cost`` says; a budget without any prices every lever at 1.

    Raises :class:`UsageError`.
    """
    from headwater.argument.policies.named import levers_set

    given = assignments(texts, "--cost")
    every = given.pop(ALL, 1.0 if budget is not None and not given else None)
    own = {} if every is None else dict.fromkeys(levers_set(case), every)
    return {**own, **given}


def threshold(at_most: str | None, at_least: str | None) -> Threshold | None:
    """Return what ``--at-most`` or ``--at-least`` says. Raises :class:`UsageError`."""
    from headwater.argument.policies.comparing import Threshold

    if at_most is not None and at_least is not None:
        raise UsageError("`--at-most` and `--at-least` exclude each other")
    text = at_most if at_most is not None else at_least
    if text is None:
        return None
    relative = text.strip().endswith("%")
    try:
        value = float(text.strip().removesuffix("%"))
    except ValueError:
        raise UsageError(
            f"`{text}` is no number", hint="write a number, or a share of the baseline's: 80%"
        ) from None
    return Threshold(value / 100 if relative else value, at_most is not None, relative)


def _print(table: Any) -> None:
    from rich.console import Console

    Console().print(table)


def _lines(
    found: Comparison, case: Case, limit: Threshold | None, budget: float | None
) -> Iterator[Any]:
    from headwater.report import words

    titles = _titles(case)
    for outcome in found.outcomes:
        for time in found.times:
            yield _table(outcome, time, titles, limit)
        yield from _structures(outcome, found, titles)
        yield from _delays(outcome, titles, case.project.sim_specs.time_unit)
    for asked in found.asked:
        title = asked.expectation.title or asked.expectation.name
        yield f"Asked of every policy: {title}"
        for policy in found.policies:
            yield f"  {words.percent(asked.shares[policy, '']):>5}  {titles[policy]}"
    if found.efforts:
        yield "Effort: what the levers' distances from the baseline cost"
        for policy, effort in found.efforts.items():
            over = ", over the budget" if budget is not None and effort > budget else ""
            yield f"  {words.number(effort):>5}  {titles[policy]}{over}"
    cases = found.runs * len(found.structures)
    yield (
        f"{words.count(cases, 'case')} ({words.count(found.runs, 'draw')} under "
        f"{words.count(len(found.structures), 'structure')}), "
        f"{found.simulations:,} simulations, seed {found.seed}, from {found.drawn_from}"
    )


def _titles(case: Case) -> dict[str, str]:
    from headwater.language.names import canonical
    from headwater.report import words

    titles = {"": "all together"}
    for item in case.policies:
        titles[canonical(item.name)] = item.title or words.name(item.name)
    for rival in case.variants:
        titles[canonical(rival.name)] = rival.title or words.name(rival.name)
    return titles


def _table(
    outcome: OutcomeComparison,
    time: float,
    titles: dict[str, str],
    limit: Threshold | None,
) -> Any:
    from rich.table import Table

    from headwater.report import words

    unit = words.unit(outcome.unit)
    better = "less" if outcome.lower_is_better else "more"
    heading = f"{outcome.label} in {time:g}{f', {unit}' if unit else ''}; {better} is better"
    table = Table(title=heading, title_justify="left", box=None)
    table.add_column("policy", overflow="fold")
    columns = ["median", "best in", "regret: median", "90% below", "largest"]
    if limit is not None:
        share = f"{limit.value:.0%} of baseline" if limit.relative else f"{limit.value:g}"
        columns.append(f"{'at most' if limit.at_most else 'at least'} {share}")
    for column in columns:
        table.add_column(column, justify="right")
    own = [s for s in outcome.scores if s.time == time and not s.structure]
    for s in sorted(own, key=lambda s: s.robustness.regret_p90):
        r = s.robustness
        cells = [words.number(r.median), words.percent(r.best), words.number(r.regret_median)]
        cells += [words.number(r.regret_p90), words.number(r.regret_max)]
        if r.good is not None:
            cells.append(words.percent(r.good))
        table.add_row(titles[s.policy], *cells)
    return table


def _structures(
    outcome: OutcomeComparison, found: Comparison, titles: dict[str, str]
) -> Iterator[str]:
    """Say which policy has the least regret under each rival structure."""
    from headwater.language.names import canonical

    for time in found.times:
        own = [s for s in outcome.scores if s.time == time]
        yield f"Least regret in nine cases of ten, {time:g}"
        for structure in ("", *(found.structures if len(found.structures) > 1 else ())):
            scores = [s for s in own if s.structure == structure]
            least = min(scores, key=lambda s: s.robustness.regret_p90)
            yield f"  {titles[canonical(structure)]}: {titles[least.policy]}"


def _delays(outcome: OutcomeComparison, titles: dict[str, str], unit: str) -> Iterator[str]:
    from headwater.language.names import canonical
    from headwater.report import words
    from headwater.report.boxes import quantity

    for cost in outcome.delays:
        if cost.structure:
            continue
        later = quantity(cost.delay.later, unit)
        yield (
            f"{titles[canonical(cost.delay.early)]}, begun {later} later: by {cost.time:g} it is "
            f"worse in {words.percent(cost.worse)} of the cases; outcome over that of the earlier "
            f"one {words.interval(cost.ratio)}."
        )


def _rows(found: Comparison) -> Iterator[Sequence[object]]:
    """Yield the table of every figure, the head first."""
    columns = ["median", "best", "regret_median", "regret_p90", "regret_max", "good"]
    yield ["outcome", "time", "structure", "policy", *columns, "cases", "effort"]
    for outcome in found.outcomes:
        for s in outcome.scores:
            values = [getattr(s.robustness, column) for column in columns]
            cells = ["" if v is None else repr(v) for v in values]
            effort = repr(found.efforts[s.policy]) if found.efforts else ""
            own = [outcome.outcome, f"{s.time:g}", s.structure, s.policy]
            yield [*own, *cells, s.robustness.cases, effort]
