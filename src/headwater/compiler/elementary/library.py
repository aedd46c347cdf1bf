"""Which routine computes which operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from headwater.compiler.elementary.exponential import exponential
from headwater.compiler.elementary.inverse import arccosine, arcsine, arctangent
from headwater.compiler.elementary.logarithm import logarithm
from headwater.compiler.elementary.power import literal_power, power
from headwater.compiler.elementary.routine import Routine
from headwater.compiler.elementary.trigonometric import cosine, sine, tangent
from headwater.compiler.program import Attribute, Op

_ROUTINES: Mapping[Op, Callable[[], Routine]] = {
    Op.EXP: exponential,
    Op.LOG: logarithm,
    Op.POW: power,
    Op.SIN: sine,
    Op.COS: cosine,
    Op.TAN: tangent,
    Op.ASIN: arcsine,
    Op.ACOS: arccosine,
    Op.ATAN: arctangent,
}

ELEMENTARY = frozenset(_ROUTINES)
"""The operations that have a routine."""


class Choice(NamedTuple):
    """A routine, its name, and which of the operation's arguments are its parameters."""

    name: str
    routine: Routine
    arguments: tuple[int, ...]


def choose(op: Op, literals: Sequence[Attribute]) -> Choice:
    """Return the routine for an operation; ``literals`` are its arguments where they are known.

    A power with a small literal exponent has a shorter routine of the base alone.
    """
    if op is Op.POW and isinstance(literals[1], float):
        short = literal_power(literals[1])
        if short is not None:
            return Choice(*short, (0,))
    routine = _made(op)
    return Choice(op.value, routine, tuple(range(routine.parameters)))


@cache
def _made(op: Op) -> Routine:
    return _ROUTINES[op]()
