"""STEP, RAMP and PULSE fire at the right step, also where the step is not exact in binary."""

import numpy as np
import pytest

from model_lines import project, run

STEPS = [1.0, 0.5, 0.25, 0.1, 0.2, 1 / 3, 0.05, 0.7]


@pytest.mark.parametrize("dt", STEPS)
def test_a_step_begins_at_the_first_time_that_reaches_it(dt):
    found = run(project("aux y = STEP(2, 4.2)", time=(0, 10, dt)))["y"]
    first = next(k for k in range(1000) if k * dt >= 4.2 - 1e-9)
    np.testing.assert_array_equal(found, [0.0] * first + [2.0] * (len(found) - first))


@pytest.mark.parametrize("dt", STEPS)
@pytest.mark.parametrize("method", ["euler", "rk4"])
def test_a_pulse_adds_its_magnitude_in_one_step(dt, method):
    model = project("stock S = 0; + PULSE(3, 2.1)", time=(0, 10, dt), method=method)
    found = run(model)["S"]
    fired = next(k for k in range(1000) if k * dt >= 2.1 - 1e-9)
    wanted = np.where(np.arange(len(found)) > fired, 3.0, 0.0)
    np.testing.assert_allclose(found, wanted, atol=1e-12)


@pytest.mark.parametrize("dt", [1.0, 0.5, 0.1, 0.2])
def test_pulses_repeat_at_their_interval(dt):
    found = run(project("aux y = PULSE(20, 12, 5)", time=(0, 30, dt)))["y"]
    times = np.flatnonzero(found) * dt
    np.testing.assert_allclose(times, [12, 17, 22, 27], atol=1e-9)
    np.testing.assert_allclose(found[found != 0], 20 / dt)


def test_an_interval_that_is_no_multiple_of_the_step_keeps_its_mean():
    # Times 0, 1.25, 2.5, 3.75, 5 ... fire at the first step not before them.
    found = run(project("aux y = PULSE(1, 0, 1.25)", time=(0, 10, 0.5)))["y"]
    np.testing.assert_allclose(np.flatnonzero(found) * 0.5, [0, 1.5, 2.5, 4, 5, 6.5, 7.5, 9, 10])


def test_a_ramp_rises_between_its_ends():
    found = run(project("aux y = RAMP(2, 3, 6)\naux z = RAMP(2, 3)", time=(0, 8, 1)))
    np.testing.assert_allclose(found["y"], [0, 0, 0, 0, 2, 4, 6, 6, 6])
    np.testing.assert_allclose(found["z"], [0, 0, 0, 0, 2, 4, 6, 8, 10])


def test_a_ramp_integrates_exactly_with_rk4_from_a_corner_on_a_step():
    found = run(project("stock S = 0; + RAMP(2, 3)", time=(0, 8, 1), method="rk4"))["S"]
    np.testing.assert_allclose(found[-1], 25.0, rtol=1e-12)
