"""Flows whose sum a stock takes that cannot fall below zero: their elements as flows of their own.

Such a stock holds the elements back in their order. Each gets a flow for itself, which
:class:`headwater.formats.flow_limits.Limits` can bound; the array is made of these.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from headwater.formats.losses import Losses
from headwater.formats.ranges import Ranges, in_aggregates
from headwater.formats.shapes import Cell, Shapes
from headwater.language.names import canonical
from headwater.language.syntax import (
    Call,
    Expression,
    Name,
    NumberTable,
    subscripts_in,
    transform,
)
from headwater.model.project import Project
from headwater.model.variables import AnyVariable, Auxiliary, Equation, Flow, FlowTerm, Stock

MAX_FLOWS = 100


@dataclass(frozen=True, slots=True)
class Separated:
    """A project with such flows, and its variables as the limits of stocks are to see them."""

    project: Project
    limited: tuple[AnyVariable, ...]


def with_separate_flows(project: Project, losses: Losses) -> Separated:
    """Return a project in which elements of such flows have flows of their own."""
    maker = _Separator(project)
    terms = {
        v.key: tuple(t for term in v.flows for t in maker.terms(v, term))
        for v in project.variables
        if isinstance(v, Stock) and v.non_negative and v.discipline is None
    }
    if not maker.arrays:
        return Separated(project, project.variables)
    variables: list[AnyVariable] = []
    for variable in project.variables:
        variables += maker.made.get(variable.key, ())
        variables.append(maker.arrays.get(variable.key, variable))
        if variable.key in maker.arrays:
            what = "elements of flows that a stock holds back get flows of their own"
            losses.add(what, variable.name, variable.span)
    limited = tuple(
        replace(v, flows=terms[v.key]) if isinstance(v, Stock) and v.key in terms else v
        for v in variables
    )
    return Separated(replace(project, variables=tuple(variables)), limited)


@dataclass(slots=True)
class _Separator:
    project: Project
    made: dict[str, list[AnyVariable]] = field(default_factory=dict)
    arrays: dict[str, AnyVariable] = field(default_factory=dict)
    _shapes: Shapes = field(init=False)
    _ranges: Ranges = field(init=False)

    def __post_init__(self) -> None:
        self._shapes = Shapes(self.project.dimensions)
        declared = {v.key: v.dimensions for v in self.project.variables}
        self._ranges = Ranges(self._shapes, self.project.dialect, declared)

    def terms(self, stock: Stock, term: FlowTerm) -> Iterator[FlowTerm]:
        """Yield the flows that stand for a term: one for each element of a sum."""
        match term.expression:
            case Call(function=Name(key="sum"), arguments=(Name(key=key),)):
                flow = self.project.by_key.get(key)
            case _:
                flow = None
        made = self.made.get(flow.key, []) if flow is not None else []
        if made and all(one.dimensions == stock.dimensions for one in made):
            yield from (FlowTerm(term.sign, Name(one.name)) for one in made)
            return
        cells = self._cells(stock, flow) if isinstance(flow, Flow) else []
        if not isinstance(flow, Flow) or not cells or flow.key in self.arrays:
            yield term
            return
        self.made[flow.key] = []
        equations: list[Equation] = []
        for cell in cells:
            name = f"{flow.name} {' '.join(cell.values())}"
            one = self._one(stock, flow, name, cell)
            self.made[flow.key].append(one)
            whole = tuple(cell.get(canonical(d), d) for d in flow.dimensions)
            here = Name(name, tuple(map(Name, stock.dimensions)))
            equations.append(Equation(here, whole))
            yield FlowTerm(term.sign, Name(name))
        self.arrays[flow.key] = Auxiliary(
            name=flow.name,
            dimensions=flow.dimensions,
            unit=flow.unit,
            documentation=flow.documentation,
            group=flow.group,
            equations=tuple(equations),
            span=flow.span,
        )

    def _cells(self, stock: Stock, flow: Flow) -> list[Mapping[str, str]]:
        """Return the elements over which the stock takes the sum; none where that is not plain."""
        own = set(map(canonical, stock.dimensions))
        rest = [d for d in flow.dimensions if canonical(d) not in own]
        kept = [d for d in map(canonical, flow.dimensions) if d in own]
        plain = len(flow.equations) == 1 and not flow.equations[0].excepts and not flow.graphs
        plain = plain and self._shapes.is_whole(flow.dimensions, flow.equations[0].subscripts)
        table = plain and isinstance(flow.equations[0].expression, NumberTable)
        several = self._shapes.size(rest) > MAX_FLOWS
        if not rest or kept != list(map(canonical, stock.dimensions)) or not plain:
            return []
        if table or several or flow.multiplier is not None:
            return []
        keys = list(map(canonical, rest))
        found: list[Mapping[str, str]] = [
            dict(zip(keys, c, strict=True)) for c in self._shapes.cells(rest, rest)
        ]
        names = {canonical(f"{flow.name} {' '.join(c.values())}") for c in found}
        return [] if names & self.project.by_key.keys() else found

    def _one(self, stock: Stock, flow: Flow, name: str, cell: Mapping[str, str]) -> Flow:
        dimensions = tuple(cell)
        values: Cell = tuple(cell.values())

        def at(node: Expression | None) -> Expression | None:
            return (
                None
                if node is None
                else self._ranges.at(self._explicit(flow, node), dimensions, values)
            )

        equation = flow.equations[0]
        expression = at(equation.expression)
        assert expression is not None
        own = replace(equation, expression=expression, initial=at(equation.initial), subscripts=())
        return replace(
            flow, name=name, dimensions=stock.dimensions, equations=(own,), documentation=""
        )

    def _explicit(self, flow: Flow, node: Expression) -> Expression:
        """Return an expression whose arrays have their subscripts, which XMILE leaves out."""
        if self.project.dialect not in ("xmile", "stella"):
            return node
        inside = {id(s) for s in subscripts_in(node)} | {id(n) for n in in_aggregates(node)}
        here = set(map(canonical, flow.dimensions))

        def change(part: Expression) -> Expression:
            if not isinstance(part, Name) or part.subscripts or id(part) in inside:
                return part
            variable = self.project.by_key.get(part.key)
            own = () if variable is None else variable.dimensions
            if not own or not here.issuperset(map(canonical, own)):
                return part
            return Name(part.text, tuple(map(Name, own)), part.span)

        return transform(node, change)
