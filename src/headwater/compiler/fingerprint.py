"""The fingerprint of a program: equal for equal programs, on every machine and in every version.

It names cached code and stands in the manifest of an experiment.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import astuple

import numpy as np
import numpy.typing as npt

from headwater.compiler.methods import METHODS
from headwater.compiler.packed import pack
from headwater.compiler.program import Block, Op, Program

_KEPT = "_fingerprint"


def program_hash(program: Program) -> str:
    """Return the SHA-256 of everything in a program but its notes, as hexadecimal digits.

    It is computed once and stays with the program.
    """
    known = vars(program).get(_KEPT)
    if known is None:
        known = vars(program)[_KEPT] = _hash(program)
    return str(known)


def note_hash(program: Program, known: str) -> None:
    """Note the hash of a program that was worked out before."""
    vars(program)[_KEPT] = known


def _hash(program: Program) -> str:
    digest = hashlib.sha256()
    head = {
        "operations": [op.value for op in Op],
        "name": program.name,
        "clock": astuple(program.clock),
        "method": program.method,
        "slots": [[s.name, s.role.value, s.size] for s in program.slots],
        "inputs": [[i.name, i.slot, i.offset, float(i.default).hex()] for i in program.inputs],
        "outputs": [[o.name, o.slot, o.dimensions, o.shape, o.static] for o in program.outputs],
        "tables": [t.name for t in program.tables],
        "index_tables": [t.name for t in program.index_tables],
        "graphs": [[g.name, g.kind, [len(x) for x in g.x]] for g in program.graphs],
    }
    if program.method in METHODS and METHODS[program.method].adaptive:
        head["tolerance"] = [x.hex() for x in astuple(program.tolerance)]
    _add(digest, json.dumps(head, separators=(",", ":")).encode())
    for block in program.blocks.values():
        for part in _block_parts(block):
            _add(digest, part)
    for table in program.tables:
        _add(digest, _floats(table.values))
    for index_table in program.index_tables:
        _add(digest, _integers(index_table.values))
    for graph in program.graphs:
        for row in (*graph.x, *graph.y):
            _add(digest, _floats(row))
    return digest.hexdigest()


def _add(digest: hashlib._Hash, part: bytes) -> None:
    digest.update(len(part).to_bytes(8, "little"))
    digest.update(part)


def _block_parts(block: Block) -> Iterable[bytes]:
    """Operations, arguments, and attributes: whole numbers and floats apart."""
    code = pack(block)
    yield code.operations.tobytes()
    yield _integers(code.arguments)
    yield _integers(code.whole)
    yield _floats(code.floats)


def _integers(values: npt.ArrayLike) -> bytes:
    return np.asarray(values, dtype="<i8").tobytes()


def _floats(values: npt.ArrayLike) -> bytes:
    return np.asarray(values, dtype="<f8").tobytes()
