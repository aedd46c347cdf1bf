"""Calls of random functions: which stream each of them draws from."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headwater.compiler.functions.memory.delays import fixed_number
from headwater.compiler.resolved import Apply, Draw, Kind, Literal, Node, Now
from headwater.compiler.resolving.folding import folded
from headwater.language.builtins import Builtin
from headwater.language.syntax import Call

if TYPE_CHECKING:
    from headwater.compiler.resolving.expressions import Frame


REDRAWS = 6
"""How often a draw beyond a limit is drawn anew."""

_SETTINGS = frozenset({"seed", "min", "max", "sample"})


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
    return drawn(frame, node, arguments, lambda s, given: s.draw(builtin.name, *given.values()))


Maker = Callable[["Source", Mapping[str, Node]], Node]


def drawn(frame: Frame, node: Call, arguments: Mapping[str, Node], make: Maker) -> Node:
    """Return what ``make`` draws, within limits and as often as the call says."""
    source = source_of(frame, node, arguments.get("seed"))
    if source is None:
        return frame.error(
            node,
            f"the seed of {node.function.text} is not a number",
            "write it as a number, or as a constant that does not vary by run",
        )
    low, high, every = (_said(arguments.get(name)) for name in ("min", "max", "sample"))
    given = {k: v for k, v in arguments.items() if k not in _SETTINGS}
    value = make(source, given)
    if low is not None or high is not None:
        value = _limited(frame, node, value, low, high, lambda: make(source, given))
    return value if every is None else _held(frame, node, value, every)


def _said(node: Node | None) -> Node | None:
    """Return an argument, None where it is left out or no number."""
    known = None if node is None else folded(node)
    if isinstance(known, Literal) and known.value != known.value:
        return None
    return node


def _limited(
    frame: Frame,
    node: Call,
    value: Node,
    low: Node | None,
    high: Node | None,
    again: Callable[[], Node],
) -> Node:
    """Return a draw that is drawn anew where it lies beyond a limit, and then becomes that."""
    lowest = Literal(-math.inf) if low is None else low
    highest = Literal(math.inf) if high is None else high
    for _ in range(REDRAWS):
        value = frame.resolver.shared(frame, f"{node.function.text}.drawn", value)
        above, below = Apply(">=", (value, lowest)), Apply("<=", (value, highest))
        value = Apply("if", (Apply("and", (above, below)), value, again()))
    return Apply("min", (Apply("max", (value, lowest)), highest))


def _held(frame: Frame, node: Call, value: Node, every: Node) -> Node:
    """Return a draw that changes at the start and at whole multiples of a stretch of time only."""
    clock = frame.resolver.clock
    held = frame.resolver.reserve(frame, f"{node.function.text}.held", Kind.STATE, [value, every])
    slack = Literal(1e-6 * clock.dt)
    now = Apply("+", (Now(at_step=True), slack))
    before = Apply("-", (now, Literal(clock.dt)))
    number, last = (Apply("floor", (Apply("/", (t, every)),)) for t in (now, before))
    begins = Apply("<", (before, Literal(clock.start)))
    changes = Apply("or", (begins, Apply(">", (number, last))))
    current: Node = Apply("if", (changes, value, held))
    current = frame.resolver.shared(frame, f"{node.function.text}.current", current)
    frame.resolver.complete(held, Literal(0.0), current)
    return current


def source_of(frame: Frame, node: Call, given: Node | None) -> Source | None:
    """Return where a call's draws come from; None where its seed is not known."""
    seed = None if given is None else fixed_number(frame, given)
    if frame.dialect == "vensim" and seed in (0.0, None):
        # Its seed 0 stands for the run's own noise; one that is computed tells nothing more.
        seed = None
    elif given is not None and seed is None:
        return None
    elif seed != seed:
        # Stella's NAN stands for no seed.
        seed = None
    return Source(frame, node, None if seed is None else stream_number(float(seed).hex()))


def stream_number(name: str) -> int:
    """Return a 64-bit number (two's complement) that stands for a stream's name."""
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)
