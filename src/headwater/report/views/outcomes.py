"""What the report says of policies over time: what each does, charts, and tables of medians."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from markupsafe import Markup

from headwater.argument.policies import horizons
from headwater.argument.results import Fan, TestResult
from headwater.language.names import canonical
from headwater.language.printer import print_expression
from headwater.report import words
from headwater.report.charts.drawing import Axis, Picture, Style, draw
from headwater.report.charts.fan import (
    HIGH,
    LOW,
    MEDIAN,
    Legend,
    Window,
    fan_panel,
    medians,
    styles,
    value_range,
    window,
)
from headwater.report.links import Link, Register, anchor
from headwater.report.prose import Prose
from headwater.report.views.drivers import DriverView, driver_views
from headwater.report.views.equations import Equations
from headwater.report.views.policies import EffortRow, JudgedView, effort_rows, judged_views

Tick = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class PolicyView:
    """What a policy does. ``settings`` are lever and value."""

    name: str
    title: str
    color: str
    baseline: bool
    note: Markup
    settings: tuple[tuple[Markup, Markup], ...]
    parents: str
    because: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A median with the interval that holds 90 % of the cases."""

    median: str
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class TableRow:
    """One policy's values at the compared times."""

    title: str
    color: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """One policy's fan."""

    title: str
    color: str
    picture: Markup


@dataclass(frozen=True, slots=True)
class VariantView:
    """The same comparison under one rival structure."""

    title: str
    cases: str
    picture: Markup
    rows: tuple[TableRow, ...]


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """One outcome under all policies."""

    anchor: str
    label: str
    name: Link | None
    unit: str
    cases: str
    picture: Markup
    rows: tuple[TableRow, ...]
    panels: tuple[Panel, ...]
    variants: tuple[VariantView, ...]
    from_zero: bool
    differences: tuple[Panel, ...]
    judged: JudgedView | None
    drivers: DriverView | None


@dataclass(frozen=True, slots=True)
class PoliciesView:
    """The whole chapter."""

    policies: tuple[PolicyView, ...]
    probes: tuple[PolicyView, ...]
    outcomes: tuple[OutcomeView, ...]
    baseline: str
    split: str
    times: tuple[str, ...]
    short: str
    long: str
    efforts: tuple[EffortRow, ...]
    directed: bool


def policies_over_time(
    result: TestResult, register: Register, prose: Prose, tick: Tick
) -> PoliciesView:
    """Return the chapter on policies. ``tick`` counts finished outcomes."""
    return _Policies(result, register, prose, tick).view()


class _Policies:
    def __init__(self, result: TestResult, register: Register, prose: Prose, tick: Tick) -> None:
        self.result, self.register, self.prose, self.tick = result, register, prose, tick
        self.equations = Equations(register, prose)
        self.titles = {
            canonical(p.name): p.title or words.name(p.name) for p in result.case.policies
        }
        for fan in result.fans:
            self.titles.setdefault(fan.policy, words.name(fan.policy) or "The model")
        self.baseline = result.settings.baseline
        self.look = styles(list(dict.fromkeys(f.policy for f in result.fans)), self.baseline)
        self.split = horizons.split_time(result.fans)
        self.colors = {policy: style.color for policy, style in self.look.items()}
        self.judged = judged_views(result, self.titles, self.colors)
        self.driven = driver_views(result, register)
        self.short, self.long = horizons.horizons(result.case, self.split)

    def view(self) -> PoliciesView:
        fans = self.result.fans
        shown = window(fans, self.split, (self.short, self.long)) if fans else Window(0, 1, 0, ())
        return PoliciesView(
            policies=tuple(self._policies(probes=False)),
            probes=tuple(self._policies(probes=True)),
            outcomes=tuple(self._outcomes(shown)),
            baseline=self.titles.get(self.baseline, ""),
            split=words.year(self.split),
            times=tuple(words.year(t) for t in self._times()),
            short=words.year(self.short),
            long=words.year(self.long),
            efforts=effort_rows(
                self.result.judged.efforts if self.result.judged else (),
                self.titles,
                self.colors,
                self.register,
            ),
            directed=bool(self.judged),
        )

    def _times(self) -> tuple[float, float, float]:
        return (self.split, self.short, self.long)

    def _policies(self, *, probes: bool) -> Iterator[PolicyView]:
        for policy in (p for p in self.result.case.policies if p.probe == probes):
            parents = words.listing([self.titles.get(canonical(p), p) for p in policy.parents])
            links = (self.register.claim(b) or self.register.source(b) for b in policy.because)
            yield PolicyView(
                name=policy.name,
                title=self.titles[canonical(policy.name)],
                color="" if policy.probe else self._style(canonical(policy.name)).color,
                baseline=canonical(policy.name) == canonical(self.baseline),
                note=self.prose.inline(policy.documentation),
                settings=tuple(
                    (self.equations.expression(s.lever), self.equations.expression(s.expression))
                    for s in policy.settings
                ),
                parents=parents,
                because=tuple(link for link in links if link),
            )

    def _style(self, policy: str) -> Style:
        return self.look.get(policy, Style("var(--muted)"))

    def _outcomes(self, shown: Window) -> Iterator[OutcomeView]:
        fans = self.result.fans
        for number, outcome in enumerate(dict.fromkeys(f.outcome for f in fans)):
            own = [f for f in fans if f.outcome == outcome]
            pooled = [f for f in own if not f.variant]
            if pooled:
                yield self._outcome(number, pooled, [f for f in own if f.variant], shown)
                self.tick(1)

    def _outcome(
        self, number: int, pooled: Sequence[Fan], split: Sequence[Fan], shown: Window
    ) -> OutcomeView:
        axis = value_range(pooled, shown, MEDIAN, MEDIAN)
        variants = {
            name: [f for f in split if f.variant == name]
            for name in dict.fromkeys(f.variant for f in split)
        }
        wide = value_range(split, shown, MEDIAN, MEDIAN) if split else axis
        outcome = pooled[0].outcome
        judged = self.result.judged
        apart = [f for f in (judged.differences if judged else ()) if f.outcome == outcome]
        drawn = draw(
            [
                self._medians(pooled, shown, axis),
                *self._panels(pooled, shown),
                *self._differences(apart, shown),
                *(self._medians(own, shown, wide) for own in variants.values()),
            ]
        )
        panels, rest = drawn[1 : 1 + len(pooled)], drawn[1 + len(pooled) :]
        changes, rivals = rest[: len(apart)], rest[len(apart) :]
        titles = {canonical(v.name): v.title for v in self.result.case.variants}
        return OutcomeView(
            anchor=anchor("outcome", f"{number + 1}"),
            label=pooled[0].label,
            name=self.register.variable(pooled[0].outcome.variable.text),
            unit=words.unit(pooled[0].unit),
            cases=words.count(pooled[0].cases, "case"),
            picture=drawn[0],
            rows=self._rows(pooled),
            panels=tuple(
                Panel(self.titles[f.policy], self._style(f.policy).color, picture)
                for f, picture in zip(pooled, panels, strict=True)
            ),
            variants=tuple(
                VariantView(
                    titles.get(canonical(name)) or words.name(name),
                    words.count(own[0].cases, "case"),
                    picture,
                    self._rows(own),
                )
                for (name, own), picture in zip(variants.items(), rivals, strict=True)
            ),
            from_zero=axis.low <= 0 <= axis.high,
            differences=tuple(
                Panel(self.titles[f.policy], self._style(f.policy).color, picture)
                for f, picture in zip(apart, changes, strict=True)
            ),
            judged=self.judged.get(outcome),
            drivers=self.driven.get(print_expression(outcome.variable)),
        )

    def _medians(self, fans: Sequence[Fan], shown: Window, axis: Axis) -> Picture:
        ends = words.listing(
            [
                f"{self.titles[f.policy]} {words.number(float(f.quantiles[MEDIAN][-1]))}"
                for f in fans
            ]
        )
        description = (
            f"Line chart: {fans[0].label}, median under each policy from {words.year(shown.start)} "
            f"to {words.year(shown.stop)}. At the end: {ends}."
        )
        legend = Legend(self.titles, self.look, self.baseline)
        return medians(fans, legend, shown, axis, description)

    def _rows(self, fans: Sequence[Fan]) -> tuple[TableRow, ...]:
        return tuple(
            TableRow(
                self.titles[f.policy],
                self._style(f.policy).color,
                tuple(_cell(f, t) for t in self._times()),
            )
            for f in fans
        )

    def _panels(self, fans: Sequence[Fan], shown: Window) -> Iterator[Picture]:
        axis = value_range(fans, shown, LOW, HIGH)
        base = next((f for f in fans if f.policy == self.baseline), None)
        for fan in fans:
            title, last = self.titles[fan.policy], _cell(fan, shown.stop)
            description = (
                f"Fan chart: {fan.label} under {title}. In {words.year(shown.stop)} the median is "
                f"{last.median}, and 90% of the cases lie between {last.low} and {last.high}."
            )
            reference = base if fan.policy != self.baseline else None
            yield fan_panel(fan, reference, self._style(fan.policy), shown, axis, description)

    def _differences(self, fans: Sequence[Fan], shown: Window) -> Iterator[Picture]:
        """Yield fans of each policy minus the baseline in the same case."""
        if not fans:
            return
        axis = value_range(fans, shown, LOW, HIGH)
        for fan in fans:
            last = _cell(fan, shown.stop)
            description = (
                f"Fan chart: {fan.label} under {self.titles[fan.policy]}, minus that under "
                f"{self.titles[self.baseline]} in the same case. In {words.year(shown.stop)} the "
                f"median is {last.median}, and 90% of the cases lie between {last.low} and "
                f"{last.high}."
            )
            zero = replace(fan, quantiles=np.zeros_like(fan.quantiles))
            yield fan_panel(fan, zero, self._style(fan.policy), shown, axis, description)


def _cell(fan: Fan, time: float) -> Cell:
    values = horizons.at(fan, time)
    low, median, high = (words.number(float(values[k])) for k in (LOW, MEDIAN, HIGH))
    return Cell(median, low, high) if np.isfinite(values).all() else Cell(words.NOTHING, "", "")
