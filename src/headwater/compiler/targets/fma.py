"""``a * b + c`` with one rounding, for NumPy, which has no such operation.

Where no intermediate can overflow or underflow the sum is formed without error from pieces and
rounded to odd before its last addition, which makes that addition the only rounding (Boldo and
Melquiond, "Emulation of a FMA and correctly rounded sums", IEEE Transactions on Computers 57(4),
2008). The few other elements go through exact rationals.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from headwater.compiler.targets import Floats

_SPLIT = 2.0**27 + 1.0
_LARGE = 2.0**480
_SMALL = 2.0**-450


def fused_multiply_add(a: Floats, b: Floats, c: Floats) -> Floats:
    """Return ``a * b + c`` correctly rounded, elementwise; special values as IEEE 754 has them."""
    a, b, c = (np.array(v, dtype=np.float64) for v in np.broadcast_arrays(a, b, c))
    with np.errstate(all="ignore"):
        result = np.asarray(a * b + c)
        finite = np.isfinite(a) & np.isfinite(b) & np.isfinite(c)
        exact = finite & (a != 0.0) & (b != 0.0)
        safe = exact & _moderate(a) & _moderate(b) & (_moderate(c) | (c == 0.0))
        result[safe] = _from_pieces(a[safe], b[safe], c[safe])
        for place in np.argwhere(exact & ~safe):
            at = tuple(place)
            result[at] = _from_rationals(float(a[at]), float(b[at]), float(c[at]))
    return result


def _moderate(v: Floats) -> Floats:
    return (np.abs(v) < _LARGE) & (np.abs(v) > _SMALL)  # type: ignore[return-value]


def _two_sum(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def _two_product(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    p = a * b
    ah = _SPLIT * a - (_SPLIT * a - a)
    bh = _SPLIT * b - (_SPLIT * b - b)
    al, bl = a - ah, b - bh
    return p, al * bl - (((p - ah * bh) - al * bh) - ah * bl)


def _odd_sum(a: Floats, b: Floats) -> Floats:
    """Return ``a + b`` rounded to odd: an inexact sum ends in a 1 bit."""
    s, error = _two_sum(a, b)
    even = (s.view(np.int64) & 1) == 0
    away = np.where((error > 0) == (s > 0), 1, -1)
    bits = s.view(np.int64) + np.where((error != 0) & even, away, 0)
    return bits.view(np.float64)


def _from_pieces(a: Floats, b: Floats, c: Floats) -> Floats:
    high, low = _two_product(a, b)
    t, t_low = _two_sum(c, low)
    v, v_low = _two_sum(high, t)
    return v + _odd_sum(t_low, v_low)


def _from_rationals(a: float, b: float, c: float) -> float:
    total = Fraction(a) * Fraction(b) + Fraction(c)
    if total == 0:
        return a * b + c
    try:
        return total.numerator / total.denominator
    except OverflowError:
        return float("inf") if total > 0 else float("-inf")
