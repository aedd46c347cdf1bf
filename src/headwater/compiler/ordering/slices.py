"""An order of slices: parts of arrays along the few dimensions that a circle of equations is about.

Where equations lead from one pass, age or period to the next, every other dimension only comes
along. Then the order is that of the passes, and each slice of an array stays a loop over its other
dimensions, where an order of single elements would take each of them apart.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence

from headwater.compiler.ordering.elements import possible
from headwater.compiler.ordering.sorting import components
from headwater.compiler.resolved import (
    Axis,
    Fixed,
    Kind,
    Quantity,
    Reference,
    Rule,
    nodes,
)

Part = tuple[tuple[int, int], ...]
"""What is the same in a slice: positions in the shape, each with its index."""

MANY = 2_000
"""Elements in a circle from which on slices are worth a look."""

_Rules = Callable[[Quantity], Sequence[Rule]]
_Node = tuple[Quantity, Part]


def slices(group: Sequence[Quantity], rules: _Rules) -> list[tuple[Quantity, Part]] | None:
    """Return the slices of quantities that depend on each other, each after what it needs.

    None where there is no such order along one dimension or two, or where there are so few elements
    that it does not matter.
    """
    if sum(q.size for q in group) < MANY or any(q.kind is not Kind.VALUE for q in group):
        return None
    if any(rule.search for q in group for rule in rules(q)):
        return None
    names = list(dict.fromkeys(name for q in group for name in q.elements if len(name) > 1))
    mentioned = {id(r): _references(r, group) for q in group for r in rules(q)}
    for count in (1, 2):
        for chosen in itertools.combinations(names, count):
            places = {q: _positions(q, chosen) for q in group}
            if sum(_parts(q, places[q]) for q in group) * 10 > sum(q.size for q in group):
                continue
            found = _ordered(group, rules, places, mentioned)
            if found is not None:
                return found
    return None


def turns_of(rule: Rule, part: Part) -> Iterator[dict[Axis, int]]:
    """Yield the counters of a rule's axes at which it computes elements of a slice."""
    choices: dict[Axis, list[int]] = {}
    for position, index in part:
        selector = rule.target[position]
        if isinstance(selector, Fixed):
            if selector.index != index:
                return
            continue
        found = [k for k, member in enumerate(selector.members) if member == index]
        before = choices.get(selector.axis, found)
        choices[selector.axis] = [k for k in found if k in before]
    for turns in itertools.product(*choices.values()):
        yield dict(zip(choices, turns, strict=True))


def _positions(quantity: Quantity, chosen: Sequence[tuple[str, ...]]) -> tuple[int, ...]:
    """Return where a quantity has dimensions with elements of the chosen ones."""
    found: list[int] = []
    for elements in chosen:
        same = [
            k
            for k, own in enumerate(quantity.elements)
            if k not in found and len(own) > 1 and not set(own).isdisjoint(elements)
        ]
        exact = [k for k in same if quantity.elements[k] == elements]
        found += (exact or same)[:1]
    return tuple(sorted(found))


def _parts(quantity: Quantity, positions: Sequence[int]) -> int:
    count = 1
    for position in positions:
        count *= quantity.shape[position]
    return count


def _references(rule: Rule, group: Sequence[Quantity]) -> list[Reference]:
    members = set(group)
    return [
        node
        for node in nodes(rule.expression)
        if isinstance(node, Reference) and node.quantity in members
    ]


def _ordered(
    group: Sequence[Quantity],
    rules: _Rules,
    places: Mapping[Quantity, tuple[int, ...]],
    mentioned: Mapping[int, list[Reference]],
) -> list[_Node] | None:
    """Return the order of slices along some positions, None where one depends on itself."""

    def needs(node: _Node) -> list[_Node]:
        found: dict[_Node, None] = {}
        quantity, part = node
        for rule in rules(quantity):
            for turns in turns_of(rule, part):
                for reference in mentioned[id(rule)]:
                    other = reference.quantity
                    choices = [
                        [(p, i) for i in possible(reference.selectors[p], other.shape[p], turns)]
                        for p in places[other]
                    ]
                    found.update(
                        ((other, cells), None)
                        for cells in itertools.product(*choices)
                        if all(index >= 0 for _, index in cells)
                    )
        return list(found)

    every = [
        (quantity, part)
        for quantity in group
        for part in itertools.product(
            *([(p, i) for i in range(quantity.shape[p])] for p in places[quantity])
        )
    ]
    found: list[_Node] = []
    for circle in components(every, needs):
        if len(circle) > 1 or circle[0] in needs(circle[0]):
            return None
        found.append(circle[0])
    return found
