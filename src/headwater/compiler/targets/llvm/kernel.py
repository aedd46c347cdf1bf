"""The kernel: simulates one block of lanes after another, from start to stop.

It is a function of the inputs (input × run), the identities of the runs, the seed, the result
(saved value × saved time × run, with strides in elements), the truths that tell of each run whether
all that is saved is finite, the frame, the number of blocks, and the number of lanes that are real:
the others of a last, incomplete block are computed and not saved, but their truths are written.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from headwater.compiler.program import Block, Op, Program, Type
from headwater.compiler.targets.llvm.adaptive import AdaptiveMover, end_of
from headwater.compiler.targets.llvm.block import Tools
from headwater.compiler.targets.llvm.jit import NAME
from headwater.compiler.targets.llvm.lookup import LookupWriter
from headwater.compiler.targets.llvm.memory import Memory, lay_out, variables_of
from headwater.compiler.targets.llvm.moves import Mover
from headwater.compiler.targets.llvm.nearness import row_by_row
from headwater.compiler.targets.llvm.parts import Moment, Part, Parts
from headwater.compiler.targets.llvm.processor import Processor
from headwater.compiler.targets.llvm.routines import RoutineLibrary
from headwater.compiler.targets.llvm.rows import StockRows
from headwater.compiler.targets.llvm.saving import Saver
from headwater.compiler.targets.llvm.sizing import is_small, weigh
from headwater.compiler.targets.llvm.slices import derivatives_only, without_saving
from headwater.compiler.targets.llvm.text import Function, Module, Shape, float_text
from headwater.compiler.targets.llvm.values import IndexArray
from headwater.compiler.targets.stepping import Stepping, stepping

PARAMETERS = (
    "ptr noalias %inputs, i64 %input_stride, ptr noalias %all_runs, i64 %seed, "
    "ptr noalias %result, i64 %value_stride, i64 %time_stride, ptr noalias %finite, "
    "ptr noalias align 64 %frame, i64 %blocks, i64 %real"
)
WORTH_A_COPY = 0.9
"""A block without some of its instructions is written separately if it is so much shorter."""

LONG_STEP = 6000
"""A longer step is written separately only where it saves half, since compiling takes long."""


FEW_STOCKS = 16
"""So many vectors of stocks find registers, together with their derivatives."""


@dataclass(frozen=True, slots=True)
class Source:
    """A program as LLVM text, and the rows that its frame needs."""

    text: str
    rows: int


def write_program(program: Program, lanes: int, processor: Processor | None = None) -> Source:
    """Return the text of a module with the kernel of a program.

    Without a ``processor`` the text will do for any.
    """
    module = Module(Shape(lanes), processor)
    small = is_small(program)
    frame = lay_out(program)
    tools = Tools(
        program,
        Memory(frame, variables_of(program, lanes) if small else frozenset()),
        LookupWriter(module, program.graphs),
        RoutineLibrary(module),
        [module.floats(f"table{k}", t.values) for k, t in enumerate(program.tables)],
        [
            IndexArray(module.integers(f"indices{k}", t.values), len(t.values))
            for k, t in enumerate(program.index_tables)
        ],
    )
    _Kernel(program, stepping(program), module, tools, small).write()
    tools.routines.write_functions()
    return Source(module.text(), frame.rows)


class _Kernel:
    """Writes the kernel of one program."""

    def __init__(
        self, program: Program, method: Stepping, module: Module, tools: Tools, small: bool
    ) -> None:
        self.program = program
        self.method = method
        self.memory = tools.memory
        self.small = small
        self.function = Function(module)
        rows = StockRows(self.function, program, self.memory)
        self.mover = Mover(self.function, method, rows)
        self.adaptive: AdaptiveMover | None = None
        if method.control is not None:
            self.adaptive = AdaptiveMover(
                self.function, program, method, method.control, self.memory, rows
            )
        self.saver = Saver(self.function, program, self.memory)
        self.parts = Parts(module, tools, inline=small, own_time=self.adaptive is not None)
        self.step = self.parts.prepare("step", program.step, of_step=True)
        self.unsaved, self.stage = self.step, self.step
        self.fused = self._fuse()
        if program.clock.stride > 1:
            self.unsaved = self._lean("unsaved", without_saving(program))
        if method.stages > 1:
            self.stage = self._lean("stage", derivatives_only(program))

    def _lean(self, name: str, lean: Block) -> Part:
        """Return a part for the step block less some instructions, or that for all of it.

        In a small program all is in one function, and LLVM leaves out what is not used.
        """
        whole = weigh(self.program.step.instructions)
        worth = WORTH_A_COPY if whole <= LONG_STEP else 0.5
        if self.small or weigh(lean.instructions) > worth * whole:
            return self.step
        return self.parts.prepare(name, lean, of_step=True)

    def write(self) -> None:
        """Write the loop over blocks of lanes."""
        f = self.function
        self.memory.declare_variables(f)
        (self.adaptive or self.mover).declare()
        f.natural = "%real"
        f.jump("block")
        f.begin("block")
        f.line("%block_number = phi i64 [ 0, %entry ], [ %next_block, %block_end ]")
        first = f.value(f"mul i64 %block_number, {f.shape.lanes}")
        f.line(f"%runs = getelementptr i64, ptr %all_runs, i64 {first}")
        f.line(f"%column = getelementptr double, ptr %result, i64 {first}")
        self._clear()
        self.saver.begin()
        self._read_inputs(first)
        start = Moment(float_text(self.program.clock.start), "0")
        for name in ("constants", "initial"):
            self.parts.prepare(name, self.program.blocks[name]).write(f, start)
        self._write_steps()
        f.begin("block_end")
        self.saver.end(first)
        f.line("%next_block = add nuw nsw i64 %block_number, 1")
        f.branch(f.value("icmp slt i64 %next_block, %blocks"), "block", "done")
        f.begin("done")
        f.line("ret void")
        f.finish(NAME, "void", PARAMETERS, "nounwind alignstack(64)")

    def _clear(self) -> None:
        """Set all slots to zero."""
        f = self.function
        self.memory.clear_variables(f)
        if len(self.memory.variables) < len(self.program.slots):
            size = sum(slot.size for slot in self.program.slots) * f.shape.lanes * 8
            callee = f.module.declare("llvm.memset.p0.i64", "void", ["ptr", "i8", "i64", "i1"])
            f.line(f"call void {callee}(ptr align 64 %frame, i8 0, i64 {size}, i1 false)")

    def _read_inputs(self, first: str) -> None:
        f = self.function
        column = f.value(f"getelementptr double, ptr %inputs, i64 {first}")
        for row, given in enumerate(self.program.inputs):
            f.cut()
            offset = f.value(f"mul i64 %input_stride, {row}")
            address = f.value(f"getelementptr double, ptr {column}, i64 {offset}")
            value = f.value(f"load {f.shape.type(Type.F64)}, ptr {address}, align 8")
            f.store_row(value, self.memory.element(f, given.slot, given.offset))

    def _write_steps(self) -> None:
        """Write the loop over steps."""
        f, clock = self.function, self.program.clock
        now = Moment("%time", "%step")
        if self.adaptive:
            self.adaptive.begin()
        before = f.label
        f.jump("stepping")
        f.begin("stepping")
        f.line(f"%step = phi i64 [ 0, %{before} ], [ %next_step, %step_end ]")
        f.line(f"%cell = phi ptr [ %column, %{before} ], [ %next_cell, %step_end ]")
        f.line(f"%due_at = phi i64 [ 0, %{before} ], [ %next_due, %step_end ]")
        passed = f.value("sitofp i64 %step to double")
        passed = f.value(f"fmul double {passed}, {float_text(clock.dt)}")
        f.line(f"%time = fadd double {passed}, {float_text(clock.start)}")
        here = Moment(f.splat(Type.F64, "%time"), "%step") if self.adaptive else now
        self._first_stage(here)
        f.branch(f.value(f"icmp eq i64 %step, {clock.steps}"), "block_end", "advance")
        f.begin("advance")
        self.parts.prepare("update", self.program.update).write(f, now)
        every = self._further_stages(here)
        self.parts.prepare("commit", self.program.commit).write(f, now)
        f.jump("step_end")
        f.begin("step_end")
        f.line(f"%later_step = add nuw nsw i64 %step, {every}")
        most = ("i64", str(clock.steps))
        smallest = f.call("llvm.smin.i64", "i64", ("i64", "%later_step"), most)
        f.line(f"%next_step = add nuw nsw i64 {smallest}, 0")
        f.jump("stepping")

    def _first_stage(self, now: Moment) -> None:
        """Evaluate the step, and save it when it is due."""
        f, clock = self.function, self.program.clock
        if self.unsaved is self.step:
            self.step.write(f, now)
        due = f.value("icmp eq i64 %step, %due_at") if clock.stride > 1 else "true"
        f.branch(due, "save", "unsaved")
        f.begin("save")
        if self.unsaved is not self.step:
            self.step.write(f, now)
        self.saver.write(end="saved")
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

    def _further_stages(self, now: Moment) -> int:
        """Write what takes the stocks to the next step; return how many steps of the clock."""
        if self.adaptive:
            return self._stretch(self.adaptive, now)
        f = self.function
        self.mover.move(1)
        for stage in range(1, self.method.stages):
            offset = float_text(self.method.offsets[stage])
            now = Moment(f.value(f"fadd double %time, {offset}"), "%step")
            if self.fused is None:
                self.stage.write(f, now)
                self.mover.move(stage + 1)
            else:
                self.fused.write(f, now, partial(self._move_on, stage + 1))
        return 1

    def _move_on(self, stage: int, slot: int, element: int) -> None:
        self.mover.move_row(stage, (slot, element))

    def _fuse(self) -> Part | None:
        """Return a stage in which each stock moves as soon as its derivative is there.

        That spares a store and a load of each derivative where they do not all find registers. It
        takes a program in one function, whose stocks are all variables of it.
        """
        if not self.small or self.method.stages == 1 or self.adaptive is not None:
            return None
        rows, module = self.mover.rows, self.function.module
        width = module.processor.lanes if module.processor else 1
        if rows.count * max(1, module.shape.lanes // width) <= FEW_STOCKS:
            return None
        slots = ({slot for slot, _ in elements} for elements in (rows.stocks, rows.rates))
        code = row_by_row(derivatives_only(self.program).instructions, *slots)
        if code is None or not all(rows.local) or sum(i.op is Op.STORE for i in code) != rows.count:
            return None
        return self.parts.prepare("fused", Block(code), of_step=True)

    def _stretch(self, adaptive: AdaptiveMover, now: Moment) -> int:
        """Go on in steps of each lane's own to the next end."""
        f, clock = self.function, self.program.clock
        every = adaptive.control.every
        later = f.value(f"add nuw nsw i64 %step, {every}")
        following = f.call("llvm.smin.i64", "i64", ("i64", later), ("i64", str(clock.steps)))
        horizon = None
        if self.program.horizon.instructions:
            horizon = self.parts.prepare("horizon", self.program.horizon, of_step=True)
        adaptive.go(now.time, end_of(f, self.program, following), self.stage, horizon)
        return every
