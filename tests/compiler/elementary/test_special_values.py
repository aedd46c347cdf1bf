"""Special values, as IEEE 754 and Annex F of the C standard list them; both targets."""

import math

import numpy as np
import pytest

from compiler.elementary.evaluation import evaluate, interpret

INF, NAN = math.inf, math.nan
TINY, SMALLEST, LARGEST = 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308
HALF_PI = math.pi / 2

ONE_ARGUMENT = {
    "exp": [
        (0.0, 1.0),
        (-0.0, 1.0),
        (INF, INF),
        (-INF, 0.0),
        (709.782712893384, LARGEST * (1 - 2.0**-43)),
        (709.7827128933841, INF),
        (1e308, INF),
        (-745.133219101941, TINY),
        (-745.1332191019413, 0.0),
        (-1e308, 0.0),
        (TINY, 1.0),
    ],
    "log": [
        (1.0, 0.0),
        (0.0, -INF),
        (-0.0, -INF),
        (INF, INF),
        (-1.0, NAN),
        (-INF, NAN),
        (-TINY, NAN),
        (TINY, -744.4400719213812),
        (LARGEST, 709.782712893384),
    ],
    "sin": [(0.0, 0.0), (-0.0, -0.0), (INF, NAN), (-INF, NAN), (TINY, TINY), (-TINY, -TINY)],
    "cos": [(0.0, 1.0), (-0.0, 1.0), (INF, NAN), (-INF, NAN), (TINY, 1.0)],
    "tan": [(0.0, 0.0), (-0.0, -0.0), (INF, NAN), (-INF, NAN), (TINY, TINY), (-TINY, -TINY)],
    "asin": [(0.0, 0.0), (-0.0, -0.0), (1.0, HALF_PI), (-1.0, -HALF_PI), (1.0000000000000002, NAN)],
    "acos": [(1.0, 0.0), (0.0, HALF_PI), (-1.0, math.pi), (1.0000000000000002, NAN), (-INF, NAN)],
    "atan": [(0.0, 0.0), (-0.0, -0.0), (INF, HALF_PI), (-INF, -HALF_PI), (TINY, TINY)],
}

POWERS = [
    # base, exponent, result: one to anything and anything to zero is one
    (1.0, NAN, 1.0),
    (1.0, INF, 1.0),
    (NAN, 0.0, 1.0),
    (NAN, -0.0, 1.0),
    (INF, 0.0, 1.0),
    (0.0, 0.0, 1.0),
    (-1.0, INF, 1.0),
    (-1.0, -INF, 1.0),
    # zeros
    (0.0, 3.0, 0.0),
    (-0.0, 3.0, -0.0),
    (-0.0, 2.0, 0.0),
    (-0.0, 0.7, 0.0),
    (0.0, -3.0, INF),
    (-0.0, -3.0, -INF),
    (-0.0, -2.0, INF),
    (-0.0, -0.7, INF),
    (0.0, -INF, INF),
    (-0.0, -INF, INF),
    (0.0, INF, 0.0),
    # infinities
    (0.5, -INF, INF),
    (-0.5, -INF, INF),
    (2.0, -INF, 0.0),
    (0.5, INF, 0.0),
    (2.0, INF, INF),
    (-2.0, INF, INF),
    (INF, 0.3, INF),
    (INF, -0.3, 0.0),
    (-INF, 3.0, -INF),
    (-INF, 2.0, INF),
    (-INF, 0.3, INF),
    (-INF, -3.0, -0.0),
    (-INF, -2.0, 0.0),
    (-INF, -0.3, 0.0),
    # negative bases
    (-2.0, 3.0, -8.0),
    (-2.0, 2.0, 4.0),
    (-2.0, -3.0, -0.125),
    (-2.0, 0.5, NAN),
    (-TINY, 0.5, NAN),
    (-1.0, 9007199254740991.0, -1.0),
    (-1.0, 9007199254740992.0, 1.0),
    (-1.0, 1e300, 1.0),
    # NaN
    (NAN, 1.0, NAN),
    (2.0, NAN, NAN),
    (0.0, NAN, NAN),
    # exact, huge and tiny results
    (10.0, 2.0, 100.0),
    (2.0, 10.0, 1024.0),
    (2.0, 1023.0, 2.0**1023),
    (2.0, 1024.0, INF),
    (2.0, -1074.0, TINY),
    (2.0, -1075.5, 0.0),
    (-2.0, 1025.0, -INF),
    (TINY, 0.5, math.sqrt(TINY)),
    (TINY, 1.0, TINY),
    (1e300, 1e300, INF),
    (1e-300, 1e300, 0.0),
    (LARGEST, 1.0, LARGEST),
    (1.0000000000000002, 1e300, INF),
    (0.9999999999999999, 1e300, 0.0),
]


def assert_same(actual, expected, what):
    wrong = [
        f"{w}: {a!r}, not {e!r}"
        for a, e, w in zip(actual.tolist(), expected, what, strict=True)
        if not (math.isnan(a) and math.isnan(e))
        and not (a == e and math.copysign(1, a) == math.copysign(1, e))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("compute", [evaluate, interpret])
@pytest.mark.parametrize("op", ONE_ARGUMENT)
def test_special_values_of_one_argument(op, compute):
    pairs = [*ONE_ARGUMENT[op], (NAN, NAN)]
    x = np.array([pair[0] for pair in pairs])
    expected = [pair[1] for pair in pairs]
    if op == "exp":  # next to overflow the last digit is not claimed
        at = [pair[0] for pair in pairs].index(709.782712893384)
        value = compute(op, x)
        assert math.isfinite(value[at]) and value[at] > 1.79e308
        expected[at] = value[at]
    assert_same(compute(op, x), expected, [f"{op}({v!r})" for v in x.tolist()])


@pytest.mark.parametrize("compute", [evaluate, interpret])
def test_special_powers(compute):
    x, y, expected = (np.array([case[k] for case in POWERS]) for k in range(3))
    what = [f"{a!r} ** {b!r}" for a, b, _ in POWERS]
    assert_same(compute("pow", x, y), expected.tolist(), what)


def c_power(x, y):
    """The C library's pow; Python raises where C returns infinity or NaN."""
    try:
        return math.pow(x, y)
    except OverflowError:
        return INF if x > 0 or y % 2 == 0 else -INF
    except ValueError:
        return NAN if x else math.copysign(INF, x if y % 2 else 1.0)


@pytest.mark.parametrize("exponent", [-1.0, 0.0, 0.5, 1.0, 2.0, 3.0, 4.0])
def test_special_bases_of_literal_powers(exponent):
    x = np.array([0.0, -0.0, 1.0, -1.0, INF, -INF, NAN, TINY, -TINY, LARGEST, -8.0])
    expected = [c_power(v, exponent) for v in x.tolist()]
    what = [f"{v!r} ** {exponent}" for v in x.tolist()]
    assert_same(evaluate("pow", x, exponent=exponent), expected, what)


def test_nan_of_any_payload_stays_nan():
    payloads = np.array([0x7FF0000000000001, 0x7FFFFFFFFFFFFFFF, -1, 0x7FF8000000000FFF])
    for op in ONE_ARGUMENT:
        assert np.isnan(evaluate(op, payloads.view(np.float64))).all(), op
