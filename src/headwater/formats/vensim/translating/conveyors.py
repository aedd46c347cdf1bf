"""Conveyors in Vensim's terms: fixed delays, or belts of slats that move by a step each.

A belt without leakage that never stops is a stock whose outflow is a delay of its inflows. Any
other is a row of fixed delays of one step. What both let in is bounded in the inflows' equations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from headwater.formats.losses import Losses
from headwater.formats.vensim.translating.belts import Belt, moving
from headwater.language.names import canonical
from headwater.language.syntax import Expression, Name, Number
from headwater.model.project import Project
from headwater.model.variables import (
    AnyVariable,
    Constant,
    Conveyor,
    Dimension,
    Flow,
    Stock,
)

MAX_SLATS = 500
"""The most slats that a belt is written with; each is an equation of its own."""


@dataclass(frozen=True, slots=True)
class Unconveyed:
    """A project whose conveyors are stocks, and why its other ones are not written."""

    project: Project
    refused: Mapping[str, str]


def without_conveyors(project: Project, losses: Losses) -> Unconveyed:
    """Return a project in which conveyors of a fixed transit time are stocks with delays."""
    changed: dict[str, AnyVariable] = {}
    made: list[AnyVariable] = []
    dimensions: list[Dimension] = []
    refused: dict[str, str] = {}
    for stock in project.variables:
        if not isinstance(stock, Stock) or not isinstance(stock.discipline, Conveyor):
            continue
        found = _Conveyor(project, stock, stock.discipline)
        reasons = found.why_not()
        if reasons:
            refused[stock.key] = ", ".join(reasons)
            continue
        belt = found.belt()
        parts = list(belt.parts())
        taken = [f"`{v.name}`" for v in belt.made if v.key in project.by_key]
        if taken:
            refused[stock.key] = f"has parts whose names are taken: {', '.join(taken)}"
            continue
        what = "conveyors become stocks whose outflow is a delay of the inflow"
        if belt.has_slats:
            what = "conveyors become stocks beside a row of fixed delays"
            dimensions.append(belt.slats)
        losses.add(what, stock.name, stock.span)
        for variable in parts:
            changed[variable.key] = _merged(changed.get(variable.key), variable)
        made += belt.made
    variables = (*(changed.get(v.key, v) for v in project.variables), *made)
    dimensions = [*project.dimensions, *dimensions]
    whole = replace(project, variables=variables, dimensions=tuple(dimensions))
    return Unconveyed(whole, refused)


def _merged(before: AnyVariable | None, variable: AnyVariable) -> AnyVariable:
    """Return what a flow becomes; one that leaves a conveyor is not held above 0 by another."""
    if isinstance(before, Flow) and isinstance(variable, Flow) and variable.non_negative:
        return before
    return variable


@dataclass(frozen=True, slots=True)
class _Conveyor:
    project: Project
    stock: Stock
    spec: Conveyor

    def why_not(self) -> list[str]:
        """Return what the conveyor does that no delay of Vensim's does."""
        spec = self.spec
        outflows = self._flows(-1)
        features = {
            "runs with Euler's method only": self.project.sim_specs.method != "euler",
            "samples its transit time": spec.sample is not None,
            "is filled from a list": bool(spec.contents),
            "carries batches": spec.discrete,
            "has a transit time that is computed, or is not the same for all elements": (
                self._stated() is None
            ),
            "has no transit time that is a whole number of steps": (
                self._stated() is not None and self._length() is None
            ),
            "has flows that are not of its own dimensions": not self._has_plain_flows(),
            "has an inflow that is spread along it": any(f.spread for f in self._flows(1)),
            "has flows that overflow, or are converted on their way": any(
                f.overflow or f.multiplier for f in (*self._flows(1), *outflows)
            ),
            "has more than one outflow at its end": sum(f.leakage is None for f in outflows) != 1,
            "leaks whole units": any(f.leakage and f.leakage.integers for f in outflows),
            "leaks by a graphical function": any(f.leakage and f.graphs for f in outflows),
            "gets material from a queue or an oven": self._is_fed(),
            f"has more than {MAX_SLATS} slats": self._needs_slats() and self._steps() > MAX_SLATS,
        }
        return [what for what, holds in features.items() if holds]

    def belt(self) -> Belt:
        """Return the conveyor as its parts are made of it."""
        length = self._length()
        assert length is not None
        conveyors = [s for s in moving(self.project) if isinstance(s.discipline, Conveyor)]
        pushed = {f.key for s in conveyors for f in self._all_flows(s, -1)}
        return Belt(
            self.stock,
            self.spec,
            self._flows(1),
            self._flows(-1),
            length,
            self._steps(),
            pushed,
            self._below(),
            self._needs_slats(),
        )

    def _needs_slats(self) -> bool:
        leaks = any(f.leakage for f in self._flows(-1))
        return leaks or self.spec.arrest is not None or any(self._below().values())

    def _below(self) -> dict[str, Expression]:
        """Return, by outflow, the condition under which the conveyor that it leads to stops."""
        found: dict[str, Expression] = {}
        own = {f.key for f in self._flows(-1)}
        for stock in moving(self.project):
            if isinstance(stock.discipline, Conveyor) and stock.discipline.arrest is not None:
                for flow in self._all_flows(stock, 1):
                    if flow.key in own:
                        found[flow.key] = stock.discipline.arrest
        return found

    def _is_fed(self) -> bool:
        own = {f.key for f in self._flows(1)}
        others = (s for s in moving(self.project) if not isinstance(s.discipline, Conveyor))
        return any(f.key in own for s in others for f in self._all_flows(s, -1))

    def _flows(self, sign: int) -> list[Flow]:
        return self._all_flows(self.stock, sign)

    def _all_flows(self, stock: Stock, sign: int) -> list[Flow]:
        terms = (t.expression for t in stock.flows if t.sign == sign)
        found = (self.project.by_key.get(t.key) for t in terms if isinstance(t, Name))
        return [f for f in found if isinstance(f, Flow)]

    def _has_plain_flows(self) -> bool:
        own = list(map(canonical, self.stock.dimensions))
        flows = [*self._flows(1), *self._flows(-1)]
        return len(flows) == len(self.stock.flows) and all(
            list(map(canonical, f.dimensions)) == own for f in flows
        )

    def _number(self) -> float:
        """Return the transit time where it is the same number above 0 for all; else 0."""
        return max(0.0, self._stated() or 0.0)

    def _stated(self) -> float | None:
        """Return the transit time where it is stated as one number for all."""
        if len(self.spec.lengths) != 1:
            return None
        number = self.spec.lengths[0].expression
        if isinstance(number, Name):
            variable = self.project.by_key.get(number.key)
            if isinstance(variable, Constant) and not variable.dimensions:
                number = variable.equations[0].expression
        return number.value if isinstance(number, Number) else None

    def _steps(self) -> int:
        return round(self._number() / self.project.sim_specs.step)

    def _length(self) -> Expression | None:
        """Return the transit time, as it is written where that is exact."""
        value, step = self._number(), self.project.sim_specs.step
        steps = value / step
        if not value or abs(steps - round(steps)) > 1e-9 * steps or round(steps) < 1:
            return None
        exact = round(steps) * step
        return self.spec.lengths[0].expression if exact == value else Number(exact)
