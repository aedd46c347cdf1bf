"""Stella's mathematical and statistical functions of their arguments alone."""

from __future__ import annotations

from collections.abc import Sequence

from headwater.language.builtins.entry import Builtin, entry

_HELP = "isee systems, Stella help, "
_MATHEMATICAL = _HELP + "Mathematical builtins"
_STATISTICAL = _HELP + "Statistical builtins"
_FINANCIAL = _HELP + "Financial builtins"


def _polynomial(coefficients: Sequence[float], x: str) -> str:
    """Return a polynomial as text, by Horner's rule, from its highest coefficient down."""
    text = repr(coefficients[0])
    for coefficient in coefficients[1:]:
        text = f"({text} * {x} + {coefficient!r})"
    return text


# West, "Better approximations to cumulative normal functions", Wilmott Magazine, May 2005, after
# Hart, Computer Approximations, 1968, algorithm 5666: absolute error below 1e-15.
_HART_ABOVE = (
    3.52624965998911e-02,
    0.700383064443688,
    6.37396220353165,
    33.912866078383,
    112.079291497871,
    221.213596169931,
    220.206867912376,
)
_HART_BELOW = (
    8.83883476483184e-02,
    1.75566716318264,
    16.064177579207,
    86.7807322029461,
    296.564248779674,
    637.333633378831,
    793.826512519948,
    440.413735824752,
)
_Z = "ABS(z)"
_NEAR = f"EXP(-z * z / 2) * {_polynomial(_HART_ABOVE, _Z)} / {_polynomial(_HART_BELOW, _Z)}"
_FAR = (
    f"EXP(-z * z / 2) / ({_Z} + 1 / ({_Z} + 2 / ({_Z} + 3 / ({_Z} + 4 / ({_Z} + 0.65))))) "
    "/ 2.506628274631"
)
_TAIL = f"(IF {_Z} > 37 THEN 0 ELSE IF {_Z} < 7.07106781186547 THEN {_NEAR} ELSE {_FAR})"

MATHEMATICAL: tuple[Builtin, ...] = (
    entry(
        "LOGN",
        "number: 1",
        "1",
        "Natural logarithm of a positive number, the same as LN.",
        theme="mathematical",
        definition="LN(number)",
        example="LOGN(x)",
        reference=_MATHEMATICAL,
    ),
    entry(
        "ROOTN",
        "number: any, order: 1",
        "any",
        "The root of that order; an odd root of a negative number is negative.",
        theme="mathematical",
        definition="IF number < 0 AND order MOD 2 = 1 THEN -((-number) ^ (1 / order)) "
        "ELSE number ^ (1 / order)",
        example="ROOTN(x, 3)",
        reference=_MATHEMATICAL,
    ),
    entry(
        "NAN",
        "",
        "any",
        "Not a number: a variable that is NAN by its equation has no value, nor has what is "
        "computed from it. A stock must have one.",
        theme="mathematical",
        shape="scalar",
        definition="INF - INF",
        example="NAN",
        reference=_MATHEMATICAL,
    ),
    entry(
        "PCT",
        "fraction: 1",
        "1",
        "The fraction times 100, the same as PERCENT.",
        theme="financial",
        definition="fraction * 100",
        example="PCT(0.25)",
        reference=_FINANCIAL,
    ),
    entry(
        "GAMMALN",
        "number: 1",
        "1",
        "Natural logarithm of the gamma function of a positive number.",
        theme="mathematical",
        definition="GAMMA_LN(number)",
        example="GAMMALN(x)",
        reference=_STATISTICAL,
    ),
    entry(
        "FACTORIAL",
        "number: 1",
        "1",
        "The product of the whole numbers from 1 to `number`; exact up to 13, then to 11 digits.",
        theme="statistical",
        definition="ROUND(EXP(GAMMA_LN(number + 1)))",
        example="FACTORIAL(5)",
        reference=_STATISTICAL,
    ),
    entry(
        "COMBINATIONS",
        "set: 1, chosen: 1",
        "1",
        "How many subsets of `chosen` elements a set has: n! / (r! (n - r)!).",
        theme="statistical",
        definition="IF chosen > set THEN 0 ELSE "
        "ROUND(EXP(GAMMA_LN(set + 1) - GAMMA_LN(chosen + 1) - GAMMA_LN(set - chosen + 1)))",
        example="COMBINATIONS(5, 3)",
        reference=_STATISTICAL,
    ),
    entry(
        "PERMUTATIONS",
        "set: 1, chosen: 1",
        "1",
        "How many ordered choices of `chosen` elements a set has: n! / (n - r)!.",
        theme="statistical",
        definition="IF chosen > set THEN 0 ELSE "
        "ROUND(EXP(GAMMA_LN(set + 1) - GAMMA_LN(set - chosen + 1)))",
        example="PERMUTATIONS(5, 3)",
        reference=_STATISTICAL,
    ),
    entry(
        "NORMALCDF",
        "left: x, right: x, [mean: x], [standard_deviation: x]",
        "1",
        "The probability that a draw from a normal distribution lies between two bounds; mean 0 "
        "and standard deviation 1 where they are left out.",
        theme="statistical",
        definition="NORMAL_BELOW((right - mean) / standard_deviation) "
        "- NORMAL_BELOW((left - mean) / standard_deviation)",
        defaults={"mean": "0", "standard_deviation": "1"},
        example="NORMALCDF(-1, 1)",
        reference=_STATISTICAL,
    ),
    entry(
        "INVNORM",
        "probability: 1",
        "1",
        "The value below which a draw from the standard normal distribution lies with the given "
        "probability; relative error below 1e-15.",
        theme="statistical",
        example="INVNORM(0.975)",
        reference=_STATISTICAL,
    ),
    entry(
        "NORMAL_BELOW",
        "z: 1",
        "1",
        "The probability that a draw from the standard normal distribution lies below `z`; "
        "absolute error below 1e-15.",
        theme="statistical",
        definition=f"IF z > 0 THEN 1 - {_TAIL} ELSE {_TAIL}",
        example="NORMAL_BELOW(1.96)",
        reference="Hart, Computer Approximations, 1968, algorithm 5666",
    ),
)
