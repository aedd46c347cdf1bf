"""The last step of a search: one of Newton's method, from where the search has come to.

It makes the last digits right. It also makes the result differentiable, though comparisons led to
it: the derivative of ``x - F(x) / J`` by what F depends on is that of the implicit function, if J
is the derivative of F by x, however x was found (Griewank and Walther, *Evaluating Derivatives*,
2008, chapter 15). J is taken from differences.
"""

from __future__ import annotations

from headwater.compiler.lowering.builder import BlockBuilder
from headwater.compiler.program import Op

DIFFERENCE = 2.0**-26
"""By how much of its size a number is moved to see what follows: the root of the precision."""

NEAR_END = 1e-6
"""The longest last step, as a share of a number, after a search that ends when all is exact."""


def difference(builder: BlockBuilder, here: int, size: int) -> int:
    """Return by how much a number is moved, exactly; ``size`` is that of numbers like it."""
    emit = builder.emit
    largest = emit(Op.MAX, emit(Op.ABS, here), size)
    away = emit(Op.ADD, here, emit(Op.MUL, builder.number(DIFFERENCE), largest))
    return emit(Op.SUB, away, here)


def is_short(builder: BlockBuilder, here: int, step: int, size: int, longest: float) -> int:
    """Tell whether a step is as short as it should be at the end, and a number."""
    emit = builder.emit
    largest = emit(Op.MAX, emit(Op.ABS, here), size)
    return emit(Op.LE, emit(Op.ABS, step), emit(Op.MUL, builder.number(longest), largest))
