"""Which equations over the same elements share one loop.

An array of many elements is computed by a loop over them. Where one array takes from another only
the element that it is computing itself, both can be computed in one turn of a common loop: the
value stays in a register, and the program has one loop less. Work that is no such loop keeps its
place in the order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from headwater.compiler.ordering.elements import Turns, own_pattern
from headwater.compiler.ordering.order import Task
from headwater.compiler.resolved import Quantity, Reference, Rule, nodes

LONGEST_LOOP = 24
"""Rules in one loop: the values of more would not stay in registers anyway."""

Extents = tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """Something to compute in a block: a ``task`` as a whole, or one rule with its ``slot``.

    ``makes`` are the quantities whose values others in the block may then take. ``extents`` are
    those of the loop that a rule becomes; without them the work is done straight on. Of a slice,
    ``turns`` are the counters of the axes that do not run.
    """

    rules: Sequence[Rule]
    makes: tuple[Quantity, ...]
    quantity: Quantity
    slot: int = -1
    task: Task | None = None
    extents: Extents = ()
    turns: Turns | None = None


@dataclass(frozen=True, slots=True)
class _Made:
    """At which level a quantity is computed, or the part of it that is the work of one rule."""

    level: int
    work: Work


def fuse(items: Sequence[Work]) -> list[list[Work]]:
    """Return work in groups, in an order in which it can be done; loops in a group share one.

    Each work belongs to a level: that of what it takes element by element in the same kind of loop,
    and one more than that of anything else that it takes. Work of one level and kind is a group.
    """
    made: dict[Quantity, list[_Made]] = {}
    groups: dict[tuple[int, Extents], list[Work]] = {}
    for item in items:
        needed = [made[q] for rule in item.rules for q in rule.mentioned if q in made]
        level = max((_after(item, entries) for entries in needed), default=0)
        for quantity in item.makes:
            _note(made.setdefault(quantity, []), _Made(level, item))
        groups.setdefault((level, item.extents), []).append(item)
    ordered = sorted(groups.items(), key=lambda entry: entry[0][0])
    return [part for _, group in ordered for part in _parts(group)]


def _note(entries: list[_Made], new: _Made) -> None:
    """Add an entry. Of work that is no loop, of which there may be much, the last level is kept."""
    if entries and not (new.work.extents or entries[-1].work.extents):
        new = max(entries.pop(), new, key=lambda entry: entry.level)
    entries.append(new)


def _parts(group: list[Work]) -> Iterator[list[Work]]:
    size = LONGEST_LOOP if group[0].extents else len(group)
    for start in range(0, len(group), size):
        yield group[start : start + size]


def _after(item: Work, entries: Sequence[_Made]) -> int:
    """Return the lowest level for work that takes from a quantity that is made as ``entries``."""
    if item.extents and item.turns is None:
        for entry in entries:
            if entry.work.turns is not None or entry.work.extents != item.extents:
                continue
            if _takes_own_element(item, entry.work):
                return entry.level
    return max(e.level + bool(item.extents or e.work.extents) for e in entries)


def _takes_own_element(item: Work, other: Work) -> bool:
    """Tell whether ``item`` takes of a quantity only what ``other`` computes in the same turn."""
    rule, source = item.rules[0], other.rules[0]
    wanted = own_pattern(source.target, source.axes)
    return all(
        own_pattern(node.selectors, rule.axes) == wanted
        for node in nodes(rule.expression)
        if isinstance(node, Reference) and node.quantity in other.makes
    )
