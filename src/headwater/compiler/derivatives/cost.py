"""How many sources a value may have before it becomes one itself.

With none too many, derivatives by sources are shared by all directions, but a value with many
sources has many of them. With none allowed, each value is computed in each direction. What lies
between is tried out on paper.
"""

from __future__ import annotations

from collections.abc import Sequence

from headwater.compiler.derivatives.rules import CHOOSING, GUARDED
from headwater.compiler.program import Instruction, Op

CHOICES = (0, 1, 2, 3, 4, 6, 8, 12, 10**9)
"""The numbers of sources that are tried."""

LONGEST = 30_000
"""A longer block is not tried out."""

USUAL = 3


def fewest_operations(code: Sequence[Instruction], masks: Sequence[int], width: int) -> int:
    """Return the largest number of sources with which a block has the fewest operations."""
    if width == 1:
        return 0
    if len(code) > LONGEST:
        return USUAL
    return min(CHOICES, key=lambda most: _operations(code, masks, most))


def _operations(code: Sequence[Instruction], masks: Sequence[int], most: int) -> int:
    """Return the number of operations on derivatives."""
    sources: dict[int, frozenset[int]] = {}
    none: frozenset[int] = frozenset()
    total = 0
    for place, (op, arguments, _) in enumerate(code):
        mask = masks[place].bit_count()
        if op is Op.STORE:
            given = sources.get(arguments[1], none)
            total += sum(masks[s].bit_count() for s in given)
        elif op is Op.LOAD and mask:
            sources[place] = frozenset((place,))
        elif mask:
            guarded = op in GUARDED
            if op in CHOOSING:
                one, other = (sources.get(x, none) for x in arguments[CHOOSING[op] :])
                guarded = one != other
            if guarded:
                for a in arguments:
                    if len(sources.get(a, none)) > 1 or a not in sources.get(a, (a,)):
                        total += sum(masks[s].bit_count() for s in sources[a])
                        sources[a] = frozenset((a,))
            active = [sources[a] for a in arguments if a in sources]
            found = none.union(*active)
            if guarded:
                total += mask * len(active)
                found = frozenset((place,))
            else:
                total += sum(map(len, active))
            if len(found) > most:
                total += sum(masks[s].bit_count() for s in found)
                found = frozenset((place,))
            sources[place] = found
    return total
