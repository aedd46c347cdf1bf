"""The LLVM target against the reference: the same bytes, at any number of lanes and threads."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from compiler.targets.assembling import Assembly, epidemic, oscillator
from compiler.targets.random_programs import random_program
from headwater.compiler.elementary import expand
from headwater.compiler.program import ENDS, Clock, Op, Output, Role
from headwater.compiler.targets.llvm import (
    compile_llvm,
    jit,
    kernel,
    memory,
    processor,
    rows,
    saving,
    sizing,
    split,
)
from headwater.compiler.targets.llvm.kernel import write_program
from headwater.compiler.targets.llvm.memory import lay_out
from headwater.compiler.targets.llvm.nearness import row_by_row
from headwater.compiler.targets.llvm.processor import Processor, host
from headwater.compiler.targets.reference import compile_reference
from headwater.errors import CompileError, UsageError

SEED = 11


def draws(program, runs, seed=1):
    return np.random.default_rng(seed).normal(size=(len(program.inputs), runs)) * 3


def both(program, runs=13, **options):
    inputs, ids = draws(program, runs), np.arange(runs) + 5
    expected = compile_reference(expand(program)).run(inputs, ids, SEED)
    return expected, compile_llvm(program, **options).run(inputs, ids, SEED)


def assert_same_bytes(a, b):
    np.testing.assert_array_equal(a, b)
    assert a.tobytes() == b.tobytes()


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**32),
    lanes=st.sampled_from([1, 2, 4, 8, 16]),
    small=st.booleans(),
    piece=st.sampled_from([7, 50, 700]),
    unrolled=st.sampled_from([1, 3, 64]),
    elementary=st.booleans(),
)
def test_random_programs_give_the_bytes_of_the_reference(
    seed, lanes, small, piece, unrolled, elementary
):
    random = Random(seed)
    program = random_program(random, elementary, random.choice([5, 30, 80]))
    with pytest.MonkeyPatch.context() as patch:
        # Both layouts of code, pieces so short that values must cross them, and loops over rows.
        patch.setattr(sizing, "SMALL_PROGRAM", 10**6 if small else 0)
        patch.setattr(split, "PIECE", piece)
        for module in (memory, rows, saving):
            patch.setattr(module, "UNROLLED_ROWS", unrolled)
        patch.setattr(kernel, "FEW_STOCKS", 0 if unrolled > 3 else 16)
        patch.setenv("HEADWATER_CACHE", "")
        expected, actual = both(program, random.choice([1, 5, 17]), lanes=lanes)
    assert_same_bytes(expected, actual)


@settings(max_examples=5)
@given(seed=st.integers(0, 2**32))
def test_lanes_and_threads_do_not_change_a_byte(seed):
    program = random_program(Random(seed), elementary=True, size=40)
    inputs, ids = draws(program, 45), np.arange(45)
    first = compile_llvm(program, lanes=1).run(inputs, ids, SEED)
    for lanes in (4, 8):
        executable = compile_llvm(program, lanes=lanes)
        for threads in (1, 2):
            assert_same_bytes(first, executable.run(inputs, ids, SEED, threads=threads))


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32))
def test_elementary_functions_agree_with_numpys(seed):
    """Against the reference's own functions, where nothing amplifies the last digit."""
    random = Random(seed)
    a = Assembly(Clock(0.0, 0.25, 4), "rk4")
    inputs = [a.input(f"in{k}") for k in range(3)]
    level, rate = a.slot("level", Role.STOCK), a.slot("rate", Role.DERIVATIVE)
    a.initial.store(level, a.initial.load(inputs[0]))
    value = a.step.load(level)
    for _ in range(4):
        name = random.choice(["exp", "log", "sin", "cos", "atan", "pow", "sqrt"])
        positive = a.step("add", a.step("abs", value), a.step.number(0.5))
        bounded = a.step("min", positive, a.step.number(4.0))
        other = [a.step.load(inputs[1])] if name == "pow" else []
        value = a.step("mul", a.step(name, bounded, *other), a.step.load(inputs[2]))
    a.step.store(rate, value)
    a.output(level)
    given_inputs = np.random.default_rng(seed).uniform(0.2, 2.0, (3, 9))
    program = a.program()
    expected = compile_reference(program).run(given_inputs, np.arange(9))
    actual = compile_llvm(program).run(given_inputs, np.arange(9))
    np.testing.assert_allclose(actual, expected, rtol=1e-12)


def test_an_epidemic_follows_its_differential_equation():
    inputs = np.array([[6.0, 8.0, 7.0], [0.05, 0.04, 0.06], [8.0, 5.0, 4.0]])
    program = epidemic("rk4", steps=640, dt=0.125)
    result = compile_llvm(program).run(inputs, np.arange(3))
    for r in range(3):
        contacts, infectivity, duration = inputs[:, r]

        def rate(t, y, beta=contacts * infectivity, duration=duration):
            new, over = beta * y[1] * y[0] / 1000.0, y[1] / duration
            return [-new, new - over, over]

        times = program.clock.saved_times()
        exact = solve_ivp(rate, (0, 80), [999.0, 1.0, 0.0], t_eval=times, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(result[:, :, r], exact.y, rtol=0, atol=2e-4)


def test_the_oscillator_converges_at_fourth_order():
    errors = []
    for steps in (64, 128, 256):
        result = compile_llvm(oscillator("rk4", steps, 2.0 / steps)).run(np.zeros((0, 1)), [0])
        errors.append(abs(result[0, -1, 0] - np.cos(2.0)))
    assert np.log2(errors[0] / errors[1]) == pytest.approx(4, abs=0.1)
    assert np.log2(errors[1] / errors[2]) == pytest.approx(4, abs=0.1)


@pytest.mark.parametrize("runs", [1, 7, 8, 9, 64, 65])
def test_incomplete_blocks_of_lanes(runs):
    program = epidemic("euler", steps=20, stride=3)
    inputs = np.random.default_rng(3).uniform(0.1, 5, (3, runs))
    expected = compile_reference(program).run(inputs, np.arange(runs))
    assert_same_bytes(compile_llvm(program, lanes=8).run(inputs, np.arange(runs)), expected)


@pytest.mark.parametrize("make", [compile_reference, compile_llvm])
def test_a_given_array_takes_the_result(make):
    program = epidemic("euler", steps=20)
    executable = make(program)
    inputs = np.random.default_rng(3).uniform(0.1, 5, (3, 9))
    expected = executable.run(inputs, np.arange(9))
    out = np.full(expected.shape, np.nan)
    assert executable.run(inputs, np.arange(9), out=out) is out
    assert_same_bytes(out, expected)
    for wrong in (out[:, :, :-1], out[:, :, ::-1], out.astype(np.float32)):
        with pytest.raises(UsageError, match="the result needs an array"):
            executable.run(inputs, np.arange(9), out=wrong)
    wide = np.zeros((len(out) + 2, 2 * out.shape[1], 3 * out.shape[2]))
    part = wide[1:-1, ::2, 9:18]
    executable.run(inputs, np.arange(9), out=part)
    assert_same_bytes(np.ascontiguousarray(part), expected)
    part[:] = 0
    assert not wide.any()


@pytest.mark.parametrize("lanes", [None, 1, 4, 8])
@pytest.mark.parametrize("elements", [2, 80])
@pytest.mark.parametrize("step", [0, 1, 9])
def test_runs_with_a_value_that_is_not_finite_are_told(lanes, elements, step):
    """By NumPy's own look at each saved value, for few outputs and for a loop over many."""
    a = Assembly(Clock(0.0, 1.0, 9, 2))
    scale, when = a.step.load(a.input("scale")), a.step.load(a.input("when"))
    due = a.step("eq", a.step("time"), when)
    for number in range(elements):
        plain = a.step.number(number)
        last = number == elements - 1
        value = a.step("select", due, a.step("mul", plain, scale), plain) if last else plain
        a.saved(f"x{number}", value)
    program = a.program()
    inputs = np.full((2, 37), float(step))
    inputs[0] = 1.0
    inputs[0, [3, 20, 36]] = np.nan, np.inf, -np.inf
    inputs[0, 30] = 1e300
    executable = compile_reference(program) if lanes is None else compile_llvm(program, lanes=lanes)
    for threads in (1, 2):
        finite = np.zeros(37, dtype=np.bool_)
        found = executable.run(inputs, np.arange(37), threads=threads, finite=finite)
        assert finite.tolist() == np.isfinite(found).all(axis=(0, 1)).tolist()
        assert (~finite).any() == (step != 1)
    with pytest.raises(UsageError, match="37 truths"):
        executable.run(inputs, np.arange(37), finite=np.zeros(36, dtype=np.bool_))


def test_values_wait_near_to_where_they_are_used(monkeypatch):
    """Computed layer by layer, stored one by one: in pieces, no value needs a row of its own."""
    monkeypatch.setattr(sizing, "SMALL_PROGRAM", 0)
    a = Assembly(Clock(0.0, 1.0, 3))
    x, count = a.step.load(a.input("x")), 3000
    slot = a.slot("y", Role.STEP, count)
    values = [a.step("mul", x, a.step.number(k)) for k in range(count)]
    values = [a.step("add", value, x) for value in values]
    for k, value in enumerate(values):
        a.step.store(slot, value, a.step.integer(k))
    a.outputs.append(Output("y", slot, ("n",), (count,)))
    program = a.program()
    assert len(split.plan(program.step.instructions, lay_out(program)).pieces) > 5
    assert write_program(program, 8).rows < count + 20
    expected, found = both(program)
    assert_same_bytes(found, expected)


@pytest.mark.parametrize("method", ["heun", "rk4"])
@pytest.mark.parametrize("lanes", [1, 8])
def test_stocks_that_move_one_by_one_move_as_all_at_once(monkeypatch, method, lanes):
    """The first to move is read by the derivative of the second, at its old value."""
    program = oscillator(method, 12, 0.25)
    monkeypatch.setenv("HEADWATER_CACHE", "")
    monkeypatch.setattr(kernel, "FEW_STOCKS", 0)
    expected, found = both(program, lanes=lanes)
    one_by_one = write_program(program, lanes).text
    monkeypatch.setattr(kernel, "row_by_row", lambda *_: None)
    assert write_program(program, lanes).text != one_by_one
    _, all_at_once = both(program, lanes=lanes)
    assert_same_bytes(found, expected)
    assert_same_bytes(all_at_once, expected)


def test_code_that_does_more_than_derivatives_is_not_moved_row_by_row():
    a = Assembly(Clock(0.0, 1.0, 3))
    stock, rate = a.slot("x", Role.STOCK), a.slot("dx", Role.DERIVATIVE)
    other = a.slot("y", Role.STEP)
    value = a.step("neg", a.step.load(stock))
    a.step.store(rate, value)
    assert row_by_row(a.step.block().instructions, {stock}, {rate}) is not None
    a.step.load(rate)
    assert row_by_row(a.step.block().instructions, {stock}, {rate}) is None
    a.step.instructions.pop()
    a.step.store(other, value)
    assert row_by_row(a.step.block().instructions, {stock}, {rate}) is None


def test_lanes_are_fewer_where_much_is_remembered():
    """By the size of the step, and by the elements of what it works on."""
    wide = Processor("x", "y", "", 8)

    def lanes(instructions, elements):
        a = Assembly(Clock(0.0, 1.0, 3))
        value = a.step.load(a.slot("x", Role.STEP, elements))
        for _ in range(instructions):
            value = a.step("mul", value, value)
        a.saved("y", value)
        return sizing.lanes_for(a.program(), wide)

    assert [lanes(n, 1) for n in (100, 5000, 50_000)] == [32, 16, 8]
    assert lanes(5000, 1200) == 8


def test_no_runs_give_an_empty_result():
    executable = compile_llvm(epidemic("euler", steps=20))
    assert executable.run(np.zeros((3, 0)), np.arange(0)).shape == (3, 21, 0)


def arrays(elements):
    """A chain of stocks: each is filled by the one before, in loops over their elements."""
    a = Assembly(Clock(0.0, 0.125, 40, 4), "rk4")
    delay = a.input("delay")
    chain, rate = a.slot("chain", Role.STOCK, elements), a.slot("d", Role.DERIVATIVE, elements)
    flow = a.slot("flow", Role.STEP, elements)
    with a.initial.loop(elements) as k:
        a.initial.store(chain, a.initial("to_float", k), k)
    s = a.step
    with s.loop(elements) as k:
        s.store(flow, s("div", s.load(chain, k), s.load(delay)), k)
    with s.loop(elements) as k:
        before = s("isub", k, s.integer(1))
        inflow = s("select", s("ilt", before, s.integer(0)), s.number(2.0), s.load(flow, before))
        s.store(rate, s("sub", inflow, s.load(flow, k)), k)
    a.output(chain)
    a.output(flow)
    return a.program()


@pytest.mark.parametrize("elements", [3, 60])
def test_arrays_stay_loops(elements):
    program = arrays(elements)
    runs = np.linspace(1.0, 3.0, 11)[None]
    expected = compile_reference(program).run(runs, np.arange(11))
    assert_same_bytes(compile_llvm(program).run(runs, np.arange(11)), expected)
    text = write_program(program, 8).text
    assert text.count("fdiv") <= 4  # one for each copy of the step's code


def test_large_memory_does_not_go_on_the_stack():
    a = Assembly(Clock(0.0, 1.0, 2))
    wide = a.slot("wide", Role.CONSTANT, 100_000)
    a.constants.store(wide, a.constants("time"), a.constants.integer(99_999))
    a.saved("last", a.step.load(wide, a.step.integer(99_999)))
    program = a.program()
    assert write_program(program, 8).text.count("alloca") == 1
    expected, actual = both(program)
    assert_same_bytes(expected, actual)


def long_program(equations):
    """Equations that each use three of those before, and a stock for every ten of them."""
    random = Random(5)
    a = Assembly(Clock(0.0, 0.25, 6), "rk4", "long")
    gain = a.input("gain")
    stocks = [a.slot(f"stock{k}", Role.STOCK) for k in range(equations // 10)]
    rates = [a.slot(f"rate{k}", Role.DERIVATIVE) for k in range(equations // 10)]
    for k, stock in enumerate(stocks):
        a.initial.store(stock, a.initial.number(1.0 + k % 7))
    s = a.step
    values = [s.load(stock) for stock in stocks] + [s.load(gain)]
    for k in range(equations):
        x, y, z = (random.choice(values[-60:]) for _ in range(3))
        made = s("add", s("mul", x, s.number(random.uniform(-0.5, 0.5))), y)
        made = s("div", s("sub", made, z), s("add", s("abs", y), s.number(1.5)))
        if k % 9 == 0:
            made = s("select", s("lt", made, x), made, s("exp", s("neg", s("abs", z))))
        values.append(made)
        if k % 40 == 0:
            a.saved(f"v{k}", made)
    for rate in rates:
        s.store(rate, random.choice(values))
    return a.program()


def longest_stretch(program):
    """Return the number of lines of the longest basic block, joined where passes join blocks."""
    text = jit._optimised(write_program(program, 8).text, processor.target_machine(host()))
    longest = length = 0
    for line in str(text).splitlines():
        length = 0 if line.startswith("define") or ":  " in line else length + 1
        longest = max(longest, length)
    return longest


def test_basic_blocks_of_a_single_function_stay_short():
    program = long_program(200)
    assert "define void @step." not in write_program(program, 8).text
    assert longest_stretch(program) < 600
    expected, actual = both(program)
    assert_same_bytes(expected, actual)


def test_the_reading_of_many_inputs_is_no_long_block():
    a = Assembly(Clock(0.0, 1.0, 2))
    total = a.step.number(0.0)
    for k in range(700):
        total = a.step("add", total, a.step.load(a.input(f"k{k}")))
    a.saved("total", total)
    program = a.program()
    assert longest_stretch(program) < 600
    expected, actual = both(program)
    assert_same_bytes(expected, actual)


def test_long_blocks_are_cut_into_pieces(monkeypatch):
    monkeypatch.setattr(sizing, "SMALL_PROGRAM", 0)
    program = long_program(600)
    text = write_program(program, 8).text
    assert text.count("define void @step.") >= 3
    expected, actual = both(program)
    assert_same_bytes(expected, actual)


def test_pieces_stay_short_however_long_the_program():
    functions = write_program(long_program(4000), 8).text.split("define ")
    pieces = [f.count("\n") for f in functions if f.startswith("void @step")]
    assert len(pieces) > 20
    assert max(pieces) < 3 * split.PIECE


def test_a_stage_computes_only_what_the_derivatives_need(monkeypatch):
    monkeypatch.setattr(sizing, "SMALL_PROGRAM", 0)
    a = Assembly(Clock(0.0, 0.5, 4, 2), "rk4")
    level, rate = a.slot("level", Role.STOCK), a.slot("rate", Role.DERIVATIVE)
    s = a.step
    s.store(rate, s("neg", s.load(level)))
    value = s.load(level)
    for k in range(400):
        value = s("mul", value, s.number(1.0 + k / 1e4))
    a.saved("index", value)
    a.initial.store(level, a.initial.number(3.0))
    a.output(level)
    program = a.program()
    functions = write_program(program, 8).text.split("define ")
    stage = next(f for f in functions if f.startswith("void @stage"))
    assert "fmul" not in stage
    unsaved = next(f for f in functions if f.startswith("void @unsaved"))
    assert "fmul" not in unsaved
    expected, actual = both(program)
    assert_same_bytes(expected, actual)


def test_code_for_a_processor_without_fused_operations_gives_the_same_digits():
    """The machine code then calls the C library's fma, which rounds once too."""
    if "x86_64" not in host().triple:
        pytest.skip("other processors that LLVM makes code for have the operation")
    a = Assembly(Clock(0.0, 1.0, 0))
    x = a.step.load(a.input("x"))
    a.saved("exp", a.step("exp", x))
    a.saved("sin", a.step("sin", x))
    a.saved("pow", a.step("pow", a.step("abs", x), a.step.number(1.7)))
    program = a.program()
    inputs, ids = draws(program, 40) * 50, np.arange(40)
    expected = compile_llvm(program).run(inputs, ids)
    features = ",".join(f for f in ("+sse2", "+sse4.1", "-avx", "-fma", "-fma4"))
    old = Processor(host().triple, "nehalem", features, 2)
    source = write_program(program, 2)
    assembly = jit.make_assembly(source.text, old)
    assert "fma" in assembly and "vfmadd" not in assembly
    executable = compile_llvm(program, lanes=2)
    loaded = jit.load_object(jit.make_object(source.text, old))
    slow = type(executable)(program, 2, source.rows, loaded)
    assert_same_bytes(slow.run(inputs, ids), expected)


@pytest.mark.parametrize("lanes", [8, 16, 32])
def test_instructions_of_this_processor_do_not_change_a_digit(lanes):
    """Text that any processor can run against text made for this one."""
    a = Assembly(Clock(0.0, 1.0, 0))
    a.saved("exp", a.step("exp", a.step.load(a.input("x"))))
    program = a.program()
    x = np.random.default_rng(8).uniform(-760, 720, (1, 500))
    x[0, :6] = [np.inf, -np.inf, np.nan, -745.2, 709.8, -708.4]
    source = write_program(program, lanes)
    executable = compile_llvm(program, lanes=lanes)
    plain = jit.load_object(jit.make_object(source.text))
    other = type(executable)(program, lanes, source.rows, plain)
    assert_same_bytes(other.run(x, np.arange(500)), executable.run(x, np.arange(500)))


def test_progress_counts_every_run_once():
    program = epidemic("euler", steps=50)
    inputs = np.full((3, 1000), 2.0)
    for threads in (1, 2):
        seen, callers = [], set()

        def note(done, seen=seen, callers=callers):
            seen.append(done)
            callers.add(threading.current_thread())

        compile_llvm(program).run(inputs, np.arange(1000), threads=threads, progress=note)
        assert sum(seen) == 1000
        assert callers == {threading.main_thread()}


@pytest.mark.parametrize("threads", [1, 2])
def test_an_interrupt_stops_the_work(threads):
    program = epidemic("rk4", steps=400)
    executable = compile_llvm(program, lanes=8)
    seen = []

    def interrupt(done):
        seen.append(done)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        executable.run(
            np.full((3, 40000), 2.0), np.arange(40000), threads=threads, progress=interrupt
        )
    assert sum(seen) < 40000


# A process started in the background of a shell ignores interrupts, and so would its children.
INTERRUPTIBLE = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"

LONG = """
import sys, numpy as np
from compiler.targets.assembling import epidemic
from headwater.compiler.targets.llvm import compile_llvm
executable = compile_llvm(epidemic("rk4", steps=100000, stride=1000), lanes=8)
inputs = np.full((3, 200000), 2.0)
print("begun", flush=True)
executable.run(inputs, np.arange(200000), threads=int(sys.argv[1]))
"""


@pytest.mark.skipif(os.name != "posix", reason="signals are sent as POSIX has them")
@pytest.mark.parametrize("threads", [1, 2])
def test_ctrl_c_ends_the_work_soon(threads):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE + LONG, str(threads)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "begun\n"
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    _, errors = process.communicate(timeout=60)
    assert "KeyboardInterrupt" in errors
    assert time.monotonic() - began < 5.0


def test_arguments_that_do_not_fit_are_refused():
    executable = compile_llvm(epidemic())
    with pytest.raises(UsageError, match="inputs have shape"):
        executable.run(np.zeros((2, 4)), np.arange(4))


def test_programs_that_cannot_be_compiled_are_refused():
    with pytest.raises(CompileError, match="gear"):
        compile_llvm(epidemic("gear"))
    with pytest.raises(CompileError, match="power of two"):
        compile_llvm(epidemic(), lanes=3)
    a = Assembly(Clock(0.0, 1.0, 0))
    by_zero = a.step("idiv", a.step.integer(1), a.step.integer(0))
    a.saved("x", a.step("to_float", by_zero))
    with pytest.raises(CompileError, match="positive literal"):
        compile_llvm(a.program())


def test_every_operation_is_known_to_both_targets():
    """The random programs above can only cover what is drawn; this names what is not."""
    from headwater.compiler.elementary import ELEMENTARY
    from headwater.compiler.targets.llvm.operations import VALUE_OPERATIONS
    from headwater.compiler.targets.reference import VALUES

    elsewhere = {Op.FLOAT, Op.INTEGER, Op.BOOLEAN, Op.TIME, Op.STEP, Op.RUN, Op.SEED, Op.LOAD}
    elsewhere |= {Op.STORE, Op.TABLE, Op.INDEX_TABLE, Op.LOOKUP, Op.LOOP, *ENDS}
    assert set(Op) == set(VALUES) | elsewhere
    assert set(Op) == VALUE_OPERATIONS | ELEMENTARY | elsewhere | {Op.SELECT, Op.ISELECT}
