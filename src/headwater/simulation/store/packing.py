"""Named arrays as the content of one file."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_LENGTH = 8


def pack(arrays: Mapping[str, Floats]) -> bytes:
    """Return names, shapes and numbers, in the order given."""
    head = json.dumps([[name, list(values.shape)] for name, values in arrays.items()]).encode()
    body = [np.ascontiguousarray(values, dtype="<f8").tobytes() for values in arrays.values()]
    return b"".join([len(head).to_bytes(_LENGTH, "little"), head, *body])


def unpack(content: bytes) -> dict[str, Floats]:
    """Return what :func:`pack` was given. Raises :class:`ValueError` for anything else."""
    start = _LENGTH + int.from_bytes(content[:_LENGTH], "little")
    found: dict[str, Floats] = {}
    for name, shape in json.loads(content[_LENGTH:start]):
        stop = start + 8 * int(np.prod(shape, dtype=np.int64))
        found[name] = np.frombuffer(content[start:stop], "<f8").reshape(shape)
        start = stop
    if start != len(content):
        raise ValueError("the file is longer than its arrays")
    return found
