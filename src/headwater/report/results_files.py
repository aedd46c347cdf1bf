"""The results in files that other programs read: everything the scorecard shows, and its settings.

Both files hold the same bytes for the same test: keys are sorted and no timing is in them.
"""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

from headwater.analysis.discovery import Box
from headwater.argument.ledger.evidence import Finding
from headwater.argument.results import (
    Checked,
    ClaimResult,
    ExpectationResult,
    History,
    Judged,
    ModelFinding,
    Settings,
    TestResult,
    Trial,
)
from headwater.argument.verdicts import Interval, Share
from headwater.language.names import canonical
from headwater.language.printer import print_expression
from headwater.report import words
from headwater.writing import write_aside

VERDICTS = "verdicts.json"
CLAIMS = "claims.csv"


def write_results(result: TestResult, folder: Path) -> tuple[Path, Path]:
    """Write ``verdicts.json`` and ``claims.csv`` into a folder and return their paths.

    Raises:
        UsageError: a file cannot be written.
    """
    verdicts, claims = folder / VERDICTS, folder / CLAIMS
    write_aside(verdicts, verdicts_json(result).encode(), make_folder=True)
    write_aside(claims, claims_csv(result).encode(), make_folder=True)
    return verdicts, claims


def verdicts_json(result: TestResult) -> str:
    """Return settings, claims, expectations and errors against data as JSON.

    Shares are between 0 and 1; what is not defined is ``null``.
    """
    document = {
        "about": words.SHARE_CAVEAT,
        "settings": _settings(result.settings),
        "claims": [_claim(c) for c in result.claims],
        "expectations": [_expectation(e) for e in result.expectations],
        "history": [_history(h) for h in result.histories],
        "drivers_over_time": _drivers(result.judged),
        "policies": _policies(result.judged),
        "checks": _checks(result.checked),
        "undefined_cases": result.undefined_cases,
    }
    text = json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return text + "\n"


def _settings(settings: Settings) -> dict[str, Any]:
    return {
        "case": settings.case,
        "command": settings.command,
        "runs": settings.runs,
        "seed": settings.seed,
        "design": settings.design,
        "policies": list(settings.policies),
        "variants": list(settings.variants),
        "baseline": settings.baseline,
        "start": settings.start,
        "stop": settings.stop,
        "step": settings.step,
        "method": settings.method,
        "inputs": list(settings.inputs),
        "simulations": settings.simulations,
        "hashes": dict(settings.hashes),
        "versions": dict(settings.versions),
        "drawn_from": settings.drawn_from,
    }


def _claim(found: ClaimResult) -> dict[str, Any]:
    claim = found.claim
    return {
        "id": claim.id,
        "text": claim.text,
        "paragraph": claim.paragraph,
        "place": claim.anchor.fragment,
        "known": claim.anchor.known and str(claim.anchor.known),
        "kind": str(claim.kind),
        "state": str(claim.state),
        "reason": claim.reason,
        "verdict": str(found.verdict),
        "expectations": [e.expectation.name for e in found.expectations],
        "evidence": [_evidence(f) for f in found.evidence],
        "model": [_model(f) for f in found.model],
        "rests_here": list(found.rests_here),
    }


def _evidence(found: Finding) -> dict[str, Any]:
    return {
        "claimed": _number(found.claimed),
        "relation": str(found.relation),
        "found": _number(found.found),
        "difference": _number(found.difference),
        "meets": found.meets,
        "unit": found.unit,
        "source": found.source,
        "note": found.note,
        "computed": found.how,
    }


def _model(found: ModelFinding) -> dict[str, Any]:
    return {
        "claimed": _number(found.claimed),
        "relation": str(found.relation),
        "found": _interval(found.found),
        "unit": found.unit,
        "note": found.note,
        "computed": found.how,
    }


def _expectation(found: ExpectationResult) -> dict[str, Any]:
    expectation, test = found.expectation, found.construction
    return {
        "name": expectation.name,
        "title": expectation.title,
        "claims": list(expectation.claims),
        "horizon": expectation.horizon,
        "condition": found.condition,
        "reason": expectation.reason,
        "verdict": str(found.verdict),
        "shares": _trial(found.trial),
        "effect": {
            "expression": found.effect_text,
            "meaning": expectation.effect_meaning,
            "overall": _interval(found.effect),
            "by_variant": {k: _interval(v) for k, v in found.effect_by_variant.items()},
        },
        "drivers": [
            {
                "input": d.name,
                "direction": d.direction,
                "measure": d.measure,
                "strength": _number(d.strength),
            }
            for d in found.drivers
        ],
        "conditions": None
        if found.conditions is None
        else {
            "runs": found.conditions.runs,
            "holds": _box(found.conditions.holds),
            "fails": _box(found.conditions.fails),
        },
        "by_construction": None
        if test is None
        else {
            "links": list(test.links),
            "runs": test.cases,
            "stated": _trial(test.stated),
            "cut": _trial(test.cut),
            "freed": _trial(test.freed),
            "result": test.by_construction,
        },
    }


def _box(box: Box | None) -> dict[str, Any] | None:
    if box is None:
        return None
    return {
        "limits": [
            {
                "input": limit.input,
                "unit": limit.unit,
                "low": _number(limit.low),
                "high": _number(limit.high),
                "low_quasi_p": _number(limit.low_p),
                "high_quasi_p": _number(limit.high_p),
                "share_of_draws": _number(limit.kept),
                "as_share_of_range": limit.place,
            }
            for limit in box.limits
        ],
        "structures": list(box.structures),
        "structures_quasi_p": _number(box.structures_p),
        "coverage": _number(box.coverage),
        "density": _number(box.density),
        "mass": _number(box.mass),
        "density_of_all": _number(box.base),
        "cases": box.cases,
    }


def _trial(trial: Trial) -> dict[str, Any]:
    return {
        "verdict": str(trial.verdict),
        "overall": _share(trial.overall),
        "by_variant": {name: _share(share) for name, share in trial.by_variant.items()},
    }


def _share(share: Share) -> dict[str, Any]:
    return {
        "share": _number(share.value),
        "low": _number(share.low),
        "high": _number(share.high),
        "cases": share.cases,
        "undefined": share.undefined,
    }


def _interval(found: Interval | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "p05": _number(found.low),
        "median": _number(found.median),
        "p95": _number(found.high),
    }


def _history(history: History) -> dict[str, Any]:
    comparison = history.comparison
    return {
        "variable": history.label,
        "data": history.data_label,
        "unit": history.unit,
        "from": _number(comparison.start),
        "to": _number(comparison.stop),
        "set_constants": comparison.used,
        "points": history.points,
        "mean_absolute_percentage_error": _number(history.error),
        "mean_absolute_percentage_error_of_median": _number(history.median_error),
    }


def _drivers(judged: Judged | None) -> list[dict[str, Any]]:
    return [
        {
            "outcome": print_expression(found.outcome.variable),
            "times": list(found.times),
            "draws": list(found.runs),
            "structures": [_number(s) for s in found.structures],
            "rest": [_number(s) for s in found.rest],
            "inputs": [
                {
                    "input": i.input,
                    "share": [_number(s) for s in i.shares],
                    "half_width": [_number(h) for h in i.half_widths],
                    "direction": list(i.directions),
                    "noticeable": list(i.noticeable),
                }
                for i in found.inputs
            ],
        }
        for found in (judged.influences if judged else ())
    ]


def _policies(judged: Judged | None) -> list[dict[str, Any]]:
    efforts = {e.policy: e.total for e in judged.efforts} if judged else {}
    return [
        {
            "outcome": found.outcome,
            "lower_is_better": found.lower_is_better,
            "policy": s.policy,
            "structure": s.structure or None,
            "time": s.time,
            "median": _number(s.robustness.median),
            "best_in": _number(s.robustness.best),
            "regret_median": _number(s.robustness.regret_median),
            "regret_p90": _number(s.robustness.regret_p90),
            "regret_largest": _number(s.robustness.regret_max),
            "good_enough": _number(s.robustness.good),
            "cases": s.robustness.cases,
            "effort": _number(efforts.get(s.policy)),
        }
        for found in (judged.compared if judged else ())
        for s in found.scores
    ]


def _checks(checked: Checked | None) -> dict[str, Any] | None:
    if checked is None:
        return None
    return {
        "draws": checked.draws,
        "seed": checked.seed,
        "findings": [
            {"severity": f.severity, "subject": f.subject, "message": f.message}
            | ({"structure": f.variant} if f.variant else {})
            for f in checked.findings
        ],
    }


def _number(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def claims_csv(result: TestResult) -> str:
    """Return one row for each claim and expectation, shares by variant in columns of their own."""
    variants = tuple(v for v in result.settings.variants if v)
    columns = ["claim", "paragraph", "kind", "state", "verdict", "text", "expectation"]
    columns += ["expectation_verdict", "share", *(f"share_{canonical(v)}" for v in variants)]
    columns += ["effect_p05", "effect_median", "effect_p95", "effect_meaning", "hangs_on"]
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(columns)
    for claim in result.claims:
        record = claim.claim
        paragraph = "" if record.paragraph is None else record.paragraph
        first = [record.id, paragraph, record.kind, record.state, claim.verdict, record.text]
        for found in claim.expectations:
            table.writerow([*first, *_row(found, variants)])
        if not claim.expectations:
            table.writerow(first + [""] * (len(columns) - len(first)))
    return text.getvalue()


def _row(found: ExpectationResult, variants: tuple[str, ...]) -> list[object]:
    shares = found.trial.by_variant
    effect = found.effect
    return [
        found.expectation.name,
        found.verdict,
        _cell(found.trial.overall.value),
        *(_cell(shares[v].value) if v in shares else "" for v in variants),
        *((_cell(effect.low), _cell(effect.median), _cell(effect.high)) if effect else [""] * 3),
        found.expectation.effect_meaning or found.effect_text,
        "; ".join(f"{words.more_or_less(d)} {d.name}" for d in found.drivers),
    ]


def _cell(value: float) -> str:
    return repr(value) if math.isfinite(value) else ""
