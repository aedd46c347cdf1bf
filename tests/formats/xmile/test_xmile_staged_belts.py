"""Conveyors, queues and ovens in runs by a Runge-Kutta method.

What they let out is the same in all stages of a step, and they move once a step; a conveyor that
is not discrete takes in what the method makes of its inflow. Expected courses come from a program
of its own: plain Python, one step after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import floor, inf

import numpy as np
import pytest

from formats.xmile.test_xmile_belts_conserve import Chain
from formats.xmile.xmile_texts import Values, aux, file, read, run, specs, values
from headwater.api import Model

STEP, STOP = 0.25, 8
TABLEAUS = {
    "RK2": ([0, 1], [[], [1]], [1 / 2, 1 / 2]),
    "RK4": (
        [0, 1 / 2, 1 / 2, 1],
        [[], [1 / 2], [0, 1 / 2], [0, 0, 1]],
        [1 / 6, 1 / 3, 1 / 3, 1 / 6],
    ),
}

Function = Callable[[float], float]


@dataclass
class Village:
    """Births of grown people ride a belt, on which some die, and become grown people."""

    transit: Function = lambda _t: 2.0
    fraction: Function = lambda _t: 0.1
    exponential: bool = True
    capacity: float = inf
    even: bool = False
    arrested: Function = lambda _t: 0.0
    belt: list[float] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)

    def courses(self, method: str) -> Values:
        """Return the rows young, grown, dying and growing up over the steps."""
        nodes, matrix, weights = TABLEAUS[method]
        slats = self.slats(0)
        young, grown = 40.0, 100.0
        self._fill(young, slats)
        rows = []
        for n in range(round(STOP / STEP) + 1):
            t = n * STEP
            stands = self.arrested(t) != 0
            died = [0.0] * len(self.belt) if stands else self._dying(self.fraction(t))
            left = [b - d for b, d in zip(self.belt, died, strict=True)]
            dying, leaving = sum(died) / STEP, 0.0 if stands else left[0] / STEP
            rows.append((young, grown, dying, leaving))
            room = (self.capacity - young) / STEP + dying + leaving
            slopes: list[tuple[float, float]] = []
            births = []
            for node, coefficients in zip(nodes, matrix, strict=True):
                before = zip(coefficients, slopes, strict=True)
                moved = [STEP * c * s[1] for c, s in before]
                born = min(max(0.3 * (grown + sum(moved)) * (1 + 0.5 * (t + node * STEP)), 0), room)
                born = 0.0 if stands else max(born, 0.0)
                births.append(born)
                slopes.append((born - leaving - dying, leaving - 0.2 * (grown + sum(moved))))
            entering = STEP * sum(w * b for w, b in zip(weights, births, strict=True))
            young += STEP * sum(w * s[0] for w, s in zip(weights, slopes, strict=True))
            grown += STEP * sum(w * s[1] for w, s in zip(weights, slopes, strict=True))
            self._move(left, stands, entering, t)
        return np.array(rows).T

    def slats(self, t: float) -> int:
        return max(1, floor(self.transit(t) / STEP + 0.5))

    def _fill(self, young: float, slats: int) -> None:
        f = self.fraction(0)
        if self.exponential:
            profile = [(1 - f * STEP) ** (slats - 1 - k) for k in range(slats)]
        else:
            profile = [1 - f * (slats - 1 - k) / slats for k in range(slats)]
        share = young / sum(profile)
        self.belt = [share * p for p in profile] + [0.0] * 100
        self.shares = [share * f / slats] * slats + [0.0] * 100

    def _dying(self, fraction: float) -> list[float]:
        if self.exponential:
            return [b * fraction * STEP for b in self.belt]
        return [min(b, a) for b, a in zip(self.belt, self.shares, strict=True)]

    def _move(self, left: Sequence[float], stands: bool, entering: float, t: float) -> None:
        if not stands:
            self.belt = [*left[1:], 0.0]
            self.shares = [*self.shares[1:], 0.0]
        n = self.slats(t)
        if self.even:
            for k in range(n):
                self.belt[k] += entering / n
        else:
            self.belt[n - 1] += entering
            self.shares[n - 1] += self.fraction(t) * entering / n


VARIABLES = """
<stock name="young"><eqn>40</eqn><inflow>births</inflow><outflow>growing</outflow>
<outflow>dying</outflow><conveyor exponential_leak="{exponential}"><len>{length}</len>
<capacity>{capacity}</capacity><arrest>{arrest}</arrest></conveyor></stock>
<stock name="grown"><eqn>100</eqn><inflow>growing</inflow><outflow>leaving</outflow></stock>
<flow name="births" {spread}><eqn>0.3 * grown * (1 + 0.5 * TIME)</eqn></flow>
<flow name="growing"/><flow name="leaving"><eqn>0.2 * grown</eqn></flow>
<flow name="dying"><eqn>{fraction}</eqn><leak/></flow>
"""
PLAIN = {
    "exponential": "true",
    "length": "2",
    "capacity": "1e9",
    "arrest": "0",
    "spread": "",
    "fraction": "0.1",
}
CASES = {
    "exponential": ({}, Village()),
    "linear": ({"exponential": "false"}, Village(exponential=False)),
    "changing loss": (
        {"fraction": "0.05 + 0.02 * TIME"},
        Village(fraction=lambda t: 0.05 + 0.02 * t),
    ),
    "changing linear loss": (
        {"exponential": "false", "fraction": "0.05 + 0.02 * TIME"},
        Village(exponential=False, fraction=lambda t: 0.05 + 0.02 * t),
    ),
    "longer and longer": ({"length": "2 + TIME / 4"}, Village(transit=lambda t: 2 + t / 4)),
    "full": ({"capacity": "150"}, Village(capacity=150)),
    "spread": ({"spread": 'isee:spreadflow="even"'}, Village(even=True)),
    "arrested": (
        {"arrest": "IF TIME &gt;= 3 AND TIME &lt; 4 THEN 1 ELSE 0"},
        Village(arrested=lambda t: float(3 <= t < 4)),
    ),
}


@pytest.mark.parametrize("method", TABLEAUS)
@pytest.mark.parametrize("case", CASES)
def test_a_belt_moves_once_a_step_and_takes_in_what_the_method_makes(
    case: str, method: str
) -> None:
    given, village = CASES[case]
    filled = PLAIN | given
    found = run(file(VARIABLES.format(**filled), settings=specs(STOP, STEP, method)))
    expected = village.courses(method)
    for name, course in zip(("young", "grown", "dying", "growing"), expected, strict=True):
        assert values(found, name) == pytest.approx(course, rel=1e-11, abs=1e-9), name


def test_what_does_not_touch_a_conveyor_is_integrated_as_without_one() -> None:
    pond = (
        '<stock name="pond"><eqn>1</eqn><inflow>growth</inflow></stock>'
        '<flow name="growth"><eqn>0.5 * pond</eqn></flow>'
    )
    found = run(
        file(
            pond
            + VARIABLES.format(
                exponential="true", length="2", capacity="99", arrest="0", spread="", fraction="0.1"
            ),
            settings=specs(STOP, STEP, "RK4"),
        )
    )
    h = 0.5 * STEP
    factor = 1 + h + h**2 / 2 + h**3 / 6 + h**4 / 24
    assert values(found, "pond")[-1] == pytest.approx(factor ** (STOP / STEP), rel=1e-13)


def test_a_conveyor_is_of_the_methods_order_in_what_it_takes_in() -> None:
    """Inflow exp(t) for two time units: e^2 - 1 lies on the belt, to the method's error."""
    text = (
        '<stock name="belt"><eqn>0</eqn><inflow>coming</inflow><outflow>going</outflow>'
        "<conveyor><len>3</len></conveyor></stock><flow name='going'/>"
        '<stock name="source"><eqn>1</eqn><inflow>growth</inflow></stock>'
        '<flow name="growth"><eqn>source</eqn></flow><flow name="coming"><eqn>source</eqn></flow>'
    )
    found = {m: run(file(text, settings=specs(2, STEP, m))) for m in ("Euler", "RK2", "RK4")}
    errors = [abs(values(f, "belt")[-1] - (np.exp(2) - 1)) for f in found.values()]
    assert errors[2] < 1e-3 < 10 * errors[1] < errors[0]
    # Three time units after it came, all of it has left.
    later = run(file(text, settings=specs(5, STEP, "RK4")))
    out = STEP * values(later, "going")[:-1].sum()
    assert out == pytest.approx(values(found["RK4"], "source")[-1] - 1, rel=1e-12)


@pytest.mark.parametrize("method", TABLEAUS)
def test_batches_are_those_of_the_beginning_of_a_step(method: str) -> None:
    """Queues, ovens and discrete conveyors take and give whole batches, as by Euler's method."""
    text = (
        '<stock name="line"><eqn>3</eqn><inflow>coming</inflow><outflow>in</outflow>'
        "<queue/></stock>"
        '<flow name="coming"><eqn>2 + TIME</eqn></flow><flow name="in"/><flow name="over"/>'
        '<stock name="belt"><eqn>0</eqn><inflow>in</inflow><outflow>over</outflow>'
        '<conveyor discrete="true"><len>2</len><capacity>9</capacity></conveyor></stock>'
        '<stock name="next"><eqn>0</eqn><inflow>over</inflow><outflow>baked</outflow>'
        "<queue/></stock>"
        '<stock name="oven"><eqn>0</eqn><inflow>baked</inflow><outflow>out</outflow>'
        "<isee:oven><len>1</len><capacity>5</capacity></isee:oven></stock>"
        '<flow name="baked"/><flow name="out"/>' + aux("t", "TIME")
    )
    euler = run(file(text, settings=specs(STOP, STEP, "Euler")))
    found = run(file(text, settings=specs(STOP, STEP, method)))
    assert values(euler, "out").max() > 0
    for name in ("line", "belt", "next", "oven", "in", "over", "baked", "out"):
        assert values(found, name) == pytest.approx(values(euler, name), rel=1e-11, abs=1e-9), name


@pytest.mark.parametrize("method", TABLEAUS)
@pytest.mark.parametrize("seed", [0, 3, 5])
def test_nothing_is_lost_on_the_way_and_all_targets_agree(seed: int, method: str) -> None:
    chain = Chain(seed)
    net = "+".join(chain.inside) + "-" + "-".join(chain.outside)
    account = (
        '<stock name="account"><eqn>0</eqn><inflow>booked</inflow></stock>'
        f'<flow name="booked"><eqn>{net.replace(" ", "_")}</eqn></flow>'
    )
    text = chain.text.replace('method="Euler"', f'method="{method}"')
    text = text.replace("</variables>", f"{account}</variables>")
    found = run(text)
    held = sum(values(found, s) for s in chain.stocks)
    assert held - held[0] == pytest.approx(values(found, "account"), abs=1e-9)
    model = Model(read(text))
    fast, plain = model.run(target="llvm"), model.run(target="reference")
    assert all(np.array_equal(fast[v], plain[v], equal_nan=True) for v in fast.data_vars)


def test_derivatives_go_along_the_belt() -> None:
    filled = VARIABLES.format(
        exponential="true", length="2", capacity="150", arrest="0", spread="", fraction="loss"
    )
    model = Model(read(file(filled + aux("loss", "0.1"), settings=specs(STOP, STEP, "RK4"))))
    exact = model.derivatives(outputs=["young", "grown"], wrt=["loss"])
    h = 1e-6
    above, below = (model.run({"loss": 0.1 + s * h}) for s in (1, -1))
    for name in ("young", "grown"):
        slope = (above[name].values - below[name].values) / (2 * h)
        assert exact[name].values.ravel() == pytest.approx(slope, rel=1e-5, abs=1e-4)


def test_the_reading_is_told() -> None:
    (told,) = read(file(VARIABLES.format(**PLAIN), settings=specs(2, 1, "RK4"))).warnings
    assert "`young`" in told.message and "move once a step" in told.message
    assert not read(file(VARIABLES.format(**PLAIN), settings=specs(2, 1, "Euler"))).warnings
