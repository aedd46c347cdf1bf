"""Replaces elementary operations by their routines' instructions, for targets without calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from headwater.compiler.elementary.library import ELEMENTARY, choose
from headwater.compiler.elementary.routine import Routine
from headwater.compiler.program import Block, IndexTable, Instruction, Op, Program


def expand(program: Program) -> Program:
    """Return the program without elementary operations; its results are those of every target."""
    tables: dict[tuple[int, ...], int] = {}
    first = len(program.index_tables)

    def table_number(values: tuple[int, ...]) -> int:
        return first + tables.setdefault(values, len(tables))

    blocks = {name: _Expansion(table_number).block(block) for name, block in program.blocks.items()}
    added = tuple(
        IndexTable(f"elementary {number}", np.array(values, np.int64))
        for values, number in tables.items()
    )
    return replace(
        program,
        index_tables=program.index_tables + added,
        constants=blocks["constants"],
        initial=blocks["initial"],
        step=blocks["step"],
        update=blocks["update"],
        commit=blocks["commit"],
        horizon=blocks.get("horizon", program.horizon),
    )


class _Expansion:
    """One block while it is copied."""

    def __init__(self, table_number: Callable[[tuple[int, ...]], int]) -> None:
        self._table_number = table_number
        self._made: list[Instruction] = []

    def block(self, block: Block) -> Block:
        """Return the block with routines in place of elementary operations."""
        new: list[int] = []
        for op, arguments, attribute in block.instructions:
            moved = tuple(new[a] for a in arguments)
            if op in ELEMENTARY:
                literals = [self._literal(a) for a in moved]
                _, routine, chosen = choose(op, literals)
                new.append(self._inline(routine, [moved[k] for k in chosen]))
            else:
                new.append(self._append(Instruction(op, moved, attribute)))
        return Block(tuple(self._made))

    def _append(self, instruction: Instruction) -> int:
        self._made.append(instruction)
        return len(self._made) - 1

    def _literal(self, value: int) -> float | int | bool | None:
        op, _, attribute = self._made[value]
        return attribute if op is Op.FLOAT else None

    def _inline(self, routine: Routine, arguments: Sequence[int]) -> int:
        new = list(arguments)
        for op, given, attribute in routine.code:
            if op is Op.INDEX_TABLE:
                attribute = self._table_number(routine.tables[int(attribute or 0)])
            new.append(self._append(Instruction(op, tuple(new[a] for a in given), attribute)))
        result = new[routine.result]
        if routine.usual is None or routine.rescue is None:
            return result
        rescued = self._inline(routine.rescue, arguments)
        return self._append(Instruction(Op.SELECT, (new[routine.usual], result, rescued)))
