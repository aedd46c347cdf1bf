"""Where the numbers of a block of runs live.

The *frame* holds a row of one double per lane for each element of each slot, then the rows that
integration and long blocks of code need. In a small program, elements that are only reached by
literal index are local variables instead, which LLVM keeps in registers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from headwater.compiler.program import Op, Program, Role, Type
from headwater.compiler.targets.llvm.text import Function


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


def reached_by_literal(program: Program) -> frozenset[int]:
    """Return the slots whose every element is only reached by a literal index in range."""
    reached = set(range(len(program.slots)))
    for block in program.blocks.values():
        code = block.instructions
        for op, arguments, attribute in code:
            if op in (Op.LOAD, Op.STORE):
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
