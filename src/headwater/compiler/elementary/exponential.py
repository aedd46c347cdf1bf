"""exp: the power of two next to it, times a polynomial.

``exp x = 2**n exp r`` with ``n = rint(x / ln 2)`` and ``r = x - n ln 2``, ``|r| <= ln 2 / 2``. The
first product is exact under a fused multiply-add; ``exp r - 1 - r`` is a minimax polynomial. The
error is below 0.85 ulp by the sum of the roundings, over the full range, subnormal results
included.
"""

from __future__ import annotations

from headwater.compiler.elementary.coefficients import EXP, LN2, LOG2_E
from headwater.compiler.elementary.routine import Number, Routine, Writer, even_odd

SHIFT = 1.5 * 2.0**52
"""Added to a number of moderate size, it rounds it to a whole one and leaves that in its bits."""

USUAL_LIMIT = 708.0
"""Below this magnitude the power of two that exp is scaled by is a normal number."""

_LOWEST, _HIGHEST = -746.0, 710.0  # beyond, the result is 0 or infinity
_HALF_RANGE = 512


def exponential() -> Routine:
    """Return the routine of exp."""
    w = Writer(1)
    (x,) = w.arguments()
    return w.finish(full_exponential(x))


def scaled_exponential(x: Number, low: Number | None = None) -> Number:
    """Return exp of ``x + low`` where its magnitude is below :data:`USUAL_LIMIT`."""
    factor, shifted, _ = _reduce(x, low)
    return (factor.bits() + (shifted.bits() << 52)).as_bits_of_number()


def full_exponential(x: Number, low: Number | None = None) -> Number:
    """Return exp of ``x + low`` for any numbers.

    The power of two is applied in two steps, so that a subnormal result is rounded once and one
    that is too large becomes infinite.
    """
    x = (x < _LOWEST).choose(_LOWEST, x)
    x = (x > _HIGHEST).choose(_HIGHEST, x)
    factor, shifted, n = _reduce(x, low)

    def in_two_steps() -> Number:
        falling = n < 0.0
        bias = falling.choose_whole((1023 + _HALF_RANGE) << 52, (1023 - _HALF_RANGE) << 52)
        first = ((shifted.bits() << 52) + bias).as_bits_of_number()
        return factor * first * falling.choose(2.0**-_HALF_RANGE, 2.0**_HALF_RANGE)

    return x.w.scaling(factor, n, in_two_steps)


def _reduce(x: Number, low: Number | None) -> tuple[Number, Number, Number]:
    """Return exp of the rest, in 0.7 .. 1.42, and the exponent: as the low bits of a number too."""
    shifted = x.times_plus(LOG2_E, SHIFT)
    n = shifted - SHIFT
    r = (-n).times_plus(LN2[0], x)
    r = (-n).times_plus(LN2[1], r) if low is None else r + (-n).times_plus(LN2[1], low)
    first = r + 1.0
    lost = r - (first - 1.0)
    return first + (r * r).times_plus(even_odd(r, EXP), lost), shifted, n
