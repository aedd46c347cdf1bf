"""Integration methods as tables of coefficients, for one shared stepper.

A method is an explicit Runge–Kutta scheme in Butcher's form: stage ``i`` is evaluated at
``t + nodes[i] * dt`` with the stocks moved by ``dt * sum(matrix[i][j] * k[j])``; the step adds
``dt * sum(weights[j] * k[j])``. Source: Hairer, Nørsett and Wanner, *Solving Ordinary Differential
Equations I*, section II.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Method:
    """A fixed-step explicit scheme of the given ``order``."""

    name: str
    order: int
    nodes: tuple[float, ...]
    matrix: tuple[tuple[float, ...], ...]
    weights: tuple[float, ...]

    @property
    def stages(self) -> int:
        """Number of evaluations per step."""
        return len(self.nodes)


EULER = Method("euler", 1, (0.0,), ((),), (1.0,))
HEUN = Method("heun", 2, (0.0, 1.0), ((), (1.0,)), (0.5, 0.5))
RK4 = Method(
    "rk4",
    4,
    (0.0, 0.5, 0.5, 1.0),
    ((), (0.5,), (0.0, 0.5), (0.0, 0.0, 1.0)),
    (1 / 6, 1 / 3, 1 / 3, 1 / 6),
)

# Euler's scheme for a difference equation: its step is part of the model and approximates nothing.
DISCRETE = Method("discrete", 1, EULER.nodes, EULER.matrix, EULER.weights)

METHODS: Mapping[str, Method] = {m.name: m for m in (EULER, HEUN, RK4, DISCRETE)}
