"""Random numbers as instructions, from counter-based streams.

Threefry-2x64-20 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3",
SC 2011) maps a key of two words, the experiment's seed and the run's identity, and a counter of two
words, the stream (variable, place and element) and the step, to two random words. A draw with a
seed of its own has that for a key instead. Nothing else matters to a draw: neither the order of
evaluation nor the lanes, threads or machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headwater.compiler.draws.counting_distributions import COUNTING_DISTRIBUTIONS
from headwater.compiler.draws.distributions import DISTRIBUTIONS
from headwater.compiler.draws.vensim_distributions import VENSIM_DISTRIBUTIONS
from headwater.compiler.lowering.builder import BlockBuilder, wrap
from headwater.compiler.program import Op
from headwater.compiler.resolved import Draw

if TYPE_CHECKING:
    from headwater.compiler.lowering.expression_code import ExpressionCode

_ROTATIONS = (16, 42, 12, 31, 16, 32, 24, 21)
_PARITY = wrap(0x1BD11BDAA9FC1A22)
_ROUNDS = 20
_STREAM_STRIDE = wrap(0x9E3779B97F4A7C15)


QUANTILES = {**DISTRIBUTIONS, **VENSIM_DISTRIBUTIONS, **COUNTING_DISTRIBUTIONS}


def draw(code: ExpressionCode, node: Draw) -> int:
    """Append one draw from a distribution."""
    arguments = [code.number(a) for a in node.arguments]
    builder = code.builder
    element = code.flat(node.shape, node.selectors)
    # A large odd stride keeps the elements of different streams apart.
    spread = builder.emit(Op.IMUL, element, builder.integer(_STREAM_STRIDE))
    stream = builder.emit(Op.IADD, spread, builder.integer(node.stream))
    if node.seed is None:
        key = (builder.emit(Op.SEED), builder.emit(Op.RUN))
    else:
        key = (builder.integer(node.seed), builder.integer(0))
    word, _ = threefry(builder, key, (stream, builder.emit(Op.STEP)))
    return QUANTILES[node.distribution](code, uniform(builder, word), arguments)


def threefry(
    builder: BlockBuilder, key: tuple[int, int], counter: tuple[int, int]
) -> tuple[int, int]:
    """Append Threefry-2x64 with 20 rounds; return its two random words."""
    emit = builder.emit
    third = emit(Op.IXOR, emit(Op.IXOR, key[0], key[1]), builder.integer(_PARITY))
    schedule = (*key, third)
    x0 = emit(Op.IADD, counter[0], key[0])
    x1 = emit(Op.IADD, counter[1], key[1])
    for number in range(_ROUNDS):
        x0 = emit(Op.IADD, x0, x1)
        x1 = emit(Op.IXOR, _rotated(builder, x1, _ROTATIONS[number % 8]), x0)
        if number % 4 == 3:
            turn = number // 4 + 1
            x0 = emit(Op.IADD, x0, schedule[turn % 3])
            injected = emit(Op.IADD, schedule[(turn + 1) % 3], builder.integer(turn))
            x1 = emit(Op.IADD, x1, injected)
    return x0, x1


def _rotated(builder: BlockBuilder, word: int, bits: int) -> int:
    high = builder.emit(Op.SHL, word, builder.integer(bits))
    low = builder.emit(Op.SHR, word, builder.integer(64 - bits))
    return builder.emit(Op.IOR, high, low)


def uniform(builder: BlockBuilder, word: int) -> int:
    """Return ``(k + 1/2) / 2^52`` for the word's upper 52 bits ``k``: never 0 and never 1."""
    bits = builder.emit(Op.SHR, word, builder.integer(12))
    number = builder.emit(Op.TO_FLOAT, bits)
    middle = builder.emit(Op.ADD, number, builder.number(0.5))
    return builder.emit(Op.MUL, middle, builder.number(2.0**-52))
