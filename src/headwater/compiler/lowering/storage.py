"""Where the values of quantities live: slots, shared tables, or in the instructions themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from math import prod
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from headwater.compiler.lowering.builder import BlockBuilder
from headwater.compiler.ordering.elements import Turns, all_turns, flat_index
from headwater.compiler.ordering.order import Phase
from headwater.compiler.program import (
    Clock,
    GraphTable,
    IndexTable,
    Role,
    Slot,
    Table,
)
from headwater.compiler.resolved import (
    Aggregate,
    GraphSet,
    Kind,
    Literal,
    Quantity,
    Rule,
    Tabulated,
    nodes,
    target_cells,
)

if TYPE_CHECKING:
    from headwater.compiler.lowering.expression_code import ExpressionCode

Floats = npt.NDArray[np.float64]


class BlockName(Enum):
    """The blocks of a program."""

    CONSTANTS = "constants"
    INITIAL = "initial"
    STEP = "step"
    UPDATE = "update"
    COMMIT = "commit"


UNROLLED_SIZE = 16
"""Quantities of at most this many elements are unrolled, unless there are very many."""

UNROLLED_TERMS = 16
"""Aggregates over at most this many elements are unrolled."""

MOST_UNROLLED = 6000
"""Elements, and terms of their aggregates, that may be unrolled in all.

The arrays of larger models are loops.
"""


def unrolled_size(quantities: Iterable[Quantity]) -> int:
    """Return the size of the largest arrays that are unrolled, in a model of so large ones."""
    costs = [(q.size, q.size * _terms(q)) for q in quantities if 1 < q.size <= UNROLLED_SIZE]
    limit = UNROLLED_SIZE
    while limit > 1 and sum(cost for size, cost in costs if size <= limit) > MOST_UNROLLED:
        limit //= 2
    return limit


def _terms(quantity: Quantity) -> int:
    """Return how many terms the aggregates of an element have, those of its longest rule."""
    rules = {id(rule): rule for rule in (*quantity.initial, *quantity.step)}
    return max(map(_terms_of, rules.values()), default=1)


def _terms_of(rule: Rule) -> int:
    found = (node for node in nodes(rule.expression) if isinstance(node, Aggregate))
    terms = (prod(axis.extent for axis in node.axes) for node in found)
    return max(1, sum(k if k <= UNROLLED_TERMS else 1 for k in terms))


class Storage:
    """Slots and tables of one program.

    ``known`` are cells that hold a literal in every block. Arrays of up to ``unrolled`` elements
    are unrolled. Of ``written`` states each step replaces one element a row.
    """

    def __init__(
        self,
        phase: Mapping[Quantity, Phase],
        clock: Clock,
        written: frozenset[Quantity] = frozenset(),
    ) -> None:
        self.clock = clock
        self.slots: list[Slot] = []
        self.tables: list[Table] = []
        self.index_tables: list[IndexTable] = []
        self.graphs: list[GraphTable] = []
        self.known: dict[tuple[int, int], float] = {}
        self.unrolled = unrolled_size(phase)
        self._phase = phase
        self._written = written
        self._main: dict[Quantity, int] = {}
        self._start: dict[Quantity, int] = {}
        self._next: dict[Quantity, int] = {}
        self._place: dict[Quantity, int] = {}
        self._derivative: dict[Quantity, int] = {}
        self._buffer: dict[Quantity, int] = {}
        self._lag: dict[Quantity, int] = {}
        self._literal: dict[Quantity, Floats] = {}
        self._literal_table: dict[Quantity, int] = {}
        self._named_table: dict[str, int] = {}
        self._graph_of: dict[int, int] = {}
        self._row_table: dict[int, int] = {}
        self._index_table_of: dict[tuple[int, ...], int] = {}
        self._rule_of: dict[int, dict[int, tuple[Rule, Turns]]] = {}
        self._accumulators = 0

    def make(self, name: str, role: Role, size: int = 1) -> int:
        """Add a slot."""
        self.slots.append(Slot(name, role, size))
        return len(self.slots) - 1

    def add_input(self, quantity: Quantity) -> None:
        """Add a quantity that is given per run."""
        self._main[quantity] = self.make(quantity.name, Role.INPUT, quantity.size)

    def add(self, quantity: Quantity, *, keep: bool, output: bool) -> None:
        """Add the slots of a quantity. ``keep``: its value in a step is read by other blocks."""
        if quantity in self._main:
            return
        name, size = quantity.name, quantity.size
        match quantity.kind:
            case Kind.STOCK:
                self._main[quantity] = self.make(name, Role.STOCK, size)
                self._derivative[quantity] = self.make(f"d({name})", Role.DERIVATIVE, size)
            case Kind.STATE:
                self._main[quantity] = self.make(name, Role.STATE, size)
                if quantity in self._written:
                    size //= quantity.shape[-1]
                    self._place[quantity] = self.make(f"place({name})", Role.NEXT, size)
                self._next[quantity] = self.make(f"next({name})", Role.NEXT, size)
            case Kind.PIPELINE:
                self._next[quantity] = self.make(f"next({name})", Role.NEXT, size)
                self._lag[quantity] = self.make(f"lag({name})", Role.CONSTANT, size)
                self._buffer[quantity] = self.make(f"initial({name})", Role.CONSTANT, size)
                self._start[quantity] = self._buffer[quantity]
                self._main[quantity] = self.make(name, Role.STEP if keep else Role.SCRATCH, size)
            case _ if self._phase[quantity] is not Phase.STEP:
                literal = self._literal_values(quantity)
                if literal is not None:
                    self._literal[quantity] = literal
                if literal is None or output:
                    self._main[quantity] = self.make(name, Role.CONSTANT, size)
            case _:
                role = Role.HELD if quantity.held else Role.STEP if keep else Role.SCRATCH
                self._main[quantity] = self.make(name, role, size)
                self._start[quantity] = self.make(f"start({name})", Role.SCRATCH, size)

    # Slots of quantities

    def slot(self, quantity: Quantity, block: BlockName) -> int:
        """Return where a block finds the value of a quantity, or puts it."""
        if block is BlockName.INITIAL and quantity in self._start:
            return self._start[quantity]
        return self._main[quantity]

    def derivative(self, quantity: Quantity) -> int:
        """Return where the rate of a stock goes."""
        return self._derivative[quantity]

    def next(self, quantity: Quantity) -> int:
        """Return where the next value of a state goes."""
        return self._next[quantity]

    def place(self, quantity: Quantity) -> int:
        """Return where the number of the place goes that a state's next value is for."""
        return self._place[quantity]

    def state(self, quantity: Quantity) -> int:
        """Return where a state is."""
        return self._main[quantity]

    def lag(self, quantity: Quantity) -> int:
        """Return where the lag of a pipeline is."""
        return self._lag[quantity]

    def initial_of_pipeline(self, quantity: Quantity) -> int:
        """Return where the value of a pipeline before its first input arrives is."""
        return self._buffer[quantity]

    # Literals

    def is_literal(self, quantity: Quantity) -> bool:
        """Tell whether every element is a number known now."""
        return quantity in self._literal

    def literal(self, quantity: Quantity) -> Floats:
        """Return the numbers, flat."""
        return self._literal[quantity]

    def literal_table(self, quantity: Quantity) -> int:
        """Return the number of the table that holds the numbers."""
        found = self._literal_table.get(quantity)
        if found is None:
            found = self._literal_table[quantity] = self._add_table(
                quantity.name, self._literal[quantity]
            )
        return found

    def float_table(self, name: str, values: Sequence[float]) -> int:
        """Return the number of a table of floats that the compiler itself needs."""
        found = self._named_table.get(name)
        if found is None:
            found = self._named_table[name] = self._add_table(name, np.array(values))
        return found

    def _add_table(self, name: str, values: Floats) -> int:
        self.tables.append(Table(name, values))
        return len(self.tables) - 1

    def write_literal(self, code: ExpressionCode, quantity: Quantity) -> None:
        """Store the numbers where they are an output."""
        slot = self._main.get(quantity)
        if slot is None or quantity.kind is Kind.INPUT:
            return
        with code.each(quantity.size) as elements:
            for index in elements:
                code.builder.store(slot, index, code.literal(quantity, index))

    @staticmethod
    def _literal_values(quantity: Quantity) -> Floats | None:
        rules = quantity.initial
        if quantity.kind not in (Kind.VALUE, Kind.FROZEN):
            return None
        if not all(isinstance(rule.expression, Literal | Tabulated) for rule in rules):
            return None
        values = np.zeros(quantity.size)
        for rule in rules:
            if isinstance(rule.expression, Literal):
                values[target_cells(quantity.shape, rule)] = rule.expression.value
            elif isinstance(rule.expression, Tabulated):
                values[target_cells(quantity.shape, rule)] = rule.expression.values
        return values

    def note_literals(self, builder: BlockBuilder) -> None:
        """Remember the cells of fixed slots that a finished block filled with literals."""
        for slot, cells in builder.cells():
            if self.slots[slot].role is Role.CONSTANT:
                for offset, value in cells.items():
                    number = builder.literal(value)
                    if number is not None:
                        self.known[slot, offset] = float(number)

    # Tables

    def index_table(self, values: Sequence[int]) -> int:
        """Return the number of a table of indices."""
        key = tuple(values)
        found = self._index_table_of.get(key)
        if found is None:
            found = len(self.index_tables)
            name = f"indices {found}"
            self.index_tables.append(IndexTable(name, np.array(key, dtype=np.int64)))
            self._index_table_of[key] = found
        return found

    def table(self, name: str, values: Floats) -> int:
        """Add a table of numbers and return its number."""
        self.tables.append(Table(name, values))
        return len(self.tables) - 1

    def named_table(self, name: str, values: Floats) -> int:
        """Return the number of the one table of that name, added when it is first needed."""
        for number, table in enumerate(self.tables):
            if table.name == name:
                return number
        return self.table(name, values)

    def graph(self, graph: GraphSet) -> int:
        """Return the number of the table of a set of graphical functions."""
        found = self._graph_of.get(id(graph))
        if found is None:
            found = len(self.graphs)
            self.graphs.append(GraphTable(graph.name, graph.kind, graph.x, graph.y))
            self._graph_of[id(graph)] = found
        return found

    def accumulator(self) -> int:
        """Add a cell for the running value of an aggregate, or for a bound of a search."""
        self._accumulators += 1
        name = f"accumulator {self._accumulators}"
        return self.make(name, Role.SCRATCH)

    # Rules by element

    def rule_of(
        self, quantity: Quantity, rules: Sequence[Rule], element: int
    ) -> tuple[Rule, Turns]:
        """Return the rule that computes an element, and its turn."""
        found = self._rule_of.get(id(rules))
        if found is None:
            found = self._rule_of[id(rules)] = {
                flat_index(quantity.shape, rule.target, turns): (rule, turns)
                for rule in rules
                for turns in all_turns(rule.axes)
            }
        return found[element]
