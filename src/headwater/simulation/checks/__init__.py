"""The checks that any sane model meets: ``headwater check``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from headwater.compiler.resolving.flatten import flatten
from headwater.errors import Diagnostic, HeadwaterError
from headwater.formats.data_package import package_findings
from headwater.language.names import split_label
from headwater.model.case import Case
from headwater.model.project import Project
from headwater.model.variables import Data, Flow, Series, Stock
from headwater.simulation.building import Workshop
from headwater.simulation.checks.behaviour import Watch
from headwater.simulation.checks.conditions import prepare_checks
from headwater.simulation.checks.findings import Finding, Report, from_diagnostics
from headwater.simulation.checks.lanes import Plan, Scenario, outcomes
from headwater.simulation.checks.numerics import numeric_findings
from headwater.simulation.checks.stated import flow_findings, stated_findings
from headwater.simulation.progress import Bar
from headwater.simulation.sampling import check_correlations
from headwater.simulation.structure import with_policies, with_variant

__all__ = ["Finding", "Plan", "Report", "check_model", "units_findings"]


def check_model(
    project: Project,
    case: Case | None = None,
    plan: Plan | None = None,
    *,
    argued: bool = False,
    progress: bool = True,
) -> Report:
    """Check a model, or a case with all its variants and policies.

    Looks at units, what constants state, declared checks, finite values, ranges, stocks below
    zero, and what half the step or another method changes; at central values and over a few
    draws. Gaps in what constants state are errors in a case that is ``argued`` (it has claims).
    What cannot be compiled or run is a finding too: this raises nothing for a bad model.
    Where the plan has the fingerprint of the files, the programs are kept on disk.
    """
    plan = plan or Plan()
    findings = from_diagnostics([*project.warnings, *_of_data(case)], "file")
    names = [v.name for v in case.variants] if case else []
    with Bar("checking", 4 * max(1, len(names)), show=progress) as bar:
        for variant in names or [""]:
            try:
                own = flatten(_with_variant(project, case, variant))
            except HeadwaterError as error:
                findings += from_diagnostics(error.diagnostics, "model")
                continue
            stated = _guarded(_stated(own, case, variant, argued=argued))
            bar.advance(1)
            findings += [*stated, *_new(_guarded(_behaviour(own, case, variant, plan)), stated)]
            bar.advance(2)
            findings += _guarded(_numerics(own, case, variant, plan))
            bar.advance(1)
    return Report(tuple(dict.fromkeys(_once(findings))))


def units_findings(project: Project, variant: str = "") -> list[Finding]:
    """Return contradictions of units (broken) and units that cannot be told (warnings).

    What modules of one model share is told of the first of them.
    """
    from headwater.compiler.units.check import check_units

    found = from_diagnostics(check_units(project), "units", variant=variant)
    first: dict[object, Finding] = {}
    for finding in found:
        first.setdefault((finding.place, finding.hint) if finding.place else finding, finding)
    return list(first.values())


def _of_data(case: Case | None) -> Iterator[Diagnostic]:
    """Yield how the data package of a case and its data differ."""
    if case is None or case.folder is None:
        return
    folders = {(case.folder / s.origin.rpartition(":")[0]).parent for s in _series(case)}
    for folder in sorted(folders | {case.folder / "data"}):
        yield from package_findings(folder)


def _series(case: Case) -> Iterator[Series]:
    for variable in case.project.variables:
        yield from variable.series if isinstance(variable, Data) else ()


def _with_variant(project: Project, case: Case | None, name: str) -> Project:
    variant = next((v for v in case.variants if v.name == name), None) if case else None
    return with_variant(project, variant) if variant else project


def _guarded(found: Iterator[Finding]) -> list[Finding]:
    """Collect findings; an error on the way is one more, and ends them."""
    collected: list[Finding] = []
    try:
        for finding in found:
            collected.append(finding)  # noqa: PERF402  what came before an error is kept
    except HeadwaterError as error:
        collected += from_diagnostics(error.diagnostics, "model")
    return collected


def _new(findings: Sequence[Finding], stated: Sequence[Finding]) -> Iterator[Finding]:
    """Yield findings of runs; what is stated outside its range need not be found there again."""
    told = {f.place for f in stated if f.subject == "ranges" and f.place is not None}
    return (f for f in findings if f.subject != "ranges" or f.place not in told)


def _once(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yield findings; one that all variants share is named once, without a variant."""
    seen: set[Finding] = set()
    for finding in findings:
        general = replace(finding, variant="")
        if general in seen:
            continue
        seen.add(general)
        yield finding


def _stated(own: Project, case: Case | None, variant: str, *, argued: bool) -> Iterator[Finding]:
    yield from units_findings(own, variant)
    yield from stated_findings(own, argued=argued)
    yield from flow_findings(own)
    if case is not None:
        known = own.by_key.keys()
        check_correlations(
            own,
            [
                c
                for c in case.correlations
                if {split_label(c.first)[0], split_label(c.second)[0]} <= known
            ],
        )


def _behaviour(own: Project, case: Case | None, variant: str, plan: Plan) -> Iterator[Finding]:
    policies = case.policies if case else ()
    prepared = prepare_checks(
        with_policies(own, policies) if policies else own, case.checks if case else ()
    )
    watch = Watch(prepared, own, [p.name for p in policies])
    scenarios = [Scenario(0, n) for n in range(len(policies) + 1)]
    scenarios += [Scenario(n, 0) for n, c in prepared.checks.items() if c.overrides]
    for outcome in outcomes(prepared, case, scenarios, _kept(plan, "behaviour", variant)):
        watch.look(outcome)
    yield from watch.findings(variant)
    for single in prepared.apart:
        other = Watch(single, own, [])
        (number,) = single.checks
        alone = _kept(plan, f"check {number}", variant)
        for outcome in outcomes(single, case, [Scenario(number)], alone):
            other.look(outcome)
        yield from other.findings(variant)


def _numerics(own: Project, case: Case | None, variant: str, plan: Plan) -> Iterator[Finding]:
    followed = {o.variable.key for o in case.outcomes} if case else set()
    outputs = [v.key for v in own.variables if v.key in followed]
    outputs = outputs or [v.key for v in own.variables if isinstance(v, Stock | Flow)]
    if outputs:
        known = _kept(plan, "numerics", variant).fingerprint
        workshop = Workshop(own, check_units=False, fingerprint=known)
        yield from numeric_findings(workshop, variant, tuple(outputs), plan.target)


def _kept(plan: Plan, what: str, variant: str) -> Plan:
    """Return the plan with the fingerprint of what one of the checks makes of the model."""
    parts = (plan.fingerprint, what, variant)
    return replace(plan, fingerprint="\n".join(parts) if plan.fingerprint else "")
