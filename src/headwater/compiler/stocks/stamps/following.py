"""Cycle times: stamps followed to the flows that equations ask about, and what is asked of them.

Equations are read before the stocks are built: an answer is made ready here, and filled in once
every flow has its rules. Stamps are followed backwards, from a flow that is asked about to those
that stamp; what no stamped flow leads to is not followed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from headwater.compiler.resolved import Apply, Kind, Node, Quantity
from headwater.compiler.resolving.assembling import (
    ONE,
    STEP_TIME,
    ZERO,
    Hidden,
    add,
    choose,
    divide,
    drive,
    less,
    most,
    multiply,
    nearest,
    number,
    subtract,
)
from headwater.compiler.resolving.subscripts import whole_region
from headwater.compiler.stocks.conveyors import MAX_SLATS, Belt
from headwater.compiler.stocks.disciplines import Term, Vessel, whole_flow
from headwater.compiler.stocks.stamps.carriers import (
    Arrival,
    Carrier,
    InLine,
    InOven,
    Line,
    OnBelt,
)
from headwater.compiler.stocks.stamps.tags import EVER, NEVER, UNSTAMPED, Tag, joined
from headwater.errors import Place
from headwater.language.syntax import Name
from headwater.model.variables import Conveyor, Flow, Oven

if TYPE_CHECKING:
    from headwater.compiler.resolving.resolve import Resolver
    from headwater.compiler.stocks.rates import Rate


@dataclass(frozen=True, slots=True)
class _Followed:
    """The tag of a flow, as quantities with the flow's elements."""

    parts: tuple[Quantity, ...]

    def at(self, hidden: Hidden) -> Tag:
        """Return the tag of the element that is computed now."""
        return Tag(*(hidden.at(q) for q in self.parts))


def follow_stamps(resolver: Resolver, rates: Sequence[Rate], belts: Sequence[Belt]) -> None:
    """Answer what was asked of cycle times."""
    if not resolver.stamped or resolver.diagnostics.errors:
        return
    following = _Following(resolver, rates, belts)
    if following.is_possible():
        for flow, answers in resolver.stamped.items():
            following.answer(flow, answers)
        following.finish()


class _Following:
    """The tags of flows, and the stocks that hand them on, as far as they have been asked for."""

    def __init__(self, resolver: Resolver, rates: Sequence[Rate], belts: Sequence[Belt]) -> None:
        self.resolver = resolver
        self.belts = {b.vessel.quantity: b for b in belts}
        self.sources: dict[Quantity, list[Rate]] = {}
        for rate in rates:
            for term in rate.variable.flows:
                if term.sign < 0 and isinstance(term.expression, Name):
                    flow = resolver.quantities.get(term.expression.key)
                    if flow is not None:
                        self.sources.setdefault(flow, []).append(rate)
        self.tags: dict[Quantity, _Followed] = {}
        self.carriers: dict[Quantity, Carrier | None] = {}
        self.waiting: list[Carrier] = []
        start = number(resolver.clock.start)
        self.dt = number(resolver.clock.dt)
        self.step = nearest(divide(subtract(STEP_TIME, start), self.dt))

    def is_possible(self) -> bool:
        """Tell whether the run goes in steps of one length, each as a whole; report others."""
        if not (self.resolver.staged or self.resolver.clock.times):
            return True
        flow = next(iter(self.resolver.stamped))
        self._refuse(
            f"how long material takes to `{flow.name}` is asked for",
            _place(self.resolver, flow),
            "stamped material moves in whole steps of one length: use Euler's method, and a step "
            "that does not change",
        )
        return False

    def answer(self, flow: Quantity, answers: Mapping[str, Quantity]) -> None:
        """Give the answers about a flow their rules."""
        region = whole_region(self.resolver.dimensions_of(flow))
        hidden = Hidden(self.resolver, flow, region)
        for what, node in _statistics(hidden, self._tag(flow).at(hidden), self.step, self.dt):
            if what in answers:
                drive(answers[what], region, node)

    def finish(self) -> None:
        """Let every stock that hands on tags take them in."""
        while self.waiting:
            self.waiting.pop().receive()

    # Flows

    def _is_stamped(self, flow: Quantity) -> bool:
        variable = self.resolver.variable_of(flow)
        return isinstance(variable, Flow) and variable.time_stamped

    def _is_reached(self, flow: Quantity) -> bool:
        """Tell whether material that some flow has stamped can get to a flow."""
        stack, seen = [flow], {flow}
        while stack:
            here = stack.pop()
            if self._is_stamped(here):
                return True
            for rate in self.sources.get(here, ()):
                for inflow in self._named(rate, 1):
                    if inflow not in seen:
                        seen.add(inflow)
                        stack.append(inflow)
        return False

    def _named(self, rate: Rate, sign: int) -> list[Quantity]:
        names = [t.expression for t in rate.variable.flows if t.sign == sign]
        keys = [n.key for n in names if isinstance(n, Name)]
        return [q for k in keys if (q := self.resolver.quantities.get(k)) is not None]

    def _tag(self, flow: Quantity) -> _Followed:
        """Return the tag of what flows in a step, in the unit that leaves the stock upstream."""
        if flow in self.tags:
            return self.tags[flow]
        region = whole_region(self.resolver.dimensions_of(flow))
        hidden = Hidden(self.resolver, flow, region)
        made = _Followed(tuple(hidden.make(f"stamp {f.name}", Kind.VALUE) for f in fields(Tag)))
        self.tags[flow] = made
        tag = UNSTAMPED
        if self._is_stamped(flow):
            amount = most(ZERO, multiply(hidden.at(flow), self.dt))
            some = less(ZERO, amount)
            ends = choose(some, self.step, EVER), choose(some, self.step, NEVER)
            tag = Tag(amount, self.step, ZERO, *ends)
        elif self._is_reached(flow):
            first, *others = self.sources[flow]
            carrier = self._carrier(first)
            if others:
                self._refuse(
                    f"`{flow.name}` leaves more than one stock",
                    _place(self.resolver, flow),
                    "let a flow of its own leave each, where cycle times are asked for behind it",
                )
            if carrier is not None and not others:
                region, tag = first.region, carrier.leaving(flow)
        for quantity, part in zip(made.parts, tag.parts, strict=True):
            drive(quantity, region, part)
        return made

    # Stocks

    def _carrier(self, rate: Rate) -> Carrier | None:
        if rate.quantity not in self.carriers:
            self.carriers[rate.quantity] = made = self._made(rate)
            if made is not None:
                self.waiting.append(made)
        return self.carriers[rate.quantity]

    def _made(self, rate: Rate) -> Carrier | None:
        hidden = Hidden(self.resolver, rate.quantity, rate.region)
        arrived: list[Arrival] = []
        inflows = [t for t in rate.terms if t.sign > 0]
        returning = self._both_ways(rate, -1)

        def arrivals() -> Sequence[Arrival]:
            if not arrived:
                arrived.extend([self._arrival(hidden, t, rate) for t in inflows])
                arrived.extend(Arrival(self._backwards(t), UNSTAMPED) for t in returning)
            return arrived

        belt = self.belts.get(rate.quantity)
        why = self._why_not(rate, belt)
        if why:
            self._refuse(
                f"stamped material passes through `{rate.variable.name}`, {why}",
                _place(self.resolver, rate.quantity),
                "ask for cycle times of flows before it, or stamp the flows behind it",
            )
            return None
        if belt is not None:
            return OnBelt(belt, arrivals)
        if isinstance(rate.variable.discipline, Oven):
            flows = [q for t in rate.terms if (q := whole_flow(rate.quantity, t.node))]
            ins = [q for q, t in zip(flows, rate.terms, strict=True) if t.sign > 0]
            outs = [q for q, t in zip(flows, rate.terms, strict=True) if t.sign < 0]
            vessel = Vessel(rate.variable, rate.quantity, rate.region, hidden, ins, outs)
            return InOven(vessel, self.dt, arrivals)
        return InLine(self._line(hidden, rate, len(inflows) + len(returning)), arrivals)

    def _line(self, hidden: Hidden, rate: Rate, arrivals: int) -> Line:
        """Return how an ordinary stock or a queue gives what it has.

        What runs backwards leaves through an inflow after all else, and comes in without a stamp.
        """
        leaving: list[tuple[Quantity, Node]] = []
        for term in rate.terms:
            flow = whole_flow(rate.quantity, term.node)
            if term.sign < 0 and flow is not None:
                leaving.append((flow, most(ZERO, multiply(term.node, self.dt))))
        for term in self._both_ways(rate, 1):
            flow = whole_flow(rate.quantity, term.node)
            if flow is not None:
                leaving.append((flow, self._backwards(term)))
        clock = self.resolver.clock
        content = hidden.at(rate.quantity)
        return Line(hidden, content, leaving, max(1, arrivals), clock.steps, self.step)

    def _both_ways(self, rate: Rate, sign: int) -> list[Term]:
        """Return the flows in or out of an ordinary stock that may run backwards."""
        if rate.variable.discipline is not None:
            return []
        found = [(t, whole_flow(rate.quantity, t.node)) for t in rate.terms if t.sign == sign]
        return [t for t, q in found if q is not None and not self.resolver.is_uniflow(q)]

    def _backwards(self, term: Term) -> Node:
        return most(ZERO, multiply(Apply("negate", (term.amount,)), self.dt))

    def _arrival(self, hidden: Hidden, term: Term, rate: Rate) -> Arrival:
        flow = whole_flow(rate.quantity, term.node)
        assert flow is not None
        amount = most(ZERO, multiply(term.amount, self.dt))
        tag = self._tag(flow).at(hidden)
        return Arrival(amount, tag if term.factor is None else tag.times(term.factor))

    def _why_not(self, rate: Rate, belt: Belt | None) -> str:
        """Return why stamps cannot pass through a stock; empty: they can."""
        flows = [whole_flow(rate.quantity, t.node) for t in rate.terms]
        if None in flows:
            return "whose flows are not variables with its own dimensions, or run into others"
        if isinstance(rate.variable.discipline, Conveyor):
            if belt is None or not belt.has_slats:
                return "a FIFO conveyor whose transit time changes"
            if belt.has_spreads:
                return "a conveyor with inflows along its belt"
        elif self.resolver.clock.steps * 2 * len(flows) > MAX_SLATS:
            return f"which would keep more than {MAX_SLATS:,} batches apart"
        return ""

    def _refuse(self, message: str, place: Place | None, hint: str) -> None:
        self.resolver.diagnostics.error(message, place, hint)


def _place(resolver: Resolver, quantity: Quantity) -> Place | None:
    variable = resolver.variable_of(quantity)
    return variable.span.place if variable is not None and variable.span else None


def _statistics(hidden: Hidden, now: Tag, step: Node, dt: Node) -> list[tuple[str, Node]]:
    """Return what can be asked of the tag of a flow, by name."""
    states = [hidden.state(f"until now {f.name}") for f in fields(Tag)]
    # Of what passed before, the tag is that of ages in place of times.
    before = Tag(*(hidden.at(s) for s in states))
    some = less(ZERO, now.amount)
    youngest = choose(some, subtract(step, now.last), EVER)
    oldest = choose(some, subtract(step, now.first), NEVER)
    mean = choose(some, subtract(step, now.mean), ZERO)
    aged = Tag(now.amount, mean, now.variance, youngest, oldest).made(hidden, "age")
    ever = joined(before, aged).made(hidden, "ages so far")
    for state, begin, part in zip(states, UNSTAMPED.parts, ever.parts, strict=True):
        hidden.define(state, begin, part)
    passed = multiply(add(step, ONE), dt)

    def in_time(steps: Node, there: Node) -> Node:
        return choose(there, multiply(steps, dt), ZERO)

    ever_some = less(ZERO, ever.amount)
    return [
        ("flow", divide(now.amount, dt)),
        ("mean now", in_time(aged.mean, some)),
        ("min now", in_time(aged.first, some)),
        ("max now", in_time(aged.last, some)),
        ("any", choose(ever_some, ONE, ZERO)),
        ("mean", in_time(ever.mean, ever_some)),
        ("deviation", multiply(Apply("sqrt", (most(ZERO, ever.variance),)), dt)),
        ("min", in_time(ever.first, ever_some)),
        ("max", in_time(ever.last, ever_some)),
        ("throughput", divide(ever.amount, passed)),
    ]
