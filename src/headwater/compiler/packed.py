"""The instructions of a block as four rows of numbers: for fingerprints and for the cache.

A program from the cache runs, and has its fingerprint, without one of its instructions being made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from headwater.compiler.program import SIGNATURES, Attribute, Block, Instruction, Op
from headwater.model.deferred import deferred, put_off_of

_OPS = tuple(Op)
_CODES = {op: code for code, op in enumerate(_OPS)}
_COUNTS = np.array([len(SIGNATURES[op].arguments) for op in _OPS])
_WHOLE = frozenset(
    {
        *(Op.INTEGER, Op.BOOLEAN, Op.LOOP),
        *(Op.LOAD, Op.STORE, Op.TABLE, Op.INDEX_TABLE, Op.LOOKUP),
    }
)
_HAS_WHOLE = np.array([op in _WHOLE for op in _OPS])
_FLOAT, _BOOLEAN = _CODES[Op.FLOAT], _CODES[Op.BOOLEAN]


@dataclass(frozen=True, slots=True, eq=False)
class PackedCode:
    """Instructions: their operations' places in :class:`Op`, and the rest one after another.

    ``arguments`` are those of all, as many as each operation has; ``whole`` are the attributes of
    the operations that have a whole number or a truth, ``floats`` those of literal floats.
    """

    operations: npt.NDArray[np.uint8]
    arguments: npt.NDArray[np.int32]
    whole: npt.NDArray[np.int64]
    floats: npt.NDArray[np.float64]

    def __post_init__(self) -> None:
        """Raise ValueError where the rows do not belong together."""
        if len(self.operations) and self.operations.max() >= len(_OPS):
            raise ValueError("there is no such operation")
        expected = (
            int(_COUNTS[self.operations].sum()),
            int(_HAS_WHOLE[self.operations].sum()),
            int((self.operations == _FLOAT).sum()),
        )
        if expected != (len(self.arguments), len(self.whole), len(self.floats)):
            raise ValueError("arguments or attributes are missing")

    def block(self) -> Block:
        """Return the block, whose instructions are made when something asks for them."""
        return deferred(Block, {}, self)

    def __call__(self) -> Mapping[str, Any]:
        """Return the fields of the block."""
        kinds = [_OPS[code] for code in self.operations.tolist()]
        made = zip(kinds, self._arguments(), self._attributes(), strict=True)
        return {"instructions": tuple(map(Instruction._make, made))}

    def _arguments(self) -> list[tuple[int, ...]]:
        counts = _COUNTS[self.operations]
        first = np.cumsum(counts) - counts
        found: list[tuple[int, ...]] = [()] * len(counts)
        for count in range(1, int(_COUNTS.max()) + 1):
            places = np.flatnonzero(counts == count)
            columns = (self.arguments[first[places] + k].tolist() for k in range(count))
            for place, taken in zip(places.tolist(), zip(*columns, strict=True), strict=True):
                found[place] = taken
        return found

    def _attributes(self) -> list[Attribute]:
        found: list[Attribute] = [None] * len(self.operations)
        for having, values in (
            (_HAS_WHOLE[self.operations], self.whole),
            (self.operations == _FLOAT, self.floats),
        ):
            for place, value in zip(np.flatnonzero(having).tolist(), values.tolist(), strict=True):
                found[place] = value
        for place in np.flatnonzero(self.operations == _BOOLEAN).tolist():
            found[place] = bool(found[place])
        return found


def pack(block: Block) -> PackedCode:
    """Return the instructions of a block as rows, those it was made of where it has no others."""
    known = put_off_of(block)
    if isinstance(known, PackedCode):
        return known
    code = block.instructions
    return PackedCode(
        np.array([_CODES[i.op] for i in code], dtype=np.uint8),
        np.array([a for i in code for a in i.arguments], dtype=np.int32),
        np.array([int(i.attribute or 0) for i in code if i.op in _WHOLE], dtype=np.int64),
        np.array([_float(i.attribute) for i in code if i.op is Op.FLOAT], dtype=np.float64),
    )


def _float(attribute: Attribute) -> float:
    return 0.0 if attribute is None else float(attribute)
