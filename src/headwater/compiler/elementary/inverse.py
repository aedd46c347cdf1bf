"""asin, acos and atan: one polynomial each, on arguments brought near zero."""

from __future__ import annotations

from headwater.compiler.elementary.coefficients import ASIN, ATAN, HALF_PI, PI
from headwater.compiler.elementary.routine import Number, Routine, Writer, even_odd, low_high


def arcsine() -> Routine:
    """Return the routine of asin.

    Beyond 1/2, ``asin x = pi / 2 - 2 asin(sqrt((1 - x) / 2))``.
    """
    w = Writer(1)
    (x,) = w.arguments()
    size = abs(x)
    near = size <= 0.5
    s, s_low, tail = _half_angle(size)
    double = s + s
    high = HALF_PI[0] - double
    lost = (HALF_PI[0] - high) - double
    far = high + (lost + (HALF_PI[1] - (tail + s_low) * 2.0))
    return w.finish(near.choose(size + tail, far).with_sign_of(x))


def arccosine() -> Routine:
    """Return the routine of acos.

    Beyond 1/2, ``acos x = 2 asin(sqrt((1 - x) / 2))``; below -1/2 it is pi less that of ``-x``.
    """
    w = Writer(1)
    (x,) = w.arguments()
    size = abs(x)
    s, s_low, tail = _half_angle(size)
    double, double_low = s + s, (tail + s_low) * 2.0
    high = PI[0] - double
    lost = (PI[0] - high) - double
    below = high + (lost + (PI[1] - double_low))
    beyond = (x < 0.0).choose(below, double + double_low)

    signed_tail = tail.with_sign_of(x)
    high = HALF_PI[0] - x
    lost = (HALF_PI[0] - high) - x
    middle = high + (lost + (HALF_PI[1] - signed_tail))
    return w.finish((size <= 0.5).choose(middle, beyond))


def _half_angle(size: Number) -> tuple[Number, Number, Number]:
    """Return ``s``, a correction of it, and ``asin s - s``.

    ``s`` is the argument up to 1/2, beyond it ``sqrt((1 - size) / 2)``, whose rounding is the
    correction; the polynomial serves both.
    """
    near = size <= 0.5
    z = near.choose(size * size, (1.0 - size) * 0.5)
    root = z.sqrt()
    s = near.choose(size, root)
    lost = (-root).times_plus(root, z) / (root + root)
    s_low = (root > 0.0).choose(lost, 0.0)
    return s, s_low, (s * z) * even_odd(z, ASIN)


def arctangent() -> Routine:
    """Return the routine of atan. Beyond 1, ``atan x = pi / 2 - atan(1 / x)``."""
    w = Writer(1)
    (x,) = w.arguments()
    size = abs(x)
    near = size <= 1.0
    t = near.choose(size, 1.0 / size)
    z = t * t
    tail = (t * z) * low_high(z, ATAN)
    high = HALF_PI[0] - t
    lost = (HALF_PI[0] - high) - t
    far = high + (lost + (HALF_PI[1] - tail))
    return w.finish(near.choose(t + tail, far).with_sign_of(x))
