"""Stocks that drive their outflows: conveyors, queues and ovens (XMILE 1.0, 3.7.2 and 3.7.3).

Which flows they drive is known before any equation is read (``model.disciplines``). What the stocks
do is computed once a step: their contents lie in hidden states, moved between steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from headwater.compiler.resolved import Apply, Axis, Follow, Kind, Node, Quantity, Reference
from headwater.compiler.resolving.assembling import Hidden
from headwater.compiler.resolving.subscripts import Region
from headwater.errors import Place
from headwater.model.variables import Conveyor, Queue, Stock

if TYPE_CHECKING:
    from headwater.compiler.resolving.resolve import Resolver


@dataclass(frozen=True, slots=True)
class Term:
    """A flow of a stock; ``factor`` converts what arrives into the stock's unit."""

    sign: int
    node: Node
    factor: Node | None = None

    @property
    def amount(self) -> Node:
        """What the stock gains or loses, without the sign."""
        return self.node if self.factor is None else Apply("*", (self.node, self.factor))


@dataclass(slots=True)
class Vessel:
    """A stock with a discipline while it is compiled. Its flows are whole: element by element.

    ``stopped`` tells, where the stock can be arrested, whether it stands still in this step.
    ``factors`` convert inflows into the stock's unit. ``allowed`` are the rates that the stock lets
    queues send in (None: any), and ``open`` tells where it lets them send anything at all.
    """

    variable: Stock
    quantity: Quantity
    region: Region
    hidden: Hidden
    inflows: list[Quantity] = field(default_factory=list)
    outflows: list[Quantity] = field(default_factory=list)
    factors: dict[Quantity, Node] = field(default_factory=dict)
    allowed: dict[Quantity, Node | None] = field(default_factory=dict)
    stopped: Node | None = None
    open: Node | None = None

    def arrival(self, inflow: Quantity) -> Node:
        """Return what an inflow brings, in the stock's unit."""
        factor = self.factors.get(inflow)
        flow = self.here(inflow)
        return flow if factor is None else Apply("*", (flow, factor))

    def here(self, quantity: Quantity) -> Reference:
        """Return the element of a flow, or of the stock, that is computed now."""
        return Reference(quantity, self.region.target)

    @property
    def content(self) -> Reference:
        """What the stock holds at the beginning of the step."""
        return self.here(self.quantity)

    @property
    def place(self) -> Place | None:
        """Where the stock is defined."""
        return self.variable.span.place if self.variable.span else None


@dataclass(frozen=True, slots=True)
class Source:
    """What leaks from each slat of a conveyor, and how many slats there are for what enters now."""

    amounts: Quantity
    axis: Axis
    slats: Quantity
    conveyor: Conveyor


@dataclass(frozen=True, slots=True)
class Connections:
    """The stocks with a discipline at the ends of a flow: where it comes from, where it leads.

    ``sources`` are the leakages of conveyors, once those have been built.
    """

    upstream: Mapping[Quantity, Vessel]
    downstream: Mapping[Quantity, Vessel]
    sources: dict[Quantity, Source] = field(default_factory=dict)

    def is_pushed(self, flow: Quantity) -> bool:
        """Tell whether a conveyor or an oven pushes material into a flow, come what may."""
        source = self.upstream.get(flow)
        return source is not None and not isinstance(source.variable.discipline, Queue)

    def is_queued(self, flow: Quantity) -> bool:
        """Tell whether a flow comes out of a queue."""
        source = self.upstream.get(flow)
        return source is not None and isinstance(source.variable.discipline, Queue)


def vessel_of(
    resolver: Resolver, variable: Stock, quantity: Quantity, region: Region, terms: Sequence[Term]
) -> Vessel | None:
    """Return a stock made ready; None where its flows cannot be driven or bounded (reported)."""
    vessel = Vessel(variable, quantity, region, Hidden(resolver, quantity, region))
    fine = not resolver.clock.times
    if not fine:
        resolver.diagnostics.error(
            f"`{variable.name}` moves in whole steps, which must be of one length",
            vessel.place,
            "give the run a step that does not change",
        )
    for term in terms:
        flow = whole_flow(quantity, term.node)
        if flow is None:
            resolver.diagnostics.error(
                f"the flows of `{variable.name}` must be variables with its own dimensions",
                vessel.place,
                "a conveyor, a queue or an oven decides over its flows element by element",
            )
            fine = False
            continue
        (vessel.inflows if term.sign > 0 else vessel.outflows).append(flow)
        if term.factor is not None and term.sign > 0:
            vessel.factors[flow] = term.factor
    return vessel if fine else None


def whole_flow(stock: Quantity, node: Node) -> Quantity | None:
    """Return the flow that a term names, where each element of it goes with one of the stock."""
    if not isinstance(node, Reference) or node.quantity.kind is not Kind.VALUE:
        return None
    quantity = node.quantity
    plain = all(isinstance(s, Follow) and s.table is None for s in node.selectors)
    return quantity if plain and quantity.shape == stock.shape else None
