"""Runs in which equations that depend on each other have no solution."""

import numpy as np
import pytest

from headwater.errors import SimulationError
from headwater.simulation.ensemble import NotFiniteWarning
from small_models import case

TURNS = """
aux calls : 1 = 1 + slope * load * TIME
aux load  : 1 = SIMULTANEOUS(calls, 1)
constant slope : 1/year = {slope}  range -1 to 1
  uncertain uniform(-0.5, 0.5)
  assume "made up"
"""

ZERO = """
aux gap : 1 = x * x + level
aux x   : 1 = FIND_ZERO(gap, 1)
constant level : 1 = {level}  range -9 to 9
  uncertain uniform(-4, 4)
  assume "made up"
"""


def test_turns_that_do_not_settle_are_named_with_their_time() -> None:
    model = case(TURNS.format(slope=-0.25), time="0 to 10 year, step 1")
    with pytest.raises(SimulationError, match="`load` is not a number at time 4") as caught:
        model.run()
    assert "SIMULTANEOUS found no solution" in caught.value.diagnostics[0].hint


def test_a_zero_that_is_not_there() -> None:
    with pytest.raises(SimulationError, match="`x` is not a number at the start") as caught:
        case(ZERO.format(level=1)).run()
    assert "FIND_ZERO found no solution" in caught.value.diagnostics[0].hint
    assert float(case(ZERO.format(level=-4)).run()["x"]) == pytest.approx(2)


def test_an_ensemble_counts_the_runs_without_a_solution() -> None:
    model = case(ZERO.format(level=-4))
    with pytest.warns(NotFiniteWarning, match="of 200 simulations hold values"):
        found = model.ensemble(runs=200, progress=False)
    level, x = found["level"].values, found["x"].values.reshape(200, -1)[:, 0]
    assert np.isnan(x[level > 0]).all()
    np.testing.assert_allclose(x[level < 0], np.sqrt(-level[level < 0]), rtol=1e-9)
