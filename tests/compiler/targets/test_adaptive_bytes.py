"""Methods that choose their step: the LLVM target against the reference, byte by byte."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.targets.assembling import epidemic
from compiler.targets.random_programs import random_program
from headwater.compiler.elementary import expand
from headwater.compiler.lowering.events import with_horizon
from headwater.compiler.program import Role, Tolerance
from headwater.compiler.targets import reference_adaptive
from headwater.compiler.targets.llvm import adaptive, compile_llvm, rows, sizing, split
from headwater.compiler.targets.reference import compile_reference

SEED = 11


def adaptive_program(random: Random, size: int):
    program = random_program(random, elementary=random.random() < 0.3, size=size)
    tolerance = Tolerance(random.choice([1e-2, 1e-5, 0.0]), random.choice([1e-9, 1.0]))
    program = replace(program, method=random.choice(["dopri5", "bosh3"]), tolerance=tolerance)
    return with_horizon(expand(program))


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    lanes=st.sampled_from([1, 2, 4, 8, 16]),
    small=st.booleans(),
    unrolled=st.sampled_from([2, 64]),
)
def test_random_programs_give_the_bytes_of_the_reference(seed, lanes, small, unrolled):
    random = Random(seed)
    program = adaptive_program(random, random.choice([5, 20, 60]))
    runs = random.choice([1, 5, 17])
    inputs = np.random.default_rng(seed).normal(size=(len(program.inputs), runs)) * 3
    with pytest.MonkeyPatch.context() as patch:
        # Both layouts of code, rows in loops, and few attempts, since most programs are wild.
        patch.setattr(sizing, "SMALL_PROGRAM", 10**6 if small else 0)
        patch.setattr(split, "PIECE", 50)
        patch.setattr(rows, "UNROLLED_ROWS", unrolled)
        patch.setattr(adaptive, "MOST_ATTEMPTS", 25)
        patch.setattr(reference_adaptive, "MOST_ATTEMPTS", 25)
        patch.setenv("HEADWATER_CACHE", "")
        expected = compile_reference(program).run(inputs, np.arange(runs) + 5, SEED)
        actual = compile_llvm(program, lanes=lanes).run(inputs, np.arange(runs) + 5, SEED)
    np.testing.assert_array_equal(expected, actual)
    assert expected.tobytes() == actual.tobytes()


@pytest.mark.parametrize("method", ["dopri5", "bosh3"])
def test_threads_and_lanes_change_no_byte(method):
    """Runs of very different stiffness side by side: neighbours take other numbers of steps."""
    program = replace(epidemic("rk4", steps=5), method=method, tolerance=Tolerance(1e-6, 1e-9))
    program = with_horizon(expand(program))
    inputs = np.random.default_rng(4).uniform(0.1, 5, (3, 40))
    inputs[:, ::3] *= 20
    wanted = compile_reference(program).run(inputs, np.arange(40), SEED)
    for lanes in (1, 4, 8):
        executable = compile_llvm(program, lanes=lanes)
        for threads in (1, 2, 3):
            found = executable.run(inputs, np.arange(40), SEED, threads=threads)
            assert found.tobytes() == wanted.tobytes(), (lanes, threads)


def test_some_random_programs_have_switches():
    found = [adaptive_program(Random(seed), 60) for seed in range(40)]
    slots = [s for p in found for s in p.slots if s.role is Role.HORIZON]
    assert len(slots) > 5
