"""Delays, smooths, trends and memory against their analytic solutions."""

import numpy as np
import pytest
from scipy.stats import gamma

from headwater.errors import HeadwaterError, ModelError
from model_lines import project, run

T = (0, 12, 1 / 64)


def saved(text, **options):
    return run(project(text, time=T, save=1.0, method="rk4", **options))


@pytest.mark.parametrize(("name", "order"), [("DELAY1", 1), ("DELAY3", 3), ("DELAYN", 6)])
def test_a_material_delay_answers_a_step_as_an_erlang_distribution(name, order):
    extra = f", {order}" if name == "DELAYN" else ""
    found = saved(f"aux y = {name}(1, 4{extra}, 0)")["y"]
    np.testing.assert_allclose(found, gamma.cdf(np.arange(13), order, scale=4 / order), atol=1e-7)


@pytest.mark.parametrize(("name", "order"), [("SMTH1", 1), ("SMTH3", 3), ("SMTHN", 2)])
def test_a_smooth_of_a_constant_moves_as_the_delay_does(name, order):
    extra = f", {order}" if name == "SMTHN" else ""
    found = saved(f"aux y = {name}(10, 4{extra}, 2)")["y"]
    answer = gamma.cdf(np.arange(13), order, scale=4 / order)
    np.testing.assert_allclose(found, 2 + 8 * answer, atol=1e-6)


def test_without_an_initial_value_a_delay_starts_in_equilibrium():
    found = saved("aux a = DELAY3(7, 4)\naux b = SMTH3(7, 4)\naux c = DELAY1(3 + 4, 1 + 3)")
    for name in "abc":
        np.testing.assert_allclose(found[name], 7.0, rtol=1e-12)


def test_a_material_delay_conserves_when_its_time_changes():
    found = run(
        project(
            """
            stock inside = 20; + 5; - out
            aux out = DELAY1(5, time_now)
            aux time_now = 4 + STEP(4, 3)
            """,
            time=(0, 10, 0.125),
        )
    )
    # The content leaves at content / time: the accounting stock must follow it exactly.
    np.testing.assert_allclose(found["inside"], found["out"] * found["time_now"], rtol=1e-12)


def test_the_trend_of_exponential_growth_settles_at_its_rate():
    # average' = (x - average) / T with x = e^(gt) settles at average = x / (1 + gT).
    found = run(project("aux x = EXP(0.05 * TIME)\naux y = TREND(x, 2)", time=(0, 40, 1 / 32)))
    assert found["y"][0] == 0.0
    assert found["y"][-1] == pytest.approx(0.05, rel=2e-3)


def test_the_initial_trend_is_what_is_asked_for():
    found = run(project("aux y = TREND(10, 4, 0.03)\naux z = FORCST(10, 4, 5, 0.03)"))
    assert found["y"][0] == pytest.approx(0.03, rel=1e-12)
    assert found["z"][0] == pytest.approx(10 * (1 + 0.03 * 5), rel=1e-12)


@pytest.mark.parametrize("dt", [1.0, 0.5, 0.1, 0.3])
def test_a_fixed_delay_gives_back_its_input(dt):
    found = run(project("aux y = DELAY(TIME, 3, -1)", time=(0, 9, dt)))["y"]
    steps = round(3 / dt)
    times = np.arange(len(found)) * dt
    wanted = np.where(np.arange(len(found)) < steps, -1, times - steps * dt)
    np.testing.assert_allclose(found, wanted, atol=1e-12)


@pytest.mark.parametrize("function", ["DELAY", "DELAY_FIXED"])
@pytest.mark.parametrize(
    ("lag", "steps"), [(0.5, 1), (1.3, 7), (1.7, 9), (1.29, 6), (0.01, 1), (0.5 - 1e-9, 3)]
)
def test_a_fixed_delay_of_half_a_step_more_takes_a_step_more(function, lag, steps):
    dt = 1.0 if lag == 0.5 else 0.2
    found = run(project(f"aux y = {function}(TIME, {lag}, -1)", time=(0, 3, dt)))["y"]
    assert np.count_nonzero(found == -1) == steps
    free = f"aux y = {function}(TIME, lag, -1)\nconstant lag = {lag}"
    np.testing.assert_array_equal(run(project(free, time=(0, 3, dt)))["y"], found)


def test_a_fixed_delay_whose_length_differs_by_run():
    from headwater.compiler.pipeline import compile_project
    from headwater.compiler.targets.reference import compile_reference

    model = project("aux y = DELAY(TIME, lag)\nconstant lag = 2", time=(1, 9, 1))
    program = compile_project(model, outputs=["y"])
    found = compile_reference(program).run(np.array([[2.0, 3.0, 40.0]]), np.arange(3))[0].T
    np.testing.assert_array_equal(found[0], [1, 1, 1, 2, 3, 4, 5, 6, 7])
    np.testing.assert_array_equal(found[1], [1, 1, 1, 1, 2, 3, 4, 5, 6])
    np.testing.assert_array_equal(found[2], [1] * 9)


def test_fixed_delays_do_not_depend_on_the_stages_of_the_method():
    text = "stock S = 0; + DELAY(TIME, 2)"
    euler = run(project("aux y = DELAY(TIME, 2)", time=(0, 8, 1)))["y"]
    rk4 = run(project(text, time=(0, 8, 1), method="rk4"))["S"]
    np.testing.assert_allclose(np.diff(rk4), euler[:-1], rtol=1e-14)


def test_previous_is_the_value_one_step_ago():
    found = run(project("aux y = PREVIOUS(x, -5)\naux x = TIME^2", method="rk4"))["y"]
    np.testing.assert_array_equal(found, [-5, *(np.arange(10.0) ** 2)])


def test_self_gives_a_running_sum():
    found = run(project("aux y = PREVIOUS(SELF, 0) + TIME"))["y"]
    np.testing.assert_array_equal(found, np.cumsum(np.arange(11)))


def test_init_keeps_the_first_value():
    found = run(project("stock S = 3; + S\naux y = INIT(S * 2) + S"))
    np.testing.assert_array_equal(found["y"], 6 + 3 * 2.0 ** np.arange(11))


def test_dynamic_functions_nest_and_stand_in_arrayed_equations():
    found = run(
        project(
            """
            aux y[d] = SMTH1(DELAY1(d * 10, 2), 3)
            aux total = SUM(SMTH1(x[*], 4))
            aux x[d] = d + STEP(1, 2)
            aux smooth_of_sum = SMTH1(SUM(x), 4)
            """,
            dimensions={"d": ("a", "b", "c")},
        )
    )
    np.testing.assert_allclose(found["y"], [[10, 20, 30]] * 11, rtol=1e-14)
    # The smooth is linear, so that the sum of smooths is the smooth of the sum.
    np.testing.assert_allclose(found["total"], found["smooth_of_sum"], rtol=1e-13)


def test_a_scalar_delay_in_an_arrayed_equation_is_made_once():
    from headwater.compiler.pipeline import compile_project
    from headwater.compiler.program import Role

    model = project("aux y[d] = d * SMTH1(TIME, 4)", dimensions={"d": tuple("abcdefgh")})
    stocks = [s for s in compile_project(model).slots if s.role is Role.STOCK]
    assert [s.size for s in stocks] == [1]


def test_the_order_of_a_delay_must_be_a_number():
    with pytest.raises(ModelError, match="order of SMTHN"):
        run(project("aux y = SMTHN(1, 2, n)\naux n = TIME"))


def test_a_constant_that_is_the_order_of_a_delay_does_not_vary_by_run():
    from headwater.compiler.pipeline import compile_project

    text = "aux y = DELAYN(10 + STEP(1, 2), k, n)\nconstant n = 3\nconstant k = 4"
    program = compile_project(project(text, time=T, save=1.0, method="rk4"))
    assert [i.name for i in program.inputs] == ["k"]
    wanted = 10 + gamma.cdf(np.arange(13) - 2, 3, scale=4 / 3)
    np.testing.assert_allclose(run(program)["y"], wanted, atol=1e-3)
    with pytest.raises(HeadwaterError, match="vary"):
        compile_project(project(text), inputs=["n"])


def test_a_long_chain_of_conditions_does_not_recurse() -> None:
    tests = " OR ".join(f"c = {number}" for number in range(2000))
    text = f"constant c = 1999\naux k = TIME\naux x = IF {tests} THEN k ELSE 7"
    found = run(project(text, time=(0, 2, 1)))
    assert found["x"].tolist() == [0, 1, 2]
