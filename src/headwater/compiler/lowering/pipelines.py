"""Fixed delays as ring buffers: what went in ``n`` steps ago comes out.

The number of steps is the delay divided by the step, to the nearest, halves up, at least one; it is
fixed at the start of the run. Where it is a literal the ring has just the cells of the longest
delay; where it differs from run to run the ring holds the whole run.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from headwater.compiler.program import Clock, Op, Role
from headwater.compiler.resolved import Quantity

if TYPE_CHECKING:
    from headwater.compiler.lowering.expression_code import ExpressionCode
    from headwater.compiler.lowering.storage import Storage


_HALF = 0.5 + 1e-6
"""A delay of half a step more is a whole one more, however its length was rounded."""


class Pipelines:
    """The ring buffers of a program."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock
        self._ring: dict[Quantity, int] = {}
        self._length: dict[Quantity, int] = {}

    def _make(self, quantity: Quantity) -> tuple[int, int]:
        if quantity not in self._ring:
            steps = self._literal_steps(quantity)
            length = self._clock.steps + 1 if steps is None else steps
            self._length[quantity] = length
            name = f"ring({quantity.name})"
            self._ring[quantity] = self._storage.make(name, Role.STATE, length * quantity.size)
        return self._ring[quantity], self._length[quantity]

    def _literal_steps(self, quantity: Quantity) -> int | None:
        slot = self._storage.lag(quantity)
        longest = 1
        for k in range(quantity.size):
            lag = self._storage.known.get((slot, k))
            if lag is None or not math.isfinite(lag):
                return None
            longest = max(longest, math.floor(lag / self._clock.dt + _HALF))
        return min(longest, self._clock.steps + 1)

    def read(self, code: ExpressionCode, quantity: Quantity) -> None:
        """In a step: take what went in ``n`` steps ago, or the initial value before that."""
        builder = code.builder
        ring, length = self._make(quantity)
        target = self._storage.slot(quantity, code.block_name)
        initial = self._storage.initial_of_pipeline(quantity)
        with code.each(quantity.size) as elements:
            for element in elements:
                lag = builder.load(self._storage.lag(quantity), element)
                steps = self._steps(code, lag)
                since = builder.emit(Op.ISUB, builder.emit(Op.STEP), steps)
                filled = builder.emit(Op.ILE, builder.integer(0), since)
                place = builder.emit(Op.IMOD, since, builder.integer(length))
                row = builder.emit(Op.IMUL, place, builder.integer(quantity.size))
                value = builder.load(ring, builder.emit(Op.IADD, row, element))
                before = builder.load(initial, element)
                chosen = builder.emit(Op.SELECT, filled, value, before)
                builder.store(target, element, chosen)

    def write(self, code: ExpressionCode, quantity: Quantity) -> None:
        """Between steps: put the input of the step into the ring."""
        builder = code.builder
        ring, length = self._make(quantity)
        source = self._storage.next(quantity)
        place = builder.emit(Op.IMOD, builder.emit(Op.STEP), builder.integer(length))
        with code.each(quantity.size) as elements:
            for element in elements:
                row = builder.emit(Op.IMUL, place, builder.integer(quantity.size))
                index = builder.emit(Op.IADD, row, element)
                builder.store(ring, index, builder.load(source, element))

    def _steps(self, code: ExpressionCode, lag: int) -> int:
        builder = code.builder
        ratio = builder.emit(Op.DIV, lag, builder.number(self._clock.dt))
        above = builder.emit(Op.ADD, ratio, builder.number(_HALF))
        nearest = builder.emit(Op.TO_INTEGER, builder.emit(Op.FLOOR, above))
        one, most = builder.integer(1), builder.integer(self._clock.steps + 1)
        at_least = builder.emit(Op.ISELECT, builder.emit(Op.ILT, nearest, one), one, nearest)
        return builder.emit(Op.ISELECT, builder.emit(Op.ILT, most, at_least), most, at_least)
