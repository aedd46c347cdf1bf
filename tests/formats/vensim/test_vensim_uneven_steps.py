"""A TIME STEP that changes during the run: functions that count steps are refused by name."""

from pathlib import Path

import numpy as np
import pytest

from formats.vensim.running import values
from headwater.api import Model, load
from headwater.errors import ModelError
from headwater.formats.vensim import project_of
from headwater.language.source import Source
from headwater.simulation.building import TargetName
from headwater.simulation.results.arrays import Results
from headwater.simulation.run import Request

TARGETS: list[TargetName] = ["reference", "llvm"]
CONTROL = (
    "INITIAL TIME = 0 ~~|\nFINAL TIME = 3 ~~|\nSAVEPER = TIME STEP ~~|\n"
    "TIME STEP = IF THEN ELSE(Time < 1, 0.25, 0.125) ~~|\n"
)
TIMES = [*np.arange(4) / 4, *(1 + np.arange(17) / 8)]


def run(text: str, target: TargetName = "llvm") -> Results:
    model = Model(project_of(Source("model.mdl", text + CONTROL), None, "model"))
    return model.results(Request(target=target))


@pytest.mark.parametrize(
    "call",
    [
        "DELAY FIXED(Time, 1, 0)",
        "DELAY MATERIAL(Time, 1, 0, 0)",
        "DELAY INFORMATION(Time, 1, 0)",
        "DELAY BATCH(Time, 1, 1, 0, 0, 0)",
        "DELAY CONVEYOR(Time, 1, 0, flat, 2, 1)",
        "DELAY PROFILE(flat, Time, 1, 0, 0)",
        "QUEUE FIFO(1, 1, flat, 2, 1)",
        "QUEUE FIFO ATTRIB(1, 1, 1, 1, flat, flat, 2, 1, 1)",
        "DEPRECIATE STRAIGHTLINE(1, 2, 1, 0)",
        "DEPRECIATE BY SCHEDULE(1, parts[p1], none, 2, Time)",
        "INTERNAL RATE OF RETURN(Time - 1, 1, 0, 0)",
        "NPVE(1, 0.1, 0, 1)",
    ],
)
def test_what_counts_steps_is_refused(call: str) -> None:
    name = call.partition("(")[0]
    parts = "p: p1, p2 ~~|\nparts[p] = 1, 1 ~~|\nnone = 0 ~~|\nflat((0,1),(1,1)) ~~|\n"
    with pytest.raises(ModelError, match=f"{name} needs a step that does not change"):
        run(f"{parts}x = {call} ~~|\n")


@pytest.mark.parametrize("target", TARGETS)
def test_stages_of_delays_move_by_the_step(target: TargetName) -> None:
    """Order 4 within a time of 1, which has four of the first steps: stages of a quarter."""
    text = "x = DELAY N(10 + STEP(5, 0.5), 1, 10, 4) ~~|\ny = SMOOTH N(STEP(5, 1), 2, 0, 2) ~~|\n"
    found = run(text, target)
    delayed, smoothed = np.full(4, 10.0), np.zeros(2)
    for k, (now, following) in enumerate(zip(TIMES, [*TIMES[1:], 0.0], strict=True)):
        assert values(found, "x")[k] == pytest.approx(delayed[-1], rel=1e-14)
        assert values(found, "y")[k] == pytest.approx(smoothed[-1], rel=1e-14)
        dt = following - now
        inputs = np.array([15.0 if now >= 0.5 else 10.0, *delayed[:-1]])
        delayed = delayed + dt * (inputs - delayed) / 0.25
        goals = np.array([5.0 if now >= 1 else 0.0, *smoothed[:-1]])
        smoothed = smoothed + dt * (goals - smoothed) / 1.0


@pytest.mark.parametrize("target", TARGETS)
def test_the_present_value_has_each_step_as_long_as_it_is(target: TargetName) -> None:
    found = run("x = NPV(2, 0.1, 5, 3) ~~|\n", target)
    total, factor = 5.0, 1.0
    for k, (now, following) in enumerate(zip(TIMES, [*TIMES[1:], 3.125], strict=True)):
        dt = following - now
        total += 2 * factor * dt
        assert values(found, "x")[k] == pytest.approx(3 * total, rel=1e-14)
        factor /= 1 + 0.1 * dt


@pytest.mark.parametrize("kind", ["conveyor 2", "queue", "oven 2"])
def test_belts_queues_and_ovens_are_refused_in_other_formats_too(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "model.md"
    path.write_text(
        "---\ntitle: t\ntime: 0 to 4, step (IF TIME < 1 THEN 0.25 ELSE 0.5)\nmethod: euler\n---\n"
        f"```headwater\nstock s = 2\n  {kind}\n  - out\n\nflow out\n```\n"
    )
    with pytest.raises(ModelError, match="`s` moves in whole steps, which must be of one length"):
        load(path).run()
