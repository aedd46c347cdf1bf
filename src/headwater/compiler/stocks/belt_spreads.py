"""Where on a conveyor's belt an inflow enters that is neither at its beginning nor spread evenly.

Each such inflow has shares, one for each slat, that add up to 1. Where there is nothing to share by
(an empty belt, a profile without area), all of it enters at the beginning. Source: isee systems,
Stella help, Spreading Conveyor Inputs; what that leaves open is said when a file is read.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from headwater.compiler.functions.lookups.stella_graphs import bound_of, integral
from headwater.compiler.resolved import (
    Aggregate,
    Axis,
    Follow,
    Interpolate,
    Kind,
    Literal,
    Node,
    Quantity,
    Reference,
)
from headwater.compiler.resolving.assembling import (
    ONE,
    ZERO,
    Hidden,
    add,
    choose,
    divide,
    equal,
    floor,
    least,
    less,
    most,
    multiply,
    number,
    position,
    quotient,
    subtract,
    summed,
)
from headwater.compiler.stocks.disciplines import Connections, Source, Vessel
from headwater.language.syntax import Call, Name, Number
from headwater.model.variables import Conveyor, Spread

if TYPE_CHECKING:
    from headwater.compiler.resolving.resolve import Resolver


@dataclass(slots=True)
class Spreads:
    """The shares of one belt's inflows; ``moved`` is what lies on it when they enter."""

    hidden: Hidden
    axis: Axis
    slats: Reference
    moved: Reference | None = None
    asked: list[tuple[Quantity, Spread, Quantity]] = field(default_factory=list)

    def share(self, flow: Quantity, spread: Spread) -> Reference:
        """Return a slat's share of an inflow, to be filled in."""
        made = self.hidden.make(f"{flow.name}.share", Kind.VALUE, (self.axis,))
        self.asked.append((flow, spread, made))
        return self.hidden.at(made, Follow(self.axis))

    def fill_in(
        self, resolver: Resolver, vessel: Vessel, connections: Connections, conveyor: Conveyor
    ) -> None:
        """Give the shares their values."""
        for flow, spread, made in self.asked:
            weight: Node = ZERO
            source = connections.sources.get(flow)
            if spread.rule == "content" and self.moved is not None:
                weight = self.moved
            elif spread.rule == "profile":
                weight = self._under_profile(resolver, vessel, flow, spread)
            elif spread.rule == "source" and source is not None:
                weight = self._from_source(source, conveyor)
            weights = self.hidden.value(f"{flow.name}.weights", most(ZERO, weight), self.axis)
            whole = self.hidden.value(f"{flow.name}.weight", summed(weights, self.axis))
            at_entry = equal(position(self.axis), subtract(self.slats, ONE))
            nothing = choose(at_entry, ONE, ZERO)
            share = choose(less(ZERO, whole), quotient(weights, whole), nothing)
            self.hidden.define(made, share, share, self.axis)

    def _under_profile(
        self, resolver: Resolver, vessel: Vessel, flow: Quantity, spread: Spread
    ) -> Node:
        """The area of the profile over each slat; its domain is as long as the belt."""
        frame = resolver.frame(vessel.quantity, vessel.region, "profile")
        profile = spread.profile
        assert profile is not None
        if not isinstance(profile, Name) or profile.key not in resolver.graphs:
            message = f"`{flow.name}` is spread by what is no graphical function"
            frame.error(profile, message, "name one that is a variable of its own")
            return ZERO
        call = Call(Name("LOOKUP", (), profile.span), (profile, Number(0.0)), profile.span)
        found = frame.graph_argument(call, profile, Number(0.0))
        if not isinstance(found, Interpolate):
            return ZERO
        found = replace(found, x=Literal(0.0))
        first, last = bound_of(found, 0), bound_of(found, -1)
        width = divide(subtract(last, first), self.slats)
        here = position(self.axis)
        low = add(first, multiply(width, here))
        high = add(first, multiply(width, add(here, ONE)))
        area = subtract(integral(found, high), integral(found, low))
        return choose(less(here, self.slats), area, ZERO)

    def _from_source(self, source: Source, conveyor: Conveyor) -> Node:
        """What leaked where, as a share of the belt; from slat to slat where both are as long."""
        alike = conveyor.lengths == source.conveyor.lengths
        sampled = conveyor.sample is not None or source.conveyor.sample is not None
        if alike and not sampled and source.axis.extent == self.axis.extent:
            return self.hidden.at(source.amounts, Follow(self.axis))
        there = Axis(source.axis.extent, "slat of the source")
        middle = add(position(there), number(0.5))
        place = floor(divide(multiply(middle, self.slats), self.hidden.at(source.slats)))
        target = least(place, subtract(self.slats, ONE))
        leaked = self.hidden.at(source.amounts, Follow(there))
        here = choose(equal(target, position(self.axis)), leaked, ZERO)
        return Aggregate("sum", (there,), here)
