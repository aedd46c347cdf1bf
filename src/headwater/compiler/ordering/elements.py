"""Dependencies between the single elements of quantities."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from headwater.compiler.resolved import (
    Axis,
    Computed,
    Fixed,
    Follow,
    Node,
    Quantity,
    Reference,
    Rule,
    Selector,
    nodes,
)

Cell = tuple[Quantity, int]
Turns = Mapping[Axis, int]


class ElementGraph:
    """The elements of a few quantities that depend on each other, and what each one mentions."""

    def __init__(
        self, quantities: Sequence[Quantity], rules: Callable[[Quantity], Sequence[Rule]]
    ) -> None:
        self._members = {q: k for k, q in enumerate(quantities)}
        self._rule: dict[Cell, list[tuple[Rule, Turns]]] = {}
        self._mentioned: dict[Cell, list[Cell]] = {}
        for quantity in quantities:
            for rule in rules(quantity):
                for turns in all_turns(rule.axes):
                    cell = (quantity, flat_index(quantity.shape, rule.target, turns))
                    self._rule.setdefault(cell, []).append((rule, turns))

    def cells(self) -> list[Cell]:
        """Return every element that has a rule."""
        return list(self._rule)

    def has_rule(self, cell: Cell) -> bool:
        """Tell whether an element is computed."""
        return cell in self._rule

    def position(self, cell: Cell) -> tuple[int, int]:
        """Return the place of an element in the model."""
        return self._members[cell[0]], cell[1]

    def mentioned(self, cell: Cell) -> list[Cell]:
        """Return the elements, within the group, that an element's rules mention."""
        found = self._mentioned.get(cell)
        if found is None:
            cells: dict[Cell, None] = {}
            for rule, turns in self._rule.get(cell, ()):
                cells.update(dict.fromkeys(self._of(rule.expressions, turns)))
            found = self._mentioned[cell] = list(cells)
        return found

    def is_sought(self, cell: Cell) -> bool:
        """Tell whether an element may be solved for."""
        return any(rule.search for rule, _ in self._rule.get(cell, ()))

    def is_zero(self, cell: Cell) -> bool:
        """Tell whether an element is what makes another number 0, and nothing else."""
        return any(r.search.zero for r, _ in self._rule.get(cell, ()) if r.search)

    def mentioned_by_search(self, cell: Cell) -> set[Cell]:
        """Return the elements, within the group, that a search for an element starts from."""
        rules = self._rule.get(cell, ())
        return {c for rule, turns in rules for c in self._of(rule.expressions[1:], turns)}

    def _of(self, expressions: Iterable[Node], turns: Turns) -> Iterator[Cell]:
        for node in itertools.chain.from_iterable(map(nodes, expressions)):
            if isinstance(node, Reference) and node.quantity in self._members:
                choices = [
                    possible(s, extent, turns)
                    for s, extent in zip(node.selectors, node.quantity.shape, strict=True)
                ]
                for chosen in itertools.product(*choices):
                    if -1 not in chosen:
                        yield node.quantity, _flat(node.quantity.shape, chosen)

    @staticmethod
    def name(cell: Cell) -> str:
        """Return the name of an element."""
        quantity, element = cell
        names: list[str] = []
        for elements in reversed(quantity.elements):
            element, k = divmod(element, len(elements))
            names.append(elements[k])
        return f"{quantity.name}[{', '.join(reversed(names))}]" if names else quantity.name


def all_turns(axes: Sequence[Axis]) -> Iterator[dict[Axis, int]]:
    """Yield the counters of a rule's axes, the last axis fastest."""
    for chosen in itertools.product(*(range(a.extent) for a in axes)):
        yield dict(zip(axes, chosen, strict=True))


def flat_index(shape: Sequence[int], target: Sequence[Fixed | Follow], turns: Turns) -> int:
    """Return the row-major index of the element that a rule computes in one turn."""
    chosen = [s.index if isinstance(s, Fixed) else s.at(turns[s.axis]) for s in target]
    return _flat(shape, chosen)


def _flat(shape: Sequence[int], chosen: Sequence[int]) -> int:
    flat = 0
    for extent, index in zip(shape, chosen, strict=True):
        flat = flat * extent + index
    return flat


def possible(selector: Selector, extent: int, turns: Turns) -> Sequence[int]:
    """Return the indices that a selector can stand for, with some axes at their turns."""
    match selector:
        case Fixed(index=index):
            return (index,)
        case Follow(axis=axis) if axis in turns:
            return (selector.at(turns[axis]),)
        case Follow():
            return selector.members
        case Computed():
            return range(extent)


def own_pattern(selectors: Sequence[Selector], axes: Sequence[Axis]) -> list[object]:
    """Return what selectors choose, by the place of their axes: equal where they choose alike.

    What cannot be told equals nothing.
    """
    places = {axis: place for place, axis in enumerate(axes)}
    return [_pattern(selector, places) for selector in selectors]


def _pattern(selector: Selector, places: Mapping[Axis, int]) -> object:
    match selector:
        case Fixed(index=index):
            return index
        case Follow(axis=axis) if axis in places:
            return places[axis], selector.members
        case _:
            return object()
