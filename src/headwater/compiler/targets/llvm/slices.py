"""The part of a block that some slots need.

A stage of the method needs the derivatives only, and a step that is not saved needs no outputs.
"""

from __future__ import annotations

from collections.abc import Iterable

from headwater.compiler.program import ENDS, Block, Instruction, Op, Program, Role


def derivatives_only(program: Program) -> Block:
    """Return what of the step block the derivatives need."""
    wanted = {s for s, slot in enumerate(program.slots) if slot.role is Role.DERIVATIVE}
    return _slice(program.step, wanted)


def without_saving(program: Program) -> Block:
    """Return what of the step block a step needs of which nothing is saved."""
    wanted = {s for s, slot in enumerate(program.slots) if slot.role is Role.DERIVATIVE}
    for block in (program.update, program.commit):
        wanted |= {int(i.attribute or 0) for i in block.instructions if i.op is Op.LOAD}
    return _slice(program.step, wanted)


def _slice(block: Block, wanted: Iterable[int]) -> Block:
    """Return the instructions on which the content of the ``wanted`` slots depends."""
    code = block.instructions
    stores: dict[int, list[int]] = {}
    loops = _enclosing(code)
    for place, instruction in enumerate(code):
        if instruction.op is Op.STORE:
            stores.setdefault(int(instruction.attribute or 0), []).append(place)
    needed = bytearray(len(code))
    read: set[int] = set(wanted)
    work = [place for slot in read for place in stores.get(slot, ())]
    while work:
        place = work.pop()
        if needed[place]:
            continue
        needed[place] = 1
        op, arguments, attribute = code[place]
        work.extend(arguments)
        work.extend(loops[place])
        if op is Op.LOAD and int(attribute or 0) not in read:
            read.add(int(attribute or 0))
            work.extend(stores.get(int(attribute or 0), ()))
    return _keep(code, needed)


def _enclosing(code: tuple[Instruction, ...]) -> list[tuple[int, ...]]:
    """For each instruction: begin and end of the innermost loop around it; for a begin, its end."""
    around: list[tuple[int, ...]] = [()] * len(code)
    inside: list[list[int]] = []
    for place, instruction in enumerate(code):
        if inside:
            inside[-1].append(place)
        if instruction.op is Op.LOOP:
            inside.append([place])
        elif instruction.op in ENDS:
            begin, *members = inside.pop()
            for member in members:
                around[member] += (begin, place)
            around[begin] += (place,)
    return around


def _keep(code: tuple[Instruction, ...], needed: bytearray) -> Block:
    renamed: dict[int, int] = {}
    kept: list[Instruction] = []
    for place, (op, arguments, attribute) in enumerate(code):
        if needed[place]:
            renamed[place] = len(kept)
            kept.append(Instruction(op, tuple(renamed[a] for a in arguments), attribute))
    return Block(tuple(kept))
