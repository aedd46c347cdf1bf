"""The results of a test, as plain data: what the scorecard and the report show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from headwater.analysis.discovery import Conditions
from headwater.analysis.regional import Driver
from headwater.argument.influences import OutcomeInfluences
from headwater.argument.ledger.claims import Claim, Ledger, Relation
from headwater.argument.ledger.evidence import Finding
from headwater.argument.ledger.sources import SourceRecord
from headwater.argument.policies.comparing import OutcomeComparison
from headwater.argument.policies.efforts import PolicyEffort
from headwater.argument.verdicts import Interval, Share, Values, Verdict
from headwater.model.case import Case, Comparison, Expectation, Outcome
from headwater.simulation.checks import Finding as CheckFinding


@dataclass(frozen=True, slots=True)
class Settings:
    """What makes a test rerunnable. Two tests with equal settings give equal bytes.

    ``drawn_from`` says whether constants were drawn from the *prior* or from which posterior.
    """

    case: str
    runs: int
    seed: int
    design: str
    policies: tuple[str, ...]
    variants: tuple[str, ...]
    baseline: str
    start: float
    stop: float
    step: float
    method: str
    inputs: tuple[str, ...]
    simulations: int
    command: str
    hashes: Mapping[str, str]
    versions: Mapping[str, str]
    drawn_from: str = "prior"


@dataclass(frozen=True, slots=True)
class Trial:
    """Shares and verdict of one expectation in one ensemble."""

    verdict: Verdict
    overall: Share
    by_variant: Mapping[str, Share]


@dataclass(frozen=True, slots=True)
class Construction:
    """The same test with the claim's own link as it is, cut, and with its sign freed.

    A claim that *holds* (or *fails*) whatever its own link does was settled by the rest of the
    model. Where the verdict is *depends*, sampled cases fall on both sides, so the model can answer
    either way; then the three shares tell how much the link matters.
    """

    links: tuple[str, ...]
    cases: int
    stated: Trial
    cut: Trial
    freed: Trial

    @property
    def by_construction(self) -> bool:
        """Whether the verdict is decided and cannot change."""
        decided = self.stated.verdict in (Verdict.HOLDS, Verdict.FAILS)
        return decided and self.stated.verdict == self.cut.verdict == self.freed.verdict


@dataclass(frozen=True, slots=True)
class ExpectationResult:
    """What the ensemble says of one expectation.

    ``conditions`` tells when it holds and when it fails, where the verdict is *depends* and there
    are cases enough to tell.
    """

    expectation: Expectation
    condition: str
    effect_text: str
    verdict: Verdict
    trial: Trial
    effect: Interval | None
    effect_by_variant: Mapping[str, Interval | None]
    drivers: tuple[Driver, ...]
    construction: Construction | None
    conditions: Conditions | None = None


@dataclass(frozen=True, slots=True)
class ModelFinding:
    """A figure that a claim states, beside the same figure in the model's baseline runs."""

    claim: str
    claimed: float | None
    found: Interval | None
    unit: str
    how: str
    note: str
    relation: Relation = Relation.ABOUT


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """Everything that is said of one claim. Evidence and model stand apart."""

    claim: Claim
    verdict: Verdict
    expectations: tuple[ExpectationResult, ...]
    evidence: tuple[Finding, ...]
    model: tuple[ModelFinding, ...]
    rests_here: tuple[str, ...]
    quote: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """A model variable against data. Arrays have the length of ``times``.

    ``central`` is the run at the case's central values; the others are the ensemble's baseline runs
    (5th, 50th, 95th percentile). ``error`` is the mean absolute percentage error of ``central``
    where data exist, ``median_error`` that of ``median``.
    """

    comparison: Comparison
    label: str
    data_label: str
    unit: str
    times: Values
    central: Values
    low: Values
    median: Values
    high: Values
    data_times: Values
    data: Values
    points: int
    error: float
    median_error: float


@dataclass(frozen=True, slots=True)
class Fan:
    """Percentiles over runs of one outcome under one policy; ``variant`` empty: all pooled.

    ``quantiles`` has shape ``(5, times)``: the 5th, 25th, 50th, 75th and 95th percentile.
    """

    outcome: Outcome
    label: str
    unit: str
    policy: str
    variant: str
    cases: int
    times: Values
    quantiles: Values


@dataclass(frozen=True, slots=True)
class Judged:
    """All of it, at three times: until when policies are the same, and a short and a long horizon.

    ``differences`` are fans of a policy minus the baseline, case by case; they and ``compared``
    are of outcomes for which the case says which way is better. ``draws`` under each rival
    structure are behind everything here.
    """

    times: tuple[float, ...]
    influences: tuple[OutcomeInfluences, ...]
    compared: tuple[OutcomeComparison, ...]
    differences: tuple[Fan, ...]
    efforts: tuple[PolicyEffort, ...]
    draws: int


@dataclass(frozen=True, slots=True)
class Checked:
    """What the checks of the model found, over ``draws`` under each rival structure."""

    findings: tuple[CheckFinding, ...]
    draws: int
    seed: int


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast the test ran. Not part of what two equal tests share."""

    seconds: float
    simulations: int
    compile_seconds: float


@dataclass(frozen=True, slots=True)
class TestResult:
    """A whole test: the case put to the test, and what came of it."""

    __test__ = False  # keeps pytest from collecting the class

    case: Case
    ledger: Ledger
    sources: tuple[SourceRecord, ...]
    settings: Settings
    claims: tuple[ClaimResult, ...]
    expectations: tuple[ExpectationResult, ...]
    histories: tuple[History, ...]
    fans: tuple[Fan, ...]
    undefined_cases: int
    speed: Speed
    judged: Judged | None = None
    checked: Checked | None = None
