"""log: the logarithm of the exponent plus a polynomial of the fraction.

``x = 2**e m`` with ``m`` between the square roots of 1/2 and 2; ``f = m - 1`` is exact and
``log(1 + f) = f - f**2 / 2 + f**3 P(f)``. The sum with ``e ln 2`` keeps what its roundings lose.
"""

from __future__ import annotations

from headwater.compiler.elementary.coefficients import LN2_SPLIT, LOG
from headwater.compiler.elementary.routine import Number, Routine, Truth, Whole, Writer, even_odd

SMALLEST = float.fromhex("0x1p-1022")
_ROOT_OF_HALF = 0x3FE6A09E667F3BCD
_FRACTION_BITS = 52
_WHOLE = 0x4338000000000000  # the bits of 1.5 * 2**52


def logarithm() -> Routine:
    """Return the routine of log."""
    w = Writer(1)
    (x,) = w.arguments()
    e, m = split(x)
    return w.finish(_log(e, m), is_normal(x), _full())


def _full() -> Routine:
    w = Writer(1)
    (x,) = w.arguments()
    e, m = split_any(x)
    finite = (x < float("inf")).choose(_log(e, m), x)  # infinity and NaN stay
    result = x.equals(0.0).choose(float("-inf"), finite)
    return w.finish((x < 0.0).choose(float("nan"), result))


def is_normal(x: Number) -> Truth:
    """Tell whether a number is positive, finite and not subnormal."""
    return (x >= SMALLEST) & (x < float("inf"))


def split(x: Number) -> tuple[Number, Number]:
    """Return ``e`` and ``m`` of a positive normal number."""
    bits = x.bits()
    e = (bits - _ROOT_OF_HALF) >> _FRACTION_BITS
    m = (bits - (e << _FRACTION_BITS)).as_bits_of_number()
    return to_number(e), m


def split_any(x: Number) -> tuple[Number, Number]:
    """Return ``e`` and ``m`` of a positive finite number, subnormal ones too."""
    subnormal = x < SMALLEST
    e, m = split(subnormal.choose(x * 2.0**54, x))
    return subnormal.choose(e - 54.0, e), m


def to_number(n: Whole) -> Number:
    """Convert a whole number of magnitude below 2**51 with instructions that all vectors have."""
    return (n + _WHOLE).as_bits_of_number() - float(1.5 * 2.0**52)


def _log(e: Number, m: Number) -> Number:
    f = m - 1.0
    square = f * f
    correction = (f * square).times_plus(even_odd(f, LOG), square * -0.5)
    high = e * LN2_SPLIT[0]
    total = high + f
    lost = f - (total - high)
    return total + (lost + e.times_plus(LN2_SPLIT[1], correction))
