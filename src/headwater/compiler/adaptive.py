"""What a method that chooses its own step asks of a model.

Values that are remembered from one step of the clock to the next are a few samples of what happens
between, and no estimate of an error knows of that; so functions that remember are refused.
What belongs to a step of the clock, pulses and random draws, is constant from one to the next, and
the method integrates between them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from headwater.compiler.lowering.events import with_horizon
from headwater.compiler.methods import is_adaptive
from headwater.compiler.program import Clock, Program, Tolerance
from headwater.compiler.resolved import Kind, Quantity
from headwater.errors import Diagnostics, ModelError
from headwater.model.project import SimSpecs

STEP_SHARE = 1e-6
"""Times nearer to each other than this share of a step count as equal."""

_CLOCK_SHARE = 2.0**-49
_SMALLEST_RELATIVE = 1e-14

_REMEMBERING = (Kind.STATE, Kind.PIPELINE)


def time_slack(specs: SimSpecs, clock: Clock) -> float:
    """Return how near to each other two times count as equal.

    A step that ends at a switch exactly needs no more than the rounding of the clock's own times.
    """
    if not is_adaptive(specs.method):
        return STEP_SHARE * clock.dt
    return _CLOCK_SHARE * max(abs(specs.start), abs(specs.stop), clock.dt)


def prepare(
    program: Program, quantities: Iterable[Quantity], tolerance: Tolerance, clock: Clock
) -> Program:
    """Return the program for a method that chooses its step; ``quantities`` are what it computes.

    Raises :class:`ModelError` for a clock whose step changes, a tolerance that no step can meet,
    and for functions that remember values from step to step, each with its variable.
    """
    if clock.times:
        raise ModelError(
            f"the method {program.method} chooses its own step, and the model's step changes "
            "during the run",
            hint="choose euler, heun or rk4",
        )
    check_tolerance(tolerance)
    found = Diagnostics()
    named: set[str] = set()
    for quantity in quantities:
        owner = quantity.origin or quantity
        if quantity.kind not in _REMEMBERING or owner.name in named:
            continue
        named.add(owner.name)
        function = quantity.name.partition("~")[2].partition(".")[0] or "its equation"
        found.error(
            f"`{owner.name}` remembers values from step to step ({function}); the method "
            f"{program.method} chooses its own steps",
            owner.span.place if owner.span else None,
            "choose euler, heun or rk4 for the run, or a delay of some order (DELAY3, DELAYN)",
        )
    found.raise_errors(ModelError)
    return with_horizon(replace(program, tolerance=tolerance))


def check_tolerance(tolerance: Tolerance) -> None:
    """Raise :class:`ModelError` for a tolerance that makes no sense."""
    relative, absolute = tolerance.relative, tolerance.absolute
    if not (_SMALLEST_RELATIVE <= relative < 1) and not (relative == 0 and absolute > 0):
        raise ModelError(
            f"the relative tolerance is {relative:g}",
            hint=f"give a number from {_SMALLEST_RELATIVE:g} to 1, such as 1e-6",
        )
    if not (0 <= absolute < math.inf):
        raise ModelError(
            f"the absolute tolerance is {absolute:g}", hint="give 0 or more, such as 1e-9"
        )
