"""sin, cos and tan of any number.

The argument is reduced to ``|r| <= pi / 4`` and a quadrant. Up to 2**30 a multiple of pi / 2 in
three parts is taken off, the first without rounding; the rest ``r`` is a sum of two doubles.
Beyond, the rescue multiplies by as many bits of 2 / pi as matter, in integers (Payne and Hanek,
"Radian reduction for trigonometric functions", ACM SIGNUM Newsletter 18, 1983).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from headwater.compiler.elementary.coefficients import (
    COS,
    HALF_PI,
    SIN,
    TWO_OVER_PI,
    TWO_OVER_PI_DIGITS,
    TWO_PI,
)
from headwater.compiler.elementary.exponential import SHIFT
from headwater.compiler.elementary.routine import Number, Routine, Whole, Writer, horner

USUAL_LIMIT = 2.0**30
_MASK = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Angle:
    """An angle ``r + low``, at most pi / 4 (and a little), ``quadrant`` quarter turns on."""

    r: Number
    low: Number
    quadrant: Whole


def sine() -> Routine:
    """Return the routine of sin."""
    return _routine(lambda angle: _turned(angle, angle.quadrant))


def cosine() -> Routine:
    """Return the routine of cos."""
    return _routine(lambda angle: _turned(angle, angle.quadrant + 1))


def tangent() -> Routine:
    """Return the routine of tan."""
    return _routine(_tangent)


def _routine(write: Callable[[Angle], Number]) -> Routine:
    full = Writer(1)
    (x,) = full.arguments()
    rescue = full.finish(write(_full_angle(x)))
    w = Writer(1)
    (x,) = w.arguments()
    return w.finish(write(_angle(x)), abs(x) <= USUAL_LIMIT, rescue)


@dataclass(frozen=True, slots=True)
class _Sum:
    """A number and a small correction."""

    high: Number
    low: Number


def _turned(angle: Angle, quadrant: Whole) -> Number:
    """Return the sine of an angle that many quarter turns on: its sine or cosine, or minus that."""
    sine, cosine = _sine(angle), _cosine(angle)
    # The sine of -0 is -0; the sum would be +0.
    odd = (sine.high + sine.low).with_sign_of(sine.high)
    value = (quadrant & 1).equals(0).choose(odd, cosine.high + cosine.low)
    return _flip(value, (quadrant & 2) << 62)


def _flip(value: Number, sign: Whole) -> Number:
    """Return the number, negated where the top bit of ``sign``, its only bit, is set."""
    return (value.bits() ^ sign).as_bits_of_number()


def _sine(angle: Angle) -> _Sum:
    z = angle.r * angle.r
    return _Sum(angle.r, (z * angle.r).times_plus(horner(z, SIN), angle.low))


def _cosine(angle: Angle) -> _Sum:
    z = angle.r * angle.r
    half = z * 0.5
    high = 1.0 - half
    lost = (1.0 - high) - half
    rest = (z * z).times_plus(horner(z, COS), lost)
    return _Sum(high, (-angle.r).times_plus(angle.low, rest))


def _tangent(angle: Angle) -> Number:
    """Divide sine by cosine, or minus cosine by sine, with one correction of the quotient."""
    sine, cosine = _normal(_sine(angle)), _normal(_cosine(angle))
    even = (angle.quadrant & 1).equals(0)
    n, n_low = even.choose(sine.high, cosine.high), even.choose(sine.low, cosine.low)
    d, d_low = even.choose(cosine.high, sine.high), even.choose(cosine.low, sine.low)
    reciprocal = 1.0 / d
    quotient = n * reciprocal
    rest = (-quotient).times_plus(d, n) + (n_low - quotient * d_low)
    value = rest.times_plus(reciprocal, quotient).with_sign_of(quotient)
    return _flip(value, angle.quadrant << 63)


def _normal(s: _Sum) -> _Sum:
    total = (s.high + s.low).with_sign_of(s.high)
    return _Sum(total, s.low - (total - s.high))


def _angle(x: Number) -> Angle:
    shifted = x.times_plus(TWO_OVER_PI, SHIFT)
    n = shifted - SHIFT
    first = (-n).times_plus(HALF_PI[0], x)
    second = n * HALF_PI[1]
    second_low = n.times_plus(HALF_PI[1], -second)
    r = first - second
    lost = ((first - r) - second) - second_low
    return Angle(r, (-n).times_plus(HALF_PI[2], lost), shifted.bits())


def _full_angle(x: Number) -> Angle:
    """Reduce a number of any size above 1; infinity and NaN give NaN."""
    bits = abs(x).bits()
    exponent = (bits.logical_shift(52) & 0x7FF) - 1075
    mantissa = (bits & ((1 << 52) - 1)) | (1 << 52)
    # With exponent - 2 = 32 k + shift, digits before the k-th only add multiples of 4.
    place = (exponent - 2) >> 5
    shift = (exponent - 2) & 31
    other_shift = x.w.whole(32) - shift
    digits = [(place + (k + 1)).element_of(TWO_OVER_PI_DIGITS) for k in range(7)]
    window = [((a << shift) | b.logical_shift(other_shift)) & _MASK for a, b in pairwise(digits)]
    high, low = _fraction(mantissa, window)
    quadrant = (high + (1 << 61)).logical_shift(62)
    high = high - (quadrant << 62)

    # high * 2**64 + low, as a sum of floats: low is brought to 63 bits to be a positive integer.
    first = high.to_number()
    second = (high - first.to_whole()).to_number()
    third = low.logical_shift(1).to_number() * 2.0**-63
    tail = second + third
    total = first + tail
    tail = tail - (total - first)
    turn = 2.0**-64
    r = total * (TWO_PI[0] * turn)
    lost = total.times_plus(TWO_PI[0] * turn, -r)
    lost = lost + (total * (TWO_PI[1] * turn) + tail * (TWO_PI[0] * turn))
    nearest = r + lost
    rest = lost - (nearest - r)
    negative = x.bits() & (1 << 63)
    undefined = x - x  # NaN for infinity and NaN
    nearest = _flip(nearest, negative) + undefined
    turned = (x < 0.0).choose_whole(x.w.whole(0) - quadrant, quadrant)
    return Angle(nearest, _flip(rest, negative), turned)


def _fraction(mantissa: Whole, window: list[Whole]) -> tuple[Whole, Whole]:
    """Return 128 bits after the point of ``mantissa * 0.window``, in the base 2**32.

    Column k counts 2**(-32 (k + 1)). What is lost beyond the last column is a few units of it.
    """
    m_high, m_low = mantissa.logical_shift(32), mantissa & _MASK
    columns: list[list[Whole]] = [[], [], [], []]
    for k, digit in enumerate(window):
        for column, factor in ((k, m_low), (k - 1, m_high)):
            if not 0 <= column <= len(columns):
                continue
            product = factor * digit
            if column > 0:
                columns[column - 1].append(product.logical_shift(32))
            if column < len(columns):
                columns[column].append(product & _MASK)
    words: list[Whole] = []
    carry = mantissa.w.whole(0)
    for words_here in reversed(columns):
        total = carry
        for word in words_here:
            total = total + word
        carry = total.logical_shift(32)
        words.append(total & _MASK)
    return (words[3] << 32) | words[2], (words[1] << 32) | words[0]
