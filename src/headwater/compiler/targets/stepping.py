"""The coefficients of an integration method for one step length, shared by all targets.

The stocks of a stage are ``old + scale * (w[0] * k[0] + w[1] * k[1] + ...)``, summed from the left,
each operation rounded; terms of weight 0 are left out. Weights are relative to the smallest one
(1, 2, 2, 1 for the classical method), so that a constant flow adds up without rounding. Targets
that follow this agree to the last bit.

Where the method chooses its step, scales and offsets are for a step of 1. Each run then goes in
steps of its own from one *end* to the next: the next saved time or, where the program counts steps
or remembers values from step to step, the next step of the clock. No step crosses an end or a
switch; on the way to a switch no stage sees a time beyond the last moment before it. The largest
ratio of a stock's estimated error to its bound accepts a step (up to 1) and sets the next one::

    step * min(max(SAFETY / ratio ** (sixteenths / 16), SMALLEST), LARGEST)

A run whose step becomes too short to move its time, or that tries too often, is lost: its stocks
are not numbers from then on.
"""

from __future__ import annotations

from dataclasses import dataclass

from headwater.compiler.methods import METHODS
from headwater.compiler.program import Op, Program
from headwater.errors import CompileError

SAFETY, SMALLEST, LARGEST = 0.9, 0.2, 5.0
STRETCH = 1.01
"""A step that would leave less than a hundredth of itself to the end goes there."""

MOST_ATTEMPTS = 100_000
"""Attempts at a step from one end to the next."""


@dataclass(frozen=True, slots=True)
class Move:
    """How far the stocks move: ``scale`` times the sum of weight × derivative of a stage."""

    scale: float
    terms: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Control:
    """How a run's own step is chosen. ``error`` gives the estimated error of a step.

    ``roots`` are the roots, of 2, 4, 8 or 16, whose product is the power of the ratio. ``every`` is
    the number of steps of the clock from one end to the next.
    """

    error: Move
    relative: float
    absolute: float
    roots: tuple[int, ...]
    every: int


@dataclass(frozen=True, slots=True)
class Stepping:
    """``offsets`` are the times of the stages after the start of the step.

    ``moves[s]`` moves the stocks for stage ``s``; ``moves[stages]`` ends the step. ``control`` is
    there where the method chooses its step; the last stage then is the end of the step.
    """

    offsets: tuple[float, ...]
    moves: tuple[Move, ...]
    control: Control | None = None

    @property
    def stages(self) -> int:
        """Evaluations of the derivatives per step."""
        return len(self.offsets)


def stepping(program: Program) -> Stepping:
    """Return the coefficients of the program's method for its step.

    Raises :class:`CompileError` when no method has that name.
    """
    method = METHODS.get(program.method)
    if method is None:
        known = ", ".join(METHODS)
        raise CompileError(f"no integration method `{program.method}`", hint=f"one of {known}")
    dt = 1.0 if method.adaptive else program.clock.dt
    moves = tuple(_move(row, dt) for row in (*method.matrix, method.weights))
    control = None
    if method.adaptive:
        control = Control(
            _move(method.error, 1.0),
            program.tolerance.relative,
            program.tolerance.absolute,
            tuple(2**k for k in (1, 2, 3, 4) if method.sixteenths & 16 >> k),
            1 if counts_steps(program) else program.clock.stride,
        )
    return Stepping(tuple(c * dt for c in method.nodes), moves, control)


def counts_steps(program: Program) -> bool:
    """Tell whether a program depends on the steps of its clock: on their number, or by a memory."""
    if program.update.instructions or program.commit.instructions:
        return True
    return any(instruction.op is Op.STEP for instruction in program.step.instructions)


def _move(row: tuple[float, ...], dt: float) -> Move:
    smallest = min((a for a in row if a != 0.0), key=abs, default=1.0)
    terms = tuple((stage, a / smallest) for stage, a in enumerate(row) if a != 0.0)
    return Move(smallest * dt, terms)
