"""Stocks that cannot fall below zero, as limits of their flows (XMILE 1.0, section 4.2.1).

In a step a stock can give what it holds divided by the step, and what flows in. Its flows are
served in turn, inflows first, and each is cut to what those before it have left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from headwater.formats.losses import Losses
from headwater.language.names import canonical
from headwater.language.syntax import Binary, Call, Expression, Name, Number, Unary, children
from headwater.model.variables import AnyVariable, Data, Flow, FlowTerm, Stock

_ZERO = Number(0.0)


@dataclass(frozen=True, slots=True)
class _Limit:
    """A stock that bounds a flow; ``served`` are the flows that come before it."""

    stock: Stock
    term: FlowTerm
    served: tuple[FlowTerm, ...]


def report_limits(variables: Sequence[AnyVariable], losses: Losses) -> None:
    """Tell which flows and stocks stay above zero by their equations from now on."""
    for variable in variables:
        match variable:
            case Flow(non_negative=True):
                what = "flows that cannot be negative are written with MAX"
            case Stock(non_negative=True, discipline=None):
                what = "stocks that cannot fall below zero are written as limits of their flows"
            case _:
                continue
        losses.add(what, variable.name, variable.span)


class Limits:
    """The limits of all flows of a model.

    ``refused`` has the stocks whose limits have no form, ``waiting`` the flows on whose past
    another one rests that is served before them.
    """

    def __init__(
        self, variables: Sequence[AnyVariable], spelled: Callable[[str], str], step: str
    ) -> None:
        """``spelled`` gives the name of a variable as it is to be written, ``step`` the step's."""
        self._variables: Mapping[str, AnyVariable] = {v.key: v for v in variables}
        self._spelled = spelled
        self._step = Name(step)
        self._of_flow: dict[str, list[_Limit]] = {}
        self._of_stock: dict[tuple[str, str], _Limit] = {}
        self._joined: set[tuple[str, str]] = set()
        self._further: dict[str, list[str]] = {}
        self.refused: dict[str, str] = {}
        self.waiting: set[str] = set()
        stocks = [v for v in variables if isinstance(v, Stock)]
        limited = [s for s in stocks if s.non_negative and s.discipline is None]
        limited = [s for s in limited if not all(map(self._only_fills, s.flows))]
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
        for limit in self._of_flow.get(flow.key, ()):
            asked = self._bounded(limit, tuple(map(Name, left)), asked)
        return asked

    def taken(self, stock: Stock, term: FlowTerm, left: Sequence[str]) -> Expression | None:
        """Return what a stock takes of a flow that it shares; None where that is all of it."""
        limit = self._of_stock.get((stock.key, _key(term)))
        if limit is None:
            return None
        subscripts = tuple(map(Name, left))
        return self._bounded(limit, subscripts, self._name(self._variables[_key(term)], subscripts))

    def _bounded(
        self, limit: _Limit, subscripts: tuple[Name, ...], asked: Expression
    ) -> Expression:
        rest: Expression = Binary("/", self._name(limit.stock, subscripts), self._step)
        for term in limit.served:
            if (_key(limit.term), _key(term)) in self._joined:
                continue
            served = self._name(self._variables[_key(term)], subscripts)
            shared = self._of_stock.get((limit.stock.key, _key(term)))
            amount = served if shared is None else self._bounded(shared, subscripts, served)
            rest = Binary("+" if term.sign > 0 else "-", rest, amount)
        rest = Call(Name("MAX"), (rest, _ZERO))
        if limit.term.sign > 0:
            return Call(Name("MAX"), (asked, Unary("-", rest)))
        return Call(Name("MIN"), (asked, rest))

    def _name(self, variable: AnyVariable, subscripts: tuple[Name, ...]) -> Name:
        return Name(self._spelled(variable.name), subscripts)

    def _add(self, stock: Stock) -> None:
        served: list[FlowTerm] = []
        inflows = [t for t in stock.flows if t.sign > 0]
        for term in [*inflows, *(t for t in stock.flows if t.sign < 0)]:
            flow = self._variables.get(_key(term))
            summed = self._variables.get(_summed(term))
            why = self._obstacle(stock, summed or flow)
            if why:
                self.refused[stock.key] = why
                return
            assert isinstance(flow, Flow)
            self._further.setdefault(flow.key, []).extend(map(_key, served))
            if term.sign < 0 or not flow.non_negative:
                limit = _Limit(stock, term, tuple(served))
                if flow.key in self._shared:
                    self._of_stock[stock.key, flow.key] = limit
                else:
                    self._of_flow.setdefault(flow.key, []).append(limit)
            served.append(term)

    def _only_fills(self, term: FlowTerm) -> bool:
        """Tell whether a stock needs no limit for a flow: it leads in and is never negative."""
        flow = self._variables.get(_key(term) or _summed(term))
        return term.sign > 0 and isinstance(flow, Flow) and flow.non_negative

    def _obstacle(self, stock: Stock, flow: AnyVariable | None) -> str:
        if not isinstance(flow, Flow):
            return "a flow that is no variable of its own"
        if flow.multiplier is not None:
            return f"`{flow.name}`, a flow that is converted on its way"
        if list(map(canonical, flow.dimensions)) != list(map(canonical, stock.dimensions)):
            return f"`{flow.name}`, a flow of other dimensions"
        return ""

    def _check_circles(self, stock: Stock) -> None:
        """Find the flows that depend on a later one: these do not wait for each other.

        Where only a closer look at functions with a memory could tell, the stock is refused.
        """
        limits = [x for found in self._of_flow.values() for x in found if x.stock is stock]
        limits += [x for (key, _), x in self._of_stock.items() if key == stock.key]
        for limit in limits:
            for term in limit.served:
                own, other = _key(limit.term), _key(term)
                loosely = own in self._reached(other, _names)
                if loosely and own in self._reached(other, _names_at_once):
                    self._joined.add((own, other))
                elif loosely:
                    self.waiting.add(own)
                    name = self._variables[other].name
                    self.refused[stock.key] = f"`{name}`, which depends on a later flow's past"

    def _reached(self, start: str, names: Callable[[Expression], Iterator[str]]) -> set[str]:
        """Return what a variable depends on at the same moment, and what limits it."""
        seen: set[str] = set()
        stack = [start]
        while stack:
            key = stack.pop()
            variable = self._variables.get(key)
            if variable is None or isinstance(variable, Stock | Data):
                continue
            found = (n for e in variable.equations for n in names(e.expression))
            for name in (*found, *self._further.get(key, ())):
                if name not in seen:
                    seen.add(name)
                    stack.append(name)
        return seen


_MEMORY = {
    **dict.fromkeys(("previous", "init", "delay", "smth1", "smth3", "smthn"), ()),
    **dict.fromkeys(("delay1", "delay3", "delayn"), (1,)),
}
"""Functions whose value rests on the past alone, but for the arguments at these places."""


_START = {"previous": 1, "delay": 2, "smth1": 2, "smth3": 2, "delay1": 2, "delay3": 2}
_START_OF_ORDER = {"smthn": 3, "delayn": 3}


def start_of(node: Call) -> Expression | None:
    """Return what a function with a memory starts from; None where it is no such function."""
    if node.function.key not in _MEMORY or not node.arguments:
        return None
    place = {**_START, **_START_OF_ORDER}.get(node.function.key, 0)
    return node.arguments[place if place < len(node.arguments) else 0]


def _names(node: Expression) -> Iterator[str]:
    """Yield the names on which the value rests at the same moment, or at the start."""
    stack = [node]
    while stack:
        top = stack.pop()
        if isinstance(top, Name):
            yield top.key
        start = start_of(top) if isinstance(top, Call) else None
        if start is None:
            stack += children(top)
        else:
            assert isinstance(top, Call)
            stack += [start, *top.arguments[1:]]


def _names_at_once(node: Expression) -> Iterator[str]:
    """Yield the names on which the value rests at the same moment."""
    stack = [node]
    while stack:
        top = stack.pop()
        if isinstance(top, Name):
            yield top.key
        if isinstance(top, Call) and top.function.key in _MEMORY:
            places = _MEMORY[top.function.key]
            stack += [a for k, a in enumerate(top.arguments) if k in places]
        else:
            stack += children(top)


def _key(term: FlowTerm) -> str:
    return term.expression.key if isinstance(term.expression, Name) else ""


def _summed(term: FlowTerm) -> str:
    """Return the key of the flow whose sum a term is; empty where it is none."""
    match term.expression:
        case Call(function=Name(key="sum"), arguments=(Name(key=key),)):
            return key
    return ""
