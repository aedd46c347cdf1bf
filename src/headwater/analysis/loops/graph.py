"""Which element of which quantity depends on which, as numbered cells and links.

What accumulates (stocks, delays, states) depends on what its rate or next value mentions: the link
skips the net flow. That is the corrected form of the loops-that-matter method, in which all flows
of a stock are one net flow whose link to the stock scores 1.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headwater.analysis.loops.trace import Trace
from headwater.compiler.ordering.elements import Turns, all_turns, flat_index, possible
from headwater.compiler.ordering.sorting import components
from headwater.compiler.resolved import (
    Kind,
    Quantity,
    Reference,
    nodes,
)
from headwater.errors import UsageError

Integers = npt.NDArray[np.int64]
MOST_LINKS = 2_000_000
ACCUMULATING = frozenset({Kind.STOCK, Kind.STATE, Kind.PIPELINE})


@dataclass(frozen=True, slots=True, eq=False)
class CausalGraph:
    """The cells that can change during a run, and the links that lie on some loop.

    Cell ``first[q] + k`` is element ``k`` of quantity ``q``. ``source`` and ``target`` are the
    cells at the ends of each link. ``part`` numbers the cycle partitions: cells of one partition
    can all reach each other; a cell on no loop has -1.
    """

    owner: tuple[Quantity, ...]
    first: dict[Quantity, int]
    source: Integers
    target: Integers
    part: Integers

    def cell(self, number: int) -> tuple[Quantity, int]:
        """Return the quantity and the flat element of a cell."""
        quantity = self.owner[number]
        return quantity, number - self.first[quantity]

    def accumulates(self, number: int) -> bool:
        """Tell whether a cell is a stock or has another memory."""
        return self.owner[number].kind in ACCUMULATING


def causal_graph(trace: Trace) -> CausalGraph:
    """Return the links of a model that lie on feedback loops.

    Raises :class:`UsageError` for a model with more links than can be looked at.
    """
    first: dict[Quantity, int] = {}
    owner: list[Quantity] = []
    for quantity in trace.schedule.phase:
        if trace.changes(quantity):
            first[quantity] = len(owner)
            owner += [quantity] * quantity.size
    sources: list[list[int]] = [[] for _ in owner]
    count = 0
    for quantity, start in first.items():
        for element, found in _mentions(quantity, first):
            sources[start + element] = found
            count += len(found)
        if count > MOST_LINKS:
            raise UsageError(
                f"the model has more than {MOST_LINKS:,} links between elements",
                hint="look at a version of it with smaller dimensions",
            )
    part = np.full(len(owner), -1, dtype=np.int64)
    number = 0
    for group in components(range(len(owner)), lambda n: sources[n]):
        if len(group) > 1 or group[0] in sources[group[0]]:
            part[group] = number
            number += 1
    links = [
        (source, target)
        for target, found in enumerate(sources)
        if part[target] >= 0
        for source in found
        if part[source] == part[target]
    ]
    ends = np.array(links, dtype=np.int64).reshape(-1, 2)
    return CausalGraph(tuple(owner), first, ends[:, 0], ends[:, 1], part)


def _mentions(quantity: Quantity, first: dict[Quantity, int]) -> Iterator[tuple[int, list[int]]]:
    """Yield each element with the cells that its value, rate or next value depends on."""
    for rule in quantity.step:
        references = [
            n for n in nodes(rule.expression) if isinstance(n, Reference) and n.quantity in first
        ]
        for turns in all_turns(rule.axes):
            cells: dict[int, None] = {}
            for reference in references:
                cells.update(dict.fromkeys(_cells(reference, first, turns)))
            yield flat_index(quantity.shape, rule.target, turns), list(cells)


def _cells(reference: Reference, first: dict[Quantity, int], turns: Turns) -> Iterator[int]:
    shape = reference.quantity.shape
    start = first[reference.quantity]
    choices = [possible(s, n, turns) for s, n in zip(reference.selectors, shape, strict=True)]
    for chosen in itertools.product(*choices):
        if -1 in chosen:
            continue
        flat = 0
        for extent, index in zip(shape, chosen, strict=True):
            flat = flat * extent + index
        yield start + flat
