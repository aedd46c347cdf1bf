"""Numbers that decide a program's structure, given for a run: orders of delays, a run's end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom

import headwater
from headwater.errors import UsageError

MODEL = """{UTF-8}
order = 1 ~~|
last = 10 ~~|
inflow = 10 ~~|
y = DELAY N(inflow, 5, 0, INTEGER(order + 0.5)) ~~|
INITIAL TIME = 0 ~~|
FINAL TIME = last ~~|
TIME STEP = 1 ~~|
SAVEPER = 1 ~~|
"""


@pytest.fixture
def model(tmp_path: Path) -> headwater.Model:
    path = tmp_path / "delay.mdl"
    path.write_text(MODEL, encoding="utf-8")
    return headwater.load(path)


def leaving(order: int, steps: int) -> list[float]:
    """What has gone through all stages: each lets 1 / 5 of ``order`` go on in a step of Euler's."""
    return [10.0 * float(binom.sf(order - 1, k, order / 5)) for k in range(steps + 1)]


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_a_run_has_the_order_that_is_given(model: headwater.Model, order: int) -> None:
    found = model.run({"order": order})
    assert found["y"].values == pytest.approx(leaving(order, 10), rel=1e-12)
    assert float(np.unique(found["order"])[0]) == order
    assert model.run()["y"].values == pytest.approx(leaving(1, 10), rel=1e-12)


def test_a_run_ends_when_it_is_told(model: headwater.Model) -> None:
    found = model.run({"last": 12, "inflow": 20, "order": 2})
    assert found["time"].values[-1] == 12
    assert found["y"].values == pytest.approx([2 * y for y in leaving(2, 12)], rel=1e-12)


def test_an_ensemble_has_the_same_order_in_every_run(model: headwater.Model) -> None:
    samples = {"inflow": np.array([10.0, 30.0])}
    found = model.ensemble(2, params={"order": 3}, samples=samples)
    assert found["y"].values[:, -1] == pytest.approx(
        [leaving(3, 10)[-1], 3 * leaving(3, 10)[-1]], rel=1e-12
    )
    with pytest.raises(UsageError, match="`order` cannot vary per run"):
        model.ensemble(2, samples={"order": np.array([1.0, 2.0])})


def test_a_model_without_constants_has_nothing_to_derive_by(tmp_path: Path) -> None:
    path = tmp_path / "none.mdl"
    times = "INITIAL TIME = 0 ~~|\nFINAL TIME = 2 ~~|\nTIME STEP = 1 ~~|\n"
    path.write_text(f"x = INTEG(Time, 0) ~~|\n{times}", encoding="utf-8")
    with pytest.raises(UsageError, match="nothing to derive by"):
        headwater.load(path).derivatives(outputs=["x"])


def test_a_control_variable_gets_the_option_that_sets_it(model: headwater.Model) -> None:
    with pytest.raises(UsageError, match="no variable `FINAL TIME`") as told:
        model.run({"FINAL TIME": 12})
    assert "`--stop`" in str(told.value)


def test_seeds_lifetimes_and_ranges_are_given_to_a_run(tmp_path: Path) -> None:
    """Written-off parts of 10 are half and all of it after a year of lifetimes of 2 and 1."""
    path = tmp_path / "more.mdl"
    text = (
        "{{UTF-8}}\nmy seed = {seed} ~~|\nlife = {life} ~~|\nages = {ages} ~~|\n"
        "x = RANDOM UNIFORM(0, 1, my seed) ~~|\nd = DEPRECIATE STRAIGHTLINE(10, life, 1, 0) ~~|\n"
        "flat((0,1),(1,1)) ~~|\nq = QUEUE FIFO(0, 0, flat, 4, ages) ~~|\n"
        "oldest = QUEUE AGE OLDEST(q) ~~|\nINITIAL TIME = 0 ~~|\nFINAL TIME = 3 ~~|\n"
        "TIME STEP = 1 ~~|\nSAVEPER = 1 ~~|\n"
    )
    other = {"my seed": 5.0, "life": 2.0, "ages": 3.0}
    path.write_text(text.format(seed=1, life=1, ages=1), encoding="utf-8")
    found = headwater.load(path).run(other)
    assert found["d"].values.tolist() == [5, 10, 10, 10]
    assert found["oldest"].values.tolist() == [4, 5, 6, 7]
    path.write_text(text.format(seed=5, life=2, ages=3), encoding="utf-8")
    same = headwater.load(path).run()
    assert found["x"].values.tolist() == same["x"].values.tolist()
