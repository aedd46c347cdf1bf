"""Writes typed programs by hand, for tests of what runs them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from headwater.compiler.program import (
    Attribute,
    Block,
    Clock,
    GraphTable,
    IndexTable,
    Input,
    Instruction,
    Op,
    Output,
    Program,
    Role,
    Slot,
    Table,
)


class Code:
    """A block under construction. Values are numbers of instructions."""

    def __init__(self) -> None:
        self.instructions: list[Instruction] = []

    def __call__(self, name: str, *arguments: int, attribute: Attribute = None) -> int:
        self.instructions.append(Instruction(Op[name.upper()], arguments, attribute))
        return len(self.instructions) - 1

    def number(self, value: float) -> int:
        return self("float", attribute=float(value))

    def integer(self, value: int) -> int:
        return self("integer", attribute=value)

    def load(self, slot: int, index: int | None = None) -> int:
        return self("load", self.integer(0) if index is None else index, attribute=slot)

    def store(self, slot: int, value: int, index: int | None = None) -> None:
        self("store", self.integer(0) if index is None else index, value, attribute=slot)

    @contextmanager
    def loop(self, extent: int) -> Iterator[int]:
        yield self("loop", attribute=extent)
        self("end")

    def block(self) -> Block:
        return Block(tuple(self.instructions))


class Assembly:
    """A program under construction: its memory, its tables and its five blocks."""

    def __init__(self, clock: Clock, method: str = "euler", name: str = "test") -> None:
        self.clock, self.method, self.name = clock, method, name
        self.slots: list[Slot] = []
        self.inputs: list[Input] = []
        self.outputs: list[Output] = []
        self.tables: list[Table] = []
        self.index_tables: list[IndexTable] = []
        self.graphs: list[GraphTable] = []
        self.constants, self.initial, self.step = Code(), Code(), Code()
        self.update, self.commit = Code(), Code()

    def slot(self, name: str, role: Role, size: int = 1) -> int:
        self.slots.append(Slot(name, role, size))
        return len(self.slots) - 1

    def input(self, name: str, default: float = 0.0) -> int:
        slot = self.slot(name, Role.INPUT)
        self.inputs.append(Input(name, slot, 0, default))
        return slot

    def output(self, slot: int) -> None:
        self.outputs.append(Output(self.slots[slot].name, slot))

    def saved(self, name: str, value: int, code: Code | None = None) -> int:
        """Store a value of the step block in an output of its own."""
        slot = self.slot(name, Role.STEP)
        (code or self.step).store(slot, value)
        self.output(slot)
        return slot

    def table(self, values: Sequence[float]) -> int:
        self.tables.append(Table(f"table{len(self.tables)}", np.array(values, np.float64)))
        return len(self.tables) - 1

    def index_table(self, values: Sequence[int]) -> int:
        self.index_tables.append(IndexTable(f"rows{len(self.tables)}", np.array(values, np.int64)))
        return len(self.index_tables) - 1

    def graph(self, kind: str, *rows: tuple[Sequence[float], Sequence[float]]) -> int:
        x = tuple(np.array(row[0], np.float64) for row in rows)
        y = tuple(np.array(row[1], np.float64) for row in rows)
        self.graphs.append(GraphTable(f"graph{len(self.graphs)}", kind, x, y))
        return len(self.graphs) - 1

    def program(self) -> Program:
        return Program(
            name=self.name,
            clock=self.clock,
            method=self.method,
            slots=tuple(self.slots),
            inputs=tuple(self.inputs),
            outputs=tuple(self.outputs),
            constants=self.constants.block(),
            initial=self.initial.block(),
            step=self.step.block(),
            update=self.update.block(),
            commit=self.commit.block(),
            tables=tuple(self.tables),
            index_tables=tuple(self.index_tables),
            graphs=tuple(self.graphs),
        )


def epidemic(method: str = "rk4", steps: int = 320, dt: float = 0.25, stride: int = 1) -> Program:
    """Susceptible, infectious, recovered; inputs are contacts, infectivity and duration."""
    a = Assembly(Clock(0.0, dt, steps, stride), method, "epidemic")
    contacts, infectivity, duration = (
        a.input("contacts", 6.0),
        a.input("infectivity", 0.05),
        a.input("duration", 8.0),
    )
    stocks = [a.slot(n, Role.STOCK) for n in ("susceptible", "infectious", "recovered")]
    rates = [a.slot(n, Role.DERIVATIVE) for n in ("d_s", "d_i", "d_r")]
    total = a.slot("population", Role.CONSTANT)
    beta = a.slot("beta", Role.CONSTANT)
    for stock, value in zip(stocks, (999.0, 1.0, 0.0), strict=True):
        a.initial.store(stock, a.initial.number(value))
        a.output(stock)
    c = a.constants
    c.store(total, c.number(1000.0))
    c.store(beta, c("mul", c.load(contacts), c.load(infectivity)))
    s = a.step
    susceptible, infectious = s.load(stocks[0]), s.load(stocks[1])
    share = s("div", susceptible, s.load(total))
    infecting = s("mul", s("mul", s.load(beta), infectious), share)
    recovering = s("div", infectious, s.load(duration))
    s.store(rates[0], s("neg", infecting))
    s.store(rates[1], s("sub", infecting, recovering))
    s.store(rates[2], recovering)
    return a.program()


def oscillator(method: str, steps: int, dt: float) -> Program:
    """x'' = -x with x = 1, x' = 0 at the start: x = cos t."""
    a = Assembly(Clock(0.0, dt, steps), method, "oscillator")
    x, v = a.slot("x", Role.STOCK), a.slot("v", Role.STOCK)
    dx, dv = a.slot("dx", Role.DERIVATIVE), a.slot("dv", Role.DERIVATIVE)
    a.initial.store(x, a.initial.number(1.0))
    a.initial.store(v, a.initial.number(0.0))
    a.step.store(dx, a.step.load(v))
    a.step.store(dv, a.step("neg", a.step.load(x)))
    a.output(x)
    a.output(v)
    return a.program()
