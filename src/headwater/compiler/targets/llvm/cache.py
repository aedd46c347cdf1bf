"""Compiled code on disk, so that a program is compiled once per processor.

An entry is named by the fingerprint of what its code depends on.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import llvmlite
import llvmlite.binding as llvm

from headwater.cache import Shelf, directory, stamp_of_source
from headwater.compiler.targets.llvm.processor import Processor
from headwater.version import __version__

LARGEST_TOTAL = 256 * 2**20
MOST_ENTRIES = 1000

__all__ = ["LARGEST_TOTAL", "MOST_ENTRIES", "Code", "directory", "key", "load", "save"]


class Code(NamedTuple):
    """Object code, the rows that the frame of its kernel needs, and the lanes that it has.

    The code of other targets has no lanes.
    """

    rows: int
    binary: bytes
    lanes: int = 0


def key(program_hash: str, lanes: int, processor: Processor) -> str:
    """Return the name of an entry: a fingerprint of all that the code depends on.

    ``lanes`` of 0 are as many as suit the program.
    """
    parts = (
        program_hash,
        str(lanes),
        processor.triple,
        processor.name,
        processor.features,
        ".".join(map(str, llvm.llvm_version_info)),
        llvmlite.__version__,
        __version__,
        stamp_of_source("compiler/targets", "compiler/elementary"),
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def load(name: str) -> Code | None:
    """Return an entry, or None when there is none that is whole."""
    body = _shelf().load(name)
    if body is None or len(body) < 16:
        return None
    rows, lanes = (int.from_bytes(body[at : at + 8], "little") for at in (0, 8))
    return Code(rows, body[16:], lanes)


def save(name: str, code: Code) -> None:
    """Keep an entry; do nothing where that is not possible."""
    head = code.rows.to_bytes(8, "little") + code.lanes.to_bytes(8, "little")
    _shelf().save(name, head + code.binary)


def _shelf() -> Shelf:
    return Shelf("llvm", ".object", b"headwater object 2\n", LARGEST_TOTAL, MOST_ENTRIES)
