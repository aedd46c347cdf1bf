"""Short names for the nodes of the resolved model, and hidden quantities beside a visible one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from headwater.compiler.resolved import (
    Aggregate,
    Apply,
    Axis,
    ElementNumber,
    Follow,
    Kind,
    Literal,
    Node,
    Now,
    Quantity,
    Reference,
    Rule,
    Selector,
    StepLength,
)
from headwater.compiler.resolving.subscripts import Region

if TYPE_CHECKING:
    from headwater.compiler.program import Clock
    from headwater.compiler.resolving.resolve import Resolver

ZERO, ONE = Literal(0.0), Literal(1.0)
STEP_TIME = Now(at_step=True)


def step_length(clock: Clock) -> Node:
    """Return the length of a step, which may change during a run."""
    return StepLength() if clock.times else Literal(clock.dt)


def number(value: float) -> Node:
    """Return a number as a node."""
    return Literal(float(value))


def _two(name: str) -> Callable[[Node, Node], Node]:
    def make(a: Node, b: Node) -> Node:
        return Apply(name, (a, b))

    return make


add, subtract, multiply, divide = _two("+"), _two("-"), _two("*"), _two("/")
least, most = _two("min"), _two("max")
less, at_most, equal = _two("<"), _two("<="), _two("=")
both, either = _two("and"), _two("or")


def quotient(a: Node, b: Node) -> Node:
    """Return ``a / b``, and 0 where ``b`` is 0."""
    return Apply("safe_divide", (a, b))


def choose(condition: Node, then: Node, otherwise: Node) -> Node:
    """Return a conditional."""
    return Apply("if", (condition, then, otherwise))


def unless(condition: Node | None, value: Node) -> Node:
    """Return a value that is 0 where a condition, if there is one, is met."""
    return value if condition is None else choose(condition, ZERO, value)


def floor(a: Node) -> Node:
    """Return the whole number at or below."""
    return Apply("floor", (a,))


def nearest(a: Node) -> Node:
    """Return the nearest whole number; halves go up."""
    return floor(add(a, number(0.5)))


def total(parts: list[Node]) -> Node:
    """Return a sum; 0 for none."""
    result = parts[0] if parts else ZERO
    for part in parts[1:]:
        result = add(result, part)
    return result


def summed(array: Reference, axis: Axis) -> Node:
    """Return the sum over the last axis of a hidden array."""
    inner = Axis(axis.extent, axis.name)
    element = Reference(array.quantity, (*array.selectors[:-1], Follow(inner)))
    return Aggregate("sum", (inner,), element)


def position(axis: Axis) -> Node:
    """Return the counter of an axis, from 0."""
    return subtract(ElementNumber(Follow(axis)), ONE)


class Hidden:
    """Makes hidden quantities with the elements of a visible one, and further axes."""

    def __init__(self, resolver: Resolver, owner: Quantity, region: Region) -> None:
        self.resolver = resolver
        self.owner = owner
        self.region = region

    def value(self, label: str, node: Node, *axes: Axis) -> Reference:
        """Make a quantity that is computed in every step; return its current element."""
        made = self.make(label, Kind.VALUE, axes)
        rule = self._rule(node, axes)
        made.initial, made.step = [rule], [rule]
        return self.at(made, *map(Follow, axes))

    def held(self, label: str, node: Node) -> Reference:
        """Make a quantity that keeps throughout a step what it is at the step's beginning."""
        made = self.value(label, node)
        made.quantity.held = self.resolver.staged
        return made

    def accumulated(self, label: str, node: Node) -> Reference:
        """Return what a rate came to over the step before, as the method integrates it."""
        stock = self.make(label, Kind.STOCK)
        before = self.held(f"{label} before", self.at(stock))
        emptied = divide(before, step_length(self.resolver.clock))
        self.define(stock, ZERO, subtract(node, emptied))
        return before

    def state(self, label: str, *axes: Axis) -> Quantity:
        """Make a quantity that keeps its value between steps; :meth:`define` gives its rules."""
        return self.make(label, Kind.STATE, axes)

    def frozen(self, label: str, node: Node, *axes: Axis) -> Reference:
        """Make a quantity that is computed once, at the start; return its current element."""
        made = self.make(label, Kind.FROZEN, axes)
        made.initial = [self._rule(node, axes)]
        return self.at(made, *map(Follow, axes))

    def define(self, made: Quantity, initial: Node, following: Node, *axes: Axis) -> None:
        """Give a state its initial and its next value."""
        made.initial = [self._rule(initial, axes)]
        made.step = [self._rule(following, axes)]

    def at(self, quantity: Quantity, *selectors: Selector) -> Reference:
        """Return the element of a quantity that goes with the current one of the owner."""
        return Reference(quantity, (*self.region.target, *selectors))

    def make(self, label: str, kind: Kind, axes: tuple[Axis, ...] = ()) -> Quantity:
        """Make a quantity without rules."""
        made = Quantity(
            f"{self.owner.name}~{label}",
            kind,
            (*self.owner.shape, *(a.extent for a in axes)),
            origin=self.owner.origin or self.owner,
            save=False,
            span=self.owner.span,
        )
        self.resolver.made.append(made)
        return made

    def _rule(self, node: Node, axes: tuple[Axis, ...]) -> Rule:
        target = (*self.region.target, *map(Follow, axes))
        return Rule((*self.region.axes, *axes), target, node, self.owner.span)


def wrap(
    resolver: Resolver,
    flow: Quantity,
    region: Region,
    change: Callable[[Node], Node],
    initially: bool = True,
) -> None:
    """Let a flow have the value that ``change`` makes of what its equation asks for.

    What is computed from it before the run begins takes that value too, unless ``initially`` is
    false: then it takes what the equation asks for.
    """
    asked = Quantity(
        f"{flow.name}~asked",
        Kind.VALUE,
        flow.shape,
        initial=flow.initial,
        step=flow.step,
        origin=flow,
        save=False,
        span=flow.span,
    )
    resolver.made.append(asked)
    node = change(Reference(asked, region.target))
    rule = Rule(region.axes, region.target, node, flow.span)
    flow.initial, flow.step = [rule] if initially else list(flow.initial), [rule]


def drive(flow: Quantity, region: Region, node: Node) -> None:
    """Give a flow the value that a stock drives it with."""
    rule = Rule(region.axes, region.target, node, flow.span)
    flow.initial, flow.step = [rule], [rule]
