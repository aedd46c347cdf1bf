"""Elementary functions against mpmath: dense and adversarial points, over the full range.

The bounds are those that docs/explanation/numerics.md states.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from compiler.elementary.evaluation import errors, evaluate, interpret

rng = np.random.default_rng(20)
POINTS = 1500


def any_float(count):
    return rng.integers(-(2**63), 2**63 - 1, count).view(np.float64)


def near(value, count=200, width=1e-9):
    return value * (1 + rng.uniform(-width, width, count))


def exp_points():
    ends = [709.782712893384, -745.13321910194, -708.3964185322641, math.log(2) / 2]
    return np.concatenate(
        [
            rng.uniform(-746, 710, POINTS),
            rng.uniform(-1, 1, POINTS),
            rng.normal(size=POINTS) * 2.0 ** rng.integers(-60, 3, POINTS),
            rng.uniform(-746, -707, POINTS // 2),
            (np.arange(-1074, 1025) + 0.5) * math.log(2),
            *(near(end) for end in ends),
        ]
    )


def log_points():
    return np.concatenate(
        [
            np.abs(any_float(POINTS)),
            rng.uniform(0.5, 2, POINTS),
            1 + rng.normal(size=POINTS) * 2.0 ** rng.integers(-52, -1, POINTS),
            2.0 ** rng.uniform(-1074, -1020, POINTS // 2),
            near(math.sqrt(0.5)),
            near(math.sqrt(2.0)),
            [5e-324, 2.2250738585072014e-308, 1.7976931348623157e308],
        ]
    )


def angle_points():
    multiples = np.arange(1, 1000) * (math.pi / 2)
    return np.concatenate(
        [
            rng.uniform(-4, 4, POINTS),
            rng.uniform(-1e3, 1e3, POINTS),
            rng.uniform(-(2.0**30), 2.0**30, POINTS),
            multiples,
            np.round(rng.uniform(-1e9, 1e9, POINTS) / (math.pi / 2)) * (math.pi / 2),
            10.0 ** rng.uniform(-300, 0, POINTS // 2),
            near(math.pi / 4),
            [2.0**30, -(2.0**30), 91.106186954104],
        ]
    )


def closest_to_multiples():
    """Doubles next to a multiple of pi / 2: convergents of its continued fraction, scaled."""
    with_digits = Fraction(
        31415926535897932384626433832795028841971693993751058209749445923078164062862089986280348253,
        2 * 10**91,
    )
    found = []
    for exponent in range(-20, 971):
        value = with_digits / Fraction(2) ** exponent
        h0, h1, k0, k1 = 0, 1, 1, 0
        while True:
            whole = value.numerator // value.denominator
            h0, h1, k0, k1 = h1, whole * h1 + h0, k1, whole * k1 + k0
            if h1 >= 2**53:
                break
            if h1 >= 2**45 and k1:
                found.append(math.ldexp(h1, exponent))
            if value == whole or len(found) > 4000:
                break
            value = 1 / (value - whole)
    return np.array([x for x in found if math.isfinite(x)])


def unit_points():
    return np.concatenate(
        [
            rng.uniform(-1, 1, POINTS),
            near(0.5, POINTS, 0.02),
            -near(0.5, POINTS, 0.02),
            1 - 10.0 ** rng.uniform(-16, -1, POINTS),
            -1 + 10.0 ** rng.uniform(-16, -1, POINTS),
            10.0 ** rng.uniform(-300, 0, POINTS // 2),
            [1.0, -1.0, 0.5, -0.5],
        ]
    )


def ratio_points():
    return np.concatenate(
        [
            rng.uniform(-1, 1, POINTS),
            rng.uniform(-3, 3, POINTS),
            near(1.0, POINTS, 0.1),
            10.0 ** rng.uniform(-300, 300, POINTS),
            any_float(POINTS // 2),
        ]
    )


CASES = {
    "exp": (exp_points, 0.85),
    "log": (log_points, 0.9),
    "sin": (angle_points, 0.9),
    "cos": (angle_points, 0.9),
    "tan": (angle_points, 1.3),
    "asin": (unit_points, 0.75),
    "acos": (unit_points, 0.75),
    "atan": (ratio_points, 1.5),
}


@pytest.mark.parametrize("op", CASES)
def test_errors_are_below_the_stated_bound(op):
    points, bound = CASES[op]
    x = points()
    x = x[np.isfinite(x)]
    values = evaluate(op, x)
    worst = errors(op, [x], values)
    assert worst.max() <= bound, f"{worst.max()} ulp at {x[worst.argmax()]!r}"
    sample = rng.choice(len(x), 1000, replace=False)
    np.testing.assert_array_equal(interpret(op, x[sample]), values[sample])


def power_points():
    x = np.concatenate(
        [
            rng.uniform(0, 10, POINTS),
            10.0 ** rng.uniform(-300, 300, POINTS),
            1 + rng.normal(size=POINTS) * 2.0 ** rng.integers(-30, -1, POINTS),
            2.0 ** rng.uniform(-1074, -1022, POINTS),
            rng.uniform(0.5, 2, POINTS),
        ]
    )
    x = np.abs(x)
    y = np.concatenate(
        [
            rng.uniform(-10, 10, POINTS),
            rng.uniform(-1, 1, POINTS),
            rng.normal(size=POINTS) * 2.0 ** rng.integers(0, 30, POINTS),
            rng.uniform(-1, 1, POINTS),
            rng.uniform(-1000, 1000, POINTS),
        ]
    )
    subnormal = -rng.uniform(708, 746, len(x)) / np.log(x)
    largest = rng.uniform(709.5, 709.9, len(x)) / np.log(x)
    return np.tile(x, 3), np.concatenate([y, subnormal, largest])


def test_errors_of_powers_are_below_the_stated_bound():
    x, y = power_points()
    known = np.isfinite(y) & (x > 0)
    x, y = x[known], y[known]
    values = evaluate("pow", x, y)
    worst = errors("pow", [x, y], values)
    where = worst.argmax()
    assert worst.max() <= 1.1, f"{worst.max()} ulp at {x[where]!r} ** {y[where]!r}"
    sample = rng.choice(len(x), 1000, replace=False)
    np.testing.assert_array_equal(interpret("pow", x[sample], y[sample]), values[sample])


@pytest.mark.parametrize("exponent", [-1.0, 0.0, 0.5, 1.0, 2.0, 3.0, 4.0])
def test_errors_of_powers_with_a_literal_exponent(exponent):
    x = np.concatenate([rng.uniform(0, 10, 300), 10.0 ** rng.uniform(-80, 75, 700)])
    values = evaluate("pow", x, exponent=exponent)
    worst = errors("pow", [x, np.full(len(x), exponent)], values)
    assert worst.max() <= 2.0


@pytest.mark.parametrize("op", ["sin", "cos", "tan"])
def test_angles_of_any_size(op):
    """Up to the largest double, with those that come closest to a multiple of a quarter turn."""
    x = np.concatenate([2.0 ** rng.uniform(30, 1024, 600) * rng.choice([-1, 1], 600)])
    hardest = float.fromhex("0x1.6ac5b262ca1ffp+849")  # within 2**-62 of a multiple of pi / 2
    x = np.concatenate([x, [hardest, -hardest, 1e22, 2.0**1023, 1.7976931348623157e308]])
    worst = errors(op, [x], evaluate(op, x), bits=1300)
    assert worst.max() <= CASES[op][1]


@pytest.mark.parametrize("op", ["sin", "cos", "tan"])
def test_angles_closest_to_multiples_of_a_quarter_turn(op):
    x = closest_to_multiples()
    assert len(x) > 500
    worst = errors(op, [x], evaluate(op, x), bits=1400)
    assert worst.max() <= CASES[op][1], x[worst.argmax()]


@pytest.mark.parametrize("op", ["exp", "log", "atan", "asin"])
def test_rising_functions_rise(op):
    """Between neighbouring doubles, next to random points and to where formulas change."""
    where = {
        "exp": [-745.1, -1.0, 0.5 * math.log(2), 1.5 * math.log(2), 0.0, 700.0],
        "log": [math.sqrt(0.5), math.sqrt(2.0), 1.0, 3.0, 1e-308],
        "atan": [1.0, -1.0, 0.5, 0.0, 30.0],
        "asin": [0.5, -0.5, 0.9, 0.01],
    }[op]
    for start in where:
        x = np.array(start) + np.arange(-500, 500) * np.spacing(abs(start) or 1e-3)
        assert (np.diff(evaluate(op, x)) >= 0).all(), start
