"""Methods that choose their step: against scipy's integrators at a tight tolerance."""

import numpy as np
import pytest
from scipy.integrate import RK23, RK45, solve_ivp

import headwater
from headwater.api import Model
from headwater.compiler.fingerprint import program_hash
from headwater.compiler.methods import BOSH3, DOPRI5, METHODS, method_named
from headwater.compiler.pipeline import compile_project
from headwater.compiler.program import Role
from headwater.compiler.program_text import program_from_text, program_to_text
from headwater.compiler.targets.graphs import layout
from headwater.compiler.targets.llvm import compile_llvm
from headwater.compiler.targets.reference import Machine
from headwater.errors import CompileError, ModelError, SimulationError
from model_lines import project, run, series

PAIRS = [DOPRI5, BOSH3]

EPIDEMIC = """
stock susceptible = 990; - infection
stock infected = 10; + infection; - recovery
stock recovered = 0; + recovery
flow infection = 0.5 * susceptible * infected / 1000
flow recovery = infected / 5
"""


def epidemic(_, y):
    infection, recovery = 0.5 * y[0] * y[1] / 1000, y[1] / 5
    return [-infection, infection - recovery, recovery]


PREDATORS = """
stock prey = 10; + births; - eaten
stock predators = 5; + 0.5 * eaten; - 0.4 * predators
flow births = 1.1 * prey
flow eaten = 0.4 * prey * predators
"""


def predators(_, y):
    eaten = 0.4 * y[0] * y[1]
    return [1.1 * y[0] - eaten, 0.5 * eaten - 0.4 * y[1]]


OSCILLATOR = """
stock x = 2; + y
stock y = 0; + 20 * (1 - x * x) * y - x
"""


def van_der_pol(_, y):
    return [y[1], 20 * (1 - y[0] ** 2) * y[1] - y[0]]


# The model, its stocks, its equations once more, where they start, and until when.
SMOOTH = {
    "epidemic": (EPIDEMIC, ["susceptible", "infected", "recovered"], epidemic, [990, 10, 0], 40.0),
    "predators": (PREDATORS, ["prey", "predators"], predators, [10, 5], 10.0),
    "van der Pol": (OSCILLATOR, ["x", "y"], van_der_pol, [2, 0], 30.0),
}


def machine_code(program, runs=1, **columns):
    inputs = np.array([[i.default] * runs for i in program.inputs]).reshape(-1, runs)
    for row, given in enumerate(program.inputs):
        if given.name in columns:
            inputs[row] = columns[given.name]
    return compile_llvm(program).run(inputs, np.arange(runs))


# Coefficients


@pytest.mark.parametrize(("ours", "theirs"), [(DOPRI5, RK45), (BOSH3, RK23)])
def test_the_coefficients_are_those_of_scipy(ours, theirs):
    stages = len(theirs.C)
    np.testing.assert_allclose(ours.nodes[:stages], theirs.C, rtol=1e-15)
    np.testing.assert_allclose(ours.weights[:stages], theirs.B, rtol=1e-15)
    for row, wanted in zip(ours.matrix[:stages], theirs.A, strict=True):
        np.testing.assert_allclose(row, wanted[: len(row)], rtol=1e-15)
    scale = np.sign(ours.error[-1] * theirs.E[-1])  # scipy's estimate has the other sign
    np.testing.assert_allclose(np.multiply(scale, ours.error), theirs.E, rtol=1e-14)


@pytest.mark.parametrize("pair", PAIRS)
def test_the_last_stage_is_the_end_of_the_step(pair):
    assert pair.nodes[-1] == 1.0
    np.testing.assert_allclose(pair.matrix[-1], pair.weights[:-1], rtol=1e-15)
    np.testing.assert_allclose([sum(row) for row in pair.matrix], pair.nodes, rtol=1e-14)
    assert sum(pair.error) == pytest.approx(0, abs=1e-16)


@pytest.mark.parametrize("pair", PAIRS)
def test_the_error_falls_with_the_order_of_the_method(pair):
    errors = []
    steps = (1 / 4, 1 / 8, 1 / 16)
    for step in steps:
        # A loose tolerance accepts every step, and each ends at the next saved time.
        model = project("stock S = 1; + COS(TIME) * S", time=(0, 2, step), method=pair.name)
        found = run(model, rtol=0.9, atol=100.0)["S"][-1]
        errors.append(abs(found - np.exp(np.sin(2))))
    orders = np.diff(np.log(errors)) / np.diff(np.log(steps))
    np.testing.assert_allclose(orders, pair.order, atol=0.35)


# Smooth models


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("name", SMOOTH)
def test_the_error_stays_near_the_tolerance(name, pair):
    text, stocks, rates, start, stop = SMOOTH[name]
    times = np.linspace(0, stop, 11)
    exact = solve_ivp(rates, (0, stop), start, "DOP853", times, rtol=1e-12, atol=1e-13).y
    model = project(text, time=(0, stop, stop / 40), save=stop / 10, method=pair.name)
    for tolerance in (1e-4, 1e-7) if pair is BOSH3 else (1e-4, 1e-7, 1e-10):
        program = compile_project(model, outputs=stocks, rtol=tolerance, atol=tolerance)
        found = machine_code(program)[:, :, 0]
        # Errors of steps add up, and grow or shrink as the model itself makes neighbours do.
        bound = 40 * tolerance * (1 + np.abs(exact).max())
        assert np.abs(found - exact).max() < bound, tolerance


@pytest.mark.parametrize("name", SMOOTH)
def test_a_tighter_tolerance_is_closer(name):
    text, stocks, rates, start, stop = SMOOTH[name]
    exact = solve_ivp(rates, (0, stop), start, "DOP853", rtol=1e-12, atol=1e-13).y[:, -1]
    model = project(text, time=(0, stop, stop / 10), method="dopri5")
    errors = [
        np.abs(
            machine_code(compile_project(model, outputs=stocks, rtol=t, atol=t))[:, -1, 0] - exact
        )
        for t in (1e-4, 1e-10)
    ]
    assert errors[1].max() < 1e-4 * errors[0].max()


PUBLISHED = [
    "castillo-chavez-song",
    "committed-minority",
    "galam-javarone",
    "mccluskey-santoprete",
    "rioters-bystanders",
]


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_models_follow_scipy(name):
    """The equations are the program's own; what moves the stocks is scipy's DOP853."""
    model = headwater.load(name)
    program = model.program()
    stocks = [s for s, slot in enumerate(program.slots) if slot.role is Role.STOCK]
    rates = [s for s, slot in enumerate(program.slots) if slot.role is Role.DERIVATIVE]
    machine = Machine(
        program, [layout(g) for g in program.graphs], np.zeros(1, np.int64), np.int64(0)
    )
    for given in program.inputs:
        machine.memory[given.slot][given.offset] = given.default
    machine.execute(program.constants)
    machine.execute(program.initial)
    sizes = np.cumsum([program.slots[s].size for s in stocks])[:-1]

    def slopes(time, y):
        machine.time = np.float64(time)
        for slot, values in zip(stocks, np.split(y, sizes), strict=True):
            machine.memory[slot][:, 0] = values
        machine.execute(program.step)
        return np.concatenate([machine.memory[s][:, 0] for s in rates])

    start = np.concatenate([machine.memory[s][:, 0] for s in stocks])
    clock = program.clock
    span = (clock.start, clock.start + clock.dt * clock.steps)
    exact = solve_ivp(slopes, span, start, "DOP853", rtol=1e-12, atol=1e-12 * np.abs(start).max())
    names = [program.slots[s].name for s in stocks]
    found = model.run(outputs=names, times=[span[1]], method="dopri5", rtol=1e-9, atol=1e-12)
    actual = np.concatenate([found[name].values.ravel() for name in names])
    np.testing.assert_allclose(actual, exact.y[:, -1], rtol=1e-7, atol=1e-9)


# Switches: a step ends at each of them, so that even a loose tolerance is exact

LOOSE = {"rtol": 0.1, "atol": 1000.0}
TIMES = np.arange(11.0)


def integral(text, **more):
    """S at whole times up to 10, whose rate is ``text``; no step is refused."""
    model = project(f"stock S = 0; + {text}", time=(0, 10, 1), method="dopri5", **more)
    return run(model, outputs=["S"], **LOOSE)["S"]


def positive(x):
    return np.maximum(x, 0.0)


RAMP = (positive(TIMES - 2.3) ** 2 - positive(TIMES - 6.9) ** 2) / 2


@pytest.mark.parametrize(
    ("rate", "exact"),
    [
        ("STEP(2, 3.3)", 2 * positive(TIMES - 3.3)),
        ("STEP(2, 3)", 2 * positive(TIMES - 3)),
        ("RAMP(1, 2.3, 6.9)", RAMP),
        ("(IF TIME > 3.3 THEN 2 ELSE 1)", TIMES + positive(TIMES - 3.3)),
        ("(IF TIME <= 4 THEN 2 ELSE 1)", 2 * TIMES - positive(TIMES - 4)),
        ("(IF 2 * TIME - 1 >= 5.6 AND TIME < 7.25 THEN 1 ELSE 0)", np.clip(TIMES - 3.3, 0, 3.95)),
        ("MIN(TIME, 3.3)", TIMES**2 / 2 - positive(TIMES - 3.3) ** 2 / 2),
        ("MAX(7.7 - TIME, 0)", (7.7**2 - positive(7.7 - TIMES) ** 2) / 2),
        ("INT(TIME / 2.5)", sum(positive(TIMES - 2.5 * k) for k in (1, 2, 3, 4))),
        ("ABS(TIME - 4.4)", (4.4**2 - (4.4 - TIMES) * np.abs(4.4 - TIMES)) / 2),
        ("PULSE(6, 2.0, 4)", 6 * np.array([0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2])),
        ("(IF TIME MOD 2.5 < 1 THEN 1 ELSE 0)",
         [sum(min(max(t - 2.5 * k, 0), 1) for k in range(4)) for t in TIMES]),
    ],
)  # fmt: skip
def test_no_step_crosses_a_switch(rate, exact):
    np.testing.assert_allclose(integral(rate), exact, rtol=1e-11, atol=1e-11)


def test_no_step_crosses_a_knot_of_a_function_of_time():
    text = """
    stock S = 0; + shape(TIME)
    graph shape = (1, 0) (2.2, 4) (3.1, 1) (3.1, 2) (8.5, 0)
    """
    found = run(project(text, time=(0, 10, 1), method="dopri5"), outputs=["S"], **LOOSE)["S"]
    areas = [0, 1.2 * 2, 0.9 * 2.5, 5.4]
    assert found[-1] == pytest.approx(sum(areas), rel=1e-12)
    assert found[2] == pytest.approx(1 / 1.2 * 4 / 2, rel=1e-12)


@pytest.mark.parametrize(
    ("how", "area"), [("linear", 3.5), ("hold", 2 * 1.3 + 1 * 1.7), ("look_forward", 1.3 + 4 * 1.7)]
)
def test_no_step_crosses_a_point_of_data(how, area):
    data = [series("d", [(0, 2), (1.3, 1), (3, 4)], how)]
    text = "stock S = 0; + d"
    found = run(project(text, time=(0, 3, 1), method="dopri5", data=data), outputs=["S"], **LOOSE)
    area = 1.3 * 1.5 + 1.7 * 2.5 if how == "linear" else area
    # Held data change a rounding of the clock early or late.
    assert found["S"][-1] == pytest.approx(area, rel=1e-11)


def test_each_run_has_switches_of_its_own():
    text = """
    stock S = 0; + STEP(height, start)
    constant start = 1
    constant height = 2
    """
    model = project(text, time=(0, 10, 1), save=10, method="dopri5")
    program = compile_project(model, outputs=["S"], **LOOSE)
    starts = np.random.default_rng(5).uniform(-2, 12, 100)
    found = machine_code(program, 100, start=starts)[0, -1]
    np.testing.assert_allclose(found, 2 * (10 - np.clip(starts, 0, 10)), rtol=1e-11, atol=1e-11)


def test_a_switch_on_a_stock_is_found_by_the_estimated_error():
    text = "stock S = 0; + (IF S < 3.7 THEN 1 ELSE 0.25)"
    found = run(project(text, time=(0, 10, 1), save=10, method="dopri5"), rtol=1e-9, atol=1e-9)["S"]
    assert found[-1] == pytest.approx(3.7 + 0.25 * 6.3, abs=1e-7)


def test_loops_over_large_arrays_have_switches_too():
    elements = [f"e{k}" for k in range(40)]
    text = """
    stock S[d] = 0; + (IF TIME > d / 4 + 0.1 THEN 1 ELSE 0)
    """
    model = project(text, dimensions={"d": elements}, time=(0, 10, 1), save=10, method="dopri5")
    found = run(model, **LOOSE)["S"]
    exact = positive(10 - np.arange(1, 41) / 4 - 0.1)
    np.testing.assert_allclose(found[-1], exact, rtol=1e-11, atol=1e-11)


# The clock


def test_random_draws_belong_to_the_steps_of_the_clock():
    text = "stock S = 0; + UNIFORM(0, 1)"
    fixed = run(project(text, time=(0, 10, 0.25)), seed=3)["S"]
    free = run(project(text, time=(0, 10, 0.25), method="dopri5"), seed=3, **LOOSE)["S"]
    np.testing.assert_allclose(free, fixed, rtol=1e-13)


def test_steps_are_longer_than_the_clocks_where_they_may():
    text = "stock S = 1; - S / 50"
    model = project(text, time=(0, 100, 0.001), save=100, method="dopri5")
    program = compile_project(model, outputs=["S"], rtol=1e-10, atol=0.0)
    found = machine_code(program)[0, :, 0]
    assert found[-1] == pytest.approx(np.exp(-2), rel=1e-8)


@pytest.mark.parametrize(
    ("equation", "function"),
    [("DELAY(TIME, 2)", "DELAY"), ("PREVIOUS(SELF, 0) + 1", "PREVIOUS")],
)
def test_functions_that_remember_steps_are_refused(equation, function):
    text = f"stock S = 0; + lagging\naux lagging = {equation}\naux other = 2"
    model = project(text, method="dopri5")
    with pytest.raises(ModelError, match=rf"`lagging` remembers .*\({function}\).*dopri5") as error:
        compile_project(model)
    assert "euler, heun or rk4" in str(error.value)
    compile_project(model, outputs=["other"])  # what is not computed is no reason


def test_smooth_delays_are_stocks_and_need_no_memory():
    text = "stock S = 0; + DELAY3(STEP(1, 2), 4)"
    model = project(text, time=(0, 20, 1), save=20, method="dopri5")
    t = 18 / (4 / 3)
    stages = sum(np.exp(-t) * t**k / [1, 1, 2][k] * (3 - k) for k in range(3)) * 4 / 3
    found = run(model, outputs=["S"], rtol=1e-10, atol=1e-12)["S"][-1]
    assert found == pytest.approx(18 - 4 + stages, rel=1e-8)


def test_the_tolerance_and_the_horizon_are_part_of_a_program():
    model = project("stock S = 1; + STEP(1, 3.3)", method="dopri5")
    loose, tight = (compile_project(model, rtol=t) for t in (1e-3, 1e-9))
    assert loose.tolerance.relative == 1e-3
    assert loose.horizon.instructions
    assert program_hash(loose) != program_hash(tight)
    again = program_from_text(program_to_text(loose))
    assert (again.horizon, again.tolerance) == (loose.horizon, loose.tolerance)
    assert program_hash(again) == program_hash(loose)


# What goes wrong


def test_a_run_without_an_end_is_lost_and_says_where():
    model = Model(project("stock S = 1; + S * S", time=(0, 2, 0.1), method="dopri5"))
    with pytest.raises(SimulationError, match=r"`S`[\s\S]*tolerance"):
        model.run()
    found = model.run(check_finite=False)["S"]
    np.testing.assert_allclose(found[:10], 1 / (1 - np.arange(10) / 10), rtol=1e-4)
    assert np.isnan(found[11:]).all()


@pytest.mark.parametrize("settings", [{"rtol": 0.0, "atol": 0.0}, {"rtol": -1.0}, {"atol": np.inf}])
def test_senseless_tolerances_are_refused(settings):
    with pytest.raises(ModelError, match="tolerance"):
        compile_project(project("stock S = 1; - S", method="dopri5"), **settings)


def test_other_tools_names_are_known():
    assert method_named("RK4 Auto") == method_named("rk45") == "dopri5"
    assert method_named("rk2-auto") == "bosh3"
    assert method_named("Euler") == "euler"
    fixed = {"euler", "heun", "midpoint", "rk4", "discrete"}
    assert set(METHODS) == {*fixed, "dopri5", "bosh3"}
    with pytest.raises((ModelError, CompileError), match="dopri6"):
        compile_project(project("stock S = 1"), method="dopri6")
