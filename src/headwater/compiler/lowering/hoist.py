"""Takes the parts of equations that do not change during a run out of the step.

The largest such parts become hidden quantities that are computed once per run. A single sign or
comparison stays where it is: reading its result back would cost as much.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from headwater.compiler.lowering.arithmetic import LOGICAL
from headwater.compiler.ordering.order import Phase, Schedule, Task
from headwater.compiler.resolved import (
    Aggregate,
    Apply,
    Bisection,
    Computed,
    Draw,
    ElementNumber,
    Follow,
    Interpolate,
    Kept,
    Kind,
    Literal,
    Node,
    Now,
    Quantity,
    Reference,
    Repetition,
    Rule,
    Selector,
    StepLength,
    Tabulated,
    Unknown,
    axes_used,
    children_first,
    parts,
)

# Comparing every element of a long vector with every other one has millions of constant parts.
MOST_KEPT = 1_000_000
_CHEAP = LOGICAL | {"negate"}


def hoist(schedule: Schedule) -> Schedule:
    """Return the schedule with constant parts computed at the start."""
    phase = dict(schedule.phase)
    start = list(schedule.start)
    for quantity in schedule.phase:
        if schedule.phase[quantity] is Phase.STEP and quantity.step:
            hoisting = _Hoisting(quantity, phase)
            quantity.step = [hoisting.rule(rule) for rule in quantity.step]
            start += [Task(q) for q in hoisting.made]
    return Schedule(tuple(start), schedule.step, phase)


class _Hoisting:
    """The hidden quantities taken out of one quantity's rules."""

    def __init__(self, quantity: Quantity, phase: dict[Quantity, Phase]) -> None:
        self.quantity = quantity
        self.phase = phase
        self.made: list[Quantity] = []

    def rule(self, rule: Rule) -> Rule:
        """Return the rule without its constant parts."""
        order = children_first(rule.expression)
        known, worth = _phases(order, self.phase), _worth(order)
        if known[id(rule.expression)] is not Phase.STEP and id(rule.expression) in worth:
            return replace(rule, expression=self._hidden(rule.expression, known), _mentioned=None)
        new: dict[int, Node] = {}
        stays = _staying(order, known, worth)

        def changed(part: Node) -> Node:
            found = new.get(id(part))
            if found is None:
                found = self._hidden(part, known) if id(part) in worth else part
                new[id(part)] = found
            return found

        for node in order:
            if id(node) in stays:
                new[id(node)] = rebuilt(node, [changed(p) for p in parts(node)])
        expression = new.get(id(rule.expression), rule.expression)
        if expression is rule.expression:
            return rule
        return replace(rule, expression=expression, _mentioned=None)

    def _hidden(self, node: Node, known: Mapping[int, Phase]) -> Node:
        axes = tuple(axes_used(node))
        target = tuple(Follow(a) for a in axes)
        owner = self.quantity
        made = Quantity(
            f"{owner.name}~{len(self.made) + 1}",
            Kind.VALUE,
            tuple(a.extent for a in axes),
            origin=owner.origin or owner,
            save=False,
            span=owner.span,
        )
        rule = Rule(axes, target, node, owner.span)
        made.initial.append(rule)
        made.step.append(rule)
        self.phase[made] = known[id(node)]
        self.made.append(made)
        return Reference(made, target)


def _staying(order: list[Node], known: Mapping[int, Phase], worth: set[int]) -> set[int]:
    """Return what is computed in the step: what changes, and what would take too much memory."""
    whole = order[-1]
    stays = {id(whole)} if known[id(whole)] is Phase.STEP else set()
    for node in reversed(order):
        if id(node) in stays:
            stays.update(
                id(p)
                for p in parts(node)
                if known[id(p)] is Phase.STEP or (id(p) in worth and _elements(p) > MOST_KEPT)
            )
    return stays


def _elements(node: Node) -> int:
    return math.prod(axis.extent for axis in axes_used(node))


def _worth(order: list[Node]) -> set[int]:
    """Return the nodes whose value is read back at less cost than it is computed."""
    found: set[int] = set()
    for node in order:
        match node:
            case Aggregate() | Interpolate() | Bisection() | Repetition():
                found.add(id(node))
            case Apply(function=function, arguments=arguments):
                if function in _CHEAP:
                    worth = any(id(a) in found for a in arguments)
                else:
                    literal = all(isinstance(a, Literal) for a in arguments)
                    worth = not literal or function in _UNFOLDED
                if worth:
                    found.add(id(node))
    return found


_UNFOLDED = frozenset({"exp", "log", "log10", "sin", "cos", "tan", "asin", "acos", "atan"})


def _phases(order: list[Node], phase: Mapping[Quantity, Phase]) -> dict[int, Phase]:
    known: dict[int, Phase] = {}
    for node in order:
        own = max((known[id(p)] for p in parts(node)), default=Phase.CONSTANT)
        if isinstance(node, Now | StepLength | Draw | Unknown | Kept):
            own = Phase.STEP
        elif isinstance(node, Reference):
            own = max(own, phase[node.quantity])
        known[id(node)] = own
    return known


def rebuilt(node: Node, new: list[Node]) -> Node:
    """Return a node with other parts, given in the order of :func:`parts`."""
    if all(a is b for a, b in zip(parts(node), new, strict=True)):
        return node
    match node:
        case Apply() | Draw():
            return replace(node, arguments=tuple(new))
        case Aggregate():
            return replace(node, argument=new[0])
        case Bisection():
            return replace(node, balance=new[0], low=new[1], high=new[2])
        case Repetition(kept=kept):
            first, following = tuple(new[: len(kept)]), tuple(new[len(kept) : 2 * len(kept)])
            made = replace(node, first=first, following=following)
            return replace(made, goes_on=new[-2], result=new[-1])
        case Reference():
            return replace(node, selectors=_selectors(node.selectors, new))
        case Interpolate():
            return replace(node, selectors=_selectors(node.selectors, new[:-1]), x=new[-1])
        case Literal() | Tabulated() | ElementNumber() | Now() | StepLength() | Unknown() | Kept():
            return node


def _selectors(old: tuple[Selector, ...], numbers: list[Node]) -> tuple[Selector, ...]:
    rest = iter(numbers)
    return tuple(Computed(next(rest)) if isinstance(s, Computed) else s for s in old)
