"""pow: ``exp(y log x)`` with the logarithm carried to 65 bits or more.

With ``s = f / (2 + f)`` the logarithm of ``1 + f`` is ``2 s + 2/3 s**3 + s**5 R(s**2)``. The first
two terms and the logarithm of the exponent are sums of two doubles, the rest is small enough for
one. Special values follow IEEE 754 and C.
"""

from __future__ import annotations

from collections.abc import Callable

from headwater.compiler.elementary.coefficients import ATANH, LN2_SPLIT, TWO_THIRDS
from headwater.compiler.elementary.exponential import (
    USUAL_LIMIT,
    full_exponential,
    scaled_exponential,
)
from headwater.compiler.elementary.logarithm import is_normal, split, split_any
from headwater.compiler.elementary.routine import Number, Routine, Writer, horner

Pair = tuple[Number, Number]
_INFINITY = float("inf")


def power() -> Routine:
    """Return the routine of pow, of base and exponent."""
    w = Writer(2)
    x, y = w.arguments()
    high, low = _product(y, _log(*split(x)))
    usual = is_normal(x) & (abs(high) <= USUAL_LIMIT)
    return w.finish(scaled_exponential(high, low), usual, _full())


def _full() -> Routine:
    w = Writer(2)
    x, y = w.arguments()
    base = abs(x)
    # A larger exponent changes nothing: the result is 0, 1 or infinity already.
    exponent = (abs(y) < 2.0**70).choose(y, w.number(2.0**70).with_sign_of(y))
    high, low = _product(exponent, _log(*split_any(base)))
    saturated = abs(high) > 1000.0
    value = full_exponential(high, saturated.choose(0.0, low))
    falling = y < 0.0
    value = base.equals(0.0).choose(falling.choose(_INFINITY, 0.0), value)
    value = base.equals(_INFINITY).choose(falling.choose(0.0, _INFINITY), value)

    whole = y.rint().equals(y)
    half = y * 0.5
    odd = whole & ~half.rint().equals(half) & (abs(y) < _INFINITY)
    negative = x.bits() < 0
    value = (negative & odd).choose(-value, value)
    value = ((x < 0.0) & ~whole & (base < _INFINITY)).choose(float("nan"), value)
    known = x.equals(x) & y.equals(y)
    value = known.choose(value, x + y)
    return w.finish((y.equals(0.0) | x.equals(1.0)).choose(1.0, value))


def _log(e: Number, m: Number) -> Pair:
    """Return ``e ln 2 + log m`` as a sum of two numbers."""
    f = m - 1.0
    d = m + 1.0
    d_low = f - (d - 2.0)
    reciprocal = 1.0 / d
    s = f * reciprocal
    s_low = reciprocal * (-s).times_plus(d_low, (-s).times_plus(d, f))
    double = s + s
    z = s * s
    z_low = double.times_plus(s_low, s.times_plus(s, -z))
    cube = s * z
    cube_low = s_low.times_plus(z, s.times_plus(z_low, s.times_plus(z, -cube)))
    third = cube * TWO_THIRDS[0]
    third_low = cube_low.times_plus(TWO_THIRDS[0], cube.times_plus(TWO_THIRDS[0], -third))
    # The rest of two thirds is one more coefficient of the polynomial, whose factor s**3 and
    # leading power of z are corrected together.
    tail = horner(z, (TWO_THIRDS[1], *ATANH))
    rest = tail.times_plus(s.times_plus(z_low, cube_low), cube.times_plus(tail, third_low))

    first, first_low = _quick_sum(e * LN2_SPLIT[0], double)
    second, second_low = _quick_sum(first, third)
    low = s_low.times_plus(2.0, e.times_plus(LN2_SPLIT[1], rest))
    return _quick_sum(second, (first_low + second_low) + low)


def _quick_sum(a: Number, b: Number) -> Pair:
    """Return ``a + b`` and what its rounding lost, where ``a`` is 0 or not below ``b``."""
    total = a + b
    return total, b - (total - a)


def _product(y: Number, log: Pair) -> Pair:
    high = y * log[0]
    return high, y.times_plus(log[1], y.times_plus(log[0], -high))


def literal_power(exponent: float) -> tuple[str, Routine] | None:
    """Return name and routine of a power whose exponent is a small literal, where one is shorter.

    The square is correctly rounded; the error of the others is below 2 ulp.
    """
    if exponent not in _LITERAL_POWERS:
        return None
    w = Writer(1)
    (x,) = w.arguments()
    name, write = _LITERAL_POWERS[exponent]
    return name, w.finish(write(x))


def _root(x: Number) -> Number:
    """The power 1/2 differs from the square root at -infinity and -0."""
    return x.equals(-_INFINITY).choose(_INFINITY, (x + 0.0).sqrt())


def _fourth(x: Number) -> Number:
    square = x * x
    return square * square


_LITERAL_POWERS: dict[float, tuple[str, Callable[[Number], Number]]] = {
    -1.0: ("reciprocal", lambda x: 1.0 / x),
    0.0: ("one", lambda x: x.w.number(1.0)),
    0.5: ("root", _root),
    1.0: ("same", lambda x: x),
    2.0: ("square", lambda x: x * x),
    3.0: ("cube", lambda x: x * x * x),
    4.0: ("fourth", _fourth),
}
