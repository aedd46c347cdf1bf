"""The stocks of one block of lanes as rows, and what a method remembers for each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

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

    A *region* has a row for each of them: local variables in a small program, else rows of the
    frame.
    """

    function: Function
    program: Program
    memory: Memory
    small: bool
    regions: dict[str, int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Number of stock elements."""
        return len(self._elements(Role.STOCK))

    def _elements(self, role: Role) -> list[tuple[int, int]]:
        slots = enumerate(self.program.slots)
        return [(s, e) for s, slot in slots if slot.role is role for e in range(slot.size)]

    def declare(self, names: Iterable[str]) -> None:
        """Make regions."""
        row = self.function.shape.type(Type.F64)
        for name in names:
            if not self.small:
                self.regions[name] = self.memory.frame.reserve(self.count)
                continue
            self.regions[name] = 0
            for element in range(self.count):
                self.function.line(f"%{name}.{element} = alloca {row}, align 64")

    def address(self, region: str, number: str) -> str:
        """Return the address of a region's row for a stock element."""
        f = self.function
        if self.small:
            return f"%{region}.{number}"
        first = self.regions[region]
        row = (
            str(first + int(number)) if number.isdigit() else f.value(f"add i64 {number}, {first}")
        )
        return self.memory.row(f, row)

    def each(self, body: Body) -> None:
        """Write ``body`` for every element: its number, the addresses of stock and derivative."""
        f = self.function
        stocks, rates = self._elements(Role.STOCK), self._elements(Role.DERIVATIVE)
        turns = 0 if self.small else len(stocks) // UNROLLED_ROWS
        if turns < 2:
            turns = 0
        else:
            self._in_turns(body, turns, stocks[0][0], rates[0][0])
        for number in range(turns * UNROLLED_ROWS, len(stocks)):
            stock, rate = (self.memory.element(f, *e[number]) for e in (stocks, rates))
            body(str(number), stock, rate)

    def _in_turns(self, body: Body, turns: int, stock: int, rate: int) -> None:
        """Write a loop: stocks lie in consecutive rows, and so do derivatives."""
        f, first_row = self.function, self.memory.frame.first_row
        before, label = f.label, f.new_label("moving")
        f.jump(label)
        f.begin(label)
        turn = f.value(f"phi i64 [ 0, %{before} ], [ %next.{label}, %{label} ]")
        base = f.value(f"mul i64 {turn}, {UNROLLED_ROWS}")
        for k in range(UNROLLED_ROWS):
            number = f.value(f"add i64 {base}, {k}")
            rows = [f.value(f"add i64 {number}, {first_row[slot]}") for slot in (stock, rate)]
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
