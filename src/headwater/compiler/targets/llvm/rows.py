"""The stocks of one block of lanes as rows, and what a method remembers for each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from headwater.compiler.program import Program, Role, Type
from headwater.compiler.targets.llvm.memory import Memory
from headwater.compiler.targets.llvm.text import Function
from headwater.compiler.targets.stepping import Move

UNROLLED_ROWS = 64
"""More stocks than this are gone through by a loop, so many in a turn."""

Body = Callable[[str, str, str], None]


@dataclass(slots=True)
class StockRows:
    """Goes through all stock elements.

    A *region* has a row for each of them: a local variable where the stock and its derivative are
    local variables, else a row of the frame. ``framed`` are those of which neither is local.
    """

    function: Function
    program: Program
    memory: Memory
    regions: dict[str, int] = field(default_factory=dict)
    stocks: list[tuple[int, int]] = field(init=False)
    rates: list[tuple[int, int]] = field(init=False)
    local: list[bool] = field(init=False)
    framed: list[bool] = field(init=False)

    def __post_init__(self) -> None:
        self.stocks, self.rates = (self._elements(r) for r in (Role.STOCK, Role.DERIVATIVE))
        variables = self.memory.variables
        pairs = zip(self.stocks, self.rates, strict=True)
        inside = [(stock in variables, rate in variables) for (stock, _), (rate, _) in pairs]
        self.local = [all(pair) for pair in inside]
        self.framed = [not any(pair) for pair in inside]

    def _elements(self, role: Role) -> list[tuple[int, int]]:
        slots = enumerate(self.program.slots)
        return [(s, e) for s, slot in slots if slot.role is role for e in range(slot.size)]

    @property
    def count(self) -> int:
        """Number of stock elements."""
        return len(self.stocks)

    def declare(self, names: Iterable[str]) -> None:
        """Make regions."""
        row = self.function.shape.type(Type.F64)
        for name in names:
            self.regions[name] = 0 if all(self.local) else self.memory.frame.reserve(self.count)
            for element, inside in enumerate(self.local):
                if inside:
                    self.function.line(f"%{name}.{element} = alloca {row}, align 64")

    def address(self, region: str, number: str) -> str:
        """Return the address of a region's row for a stock element."""
        f = self.function
        first = self.regions[region]
        if not number.isdigit():
            return self.memory.row(f, f.value(f"add i64 {number}, {first}"))
        if self.local[int(number)]:
            return f"%{region}.{number}"
        return self.memory.row(f, str(first + int(number)))

    def each(self, body: Body) -> None:
        """Write ``body`` for every element: its number, the addresses of stock and derivative."""
        f, begin = self.function, 0
        for framed, group in groupby(self.framed):
            end = begin + len(list(group))
            turns = (end - begin) // UNROLLED_ROWS if framed else 0
            if turns > 1:
                self._in_turns(body, begin, turns)
                begin += turns * UNROLLED_ROWS
            for number in range(begin, end):
                stock = self.memory.element(f, *self.stocks[number])
                body(str(number), stock, self.memory.element(f, *self.rates[number]))
            begin = end

    def _in_turns(self, body: Body, begin: int, turns: int) -> None:
        """Write a loop: stocks lie in consecutive rows, and so do derivatives."""
        f, first_row = self.function, self.memory.frame.first_row
        firsts = [first_row[slot] for slot, _ in (self.stocks[0], self.rates[0])]
        before, label = f.label, f.new_label("moving")
        f.jump(label)
        f.begin(label)
        turn = f.value(f"phi i64 [ 0, %{before} ], [ %next.{label}, %{label} ]")
        base = f.value(f"mul i64 {turn}, {UNROLLED_ROWS}")
        for k in range(UNROLLED_ROWS):
            number = f.value(f"add i64 {base}, {begin + k}")
            rows = [f.value(f"add i64 {number}, {first}") for first in firsts]
            body(number, *(self.memory.row(f, row) for row in rows))
        f.line(f"%next.{label} = add nuw nsw i64 {turn}, 1")
        f.branch(f.value(f"icmp slt i64 %next.{label}, {turns}"), label, f"after.{label}")
        f.begin(f"after.{label}")

    # Arithmetic on rows

    def weighted(self, move: Move, slopes: Mapping[int, str]) -> str:
        """Return the weighted sum of derivatives, from the left."""
        terms = [self.times(slopes[stage], weight) for stage, weight in move.terms]
        total = terms[0]
        for term in terms[1:]:
            total = self.binary("fadd", total, term)
        return total

    def times(self, value: str, factor: float) -> str:
        """Return a product with a literal."""
        if factor == 1.0:
            return value
        return self.binary("fmul", value, self.function.shape.splat(Type.F64, factor))

    def binary(self, name: str, a: str, b: str) -> str:
        """Return the result of an instruction on two rows."""
        f = self.function
        return f.value(f"{name} {f.shape.type(Type.F64)} {a}, {b}")
