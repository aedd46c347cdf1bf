"""Stella's functions of graphical functions."""

from __future__ import annotations

from headwater.language.builtins.entry import Builtin, entry

_HELP = "isee systems, Stella help, "
_GRAPHICAL = _HELP + "Graphical builtins"

TABLES: tuple[Builtin, ...] = (
    entry(
        "LOOKUPINV",
        "graph function: any, y: any",
        "any",
        "The first `x` at which a graphical function is `y`. Beyond its ordinates it is the `x` of "
        "the nearest, or extrapolated where the function is.",
        theme="graphical",
        kind="table",
        example="LOOKUPINV(effect, 0.5)",
        reference=_GRAPHICAL,
    ),
    entry(
        "LOOKUPAREA",
        "graph function: any, [to: any], [from: any]",
        "any",
        "The area under a graphical function between two values of `x`, in whichever order; from "
        "its first to its last point where they are left out. Beyond its ends there is none, "
        "except under a function that extrapolates.",
        theme="graphical",
        kind="table",
        example="LOOKUPAREA(effect, 1, 0)",
        reference=_GRAPHICAL,
    ),
    entry(
        "LOOKUPMEAN",
        "graph function: any, [to: any], [from: any]",
        "any",
        "The mean of `x` under a graphical function between two values of `x`, weighted by the "
        "function: the area under x times the function, divided by that under the function. The "
        "bounds are those of LOOKUPAREA. 0 where the area is 0.",
        theme="graphical",
        kind="table",
        example="LOOKUPMEAN(density)",
        reference=_GRAPHICAL,
    ),
)
