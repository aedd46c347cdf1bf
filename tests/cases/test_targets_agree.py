"""Machine code computes what the reference computes, at any number of lanes and threads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

import headwater
from headwater.api import shipped_cases
from headwater.compiler.elementary.expand import expand
from headwater.compiler.program import Program
from headwater.compiler.targets.llvm import compile_llvm
from headwater.compiler.targets.reference import compile_reference
from headwater.simulation.experiment import Arm, EnsembleRequest, Experiment, plan_ensemble
from headwater.simulation.structure import POLICY_INPUT

RUNS = 9  # more than a register of any processor holds, and no multiple of it
STEPS = 48
RELATIVE = 1e-12


def planned(name: str, target: str = "llvm") -> Experiment:
    model = headwater.load(name)
    outputs = [v.name for v in model.project.variables if v.save]
    common = [
        {v.key for v in model.project_of(variant).variables if v.save}
        for variant in getattr(model, "variants", ()) or ("",)
    ]
    shared = [o for o in outputs if all(model.project.find(o).key in keys for keys in common)]
    graphs = {v.name for v in model.project.variables if type(v).__name__ == "Graph"}
    request = EnsembleRequest(runs=RUNS, outputs=[o for o in shared if o not in graphs])
    return plan_ensemble(model._workshop, request)


def inputs_of(experiment: Experiment, arm: Arm) -> npt.NDArray[np.float64]:
    """Inputs of a few draws, each under another policy."""
    inputs = arm.inputs(experiment.design.rows(0, RUNS), 0, RUNS)
    if experiment.policies:
        numbers = np.array(experiment.policy_numbers, dtype=np.float64)
        inputs[arm.built.rows[POLICY_INPUT]] = numbers[np.arange(RUNS) % len(numbers)]
    return np.ascontiguousarray(inputs)


def shortened(arm: Arm) -> Program:
    """The program of an arm, for a few steps only."""
    program = arm.built.program
    clock = replace(program.clock, steps=min(program.clock.steps, STEPS), stride=4)
    return replace(program, clock=clock)


@pytest.mark.parametrize("name", sorted(shipped_cases()))
def test_machine_code_is_the_reference_to_the_last_bit(name: str) -> None:
    experiment = planned(name)
    for arm in experiment.arms:
        inputs, ids = inputs_of(experiment, arm), np.arange(RUNS)
        program = shortened(arm)
        found = compile_llvm(program).run(inputs, ids, 7)
        wanted = compile_reference(expand(program)).run(inputs, ids, 7)
        np.testing.assert_array_equal(found, wanted, err_msg=arm.variant)


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(shipped_cases()))
def test_machine_code_agrees_with_numpys_functions_over_the_whole_run(name: str) -> None:
    experiment = planned(name)
    for arm in experiment.arms:
        inputs, ids = inputs_of(experiment, arm), np.arange(RUNS)
        found = arm.built.executable.run(inputs, ids, 7)
        wanted = compile_reference(arm.built.program).run(inputs, ids, 7)
        # A number that is a small difference of large ones is measured by how large it gets.
        largest = np.abs(wanted).max(axis=1, keepdims=True)
        assert (np.abs(found - wanted) <= RELATIVE * largest).all(), arm.variant


@pytest.mark.parametrize("name", sorted(shipped_cases()))
def test_lanes_and_threads_do_not_change_a_byte(name: str) -> None:
    experiment = planned(name)
    arm = experiment.arms[-1]
    inputs, ids = inputs_of(experiment, arm), np.arange(RUNS)
    wanted = arm.built.executable.run(inputs, ids, 7).tobytes()
    for lanes in (1, 4, 8):
        executable = compile_llvm(arm.built.program, lanes=lanes)
        for threads in (1, 2):
            found = executable.run(inputs, ids, 7, threads=threads)
            assert found.tobytes() == wanted, (lanes, threads)
