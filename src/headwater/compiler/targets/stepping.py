"""The coefficients of an integration method for one step length, shared by all targets.

The stocks of a stage are ``old + scale * (w[0] * k[0] + w[1] * k[1] + ...)``, summed from the left,
each operation rounded; terms of weight 0 are left out. Weights are relative to the smallest one
(1, 2, 2, 1 for the classical method), so that a constant flow adds up without rounding. Targets
that follow this agree to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass

from headwater.compiler.methods import METHODS
from headwater.compiler.program import Program
from headwater.errors import CompileError


@dataclass(frozen=True, slots=True)
class Move:
    """How far the stocks move: ``scale`` times the sum of weight × derivative of a stage."""

    scale: float
    terms: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Stepping:
    """``offsets`` are the times of the stages after the start of the step.

    ``moves[s]`` moves the stocks for stage ``s``; ``moves[stages]`` ends the step.
    """

    offsets: tuple[float, ...]
    moves: tuple[Move, ...]

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
    dt = program.clock.dt
    moves = tuple(_move(row, dt) for row in (*method.matrix, method.weights))
    return Stepping(tuple(c * dt for c in method.nodes), moves)


def _move(row: tuple[float, ...], dt: float) -> Move:
    smallest = min((a for a in row if a != 0.0), key=abs, default=1.0)
    terms = tuple((stage, a / smallest) for stage, a in enumerate(row) if a != 0.0)
    return Move(smallest * dt, terms)
