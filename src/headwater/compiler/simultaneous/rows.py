"""Systems that are the same for every element of large arrays: one loop over the elements.

Where each equation of a circle takes from the others only the element that it is computing itself,
every element has a system of its own, and all have the same equations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from headwater.compiler.ordering.elements import Cell, own_pattern
from headwater.compiler.resolved import Kind, Node, Quantity, Reference, Rule, nodes

FEWEST = 17
"""Elements from which on a loop is made of them."""

WHOLE = -1
"""Stands, in the place of an element, for each of them."""


class Rows:
    """Quantities that depend on each other element by element; a cell is all of a quantity."""

    def __init__(self, quantities: Sequence[Quantity], rules: Sequence[Rule]) -> None:
        self.quantities = list(quantities)
        self._rule = dict(zip(quantities, rules, strict=True))

    @property
    def extents(self) -> tuple[int, ...]:
        """The sizes of the loops over the elements."""
        return tuple(axis.extent for axis in self._rule[self.quantities[0]].axes)

    def cells(self) -> list[Cell]:
        """Return all cells."""
        return [(quantity, WHOLE) for quantity in self.quantities]

    def position(self, cell: Cell) -> tuple[int, int]:
        """Return the place of a cell in the model."""
        return self.quantities.index(cell[0]), WHOLE

    def mentioned(self, cell: Cell) -> list[Cell]:
        """Return the cells, within the group, that a cell's rule mentions."""
        return self._in_group(self._rule[cell[0]].expressions)

    def mentioned_by_search(self, cell: Cell) -> list[Cell]:
        """Return the cells, within the group, that a search for a cell starts from."""
        return self._in_group(self._rule[cell[0]].expressions[1:])

    def is_sought(self, cell: Cell) -> bool:
        """Tell whether a cell may be solved for."""
        return self._rule[cell[0]].search is not None

    @staticmethod
    def name(cell: Cell) -> str:
        """Return the name of a cell."""
        return cell[0].name

    def _in_group(self, expressions: Sequence[Node]) -> list[Cell]:
        found = {
            node.quantity: None
            for expression in expressions
            for node in nodes(expression)
            if isinstance(node, Reference) and node.quantity in self._rule
        }
        return [(quantity, WHOLE) for quantity in found]


def rows_of(group: Sequence[Quantity], rules: Callable[[Quantity], Sequence[Rule]]) -> Rows | None:
    """Return a group of quantities as rows of equal systems; None where it is something else."""
    every = [rules(quantity) for quantity in group]
    if any(len(found) != 1 for found in every):
        return None
    only = [found[0] for found in every]
    extents = [axis.extent for axis in only[0].axes]
    circular = len(group) > 1 or group[0] in only[0].mentioned
    if not circular or only[0].extent < FEWEST or not any(rule.search for rule in only):
        return None
    members = {q: own_pattern(r.target, r.axes) for q, r in zip(group, only, strict=True)}
    for quantity, rule in zip(group, only, strict=True):
        alike = [axis.extent for axis in rule.axes] == extents
        if quantity.kind is Kind.PIPELINE or not alike or not _takes_own(rule, members):
            return None
    return Rows(group, only)


def _takes_own(rule: Rule, members: dict[Quantity, list[object]]) -> bool:
    """Tell whether a rule takes of other members the element that it is computing itself."""
    return all(
        own_pattern(node.selectors, rule.axes) == members[node.quantity]
        for expression in rule.expressions
        for node in nodes(expression)
        if isinstance(node, Reference) and node.quantity in members
    )
