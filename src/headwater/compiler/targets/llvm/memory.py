"""Where the numbers of a block of runs live.

The *frame* holds a row of one double per lane for each element of each slot, then the rows that
integration and long blocks of code need. Elements that one function alone uses, and only by literal
index, are its local variables instead, which LLVM keeps in registers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from headwater.compiler.program import Instruction, Op, Program, Role, Type
from headwater.compiler.targets.llvm.text import Function

UNROLLED_ROWS = 64
"""More outputs than this are saved by a loop."""

LARGEST_STACK = 2**18
"""Bytes of variables in one function; some systems give a thread no more than 512 KB."""

_ACCESSES = (Op.LOAD, Op.STORE)


@dataclass(slots=True)
class Frame:
    """Rows of the frame. ``first_row`` is per slot; ``rows`` grows as rows are added."""

    first_row: list[int]
    sizes: list[int]
    rows: int = 0

    def reserve(self, count: int) -> int:
        """Add rows and return the first."""
        first = self.rows
        self.rows += count
        return first


def lay_out(program: Program) -> Frame:
    """Return a frame with all slots in it; stocks lie together, and so do derivatives."""
    frame = Frame([0] * len(program.slots), [slot.size for slot in program.slots])
    early = [s for s, slot in enumerate(program.slots) if slot.role is Role.STOCK]
    then = [s for s, slot in enumerate(program.slots) if slot.role is Role.DERIVATIVE]
    known = {*early, *then}
    for s in (*early, *then, *(s for s in range(len(program.slots)) if s not in known)):
        frame.first_row[s] = frame.reserve(frame.sizes[s])
    return frame


def variables_of(program: Program, lanes: int) -> frozenset[int]:
    """Return the slots that become variables when all of a program is one function.

    Many outputs are saved by a loop over their rows, which must then be in the frame. What does not
    find a register lies on the stack, which is not large.
    """
    reached = frozenset(range(len(program.slots)))
    for block in program.blocks.values():
        reached &= _reached_by_literal(program, block.instructions)
    if program.output_size > UNROLLED_ROWS:
        reached -= {output.slot for output in program.outputs}
    chosen: set[int] = set()
    room = LARGEST_STACK // (8 * lanes)
    for slot in sorted(reached, key=lambda s: program.slots[s].size):
        room -= program.slots[slot].size
        if room < 0:
            break
        chosen.add(slot)
    return frozenset(chosen)


def scratch_of(program: Program, code: Sequence[Instruction]) -> frozenset[int]:
    """Return the slots that only ``code``, the step or a part of it, uses, by literal index."""
    elsewhere = {output.slot for output in program.outputs}
    for block in program.blocks.values():
        if block is not program.step:
            elsewhere |= {int(i.attribute or 0) for i in block.instructions if i.op in _ACCESSES}
    own = (Role.SCRATCH, Role.STEP)
    return frozenset(
        slot
        for slot in _reached_by_literal(program, code)
        if slot not in elsewhere and program.slots[slot].role in own
    )


def _reached_by_literal(program: Program, code: Sequence[Instruction]) -> frozenset[int]:
    """Return the slots that ``code`` only reaches by a literal index in range."""
    reached = set(range(len(program.slots)))
    for op, arguments, attribute in code:
        if op in _ACCESSES:
            index = code[arguments[0]]
            size = program.slots[int(attribute or 0)].size
            if index.op is not Op.INTEGER or not 0 <= int(index.attribute or 0) < size:
                reached.discard(int(attribute or 0))
    return frozenset(reached)


@dataclass(slots=True)
class Memory:
    """Addresses of rows, within one function.

    ``variables`` are the slots that are local variables of the function.
    """

    frame: Frame
    variables: frozenset[int] = field(default_factory=frozenset)

    def declare_variables(self, function: Function) -> None:
        """Make the local variables, all zero."""
        row = function.shape.type(Type.F64)
        for slot in sorted(self.variables):
            for element in range(self.frame.sizes[slot]):
                function.line(f"%s{slot}.{element} = alloca {row}, align 64")

    def clear_variables(self, function: Function) -> None:
        """Set the local variables to zero."""
        row = function.shape.type(Type.F64)
        for slot, element in self._elements():
            function.line(f"store {row} zeroinitializer, ptr %s{slot}.{element}, align 64")

    def _elements(self) -> Iterable[tuple[int, int]]:
        for slot in sorted(self.variables):
            for element in range(self.frame.sizes[slot]):
                yield slot, element

    def element(self, function: Function, slot: int, element: int) -> str:
        """Return the address of an element with a literal index."""
        if slot in self.variables:
            return f"%s{slot}.{element}"
        return self.row(function, str(self.frame.first_row[slot] + element))

    def row(self, function: Function, row: str) -> str:
        """Return the address of a row of the frame."""
        return function.value(
            f"getelementptr {function.shape.type(Type.F64)}, ptr %frame, i64 {row}"
        )
