"""Cuts a long block into pieces, each of which becomes a function.

LLVM's work on a stretch of code grows faster than its length; cut into pieces it is linear. A value
that a later piece uses is made again where that is free (literals, loads of what did not change),
read back from the element it was stored in, or kept in a row of the frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from headwater.compiler.program import Instruction, Op
from headwater.compiler.targets.llvm.memory import Frame
from headwater.compiler.targets.llvm.nearness import items_of
from headwater.compiler.targets.llvm.sizing import weigh

PIECE = 700
"""Instructions, weighted, in a piece."""

_FREE = frozenset({Op.FLOAT, Op.INTEGER, Op.BOOLEAN, Op.TIME, Op.STEP, Op.SEED, Op.RUN})


@dataclass(frozen=True, slots=True)
class Piece:
    """Consecutive instructions. ``items`` are single instructions and whole outermost loops."""

    items: tuple[range, ...]


@dataclass(slots=True)
class Plan:
    """Pieces of a block, and how values get from one to another.

    ``rows`` is the row of the frame where a value is kept; ``again`` are values made again.
    """

    pieces: list[Piece]
    rows: dict[int, int] = field(default_factory=dict)
    again: set[int] = field(default_factory=set)


def plan(code: Sequence[Instruction], frame: Frame) -> Plan:
    """Cut a block into pieces of about :data:`PIECE` weighted instructions."""
    result = Plan(_pieces(code, PIECE))
    if len(result.pieces) == 1:
        return result
    piece_of = [0] * len(code)
    for number, piece in enumerate(result.pieces):
        for item in piece.items:
            for place in item:
                piece_of[place] = number
    last_use: dict[int, int] = {}
    for place, (_, arguments, _) in enumerate(code):
        for argument in arguments:
            if piece_of[argument] != piece_of[place]:
                last_use[argument] = max(last_use.get(argument, 0), piece_of[place])
    result.again = _repeatable(code, last_use)
    _assign_rows(result, frame, last_use, piece_of)
    return result


def confined(result: Plan, code: Sequence[Instruction], slots: frozenset[int]) -> list[set[int]]:
    """Return, for each piece, those of ``slots`` that no other piece uses."""
    users: dict[int, set[int]] = {slot: set() for slot in slots}
    for number, piece in enumerate(result.pieces):
        for item in piece.items:
            for place in item:
                op, _, attribute = code[place]
                if op in (Op.LOAD, Op.STORE) and int(attribute or 0) in users:
                    # A load that is made again is used by a later piece too.
                    users[int(attribute or 0)] |= (
                        {number, -1} if place in result.again else {number}
                    )
    return [
        {slot for slot, numbers in users.items() if numbers == {number}}
        for number in range(len(result.pieces))
    ]


def _pieces(code: Sequence[Instruction], limit: int) -> list[Piece]:
    pieces: list[list[range]] = [[]]
    weight = 0
    for item in items_of(code):
        cost = weigh([code[place] for place in item])
        if weight and weight + cost > limit:
            pieces.append([])
            weight = 0
        pieces[-1].append(item)
        weight += cost
    return [Piece(tuple(items)) for items in pieces]


def _repeatable(code: Sequence[Instruction], crossing: dict[int, int]) -> set[int]:
    """Return the crossing values that a later piece may make again."""
    last_store: dict[tuple[int, int | None], int] = {}
    for place, (op, arguments, attribute) in enumerate(code):
        if op is Op.STORE:
            slot = int(attribute or 0)
            last_store[slot, _element(code, arguments[0])] = place
            last_store[slot, None] = max(place, last_store.get((slot, None), -1))
    again = set()
    for value in crossing:
        op, arguments, attribute = code[value]
        if op in _FREE:
            again.add(value)
        elif op is Op.LOAD:
            slot, element = int(attribute or 0), _element(code, arguments[0])
            if element is not None and last_store.get((slot, None), -1) < value:
                again.add(value)
    return again


def _element(code: Sequence[Instruction], index: int) -> int | None:
    op, _, attribute = code[index]
    return int(attribute or 0) if op is Op.INTEGER else None


def _assign_rows(
    result: Plan, frame: Frame, last_use: dict[int, int], piece_of: Sequence[int]
) -> None:
    """Give each crossing value a row, and rows that are no longer read to later values."""
    ending: dict[int, list[int]] = {}
    free: list[int] = []
    here = 0
    for value in sorted(last_use):
        if value in result.again:
            continue
        while here < piece_of[value]:
            free.extend(ending.pop(here, ()))
            here += 1
        row = free.pop() if free else frame.reserve(1)
        result.rows[value] = row
        ending.setdefault(last_use[value], []).append(row)
