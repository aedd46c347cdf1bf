"""Derive the constants of the elementary functions and write them as a module of the package.

Polynomials are minimax approximations: Remez's exchange algorithm at 250 bits, with a weight that
makes the error relative to the function. Coefficients are then rounded to double one by one, from
the lowest order, and after each the rest are fitted anew by least squares. Needs mpmath:

    python scripts/elementary_coefficients.py > src/headwater/compiler/elementary/coefficients.py

The maximum relative error of each polynomial (before its evaluation is rounded) is in a comment.
"""

from collections.abc import Callable, Sequence

import mpmath as mp

mp.mp.prec = 250
Real = Callable[[mp.mpf], mp.mpf]


def exchange(
    f: Real, basis: Sequence[Real], weight: Real, low: mp.mpf, high: mp.mpf
) -> list[mp.mpf]:
    """Coefficients of the basis functions that minimise the largest ``weight * error``."""
    n = len(basis)
    middle, half = (low + high) / 2, (high - low) / 2
    points = [middle - half * mp.cos(mp.pi * (2 * k + 1) / (2 * n + 2)) for k in range(n + 1)]
    grid = [middle - half * mp.cos(mp.pi * k / (30 * n)) for k in range(30 * n + 1)]
    table = [[p(x) for p in basis] for x in grid]
    known = [(f(x), weight(x)) for x in grid]
    coefficients: list[mp.mpf] = []
    for _ in range(15):
        system, right = mp.matrix(n + 1, n + 1), mp.matrix(n + 1, 1)
        for i, x in enumerate(points):
            w = weight(x)
            for j, p in enumerate(basis):
                system[i, j] = p(x) * w
            system[i, n] = (-1) ** i
            right[i] = f(x) * w
        solution = mp.lu_solve(system, right)
        coefficients = [solution[j] for j in range(n)]
        errors = [
            w * (y - mp.fdot(coefficients, row)) for (y, w), row in zip(known, table, strict=True)
        ]
        peaks = extremes(errors)
        while len(peaks) > n + 1:
            peaks.pop(0 if abs(errors[peaks[0]]) < abs(errors[peaks[-1]]) else -1)
        largest = max(abs(e) for e in errors)
        if len(peaks) < n + 1 or largest < abs(solution[n]) * mp.mpf("1.02"):
            break
        points = [grid[k] for k in peaks]
    return coefficients


def extremes(errors: Sequence[mp.mpf]) -> list[int]:
    """Places of the largest error of each stretch of one sign."""
    peaks: list[int] = []
    for k, error in enumerate(errors):
        if peaks and error * errors[peaks[-1]] > 0:
            if abs(error) > abs(errors[peaks[-1]]):
                peaks[-1] = k
        else:
            peaks.append(k)
    return peaks


def round_and_refit(
    f: Real,
    powers: Sequence[int],
    weight: Real,
    low: mp.mpf,
    high: mp.mpf,
    start: Sequence[mp.mpf],
) -> list[float]:
    """Round the coefficients ``start`` to doubles, each time fitting those that are not yet."""
    n = len(powers)
    middle, half = (low + high) / 2, (high - low) / 2
    grid = [middle - half * mp.cos(mp.pi * (2 * k + 1) / (12 * n)) for k in range(6 * n)]
    weights = [weight(x) for x in grid]
    target = [f(x) - mp.fsum(c * x**p for c, p in zip(start, powers, strict=True)) for x in grid]
    change = [mp.mpf(0)] * n
    fixed: list[float] = []
    for k in range(n):
        fixed.append(float(start[k] + change[k]))
        offset = fixed[k] - start[k]
        target = [t - offset * x ** powers[k] for t, x in zip(target, grid, strict=True)]
        if k + 1 < n:
            rows = mp.matrix(
                [[w * x**p for p in powers[k + 1 :]] for x, w in zip(grid, weights, strict=True)]
            )
            right = mp.matrix([w * t for w, t in zip(weights, target, strict=True)])
            fitted = mp.lu_solve(rows.T * rows, rows.T * right)
            change[k + 1 :] = list(fitted)
    return fixed


def polynomial(
    name: str,
    f: Real,
    powers: Sequence[int],
    weight: Real,
    low: mp.mpf,
    high: mp.mpf,
) -> None:
    """Print the doubles of a minimax polynomial with the given powers of x."""
    basis = [lambda x, p=p: x**p for p in powers]
    fixed = [
        float(c)
        for c in round_and_refit(
            f, powers, weight, low, high, exchange(f, basis, weight, low, high)
        )
    ]

    def rest(x: mp.mpf) -> mp.mpf:
        return f(x) - sum(c * x**p for c, p in zip(fixed, powers, strict=True))

    worst = max(
        abs(weight(x) * rest(x)) for x in (low + (high - low) * mp.mpf(k) / 997 for k in range(998))
    )
    print(f"# {name}: relative error 2 ** {float(mp.log(worst, 2)):.1f}")
    print(f"{name} = (")
    for c in fixed:
        print(f'    float.fromhex("{c.hex()}"),')
    print(")")


def parts(name: str, value: mp.mpf, count: int, bits: int = 53) -> None:
    """Print a constant as a sum of doubles; the first has ``bits`` bits."""
    print(f"{name} = (")
    for k in range(count):
        if k == 0 and bits < 53:
            scale = mp.mpf(2) ** (bits - 1 - int(mp.floor(mp.log(value, 2))))
            part = float(mp.nint(value * scale) / scale)
        else:
            part = float(value)
        print(f'    float.fromhex("{part.hex()}"),')
        value -= part
    print(")")


def series(f: Real, expansion: Sequence[mp.mpf]) -> Real:
    """``f``, and its Taylor series next to 0 where the formula of ``f`` cancels."""

    def value(x: mp.mpf) -> mp.mpf:
        if abs(x) > mp.mpf(2) ** -40:
            return f(x)
        return mp.polyval(list(reversed(expansion)), x)

    return value


def exponential() -> None:
    """Print the polynomial of exp on ± ln 2 / 2, and the constants that bring arguments there."""
    bound = mp.log(2) / 2 * mp.mpf("1.0001")
    tail = series(lambda r: (mp.expm1(r) - r) / r**2, [1 / mp.factorial(k + 2) for k in range(6)])
    polynomial("EXP", tail, range(10), lambda r: r**2 / mp.exp(r), -bound, bound)
    parts("LN2", mp.log(2), 2)
    print(f'LOG2_E = float.fromhex("{float(1 / mp.log(2)).hex()}")')


def logarithm() -> None:
    """Print the polynomial of log on √½ to √2, and the parts of ln 2."""
    low, high = mp.sqrt(mp.mpf(1) / 2) - 1, mp.sqrt(2) - 1
    tail = series(
        lambda f: (mp.log1p(f) - f + f**2 / 2) / f**3,
        [mp.mpf(-1) ** k / (k + 3) for k in range(8)],
    )

    def weight(f: mp.mpf) -> mp.mpf:
        return f**3 / mp.log1p(f) if f else mp.mpf(0)

    stretch = mp.mpf("1.00001")
    polynomial("LOG", tail, range(20), weight, low * stretch, high * stretch)
    parts("LN2_SPLIT", mp.log(2), 2, bits=42)


def power() -> None:
    """Print the polynomial of the inverse hyperbolic tangent, by which powers take logarithms."""
    bound = (3 - 2 * mp.sqrt(2)) * mp.mpf("1.0001")
    tail = series(
        lambda z: (2 * mp.atanh(mp.sqrt(z)) / mp.sqrt(z) - 2 - 2 * z / 3) / z**2,
        [mp.mpf(2) / (2 * k + 5) for k in range(6)],
    )
    polynomial("ATANH", tail, range(7), lambda z: z**2 / 2, mp.mpf(0), bound**2)
    parts("TWO_THIRDS", mp.mpf(2) / 3, 2)


def trigonometric() -> None:
    """Print the polynomials of sine and cosine on ± π / 4, and the digits of π and 2 / π."""
    bound = (mp.pi / 4 * mp.mpf("1.0001")) ** 2
    sine = series(
        lambda z: (mp.sin(mp.sqrt(z)) / mp.sqrt(z) - 1) / z,
        [mp.mpf(-1) ** (k + 1) / mp.factorial(2 * k + 3) for k in range(6)],
    )
    polynomial("SIN", sine, range(6), lambda z: z, mp.mpf(0), bound)
    cosine = series(
        lambda z: (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2,
        [mp.mpf(-1) ** k / mp.factorial(2 * k + 4) for k in range(6)],
    )
    polynomial("COS", cosine, range(6), lambda z: z**2, mp.mpf(0), bound)
    parts("HALF_PI", mp.pi / 2, 3)
    parts("TWO_PI", 2 * mp.pi, 2)
    print(f'TWO_OVER_PI = float.fromhex("{float(2 / mp.pi).hex()}")')
    mp.mp.prec = 1500
    digits = int(mp.floor(2 / mp.pi * mp.mpf(2) ** (32 * 40)))
    mp.mp.prec = 250
    print("# 2 / pi to the base 2 ** 32, after a leading 0")
    print("TWO_OVER_PI_DIGITS = (")
    print("    0,")
    for k in range(39, -1, -1):
        print(f"    0x{digits >> (32 * k) & 0xFFFFFFFF:08X},")
    print(")")


def inverse() -> None:
    """Print the polynomials of the arcsine up to ½ and of the arctangent up to 1."""
    arcsine = series(
        lambda z: (mp.asin(mp.sqrt(z)) / mp.sqrt(z) - 1) / z,
        [mp.mpf(1) / 6, mp.mpf(3) / 40, mp.mpf(15) / 336, mp.mpf(105) / 3456],
    )
    polynomial("ASIN", arcsine, range(13), lambda z: z, mp.mpf(0), mp.mpf("0.25001"))
    arctangent = series(
        lambda z: (mp.atan(mp.sqrt(z)) / mp.sqrt(z) - 1) / z,
        [mp.mpf(-1) ** (k + 1) / (2 * k + 3) for k in range(8)],
    )
    polynomial("ATAN", arctangent, range(20), lambda z: z, mp.mpf(0), mp.mpf(1))
    parts("PI", mp.pi, 2)


print('"""Constants of the elementary functions; made by scripts/elementary_coefficients.py."""')
for derive in (exponential, logarithm, power, trigonometric, inverse):
    print()
    derive()
