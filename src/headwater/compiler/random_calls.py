"""Calls of random functions: which stream each of them draws from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headwater.compiler.dynamics import fixed_number
from headwater.compiler.resolved import Draw, Node
from headwater.language.builtins import Builtin
from headwater.language.syntax import Call

if TYPE_CHECKING:
    from headwater.compiler.expressions import Frame


@dataclass(frozen=True, slots=True)
class Source:
    """Draws of one call. Each is from a stream of its own; with a seed, the same in every run.

    A stream is named by its variable and its place in it. Renaming, adding or removing other
    variables leaves it as it is, so that rival structures of one model can share their random
    numbers.
    """

    frame: Frame
    node: Call
    seed: int | None

    def draw(self, distribution: str, *arguments: Node) -> Draw:
        """Return a draw from a stream of its own."""
        stream = stream_number(self.frame.draws.next_name())
        selectors, shape = self.frame.cell()
        return Draw(distribution, arguments, stream, self.seed, selectors, shape, self.node.span)


def draw(frame: Frame, node: Call, builtin: Builtin, arguments: Mapping[str, Node]) -> Node:
    """Return a draw from a distribution that has a quantile function."""
    source = source_of(frame, node, arguments.get("seed"))
    if source is None:
        return frame.error(
            node,
            f"the seed of {node.function.text} is not a number",
            "write it as a number, or as a constant that does not vary by run",
        )
    values: Sequence[Node] = [v for k, v in arguments.items() if k != "seed"]
    return source.draw(builtin.name, *values)


def source_of(frame: Frame, node: Call, given: Node | None) -> Source | None:
    """Return where a call's draws come from; None where its seed is not known."""
    seed = None if given is None else fixed_number(frame, given)
    if frame.dialect == "vensim" and seed in (0.0, None):
        # Its seed 0 stands for the run's own noise; one that is computed tells nothing more.
        seed = None
    elif given is not None and seed is None:
        return None
    return Source(frame, node, None if seed is None else stream_number(float(seed).hex()))


def stream_number(name: str) -> int:
    """Return a 64-bit number (two's complement) that stands for a stream's name."""
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)
