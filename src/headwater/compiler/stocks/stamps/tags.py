"""What is known of the stamped part of an amount: how much, and when it was stamped.

Times of stamps count in steps from the start, so that ages of whole steps come out exactly. Where
nothing is stamped the amount is 0, the earliest time infinite and the latest minus infinity.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

from headwater.compiler.resolved import (
    Aggregate,
    Axis,
    Follow,
    Kind,
    Node,
    Quantity,
    Reference,
    Selector,
)
from headwater.compiler.resolving.assembling import (
    ZERO,
    Hidden,
    add,
    choose,
    divide,
    least,
    less,
    most,
    multiply,
    number,
    quotient,
    subtract,
)

EVER, NEVER = number(math.inf), number(-math.inf)


@dataclass(frozen=True, slots=True)
class Tag:
    """The stamped part of an amount: its size, and mean, variance and ends of its stamps."""

    amount: Node
    mean: Node
    variance: Node
    first: Node
    last: Node

    @property
    def parts(self) -> tuple[Node, Node, Node, Node, Node]:
        """The parts in their order."""
        return self.amount, self.mean, self.variance, self.first, self.last

    def times(self, factor: Node) -> Tag:
        """Return the tag of so many times as much."""
        return replace(self, amount=multiply(self.amount, factor))

    def only(self, condition: Node) -> Tag:
        """Return the tag, or that of nothing where a condition is not met."""
        return self.instead(condition, UNSTAMPED)

    def instead(self, condition: Node, other: Tag) -> Tag:
        """Return the tag where a condition is met, and another elsewhere."""
        pairs = ((getattr(self, f.name), getattr(other, f.name)) for f in fields(Tag))
        return Tag(*(choose(condition, one, two) for one, two in pairs))

    def part_of(self, whole: Node, part: Node) -> Tag:
        """Return the tag of a part of an amount."""
        amount = multiply(self.amount, quotient(part, whole))
        return of_part(amount, self.mean, self.variance, self.first, self.last)

    def made(self, hidden: Hidden, label: str, *axes: Axis) -> Tag:
        """Return the same tag, whose parts are computed once a step, for each turn of the axes."""
        named = {f.name: getattr(self, f.name) for f in fields(Tag)}
        return Tag(**{k: hidden.value(f"{label} {k}", v, *axes) for k, v in named.items()})


UNSTAMPED = Tag(ZERO, ZERO, ZERO, EVER, NEVER)
"""Of material without a stamp."""


def of_part(amount: Node, mean: Node, variance: Node, first: Node, last: Node) -> Tag:
    """Return a tag whose ends count only where there is something."""
    some = less(ZERO, amount)
    return Tag(amount, mean, variance, choose(some, first, EVER), choose(some, last, NEVER))


def mixed(hidden: Hidden, label: str, parts: Sequence[Tag], *axes: Axis) -> Tag:
    """Return the tag of amounts put together, at each turn of the axes."""
    result = parts[0] if parts else UNSTAMPED
    for place, part in enumerate(parts[1:]):
        result = joined(result, part).made(hidden, f"{label} {place}", *axes)
    return result


def joined(one: Tag, other: Tag) -> Tag:
    """Return the tag of two amounts; of equal times it has exactly these, and no variance."""
    amount = add(one.amount, other.amount)
    share = quotient(other.amount, amount)
    apart = subtract(other.mean, one.mean)
    mean = add(one.mean, multiply(apart, share))
    within = quotient(
        add(multiply(one.amount, one.variance), multiply(other.amount, other.variance)), amount
    )
    rest = quotient(one.amount, amount)
    variance = add(within, multiply(multiply(apart, apart), multiply(share, rest)))
    return Tag(amount, mean, variance, least(one.first, other.first), most(one.last, other.last))


@dataclass(frozen=True, slots=True)
class Stamps:
    """For each place of a row: the share that is stamped, and the times of the stamps."""

    share: Quantity
    mean: Quantity
    variance: Quantity
    first: Quantity
    last: Quantity

    @classmethod
    def states(cls, hidden: Hidden, *axes: Axis) -> Stamps:
        """Make the states, whose rules follow."""
        return cls(*(hidden.make(f"stamped {f.name}", Kind.STATE, axes) for f in fields(cls)))

    def at(self, hidden: Hidden, amount: Node, *where: Selector) -> Tag:
        """Return the tag of an amount that lies at a place."""
        share, *times = (hidden.at(getattr(self, f.name), *where) for f in fields(self))
        return of_part(multiply(amount, share), *times)

    def define(
        self,
        hidden: Hidden,
        whole: Node,
        tag: Tag,
        change: Callable[[Quantity, Node], Node],
        *axes: Axis,
    ) -> None:
        """Let each place have the tag of the ``whole`` amount that will be there.

        ``change`` makes of a state and what it would be next what it is.
        """
        following = (quotient(tag.amount, whole), tag.mean, tag.variance, tag.first, tag.last)
        start = (ZERO, ZERO, ZERO, EVER, NEVER)
        for part, begin, node in zip(fields(self), start, following, strict=True):
            state = getattr(self, part.name)
            hidden.define(state, begin, change(state, node), *axes)


def gathered(hidden: Hidden, label: str, amounts: Node, stamps: Stamps, axis: Axis) -> Tag:
    """Return the tag of what is taken from the places of a row: ``amounts`` from each."""
    where = Follow(axis)
    taken = stamps.at(hidden, amounts, where)
    weights = hidden.value(f"{label} taken", taken.amount, axis).quantity

    def over(kind: str, make: Callable[[Reference, Callable[[Quantity], Node]], Node]) -> Node:
        own = Axis(axis.extent, axis.name)
        weight = hidden.at(weights, Follow(own))
        return Aggregate(kind, (own,), make(weight, lambda q: hidden.at(q, Follow(own))))

    def summed(make: Callable[[Reference, Callable[[Quantity], Node]], Node]) -> Node:
        return over("sum", lambda w, at: choose(less(ZERO, w), make(w, at), ZERO))

    amount = hidden.value(f"{label} amount", over("sum", lambda w, _: w))
    first = hidden.value(
        f"{label} first",
        over("min", lambda w, at: choose(less(ZERO, w), at(stamps.first), EVER)),
    )
    last = over("max", lambda w, at: choose(less(ZERO, w), at(stamps.last), NEVER))
    # From the earliest time on, so that equal times have exactly themselves as their mean.
    later = summed(lambda w, at: multiply(w, subtract(at(stamps.mean), first)))
    some = less(ZERO, amount)
    mean = hidden.value(f"{label} mean", choose(some, add(first, divide(later, amount)), ZERO))

    def spread(weight: Reference, at: Callable[[Quantity], Node]) -> Node:
        apart = subtract(at(stamps.mean), mean)
        return multiply(weight, add(at(stamps.variance), multiply(apart, apart)))

    return Tag(amount, mean, quotient(summed(spread), amount), first, last)
