"""Feedback loops in models with equations that are solved together."""

import pytest

from headwater.analysis.loops.analyse import analyse_loops
from headwater.analysis.loops.trace import trace
from headwater.errors import UsageError
from small_models import case

TANK = """
stock tank : m3 = 10
  - flowing
flow flowing : m3/year = tank * rate
aux rate : 1/year = {rate}
aux seen : 1/year = rate
constant usual : 1/year = 0.2
"""


def test_equations_that_change_and_are_solved_together_are_refused() -> None:
    model = case(TANK.format(rate="SIMULTANEOUS(usual * tank / 10 - seen / 2, 0)"))
    with pytest.raises(UsageError, match="`rate` is solved for together with") as caught:
        trace(model.project)
    assert caught.value.diagnostics[0].place is not None


def test_what_is_solved_once_is_a_constant() -> None:
    model = case(TANK.format(rate="SIMULTANEOUS(usual - seen / 2, 0)"))
    found = analyse_loops(trace(model.project), progress=False)
    assert len(found.partitions) == 1
    assert [len(p.loops) for p in found.partitions] == [1]
