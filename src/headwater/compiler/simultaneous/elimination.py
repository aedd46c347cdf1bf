"""Linear equations within a program: Gauss-Jordan elimination with row interchanges.

Golub and Van Loan, *Matrix Computations*, 4th edition, 3.4 (partial pivoting). All lanes take the
same instructions: two rows are interchanged by selecting, of each pair of numbers, the one or the
other. A singular matrix gives numbers that are not finite.
"""

from __future__ import annotations

from collections.abc import Callable

from headwater.compiler.lowering.builder import BlockBuilder
from headwater.compiler.program import Op

UNROLLED = 3
"""Systems of at most so many equations are written out; larger ones are loops."""


def repeat(builder: BlockBuilder, count: int, size: int, body: Callable[[int], None]) -> None:
    """Write ``body`` for 0 .. count - 1: written out in a small system (of ``size``), or a loop."""
    if size <= UNROLLED:
        for k in range(count):
            body(builder.integer(k))
        return
    with builder.loop(count) as index:
        body(index)


def eliminate(builder: BlockBuilder, slot: int, size: int) -> None:
    """Solve ``size`` equations whose rows lie in a slot, each with its right side as last number.

    The solution takes the place of the right sides. The slot is one of the block's accumulators.
    """
    _Elimination(builder, slot, size).write()


class _Elimination:
    def __init__(self, builder: BlockBuilder, slot: int, size: int) -> None:
        self.builder = builder
        self.slot = slot
        self.size = size

    def write(self) -> None:
        self._each(self.size, self._column)

    def _each(self, count: int, body: Callable[[int], None]) -> None:
        repeat(self.builder, count, self.size, body)

    def _place(self, row: int, column: int) -> int:
        width = self.builder.integer(self.size + 1)
        return self.builder.emit(Op.IADD, self.builder.emit(Op.IMUL, row, width), column)

    def _at(self, row: int, column: int) -> int:
        return self.builder.load(self.slot, self._place(row, column))

    def _put(self, row: int, column: int, value: int) -> None:
        self.builder.store(self.slot, self._place(row, column), value)

    def _column(self, k: int) -> None:
        """Make a column one of the identity."""
        emit = self.builder.emit
        self._each(self.size, lambda i: self._raise(k, i))
        pivot = self._at(k, k)
        self._each(self.size + 1, lambda j: self._put(k, j, emit(Op.DIV, self._at(k, j), pivot)))
        self._each(self.size, lambda i: self._clear(k, i))

    def _raise(self, k: int, i: int) -> None:
        """Interchange rows where the lower one has the larger number in the column."""
        emit = self.builder.emit
        lower = emit(Op.ILT, k, i)
        if self.builder.literal(lower) is False:
            return
        here, there = emit(Op.ABS, self._at(k, k)), emit(Op.ABS, self._at(i, k))
        larger = emit(Op.AND, lower, emit(Op.LT, here, there))

        def interchange(j: int) -> None:
            upper, under = self._at(k, j), self._at(i, j)
            self._put(k, j, emit(Op.SELECT, larger, under, upper))
            self._put(i, j, emit(Op.SELECT, larger, upper, under))

        self._each(self.size + 1, interchange)

    def _clear(self, k: int, i: int) -> None:
        """Take a multiple of the pivot's row from another."""
        emit, same = self.builder.emit, self.builder.emit(Op.IEQ, k, i)
        if self.builder.literal(same) is True:
            return
        factor = emit(Op.SELECT, same, self.builder.number(0.0), self._at(i, k))

        def reduce(j: int) -> None:
            product = emit(Op.MUL, factor, self._at(k, j))
            self._put(i, j, emit(Op.SUB, self._at(i, j), product))

        self._each(self.size + 1, reduce)
