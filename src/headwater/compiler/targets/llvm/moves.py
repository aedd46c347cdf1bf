"""Writes how the stocks move between the stages of a step (see ``targets/stepping``)."""

from __future__ import annotations

from dataclasses import dataclass

from headwater.compiler.program import Type
from headwater.compiler.targets.llvm.rows import StockRows
from headwater.compiler.targets.llvm.text import Function
from headwater.compiler.targets.stepping import Move, Stepping


@dataclass(slots=True)
class Mover:
    """Moves all stock elements of one block of lanes by a fixed step.

    ``old`` holds the stocks at the start of the step, ``total`` the weighted sum that ends it so
    far, ``kept[s]`` the derivatives of stage ``s`` where a later move needs them besides.
    """

    function: Function
    method: Stepping
    rows: StockRows

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
        self.rows.declare(("old", "total", *(f"kept{stage}" for stage in sorted(kept))))

    def move(self, stage: int) -> None:
        """Write the move of the stocks for ``stage``, or the one that ends the step."""
        self.rows.each(lambda number, stock, rate: self._move(stage, number, stock, rate))

    def move_row(self, stage: int, rate: tuple[int, int]) -> None:
        """Write the move of the one stock whose derivative is an element of a slot."""
        rows = self.rows
        number = rows.rates.index(rate)
        addresses = (rows.memory.element(self.function, *e) for e in (rows.stocks[number], rate))
        self._move(stage, str(number), *addresses)

    def _move(self, stage: int, number: str, stock: str, rate: str) -> None:
        """Move one row: ``stock`` and ``rate`` are the addresses of its stock and derivative."""
        f, rows = self.function, self.rows
        slope = f.load_row(rate)
        final = stage == self.method.stages
        if self.method.stages == 1:
            old = f.load_row(stock)
            f.store_row(self._moved(old, self.method.moves[1], {0: slope}), stock)
            return
        if stage == 1:
            old = f.load_row(stock)
            f.store_row(old, rows.address("old", number))
        else:
            old = f.load_row(rows.address("old", number))
        slopes = {stage - 1: slope}
        if f"kept{stage - 1}" in rows.regions:
            f.store_row(slope, rows.address(f"kept{stage - 1}", number))
        total = self._total(stage - 1, number, slope)
        if final:
            scaled = rows.times(total, self.method.moves[stage].scale)
            f.store_row(rows.binary("fadd", old, scaled), stock)
            return
        f.store_row(total, rows.address("total", number))
        move = self.method.moves[stage]
        for earlier, _ in move.terms:
            if earlier != stage - 1:
                slopes[earlier] = f.load_row(rows.address(f"kept{earlier}", number))
        f.store_row(self._moved(old, move, slopes), stock)

    def _total(self, stage: int, number: str, slope: str) -> str:
        """Return the sum that ends the step, with the term of ``stage`` added."""
        f, rows = self.function, self.rows
        terms = dict(self.method.moves[-1].terms)
        first = min(terms)
        if stage not in terms:
            zero = f.shape.splat(Type.F64, 0.0)
            return zero if stage < first else f.load_row(rows.address("total", number))
        term = rows.times(slope, terms[stage])
        if stage == first:
            return term
        return rows.binary("fadd", f.load_row(rows.address("total", number)), term)

    def _moved(self, old: str, move: Move, slopes: dict[int, str]) -> str:
        delta = self.rows.times(self.rows.weighted(move, slopes), move.scale)
        return self.rows.binary("fadd", old, delta)
