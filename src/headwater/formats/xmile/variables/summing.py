"""Flows with more dimensions than their stock, which takes the sum over the rest, as in Stella."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from headwater.language.names import canonical
from headwater.language.syntax import Call, Expression, Name, Wildcard
from headwater.model.variables import AnyVariable, Flow, FlowTerm, Stock


def with_sums(variables: Sequence[AnyVariable]) -> list[AnyVariable]:
    """Return variables whose stocks say the sums that they take of flows."""
    flows = {v.key: v for v in variables if isinstance(v, Flow) and v.dimensions}
    found: list[AnyVariable] = []
    for variable in variables:
        if isinstance(variable, Stock) and variable.discipline is None:
            terms = tuple(_summed(variable, t, flows.get(_key(t))) for t in variable.flows)
            variable = replace(variable, flows=terms)
        found.append(variable)
    return found


def of_sum(expression: Expression, stock: Stock) -> Expression:
    """Return the name of the flow that a stock takes the sum of; other expressions as they are."""
    match expression:
        case Call(function=Name(key="sum"), arguments=(Name(subscripts=subscripts) as flow,)):
            kept = [s.key for s in subscripts if isinstance(s, Name) and not s.subscripts]
            every = [s for s in subscripts if isinstance(s, Wildcard) and not s.dimension]
            whole = len(kept) + len(every) == len(subscripts)
            if whole and every and kept == list(map(canonical, stock.dimensions)):
                return replace(flow, subscripts=())
    return expression


def _key(term: FlowTerm) -> str:
    return term.expression.key if isinstance(term.expression, Name) else ""


def _summed(stock: Stock, term: FlowTerm, flow: Flow | None) -> FlowTerm:
    if flow is None or not isinstance(term.expression, Name):
        return term
    own = list(map(canonical, stock.dimensions))
    rest = [d for d in map(canonical, flow.dimensions) if d not in own]
    kept = [d for d in map(canonical, flow.dimensions) if d in own]
    if not rest or kept != own:
        return term
    span = term.expression.span
    subscripts = tuple(
        Name(d, (), span) if canonical(d) in own else Wildcard("", span) for d in flow.dimensions
    )
    every = replace(term.expression, subscripts=subscripts)
    return replace(term, expression=Call(Name("SUM", (), span), (every,), span))
