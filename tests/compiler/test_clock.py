"""From simulation settings to steps."""

import math
from dataclasses import replace

import numpy as np
import pytest

from headwater.compiler.pipeline import compile_project
from headwater.errors import ModelError
from headwater.language.parser import parse_text
from headwater.model.project import SimSpecs
from model_lines import project, run


def clock(text="aux y = 1", **settings):
    return compile_project(project(text), **settings).clock


@pytest.mark.parametrize(
    ("start", "stop", "step", "steps"),
    [
        (0, 10, 1, 10),
        (0, 10, 0.1, 100),
        (0, 1, 0.3, 3),
        (0, 1, 1 / 3, 3),
        (2000, 2040, 1 / 16, 640),
        (0, 0, 1, 0),
        (0, 100, 0.7, 142),
        (1990, 2040.0000001, 0.1, 500),
        (-1, 62, 1, 63),
    ],
)
def test_the_run_ends_at_the_last_step_that_does_not_pass_the_stop(start, stop, step, steps):
    made = clock(start=start, stop=stop, step=step)
    assert made.steps == steps
    assert made.saved_times()[-1] <= stop + 1e-6 * step


def test_the_last_step_is_saved_whatever_the_save_interval():
    made = clock(start=0, stop=10, step=0.5, save_step=4)
    np.testing.assert_array_equal(made.saved_times(), [0, 4, 8, 10])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"step": 0}, "the step is 0"),
        ({"step": -1}, "the step is -1"),
        ({"stop": -5}, "before its start"),
        ({"stop": math.inf}, "stop time is inf"),
        ({"step": math.nan}, "step time is nan"),
        ({"step": 1e-12}, "more than"),
        ({"method": "rk5"}, "no integration method `rk5`"),
        ({"save_step": 1.5}, "not a whole number of steps"),
        ({"save_step": -1}, "save interval"),
    ],
)
def test_settings_that_make_no_run(settings, message):
    with pytest.raises(ModelError, match=message):
        clock(**settings)


def test_settings_may_be_expressions_of_constants():
    model = project("constant horizon = 30\naux quarter = 1 / 4\naux y = STOPTIME")
    specs = SimSpecs(
        start=2000,
        stop_expression=parse_text("INITIAL_TIME + horizon"),
        step_expression=parse_text("quarter"),
        save_expression=parse_text("2 * TIME_STEP"),
    )
    program = compile_project(replace(model, sim_specs=specs))
    assert program.clock.steps == 120
    assert program.clock.stride == 2
    assert run(program)["y"][0] == 2030


def test_settings_that_are_not_constant_are_refused():
    model = replace(
        project("stock y = 1; + 1"), sim_specs=SimSpecs(stop_expression=parse_text("y + 1"))
    )
    with pytest.raises(ModelError, match="not made of numbers"):
        compile_project(model)


def test_an_end_that_moves_away_is_refused():
    model = replace(
        project("aux y = TIME"), sim_specs=SimSpecs(stop_expression=parse_text("y + 1"))
    )
    with pytest.raises(ModelError, match="see that the final time is reached"):
        compile_project(model)


def test_settings_that_depend_on_themselves_are_refused():
    model = replace(
        project("aux y = z\naux z = y"), sim_specs=SimSpecs(stop_expression=parse_text("y"))
    )
    with pytest.raises(ModelError, match="depends on itself"):
        compile_project(model)


def test_time_is_start_plus_steps():
    found = run(project("aux t = TIME", time=(2000, 2010, 0.1)))["t"]
    np.testing.assert_array_equal(found, 2000 + np.arange(101) * 0.1)
