"""Strongly connected components, in the order in which they can be computed."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


def components(items: Iterable[T], needs: Callable[[T], Iterable[T]]) -> Iterator[list[T]]:
    """Yield groups of items that need each other, each group after what it needs.

    Tarjan's algorithm (*SIAM Journal on Computing* 1(2), 1972) without recursion. Members keep the
    order in which they were found; what is not among ``items`` but needed is visited too.
    """
    index: dict[T, int] = {}
    low: dict[T, int] = {}
    stack: list[T] = []
    on_stack: set[T] = set()
    for root in items:
        if root in index:
            continue
        work: list[tuple[T, Iterator[T]]] = []
        _enter(root, index, low, stack, on_stack)
        work.append((root, iter(needs(root))))
        while work:
            item, rest = work[-1]
            following = next((n for n in rest if n not in index or n in on_stack), None)
            if following is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[item])
                if low[item] == index[item]:
                    group: list[T] = []
                    while not group or group[-1] != item:
                        group.append(stack.pop())
                        on_stack.discard(group[-1])
                    yield group[::-1]
            elif following in index:
                low[item] = min(low[item], index[following])
            else:
                _enter(following, index, low, stack, on_stack)
                work.append((following, iter(needs(following))))


def _enter(
    item: T, index: dict[T, int], low: dict[T, int], stack: list[T], on_stack: set[T]
) -> None:
    index[item] = low[item] = len(index)
    stack.append(item)
    on_stack.add(item)
