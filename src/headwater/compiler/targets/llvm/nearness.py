"""Puts what is computed near to where it is used.

A block comes in the order of the model's dependencies, layer by layer. In a long block a value
then waits for its use far away, and takes a row of the frame meanwhile. Here each value is computed
just before what is stored first needs it. No operation changes, so no digit does.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from headwater.compiler.program import ENDS, Instruction, Op

Element = tuple[int, int]
"""The number of an element, then that of its slot."""


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
            _add_item(code, item, order, done)
    return _renumbered(code, order)


def row_by_row(
    code: Sequence[Instruction], stocks: Collection[int], rates: Collection[int]
) -> tuple[Instruction, ...] | None:
    """Return code that computes derivatives so that each may be used up as soon as it is stored.

    All ``stocks`` are loaded before the first of the ``rates`` is stored. First elements of slots
    come first, then second ones: those of one direction, where these are derivatives by many
    constants. None where the code does anything else.
    """
    stores: dict[Element, int] = {}
    loads: list[int] = []
    for place, (op, arguments, attribute) in enumerate(code):
        if op is Op.LOOP or (op is Op.LOAD and attribute in rates):
            return None
        if op is Op.LOAD and attribute in stocks:
            loads.append(place)
        if op is Op.STORE:
            index = code[arguments[0]]
            element = (int(index.attribute or 0), int(attribute or 0))
            if attribute not in rates or index.op is not Op.INTEGER or element in stores:
                return None
            stores[element] = place
    order: list[int] = []
    done = [False] * len(code)
    for place in (*loads, *(stores[element] for element in sorted(stores))):
        _add_item(code, range(place, place + 1), order, done)
    return _renumbered(code, order)


def _renumbered(code: Sequence[Instruction], order: Sequence[int]) -> tuple[Instruction, ...]:
    new_place = {old: new for new, old in enumerate(order)}
    return tuple(
        Instruction(i.op, tuple(new_place[a] for a in i.arguments), i.attribute)
        for i in (code[place] for place in order)
    )


def _add_item(code: Sequence[Instruction], item: range, order: list[int], done: list[bool]) -> None:
    """Add an item after everything that it uses."""
    needed = [a for place in item for a in code[place].arguments if a not in item]
    _add_values(code, needed, order, done)
    for place in item:
        if not done[place]:
            order.append(place)
            done[place] = True


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
