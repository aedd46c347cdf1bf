"""A smaller network with the same loops: nodes with one way in or out are passed through."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edge:
    """A path from one node to another along links, which are given by their numbers."""

    source: int
    target: int
    links: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Contracted:
    """What is left: edges between the nodes that remain, and loops that were closed on the way."""

    edges: tuple[Edge, ...]
    loops: tuple[tuple[int, ...], ...]


def contract(edges: Iterable[Edge], keep: Collection[int] = ()) -> Contracted:
    """Pass through every node with a single edge in or a single edge out, but for those to keep.

    No loop is lost or made: what leaves a node with one way in can only have come that way. The
    number of edges never grows. Parallel edges remain, since they belong to different loops.
    """
    network = _Network(edges)
    kept = set(keep)
    waiting = [n for n in network.nodes() if n not in kept]
    while waiting:
        node = waiting.pop()
        if node in network.gone or not network.is_passage(node):
            continue
        waiting += [n for n in network.bypass(node) if n not in kept]
    remaining = sorted(network.edges.items())
    return Contracted(tuple(e for _, e in remaining), tuple(network.loops))


class _Network:
    """Edges by number, with those that enter and leave each node."""

    def __init__(self, edges: Iterable[Edge]) -> None:
        self.edges: dict[int, Edge] = {}
        self.loops: list[tuple[int, ...]] = []
        self.gone: set[int] = set()
        self._into: dict[int, dict[int, None]] = {}
        self._out_of: dict[int, dict[int, None]] = {}
        self._made = 0
        for edge in edges:
            self._add(edge)

    def nodes(self) -> list[int]:
        """Return the nodes, in the order in which they were met."""
        return list(self._into)

    def is_passage(self, node: int) -> bool:
        """Tell whether there is at most one way in or at most one way out."""
        return len(self._into[node]) <= 1 or len(self._out_of[node]) <= 1

    def bypass(self, node: int) -> list[int]:
        """Join what enters a node to what leaves it; return the nodes at the other ends."""
        self.gone.add(node)
        into = [self.edges[k] for k in self._into[node]]
        out_of = [self.edges[k] for k in self._out_of[node]]
        for number in [*self._into[node], *self._out_of[node]]:
            self._remove(number)
        for first in into:
            for second in out_of:
                self._add(Edge(first.source, second.target, (*first.links, *second.links)))
        return [e.source for e in into] + [e.target for e in out_of]

    def _add(self, edge: Edge) -> None:
        for node in (edge.source, edge.target):
            self._into.setdefault(node, {})
            self._out_of.setdefault(node, {})
        if edge.source == edge.target:
            self.loops.append(edge.links)
            return
        self.edges[self._made] = edge
        self._into[edge.target][self._made] = None
        self._out_of[edge.source][self._made] = None
        self._made += 1

    def _remove(self, number: int) -> None:
        edge = self.edges.pop(number)
        del self._into[edge.target][number]
        del self._out_of[edge.source][number]
