"""Integration methods as tables of coefficients, for one shared stepper.

A method is an explicit Runge–Kutta scheme in Butcher's form: stage ``i`` is evaluated at
``t + nodes[i] * dt`` with the stocks moved by ``dt * sum(matrix[i][j] * k[j])``; the step adds
``dt * sum(weights[j] * k[j])``. Source: Hairer, Nørsett and Wanner, *Solving Ordinary Differential
Equations I*, section II.1.

An embedded pair has besides the weights of a second scheme, of lower order, on the same stages.
The difference of the two estimates the error of a step, and so how long the next one may be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Method:
    """An explicit scheme of the given ``order``.

    ``error`` are the weights of the estimated error; empty where the step is fixed. In a pair the
    last stage is evaluated at the end of the step, with the stocks that the step ends with, and so
    is the first stage of the next step. ``sixteenths`` is 16 / (order of the lower scheme + 1),
    rounded: the step goes with that many sixteenths of a power of tolerance over error, which
    square roots alone can compute.
    """

    name: str
    order: int
    nodes: tuple[float, ...]
    matrix: tuple[tuple[float, ...], ...]
    weights: tuple[float, ...]
    error: tuple[float, ...] = ()
    sixteenths: int = 0

    @property
    def stages(self) -> int:
        """Number of evaluations per step."""
        return len(self.nodes)

    @property
    def adaptive(self) -> bool:
        """Tell whether the method chooses its own step."""
        return bool(self.error)


EULER = Method("euler", 1, (0.0,), ((),), (1.0,))
HEUN = Method("heun", 2, (0.0, 1.0), ((), (1.0,)), (0.5, 0.5))
MIDPOINT = Method("midpoint", 2, (0.0, 0.5), ((), (0.5,)), (0.0, 1.0))
RK4 = Method(
    "rk4",
    4,
    (0.0, 0.5, 0.5, 1.0),
    ((), (0.5,), (0.0, 0.5), (0.0, 0.0, 1.0)),
    (1 / 6, 1 / 3, 1 / 3, 1 / 6),
)

# Euler's scheme for a difference equation: its step is part of the model and approximates nothing.
DISCRETE = Method("discrete", 1, EULER.nodes, EULER.matrix, EULER.weights)

# Dormand and Prince, "A family of embedded Runge-Kutta formulae", J. Comp. Appl. Math. 6 (1980).
DOPRI5 = Method(
    "dopri5",
    5,
    (0.0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0, 1.0),
    (
        (),
        (1 / 5,),
        (3 / 40, 9 / 40),
        (44 / 45, -56 / 15, 32 / 9),
        (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
        (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
        (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
    ),
    (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84, 0.0),
    (71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40),
    3,
)

# Bogacki and Shampine, "A 3(2) pair of Runge-Kutta formulas", Appl. Math. Lett. 2 (1989).
BOSH3 = Method(
    "bosh3",
    3,
    (0.0, 1 / 2, 3 / 4, 1.0),
    ((), (1 / 2,), (0.0, 3 / 4), (2 / 9, 1 / 3, 4 / 9)),
    (2 / 9, 1 / 3, 4 / 9, 0.0),
    (-5 / 72, 1 / 12, 1 / 9, -1 / 8),
    5,
)

METHODS: Mapping[str, Method] = {
    m.name: m for m in (EULER, HEUN, MIDPOINT, RK4, DISCRETE, DOPRI5, BOSH3)
}

ADAPTIVE_SPELLINGS: Mapping[str, str] = {
    "rk4 auto": "dopri5",
    "rk4-auto": "dopri5",
    "rk4_auto": "dopri5",
    "rk45": "dopri5",
    "rk2 auto": "bosh3",
    "rk2-auto": "bosh3",
    "rk2_auto": "bosh3",
}
"""What other tools call methods that choose their step, and the pair that stands for each here."""


def is_adaptive(method: str) -> bool:
    """Tell whether a method, by our name for it, chooses its own step."""
    return method in METHODS and METHODS[method].adaptive


def method_named(name: str) -> str:
    """Return our name of a method, which may be spelt in any case or as another tool does."""
    return ADAPTIVE_SPELLINGS.get(name.lower(), name.lower())
