"""Searches as programs: the same bytes on all targets, derivatives, and how a search ends."""

import math
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from compiler.systems import KEPLER, MARKET, SPHERES, compiled, ran
from headwater.compiler.derivatives import Plan, differentiate
from headwater.compiler.elementary import expand
from headwater.compiler.lowering.builder import BlockBuilder
from headwater.compiler.pipeline import compile_project
from headwater.compiler.printer import to_text
from headwater.compiler.program import Block, Clock, Op, Program, Role, Slot
from headwater.compiler.program_text import program_from_text, program_to_text
from headwater.compiler.simultaneous import rows
from headwater.compiler.targets import reference
from headwater.compiler.targets.llvm import compile_llvm, sizing, split
from headwater.compiler.targets.reference import compile_reference
from headwater.compiler.verify import verify
from headwater.errors import CompileError, ModelError
from model_lines import project, run

# Targets


def assert_same(program, inputs):
    """The bytes of the reference, at any number of lanes and threads."""
    runs = inputs.shape[1]
    ids = np.arange(runs)
    expected = compile_reference(expand(program)).run(inputs, ids, 3)
    for lanes in (1, 4, 8):
        found = compile_llvm(program, lanes=lanes).run(inputs, ids, 3, threads=2)
        assert found.tobytes() == expected.tobytes(), lanes
    alone = compile_llvm(program).run(inputs[:, 4:5], ids[4:5], 3)
    assert alone.tobytes() == expected[..., 4:5].tobytes()


@pytest.mark.parametrize(
    ("text", "outputs", "inputs"),
    [
        (KEPLER, ["anomaly"], ["mean", "eccentricity"]),
        (MARKET, ["price", "demand"], ["shift"]),
        (SPHERES + "constant c = 1\naux y = x[a] * c", ["x", "left", "y"], ["c"]),
        (
            "constant k = 1\nconstant m = 1\naux x = SIMULTANEOUS(1 + k * y, m)\naux y = x",
            ["x", "y"],
            ["k", "m"],
        ),
    ],
)
def test_targets_and_lanes_give_the_same_bytes(text, outputs, inputs):
    program = compiled(text, outputs, inputs, dimensions={"d": list("abc")}, time=(0, 3, 1))
    given = np.random.default_rng(5).normal(1, 0.7, size=(len(inputs), 13))
    assert_same(program, given)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_random_contractions_are_solved_as_scipy_solves_them(seed):
    """x = b + A f(x) with rows of A that sum to less than 1 has one solution."""
    random = Random(seed)
    size = random.randint(1, 5)
    bends = [random.choice(["SIN", "COS", "ARCTAN"]) for _ in range(size)]
    weights = [[random.uniform(-0.9, 0.9) / size for _ in range(size)] for _ in range(size)]
    offsets = [random.uniform(-3, 3) for _ in range(size)]
    through = [random.random() < 0.5 for _ in range(size)]
    lines = ["constant more = 0"]
    for i in range(size):
        terms = " + ".join(
            f"({weights[i][j]!r}) * {bends[j]}({'y' if through[j] else 'x'}{j})"
            for j in range(size)
        )
        lines.append(f"aux x{i} = SIMULTANEOUS(more + ({offsets[i]!r}) + {terms}, 1)")
        lines.append(f"aux y{i} = x{i}")
    names = [f"x{i}" for i in range(size)]
    program = compiled("\n".join(lines), names, ["more"])
    plain = {"SIN": math.sin, "COS": math.cos, "ARCTAN": math.atan}

    def left(x):
        bent = [plain[b](v) for b, v in zip(bends, x, strict=True)]
        return x - np.array(offsets) - np.array(weights) @ bent

    exact = optimize.root(left, np.ones(size), tol=1e-13).x
    inputs = np.linspace(0, 2, 5)[None, :]
    found = ran(program, inputs)[:, 0, 0]
    np.testing.assert_allclose(found, exact, rtol=1e-10, atol=1e-12)
    assert_same(program, inputs)


# Derivatives


def slopes(program, values, target=compile_llvm):
    """Values and derivatives by every input: of each output cell, at the start."""
    count = len(program.inputs)
    derived = differentiate(program, Plan(tuple(range(count)), count))
    raw = target(derived).run(np.array(values, dtype=float)[:, None], np.zeros(1, np.int64), 3)
    size = program.output_size
    plain = ran(program, np.array(values, dtype=float)[:, None], target)
    assert raw[:size].tobytes() == plain.tobytes()
    assert len(raw) == size * (1 + count)
    return raw[:size, 0, 0], raw[size:, 0, 0].reshape(size, count)


@pytest.mark.parametrize("target", [compile_reference, compile_llvm])
@pytest.mark.parametrize("start", ["mean", "1.8", "solution"])
def test_derivatives_are_those_of_the_implicit_function(target, start):
    """Whatever the guess, even the solution itself, where no turn changes anything."""
    e, a = 0.4, 1.1
    m = a - e * math.sin(a)
    guess = repr(a) if start == "solution" else start
    text = KEPLER.replace("SIN(seen), mean)", f"SIN(seen), {guess})")
    program = compiled(text, ["anomaly"], ["mean", "eccentricity"])
    values, found = slopes(program, [m, e], target)
    np.testing.assert_allclose(values, a, rtol=1e-14)
    fall = 1 - e * math.cos(a)
    np.testing.assert_allclose(found, [[1 / fall, math.sin(a) / fall]], rtol=1e-7)


@pytest.mark.parametrize("guess", [1.0, 2.5 ** (1 / 1.3)])
def test_derivatives_of_a_zero(guess):
    text = MARKET.replace("(excess, 1)", f"(excess, {guess!r})")
    values, found = slopes(compiled(text, ["price"], ["shift"]), [1.0])
    np.testing.assert_allclose(values, 2.5 ** (1 / 1.3), rtol=1e-13)
    np.testing.assert_allclose(found, [[values[0] / 1.3]], rtol=1e-6)


def test_derivatives_of_a_system():
    """Those of A x = b by b are the columns of the inverse of A."""
    text = """
constant b1 = 1
constant b2 = 2
aux x = SIMULTANEOUS(0.3 * x + 0.5 * y + b1, 0)
aux y = SIMULTANEOUS(0.2 * x - 0.4 * y + b2, 0)
"""
    program = compiled(text, ["x", "y"], ["b1", "b2"])
    values, found = slopes(program, [1.0, 2.0])
    matrix = np.array([[0.7, -0.5], [-0.2, 1.4]])
    np.testing.assert_allclose(values, np.linalg.solve(matrix, [1, 2]), rtol=1e-13)
    np.testing.assert_allclose(found, np.linalg.inv(matrix), rtol=1e-7)


# The end of a search


@pytest.mark.parametrize("piece", [20, 700])
def test_searches_in_long_programs_are_whole(piece, monkeypatch):
    """In a long program the block is cut into functions; a loop is never cut."""
    monkeypatch.setattr(sizing, "SMALL_PROGRAM", 0)
    monkeypatch.setattr(split, "PIECE", piece)
    text = SPHERES + KEPLER + "aux y = x[a] * anomaly + TIME"
    program = compiled(text, ["y", "x"], ["mean"], dimensions={"d": list("abc")}, time=(0, 3, 1))
    assert_same(program, np.linspace(0.5, 2, 9)[None, :])


def test_a_search_ends_when_all_runs_have_found_their_solution(monkeypatch):
    calls = []
    plain = reference.VALUES[Op.SIN]
    monkeypatch.setitem(reference.VALUES, Op.SIN, lambda x: calls.append(1) or plain(x))
    program = compiled(KEPLER, ["anomaly"], ["mean", "eccentricity"])
    ran(program, [[1.0, 2.0], [0.1, 0.2]], compile_reference)
    assert 8 < len(calls) < 30


def test_a_program_with_a_search_survives_as_text():
    program = compiled(KEPLER, ["anomaly"], ["mean", "eccentricity"])
    ends = [i for b in program.blocks.values() for i in b.instructions if i.op is Op.END_WHEN]
    assert len(ends) == 1
    assert ends[0].arguments
    again = program_from_text(program_to_text(program))
    assert to_text(again) == to_text(program)
    assert "end_when %" in to_text(program)


def test_the_condition_of_an_end_is_a_truth_value():
    builder = BlockBuilder()
    with builder.loop(3):
        builder.leave_when(builder.number(1.0))
    slots = (Slot("x", Role.CONSTANT),)
    clock = Clock(0.0, 1.0, 1)
    program = Program("p", clock, "euler", slots, (), (), builder.block(), *(Block(),) * 4)
    with pytest.raises(CompileError, match=r"end_when.* is f64, not bool"):
        verify(program)


def test_switches_of_time_within_a_system_are_met_by_a_method_that_chooses_its_step():
    """y' = x with x = SQRT(u), and u steps from 1 to 4 at 1.3; x settles at SQRT(u) by turns."""
    text = """
stock y = 0; + x
aux u = 1 + STEP(3, 1.3)
aux x = SIMULTANEOUS((z + u / z) / 2, 1)
aux z = x + 0 * STEP(1, 2.7)
"""
    program = compile_project(project(text, time=(0, 4, 1), method="dopri5"), rtol=1e-9)
    assert program.horizon.instructions
    turns = [i.attribute for i in program.horizon.instructions if i.op is Op.LOOP]
    assert max(turns, default=0) <= 2
    found = run(program)
    np.testing.assert_allclose(found["y"], [0, 1, 1.3 + 1.4, 4.7, 6.7], rtol=1e-12)


def test_constants_of_a_circle_are_looked_at_once_before_the_run():
    """Each equation names the other many times; a function asks for their values beforehand."""
    sum_of = " + ".join
    text = f"""
aux a = {sum_of(["b"] * 12)}
aux b = SIMULTANEOUS({sum_of(["0.01 * a"] * 5)} + 1, 1)
aux r = INTERNAL_RATE_OF_RETURN(TIME, a, 0, 0)
"""
    with pytest.raises(ModelError, match="must be known before the run"):
        compile_project(project(text))


# Large arrays

LARGE = """
array x over d, e
constant share = 0.4
constant top = 30
aux x[d, e] = SIMULTANEOUS(share * COS(y[d, e] * (d + 2 * e) / top), 1)
aux y[d, e] = x[d, e] + 0.01 * TIME
aux z[d, e] = FIND_ZERO(left[d, e], guess[d, e])
aux left[d, e] = z[d, e] ^ 3 + x[d, e] * z[d, e] - d
aux guess[d, e] = 1 + e / 10
aux total = SUM(z[*, *]) + SUM(x[*, *])
"""


def test_elements_of_large_arrays_are_solved_in_a_loop(monkeypatch):
    """The same numbers as from a search written out for each, in a program that does not grow."""
    names = {"d": [f"d{k}" for k in range(12)], "e": ["u", "v", "w"]}

    def large():
        outputs = ["x", "y", "z", "left", "total"]
        return compiled(LARGE, outputs, ["share", "top"], dimensions=names, time=(0, 3, 1))

    looped = large()
    monkeypatch.setattr(rows, "FEWEST", 10**9)
    written_out = large()
    assert len(looped.step.instructions) < 400 < len(written_out.step.instructions)
    inputs = np.array([np.linspace(0.1, 0.8, 9), np.linspace(20, 40, 9)])
    assert_same(looped, inputs)
    ids = np.arange(9)
    found = compile_llvm(looped).run(inputs, ids, 3)
    assert found.tobytes() == compile_llvm(written_out).run(inputs, ids, 3).tobytes()
    assert np.isfinite(found).all()


def test_derivatives_of_what_is_solved_in_a_loop():
    """x = a k / (1 + x) has the positive root of x (1 + x) = a k."""
    text = "constant a = 2\naux x[d] = SIMULTANEOUS(a * d / (1 + y[d]), 1)\naux y[d] = x[d]"
    program = compiled(text, ["x"], ["a"], dimensions={"d": [f"e{k}" for k in range(20)]})
    a, k = 0.7, np.arange(1.0, 21)
    values, found = slopes(program, [a])
    root = np.sqrt(0.25 + a * k)
    np.testing.assert_allclose(values, root - 0.5, rtol=1e-13)
    np.testing.assert_allclose(found[:, 0], k / (2 * root), rtol=1e-7)


def test_large_arrays_whose_elements_are_linked_are_one_system():
    text = "aux x[d] = SIMULTANEOUS(d + 0.5 * mean, 0)\naux mean = SUM(x[*]) / 20"
    program = compiled(text, ["x"], dimensions={"d": [f"e{k}" for k in range(20)]})
    k = np.arange(1.0, 21)
    exact = k + 0.5 * k.mean() / 0.5
    np.testing.assert_allclose(ran(program, np.zeros((0, 1)))[:, 0, 0], exact, rtol=1e-12)
