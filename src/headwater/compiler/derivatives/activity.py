"""Which values of a program depend on the inputs that derivatives are taken by.

An *activity* is a set of directions, as the bits of a whole number: those in which a value may have
a derivative other than 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from headwater.compiler.program import SIGNATURES, Block, Instruction, Op, Program, Role, Type
from headwater.errors import ModelError

FLAT = frozenset(
    {Op.FLOOR, Op.CEIL, Op.TRUNC, Op.RINT, Op.TO_FLOAT, Op.TABLE, Op.TO_INTEGER, Op.INDEX_TABLE}
)
"""Operations whose derivative is 0 wherever they have one."""


@dataclass(frozen=True, slots=True)
class Activity:
    """Activities of slots, and of the values of each block by its name."""

    slots: Mapping[int, int]
    blocks: Mapping[str, Sequence[int]]

    @property
    def work(self) -> int:
        """Number of derivatives of single values to compute."""
        return sum(mask.bit_count() for values in self.blocks.values() for mask in values)


def find_activity(program: Program, seeds: Mapping[int, int]) -> Activity:
    """Return what follows from the activities of input slots.

    Raises :class:`ModelError` where a derivative would be needed of the bits of a number, which
    have none.
    """
    slots = dict(seeds)
    flows = _rates(program)
    while True:
        before = dict(slots)
        blocks = {name: _values(program, block, slots) for name, block in program.blocks.items()}
        for rate, stock in flows.items():
            if slots.get(rate):
                slots[stock] = slots.get(stock, 0) | slots[rate]
        if slots == before:
            break
    return Activity(slots, blocks)


def _rates(program: Program) -> dict[int, int]:
    """Return the stock of each derivative."""
    stocks = [k for k, s in enumerate(program.slots) if s.role is Role.STOCK]
    rates = [k for k, s in enumerate(program.slots) if s.role is Role.DERIVATIVE]
    return dict(zip(rates, stocks, strict=True))


def _values(program: Program, block: Block, slots: dict[int, int]) -> list[int]:
    """Return the activities of a block's values; add those of the slots that it writes."""
    found: list[int] = []
    for instruction in block.instructions:
        op, arguments, attribute = instruction
        mask = _value(instruction, found, slots)
        if op is Op.STORE and found[arguments[1]]:
            slot = int(attribute or 0)
            slots[slot] = slots.get(slot, 0) | found[arguments[1]]
        if op is Op.FROM_BITS and mask:
            raise ModelError(
                f"{program.name}: the bits of a number have no derivative",
                hint="choose outputs or constants that do not depend on it",
            )
        found.append(mask)
    return found


def _value(instruction: Instruction, found: Sequence[int], slots: Mapping[int, int]) -> int:
    op, arguments, attribute = instruction
    if op is Op.LOAD:
        return slots.get(int(attribute or 0), 0)
    if op in FLAT or SIGNATURES[op].result in (Type.BOOL, Type.NONE):
        return 0
    if op in (Op.LOOKUP, Op.SELECT, Op.ISELECT):
        arguments = arguments[1:]
    elif op is Op.COPYSIGN:
        arguments = arguments[:1]
    mask = 0
    for argument in arguments:
        mask |= found[argument]
    return mask
