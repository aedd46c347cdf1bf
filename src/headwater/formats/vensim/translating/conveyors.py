"""Conveyors that Vensim can hold: what enters leaves after a fixed time, and nothing else happens.

Such a conveyor is a stock whose outflow is a delay of its inflows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from headwater.formats.losses import Losses
from headwater.language.names import canonical
from headwater.language.syntax import Binary, Call, Expression, Name, Number
from headwater.model.project import Project
from headwater.model.variables import (
    AnyVariable,
    Constant,
    Conveyor,
    Equation,
    Flow,
    Stock,
)


@dataclass(frozen=True, slots=True)
class Unconveyed:
    """A project whose plain conveyors are stocks, and why its other ones are not written."""

    project: Project
    refused: Mapping[str, str]


def without_conveyors(project: Project, losses: Losses) -> Unconveyed:
    """Return a project in which conveyors without further features are stocks with a delay."""
    changed: dict[str, AnyVariable] = {}
    refused: dict[str, str] = {}
    for stock in project.variables:
        if not isinstance(stock, Stock) or not isinstance(stock.discipline, Conveyor):
            continue
        found = _Conveyor(project, stock, stock.discipline)
        reason = found.why_not()
        if reason:
            refused[stock.key] = reason
            continue
        what = "conveyors become stocks whose outflow is a delay of the inflow"
        losses.add(what, stock.name, stock.span)
        for variable in found.parts():
            changed[variable.key] = _merged(changed.get(variable.key), variable)
    variables = tuple(changed.get(v.key, v) for v in project.variables)
    return Unconveyed(replace(project, variables=variables), refused)


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

    def why_not(self) -> str:
        """Return what the conveyor does that a delay does not; empty: nothing."""
        spec = self.spec
        if self.project.sim_specs.method != "euler":
            return "runs with Euler's method only"
        features = {
            "has a capacity": spec.capacity is not None,
            "has an inflow limit": spec.inflow_limit is not None,
            "samples its transit time": spec.sample is not None,
            "can be arrested": spec.arrest is not None,
            "is filled from a list": bool(spec.contents),
            "carries batches": spec.discrete,
            "has no transit time that is a whole number of steps": self._length() is None,
            "has flows that are not of its own dimensions": not self._has_plain_flows(),
        }
        return next((what for what, holds in features.items() if holds), "")

    def _flows(self, sign: int) -> list[Flow]:
        terms = (t.expression for t in self.stock.flows if t.sign == sign)
        found = (self.project.by_key.get(t.key) for t in terms if isinstance(t, Name))
        return [f for f in found if isinstance(f, Flow)]

    def _has_plain_flows(self) -> bool:
        own = list(map(canonical, self.stock.dimensions))
        flows = [*self._flows(1), *self._flows(-1)]
        return (
            len(flows) == len(self.stock.flows)
            and len(self._flows(-1)) == 1
            and all(list(map(canonical, f.dimensions)) == own for f in flows)
            and not any(f.leakage or f.overflow or f.multiplier or f.spread for f in flows)
        )

    def _length(self) -> Expression | None:
        """Return the transit time, as it is written where that is exact."""
        if len(self.spec.lengths) != 1:
            return None
        written = self.spec.lengths[0].expression
        number = written
        if isinstance(written, Name):
            variable = self.project.by_key.get(written.key)
            if isinstance(variable, Constant) and not variable.dimensions:
                number = variable.equations[0].expression
        if not isinstance(number, Number) or not number.value > 0:
            return None
        step = self.project.sim_specs.step
        steps = number.value / step
        if abs(steps - round(steps)) > 1e-9 * steps or round(steps) < 1:
            return None
        exact = round(steps) * step
        return written if exact == number.value else Number(exact)

    def parts(self) -> list[AnyVariable]:
        """Return the stock and its flows as the delay needs them."""
        length = self._length()
        assert length is not None
        entering, (leaving,) = self._flows(1), self._flows(-1)
        whole: Expression = Number(0.0)
        for number, flow in enumerate(entering):
            here = self._named(flow)
            whole = here if number == 0 else Binary("+", whole, here)
        start = Binary("/", self._named(self.stock), length)
        delayed = Call(Name("DELAY"), (whole, length, start), self.stock.span)
        stock = replace(self.stock, discipline=None, non_negative=False)
        exit_ = replace(leaving, equations=(Equation(delayed),), graphs=(), non_negative=False)
        return [stock, exit_, *(replace(f, non_negative=True) for f in entering)]

    def _named(self, variable: AnyVariable) -> Name:
        return Name(variable.name, tuple(map(Name, self.stock.dimensions)))
