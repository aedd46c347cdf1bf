"""Programs as text, for the cache. Instructions are decoded when something asks for them."""

from __future__ import annotations

import base64
from functools import cache
from typing import Any

import numpy as np

from headwater.compiler.fingerprint import note_hash, program_hash
from headwater.compiler.program import SIGNATURES, Block, Instruction, Op, Program
from headwater.model.encoding import Codec, Packing

_OPS = tuple(Op)
_NUMBER = {op: number for number, op in enumerate(_OPS)}
_WITH_ATTRIBUTE = frozenset(
    {
        *(Op.FLOAT, Op.INTEGER, Op.BOOLEAN, Op.LOOP),
        *(Op.LOAD, Op.STORE, Op.TABLE, Op.INDEX_TABLE, Op.LOOKUP),
    }
)

_COUNTS = np.array([len(SIGNATURES[op].arguments) for op in _OPS])
_HAS_ATTRIBUTE = np.array([op in _WITH_ATTRIBUTE for op in _OPS])


def program_to_text(program: Program) -> str:
    """Return a program as text.

    Raises :class:`~headwater.model.encoding.CannotEncodeError` where that is not possible.
    """
    return f"{program_hash(program)}\n{_codec().encode(program)}"


def program_from_text(text: str) -> Program:
    """Return the program of a text that :func:`program_to_text` made.

    Raises ValueError, TypeError or LookupError for any other text.
    """
    fingerprint, _, body = text.partition("\n")
    program = _codec().decode(body)
    if not isinstance(program, Program):
        raise TypeError("this is the text of something else")
    note_hash(program, fingerprint)
    return program


@cache
def _codec() -> Codec:
    packed: dict[type, Packing] = {Block: Packing(_pack, _unpack)}
    return Codec((Program.__module__,), packed, put_off={Block: ()})


def _pack(block: Block) -> tuple[Any, ...]:
    """Return operations, their arguments one after another, and the attributes of those with one.

    The number of arguments follows from the operation.
    """
    code = block.instructions
    arguments = np.array([a for i in code for a in i.arguments], dtype="<i4")
    attributes = tuple(i.attribute for i in code if i.op in _WITH_ATTRIBUTE)
    return _base64(bytes(_NUMBER[i.op] for i in code)), _base64(arguments.tobytes()), attributes


def _unpack(operations: str, packed: str, attributes: tuple[Any, ...]) -> Block:
    numbers = np.frombuffer(base64.b64decode(operations), dtype=np.uint8)
    flat = np.frombuffer(base64.b64decode(packed), dtype="<i4")
    counts = _COUNTS[numbers]
    first = np.cumsum(counts) - counts
    arguments: list[tuple[int, ...]] = [()] * len(numbers)
    for count in range(1, int(_COUNTS.max()) + 1):
        places = np.flatnonzero(counts == count)
        columns = (flat[first[places] + k].tolist() for k in range(count))
        for place, taken in zip(places.tolist(), zip(*columns, strict=True), strict=True):
            arguments[place] = taken
    values: list[Any] = [None] * len(numbers)
    having = np.flatnonzero(_HAS_ATTRIBUTE[numbers]).tolist()
    for place, value in zip(having, attributes, strict=True):
        values[place] = value
    kinds = [_OPS[number] for number in numbers.tolist()]
    return Block(tuple(map(Instruction._make, zip(kinds, arguments, values, strict=True))))


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
