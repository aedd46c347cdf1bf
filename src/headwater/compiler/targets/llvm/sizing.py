"""How big a program is, and what follows: the layout of its code and the number of lanes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from headwater.compiler.program import ENDS, Block, Instruction, Op, Program
from headwater.compiler.targets.llvm.processor import Processor
from headwater.compiler.targets.stepping import stepping

SMALL_PROGRAM = 8000
"""A program of fewer weighted instructions becomes one function with local variables."""

SHORTEST_STEP = 150
"""A step of fewer weighted instructions, all stages together, runs quickest with four vectors."""

LONG_START = 1000
"""Instructions before the first step, from which on they take long to compile for more vectors."""

SHORT_STEP = 1400
"""A step of fewer weighted instructions runs quickest with two vectors."""

FEW_ROWS = 1000
"""So many rows of two vectors each stay near to the processor."""

WEIGHTS: Mapping[Op, int] = {
    **dict.fromkeys((Op.LOOKUP, Op.EXP, Op.LOG), 25),
    **dict.fromkeys((Op.POW, Op.SIN, Op.COS, Op.TAN, Op.ASIN, Op.ACOS, Op.ATAN), 60),
    **dict.fromkeys((Op.FLOAT, Op.INTEGER, Op.BOOLEAN), 0),
}


def weigh(code: Iterable[Instruction]) -> int:
    """Return the number of machine instructions that some instructions become, about."""
    return sum(WEIGHTS.get(instruction.op, 1) for instruction in code)


def is_small(program: Program) -> bool:
    """Tell whether a program becomes one function; the step is in it once for each stage."""
    size = weigh(program.step.instructions) * (stepping(program).stages - 1)
    return size + sum(weigh(b.instructions) for b in program.blocks.values()) <= SMALL_PROGRAM


def lanes_for(program: Program, processor: Processor) -> int:
    """Return the number of lanes at which a program runs quickest.

    Short programs wait for their own results; they do better with the work of several vectors,
    as long as what they work on fits into registers and the nearer caches. What is the same in all
    lanes is then computed less often, too.
    """
    if not is_small(program):
        return processor.lanes
    once = sum(len(program.blocks[name].instructions) for name in ("constants", "initial"))
    work = _work(program.step)
    if work * stepping(program).stages <= SHORTEST_STEP:
        return processor.lanes * (4 if once <= LONG_START else 1)
    few = sum(slot.size for slot in program.slots) <= FEW_ROWS
    return processor.lanes * (2 if work <= SHORT_STEP or (few and is_small(program)) else 1)


def _work(block: Block) -> int:
    """Return the number of instructions that carrying out a block takes, about."""
    total, turns = 0, [1]
    for instruction in block.instructions:
        if instruction.op is Op.LOOP:
            turns.append(turns[-1] * int(instruction.attribute or 0))
        elif instruction.op in ENDS:
            turns.pop()
        else:
            total += WEIGHTS.get(instruction.op, 1) * turns[-1]
    return total
