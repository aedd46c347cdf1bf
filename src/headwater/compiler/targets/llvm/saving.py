"""Writes the saving of a step: all output elements of a block of lanes, into the result."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from headwater.compiler.program import Program, Type
from headwater.compiler.targets.llvm.memory import UNROLLED_ROWS, Memory
from headwater.compiler.targets.llvm.text import Function

NAN_BITS = 0x7FF8000000000000


class Saver:
    """Saves to ``%cell``, the place of the first value of this step and block in the result.

    Consecutive values are ``%value_stride`` numbers apart; ``%real`` is the number of lanes to be
    saved.
    """

    def __init__(self, function: Function, program: Program, memory: Memory) -> None:
        self.function = function
        self.memory = memory
        self.places = [
            (output.slot, element)
            for output in program.outputs
            for element in range(program.slots[output.slot].size)
        ]

    def write(self, end: str) -> None:
        """Save what is real of all values, then go to the label ``end``."""
        f = self.function
        f.branch(f.value(f"icmp eq i64 %real, {f.shape.lanes}"), "save_all", "save_some")
        f.begin("save_all")
        self._save("")
        f.jump(end)
        f.begin("save_some")
        lanes = f.shape.type(Type.I64)
        real = f.splat(Type.I64, "%real")
        self._save(f.value(f"icmp slt {lanes} {f.shape.numbers()}, {real}"))
        f.jump(end)

    def _save(self, mask: str) -> None:
        f = self.function
        if len(self.places) > UNROLLED_ROWS:
            self._save_rows(self.places, mask)
            return
        for number, (slot, element) in enumerate(self.places):
            offset = f.value(f"mul i64 %value_stride, {number}")
            cell = f.value(f"getelementptr double, ptr %cell, i64 {offset}")
            self._save_value(self.memory.element(f, slot, element), cell, mask)

    def _save_rows(self, places: Sequence[tuple[int, int]], mask: str) -> None:
        """Save by a loop over a list of rows."""
        f, frame = self.function, self.memory.frame
        rows = np.array([frame.first_row[slot] + element for slot, element in places], np.int64)
        table = f.module.integers("saved_rows", rows)
        before, body = f.label, f.new_label("saving")
        f.jump(body)
        f.begin(body)
        number = f.value(f"phi i64 [ 0, %{before} ], [ %next.{body}, %{body} ]")
        row = f.value(f"load i64, ptr {f.value(f'getelementptr i64, ptr {table}, i64 {number}')}")
        offset = f.value(f"mul i64 %value_stride, {number}")
        cell = f.value(f"getelementptr double, ptr %cell, i64 {offset}")
        self._save_value(self.memory.row(f, row), cell, mask)
        f.line(f"%next.{body} = add nuw nsw i64 {number}, 1")
        f.branch(f.value(f"icmp slt i64 %next.{body}, {len(places)}"), body, f"after.{body}")
        f.begin(f"after.{body}")

    def _save_value(self, address: str, cell: str, mask: str) -> None:
        """Save a row. A NaN's sign and payload depend on the processor; what is saved does not.

        The choice is made among integers, because LLVM takes one NaN for another.
        """
        f = self.function
        row, bits, test = (f.shape.type(kind) for kind in (Type.F64, Type.I64, Type.BOOL))
        value = f.load_row(address)
        absent = f.value(f"fcmp uno {row} {value}, {value}")
        value = f.value(f"bitcast {row} {value} to {bits}")
        nan = f.shape.splat(Type.I64, NAN_BITS)
        value = f.value(f"select {test} {absent}, {bits} {nan}, {bits} {value}")
        if not mask:
            f.line(f"store {bits} {value}, ptr {cell}, align 8")
            return
        name = f"llvm.masked.store.{f.shape.suffix(Type.I64)}.p0"
        callee = f.module.declare(name, "void", [bits, "ptr", "i32", test])
        f.line(f"call void {callee}({bits} {value}, ptr {cell}, i32 8, {test} {mask})")
