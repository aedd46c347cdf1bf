"""A case: a model together with the experiments and expectations that put it to the test."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from headwater.language.source import Source, Span
from headwater.language.syntax import Expression, Name
from headwater.model.measurement import MeasurementError
from headwater.model.project import Project
from headwater.model.uncertainty import Correlation, Range
from headwater.model.variables import AnyVariable


@dataclass(frozen=True, slots=True)
class Setting:
    """One lever set to an expression (of time, constants or anything in the model)."""

    lever: Name
    expression: Expression
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Policy:
    """A named setting of levers over time. Settings inherited from others are already merged.

    A ``probe`` is a diagnostic setting that nobody could carry out: expectations compare with it,
    and reports do not list it among the policies.
    """

    name: str
    title: str = ""
    settings: tuple[Setting, ...] = ()
    parents: tuple[str, ...] = ()
    documentation: str = ""
    because: tuple[str, ...] = ()
    probe: bool = False
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Variant:
    """A rival structure: variables that replace those of the same name, or are added."""

    name: str
    title: str = ""
    variables: tuple[AnyVariable, ...] = ()
    documentation: str = ""
    because: tuple[str, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Override:
    """A variable held at a value while a check runs."""

    variable: Name
    value: Expression


@dataclass(frozen=True, slots=True)
class Check:
    """A condition that any sane model meets.

    ``overrides`` are put in place first (extreme conditions, reality checks); then ``condition``
    must hold at every saved time, or at time ``at`` where one is given.
    """

    title: str
    condition: Expression
    overrides: tuple[Override, ...] = ()
    at: float | None = None
    tolerance: float = 1e-9
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Link:
    """The constant that carries a claim's own causal link, for the *by construction* test.

    At ``cut`` the link is absent; ``freed`` is a range that allows either sign.
    """

    variable: Name
    cut: float
    freed: Range


@dataclass(frozen=True, slots=True)
class Expectation:
    """A claim restated, before running, as a condition on runs."""

    name: str
    title: str
    claims: tuple[str, ...]
    condition: Expression
    effect: Expression | None = None
    effect_meaning: str = ""
    links: tuple[Link, ...] = ()
    horizon: str = ""
    reason: str = ""
    group: str = ""
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A model variable set against a data series.

    ``used`` tells whether the series set constants of the model; a series that did not is held out.
    ``error`` is how far the data may lie from the truth, None where nothing is stated.
    """

    variable: Expression
    data: Expression
    start: float | None = None
    stop: float | None = None
    used: bool = False
    documentation: str = ""
    error: MeasurementError | None = None
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Enough:
    """What is good enough: at most, or at least, ``value``.

    Where ``relative``, ``value`` is a share of the baseline's outcome in the same case.
    """

    value: float
    at_most: bool
    relative: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """A variable (or one element of it) that the report follows.

    ``better`` tells which way is better, where its author says so: policies are judged by it then.
    """

    variable: Name
    label: str = ""
    better: Literal["", "lower", "higher"] = ""
    good: Enough | None = None
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class LoopCut:
    """The link that is cut to see what a loop does: from ``at`` (the start, if None) on."""

    source: Name
    target: Name
    at: float | None = None


@dataclass(frozen=True, slots=True)
class NamedLoop:
    """The feedback loops that pass variables (or elements of them) in this order, under a name.

    ``claims`` are those that are judged with and without the loop, which ``cut`` takes away.
    """

    title: str
    through: tuple[Name, ...]
    claims: tuple[str, ...] = ()
    cut: LoopCut | None = None
    documentation: str = ""
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Fitting:
    """What a case proposes to fit: compared variables, free constants, period.

    ``split`` is the time up to which a hindcast is fitted.
    """

    series: tuple[Name, ...]
    free: tuple[Name, ...]
    start: float | None = None
    stop: float | None = None
    split: float | None = None
    documentation: str = ""
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Part:
    """One Markdown file of a case. ``blocks`` are the model blocks' spans inside the text."""

    source: Source
    blocks: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a case proposes for its experiments."""

    runs: int = 1000
    seed: int = 1
    design: Literal["latin", "sobol", "random"] = "latin"
    baseline: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A literate model with its experiments. Claims and sources are read by the argument part.

    ``project`` holds the variables outside variants. ``baseline`` names the policy that
    comparisons default to; it is empty only when the case declares no policy.
    """

    project: Project
    folder: Path | None = None
    title: str = ""
    authors: tuple[str, ...] = ()
    version: str = ""
    license: str = ""
    description: str = ""
    limits: tuple[str, ...] = ()
    defaults: Defaults = Defaults()
    policies: tuple[Policy, ...] = ()
    variants: tuple[Variant, ...] = ()
    correlations: tuple[Correlation, ...] = ()
    checks: tuple[Check, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    loops: tuple[NamedLoop, ...] = ()
    fitting: Fitting | None = None
    parts: tuple[Part, ...] = ()
