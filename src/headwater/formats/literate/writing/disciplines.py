"""Conveyors, queues and ovens, and the flows around them, as clauses of the literate case."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce

from headwater.formats.literate.writing.terms import Terms
from headwater.language.names import free_name
from headwater.language.printer import print_expression, print_number
from headwater.language.syntax import Binary, Expression, Name
from headwater.model.disciplines import Role, driven_flows
from headwater.model.variables import (
    AnyVariable,
    Constant,
    Conveyor,
    Equation,
    Flow,
    Oven,
    Queue,
    Spread,
    Stock,
)


class Disciplines:
    """Writes what makes stocks conveyors, queues and ovens.

    ``further`` takes a variable that has to be written beside a stock.
    """

    def __init__(self, terms: Terms, further: Callable[[AnyVariable], None]) -> None:
        self._terms = terms
        self._further = further
        self._driven = driven_flows(terms.project.variables)

    def is_driven(self, flow: AnyVariable) -> bool:
        """Tell whether a stock drives a flow, so that its own equation counts for nothing."""
        role = self._driven.get(flow.key)
        return isinstance(flow, Flow) and role is not None and role is not Role.LEAK

    def initial(self, stock: Stock) -> tuple[Equation, ...]:
        """Return the initial value of a stock: of a belt filled slat by slat their sum."""
        if not isinstance(stock.discipline, Conveyor) or not stock.discipline.contents:
            return stock.equations
        whole = reduce(lambda a, b: Binary("+", a, b), stock.discipline.contents)
        return (Equation(whole, stock.dimensions),)

    def refuse(self, variable: AnyVariable) -> None:
        """Report what of a stock, or of a flow around one, has no form."""
        if isinstance(variable, Flow) and variable.key in self._driven and variable.graphs:
            self._terms.fail(variable, "leaks by a graphical function, for which there is no form")
        if not isinstance(variable, Stock) or variable.discipline is None:
            return
        if isinstance(variable.discipline, Queue) and variable.discipline.contents:
            self._terms.fail(variable, "starts with a list of batches", "convert to XMILE")
        for term in variable.flows:
            flow = self._terms.known.get(getattr(term.expression, "key", ""))
            if term.sign > 0 and isinstance(flow, Flow) and flow.multiplier is not None:
                what = f"takes in `{flow.name}`, which is converted on its way"
                self._terms.fail(variable, what, "convert to XMILE")

    # Clauses

    def of_stock(self, stock: Stock) -> Iterator[str]:
        """Yield the clauses of a stock."""
        match stock.discipline:
            case Queue():
                yield "queue"
            case Oven() as oven:
                options = (
                    ("capacity", oven.capacity),
                    ("filling", oven.fill_time),
                    ("cleaning", oven.clean_time),
                    ("arrested when", oven.arrest),
                )
                yield self._clause(stock, "oven", oven.cook_time, options)
            case Conveyor() as conveyor:
                yield self._conveyor(stock, conveyor)

    def of_flow(self, flow: Flow) -> Iterator[str]:
        """Yield the clauses of a flow."""
        if flow.leakage is not None:
            zone = ""
            if (flow.leakage.start, flow.leakage.end) != (0.0, 1.0):
                ends = map(print_number, (flow.leakage.start, flow.leakage.end))
                zone = f" from {' to '.join(ends)}"
            yield f"leak{zone}{' in whole units' if flow.leakage.integers else ''}"
        if flow.overflow:
            yield "overflow"
        if flow.spread is not None:
            yield self._spread(flow, flow.spread)
        if flow.time_stamped:
            yield "stamped"

    def _spread(self, flow: Flow, spread: Spread) -> str:
        if spread.profile is not None:
            return f"spread by {self._text(flow, spread.profile)}"
        return "spread evenly" if spread.rule == "even" else f"spread by {spread.rule}"

    def _conveyor(self, stock: Stock, conveyor: Conveyor) -> str:
        options = (
            ("capacity", conveyor.capacity),
            ("limit", conveyor.inflow_limit),
            ("sampled when", conveyor.sample),
            ("arrested when", conveyor.arrest),
        )
        marks = [
            word
            for word, is_set in (
                ("discrete", conveyor.discrete),
                ("whole batches", conveyor.batch_integrity),
                ("several batches", not conveyor.one_at_a_time),
                ("leaking exponentially", conveyor.exponential_leakage),
                ("first in first out", conveyor.fifo),
            )
            if is_set
        ]
        if conveyor.contents:
            inside = ", ".join(self._text(stock, c) for c in conveyor.contents)
            marks.append(f"holding({inside})")
        clause = self._clause(stock, "conveyor", self._length(stock, conveyor), options)
        return ", ".join((clause, *marks))

    def _length(self, stock: Stock, conveyor: Conveyor) -> Expression:
        whole = self._terms.whole(stock, conveyor.lengths)
        if whole is not None:
            return whole.expression
        name = free_name(f"transit time of {stock.name}", self._terms.known)
        made = Constant(name=name, dimensions=stock.dimensions, equations=conveyor.lengths)
        what = "transit times of single elements are written as a variable of their own"
        self._terms.losses.add(what, stock.name, stock.span)
        return self._further_name(made)

    def _further_name(self, made: AnyVariable) -> Expression:
        self._further(made)
        return Name(made.name, tuple(map(Name, made.dimensions)))

    def _clause(
        self,
        stock: Stock,
        word: str,
        stay: Expression,
        options: tuple[tuple[str, Expression | None], ...],
    ) -> str:
        given = [f"{name} {self._text(stock, e)}" for name, e in options if e is not None]
        return ", ".join((f"{word} {self._text(stock, stay)}", *given))

    def _text(self, owner: Stock | Flow, expression: Expression) -> str:
        return print_expression(self._terms.expression(owner, expression))
