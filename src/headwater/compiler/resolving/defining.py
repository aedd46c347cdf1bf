"""The second half of the pass: the rules of every quantity, from its variable's equations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from headwater.compiler.functions.arrays.shifts import apply_shifts
from headwater.compiler.functions.data.held import holds_data
from headwater.compiler.functions.data.made_series import in_definition_order
from headwater.compiler.functions.lookups.graphs import data_graph
from headwater.compiler.resolved import (
    Interpolate,
    Kind,
    Literal,
    Node,
    Quantity,
    Tabulated,
    target_cells,
)
from headwater.compiler.resolving.equations import add_rule, by_equations, define_elements
from headwater.compiler.resolving.expressions import Frame
from headwater.compiler.resolving.holes import leave_out_not_computed
from headwater.compiler.resolving.subscripts import whole_region
from headwater.compiler.stocks.disciplines import Term
from headwater.compiler.stocks.rates import Rate, define_rates
from headwater.model.disciplines import Role
from headwater.model.variables import (
    Data,
    EquationVariable,
    Flow,
    FlowTerm,
    Stock,
)

if TYPE_CHECKING:
    from headwater.compiler.resolving.resolve import Resolver


def define(resolver: Resolver) -> None:
    """Give every quantity its rules."""
    for variable, quantity in resolver.variables:
        # Data first: some functions look at their points.
        if isinstance(variable, Data) and quantity is not None:
            _define_data(resolver, variable, quantity)
    for variable, quantity in in_definition_order(resolver.variables, resolver.project.by_key):
        if isinstance(variable, Data) or quantity is None:
            continue
        role = resolver.driven.get(variable.key)
        if role is None or quantity.kind is not Kind.VALUE:
            _define_equations(resolver, variable, quantity)
        elif role is Role.LEAK and variable.equations:
            fractions = by_equations(resolver, variable, quantity, variable.equations, "fraction")
            resolver.fractions[quantity] = fractions
    define_rates(resolver, resolver.rates)
    apply_shifts(resolver)


def _define_data(resolver: Resolver, variable: Data, quantity: Quantity) -> None:
    dimensions = resolver.dimensions_of(quantity)
    made = data_graph(resolver, variable, dimensions)
    if made is None:
        return
    graph, x = made
    region = whole_region(dimensions)
    quantity.missing = graph.missing
    quantity.held = holds_data(resolver, variable)
    add_rule(quantity, region, Interpolate(graph, region.target, x), variable.span)


def _define_equations(resolver: Resolver, variable: EquationVariable, quantity: Quantity) -> None:
    if leave_out_not_computed(resolver, variable, quantity):
        return
    dimensions = resolver.dimensions_of(quantity)
    define_elements(resolver, variable, quantity, variable.equations, dimensions)
    if isinstance(variable, Stock):
        _define_flows(resolver, variable, quantity)
    if quantity.kind is Kind.INPUT:
        quantity.defaults = _defaults(quantity)
    if quantity.kind is Kind.VALUE and holds_data(resolver, variable):
        quantity.held = True


def _define_flows(resolver: Resolver, variable: Stock, quantity: Quantity) -> None:
    if quantity.step and not variable.flows:
        return
    region = resolver.whole(resolver.dimensions_of(quantity))
    frame = resolver.frame(quantity, region, "rate")
    terms: list[Term] = []
    for term in variable.flows:
        factor = _factor(resolver, frame, term) if term.sign > 0 else None
        terms.append(Term(term.sign, frame.expression(term.expression), factor))
    resolver.rates.append(Rate(variable, quantity, region, terms))


def _factor(resolver: Resolver, frame: Frame, term: FlowTerm) -> Node | None:
    """Return what converts an inflow into the unit of the stock that it leads into."""
    flow = resolver.project.by_key.get(getattr(term.expression, "key", ""))
    if not isinstance(flow, Flow) or flow.multiplier is None:
        return None
    return frame.expression(flow.multiplier)


def _defaults(quantity: Quantity) -> npt.NDArray[np.float64]:
    """Return the values that an input has where a run gives none."""
    values = np.full(quantity.size, np.nan)
    for rule in quantity.step:
        cells = target_cells(quantity.shape, rule)
        if isinstance(rule.expression, Literal):
            values[cells] = rule.expression.value
        elif isinstance(rule.expression, Tabulated):
            values[cells] = rule.expression.values
    return values.reshape(quantity.shape)
