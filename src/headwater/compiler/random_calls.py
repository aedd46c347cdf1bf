"""Calls of random functions: which stream each of them draws from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from headwater.compiler.dynamics import fixed_number
from headwater.compiler.resolved import Draw, Node
from headwater.language.builtins import Builtin
from headwater.language.syntax import Call

if TYPE_CHECKING:
    from headwater.compiler.expressions import Frame


def draw(frame: Frame, node: Call, builtin: Builtin, arguments: Mapping[str, Node]) -> Node:
    """Return a draw whose stream is named by its variable and its place in it.

    Renaming, adding or removing other variables leaves the stream as it is, so that rival
    structures of one model can share their random numbers.
    """
    given = arguments.get("seed")
    seed = None if given is None else fixed_number(frame, given)
    if frame.dialect == "vensim" and seed in (0.0, None):
        # Its seed 0 stands for the run's own noise; one that is computed tells nothing more.
        seed = None
    elif given is not None and seed is None:
        return frame.error(
            node,
            f"the seed of {node.function.text} is not a number",
            "write it as a number, or as a constant that does not vary by run",
        )
    stream = stream_number(frame.draws.next_name())
    own_seed = None if seed is None else stream_number(float(seed).hex())
    values = tuple(v for k, v in arguments.items() if k != "seed")
    selectors, shape = frame.cell()
    return Draw(builtin.name, values, stream, own_seed, selectors, shape, node.span)


def stream_number(name: str) -> int:
    """Return a 64-bit number (two's complement) that stands for a stream's name."""
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)
