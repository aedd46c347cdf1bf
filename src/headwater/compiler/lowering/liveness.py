"""Removes what no output needs: instructions, then slots and tables, over all blocks at once.

A store counts only when its slot is read by something that counts. Time is linear in the size of
the program.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from headwater.compiler.program import (
    ENDS,
    Block,
    Input,
    Instruction,
    Op,
    Output,
    Program,
    Role,
    Slot,
)

_TABLE_OPS = (Op.TABLE, Op.INDEX_TABLE, Op.LOOKUP)


def prune(program: Program) -> Program:
    """Return the program without what its outputs do not depend on. Inputs stay."""
    live = _mark(program)
    blocks = {
        name: _keep(block, marks)
        for (name, block), marks in zip(program.blocks.items(), live, strict=True)
    }
    return _renumber(with_blocks(program, blocks))


def with_blocks(program: Program, blocks: Mapping[str, Block]) -> Program:
    """Return the program with other blocks."""
    return replace(
        program,
        constants=blocks["constants"],
        initial=blocks["initial"],
        step=blocks["step"],
        update=blocks["update"],
        commit=blocks["commit"],
        horizon=blocks.get("horizon", program.horizon),
    )


def _mark(program: Program) -> list[bytearray]:
    """Return, for each block, which instructions count."""
    blocks = list(program.blocks.values())
    live = [bytearray(len(b.instructions)) for b in blocks]
    stores, loops = _index(blocks)
    derivative_of = _derivatives(program.slots)
    seen: set[int] = set()
    work: list[tuple[int, int]] = []

    def need_slot(slot: int) -> None:
        if slot in seen:
            return
        seen.add(slot)
        work.extend(stores.get(slot, ()))
        if slot in derivative_of:
            need_slot(derivative_of[slot])

    for output in program.outputs:
        need_slot(output.slot)
    for number, slot in enumerate(program.slots):
        if slot.role is Role.HORIZON:
            need_slot(number)
    while work:
        b, position = work.pop()
        if live[b][position]:
            continue
        live[b][position] = 1
        instruction = blocks[b].instructions[position]
        marked = live[b]
        needed = (*instruction.arguments, *loops[b].get(position, ()))
        work.extend([(b, value) for value in needed if not marked[value]])
        if instruction.op is Op.LOAD:
            need_slot(int(instruction.attribute or 0))
    return live


def _index(
    blocks: Sequence[Block],
) -> tuple[dict[int, list[tuple[int, int]]], list[dict[int, tuple[int, int]]]]:
    """Return the stores of each slot, and for each instruction in a loop that loop's bounds.

    The bounds of an inner loop point to its own begin and end; its begin points further out.
    """
    stores: dict[int, list[tuple[int, int]]] = {}
    loops: list[dict[int, tuple[int, int]]] = []
    for b, block in enumerate(blocks):
        inside: dict[int, tuple[int, int]] = {}
        ends = _ends(block)
        open_loops: list[int] = []
        for position, instruction in enumerate(block.instructions):
            if open_loops:
                begin = open_loops[-1]
                inside[position] = (begin, ends[begin])
            if instruction.op is Op.LOOP:
                open_loops.append(position)
            elif instruction.op in ENDS:
                open_loops.pop()
            elif instruction.op is Op.STORE:
                stores.setdefault(int(instruction.attribute or 0), []).append((b, position))
        loops.append(inside)
    return stores, loops


def _ends(block: Block) -> dict[int, int]:
    ends: dict[int, int] = {}
    open_loops: list[int] = []
    for position, instruction in enumerate(block.instructions):
        if instruction.op is Op.LOOP:
            open_loops.append(position)
        elif instruction.op in ENDS:
            ends[open_loops.pop()] = position
    return ends


def _derivatives(slots: Sequence[Slot]) -> dict[int, int]:
    stocks = [k for k, s in enumerate(slots) if s.role is Role.STOCK]
    derivatives = [k for k, s in enumerate(slots) if s.role is Role.DERIVATIVE]
    return dict(zip(stocks, derivatives, strict=True))


def _keep(block: Block, marks: bytearray) -> Block:
    if 0 not in marks:
        return block
    renamed: dict[int, int] = {}
    kept: list[Instruction] = []
    for position, instruction in enumerate(block.instructions):
        if marks[position]:
            renamed[position] = len(kept)
            arguments = tuple(renamed[a] for a in instruction.arguments)
            kept.append(Instruction(instruction.op, arguments, instruction.attribute))
    return Block(tuple(kept))


def _renumber(program: Program) -> Program:
    """Drop slots and tables that nothing mentions."""
    slots, used = _mentioned(program)
    slot_map = {old: new for new, old in enumerate(sorted(slots))}
    maps: dict[Op, dict[int, int]] = {
        op: {old: new for new, old in enumerate(sorted(found))} for op, found in used.items()
    }
    maps[Op.LOAD] = maps[Op.STORE] = slot_map

    def renumber(block: Block) -> Block:
        return Block(
            tuple(
                [
                    Instruction(i.op, i.arguments, maps[i.op][int(i.attribute or 0)])
                    if i.op in maps
                    else i
                    for i in block.instructions
                ]
            )
        )

    blocks = {name: renumber(block) for name, block in program.blocks.items()}
    return replace(
        with_blocks(program, blocks),
        slots=tuple(program.slots[k] for k in sorted(slots)),
        inputs=tuple(_moved_input(i, slot_map) for i in program.inputs),
        outputs=tuple(_moved_output(o, slot_map) for o in program.outputs),
        tables=tuple(program.tables[k] for k in sorted(used[Op.TABLE])),
        index_tables=tuple(program.index_tables[k] for k in sorted(used[Op.INDEX_TABLE])),
        graphs=tuple(program.graphs[k] for k in sorted(used[Op.LOOKUP])),
    )


def _mentioned(program: Program) -> tuple[set[int], dict[Op, set[int]]]:
    """Return the slots that are used, and the tables by the operation that reads them."""
    slots = {o.slot for o in program.outputs} | {i.slot for i in program.inputs}
    tables: dict[Op, set[int]] = {op: set() for op in _TABLE_OPS}
    for block in program.blocks.values():
        for op, _, attribute in block.instructions:
            if op in (Op.LOAD, Op.STORE):
                slots.add(int(attribute or 0))
            elif op in tables:
                tables[op].add(int(attribute or 0))
    # A stock and its derivative stay together: targets pair them by their order.
    pairs = _derivatives(program.slots).items()
    slots |= {kept for pair in pairs if slots.intersection(pair) for kept in pair}
    return slots, tables


def _moved_input(item: Input, slot_map: dict[int, int]) -> Input:
    return replace(item, slot=slot_map[item.slot])


def _moved_output(item: Output, slot_map: dict[int, int]) -> Output:
    return replace(item, slot=slot_map[item.slot])
