"""Loops as a reader knows them: hidden stocks under the variable that they serve."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from headwater.analysis.loops.graph import CausalGraph
from headwater.compiler.resolved import Quantity
from headwater.language.names import split_label
from headwater.simulation.labels import label

Path = tuple[str, ...]


class Stops:
    """What a reader calls each cell of a graph: its own name, or the variable that it serves."""

    def __init__(self, graph: CausalGraph) -> None:
        self._source = [int(c) for c in graph.source]
        self._owner = [q.origin or q for q in graph.owner]
        self._visible = [q.origin is None for q in graph.owner]
        self._later = [not graph.accumulates(c) for c in range(len(graph.owner))]
        self._label = [
            _label(graph, c) if self._visible[c] else self._owner[c].name
            for c in range(len(graph.owner))
        ]

    def path_of(self, loop: Sequence[int]) -> Path | None:
        """Return the names along a loop, given by its links, from the model's first stock in it on.

        What is hidden goes without saying where the variable that it serves comes before or after
        it, and stands under that variable's name elsewhere. A loop that lies wholly inside of one
        variable's hidden parts, such as the outflow of a delay, has no path.
        """
        cells = [self._source[k] for k in loop]
        visible = [self._visible[c] for c in cells]
        owners = [self._owner[c] for c in cells]
        if not any(visible) and len(set(owners)) == 1:
            return None
        stops: list[int] = []
        for turn in _runs(owners, visible):
            stops += [cells[k] for k in turn if visible[k]] or [cells[turn[0]]]
        first = min(range(len(stops)), key=lambda k: (self._later[stops[k]], stops[k]))
        return without_repeats([self._label[c] for c in stops[first:] + stops[:first]])


def _runs(owners: Sequence[Quantity], visible: Sequence[bool]) -> list[list[int]]:
    """Split the places along a loop where the owner changes, or between visible cells of one."""
    count = len(owners)
    start = next((k for k in range(count) if owners[k] is not owners[k - 1]), 0)
    runs: list[list[int]] = []
    for step in range(count):
        k = (start + step) % count
        if (
            runs
            and owners[runs[-1][-1]] is owners[k]
            and not (visible[k] and visible[runs[-1][-1]])
        ):
            runs[-1].append(k)
        else:
            runs.append([k])
    return runs


def _label(graph: CausalGraph, cell: int) -> str:
    quantity, element = graph.cell(cell)
    names: list[str] = []
    for elements in reversed(quantity.elements):
        element, k = divmod(element, len(elements))
        names.append(elements[k])
    return label(quantity.name, names[::-1])


def without_repeats(names: Sequence[str]) -> Path:
    """Return a loop's names without those that follow themselves."""
    return tuple(n for k, n in enumerate(names) if n != names[k - 1]) or (names[0],)


def without_elements(path: Path) -> Path:
    """Return the variables along a loop, from the first in alphabetical order on."""
    names = without_repeats([name.partition("[")[0] for name in path])
    return min(names[k:] + names[:k] for k in range(len(names)))


def goes_through(path: Path, names: Sequence[str]) -> bool:
    """Tell whether a loop passes variables (or elements) in the order in which they are named."""
    passed = [_split(stop) for stop in path]
    wanted = [_split(name) for name in names]
    starts = [k for k, stop in enumerate(passed) if not wanted or _is(stop, wanted[0])]
    for first in starts:
        rest = iter(passed[first:] + passed[:first])
        if all(any(_is(stop, name) for stop in rest) for name in wanted):
            return True
    return False


_split = lru_cache(maxsize=100_000)(split_label)
Stop = tuple[str, tuple[str, ...]]


def _is(passed: Stop, name: Stop) -> bool:
    return passed[0] == name[0] and name[1] in ((), passed[1])
