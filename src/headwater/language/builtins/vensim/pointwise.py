"""Vensim's functions that are computed from their arguments alone."""

from __future__ import annotations

from headwater.language.builtins.entry import Builtin, entry

_MANUAL = "Ventana Systems, Vensim Reference Manual, Functions"

POINTWISE: tuple[Builtin, ...] = (
    entry(
        "VENSIM_MODULO",
        "number: x, divisor: x",
        "x",
        "Remainder with the sign of the number (truncated division), exactly: number - "
        "QUANTUM(number, divisor). MODULO(-10, 3) is -1.",
        theme="mathematical",
        definition="IF divisor <= 0 THEN 0 ELSE "
        "IF number < 0 THEN -(-number MOD divisor) ELSE number MOD divisor",
        example="VENSIM_MODULO(TIME, 12)",
        reference=_MANUAL,
        vensim="MODULO",
    ),
    entry(
        "ZIDZ",
        "dividend: x*y, divisor: y",
        "x",
        "Quotient, or 0 when the divisor is less than a millionth in size.",
        theme="mathematical",
        definition="IF ABS(divisor) < 1e-6 THEN 0 ELSE dividend / divisor",
        example="ZIDZ(deaths, population)",
        reference=_MANUAL,
        vensim="ZIDZ",
    ),
    entry(
        "XIDZ",
        "dividend: x*y, divisor: y, otherwise: x",
        "x",
        "Quotient, or the third argument when the divisor is less than a millionth in size.",
        theme="mathematical",
        definition="IF ABS(divisor) < 1e-6 THEN otherwise ELSE dividend / divisor",
        example="XIDZ(deaths, population, 1)",
        reference=_MANUAL,
        vensim="XIDZ",
    ),
    entry(
        "GAMMA_LN",
        "number: 1",
        "1",
        "Natural logarithm of the gamma function of a positive number. Stirling's series, after "
        "the recurrence has moved the argument up by 8; relative error below 1e-11.",
        theme="mathematical",
        definition="(number + 7.5) * LN(number + 8) - (number + 8) + 0.91893853320467274178 "
        "+ 1 / (12 * (number + 8)) - 1 / (360 * (number + 8) ^ 3) "
        "+ 1 / (1260 * (number + 8) ^ 5) - 1 / (1680 * (number + 8) ^ 7) "
        "- LN(number * (number + 1) * (number + 2) * (number + 3) "
        "* (number + 4) * (number + 5) * (number + 6) * (number + 7))",
        example="GAMMA_LN(x)",
        reference=_MANUAL,
        vensim="GAMMA LN",
    ),
    entry(
        "GAME",
        "value: x",
        "x",
        "The value itself; in a game, a variable that the players set.",
        theme="miscellaneous",
        definition="value",
        example="GAME(price)",
        reference=_MANUAL,
        vensim="GAME",
    ),
    entry(
        "RANDOM_0_1",
        "",
        "1",
        "A draw from a uniform distribution between 0 and 1.",
        theme="statistical",
        kind="input",
        shape="scalar",
        definition="RANDOM(0, 1)",
        example="RANDOM_0_1",
        reference=_MANUAL,
        vensim="RANDOM 0 1",
    ),
)
