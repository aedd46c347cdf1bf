"""Builtins that only Vensim has, or whose Vensim namesake means something else.

An entry whose own name begins with ``VENSIM_`` differs from the XMILE function of the name that
Vensim gives it. The meanings are those of Vensim's reference manual. By what they work on:
``pointwise``, ``inputs``, ``memory``, ``random``, ``vectors``, ``tables`` (lookups and data),
``discrete`` (delays in batches), ``queues``, ``markets`` and ``simultaneous`` equations.
``values`` has the numbers that mean something of their own in Vensim.
"""

from __future__ import annotations

from headwater.language.builtins.entry import Builtin
from headwater.language.builtins.vensim.discrete import VENSIM_DISCRETE
from headwater.language.builtins.vensim.inputs import INPUTS
from headwater.language.builtins.vensim.markets import MARKETS
from headwater.language.builtins.vensim.memory import MEMORY
from headwater.language.builtins.vensim.pointwise import POINTWISE
from headwater.language.builtins.vensim.queues import QUEUES
from headwater.language.builtins.vensim.random import BY_LOOKUP, FURTHER_RANDOM, RANDOM
from headwater.language.builtins.vensim.simultaneous import SOLVED
from headwater.language.builtins.vensim.tables import TABLES
from headwater.language.builtins.vensim.vectors import VECTORS

VENSIM: tuple[Builtin, ...] = (
    *POINTWISE,
    *INPUTS,
    *MEMORY,
    *RANDOM,
    *FURTHER_RANDOM,
    *BY_LOOKUP,
    *VENSIM_DISCRETE,
    *QUEUES,
    *VECTORS,
    *TABLES,
    *MARKETS,
    *SOLVED,
)
