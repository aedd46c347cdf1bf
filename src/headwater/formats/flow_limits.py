"""Stocks that cannot fall below zero, as limits of their flows (XMILE 1.0, section 4.2.1).

In a step a stock can give what it holds divided by the step, and what flows in. Its flows are
served in turn, inflows first, and each is cut to what those before it have left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from headwater.language.names import canonical
from headwater.language.syntax import Binary, Call, Expression, Name, Number, Unary, walk
from headwater.model.variables import AnyVariable, Data, Flow, FlowTerm, Stock

_ZERO = Number(0.0)


@dataclass(frozen=True, slots=True)
class _Limit:
    """A stock that bounds a flow; ``served`` are the flows that come before it."""

    stock: Stock
    term: FlowTerm
    served: tuple[FlowTerm, ...]


class Limits:
    """The limits of all flows of a model; ``refused`` has the stocks whose limits have no form."""

    def __init__(
        self, variables: Sequence[AnyVariable], spelled: Callable[[str], str], step: str
    ) -> None:
        """``spelled`` gives the name of a variable as it is to be written, ``step`` the step's."""
        self._variables: Mapping[str, AnyVariable] = {v.key: v for v in variables}
        self._spelled = spelled
        self._step = Name(step)
        self._of_flow: dict[str, list[_Limit]] = {}
        self._further: dict[str, list[str]] = {}
        self.refused: dict[str, str] = {}
        stocks = [v for v in variables if isinstance(v, Stock)]
        limited = [s for s in stocks if s.non_negative and s.discipline is None]
        uses = Counter(
            (t.expression.key, t.sign)
            for s in stocks
            for t in s.flows
            if isinstance(t.expression, Name)
        )
        self._shared = {key for (key, _), count in uses.items() if count > 1}
        for stock in limited:
            self._add(stock)
        for stock in limited:
            self._check_circles(stock)

    def of(self, flow: AnyVariable) -> bool:
        """Tell whether a flow is limited."""
        return flow.key in self._of_flow

    def cut(self, flow: AnyVariable, left: Sequence[str], asked: Expression) -> Expression:
        """Return what a flow carries of what its equation, with that left side, asks for."""
        subscripts = tuple(map(Name, left))
        for limit in self._of_flow.get(flow.key, ()):
            rest: Expression = Binary("/", self._name(limit.stock, subscripts), self._step)
            for term in limit.served:
                sign = "+" if term.sign > 0 else "-"
                other = self._variables[_key(term)]
                rest = Binary(sign, rest, self._name(other, subscripts))  # type: ignore[arg-type]
            rest = Call(Name("MAX"), (rest, _ZERO))
            if limit.term.sign > 0:
                asked = Call(Name("MAX"), (asked, Unary("-", rest)))
            else:
                asked = Call(Name("MIN"), (asked, rest))
        return asked

    def _name(self, variable: AnyVariable, subscripts: tuple[Name, ...]) -> Name:
        return Name(self._spelled(variable.name), subscripts)

    def _add(self, stock: Stock) -> None:
        served: list[FlowTerm] = []
        inflows = [t for t in stock.flows if t.sign > 0]
        for term in [*inflows, *(t for t in stock.flows if t.sign < 0)]:
            flow = self._variables.get(_key(term))
            why = self._obstacle(stock, flow)
            if why:
                self.refused[stock.key] = why
                return
            assert isinstance(flow, Flow)
            self._further.setdefault(flow.key, []).extend(map(_key, served))
            if term.sign < 0 or not flow.non_negative:
                limit = _Limit(stock, term, tuple(served))
                self._of_flow.setdefault(flow.key, []).append(limit)
            served.append(term)

    def _obstacle(self, stock: Stock, flow: AnyVariable | None) -> str:
        if not isinstance(flow, Flow):
            return "a flow that is no variable of its own"
        if flow.key in self._shared:
            return f"`{flow.name}`, a flow that several stocks share"
        if flow.multiplier is not None:
            return f"`{flow.name}`, a flow that is converted on its way"
        if list(map(canonical, flow.dimensions)) != list(map(canonical, stock.dimensions)):
            return f"`{flow.name}`, a flow of other dimensions"
        return ""

    def _check_circles(self, stock: Stock) -> None:
        """Refuse flows of which one depends on a later one: they would wait for each other."""
        for limits in self._of_flow.values():
            for limit in (x for x in limits if x.stock is stock):
                for term in limit.served:
                    if _key(limit.term) in self._reached(_key(term)):
                        name = self._variables[_key(term)].name
                        self.refused[stock.key] = f"`{name}`, which depends on a later flow"

    def _reached(self, start: str) -> set[str]:
        """Return what a variable depends on at the same moment, and what limits it."""
        seen: set[str] = set()
        stack = [start]
        while stack:
            key = stack.pop()
            variable = self._variables.get(key)
            if variable is None or isinstance(variable, Stock | Data):
                continue
            for name in (*self._names(variable), *self._further.get(key, ())):
                if name not in seen:
                    seen.add(name)
                    stack.append(name)
        return seen

    @staticmethod
    def _names(variable: AnyVariable) -> Iterator[str]:
        for equation in () if isinstance(variable, Data) else variable.equations:
            yield from (n.key for n in walk(equation.expression) if isinstance(n, Name))


def _key(term: FlowTerm) -> str:
    return term.expression.key if isinstance(term.expression, Name) else ""
