"""Programs as text, for the cache. Instructions are decoded when something asks for them."""

from __future__ import annotations

import base64
from functools import cache

import numpy as np
import numpy.typing as npt

from headwater.compiler.fingerprint import note_hash, program_hash
from headwater.compiler.packed import PackedCode, pack
from headwater.compiler.program import Block, Program
from headwater.model.encoding import Codec, Packing

_ROWS = {"operations": "<u1", "arguments": "<i4", "whole": "<i8", "floats": "<f8"}


def program_to_text(program: Program) -> bytes:
    """Return a program as text.

    Raises :class:`~headwater.model.encoding.CannotEncodeError` where that is not possible.
    """
    return program_hash(program).encode() + b"\n" + _codec().encode(program)


def program_from_text(text: bytes) -> Program:
    """Return the program of a text that :func:`program_to_text` made.

    Raises ValueError, TypeError or LookupError for any other text.
    """
    end = text.index(b"\n")
    program = _codec().decode(text, end + 1)
    if not isinstance(program, Program):
        raise TypeError("this is the text of something else")
    note_hash(program, text[:end].decode())
    return program


@cache
def _codec() -> Codec:
    return Codec((Program.__module__,), {Block: Packing(_rows_of, _block_of)})


def _rows_of(block: Block) -> tuple[str, ...]:
    code = pack(block)
    return tuple(_base64(getattr(code, name), kind) for name, kind in _ROWS.items())


def _block_of(*rows: str) -> Block:
    kinds = _ROWS.values()
    columns = (np.frombuffer(base64.b64decode(r), k) for r, k in zip(rows, kinds, strict=True))
    return PackedCode(*columns).block()


def _base64(values: npt.NDArray[np.generic], kind: str) -> str:
    return base64.b64encode(values.astype(kind).tobytes()).decode("ascii")
