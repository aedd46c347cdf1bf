"""The kernel: simulates one block of lanes after another, from start to stop.

It is a function of the inputs (input × run), the identities of the runs, the seed, the result
(saved value × saved time × run, with strides in elements), the frame, the number of blocks, and the
number of lanes that are real: the others of a last, incomplete block are computed and not saved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from headwater.compiler.program import Op, Program, Type
from headwater.compiler.targets.llvm.block import Tools
from headwater.compiler.targets.llvm.lookup import LookupWriter
from headwater.compiler.targets.llvm.memory import Memory, lay_out, reached_by_literal
from headwater.compiler.targets.llvm.moves import Mover
from headwater.compiler.targets.llvm.parts import Moment, Part, Parts
from headwater.compiler.targets.llvm.processor import Processor
from headwater.compiler.targets.llvm.routines import RoutineLibrary
from headwater.compiler.targets.llvm.slices import derivatives_only, without_saving
from headwater.compiler.targets.llvm.text import Function, Module, Shape, float_text
from headwater.compiler.targets.llvm.values import IndexArray
from headwater.compiler.targets.stepping import Stepping, stepping

NAME = "headwater_kernel"
PARAMETERS = (
    "ptr noalias %inputs, i64 %input_stride, ptr noalias %all_runs, i64 %seed, "
    "ptr noalias %result, i64 %value_stride, i64 %time_stride, ptr noalias align 64 %frame, "
    "i64 %blocks, i64 %real"
)
UNROLLED_ROWS = 24
NAN_BITS = 0x7FF8000000000000
SMALL_PROGRAM = 600
"""A program of fewer instructions, all stages counted, becomes one function with variables."""


@dataclass(frozen=True, slots=True)
class Source:
    """A program as LLVM text, and the rows that its frame needs."""

    text: str
    rows: int


def write_program(program: Program, lanes: int) -> Source:
    """Return the text of a module with the kernel of a program."""
    module = Module(Shape(lanes))
    method = stepping(program)
    small = _is_small(program, method)
    frame = lay_out(program)
    memory = Memory(frame, reached_by_literal(program) if small else frozenset())
    tools = Tools(
        program,
        memory,
        LookupWriter(module, program.graphs),
        RoutineLibrary(module),
        [module.floats(f"table{k}", t.values) for k, t in enumerate(program.tables)],
        [
            IndexArray(module.integers(f"indices{k}", t.values), len(t.values))
            for k, t in enumerate(program.index_tables)
        ],
    )
    _Kernel(program, method, module, tools, small).write()
    tools.routines.write_functions()
    return Source(module.text(), frame.rows)


def lanes_for(program: Program, processor: Processor) -> int:
    """Return the number of lanes at which a program runs quickest.

    Short programs wait for their own results; they do better with the work of several vectors.
    """
    return processor.lanes * (2 if _is_small(program, stepping(program)) else 1)


def _is_small(program: Program, method: Stepping) -> bool:
    size = len(program.step.instructions) * method.stages
    size += sum(len(b.instructions) for b in program.blocks.values())
    size += sum(slot.size for slot in program.slots)
    looks_up = sum(1 for i in program.step.instructions if i.op is Op.LOOKUP)
    return size + 50 * looks_up * method.stages <= SMALL_PROGRAM


class _Kernel:
    """Writes the kernel of one program."""

    def __init__(
        self, program: Program, method: Stepping, module: Module, tools: Tools, small: bool
    ) -> None:
        self.program = program
        self.method = method
        self.tools = tools
        self.memory = tools.memory
        self.small = small
        self.function = Function(module)
        self.mover = Mover(self.function, program, method, self.memory, small)
        parts = Parts(module, tools, inline=small)
        self.constants = parts.prepare("constants", program.constants)
        self.initial = parts.prepare("initial", program.initial)
        self.step = parts.prepare("step", program.step)
        self.update = parts.prepare("update", program.update)
        self.commit = parts.prepare("commit", program.commit)
        self.unsaved = self._lean(parts, "unsaved", without_saving)
        self.stage = (
            self._lean(parts, "stage", derivatives_only) if method.stages > 1 else self.step
        )

    def _lean(self, parts: Parts, name: str, take: object) -> Part:
        """Return the step block without what is not needed, or itself where little is saved."""
        assert callable(take)
        lean = take(self.program)
        if self.small or len(lean.instructions) > 0.9 * len(self.program.step.instructions):
            return self.step
        return parts.prepare(name, lean)

    def write(self) -> None:
        f = self.function
        self.memory.declare_variables(f)
        self.mover.declare()
        f.jump("block")
        f.begin("block")
        f.line("%block_number = phi i64 [ 0, %entry ], [ %next_block, %block_end ]")
        first = f.value(f"mul i64 %block_number, {f.shape.lanes}")
        f.line(f"%runs = getelementptr i64, ptr %all_runs, i64 {first}")
        f.line(f"%column = getelementptr double, ptr %result, i64 {first}")
        self._clear()
        self._read_inputs(first)
        start = Moment(float_text(self.program.clock.start), "0")
        self.constants.write(f, start)
        self.initial.write(f, start)
        self._write_steps()
        f.begin("block_end")
        f.line("%next_block = add nuw nsw i64 %block_number, 1")
        f.branch(f.value("icmp slt i64 %next_block, %blocks"), "block", "done")
        f.begin("done")
        f.line("ret void")
        f.finish(NAME, "void", PARAMETERS, "nounwind")

    def _clear(self) -> None:
        f = self.function
        self.memory.clear_variables(f)
        size = sum(
            s.size for k, s in enumerate(self.program.slots) if k not in self.memory.variables
        )
        if size:
            bytes_ = self.memory.frame.rows * f.shape.lanes * 8
            callee = f.module.declare("llvm.memset.p0.i64", "void", ["ptr", "i8", "i64", "i1"])
            f.line(f"call void {callee}(ptr align 64 %frame, i8 0, i64 {bytes_}, i1 false)")

    def _read_inputs(self, first: str) -> None:
        f = self.function
        column = f.value(f"getelementptr double, ptr %inputs, i64 {first}")
        for row, given in enumerate(self.program.inputs):
            offset = f.value(f"mul i64 %input_stride, {row}")
            address = f.value(f"getelementptr double, ptr {column}, i64 {offset}")
            value = f.value(f"load {f.shape.type(Type.F64)}, ptr {address}, align 8")
            f.store_row(value, self.memory.element(f, given.slot, given.offset))

    # Steps

    def _write_steps(self) -> None:
        f, clock = self.function, self.program.clock
        before = f.label
        f.jump("stepping")
        f.begin("stepping")
        f.line(f"%step = phi i64 [ 0, %{before} ], [ %next_step, %step_end ]")
        f.line(f"%cell = phi ptr [ %column, %{before} ], [ %next_cell, %step_end ]")
        f.line(f"%due_at = phi i64 [ 0, %{before} ], [ %next_due, %step_end ]")
        passed = f.value("sitofp i64 %step to double")
        passed = f.value(f"fmul double {passed}, {float_text(clock.dt)}")
        f.line(f"%time = fadd double {passed}, {float_text(clock.start)}")
        self._first_stage()
        last = f.value(f"icmp eq i64 %step, {clock.steps}")
        f.branch(last, "block_end", "advance")
        f.begin("advance")
        self.update.write(f, Moment("%time", "%step"))
        self._further_stages()
        self.commit.write(f, Moment("%time", "%step"))
        f.jump("step_end")
        f.begin("step_end")
        f.line("%next_step = add nuw nsw i64 %step, 1")
        f.jump("stepping")

    def _first_stage(self) -> None:
        """Evaluate the step; save it when it is due."""
        f, clock = self.function, self.program.clock
        now = Moment("%time", "%step")
        due = f.value("icmp eq i64 %step, %due_at") if clock.stride > 1 else "true"
        if self.unsaved is self.step:
            self.step.write(f, now)
            f.branch(due, "save", "unsaved")
            f.begin("save")
        else:
            f.branch(due, "save", "unsaved")
            f.begin("save")
            self.step.write(f, now)
        f.branch(f.value(f"icmp eq i64 %real, {f.shape.lanes}"), "save_all", "save_some")
        for label, masked in (("save_all", False), ("save_some", True)):
            f.begin(label)
            self._save(masked)
            f.jump("saved")
        f.begin("saved")
        saved_cell = f.value("getelementptr double, ptr %cell, i64 %time_stride")
        later = f.value(f"add i64 %due_at, {clock.stride}")
        next_due = f.call("llvm.smin.i64", "i64", ("i64", later), ("i64", str(clock.steps)))
        f.jump("stage_end")
        f.begin("unsaved")
        if self.unsaved is not self.step:
            self.unsaved.write(f, now)
        f.jump("stage_end")
        f.begin("stage_end")
        f.line(f"%next_cell = phi ptr [ {saved_cell}, %saved ], [ %cell, %unsaved ]")
        f.line(f"%next_due = phi i64 [ {next_due}, %saved ], [ %due_at, %unsaved ]")

    def _further_stages(self) -> None:
        f = self.function
        for stage in range(1, self.method.stages + 1):
            self.mover.move(stage)
            if stage < self.method.stages:
                offset = float_text(self.method.offsets[stage])
                time = f.value(f"fadd double %time, {offset}")
                self.stage.write(f, Moment(time, "%step"))

    # Saving

    def _save(self, masked: bool) -> None:
        """Write all saved values of the current step to the result."""
        f, slots = self.function, self.program.slots
        places = [(o.slot, e) for o in self.program.outputs for e in range(slots[o.slot].size)]
        if len(places) > UNROLLED_ROWS and not self.memory.variables:
            self._save_rows(places, masked)
            return
        mask = self._mask() if masked else ""
        for number, (slot, element) in enumerate(places):
            offset = f.value(f"mul i64 %value_stride, {number}")
            cell = f.value(f"getelementptr double, ptr %cell, i64 {offset}")
            self._save_value(self.memory.element(f, slot, element), cell, mask)

    def _save_rows(self, places: Sequence[tuple[int, int]], masked: bool) -> None:
        """Save by a loop over a list of rows."""
        f, frame = self.function, self.memory.frame
        rows = np.array([frame.first_row[slot] + element for slot, element in places], np.int64)
        table = f.module.integers("saved_rows", rows)
        mask = self._mask() if masked else ""
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

    def _mask(self) -> str:
        f = self.function
        lanes = f.shape.type(Type.I64)
        return f.value(f"icmp slt {lanes} {f.shape.numbers()}, {f.splat(Type.I64, '%real')}")

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
