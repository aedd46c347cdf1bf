"""In which order quantities are computed, at the start and in a step, and which are constant.

A quantity depends on what its rules mention. Where quantities depend on each other in a circle,
their elements are looked at one by one, or slice by slice where there are many; when none depends
on itself the order is theirs. Otherwise the circle is a system of equations where it leads through
numbers that are to be solved for (``simultaneous``), and an error that names its members in order
where not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from headwater.compiler.ordering.elements import Cell, ElementGraph
from headwater.compiler.ordering.slices import Part, slices
from headwater.compiler.ordering.sorting import components
from headwater.compiler.resolved import (
    Kind,
    Quantity,
    ResolvedModel,
    Rule,
)
from headwater.compiler.simultaneous.rows import rows_of
from headwater.compiler.simultaneous.systems import System, untangle, visible
from headwater.errors import Diagnostics, ModelError, Place


class Phase(IntEnum):
    """When the value of a quantity is known."""

    CONSTANT = 0  # from the inputs alone
    INITIAL = 1  # at the start of the run; the same from then on
    STEP = 2  # changes during the run


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """Computes a quantity: all of it, the element at a flat index, or a slice.

    With a ``system`` it solves that, of which the element is a part.
    """

    quantity: Quantity
    element: int | None = None
    system: System | None = None
    part: Part | None = None

    @property
    def is_whole(self) -> bool:
        """Whether all of a quantity is computed by itself."""
        return self.element is None and self.system is None and self.part is None

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """What is computed, in part or as a whole."""
        if self.system is None:
            return (self.quantity,)
        return tuple(dict.fromkeys(quantity for quantity, _ in self.system.cells))


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """What is computed, in order. Every quantity in ``phase`` is needed for some output."""

    start: tuple[Task, ...]
    step: tuple[Task, ...]
    phase: Mapping[Quantity, Phase]


Rules = Callable[[Quantity], Sequence[Rule]]


def order(model: ResolvedModel, wanted: Iterable[Quantity]) -> Schedule:
    """Return the schedule that computes the ``wanted`` quantities.

    Raises ModelError when equations are circular.
    """
    needed = _needed(wanted)
    diagnostics = Diagnostics()
    quantities = [q for q in model.quantities if q in needed]
    step = _sorted(quantities, _step_rules, "equations", diagnostics)
    diagnostics.raise_errors(ModelError)
    start = _sorted(quantities, _start_rules, "initial values", diagnostics)
    diagnostics.raise_errors(ModelError)
    known = _phases(step, start)
    phase = {q: known[q] for q in quantities}
    at_start = _needed_at_start(quantities, phase)
    return Schedule(tuple(t for t in start if t.quantity in at_start), tuple(step), phase)


def _needed_at_start(
    quantities: Sequence[Quantity], phase: Mapping[Quantity, Phase]
) -> set[Quantity]:
    """Return what the start of a run computes: initial values, and what they rest on."""
    needed: set[Quantity] = set()
    stack = [q for q in quantities if q.kind is not Kind.VALUE or phase[q] is not Phase.STEP]
    while stack:
        quantity = stack.pop()
        if quantity not in needed:
            needed.add(quantity)
            stack.extend(_mentioned(_start_rules(quantity)))
    return needed


def _needed(wanted: Iterable[Quantity]) -> set[Quantity]:
    needed: set[Quantity] = set()
    stack = list(wanted)
    while stack:
        quantity = stack.pop()
        if quantity in needed:
            continue
        needed.add(quantity)
        for rule in (*quantity.initial, *quantity.step, *quantity.lag):
            stack.extend(rule.mentioned)
    return needed


def _step_rules(quantity: Quantity) -> Sequence[Rule]:
    """What must be known before the quantity within one step: a stock needs nothing."""
    return quantity.step if quantity.kind is Kind.VALUE else ()


def _start_rules(quantity: Quantity) -> Sequence[Rule]:
    if quantity.kind is Kind.INPUT:
        return ()
    return (*quantity.initial, *quantity.lag)


def _sorted(
    quantities: Sequence[Quantity], rules: Rules, what: str, diagnostics: Diagnostics
) -> list[Task]:
    tasks: list[Task] = []
    for group in components(quantities, lambda q: _mentioned(rules(q))):
        if len(group) == 1 and group[0] not in set(_mentioned(rules(group[0]))):
            if not any(r.search and r.search.zero for r in rules(group[0])):
                tasks.append(Task(group[0]))
                continue
        rows = rows_of(group, rules)
        found = untangle(rows.cells(), rows, diagnostics) if rows else None
        if isinstance(found, System):
            tasks.append(Task(group[0], None, found))
            continue
        sliced = slices(group, rules)
        if sliced is not None:
            tasks += [Task(quantity, part=part) for quantity, part in sliced]
            continue
        graph = ElementGraph(group, rules)
        for circle in components(graph.cells(), graph.mentioned):
            quantity, element = circle[0]
            if len(circle) > 1 or circle[0] in graph.mentioned(circle[0]):
                found = untangle(circle, graph, diagnostics)
                if not isinstance(found, System):
                    _report(found, graph, what, diagnostics)
                    return tasks
                tasks.append(Task(*found.unknowns[0], found))
            elif graph.is_zero(circle[0]):
                _report_free(circle[0], graph, diagnostics)
            elif graph.has_rule(circle[0]):
                tasks.append(Task(quantity, element))
    return tasks


def _report_free(cell: Cell, graph: ElementGraph, diagnostics: Diagnostics) -> None:
    name, place = visible(cell, graph)
    diagnostics.error(
        f"what must be 0 does not depend on `{name}`, so that no value of it can make it 0",
        place,
        "let the second equation lead back to the variable that is looked for",
    )


def _mentioned(rules: Sequence[Rule]) -> Iterator[Quantity]:
    for rule in rules:
        yield from rule.mentioned


def _report(
    circle: Sequence[tuple[Quantity, int]],
    graph: ElementGraph,
    what: str,
    diagnostics: Diagnostics,
) -> None:
    """Report the shortest circle through the first member, by the names that the user knows."""
    path = _shortest(circle, graph)
    names: list[str] = []
    owners: list[Quantity] = []
    for quantity, element in path:
        owner = quantity.origin or quantity
        name = owner.name if owner is not quantity else graph.name((quantity, element))
        if not names or names[-1] != name:
            names.append(name)
            owners.append(owner)
    if len(names) > 1 and names[0] == names[-1]:
        names.pop()
        owners.pop()
    shown = " -> ".join([*names, names[0]])
    first = owners[0].span
    others = [f"`{o.name}` at {o.span.place}" for o in owners[1:6] if o.span]
    if len(names) == 1:
        what = f"{what.removesuffix('s')} depends on itself"
    else:
        what = f"{what} depend on each other in a circle"
    hint = "break the circle with a stock, a delay, or PREVIOUS; SIMULTANEOUS solves it"
    if what.startswith("initial"):
        hint = "give one of them an initial value that does not depend on the others"
    if others:
        hint = f"{hint} (also in the circle: {', '.join(others)})"
    place: Place | None = first.place if first else None
    diagnostics.error(f"the {what}: {shown}", place, hint)


def _shortest(
    circle: Sequence[tuple[Quantity, int]], graph: ElementGraph
) -> list[tuple[Quantity, int]]:
    inside = set(circle)
    start = min(circle, key=lambda cell: graph.position(cell))
    before: dict[tuple[Quantity, int], tuple[Quantity, int]] = {}
    queue = [start]
    for cell in queue:
        for other in graph.mentioned(cell):
            if other == start:
                path = [cell]
                while path[-1] != start:
                    path.append(before[path[-1]])
                return path[::-1]
            if other in inside and other not in before:
                before[other] = cell
                queue.append(other)
    return list(circle)


def _phases(step: Sequence[Task], start: Sequence[Task]) -> dict[Quantity, Phase]:
    phase: dict[Quantity, Phase] = {}
    # Of what is computed element by element, the last place counts: all that it takes is known.
    last = dict.fromkeys(q for task in reversed(step) for q in reversed(task.quantities))
    ordered = list(reversed(last))
    for quantity in ordered:
        if quantity.kind is not Kind.VALUE:
            phase[quantity] = _KNOWN_FROM.get(quantity.kind, Phase.STEP)
    values = [q for q in ordered if q.kind is Kind.VALUE]
    settled = False
    while not settled:
        # One turn is enough, unless elements of several quantities are computed in turns.
        settled = all(t.is_whole for t in step)
        before = dict(phase)
        for quantity in values:
            phase[quantity] = _phase_of_value(quantity, phase)
        settled = settled or before == phase
    for quantity in (q for task in start for q in task.quantities):
        if quantity.kind is Kind.FROZEN:
            own = max((_phase(r, phase) for r in quantity.initial), default=Phase.CONSTANT)
            phase[quantity] = min(Phase.INITIAL, own)
    return phase


_KNOWN_FROM = {Kind.INPUT: Phase.CONSTANT, Kind.FROZEN: Phase.INITIAL}


def _phase_of_value(quantity: Quantity, phase: Mapping[Quantity, Phase]) -> Phase:
    pairs = zip(quantity.step, quantity.initial, strict=True)
    if any(a is not b for a, b in pairs):
        return Phase.STEP
    return max((_phase(r, phase) for r in quantity.step), default=Phase.CONSTANT)


def _phase(rule: Rule, phase: Mapping[Quantity, Phase]) -> Phase:
    if rule.changes:
        return Phase.STEP
    known = (phase.get(q, Phase.CONSTANT) for q in rule.mentioned)
    return max(known, default=Phase.CONSTANT)
