"""A typed program as text, for people."""

from __future__ import annotations

from collections.abc import Iterator

from headwater.compiler.program import ENDS, Block, Instruction, Op, Program, Slot

_SLOTS = frozenset({Op.LOAD, Op.STORE})


def to_text(program: Program) -> str:
    """Return a listing: clock, slots, tables, inputs, outputs, and every block."""
    return "\n".join(_lines(program)) + "\n"


def _lines(program: Program) -> Iterator[str]:
    clock = program.clock
    yield f"program {program.name}"
    yield (
        f"clock from {clock.start!r}, {clock.steps} steps of {clock.dt!r}, "
        f"every {clock.stride} saved, {program.method}"
    )
    for number, slot in enumerate(program.slots):
        yield f"slot {number} {_slot(slot)}"
    for number, table in enumerate(program.tables):
        yield f"table {number} {table.name!r} of {len(table.values)}"
    for number, index in enumerate(program.index_tables):
        yield f"index table {number} {index.name!r} of {len(index.values)}"
    for number, graph in enumerate(program.graphs):
        points = ", ".join(str(len(x)) for x in graph.x[:8])
        more = ", …" if len(graph.x) > 8 else ""
        yield f"graph {number} {graph.name!r} {graph.kind}, points {points}{more}"
    for item in program.inputs:
        yield f"input {item.name!r} = slot {item.slot} + {item.offset}, default {item.default!r}"
    for output in program.outputs:
        shape = f" over {', '.join(output.dimensions)}" if output.dimensions else ""
        static = " static" if output.static else ""
        yield f"output {output.name!r} = slot {output.slot}{shape}{static}"
    for name, block in program.blocks.items():
        yield f"{name}:"
        yield from _block(program, block)


def _slot(slot: Slot) -> str:
    size = f" of {slot.size}" if slot.size > 1 else ""
    return f"{slot.role.value} {slot.name!r}{size}"


def _block(program: Program, block: Block) -> Iterator[str]:
    depth = 1
    for position, instruction in enumerate(block.instructions):
        if instruction.op in ENDS:
            depth -= 1
        indent = "  " * depth
        if instruction.op is Op.STORE or instruction.op in ENDS:
            yield f"{indent}{_instruction(program, instruction)}"
        else:
            yield f"{indent}%{position} = {_instruction(program, instruction)}"
        if instruction.op is Op.LOOP:
            depth += 1


def _instruction(program: Program, instruction: Instruction) -> str:
    op, arguments, attribute = instruction
    values = ", ".join(f"%{a}" for a in arguments)
    if op in _SLOTS:
        slot = program.slots[int(attribute or 0)]
        return f"{op.value} {slot.role.value} {slot.name!r} [{values}]"
    if op is Op.TABLE:
        return f"table {program.tables[int(attribute or 0)].name!r} [{values}]"
    if op is Op.INDEX_TABLE:
        return f"index_table {program.index_tables[int(attribute or 0)].name!r} [{values}]"
    if op is Op.LOOKUP:
        return f"lookup {program.graphs[int(attribute or 0)].name!r} [{values}]"
    literal = "" if attribute is None else f" {attribute!r}"
    return f"{op.value}{literal} {values}".rstrip()
