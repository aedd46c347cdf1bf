"""The reference target against closed forms, scipy and the definitions of the operations."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from compiler.targets.assembling import Assembly, epidemic, oscillator
from headwater.compiler.program import Clock, Op, Role
from headwater.compiler.targets.fma import fused_multiply_add
from headwater.compiler.targets.reference import VALUES, compile_reference
from headwater.errors import CompileError, UsageError

INF, NAN = math.inf, math.nan


def run(program, inputs=None, runs=1, **options):
    given_inputs = np.zeros((len(program.inputs), runs)) if inputs is None else np.array(inputs)
    return compile_reference(program).run(given_inputs, np.arange(runs), **options)


def test_an_epidemic_follows_its_differential_equation():
    inputs = np.array([[6.0, 8.0], [0.05, 0.04], [8.0, 5.0]])
    result = run(epidemic("rk4", steps=640, dt=0.125), inputs, runs=2)
    for r in range(2):
        contacts, infectivity, duration = inputs[:, r]

        def rate(t, y, beta=contacts * infectivity, duration=duration):
            new, over = beta * y[1] * y[0] / 1000.0, y[1] / duration
            return [-new, new - over, over]

        times = np.arange(641) * 0.125
        exact = solve_ivp(rate, (0, 80), [999.0, 1.0, 0.0], t_eval=times, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(result[:, :, r], exact.y, rtol=0, atol=2e-4)


@pytest.mark.parametrize(("method", "order"), [("euler", 1), ("heun", 2), ("rk4", 4)])
def test_methods_converge_at_their_order(method, order):
    errors = []
    for steps in (64, 128):
        x = run(oscillator(method, steps, 2.0 / steps))[0, -1, 0]
        errors.append(abs(x - math.cos(2.0)))
    assert math.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.15)


def test_the_last_step_is_always_saved():
    program = epidemic("euler", steps=10, stride=4)
    assert program.clock.saved_steps().tolist() == [0, 4, 8, 10]
    assert run(program).shape == (3, 4, 1)
    full = run(epidemic("euler", steps=10))
    np.testing.assert_array_equal(run(program), full[:, [0, 4, 8, 10]])


def test_state_changes_only_when_the_step_is_over():
    a = Assembly(Clock(0.0, 1.0, 3), "rk4")
    state, following = a.slot("memory", Role.STATE), a.slot("next", Role.NEXT)
    level, rate = a.slot("level", Role.STOCK), a.slot("rate", Role.DERIVATIVE)
    a.initial.store(state, a.initial.number(5.0))
    a.initial.store(level, a.initial.number(0.0))
    a.step.store(rate, a.step.load(state))
    a.update.store(following, a.update("add", a.update.load(state), a.update("time")))
    a.commit.store(state, a.commit.load(following))
    a.output(state)
    a.output(level)
    assert run(a.program())[:, :, 0].tolist() == [[5, 5, 6, 8], [0, 5, 10, 16]]


def test_time_and_step_of_a_stage():
    a = Assembly(Clock(10.0, 0.5, 2), "heun")
    level, rate = a.slot("level", Role.STOCK), a.slot("rate", Role.DERIVATIVE)
    a.initial.store(level, a.initial.number(0.0))
    a.step.store(rate, a.step("time"))
    a.saved("step", a.step("to_float", a.step("step")))
    a.saved("now", a.step("time"))
    a.output(level)
    steps, now, moved = run(a.program())[:, :, 0].tolist()
    assert (steps, now) == ([0, 1, 2], [10, 10.5, 11])
    assert moved == [0, 5.125, 10.5]  # the trapezoids of t from 10 to 11


def test_run_and_seed_are_what_the_caller_gives():
    a = Assembly(Clock(0.0, 1.0, 0))
    a.saved("run", a.step("to_float", a.step("run")))
    a.saved("seed", a.step("to_float", a.step("seed")))
    result = compile_reference(a.program()).run(np.zeros((0, 3)), np.array([7, 2, 9]), 11)
    assert result[:, 0].tolist() == [[7, 2, 9], [11, 11, 11]]


def test_loops_nest_and_reach_elements():
    a = Assembly(Clock(0.0, 1.0, 0))
    sums = a.slot("sums", Role.STEP, 3)
    table = a.table(np.arange(12.0))
    with a.step.loop(3) as i:
        a.step.store(sums, a.step.number(0.0), i)
        with a.step.loop(4) as j:
            place = a.step("iadd", a.step("imul", i, a.step.integer(4)), j)
            cell = a.step("table", place, attribute=table)
            a.step.store(sums, a.step("add", a.step.load(sums, i), cell), i)
    a.output(sums)
    assert run(a.program())[:, 0, 0].tolist() == [6, 22, 38]


def test_an_index_may_differ_between_runs_and_stays_inside():
    a = Assembly(Clock(0.0, 1.0, 0))
    which = a.input("which")
    cells = a.slot("cells", Role.STEP, 3)
    table = a.table([10.0, 20.0, 30.0])
    index = a.step("to_integer", a.step.load(which))
    value = a.step("table", index, attribute=table)
    a.step.store(cells, a.step("add", value, a.step.load(cells, index)), index)
    a.output(cells)
    result = run(a.program(), [[0.0, 1.0, 2.0, 9.0, -9.0, NAN]], runs=6)
    assert result[:, 0].T.tolist() == [
        [10, 0, 0],
        [0, 20, 0],
        [0, 0, 30],
        [0, 0, 30],
        [10, 0, 0],
        [10, 0, 0],
    ]


def look_up(kind, x, y, points):
    a = Assembly(Clock(0.0, 1.0, 0))
    at = a.input("at")
    graph = a.graph(kind, (x, y))
    a.saved("value", a.step("lookup", a.step.integer(0), a.step.load(at), attribute=graph))
    return run(a.program(), [points], runs=len(points))[0, 0]


def test_a_continuous_graph_is_numpys_interpolation():
    x, y = [0.0, 1.0, 2.5, 7.0], [1.0, -2.0, 4.0, 3.0]
    points = np.concatenate([np.linspace(-2, 9, 200), x, [INF, -INF]])
    expected = np.interp(points, x, y)
    np.testing.assert_allclose(look_up("continuous", x, y, points), expected, rtol=1e-14)


def test_an_extrapolated_graph_prolongs_its_ends():
    values = look_up("extrapolated", [0.0, 1.0, 2.0], [0.0, 1.0, 4.0], [-2.0, 0.5, 4.0, -INF, INF])
    assert values.tolist() == [-2, 0.5, 10, -INF, INF]
    values = look_up("extrapolated", [0.0, 1.0, 2.0], [1.0, 1.0, 4.0], [-2.0, -INF])
    assert values.tolist() == [1, 1]


def test_a_discrete_graph_holds_until_the_next_point():
    points = [-1.0, 0.0, 0.9, 1.0, 1.9, 2.0, 5.0, NAN, INF, -INF]
    values = look_up("discrete", [0.0, 1.0, 2.0], [5.0, 6.0, 7.0], points)
    np.testing.assert_array_equal(values, [5, 5, 5, 6, 6, 7, 7, NAN, 7, 5])


def test_a_vertical_step_takes_the_later_value():
    x, y = [0.0, 1.0, 1.0, 2.0], [0.0, 0.0, 10.0, 12.0]
    below = np.nextafter(1.0, 0.0)
    assert look_up("continuous", x, y, [0.5, below, 1.0, 1.5]).tolist() == [0, 0, 10, 11]


@pytest.mark.parametrize("kind", ["continuous", "extrapolated", "discrete"])
def test_nan_goes_through_a_graph(kind):
    assert np.isnan(look_up(kind, [0.0, 1.0], [1.0, 2.0], [NAN])).all()
    assert look_up(kind, [3.0], [4.0], [0.0, 3.0, 5.0]).tolist() == [4, 4, 4]


def test_rows_of_a_graph_may_differ_in_length():
    a = Assembly(Clock(0.0, 1.0, 0))
    row, at = a.input("row"), a.input("at")
    graph = a.graph("continuous", ([0.0, 1.0], [0.0, 1.0]), ([0.0, 1.0, 2.0], [0.0, 10.0, 30.0]))
    index = a.step("to_integer", a.step.load(row))
    a.saved("value", a.step("lookup", index, a.step.load(at), attribute=graph))
    values = run(a.program(), [[0.0, 0.0, 1.0, 1.0], [0.5, 5.0, 0.5, 1.5]], runs=4)
    assert values[0, 0].tolist() == [0.5, 1, 5, 20]


def operate(name, *arguments):
    with np.errstate(all="ignore"):
        return np.asarray(VALUES[Op[name]](*(np.array(a) for a in arguments)))


def same(actual, expected):
    np.testing.assert_array_equal(actual, expected)
    np.testing.assert_array_equal(np.signbit(actual), np.signbit(expected))


def test_minimum_and_maximum_ignore_nan_and_order_zeros():
    a, b = [1.0, NAN, 3.0, 0.0, -0.0, -INF], [2.0, 2.0, NAN, -0.0, 0.0, 1.0]
    same(operate("MIN", a, b), np.array([1.0, 2.0, 3.0, -0.0, -0.0, -INF]))
    same(operate("MAX", a, b), np.array([2.0, 2.0, 3.0, 0.0, 0.0, 1.0]))
    assert np.isnan(operate("MIN", NAN, NAN))


def test_rounding_operations():
    x = np.array([-2.5, -0.5, 0.5, 1.5, 2.5])
    same(operate("RINT", x), np.array([-2.0, -0.0, 0.0, 2.0, 2.0]))
    same(operate("TRUNC", x), np.array([-2.0, -0.0, 0.0, 1.0, 2.0]))
    same(operate("FLOOR", x), np.array([-3.0, -1.0, 0.0, 1.0, 2.0]))
    same(operate("CEIL", x), np.array([-2.0, -0.0, 1.0, 2.0, 3.0]))


def test_conversion_to_integer_saturates():
    x = [1.9, -1.9, 1e300, -1e300, NAN, 2.0**63, -(2.0**63), INF]
    expected = [1, -1, 2**63 - 1, -(2**63), 0, 2**63 - 1, -(2**63), 2**63 - 1]
    assert operate("TO_INTEGER", x).tolist() == expected


def test_integers_wrap_and_divide_toward_minus_infinity():
    top = 2**63 - 1
    assert operate("IADD", top, 1) == -(2**63)
    assert operate("IMUL", top, 2) == -2
    assert operate("IDIV", [-7, 7], [2, 2]).tolist() == [-4, 3]
    assert operate("IMOD", [-7, 7], [3, 3]).tolist() == [2, 1]
    assert operate("SHL", 1, 63) == -(2**63)
    assert operate("SHR", -1, 60) == 15
    assert operate("SAR", -16, 2) == -4
    assert operate("SHL", 3, 65) == 6  # the low six bits of a count matter


def test_bits_are_those_of_the_number():
    assert operate("BITS", -0.0) == -(2**63)
    assert operate("FROM_BITS", 0x3FF8000000000000) == 1.5


moderate = st.floats(allow_nan=False, allow_infinity=False)


@given(moderate, moderate, moderate)
def test_fused_multiply_add_rounds_once(a, b, c):
    exact = Fraction(a) * Fraction(b) + Fraction(c)
    actual = float(fused_multiply_add(np.array(a), np.array(b), np.array(c)))
    if exact == 0:
        assert actual == 0
    elif abs(exact) >= Fraction(2) ** 1024 - Fraction(2) ** 970:
        assert actual == (INF if exact > 0 else -INF)
    else:
        assert actual == exact.numerator / exact.denominator


def test_fused_multiply_add_of_cancelling_products():
    rng = np.random.default_rng(1)
    a, b = rng.standard_normal((2, 5000)) * 2.0 ** rng.integers(-40, 40, (2, 5000))
    nearly = np.nextafter(a * b, rng.choice([-INF, INF], 5000))
    c = -np.where(rng.random(5000) < 0.5, a * b, nearly) * rng.choice([1, 1, 2.0**-53, 3], 5000)
    exact = [Fraction(x) * Fraction(y) + Fraction(z) for x, y, z in zip(a, b, c, strict=True)]
    expected = [e.numerator / e.denominator for e in exact]
    np.testing.assert_array_equal(fused_multiply_add(a, b, c), expected)


def test_batches_and_progress_do_not_change_the_result(monkeypatch):
    program = epidemic("euler", steps=5)
    inputs = np.random.default_rng(2).uniform(0.1, 5, (3, 10))
    whole = run(program, inputs, runs=10)
    seen = []
    monkeypatch.setattr("headwater.compiler.targets.reference.RUNS_AT_ONCE", 4)
    np.testing.assert_array_equal(run(program, inputs, runs=10, progress=seen.append), whole)
    assert seen == [4, 4, 2]


def test_arguments_that_do_not_fit_are_refused():
    executable = compile_reference(epidemic())
    with pytest.raises(UsageError, match="inputs have shape"):
        executable.run(np.zeros((2, 4)), np.arange(4))
    with pytest.raises(UsageError, match="vector of integers"):
        executable.run(np.zeros((3, 4)), np.zeros(4))
    with pytest.raises(UsageError, match="seed"):
        executable.run(np.zeros((3, 4)), np.arange(4), 2**64)
    with pytest.raises(UsageError, match="threads"):
        executable.run(np.zeros((3, 4)), np.arange(4), threads=0)
    with pytest.raises(CompileError, match="gear"):
        compile_reference(epidemic("gear"))
