"""Builtins that only Stella has, beyond those of XMILE.

The meanings are those of isee systems' help, whose page is named with each. ``mathematical`` also
has the statistical functions, ``random`` the draws; ``bounds``: curves between two bounds;
``graphical``: graphical functions as arguments; ``discrete``: conveyors, queues and ovens, and how
long material takes through them; ``financial``; ``miscellaneous``: counters, switches and functions
of earlier values.
"""

from __future__ import annotations

from headwater.language.builtins.entry import Builtin
from headwater.language.builtins.stella.bounds import BOUNDS
from headwater.language.builtins.stella.discrete import CYCLE_TIMES, DISCRETE
from headwater.language.builtins.stella.financial import FINANCIAL
from headwater.language.builtins.stella.graphical import TABLES
from headwater.language.builtins.stella.mathematical import MATHEMATICAL
from headwater.language.builtins.stella.miscellaneous import MISCELLANEOUS
from headwater.language.builtins.stella.random import RANDOM

STELLA: tuple[Builtin, ...] = (
    *BOUNDS,
    *MATHEMATICAL,
    *FINANCIAL,
    *MISCELLANEOUS,
    *RANDOM,
    *TABLES,
    *DISCRETE,
    *CYCLE_TIMES,
)
