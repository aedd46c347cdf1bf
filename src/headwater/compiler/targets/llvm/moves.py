"""Writes how the stocks move between the stages of a step (see ``targets/stepping``)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from headwater.compiler.program import Program, Role, Type
from headwater.compiler.targets.llvm.memory import Memory
from headwater.compiler.targets.llvm.text import Function
from headwater.compiler.targets.stepping import Move, Stepping

UNROLLED_ROWS = 64
"""More stocks than this move by a loop, so many in a turn."""

Address = Callable[[str], str]


@dataclass(slots=True)
class Mover:
    """Moves all stock elements of one block of lanes.

    ``old`` holds the stocks at the start of the step, ``total`` the weighted sum that ends it so
    far, ``kept[s]`` the derivatives of stage ``s`` where a later move needs them besides.
    """

    function: Function
    program: Program
    method: Stepping
    memory: Memory
    small: bool
    _regions: dict[str, int] = field(default_factory=dict)

    @property
    def elements(self) -> list[tuple[int, int]]:
        """Slot and element of every stock, in order."""
        return self._elements(Role.STOCK)

    def _elements(self, role: Role) -> list[tuple[int, int]]:
        slots = enumerate(self.program.slots)
        return [(s, e) for s, slot in slots if slot.role is role for e in range(slot.size)]

    def declare(self) -> None:
        """Make room for what a step with several stages must remember."""
        if self.method.stages == 1:
            return
        kept = {
            stage
            for number, move in enumerate(self.method.moves[:-1])
            for stage, _ in move.terms
            if stage != number - 1
        }
        count = len(self.elements)
        for name in ("old", "total", *(f"kept{stage}" for stage in sorted(kept))):
            if not self.small:
                self._regions[name] = self.memory.frame.reserve(count)
                continue
            self._regions[name] = 0
            for element in range(count):
                row = self.function.shape.type(Type.F64)
                self.function.line(f"%{name}.{element} = alloca {row}, align 64")

    def move(self, stage: int) -> None:
        """Write the move of the stocks for ``stage``, or the one that ends the step."""
        f = self.function
        stocks, rates = self.elements, self._elements(Role.DERIVATIVE)
        turns = 0 if self.small else len(stocks) // UNROLLED_ROWS
        if turns < 2:
            turns = 0
        else:
            self._move_in_turns(stage, turns, stocks[0][0], rates[0][0])
        for number in range(turns * UNROLLED_ROWS, len(stocks)):
            stock, rate = (self.memory.element(f, *e[number]) for e in (stocks, rates))
            self._move(stage, str(number), stock, rate)

    def _move_in_turns(self, stage: int, turns: int, stock: int, rate: int) -> None:
        """Move by a loop: stocks lie in consecutive rows, and so do derivatives."""
        f, first_row = self.function, self.memory.frame.first_row
        before, body = f.label, f.new_label("moving")
        f.jump(body)
        f.begin(body)
        turn = f.value(f"phi i64 [ 0, %{before} ], [ %next.{body}, %{body} ]")
        base = f.value(f"mul i64 {turn}, {UNROLLED_ROWS}")
        for k in range(UNROLLED_ROWS):
            number = f.value(f"add i64 {base}, {k}")
            rows = [f.value(f"add i64 {number}, {first_row[slot]}") for slot in (stock, rate)]
            self._move(stage, number, *(self.memory.row(f, row) for row in rows))
        f.line(f"%next.{body} = add nuw nsw i64 {turn}, 1")
        f.branch(f.value(f"icmp slt i64 %next.{body}, {turns}"), body, f"after.{body}")
        f.begin(f"after.{body}")

    def _address(self, name: str, number: str) -> str:
        f = self.function
        if self.small:
            return f"%{name}.{number}"
        first = self._regions[name]
        row = (
            str(first + int(number)) if number.isdigit() else f.value(f"add i64 {number}, {first}")
        )
        return self.memory.row(f, row)

    def _move(self, stage: int, number: str, stock: str, rate: str) -> None:
        """Move one row: ``stock`` and ``rate`` are the addresses of its stock and derivative."""
        f = self.function
        slope = f.load_row(rate)
        final = stage == self.method.stages
        if self.method.stages == 1:
            old = f.load_row(stock)
            f.store_row(self._moved(old, self.method.moves[1], {0: slope}), stock)
            return
        if stage == 1:
            old = f.load_row(stock)
            f.store_row(old, self._address("old", number))
        else:
            old = f.load_row(self._address("old", number))
        slopes = {stage - 1: slope}
        if f"kept{stage - 1}" in self._regions:
            f.store_row(slope, self._address(f"kept{stage - 1}", number))
        total = self._total(stage - 1, number, slope)
        if final:
            scaled = self._times(total, self.method.moves[stage].scale)
            f.store_row(self._binary("fadd", old, scaled), stock)
            return
        f.store_row(total, self._address("total", number))
        move = self.method.moves[stage]
        for earlier, _ in move.terms:
            if earlier != stage - 1:
                slopes[earlier] = f.load_row(self._address(f"kept{earlier}", number))
        f.store_row(self._moved(old, move, slopes), stock)

    def _total(self, stage: int, number: str, slope: str) -> str:
        """Return the sum that ends the step, with the term of ``stage`` added."""
        f = self.function
        terms = dict(self.method.moves[-1].terms)
        first = min(terms)
        if stage not in terms:
            zero = f.shape.splat(Type.F64, 0.0)
            return zero if stage < first else f.load_row(self._address("total", number))
        term = self._times(slope, terms[stage])
        if stage == first:
            return term
        return self._binary("fadd", f.load_row(self._address("total", number)), term)

    def _moved(self, old: str, move: Move, slopes: dict[int, str]) -> str:
        terms = [self._times(slopes[stage], weight) for stage, weight in move.terms]
        total = terms[0]
        for term in terms[1:]:
            total = self._binary("fadd", total, term)
        return self._binary("fadd", old, self._times(total, move.scale))

    def _times(self, value: str, factor: float) -> str:
        if factor == 1.0:
            return value
        return self._binary("fmul", value, self.function.shape.splat(Type.F64, factor))

    def _binary(self, name: str, a: str, b: str) -> str:
        f = self.function
        return f.value(f"{name} {f.shape.type(Type.F64)} {a}, {b}")
