"""Rows of hidden states: what is on its way, by the step or the period at which it arrives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from headwater.compiler.resolved import (
    Axis,
    Computed,
    ElementNumber,
    Fixed,
    Follow,
    Kind,
    Literal,
    Node,
    Now,
    Quantity,
    Reference,
    Rule,
    Selector,
    axes_used,
    op,
)
from headwater.compiler.resolving.expressions import Frame
from headwater.language.syntax import Call

MOST = 1_000_000
"""The most places that one call may have, over all elements."""


def step_number(frame: Frame) -> Node:
    """Return the number, from 0, of the current step."""
    clock = frame.resolver.clock
    passed = op("-", Now(at_step=True), Literal(clock.start))
    return op("floor", op("+", op("/", passed, Literal(clock.dt)), Literal(0.5)))


@dataclass(frozen=True, slots=True)
class Slots:
    """A hidden quantity with a place for each turn of ``axis``, for each element of the call."""

    quantity: Quantity
    axes: tuple[Axis, ...]
    axis: Axis

    @property
    def place(self) -> Node:
        """The number, from 0, of the place that is being computed."""
        return op("-", ElementNumber(Follow(self.axis)), Literal(1.0))

    def at(self, selector: Selector) -> Reference:
        """Return the content of one place."""
        return Reference(self.quantity, (*map(Follow, self.axes), selector))

    @property
    def here(self) -> Reference:
        """The content of the place that is being computed."""
        return self.at(Follow(self.axis))

    @property
    def first(self) -> Reference:
        """The content of the first place."""
        return self.at(Fixed(0))

    @property
    def following(self) -> Node:
        """The content of the next place; 0 for the last one."""
        last = self.axis.extent - 1
        table = tuple(min(k + 1, last) for k in range(last + 1))
        is_last = op(">=", self.place, Literal(float(last)))
        return op("if", is_last, Literal(0.0), self.at(Follow(self.axis, table)))

    @property
    def previous(self) -> Node:
        """The content of the place before; 0 for the first one."""
        table = tuple(max(k - 1, 0) for k in range(self.axis.extent))
        is_first = op("=", self.place, Literal(0.0))
        return op("if", is_first, Literal(0.0), self.at(Follow(self.axis, table)))

    def numbered(self, number: Node) -> Reference:
        """Return the content of the place with a number that is computed, from 0."""
        return self.at(Computed(op("+", number, Literal(1.0))))

    def replace(self, initial: Node, number: Node, value: Node) -> None:
        """Say what each place holds at the start, and which one holds something else after a step.

        A number that is none of a place changes nothing.
        """
        here = op("=", ElementNumber(Follow(self.axis)), op("+", number, Literal(1.0)))
        self.complete(initial, op("if", here, value, self.here))

    def complete(self, initial: Node, step: Node) -> None:
        """Say what each place holds at the start, and what in the next step (or now)."""
        axes = (*self.axes, self.axis)
        target = tuple(map(Follow, axes))
        span = self.quantity.span
        self.quantity.initial = [Rule(axes, target, initial, span)]
        self.quantity.step = [Rule(axes, target, step, span)]


def make_slots(
    frame: Frame,
    node: Call,
    label: str,
    depends: Sequence[Node],
    count: int,
    kind: Kind = Kind.STATE,
    axis: Axis | None = None,
) -> Slots:
    """Make a row of ``count`` places, for each element that ``depends`` tell apart."""
    used = axes_used(*depends)
    known = dict.fromkeys(a for a in frame.all_axes() if a in used)
    axes = (*known, *(axis for axis in used if axis not in known))
    size = count
    for own in axes:
        size *= own.extent
    if size > MOST:
        frame.error(
            node,
            f"{node.function.text} would need {size:,} places for what is on its way",
            f"the most are {MOST:,}: take fewer steps or elements",
        )
        count = 1
    row = axis if axis is not None and axis.extent == count else Axis(count, "place")
    quantity = Quantity(
        f"{frame.owner.name}~{label}",
        kind,
        (*(a.extent for a in axes), count),
        origin=frame.owner.origin or frame.owner,
        save=False,
        span=frame.owner.span,
    )
    frame.resolver.made.append(quantity)
    return Slots(quantity, axes, row)
