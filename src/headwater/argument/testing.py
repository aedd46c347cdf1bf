"""Put a case to the test: from the written argument to verdicts."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from headwater.analysis.calibration.store import posterior_for
from headwater.analysis.discovery import Conditions, discover
from headwater.analysis.regional import Inputs, drivers
from headwater.argument.construction import construction_test
from headwater.argument.ensembles import Ensembles
from headwater.argument.following import Following
from headwater.argument.judging import judge
from headwater.argument.kept_trials import Means, run_main
from headwater.argument.ledger.anchors import read_document, resolve
from headwater.argument.ledger.evidence import Finding, check_evidence
from headwater.argument.plan import Plan, effect_of, prepare, provenance_ids
from headwater.argument.provenance import settings_of
from headwater.argument.results import (
    Checked,
    ClaimResult,
    Construction,
    ExpectationResult,
    ModelFinding,
    Speed,
    TestResult,
)
from headwater.argument.trials import Trials
from headwater.argument.verdicts import Verdict, combine, interval
from headwater.language.printer import print_expression
from headwater.model.case import Case, Expectation
from headwater.model.uncertainty import Range
from headwater.simulation import checks
from headwater.simulation.progress import Bar

DRIVER_RUNS = 20_000
CONDITION_RUNS = 5_000
CHECKED_RUNS = 16


@dataclass(frozen=True, slots=True)
class Options:
    """How to run a test. ``threads`` of 0 uses every core; ``checks`` has the model checked too.

    With ``posterior``, the result of a fit, the constants that it fitted are drawn from there.
    ``store`` is a folder that keeps what comes of the main ensemble, to go on after being cut
    short; ``cluster`` is the address of a Dask scheduler, or ``local``, that runs it. Neither
    changes the result.
    """

    runs: int = 1000
    seed: int = 1
    design: str = "latin"
    threads: int = 0
    source: Path | None = None
    progress: bool = True
    posterior: Path | None = None
    checks: bool = True
    store: Path | None = None
    cluster: str | None = None


def test_case(case: Case, options: Options) -> TestResult:
    """Run the whole test of a case.

    Raises:
        CaseError: the case is not in order; nothing has been run then.
        SimulationError: the model cannot be run.
    """
    started = time.perf_counter()
    plan = prepare(case)
    quotes = plan.quotes
    if options.source is not None:
        quotes = resolve(plan.ledger, read_document(options.source), str(options.source))
    evidence = check_evidence(plan.ledger, case.project)
    posterior = posterior_for(case, options.posterior)
    ensembles = Ensembles(
        plan, options.seed, options.design, options.threads, options.progress, posterior
    )
    trials, following = _main_ensemble(plan, ensembles, options)
    constructions = construction_test(
        case.expectations, options.runs, partial(_simulated, ensembles)
    )
    inputs = ensembles.inputs(min(options.runs, DRIVER_RUNS))
    expectations = _expectations(case, trials, inputs, constructions, options.progress)
    model_findings = tuple(following.model_findings())
    claims = _claim_results(plan, quotes, expectations, evidence, model_findings)
    fans = tuple(following.fans())
    judged = judge(following, fans, inputs)
    checked = _checked(case, options) if options.checks else None
    undefined = sum(e.trial.overall.undefined for e in expectations)
    return TestResult(
        case=case,
        ledger=plan.ledger,
        sources=plan.sources,
        settings=settings_of(
            plan, ensembles, options.runs, options.seed, options.design, options.posterior
        ),
        claims=claims,
        expectations=expectations,
        histories=tuple(following.histories(ensembles.central())) if case.comparisons else (),
        fans=fans,
        undefined_cases=undefined,
        speed=Speed(
            time.perf_counter() - started, ensembles.simulations, ensembles.compile_seconds
        ),
        judged=judged,
        checked=checked,
    )


test_case.__test__ = False  # type: ignore[attr-defined]


def _simulated(
    ensembles: Ensembles,
    expectations: Sequence[Expectation],
    runs: int,
    fixed: Mapping[str, float],
    freed: Mapping[str, Range],
) -> Trials:
    """Return the trials of runs with some inputs fixed and some freed."""
    gathered = Trials(expectations, ensembles.variants, runs)
    for batch in ensembles.batches(runs, expectations, fixed=fixed, freed=freed):
        gathered.add(batch)
    return gathered


def _claim_results(
    plan: Plan,
    quotes: Mapping[str, str],
    expectations: Sequence[ExpectationResult],
    evidence: Sequence[Finding],
    model_findings: Sequence[ModelFinding],
) -> tuple[ClaimResult, ...]:
    """Return what became of each claim of a ledger."""
    resting = list(provenance_ids(plan.case))
    return tuple(
        ClaimResult(
            claim=claim,
            verdict=combine([e.verdict for e in expectations if claim.id in e.expectation.claims]),
            expectations=tuple(e for e in expectations if claim.id in e.expectation.claims),
            evidence=tuple(f for f in evidence if f.claim == claim.id),
            model=tuple(f for f in model_findings if f.claim == claim.id),
            rests_here=tuple(sorted({v.name for i, v in resting if i == claim.id and v})),
            quote=quotes.get(claim.id, ""),
        )
        for claim in plan.ledger.claims
    )


def _checked(case: Case, options: Options) -> Checked:
    plan = checks.Plan(draws=CHECKED_RUNS, seed=options.seed)
    report = checks.check_model(case.project, case, plan, argued=True, progress=options.progress)
    return Checked(report.findings, CHECKED_RUNS, options.seed)


def _main_ensemble(plan: Plan, ensembles: Ensembles, options: Options) -> tuple[Trials, Following]:
    case, runs = plan.case, options.runs
    trials = Trials(case.expectations, ensembles.variants, runs)
    following = Following(
        case, plan.ledger, ensembles.variants, ensembles.policies, ensembles.times, runs
    )
    if options.store is not None or options.cluster is not None:
        means = Means(options.store, options.cluster, options.threads, options.progress)
        run_main(ensembles, runs, trials, following, means)
        return trials, following
    for batch in ensembles.main(runs):
        trials.add(batch)
        following.add(batch)
    return trials, following


def _expectations(
    case: Case,
    trials: Trials,
    inputs: Inputs,
    constructions: Mapping[str, Construction],
    progress: bool,
) -> tuple[ExpectationResult, ...]:
    found = []
    with Bar("looking for conditions", len(case.expectations), show=progress) as bar:
        for expectation in case.expectations:
            own = constructions.get(expectation.name)
            found.append(_expectation(expectation, trials, inputs, own))
            bar.advance(1)
    return tuple(found)


def _conditions(inputs: Inputs, trials: Trials, name: str) -> Conditions | None:
    runs = min(inputs.values.shape[1], CONDITION_RUNS)
    return discover(inputs.first(runs), trials.truth[name][:, :runs], trials.variants)


def _expectation(
    expectation: Expectation,
    trials: Trials,
    inputs: Inputs,
    construction: Construction | None,
) -> ExpectationResult:
    name = expectation.name
    trial = trials.result(name)
    truth, effect = trials.truth[name], trials.effect[name]
    runs = inputs.values.shape[1]
    verdict = trial.verdict
    if construction is not None and construction.by_construction:
        verdict = Verdict.BY_CONSTRUCTION
    effect_expression = effect_of(expectation)
    return ExpectationResult(
        expectation=expectation,
        condition=print_expression(expectation.condition),
        effect_text=print_expression(effect_expression) if effect_expression else "",
        verdict=verdict,
        trial=trial,
        effect=interval(effect.reshape(-1)),
        effect_by_variant={k: interval(v) for k, v in trials.by_variant(effect).items()},
        drivers=drivers(inputs, truth[:, :runs], effect[:, :runs]),
        construction=construction,
        conditions=_conditions(inputs, trials, name) if verdict is Verdict.DEPENDS else None,
    )
