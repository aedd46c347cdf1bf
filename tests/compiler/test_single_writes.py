"""States of which each step replaces one element."""

from pathlib import Path

import numpy as np
import pytest

from formats.vensim.running import control, run, values
from headwater.compiler.pipeline import compile_project
from headwater.compiler.program import Op, Program
from headwater.formats.vensim import project_of
from headwater.language.source import Source
from headwater.simulation.building import TargetName
from model_lines import project as of_lines

STEPS = 400

DELAYS = "x = 2 + SIN(Time) ~~|\ndelay = 3 + 2 * SIN(Time / 3) ~~|\n"


def turns(program: Program) -> int:
    """How many turns the loops of one step have, nested ones times those around them."""
    total = 0
    for block in (program.step, program.update, program.commit):
        around: list[int] = []
        for instruction in block.instructions:
            if instruction.op is Op.LOOP:
                around.append(int(instruction.attribute or 1) * (around[-1] if around else 1))
                total += around[-1]
            elif instruction.op in (Op.END, Op.END_WHEN):
                around.pop()
    return total


@pytest.mark.parametrize(
    "call",
    [
        "DELAY MATERIAL(x, delay, 7, -1)",
        "DELAY INFORMATION(x, delay, 7)",
        "DELAY CONVEYOR(x, 4, 0.1, flat, 20, 4)",
        "DELAY PROFILE(flat, x, 4, 2, 0.01)",
    ],
)
def test_a_step_does_not_pass_over_all_steps(call: str) -> None:
    text = f"{DELAYS}flat((0,1),(1,1)) ~~|\ny = {call} ~~|\n" + control(STEPS / 4, 0.25)
    program = compile_project(project_of(Source("m.mdl", text), None, "m"))
    assert turns(program) < STEPS


def test_a_history_is_kept_by_one_store_a_step() -> None:
    lines = of_lines("aux x = TIME ^ 2\naux y = HISTORY(x, TIME / 2)", time=(0.0, STEPS, 1.0))
    assert turns(compile_project(lines)) < STEPS


@pytest.mark.parametrize("target", ["reference", "llvm"])
def test_what_would_arrive_after_the_end_is_left_out(target: TargetName) -> None:
    text = (
        "x = Time ~~|\nlate = DELAY MATERIAL(x, 100, 5, -1) ~~|\n"
        "odd = IF THEN ELSE(Time = 4, 1000, 2) ~~|\nsome = DELAY MATERIAL(x, odd, 5, -1) ~~|\n"
    )
    found = run(text, 30, target=target)
    assert values(found, "late").tolist() == [5] * 31
    expected = [5, 5, *range(29)]
    expected[6] = -1
    assert values(found, "some").tolist() == expected


@pytest.mark.parametrize(
    "call", ["CONVEYOR(x, {}, 0.1, bump, 20, 6)", "PROFILE(bump, x, {}, 2, 0)"]
)
def test_fewer_places_give_the_same_numbers(call: str, tmp_path: Path) -> None:
    """A time that is a number needs places for itself alone; one that may change, for the run."""
    text = DELAYS + (
        "bump((0,1),(1,3),(2,0)) ~~|\nlength = 3.6 + 0 * Time ~~|\n"
        f"a = DELAY {call.format('3.6')} ~~|\nb = DELAY {call.format('length')} ~~|\n"
    )
    found = run(text, 60, 0.25, folder=tmp_path)
    np.testing.assert_array_equal(values(found, "a"), values(found, "b"))
