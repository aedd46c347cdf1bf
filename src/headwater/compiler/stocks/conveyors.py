"""Conveyors: stocks whose content rides a belt (XMILE 1.0, sections 3.7.2 and 4.2.1).

The belt is a row of slats, one for each step of the transit time; slat 0 is the exit. In a step
material leaks, what is left on slat 0 leaves, every slat moves up by one, and what flows in is put
on the slat as far from the exit as the transit time says; an inflow that is spread evenly goes to
that slat and to all before it in equal parts. Material that is on the belt is not
moved by a later change of the transit time. While a conveyor is arrested nothing moves; what would
leave for an arrested conveyor waits on slat 0. Belts on which nothing overtakes while their
transit time changes are in :mod:`headwater.compiler.stocks.fifo_belts`.

Leakage is in :mod:`headwater.compiler.stocks.belt_leaks`. Source beyond the standard: isee systems,
Stella help, Traditional Conveyor Computation, Spreading Conveyor Inputs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from headwater.compiler.constants import number_of
from headwater.compiler.resolved import Axis, Fixed, Follow, Kind, Node, Quantity, Rule
from headwater.compiler.resolving.assembling import (
    ONE,
    STEP_TIME,
    ZERO,
    add,
    both,
    choose,
    divide,
    drive,
    either,
    equal,
    floor,
    least,
    less,
    most,
    multiply,
    nearest,
    number,
    position,
    subtract,
    total,
    unless,
)
from headwater.compiler.resolving.equations import by_equations
from headwater.compiler.stocks.admission import arrivals, bound_inflows
from headwater.compiler.stocks.belt_contents import initial_contents
from headwater.compiler.stocks.belt_leaks import Leaks
from headwater.compiler.stocks.belt_readings import fill_in_ages, fill_in_processing
from headwater.compiler.stocks.belt_spreads import Spreads
from headwater.compiler.stocks.container_contents import fill_in_slats
from headwater.compiler.stocks.disciplines import Connections, Source, Vessel
from headwater.compiler.stocks.fifo_belts import drive_fifo
from headwater.model.disciplines import Role
from headwater.model.variables import Conveyor, Flow, Spread

if TYPE_CHECKING:
    from headwater.compiler.resolving.resolve import Resolver

MAX_SLATS = 1_000_000


def is_continuous(vessel: Vessel, connections: Connections) -> bool:
    """Tell whether a stock is a conveyor that material enters at any time, not in batches."""
    spec = vessel.variable.discipline
    queued = any(connections.is_queued(q) for q in vessel.inflows)
    return isinstance(spec, Conveyor) and not spec.discrete and not queued


class Belt:
    """One conveyor while it is compiled."""

    def __init__(self, resolver: Resolver, vessel: Vessel, connections: Connections) -> None:
        """Read when the conveyor is arrested, which those around it must know."""
        spec = vessel.variable.discipline
        assert isinstance(spec, Conveyor)
        self.resolver = resolver
        self.vessel = vessel
        self.spec = spec
        self.discrete = not is_continuous(vessel, connections)
        pushed = all(map(connections.is_pushed, vessel.inflows))
        self.is_late = resolver.staged and not self.discrete and not pushed
        self.connections = connections
        self.hidden = vessel.hidden
        self.dt = number(resolver.clock.dt)
        self.frame = resolver.frame(vessel.quantity, vessel.region, "conveyor")
        self.spreads: Spreads | None = None
        self.has_slats = False
        if spec.arrest is not None:
            vessel.stopped = self.hidden.held("arrest", self.frame.expression(spec.arrest))

    def build(self, roles: Mapping[str, Role]) -> None:
        """Give the outflows their rules, and bound the inflows."""
        by_role = {role: self._outflows(roles, role) for role in (Role.EXIT, Role.LEAK)}
        if not by_role[Role.EXIT]:
            self.resolver.diagnostics.error(
                f"the conveyor `{self.vessel.variable.name}` has no outflow at its end",
                self.vessel.place,
                "at least one of its outflows must not be a leakage",
            )
            return
        exit_ = by_role[Role.EXIT][0]
        length = self._length()
        fill_in_processing(self.resolver, self.vessel, length)
        self.asked = self.hidden.value("slats", most(ONE, nearest(divide(length, self.dt))))
        if self.spec.fifo and not self.resolver.is_constant(length):
            self._build_fifo(exit_, by_role[Role.LEAK], length)
            return
        if self._is_plain(exit_, by_role[Role.LEAK], length):
            self._build_plain(exit_, length)
            return
        size = self._size()
        self.axis = Axis(size, "slat")
        self.slats = self.hidden.value("entry", least(self.asked, number(size)))
        self.belt = self.hidden.state("belt", self.axis)
        self.has_slats = True
        if self.has_spreads:
            self.spreads = Spreads(self.hidden, self.axis, self.slats)
        self.arriving = self._arriving()
        self.load = self._load()
        self._fill_in_ages(length)
        self.leaks = leaks = Leaks(self, by_role[Role.LEAK])
        for part in leaks.taken:
            source = Source(part.amounts.quantity, self.axis, self.asked.quantity, self.spec)
            self.connections.sources[part.leak.flow] = source
        rest = self.hidden.value("remaining", leaks.remaining(), self.axis)
        stop = self.stop_of(exit_)
        held = None if stop is None else self.hidden.value("held", choose(stop, ONE, ZERO))
        self.rest, self.held = rest.quantity, held
        leaving = divide(self.hidden.at(rest.quantity, Fixed(0)), self.dt)
        drive(exit_, self.vessel.region, unless(held, leaving))
        self._bound_inflows()
        contents, profile = initial_contents(
            self.resolver,
            self.vessel,
            self.axis,
            self.asked,
            leaks.leaks,
            discrete=self.discrete,
        )
        self._move(rest.quantity, held, contents)
        leaks.move(contents, profile)

    def _fill_in_ages(self, length: Node) -> None:
        resolver, slats = self.resolver, self.asked.quantity
        if self.vessel.quantity not in {*resolver.ages, *resolver.contents}:
            return
        if not resolver.is_constant(length):
            message = f"the transit time of `{self.vessel.variable.name}` changes, so that places "
            message += "on it tell neither ages nor numbers"
            hint = "what asks for them, such as AGECOUNT or SIZE, needs a fixed one"
            resolver.diagnostics.error(message, self.vessel.place, hint)
        fill_in_slats(resolver, self.vessel.quantity, self.load, self.axis, slats)
        fill_in_ages(self.resolver, self.vessel.quantity, self.load, self.axis, slats)

    def _outflows(self, roles: Mapping[str, Role], role: Role) -> list[Quantity]:
        return [q for q in self.vessel.outflows if roles.get(self.resolver.key_of(q)) is role]

    @property
    def has_spreads(self) -> bool:
        """Tell whether something enters along the belt."""
        return any(map(self._spread_of, self.vessel.inflows))

    # Transit time

    def _length(self) -> Node:
        """Return the transit time that material entering now gets."""
        asked = self.vessel.here(
            by_equations(
                self.resolver,
                self.vessel.variable,
                self.vessel.quantity,
                self.spec.lengths,
                "length",
            )
        )
        if self.spec.sample is None:
            return asked
        sample = self.frame.expression(self.spec.sample)
        kept = self.hidden.state("sampled")
        length = self.hidden.value("sampling", choose(sample, asked, self.hidden.at(kept)))
        self.hidden.define(kept, asked, length)
        return length

    def _size(self) -> int:
        """Return how many slats the belt needs: as the run is long, where the length may change."""
        clock, preview = self.resolver.clock, self.resolver.preview
        expressions = [e.expression for e in self.spec.lengths]
        values = [preview.value(e, clock.start) for e in expressions]
        known = [v for v in values if v is not None and math.isfinite(v)]
        longest = max((max(1, math.floor(v / clock.dt + 0.5)) for v in known), default=1)
        fixed = self.spec.sample is None and all(number_of(e) is not None for e in expressions)
        return self._bounded(longest if fixed else max(longest, clock.steps + 2))

    def _bounded(self, size: int) -> int:
        if size > MAX_SLATS:
            self.resolver.diagnostics.error(
                f"the conveyor `{self.vessel.variable.name}` has {size:,} slats",
                self.vessel.place,
                f"the limit is {MAX_SLATS:,}: shorten its transit time or lengthen the step",
            )
            return 1
        return size

    # A belt without leakage that is never arrested, of a length that does not change

    def _is_plain(self, exit_: Quantity, leaks: Sequence[Quantity], length: Node) -> bool:
        spec = self.spec
        return not (
            leaks
            or self.resolver.staged
            or spec.sample
            or spec.contents
            or self.discrete
            or self.vessel.quantity in self.resolver.ages
            or self.vessel.quantity in self.resolver.contents
            or bool(self.resolver.stamped)
            or self.has_spreads
            or self.stop_of(exit_) is not None
            or not self.resolver.is_constant(length)
        )

    def _build_plain(self, exit_: Quantity, length: Node) -> None:
        """Let what flows in leave after the transit time: no slat needs to be looked at."""
        self._bound_inflows()
        content = self.hidden.at(self.vessel.quantity)
        initial = divide(content, multiply(self.asked, self.dt))
        made = self.hidden.make("belt", Kind.PIPELINE)
        region = self.vessel.region

        def rule(node: Node) -> list[Rule]:
            return [Rule(region.axes, region.target, node, self.vessel.quantity.span)]

        made.initial, made.lag = rule(initial), rule(length)
        made.step = rule(arrivals(self.vessel))
        drive(exit_, region, self.hidden.at(made))

    def _build_fifo(self, exit_: Quantity, leaks: Sequence[Quantity], length: Node) -> None:
        """Let the belt run faster or slower, with all that lies on it."""
        vessel = self.vessel
        beyond = {
            "leaks": bool(leaks),
            "can be arrested": self.stop_of(exit_) is not None,
            "moves whole batches": self.discrete,
            "has inflows along its belt": self.has_spreads,
            "starts with a list of contents": bool(self.spec.contents),
            "is asked what lies where": vessel.quantity
            in {*self.resolver.ages, *self.resolver.contents},
        }
        for what, is_so in beyond.items():
            if is_so:
                self.resolver.diagnostics.error(
                    f"the conveyor `{vessel.variable.name}` is FIFO, its transit time changes, and "
                    f"it {what}: that is not carried out together",
                    vessel.place,
                    "switch FIFO off, or fix the transit time",
                )
                return
        arriving = self._amount("arriving", vessel.inflows)
        axis = Axis(self._bounded(self.resolver.clock.steps + 2), "batch")
        drive_fifo(vessel, exit_, axis, length, arriving, self.is_late)
        self._bound_inflows()

    # The belt

    def _arriving(self) -> Node:
        """Return what enters on a slat; of a late belt, what entered in the step before."""
        by_rule = {q: self._spread_of(q) for q in self.vessel.inflows}
        even = [q for q, spread in by_rule.items() if spread is not None and spread.rule == "even"]
        whole = [q for q, spread in by_rule.items() if spread is None]
        here = position(self.axis)
        slats = self.before("entry", self.slats, ONE)
        entry = self._amount("arriving", whole)
        entering = choose(equal(here, subtract(slats, ONE)), entry, ZERO)
        if even:
            asked = self.before("slats", self.asked, ONE)
            each = self.hidden.value("spread", divide(self._amount("spreading", even), asked))
            entering = add(entering, choose(less(here, asked), each, ZERO))
        for flow, spread in by_rule.items():
            if self.spreads is not None and spread is not None and flow not in even:
                share: Node = self.spreads.share(flow, spread)
                share = self.before(f"{flow.name}.share", share, ZERO, self.axis)
                amount = self._amount(f"{flow.name}.spreading", [flow])
                entering = add(entering, multiply(amount, share))
        return entering

    def place_inflows(self) -> None:
        """Say where the inflows enter, once every belt has told what leaks from it and where."""
        if self.spreads is not None:
            self.spreads.fill_in(self.resolver, self.vessel, self.connections, self.spec)

    def _amount(self, label: str, flows: Sequence[Quantity]) -> Node:
        rate = arrivals(self.vessel, flows)
        if self.is_late:
            return self.hidden.accumulated(label, rate)
        return self.hidden.value(label, multiply(rate, self.dt))

    def before(self, label: str, node: Node, initial: Node, *axes: Axis) -> Node:
        """Return a value as it is, or for a late belt as it was in the step before."""
        if not self.is_late:
            return node
        state = self.hidden.state(f"{label} before", *axes)
        self.hidden.define(state, initial, node, *axes)
        return self.hidden.at(state, *map(Follow, axes))

    def _load(self) -> Quantity:
        """Return what lies on each slat in this step."""
        if not self.is_late:
            return self.belt
        there = self.hidden.at(self.belt, Follow(self.axis))
        return self.hidden.value("load", add(there, self.arriving), self.axis).quantity

    def _spread_of(self, flow: Quantity) -> Spread | None:
        variable = self.resolver.variable_of(flow)
        return variable.spread if isinstance(variable, Flow) else None

    def stop_of(self, flow: Quantity) -> Node | None:
        """Return the condition under which an outflow stands still: on either of its ends."""
        ends = [self.vessel.stopped]
        below = self.connections.downstream.get(flow)
        if below is not None and isinstance(below.variable.discipline, Conveyor):
            ends.append(below.stopped)
        found = [e for e in ends if e is not None]
        return either(found[0], found[1]) if len(found) == 2 else next(iter(found), None)

    def _move(self, rest: Quantity, held: Node | None, contents: Node) -> None:
        """Let every slat move up by one, and put what flows in on its slat."""
        axis = self.axis
        here = position(axis)
        following = self.hidden.at(rest, Follow(axis, (*range(1, axis.extent), -1)))
        moved: Node = following
        if held is not None:
            waits = both(equal(here, ZERO), held)
            moved = add(moved, choose(waits, self.hidden.at(rest, Follow(axis)), ZERO))
        if self.spreads is not None:
            moved = self.hidden.value("moved", moved, axis)
            self.spreads.moved = moved
        if not self.is_late:
            moved = add(moved, self.arriving)
        self.hidden.define(self.belt, contents, self.unless_stopped(self.load, moved), axis)

    def unless_stopped(self, state: Quantity, following: Node) -> Node:
        """Return what follows a state, which stays as it is while the conveyor is arrested."""
        if self.vessel.stopped is None:
            return following
        return choose(self.vessel.stopped, self.hidden.at(state, Follow(self.axis)), following)

    # Inflows

    def _bound_inflows(self) -> None:
        """Hold back what flows in to the limits of the conveyor."""
        spec = self.spec
        limits: list[Node] = []
        if spec.capacity is not None:
            capacity = most(ZERO, self.frame.expression(spec.capacity))
            content = self.hidden.held("content", self.vessel.content)
            room = divide(subtract(capacity, content), self.dt)
            leaving = total([self.vessel.here(q) for q in self.vessel.outflows])
            limits.append(add(room, leaving))
        if spec.inflow_limit is not None:
            limits.append(self._inflow_limit(self.frame.expression(spec.inflow_limit)))
        bound_inflows(self.resolver, self.vessel, self.connections, limits)

    def _inflow_limit(self, asked: Node) -> Node:
        """Return what may flow in: a rate, or for discrete conveyors an amount each time unit."""
        limit = most(ZERO, asked)
        if not self.discrete:
            return limit
        used = self.hidden.state("admitted")
        now = STEP_TIME
        before, after = (floor(add(t, number(1e-9))) for t in (now, add(now, self.dt)))
        entering = multiply(self._limited_arrivals(), self.dt)
        following = choose(less(before, after), ZERO, add(self.hidden.at(used), entering))
        self.hidden.define(used, ZERO, following)
        return divide(most(ZERO, subtract(limit, self.hidden.at(used))), self.dt)

    def _limited_arrivals(self) -> Node:
        limited = [q for q in self.vessel.inflows if not self.connections.is_pushed(q)]
        return total([self.vessel.arrival(q) for q in limited])
