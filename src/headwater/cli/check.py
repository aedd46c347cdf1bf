"""``headwater check``: what any sane model meets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from headwater.cli.options import model_argument
from headwater.errors import HeadwaterError

if TYPE_CHECKING:
    from headwater.model.case import Case as CaseData
    from headwater.simulation.checks import Finding, Report

BROKEN, FOUND = 2, 1
COLOURS = {"broken": "red", "error": "red", "warning": "yellow", "note": "cyan"}


@click.command("check")
@model_argument
@click.option(
    "--draws",
    default=16,
    show_default=True,
    type=click.IntRange(0),
    help="Random draws to check beside the central values.",
)
@click.option(
    "--seed", default=1, show_default=True, type=click.IntRange(0), help="Seed of the draws."
)
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@click.option("--quiet", is_flag=True, help="Leave notes out.")
def command(model: str, draws: int, seed: int, strict: bool, quiet: bool) -> None:
    """Check MODEL: units, stated conditions, ranges, finite values, step and method.

    Cases are checked in every variant and under every policy; their claims, sources and
    expectations are checked too. Exit status: 0, nothing found; 1, a check is not met; 2, the
    model is not in order.
    """
    from headwater.api import Case, load
    from headwater.simulation.checks import Plan, Report, check_model

    loaded = load(model)
    case = loaded.case if isinstance(loaded, Case) else None
    argued = case is not None and _is_argued(case)
    plan = Plan(draws=draws, seed=seed, fingerprint=loaded.fingerprint)
    report = check_model(loaded.project, case, plan, argued=argued)
    if case is not None and argued:
        report = Report((*_argument(case), *report.findings))
    for finding in report.findings:
        if finding.severity != "note" or not quiet:
            _show(finding)
    _summarise(report)
    if report.worst == "broken":
        raise click.exceptions.Exit(BROKEN)
    if report.worst == "error" or (strict and report.worst == "warning"):
        raise click.exceptions.Exit(FOUND)


def _is_argued(case: CaseData) -> bool:
    """Tell whether a case has claims, or expectations that need some."""
    ledger = case.folder / "claims.yaml" if case.folder else None
    return bool(case.expectations) or (ledger is not None and ledger.exists())


def _argument(case: CaseData) -> list[Finding]:
    """Check claims, sources, expectations and every id that the case rests on."""
    from headwater.argument.construction import untestable
    from headwater.argument.plan import prepare
    from headwater.simulation.checks.findings import from_diagnostics

    try:
        prepare(case)
    except HeadwaterError as error:
        return from_diagnostics(error.diagnostics, "argument")
    weak = from_diagnostics(untestable(case.expectations).items, "argument")
    return [replace(finding, severity="note") for finding in weak]


def _show(finding: Finding) -> None:
    where = f"{finding.place}: " if finding.place else ""
    variant = f" (variant {finding.variant})" if finding.variant else ""
    word = {"broken": "error"}.get(finding.severity, finding.severity)
    colour = COLOURS[finding.severity]
    click.echo(f"{where}{click.style(word, fg=colour)}: {finding.message}{variant}")
    if finding.hint:
        click.echo(f"  {finding.hint}")


def _summarise(report: Report) -> None:
    errors = report.count("broken") + report.count("error")
    warnings = report.count("warning")
    if not errors and not warnings:
        click.echo("all checks are met")
        return
    parts = [
        f"{n} {word}{'s' if n > 1 else ''}"
        for n, word in ((errors, "error"), (warnings, "warning"))
        if n
    ]
    click.echo(", ".join(parts))
