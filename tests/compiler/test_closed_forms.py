"""Runs against solutions that were found elsewhere: closed forms, and scipy's integrators."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from model_lines import project, run, series

DECAY = """
stock S = 100; - out
flow out = S / tau
constant tau = 5
"""


def test_euler_decay_is_a_geometric_series():
    found = run(project(DECAY, time=(0, 10, 0.25)))
    n = np.arange(41)
    np.testing.assert_allclose(found["S"], 100 * (1 - 0.25 / 5) ** n, rtol=1e-13)
    np.testing.assert_allclose(found["out"], 20 * (1 - 0.25 / 5) ** n, rtol=1e-13)


def test_heun_and_rk4_decay_multiply_by_the_taylor_polynomial():
    n = np.arange(21)
    z = -0.5 / 5
    heun = run(project(DECAY, time=(0, 10, 0.5), method="heun"))["S"]
    np.testing.assert_allclose(heun, 100 * (1 + z + z**2 / 2) ** n, rtol=1e-13)
    rk4 = run(project(DECAY, time=(0, 10, 0.5), method="rk4"))["S"]
    factor = 1 + z + z**2 / 2 + z**3 / 6 + z**4 / 24
    np.testing.assert_allclose(rk4, 100 * factor**n, rtol=1e-13)


def test_the_midpoint_method_takes_the_rates_half_a_step_on():
    """S' = S^2 + t: S + dt ((S + dt/2 (S^2 + t))^2 + t + dt/2), gone through by hand."""
    found = run(project("stock S = 0.5; + S^2 + TIME", time=(0, 1, 0.25), method="midpoint"))["S"]
    expected = [0.5]
    for k in range(4):
        time = k * 0.25
        half = expected[-1] + 0.125 * (expected[-1] ** 2 + time)
        expected.append(expected[-1] + 0.25 * (half**2 + time + 0.125))
    np.testing.assert_allclose(found, expected, rtol=1e-13)


def test_rk4_follows_scipy_on_a_predator_and_its_prey():
    found = run(
        project(
            """
            stock prey = 10; + births; - eaten
            stock predators = 5; + 0.5 * eaten; - 0.4 * predators
            flow births = 1.1 * prey
            flow eaten = 0.4 * prey * predators / (1 + 0.1 * prey)
            """,
            time=(0, 10, 0.01),
            save=1.0,
            method="rk4",
        )
    )

    def rates(_, y):
        eaten = 0.4 * y[0] * y[1] / (1 + 0.1 * y[0])
        return [1.1 * y[0] - eaten, 0.5 * eaten - 0.4 * y[1]]

    exact = solve_ivp(rates, (0, 10), [10, 5], rtol=1e-12, atol=1e-12, t_eval=range(11)).y
    np.testing.assert_allclose(found["prey"], exact[0], rtol=2e-7)
    np.testing.assert_allclose(found["predators"], exact[1], rtol=2e-7)


def test_rk4_sees_the_time_of_its_stages():
    # dS/dt = t^3 is integrated without error by a method of order 4.
    found = run(project("stock S = 0; + TIME^3", time=(0, 4, 0.5), method="rk4"))
    np.testing.assert_allclose(found["S"], (0.5 * np.arange(9)) ** 4 / 4, rtol=1e-14)


def test_a_stock_starts_from_variables_that_rest_on_other_stocks():
    found = run(
        project(
            """
            stock second = first_seen * 2; + 0
            stock first = start; + 0
            aux first_seen = first + 1
            constant start = 6
            """
        )
    )
    assert found["second"][0] == 14


def test_logistic_growth_reaches_its_closed_form():
    found = run(
        project(
            "stock P = 1; + r * P * (1 - P / K)\nconstant r = 0.5\nconstant K = 100",
            time=(0, 20, 1 / 64),
            method="rk4",
            save=1.0,
        )
    )
    t = np.arange(21)
    np.testing.assert_allclose(found["P"], 100 / (1 + 99 * np.exp(-0.5 * t)), rtol=1e-8)


def test_inputs_vary_by_run_and_constants_can_be_folded():
    from headwater.compiler.pipeline import compile_project
    from headwater.compiler.targets.reference import compile_reference

    program = compile_project(project(DECAY, time=(0, 2, 1)), outputs=["s"])
    assert [i.name for i in program.inputs] == ["tau"]
    result = compile_reference(program).run(np.array([[2.0, 4.0]]), np.arange(2))
    np.testing.assert_array_equal(result[0], [[100, 100], [50, 75], [25, 56.25]])
    folded = compile_project(project(DECAY), outputs=["S"], inputs=[])
    assert folded.inputs == ()
    assert folded.constants.instructions == ()


GRAPHS = """
graph line = (0, 1) (10, 3) (20, 3)
graph out_of_range = (0, 0) (10, 10) extrapolated
graph stairs = (0, 5) (5, 7) (10, 9) discrete
aux a = line(x)
aux b = out_of_range(x)
aux c = stairs(x)
aux x = TIME
"""


def test_graphical_functions_of_the_three_kinds():
    found = run(project(GRAPHS, time=(-5, 15, 2.5)))
    x = np.arange(-5, 15.1, 2.5)
    np.testing.assert_allclose(found["a"], np.interp(x, [0, 10, 20], [1, 3, 3]), rtol=1e-15)
    np.testing.assert_allclose(found["b"], x, rtol=1e-15)
    np.testing.assert_array_equal(found["c"], [5, 5, 5, 5, 7, 7, 9, 9, 9])


def test_data_are_interpolated_and_held_beyond_their_ends():
    points = [(1.0, 10.0), (3.0, 30.0), (4.0, 0.0)]
    linear = run(project("aux y = d", data=[series("d", points)], time=(0, 6, 1)))["y"]
    np.testing.assert_array_equal(linear, [10, 10, 20, 30, 0, 0, 0])
    held = run(project("aux y = d", data=[series("d", points, "hold")], time=(0, 6, 1)))["y"]
    np.testing.assert_array_equal(held, [10, 10, 10, 30, 0, 0, 0])
    ahead = series("d", points, "look_forward")
    forward = run(project("aux y = d", data=[ahead], time=(0, 6, 1)))["y"]
    np.testing.assert_array_equal(forward, [10, 10, 30, 30, 0, 0, 0])


def test_held_data_change_at_their_own_time_whatever_the_step():
    points = [(0.0, 0.0), (0.3, 1.0), (0.7, 2.0)]
    model = project("aux y = d", data=[series("d", points, "hold")], time=(0, 1, 0.1))
    np.testing.assert_array_equal(run(model)["y"], [0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("7 MOD 3", 1),
        ("-7 MOD 3", 2),
        ("7 MOD -3", -2),
        ("-7 MOD -3", -1),
        ("5.5 MOD 2", 1.5),
        ("6 MOD 3", 0),
        ("4 // 0", 0),
        ("4 // 2", 2),
        ("2 ^ 3 ^ 2", 512),
        ("2 ^ -2", 0.25),
        ("9 ^ 0.5", 3),
        ("-2 ^ 2", -4),
        ("INT(-1.5)", -2),
        ("ROUND(2.5)", 3),
        ("TRUNC(-1.5)", -1),
        ("MAX(1, 5, 3)", 5),
        ("MIN(4)", 4),
        ("IF 2 > 1 AND NOT (1 > 2) THEN 3 ELSE 4", 3),
        ("(2 > 1) + (1 > 2) + (1 = 1)", 2),
        ("IF 0.5 THEN 1 ELSE 2", 1),
        ("SAFEDIV(1, 0, 7)", 7),
        ("3 <> 4", 1),
        ("QUANTUM(-1.9, 0.5)", -1.5),
    ],
)
def test_operators_and_functions_on_numbers(text, wanted):
    folded = run(project(f"aux y = {text}"))["y"][0]
    assert folded == pytest.approx(wanted, rel=1e-15, abs=0)
    assert folded == wanted


@pytest.mark.parametrize(
    ("text", "function"),
    [
        ("LN(x)", np.log),
        ("EXP(x)", np.exp),
        ("SIN(x)", np.sin),
        ("ARCTAN(x)", np.arctan),
        ("LOG10(x)", np.log10),
        ("LOG(x, 2)", np.log2),
        ("TANH(x)", np.tanh),
        ("x ^ 1.7", lambda x: x**1.7),
        ("x ^ 4", lambda x: x**4),
        ("SQRT(x)", np.sqrt),
        ("x MOD 0.7", lambda x: np.mod(x, 0.7)),
    ],
)
def test_functions_of_a_changing_value(text, function):
    found = run(project(f"aux x = 0.1 + TIME\naux y = {text}"))
    np.testing.assert_allclose(found["y"], function(found["x"]), rtol=1e-14)


def test_the_remainder_is_exact_where_the_rounded_quotient_is_not():
    # 1 / 0.1 rounds to 10, but ten times the double nearest to 0.1 is more than 1.
    found = run(project("aux a = TIME\naux y = a MOD 0.1", time=(1, 1, 1)))
    assert found["y"][0] == np.mod(1.0, 0.1)


@pytest.mark.parametrize("exponent", [-22, -5, -1, 0, 1, 3, 15, 22])
def test_log10_of_powers_of_ten_is_whole(exponent):
    found = run(project(f"aux x = 1e{exponent} + 0 * TIME\naux y = LOG10(x)"))
    assert found["y"][0] == exponent
