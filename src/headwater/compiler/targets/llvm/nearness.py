"""Puts what is computed near to where it is used.

A block comes in the order of the model's dependencies, layer by layer. In a long block a value
then waits for its use far away, and takes a row of the frame meanwhile. Here each value is computed
just before what is stored first needs it. No operation changes, so no digit does.
"""

from __future__ import annotations

from collections.abc import Sequence

from headwater.compiler.program import ENDS, Instruction, Op


def items_of(code: Sequence[Instruction]) -> list[range]:
    """Return the places of single instructions and of whole outermost loops."""
    items: list[range] = []
    depth, begin = 0, 0
    for place, instruction in enumerate(code):
        if depth == 0:
            begin = place
        depth += (instruction.op is Op.LOOP) - (instruction.op in ENDS)
        if depth == 0:
            items.append(range(begin, place + 1))
    return items


def brought_near(code: Sequence[Instruction]) -> tuple[Instruction, ...]:
    """Return a block's instructions in another order; what nothing uses is left out.

    Stores, loops, and loads of what the block stores stay in their order.
    """
    stored = {i.attribute for i in code if i.op is Op.STORE}
    order: list[int] = []
    done = [False] * len(code)
    for item in items_of(code):
        op, _, attribute = code[item.start]
        moves = op is not Op.STORE and not (op is Op.LOAD and attribute in stored)
        if len(item) > 1 or not moves:
            needed = [a for place in item for a in code[place].arguments if a not in item]
            _add_values(code, needed, order, done)
            order.extend(item)
            done[item.start : item.stop] = [True] * len(item)
    new_place = {old: new for new, old in enumerate(order)}
    return tuple(
        Instruction(i.op, tuple(new_place[a] for a in i.arguments), i.attribute)
        for i in (code[place] for place in order)
    )


def _add_values(
    code: Sequence[Instruction], values: Sequence[int], order: list[int], done: list[bool]
) -> None:
    """Add values, each after what it is computed from, where they are not there yet."""
    waiting = list(reversed(values))
    while waiting:
        place = waiting[-1]
        missing = [a for a in code[place].arguments if not done[a]]
        if missing and not done[place]:
            waiting.extend(reversed(missing))
            continue
        waiting.pop()
        if not done[place]:
            done[place] = True
            order.append(place)
