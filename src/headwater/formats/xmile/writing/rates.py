"""A stock's rate that is a sum of variables, as the flows that XMILE wants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal

from headwater.language.names import canonical
from headwater.language.syntax import Binary, Expression, Name, Unary
from headwater.model.variables import AnyVariable, FlowTerm, Graph, Stock


class RateReader:
    """Reads the rates of the stocks of one model.

    A flow leads into one stock and out of one at most (XMILE 1.0, section 2.1.2): what stands in
    two rates with one sign is not read as a flow a second time.
    """

    def __init__(self) -> None:
        self._taken: set[tuple[str, int]] = set()

    def flows_of(self, stock: Stock, kinds: Mapping[str, AnyVariable]) -> list[FlowTerm]:
        """Return the flows whose sum, in their order, is a stock's rate; none: it is more."""
        if len(stock.equations) != 1:
            return []
        equation = stock.equations[0]
        dimensions = list(map(canonical, stock.dimensions))
        whole = list(map(canonical, equation.subscripts)) in ([], dimensions)
        if equation.rate is None or equation.excepts or not whole:
            return []
        found: dict[tuple[str, int], FlowTerm] = {}
        for term in _terms(equation.rate):
            name = bare(term.expression, stock)
            variable = kinds.get(name.key) if isinstance(name, Name) else None
            if variable is None or not isinstance(name, Name) or name.subscripts:
                return []
            use = variable.key, term.sign
            if not may_flow(variable, stock) or use in found or use in self._taken:
                return []
            found[use] = FlowTerm(term.sign, Name(variable.name, (), name.span))
        self._taken.update(found)
        return list(found.values())


def _terms(rate: Expression) -> Iterator[FlowTerm]:
    """Yield the terms of a sum, in the order in which it is computed."""
    chain: list[Binary] = []
    while isinstance(rate, Binary) and rate.operator in ("+", "-"):
        chain.append(rate)
        rate = rate.left
    if isinstance(rate, Unary) and rate.operator == "-":
        yield FlowTerm(-1, rate.operand)
    else:
        yield FlowTerm(1, rate)
    for part in reversed(chain):
        sign: Literal[1, -1] = 1 if part.operator == "+" else -1
        yield FlowTerm(sign, part.right)


def may_flow(variable: AnyVariable | None, stock: Stock) -> bool:
    """Tell whether a variable can stand as a flow of a stock."""
    if variable is None:
        return True
    if isinstance(variable, Stock | Graph) and not (
        isinstance(variable, Graph) and variable.equations
    ):
        return False
    return not variable.dimensions or list(map(canonical, variable.dimensions)) == list(
        map(canonical, stock.dimensions)
    )


def bare(expression: Expression, stock: Stock) -> Expression:
    """Return a flow's name without the subscripts that only repeat the stock's dimensions."""
    if not isinstance(expression, Name) or not expression.subscripts:
        return expression
    written = [s.key for s in expression.subscripts if isinstance(s, Name) and not s.subscripts]
    if written == list(map(canonical, stock.dimensions)):
        return replace(expression, subscripts=())
    return expression
