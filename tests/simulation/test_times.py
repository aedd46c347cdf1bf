"""Which steps are saved, and what a time between two steps gets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.compiler.program import Clock
from headwater.errors import UsageError
from headwater.simulation.times import select_times

CLOCK = Clock(2000.0, 0.25, 160, 4)


def values_of(clock: Clock) -> np.ndarray:
    """A result whose two rows are the time and its square: (row, saved time, run)."""
    times = clock.saved_times()
    return np.stack([times, times**2])[:, :, None]


def test_all_saved_times_come_as_they_are() -> None:
    selection = select_times(CLOCK, None)
    values = values_of(CLOCK)
    assert selection.clock == CLOCK
    assert selection.apply(values) is values
    assert selection.times.tolist() == list(range(2000, 2041))


def test_only_what_is_needed_is_saved_and_run() -> None:
    selection = select_times(CLOCK, [2034, 2006, 2034])
    assert selection.clock == Clock(2000.0, 0.25, 136, 8)
    assert selection.times.tolist() == [2034, 2006, 2034]
    assert selection.apply(values_of(selection.clock))[0, :, 0].tolist() == [2034, 2006, 2034]


def test_steps_finer_than_the_models_own_saving() -> None:
    selection = select_times(CLOCK, [2000.25, 2001.75])
    assert selection.clock.stride == 1
    assert selection.apply(values_of(selection.clock))[0, :, 0].tolist() == [2000.25, 2001.75]


def test_between_steps_it_is_linear() -> None:
    selection = select_times(CLOCK, [2010.1])
    value = selection.apply(values_of(selection.clock))[1, 0, 0]
    low, high = 2010.0**2, 2010.25**2
    assert value == pytest.approx(low + 0.4 * (high - low), rel=1e-14)


def test_only_the_start() -> None:
    selection = select_times(CLOCK, 2000)
    assert selection.clock.steps == 0
    assert selection.apply(values_of(selection.clock))[0, :, 0].tolist() == [2000]


def test_a_step_that_is_not_finite_does_not_reach_its_neighbour() -> None:
    selection = select_times(CLOCK, [2000.25, 2000.6])
    values = values_of(selection.clock)
    values[:, 2] = np.inf
    found = selection.apply(values)[0, :, 0]
    assert found[0] == 2000.25
    assert not np.isfinite(found[1])


@given(st.lists(st.floats(2000, 2040), min_size=1, max_size=6))
def test_a_straight_line_is_found_at_any_time(times: list[float]) -> None:
    selection = select_times(CLOCK, times)
    found = selection.apply(values_of(selection.clock))[0, :, 0]
    np.testing.assert_allclose(found, times, rtol=1e-9)
    np.testing.assert_allclose(selection.times, times, rtol=1e-9)


@pytest.mark.parametrize("times", [[1999.9], [2040.1], [float("nan")], []])
def test_times_outside_the_run_are_refused(times: list[float]) -> None:
    with pytest.raises(UsageError):
        select_times(CLOCK, times)
