"""Equations that depend on each other at one time: closed forms, scipy, and all targets."""

import math

import numpy as np
import pytest
from scipy import optimize

from compiler.systems import KEPLER, MARKET, SPHERES, compiled, ran
from headwater.compiler.pipeline import compile_project, compile_stages
from headwater.compiler.resolved_text import schedule_text
from headwater.compiler.targets.llvm import compile_llvm
from headwater.compiler.targets.reference import compile_reference
from headwater.errors import ModelError
from model_lines import project, run


def refusal(text, **settings):
    with pytest.raises(ModelError) as caught:
        compile_project(project(text, **settings))
    return caught.value.diagnostics[0]


# Fixed points


@pytest.mark.parametrize("target", [compile_reference, compile_llvm])
def test_keplers_equation(target):
    program = compiled(KEPLER, ["anomaly", "seen"], ["mean", "eccentricity"])
    means, shares = np.meshgrid(np.linspace(0.1, 3, 7), [0.0, 0.2, 0.6, 0.9])
    found = ran(program, [means.ravel(), shares.ravel()], target)[:, 0]
    exact = [
        optimize.brentq(lambda a, m=m, e=e: a - e * math.sin(a) - m, 0, 4, xtol=1e-15)
        for m, e in zip(means.ravel(), shares.ravel(), strict=True)
    ]
    np.testing.assert_allclose(found[0], exact, rtol=1e-14)
    assert found[0].tobytes() == found[1].tobytes()


def test_a_fixed_point_in_closed_form_in_every_step():
    """x = (x + a / x) / 2 is the square root: Heron's method."""
    text = "aux x = SIMULTANEOUS(half * (y + TIME / y), 1)\naux y = x\naux half = 0.5"
    found = run(project(text, time=(1, 9, 1)))
    np.testing.assert_allclose(found["x"], np.sqrt(np.arange(1.0, 10)), rtol=1e-15)


def test_a_loop_through_several_variables():
    """Calls depend on their quality, that on the load, and that on the calls."""
    text = """
constant customers = 1000
constant usual = 0.1
aux calls = customers * usual * 0.9 ^ (load * quality)
aux quality = 1 / (1 + load)
aux load = SIMULTANEOUS(calls / 80, 0.8)
"""
    found = run(project(text))

    def gap(load):
        return 1000 * 0.1 * 0.9 ** (load / (1 + load)) / 80 - load

    exact = optimize.brentq(gap, 0.1, 5, xtol=1e-15)
    np.testing.assert_allclose(found["load"], exact, rtol=1e-13)
    np.testing.assert_allclose(found["calls"], exact * 80, rtol=1e-13)


def test_without_a_loop_it_is_the_value():
    found = run(project("aux x = SIMULTANEOUS(2 * TIME, 5)", time=(0, 3, 1)))
    np.testing.assert_array_equal(found["x"], [0, 2, 4, 6])


def test_part_of_a_larger_equation():
    found = run(project("aux x = 1 + SIMULTANEOUS(0.5 * x, 1)"))
    np.testing.assert_allclose(found["x"], 2.0, rtol=1e-15)


def test_two_unknowns_in_one_circle():
    text = "aux x = SIMULTANEOUS(0.5 * y + 1, 0)\naux y = SIMULTANEOUS(0.25 * x + 0.5 * y + 2, 0)"
    exact = np.linalg.solve([[1, -0.5], [-0.25, 0.5]], [1, 2])
    found = run(project(text))
    np.testing.assert_allclose([found["x"][0], found["y"][0]], exact, rtol=1e-14)


def test_initial_values_are_solved_for_too():
    """A stock that starts in balance: S = 10 / (1 + S)."""
    text = "stock S = balance; + 0 * S\naux balance = SIMULTANEOUS(10 / (1 + INIT(S)), 2)"
    found = run(project(text))
    np.testing.assert_allclose(found["S"], (math.sqrt(41) - 1) / 2, rtol=1e-14)


def test_a_delay_starts_from_what_is_solved():
    """y is x of three steps ago, and before that what x is at the start: 2."""
    text = "aux x = SIMULTANEOUS(0.5 * y + 1 + TIME, 1)\naux y = DELAY(x, lag)\nconstant lag = 3"
    found = run(project(text, time=(0, 5, 1)))
    np.testing.assert_allclose(found["x"], [2, 3, 4, 5, 6.5, 8], rtol=1e-14)


def test_arrays_are_solved_element_by_element():
    text = "aux x[d] = SIMULTANEOUS(COS(y[d] * d / 3), 1)\naux y[d] = x[d]"
    found = run(project(text, dimensions={"d": list("abc")}))
    for k in (1, 2, 3):
        exact = optimize.brentq(lambda v, k=k: math.cos(v * k / 3) - v, 0, 1.1, xtol=1e-15)
        np.testing.assert_allclose(found["x"][:, k - 1], exact, rtol=1e-14)


def test_a_search_that_does_not_settle_has_no_value():
    text = "constant slope = 0.5\naux x = SIMULTANEOUS(1 + slope * y, 1)\naux y = x"
    program = compiled(text, ["x"], ["slope"])
    found = ran(program, [[0.5, -1.0, 3.0, -0.5]])[0, 0]
    np.testing.assert_allclose(found[[0, 3]], [2, 2 / 3], rtol=1e-14)
    assert np.isnan(found[[1, 2]]).all()


# Zeros


@pytest.mark.parametrize("target", [compile_reference, compile_llvm])
def test_the_price_at_which_a_market_clears(target):
    program = compiled(MARKET, ["price", "demand", "supply"], ["shift"])
    shifts = np.linspace(0.1, 20, 9)
    price, demand, supply = ran(program, [shifts], target)[:, 0]
    np.testing.assert_allclose(price, (2.5 * shifts) ** (1 / 1.3), rtol=1e-13)
    np.testing.assert_allclose(demand, supply, rtol=1e-12)


def test_quadratic_equations_find_the_root_on_the_guess_side():
    text = "constant guess = 5\naux x = FIND_ZERO(left, guess)\naux left = x * x - 3 * x - 10"
    program = compiled(text, ["x"], ["guess"])
    found = ran(program, [[9.0, 4.0, -0.5, -30.0]])[0, 0]
    np.testing.assert_allclose(found, [5, 5, -2, -2], rtol=1e-14)


def test_a_repelling_fixed_point_is_found_by_its_zero():
    """x = 4 - 3 x is unstable under going around; its zero is not."""
    found = run(project("aux x = FIND_ZERO(g - x, 0)\naux g = 4 - 3 * x"))
    np.testing.assert_allclose(found["x"], 1.0, rtol=1e-15)


def test_steps_that_lead_away_are_halved():
    """Newton's method by itself runs away from the zero of the arc tangent beyond 1.39."""
    found = run(project("aux x = FIND_ZERO(y, 3)\naux y = ARCTAN(x - 0.25)"))
    np.testing.assert_allclose(found["x"], 0.25, rtol=1e-14)


def test_no_zero_has_no_value_in_its_run_alone():
    text = "constant c = 1\naux x = FIND_ZERO(left, 1)\naux left = x * x + c"
    program = compiled(text, ["x"], ["c"])
    found = ran(program, [[-4.0, 1.0, -9.0]])[0, 0]
    np.testing.assert_allclose(found[[0, 2]], [2, 3], rtol=1e-14)
    assert np.isnan(found[1])


def test_a_system_of_several_unknowns():
    found = run(project(SPHERES, dimensions={"d": list("abc")}))

    def left(x):
        return [x @ x - 14, np.prod(x) - 6, math.exp(x[0] - 1) + x[1] - x[2]]

    exact = optimize.root(left, [1.0, 2.0, 3.0], tol=1e-13).x
    np.testing.assert_allclose(found["x"][0], exact, rtol=1e-12)


@pytest.mark.parametrize("size", [2, 3, 5, 12])
def test_linear_systems(size):
    """A x = b for a matrix whose rows must be interchanged: its diagonal is 0."""
    k = np.arange(1.0, size + 1)
    matrix = np.where(k[:, None] == k, 0, 1 + 1 / (k[:, None] + 2 * k))
    lines = ["array left over d", "aux x[d] = FIND_ZERO(left[d], 0)"]
    for i, row in enumerate(matrix, 1):
        terms = " + ".join(f"{float(w)!r} * x[e{j}]" for j, w in enumerate(row, 1))
        lines.append(f"aux left[e{i}] = {terms} - {i}")
    program = compiled(
        "\n".join(lines), ["x"], dimensions={"d": [f"e{i + 1}" for i in range(size)]}
    )
    found = ran(program, np.zeros((0, 1)))[:, 0, 0]
    np.testing.assert_allclose(found, np.linalg.solve(matrix, k), rtol=1e-10)


def test_skipped_elements_keep_their_guess():
    """Prices of three goods count as shares: the first is the unit in which others are told."""
    text = """
aux p[d] = FIND_ZERO(excess[d], 2, 1e-12, 50, 1, 1, 3, 1, 0)
aux excess[d] = endowed * SUM(p[*]) / 3 / p[d] - d
constant endowed = 2
"""
    found = run(project(text, dimensions={"d": list("abc")}))
    excess = found["excess"][0]
    assert found["p"][0, 0] == 2
    np.testing.assert_allclose(excess[1:], 0, atol=1e-12)
    np.testing.assert_allclose(found["p"][0, 1] / found["p"][0, 2], 1.5, rtol=1e-12)


def test_elements_beyond_the_count_keep_their_guess():
    text = """
aux x[d] = FIND_ZERO(left[d], 7, 1e-12, 50, 1, 1, 2)
aux left[d] = x[d] ^ 3 - d
"""
    found = run(project(text, dimensions={"d": list("pqrs")}))
    np.testing.assert_allclose(found["x"][0], [1, 2 ** (1 / 3), 7, 7], rtol=1e-14)


def test_rows_of_a_matrix_are_systems_of_their_own():
    text = """
aux x[r, d] = FIND_ZERO(left[r, d], 1)
aux left[r, d] = SUM(x[r, *]) + x[r, d] - r * d
"""
    found = run(project(text, dimensions={"r": ["one", "two"], "d": list("abc")}))
    matrix = np.ones((3, 3)) + np.eye(3)
    for row in (1, 2):
        exact = np.linalg.solve(matrix, row * np.arange(1.0, 4))
        own = found["x"][0, 3 * row - 3 : 3 * row]
        np.testing.assert_allclose(own, exact, rtol=1e-10)
    systems = schedule_text(compile_stages(project(text, dimensions=SHAPE)).schedule)
    assert systems.count("solve for") == 2


SHAPE = {"r": ["one", "two"], "d": list("abc")}


def test_one_of_each_kind_in_one_circle():
    """A price that clears, and a share that settles, each depending on the other."""
    text = """
aux price = FIND_ZERO(10 * share - price * price, 1)
aux share = SIMULTANEOUS(1 / (1 + price), 0.5)
"""
    found = run(project(text))
    exact = optimize.brentq(lambda p: 10 / (1 + p) - p * p, 0, 5, xtol=1e-15)
    np.testing.assert_allclose(found["price"], exact, rtol=1e-12)
    np.testing.assert_allclose(found["share"], 1 / (1 + exact), rtol=1e-12)


def test_every_stage_of_a_method_solves_anew():
    """y' = -x with x ^ 3 = y: y ^ (2/3) falls in proportion to time."""
    text = "stock y = 8; - x\naux x = FIND_ZERO(x * x * x - y, 1)"
    found = run(project(text, time=(0, 4, 0.125), method="rk4"))
    t = found["y"].shape[0]
    exact = (4 - 2 / 3 * np.arange(t) / 8) ** 1.5
    np.testing.assert_allclose(found["y"], exact, rtol=1e-7)
    chosen = run(project(text, time=(0, 4, 0.5), method="dopri5"), rtol=1e-10)
    np.testing.assert_allclose(chosen["y"], exact[::4], rtol=1e-8)


# What is refused


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("aux x = FIND_ZERO(y, 1)\naux y = TIME", "what must be 0 does not depend on `x`"),
        (
            "aux x[d] = FIND_ZERO(y[d], 1)\naux y[d] = TIME + d",
            "what must be 0 does not depend on `x`",
        ),
        (
            "aux x[d] = SIMULTANEOUS(0.5 * y[d], y[d])\naux y[d] = x[d]",
            "the search for `x` starts from what depends on its own result",
        ),
        (
            "aux x = SIMULTANEOUS(y, y)\naux y = x + 1",
            "the search for `x` starts from what depends on its own result",
        ),
        (
            "aux x = SIMULTANEOUS(y + a, 1)\naux y = x\naux a = b\naux b = a + x",
            "the equations depend on each other in a circle: a -> b -> a",
        ),
        (
            "aux x = FIND_ZERO(y, 1, 1e-6, n)\naux y = x - 1\naux n = TIME",
            "`max_iterations` of FIND_ZERO must be a whole number from 1 to 10,000",
        ),
        (
            "aux x = FIND_ZERO(y, 1, 1e-6, n)\naux y = x - 1\naux n = 0 / 0",
            "`max_iterations` of FIND_ZERO must be a whole number from 1 to 10,000",
        ),
        (
            "aux x = FIND_ZERO(y, 1, 1e-6, 1 / 0)\naux y = x - 1",
            "`max_iterations` of FIND_ZERO must be a whole number from 1 to 10,000",
        ),
        ("aux x = SIMULTANEOUS(x)", "SIMULTANEOUS takes 2 arguments, not 1"),
        (
            "aux x[d] = SIMULTANEOUS(d + SUM(x[*]) / 200, 1)",
            "`x` and 119 other numbers are solved for together",
        ),
    ],
)
def test_what_cannot_be_solved_is_refused(text, message):
    names = {"d": [f"e{k}" for k in range(1, 121)]}
    fault = refusal(text, dimensions=names)
    assert fault.message == message if "circle" in message else fault.message.startswith(message)
    assert fault.place is not None


def test_a_circle_beside_a_system_is_still_an_error():
    fault = refusal("aux x = SIMULTANEOUS(0.5 * x, 1)\naux a = b + x\naux b = a")
    assert fault.message.endswith("a -> b -> a")


# What people are shown


def test_the_schedule_tells_what_is_solved_for():
    text = schedule_text(compile_stages(project(MARKET)).schedule)
    assert "solve for price~FIND_ZERO, with" in text
    assert {"    price", "    demand", "    supply", "    excess"} <= set(text.split("\n"))


def test_what_never_changes_is_solved_once():
    stages = compile_stages(project(MARKET, time=(0, 10, 1)))
    assert "in every step:\n" in (text := schedule_text(stages.schedule))
    assert "solve for" not in text.split("in every step:")[1]
    assert not stages.program.step.instructions
