"""Finds feedback loops: all of them where that is possible, else the strongest at each time.

All loops: Johnson, "Finding all the elementary circuits of a directed graph", *SIAM Journal on
Computing* 4(1), 1975. Strongest loops: Eberlein and Schoenberg, "Finding the Loops that Matter",
2020: a search in depth that follows the strongest links first and leaves a node that was reached
by a stronger path before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from headwater.analysis.loops.contract import Edge, contract
from headwater.analysis.loops.graph import CausalGraph
from headwater.analysis.loops.scores import Floats, Scores
from headwater.compiler.ordering.sorting import components
from headwater.simulation.progress import Bar

Loop = tuple[int, ...]
MOST_LOOPS = 5_000
MOST_VISITS = 6_000_000
TIMES_SEARCHED = 128


@dataclass(frozen=True, slots=True)
class Found:
    """Loops of one cycle partition, each by the numbers of its links.

    Where not ``complete`` they are the strongest at ``searched`` of the steps.
    """

    part: int
    loops: tuple[Loop, ...]
    complete: bool
    searched: int


def find_loops(
    graph: CausalGraph,
    links: Scores,
    *,
    most: int = MOST_LOOPS,
    visits: int = MOST_VISITS,
    progress: bool = True,
) -> list[Found]:
    """Return the loops of every cycle partition that are ever active.

    A partition with more than ``most`` loops is searched for the strongest ones, step by step,
    until ``visits`` nodes were visited.
    """
    live = np.isfinite(links.size).any(axis=1)
    found = []
    parts = [int(p) for p in np.unique(graph.part[graph.target[live]])]
    with Bar("loops", len(parts), show=progress) as bar:
        for part in parts:
            numbers = np.flatnonzero(live & (graph.part[graph.target] == part))
            edges = [Edge(int(graph.source[k]), int(graph.target[k]), (int(k),)) for k in numbers]
            every = _all_loops(edges, most)
            if every is not None:
                found.append(Found(part, tuple(every), True, links.size.shape[1]))
            else:
                found.append(_strongest(part, edges, graph, links, visits, progress))
            bar.advance(1)
    return found


def _all_loops(edges: Sequence[Edge], most: int) -> list[Loop] | None:
    """Return all loops, or None where there are more than ``most``."""
    small = contract(edges)
    loops = list(small.loops)
    for loop in elementary_circuits(small.edges):
        loops.append(loop)
        if len(loops) > most:
            return None
    return None if len(loops) > most else [_turned(loop) for loop in loops]


def _turned(loop: Loop) -> Loop:
    """Return the loop from its link with the smallest number on."""
    first = loop.index(min(loop))
    return loop[first:] + loop[:first]


def elementary_circuits(edges: Sequence[Edge]) -> Iterator[Loop]:
    """Yield the links of every circuit that visits no node twice."""
    rest = list(edges)
    while rest:
        out_of: dict[int, list[Edge]] = {}
        for edge in rest:
            out_of.setdefault(edge.source, []).append(edge)
            out_of.setdefault(edge.target, [])
        groups = components(sorted(out_of), lambda n, o=out_of: [e.target for e in o[n]])  # type: ignore[misc]
        group = next((set(g) for g in groups if len(g) > 1), None)
        if group is None:
            return
        start = min(group)
        inside = {n: [e for e in out_of[n] if e.target in group] for n in group}
        yield from _circuits_from(start, inside)
        # Circuits through the start are done; other components keep their edges.
        rest = [e for e in rest if start not in (e.source, e.target)]


def _circuits_from(start: int, out_of: dict[int, list[Edge]]) -> Iterator[Loop]:
    """Yield the circuits through ``start``: Johnson's procedure CIRCUIT, without recursion."""
    blocked: set[int] = {start}
    waiting: dict[int, set[int]] = {n: set() for n in out_of}
    path: list[Edge] = []
    closed: set[int] = set()
    stack: list[tuple[int, list[Edge]]] = [(start, list(out_of[start]))]
    while stack:
        node, rest = stack[-1]
        if rest:
            edge = rest.pop()
            if edge.target == start:
                yield tuple(k for e in (*path, edge) for k in e.links)
                closed.update(n for n, _ in stack)
            elif edge.target not in blocked:
                path.append(edge)
                stack.append((edge.target, list(out_of[edge.target])))
                closed.discard(edge.target)
                blocked.add(edge.target)
            continue
        if node in closed:
            _unblock(node, blocked, waiting)
        else:
            for edge in out_of[node]:
                waiting[edge.target].add(node)
        stack.pop()
        if path:
            path.pop()


def _unblock(node: int, blocked: set[int], waiting: dict[int, set[int]]) -> None:
    freed = [node]
    while freed:
        top = freed.pop()
        if top in blocked:
            blocked.discard(top)
            freed += waiting[top]
            waiting[top].clear()


def _strongest(
    part: int,
    edges: Sequence[Edge],
    graph: CausalGraph,
    links: Scores,
    visits: int,
    progress: bool,
) -> Found:
    nodes = sorted({e.source for e in edges})
    stocks = [n for n in nodes if graph.accumulates(n)]
    small = contract(edges, keep=stocks)
    loops = dict.fromkeys(_turned(loop) for loop in small.loops)
    size = np.array([links.size[list(e.links)].sum(axis=0) for e in small.edges])
    times = _spread(size.shape[1])[:TIMES_SEARCHED]
    left, searched = visits, 0
    with Bar("strongest loops", len(times), show=progress) as bar:
        for time in times:
            search = _Search(small.edges, size[:, time], left)
            for stock in stocks:
                for loop in search.loops_through(stock):
                    loops[_turned(loop)] = None
            left = search.left
            if left <= 0:
                break
            searched += 1
            bar.advance(1)
    return Found(part, tuple(loops), False, searched)


def _spread(count: int) -> list[int]:
    """Return the numbers below ``count`` so that any first few of them are spread evenly."""
    bits = max(1, (count - 1).bit_length())
    numbers = (int(f"{k:0{bits}b}"[::-1], 2) for k in range(1 << bits))
    return [n for n in numbers if n < count]


class _Search:
    """The search for the strongest loops at one time; ``left`` are the visits it may still make."""

    def __init__(self, edges: Sequence[Edge], size: Floats, left: int) -> None:
        self.left = left
        self._edges = edges
        self._out_of: dict[int, list[tuple[float, int, int]]] = {}
        active = (int(k) for k in np.flatnonzero(np.isfinite(size)))
        for number in sorted(active, key=lambda k: -size[k]):
            edge = edges[number]
            way = (float(size[number]), edge.target, number)
            self._out_of.setdefault(edge.source, []).append(way)

    def loops_through(self, stock: int) -> list[Loop]:
        """Return the loops that a search from one stock comes upon."""
        found: list[Loop] = []
        best: dict[int, float] = {stock: 0.0}
        visiting = {stock}
        path: list[int] = []
        stack = [(0.0, stock, iter(self._out_of.get(stock, ())))]
        while stack and self.left > 0:
            score, node, ways = stack[-1]
            way = next(ways, None)
            if way is None:
                stack.pop()
                visiting.discard(node)
                if path:
                    path.pop()
                continue
            self.left -= 1
            gain, target, number = way
            reached = score + gain
            if target == stock:
                found.append(tuple(k for n in (*path, number) for k in self._edges[n].links))
            elif target not in visiting and reached >= best.get(target, -np.inf):
                best[target] = reached
                visiting.add(target)
                path.append(number)
                stack.append((reached, target, iter(self._out_of.get(target, ()))))
        return found
