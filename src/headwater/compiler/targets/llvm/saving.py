"""Writes the saving of a step: all output elements of a block of lanes, into the result.

Whether all that is saved of a lane is finite is found on the way: a number less itself is zero, or
not a number where it is infinite or not a number, and so is the sum of these differences.
"""

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
    saved. A row of the frame holds the sum of differences.
    """

    def __init__(self, function: Function, program: Program, memory: Memory) -> None:
        self.function = function
        self.memory = memory
        self.places = [
            (output.slot, element)
            for output in program.outputs
            for element in range(program.slots[output.slot].size)
        ]
        self.differences = memory.frame.reserve(1)

    def begin(self) -> None:
        """Write what comes before the first saving of a block of lanes."""
        f = self.function
        f.store_row(f.shape.splat(Type.F64, 0.0), self._sum_address())

    def end(self, first: str) -> None:
        """Tell for each lane whether all that was saved is finite; ``first`` is the first run."""
        f = self.function
        row, test = f.shape.type(Type.F64), f.shape.type(Type.BOOL)
        total = f.load_row(self._sum_address())
        finite = f.value(f"fcmp ord {row} {total}, {total}")
        truths = f.value(f"zext {test} {finite} to <{f.shape.lanes} x i8>")
        address = f.value(f"getelementptr i8, ptr %finite, i64 {first}")
        f.line(f"store <{f.shape.lanes} x i8> {truths}, ptr {address}, align 1")

    def _sum_address(self) -> str:
        return self.memory.row(self.function, str(self.differences))

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
        total = f.load_row(self._sum_address())
        if len(self.places) > UNROLLED_ROWS:
            total = self._save_rows(self.places, mask, total)
        else:
            total = self._save_each(mask, total)
        f.store_row(total, self._sum_address())

    def _save_each(self, mask: str, total: str) -> str:
        f = self.function
        for number, (slot, element) in enumerate(self.places):
            offset = f.value(f"mul i64 %value_stride, {number}")
            cell = f.value(f"getelementptr double, ptr %cell, i64 {offset}")
            address = self.memory.element(f, slot, element)
            difference = self._save_value(address, cell, mask)
            total = f.value(f"fadd {f.shape.type(Type.F64)} {total}, {difference}")
        return total

    def _save_rows(self, places: Sequence[tuple[int, int]], mask: str, total: str) -> str:
        """Save by a loop over a list of rows."""
        f, frame = self.function, self.memory.frame
        rows = np.array([frame.first_row[slot] + element for slot, element in places], np.int64)
        table = f.module.integers("saved_rows", rows)
        before, body = f.label, f.new_label("saving")
        f.jump(body)
        f.begin(body)
        kind = f.shape.type(Type.F64)
        number = f.value(f"phi i64 [ 0, %{before} ], [ %next.{body}, %{body} ]")
        so_far = f.value(f"phi {kind} [ {total}, %{before} ], [ %total.{body}, %{body} ]")
        row = f.value(f"load i64, ptr {f.value(f'getelementptr i64, ptr {table}, i64 {number}')}")
        offset = f.value(f"mul i64 %value_stride, {number}")
        cell = f.value(f"getelementptr double, ptr %cell, i64 {offset}")
        difference = self._save_value(self.memory.row(f, row), cell, mask)
        f.line(f"%total.{body} = fadd {kind} {so_far}, {difference}")
        f.line(f"%next.{body} = add nuw nsw i64 {number}, 1")
        f.branch(f.value(f"icmp slt i64 %next.{body}, {len(places)}"), body, f"after.{body}")
        f.begin(f"after.{body}")
        return f"%total.{body}"

    def _save_value(self, address: str, cell: str, mask: str) -> str:
        """Save a row, and return its difference from itself.

        A NaN's sign and payload depend on the processor; what is saved does not. The choice is made
        among integers, because LLVM takes one NaN for another.
        """
        f = self.function
        row, bits, test = (f.shape.type(kind) for kind in (Type.F64, Type.I64, Type.BOOL))
        value = f.load_row(address)
        difference = f.value(f"fsub {row} {value}, {value}")
        absent = f.value(f"fcmp uno {row} {value}, {value}")
        value = f.value(f"bitcast {row} {value} to {bits}")
        nan = f.shape.splat(Type.I64, NAN_BITS)
        value = f.value(f"select {test} {absent}, {bits} {nan}, {bits} {value}")
        if not mask:
            f.line(f"store {bits} {value}, ptr {cell}, align 8")
            return difference
        name = f"llvm.masked.store.{f.shape.suffix(Type.I64)}.p0"
        callee = f.module.declare(name, "void", [bits, "ptr", "i32", test])
        f.line(f"call void {callee}({bits} {value}, ptr {cell}, i32 8, {test} {mask})")
        return difference
