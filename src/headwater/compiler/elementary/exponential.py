"""exp: the power of two next to it, times a polynomial.

``exp x = 2**n exp r`` with ``n = rint(x / ln 2)`` and ``r = x - n ln 2``, ``|r| <= ln 2 / 2``. The
first product is exact under a fused multiply-add; ``exp r - 1`` is a minimax polynomial. The error
is below 0.85 ulp by the sum of the roundings, over the full range, subnormal results included.
"""

from __future__ import annotations

from headwater.compiler.elementary.coefficients import EXP, LN2, LOG2_E
from headwater.compiler.elementary.routine import Number, Routine, Whole, Writer, even_odd

SHIFT = 1.5 * 2.0**52
"""Added to a number of moderate size, it rounds it to a whole one and leaves that in its bits."""

USUAL_LIMIT = 708.0
"""Below this magnitude the power of two that exp is scaled by is a normal number."""


def exponential() -> Routine:
    """Return the routine of exp."""
    w = Writer(1)
    (x,) = w.arguments()
    return w.finish(scaled_exponential(x), abs(x) <= USUAL_LIMIT, _full())


def _full() -> Routine:
    w = Writer(1)
    (x,) = w.arguments()
    return w.finish(full_exponential(x))


def scaled_exponential(x: Number, low: Number | None = None) -> Number:
    """Return exp of ``x + low`` where its magnitude is below :data:`USUAL_LIMIT`."""
    factor, shifted = _reduce(x, low)
    return (factor.bits() + (shifted.bits() << 52)).as_bits_of_number()


def full_exponential(x: Number, low: Number | None = None) -> Number:
    """Return exp of ``x + low`` for any numbers.

    The power of two is split in halves, so that a subnormal result is rounded once.
    """
    x = (x < -746.0).choose(-746.0, (x > 710.0).choose(710.0, x))
    factor, shifted = _reduce(x, low)
    n = shifted.bits() - x.w.number(SHIFT).bits()
    half = n >> 1
    return factor * power_of_two(half) * power_of_two(n - half)


def power_of_two(n: Whole) -> Number:
    """Return ``2**n`` for a whole number in the range of exponents."""
    return ((n + 1023) << 52).as_bits_of_number()


def _reduce(x: Number, low: Number | None) -> tuple[Number, Number]:
    """Return exp of the rest, in 0.7 .. 1.42, and the exponent as the low bits of a number."""
    shifted = x.times_plus(LOG2_E, SHIFT)
    minus_n = SHIFT - shifted
    r = minus_n.times_plus(LN2[0], x)
    r = minus_n.times_plus(LN2[1], r) if low is None else r + minus_n.times_plus(LN2[1], low)
    first = r + 1.0
    lost = r - (first - 1.0)
    return first + (r * r).times_plus(even_odd(r, EXP), lost), shifted
