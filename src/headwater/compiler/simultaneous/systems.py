"""Cuts circles of equations at the unknowns that are solved for, and orders what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from headwater.compiler.ordering.elements import Cell, ElementGraph
from headwater.compiler.ordering.sorting import components
from headwater.compiler.simultaneous.rows import Rows
from headwater.errors import Diagnostics, Place

MOST_UNKNOWNS = 100
"""Unknowns of one system: each turn of a search computes its equations once more for each."""


@dataclass(frozen=True, slots=True, eq=False)
class System:
    """Elements that are found together.

    The ``unknowns`` are searched for; the ``others`` are computed from them, in their order. With
    ``extents`` there is such a system for every element of the quantities, found in a loop.
    """

    unknowns: tuple[Cell, ...]
    others: tuple[Cell, ...]
    extents: tuple[int, ...] = ()

    @property
    def cells(self) -> tuple[Cell, ...]:
        """All elements."""
        return (*self.unknowns, *self.others)


Graph = ElementGraph | Rows


def untangle(
    circle: Sequence[Cell], graph: Graph, diagnostics: Diagnostics
) -> System | Sequence[Cell]:
    """Return the system that a circle is; where a circle without unknowns is left, that circle.

    Reports a system that cannot be solved.
    """
    unknowns = sorted((c for c in circle if graph.is_sought(c)), key=graph.position)
    inside, known = set(circle), set(unknowns)
    others: list[Cell] = []

    def needs(cell: Cell) -> list[Cell]:
        return [c for c in graph.mentioned(cell) if c in inside and c not in known]

    for group in components(sorted(inside - known, key=graph.position), needs):
        if len(group) > 1 or group[0] in needs(group[0]):
            return group
        others.append(group[0])
    extents = graph.extents if isinstance(graph, Rows) else ()
    system = System(tuple(unknowns), tuple(others), extents)
    _check(system, graph, inside, diagnostics)
    return system


def _check(system: System, graph: Graph, inside: set[Cell], diagnostics: Diagnostics) -> None:
    first = system.unknowns[0]
    name, place = visible(first, graph)
    if len(system.unknowns) > MOST_UNKNOWNS:
        diagnostics.error(
            f"`{name}` and {len(system.unknowns) - 1} other numbers are solved for together",
            place,
            f"the most are {MOST_UNKNOWNS}: solve parts of the equations on their own",
        )
    for cell in system.unknowns:
        if not inside.isdisjoint(graph.mentioned_by_search(cell)):
            name, place = visible(cell, graph)
            diagnostics.error(
                f"the search for `{name}` starts from what depends on its own result",
                place,
                "let the guess, the scales and the tolerance depend on other variables",
            )


def visible(cell: Cell, graph: Graph) -> tuple[str, Place | None]:
    """Return the name of the variable that an element belongs to, and where that is defined."""
    owner = cell[0].origin
    name = graph.name(cell) if owner is None else owner.name
    span = (owner or cell[0]).span
    return name, span.place if span else None
