"""Stella's curves between two bounds, and its extremes with a rounded corner.

Stella's help says of EXPBOUND what it is at the ends, and which exponents make it straight, fast or
slow at first. No page was found that says how the others are computed. Their arguments are known
from FRIDA, whose descriptions of its variables tell what it expects of them: a LOGISTICBOUND that
is half way at ``xmiddle`` and whose speed has the unit of 1/x; an EXPBOUND that stays at its ends;
a MINSOFT whose third argument has the unit of the others and rounds the cap off.
"""

from __future__ import annotations

from headwater.language.builtins.entry import Builtin, entry

_MATHEMATICAL = "isee systems, Stella help, Mathematical builtins"
_FRIDA = "arguments and their units as in the model FRIDA (WorldTrans project)"
_TOLD = "a reading of its own, with "

_ALONG = "MAX(0, MIN(1, (x - xstart) / (xfinish - xstart)))"
_WAY = f"(IF exponent < 0 THEN {_ALONG} ELSE 1 - {_ALONG})"
_FALL = f"(1 - EXP(-ABS(exponent) * {_WAY})) / (1 - EXP(-ABS(exponent)))"
_NEARLY_STRAIGHT = f"{_ALONG} * (1 + exponent * ({_ALONG} - 1) / 2)"
_EXPONENTIAL = (
    f"(IF ABS(exponent) < 0.00001 THEN {_NEARLY_STRAIGHT} "
    f"ELSE IF exponent < 0 THEN {_FALL} ELSE 1 - {_FALL})"
)


def _logistic(x: str) -> str:
    return f"1 / (1 + EXP(-speed * ({x} - xmiddle)))"


_AT, _LOW, _HIGH = (_logistic(x) for x in ("x", "xstart", "xfinish"))
_BOTH = (
    f"MAX(0, MIN(1, SAFEDIV({_AT} - {_LOW}, {_HIGH} - {_LOW}, (x - xstart) / (xfinish - xstart))))"
)
_FROM_START = f"MAX(0, ({_AT} - {_LOW}) / (1 - {_LOW}))"

_ROUNDED = "SAFEDIV(MAX(0, tolerance - ABS(first - second)) ^ 2, 4 * tolerance)"
_CORNER = "a quarter of `tolerance`"

BOUNDS: tuple[Builtin, ...] = (
    entry(
        "EXPBOUND",
        "yfrom: x, yto: x, x: y, exponent: 1, xstart: y, xfinish: y",
        "x",
        "An exponential curve from `yfrom` at `xstart` to `yto` at `xfinish`, and those values "
        "beyond: straight for an exponent of 0, fast at first below it, slow at first above it. "
        "Where u is the share of the way from `xstart` to `xfinish`, the share of the way from "
        "`yfrom` to `yto` is (exp(exponent u) - 1) / (exp(exponent) - 1).",
        theme="mathematical",
        definition=f"yfrom + (yto - yfrom) * {_EXPONENTIAL}",
        example="EXPBOUND(1, 9, TIME, 2, 2, 8)",
        reference=_MATHEMATICAL,
    ),
    entry(
        "LOGISTICBOUND",
        "yfrom: x, yto: x, x: y, xmiddle: y, speed: 1/y, [xstart: y], [xfinish: y]",
        "x",
        "A logistic curve from `yfrom` to `yto`, which is steepest at `xmiddle`: the share of the "
        "way is 1 / (1 + exp(-speed (x - xmiddle))). With `xstart` it is scaled so that it is "
        "`yfrom` there and before; with `xfinish`, `yto` there and after.",
        theme="mathematical",
        definition=f"yfrom + (yto - yfrom) * (IF xfinish < INF THEN {_BOTH} "
        f"ELSE IF xstart < INF THEN {_FROM_START} ELSE {_AT})",
        defaults={"xstart": "INF", "xfinish": "INF"},
        example="LOGISTICBOUND(1, 9, TIME, 5, 1.5)",
        reference=_TOLD + _FRIDA,
    ),
    entry(
        "MINSOFT",
        "first: x, second: x, tolerance: x",
        "x",
        f"The smaller of two numbers, with the corner rounded off by a parabola where they differ "
        f"by less than `tolerance`: {_CORNER} below the smaller where they are equal.",
        theme="mathematical",
        definition=f"MIN(first, second) - {_ROUNDED}",
        example="MINSOFT(rate, cap, 0.01)",
        reference=_TOLD + _FRIDA,
    ),
    entry(
        "MAXSOFT",
        "first: x, second: x, tolerance: x",
        "x",
        f"The larger of two numbers, with the corner rounded off by a parabola where they differ "
        f"by less than `tolerance`: {_CORNER} above the larger where they are equal.",
        theme="mathematical",
        definition=f"MAX(first, second) + {_ROUNDED}",
        example="MAXSOFT(rate, floor, 0.01)",
        reference=_TOLD + _FRIDA,
    ),
)
