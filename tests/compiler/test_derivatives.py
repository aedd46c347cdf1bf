"""Derivatives against closed forms, and against differences taken with sixty digits."""

import math
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from compiler.high_precision import slopes_of
from compiler.targets.random_programs import random_program
from headwater.compiler.derivatives import Plan, cost, differentiate, transform
from headwater.compiler.elementary import expand
from headwater.compiler.pipeline import compile_project
from headwater.compiler.program import Role
from headwater.compiler.targets.llvm import compile_llvm
from headwater.compiler.targets.reference import compile_reference
from headwater.errors import ModelError
from model_lines import project, series
from random_models import DIMENSIONS, Writer

TARGETS = [compile_reference, compile_llvm]


def gradient(program, wrt, width=None, target=compile_llvm, values=None):
    """Values (elements, times) and derivatives (elements, times, inputs) of one run."""
    plan = Plan(tuple(wrt), width or len(wrt))
    derived = differentiate(program, plan)
    given = [i.default for i in program.inputs] if values is None else values
    inputs = np.tile(np.array(given, dtype=float)[:, None], plan.groups).reshape(-1, plan.groups)
    if plan.groups > 1:
        inputs = np.vstack([inputs, np.arange(plan.groups) * plan.width])
    raw = target(derived).run(inputs, np.zeros(plan.groups, dtype=np.int64), 7)
    size = program.output_size
    found = np.zeros((size, raw.shape[1], plan.groups * plan.width))
    starts, at = {}, 0
    for output in derived.outputs:
        starts[output.name] = at
        at += derived.slots[output.slot].size
    at = 0
    for output in program.outputs:
        cells = program.slots[output.slot].size
        first = starts.get(f"d({output.name})")
        if first is not None:
            own = raw[first : first + cells * plan.width].reshape(
                cells, plan.width, -1, plan.groups
            )
            found[at : at + cells] = own.transpose(0, 2, 3, 1).reshape(cells, raw.shape[1], -1)
        at += cells
    return raw[:size, :, 0], found[:, :, : len(wrt)]


def assert_slopes(found, exact, rtol=1e-11):
    """Close in proportion to the largest of an output's derivatives by an input."""
    scale = np.abs(exact).max(axis=1, keepdims=True)
    off = np.abs(found - exact) - rtol * scale
    assert off.max(initial=0.0) <= 1e-13, np.argwhere(off > 1e-13)[:5]


# Closed forms

DECAY = """
stock S = start; - S / tau
constant tau = 5
constant start = 100
"""


@pytest.mark.parametrize("target", TARGETS)
def test_euler_decay(target):
    program = compile_project(project(DECAY, time=(0, 10, 0.25)), outputs=["S"])
    assert [i.name for i in program.inputs] == ["tau", "start"]
    values, slopes = gradient(program, [0, 1], target=target)
    n, share = np.arange(41), 1 - 0.25 / 5
    np.testing.assert_allclose(values[0], 100 * share**n, rtol=1e-13)
    np.testing.assert_allclose(slopes[0, :, 1], share**n, rtol=1e-13)
    by_tau = 100 * n * share ** (n - 1.0) * 0.25 / 25
    np.testing.assert_allclose(slopes[0, :, 0], by_tau, rtol=1e-13)


@pytest.mark.parametrize(
    ("method", "tolerances", "rtol"),
    [("rk4", {}, 1e-6), ("dopri5", {"rtol": 1e-10, "atol": 1e-12}, 1e-8)],
)
def test_exponential_growth(method, tolerances, rtol):
    text = "stock S = 2; + rate * S\nconstant rate = 0.3"
    model = project(text, time=(0, 4, 0.125), method=method)
    program = compile_project(model, outputs=["S"], **tolerances)
    _, slopes = gradient(program, [0])
    t = np.arange(33) / 8
    np.testing.assert_allclose(slopes[0, :, 0], 2 * t * np.exp(0.3 * t), rtol=rtol)


A, B = 2.4, 1.7
FUNCTIONS = {
    "a + 2 * b": (1, 2),
    "a - b / 3": (1, -1 / 3),
    "a * b * b": (B * B, 2 * A * B),
    "a / b": (1 / B, -A / B**2),
    "a ^ b": (B * A ** (B - 1), A**B * math.log(A)),
    "a ^ 3 + b ^ 0.5": (3 * A**2, 0.5 / math.sqrt(B)),
    "a ^ -2.5": (-2.5 * A**-3.5, 0),
    "EXP(a * b)": (B * math.exp(A * B), A * math.exp(A * B)),
    "LN(a) * LOG10(b)": (
        math.log10(B) / A,
        math.log(A) / (B * math.log(10)),
    ),
    "SQRT(a + b)": (0.5 / math.sqrt(A + B),) * 2,
    "SIN(a) * COS(b)": (math.cos(A) * math.cos(B), -math.sin(A) * math.sin(B)),
    "TAN(a / 3)": (1 / math.cos(A / 3) ** 2 / 3, 0),
    "ARCSIN(a / 4) + ARCCOS(b / 4)": (
        0.25 / math.sqrt(1 - A * A / 16),
        -0.25 / math.sqrt(1 - B * B / 16),
    ),
    "ARCTAN(a * b)": (B / (1 + A * A * B * B), A / (1 + A * A * B * B)),
    "MIN(a, b) + 3 * MAX(a, b)": (3, 1),
    "IF a > b THEN a * b ELSE b": (B, A),
    "IF a < b THEN a * b ELSE 5": (0, 0),
    "ABS(b - a)": (1, -1),
    "INT(a) * b": (0, math.floor(A)),
    "a MOD b": (1, -math.floor(A / B)),
    "a // (b - b)": (0, 0),
    "SQRT(a - a) + b": (0, 1),
    "1 / (1 + EXP(1000 * a)) + b": (0, 1),
    "MIN(2, a / (b - b)) * a": (2, 0),
    "g(a) + g(-b) + g(9 * b)": (-3, 0),
    "SUM(v[*]) * v[y]": (6 * A, 0),
}


@pytest.mark.parametrize("target", TARGETS)
def test_functions(target):
    lines = [f"aux f{k} = {text}" for k, text in enumerate(FUNCTIONS)]
    text = "constant a = 2.4\nconstant b = 1.7\ngraph g = (0, 1) (1.1, 3) (2, 5) (3, 2)\n"
    text += "array v over d\naux v[x] = 2 * a\naux v[y] = a\n"
    model = project(text + "\n".join(lines), dimensions={"d": ["x", "y"]})
    names = [f"f{k}" for k in range(len(FUNCTIONS))]
    program = compile_project(model, outputs=names, inputs=["a", "b"])
    _, slopes = gradient(program, [0, 1], target=target)
    for row, (name, exact) in zip(slopes[:, 0], FUNCTIONS.items(), strict=True):
        np.testing.assert_allclose(row, exact, rtol=4e-15, atol=1e-15, err_msg=name)


# Differences with sixty digits

MODELS = {
    "an epidemic by rk4": (
        """
        stock S = 990; - infection
        stock I = first; + infection; - I / tau
        flow infection = beta * S * I / (S + I) ^ 0.9
        constant beta = 0.5
        constant tau = 5
        constant first = 10
        """,
        {"time": (0, 20, 0.5), "method": "rk4"},
    ),
    "delays, smooths and memory": (
        """
        stock S = 1; + DELAY(inflow, lag) ; - SMTH3(S, tau) / 4; - DELAY3(inflow, tau)
        flow inflow = k * S + PREVIOUS(S, k) + INIT(S) + TREND(S, 3)
        constant k = 0.3
        constant tau = 2
        constant lag = 1.5
        """,
        {"time": (0, 8, 0.25)},
    ),
    "arrays in loops": (
        """
        stock S[many] = 1 + k * many; + flow[many]; - total * S[many] / 50
        flow flow[many] = c[many] * EXP(-S[many] / 3) + S[many - 1] / 9
        aux total = SUM(S[*]) * k + MAX(S[*])
        constant c[many] = 0.4
        constant k = 0.2
        """,
        {"time": (0, 3, 0.5), "dimensions": {"many": [f"e{i}" for i in range(20)]}},
    ),
    "curves, data and switches": (
        """
        stock S = 1; + g(S / k) ; - STEP(k, 2); + d * k; - MAX(0, S - k) / 3; + RAMP(k, 1, 3)
        graph g = (0, 1) (0.5, 2) (1.5, 0.5) (4, 0)
        constant k = 0.7
        """,
        {"time": (0, 5, 0.25), "method": "heun", "data": [series("d", [(0, 1), (5, 3)])]},
    ),
    "noise": (
        "stock S = 1; + NORMAL(k, k / 2) - S * UNIFORM(0, k)\nconstant k = 0.7",
        {"time": (0, 5, 1)},
    ),
}


@pytest.mark.parametrize("unrolled", [True, False])
@pytest.mark.parametrize("name", [n for n in MODELS if n != "noise"])
def test_models_follow_differences_with_sixty_digits(name, unrolled, monkeypatch):
    text, options = MODELS[name]
    program = compile_project(project(text, **options))
    wrt = list(range(min(4, len(program.inputs))))
    exact = slopes_of(program, [i.default for i in program.inputs], wrt)
    monkeypatch.setattr(transform, "UNROLLED", 10**9 if unrolled else 0)
    monkeypatch.setattr(transform, "STRETCH", 5)
    for width in (len(wrt), 1):
        _, found = gradient(program, wrt, width)
        assert_slopes(found, exact, 1e-12)


def test_a_draw_follows_the_parameters_of_its_distribution():
    text, options = MODELS["noise"]
    program = compile_project(project(text, **options), outputs=["S"])
    base, slopes = gradient(program, [0])
    k, h = 0.7, 1e-6
    ends = [gradient(program, [0], values=[k + s * h])[0] for s in (1, -1)]
    np.testing.assert_allclose(slopes[:, :, 0], (ends[0] - ends[1]) / (2 * h), rtol=1e-7)
    assert base.shape == slopes.shape[:2]


LEFT_OUT = """
constant a = 2.4
constant z = 0
aux ratio = SIN(a) / z
aux chosen = IF z = 0 THEN a ELSE ratio
aux least = MIN(ratio, 3 * a)
aux most = MAX(-ratio, 3 * a)
aux divided = SIN(a) // INT(z)
aux clipped = MIN(SIN(a) / z, MIN(3 * a, 100))
"""


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("width", [1, 2])
def test_infinite_derivatives_of_what_is_not_chosen_are_left_out(target, width):
    names = ["chosen", "least", "most", "divided", "clipped"]
    program = compile_project(project(LEFT_OUT, time=(0, 1, 1)), outputs=names)
    wrt = [[i.name for i in program.inputs].index(n) for n in ("a", "z")]
    _, found = gradient(program, wrt, width, target)
    np.testing.assert_array_equal(found[:, 0, 0], [1, 3, 3, 0, 3])
    np.testing.assert_array_equal(found[:, 0, 1], [0, 0, 0, 0, 0])


@settings(max_examples=3, deadline=None)
@example(seed=570, size=1)  # a quotient by 0 that is not taken
@given(seed=st.integers(0, 2**32), size=st.integers(1, 4))
def test_random_models_follow_differences_with_sixty_digits(seed, size):
    text = Writer(Random(seed), size).text
    model = project(text, dimensions=DIMENSIONS, time=(0, 2, 0.5), method="rk4")
    program = compile_project(model)
    wrt = list(range(min(2, len(program.inputs))))
    # Elements that are equal would stand on the edges of MIN and MAX.
    given = [i.default + 0.01 * number for number, i in enumerate(program.inputs)]
    exact = slopes_of(program, given, wrt)
    values, found = gradient(program, wrt, values=given)
    # Where numbers grow beyond all bounds, or a rounding decides a branch, there is no telling.
    tame = np.isfinite(values).all(axis=1) & (np.abs(exact).max(axis=(1, 2)) < 1e3)
    assert_slopes(found[tame], exact[tame], 1e-7)


# One program, many ways


@settings(max_examples=6, deadline=None)
@example(seed=2_816_800_701, looped=False, most=0)  # the bits of a number, as a whole number
@given(seed=st.integers(0, 2**32), looped=st.booleans(), most=st.sampled_from([0, 2, 10**9]))
def test_random_programs_give_the_bytes_of_the_reference(seed, looped, most):
    random = Random(seed)
    program = random_program(random, elementary=True, size=random.choice([5, 30]))
    rates = {s for s, slot in enumerate(program.slots) if slot.role is Role.DERIVATIVE}
    kept = tuple(o for o in program.outputs if o.slot not in rates)
    program = replace(program, outputs=kept)
    width = random.choice([1, 2])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transform, "UNROLLED", 0 if looped else 10**9)
        patch.setattr(transform, "STRETCH", 3)
        patch.setattr(cost, "CHOICES", (most,))
        patch.setattr(transform, "verify", lambda _: None)  # these programs have odd outputs
        try:
            derived = differentiate(program, Plan((0, 1), width))
        except ModelError:
            return
    inputs = np.random.default_rng(seed).normal(size=(len(derived.inputs), 9))
    a = compile_reference(expand(derived)).run(inputs, np.arange(9), 3)
    b = compile_llvm(derived, lanes=4).run(inputs, np.arange(9), 3)
    np.testing.assert_array_equal(a, b)
    plain = compile_llvm(program).run(inputs[:2], np.arange(9), 3)
    assert b[: len(plain)].tobytes() == plain.tobytes()


@pytest.mark.parametrize("name", MODELS)
def test_the_ways_to_compute_a_derivative_agree(name, monkeypatch):
    text, options = MODELS[name]
    program = compile_project(project(text, **options))
    plain = compile_llvm(program).run(
        np.array([[i.default] for i in program.inputs]), np.zeros(1, dtype=np.int64), 7
    )[:, :, 0]
    wrt = list(range(min(3, len(program.inputs))))
    ways = []
    for unrolled in (10**9, 0):
        for most in (0, 3, 10**9):
            for width in {1, 2, len(wrt)}:
                monkeypatch.setattr(transform, "UNROLLED", unrolled)
                monkeypatch.setattr(cost, "CHOICES", (most,))
                values, slopes = gradient(program, wrt, min(width, len(wrt)))
                assert values.tobytes() == plain.tobytes()
                ways.append(slopes)
    for way in ways[1:]:
        assert_slopes(way, ways[0], 1e-12)


def test_what_does_not_depend_has_no_derivative():
    text = "stock S = 1; + 2\nstock R = a; + R\nconstant a = 3\nconstant b = 4"
    program = compile_project(project(text, time=(0, 2, 1)))
    derived = differentiate(program, Plan((0, 1), 2))
    names = [o.name for o in derived.outputs]
    assert "d(R)" in names
    assert "d(S)" not in names
    _, slopes = gradient(program, [0, 1])
    row = [o.name for o in program.outputs].index("R")
    np.testing.assert_array_equal(slopes[row], [[1, 0], [2, 0], [4, 0]])


ALLOCATION = """
stock S = 1; + given[x]
aux given[d] = ALLOCATE_AVAILABLE(want[d], profile[d, kind], supply)
constant want[d] = 3
array profile over d, p
constant profile[d, kind] = {kind}
constant profile[d, priority] = d
constant profile[d, width] = 2
constant profile[d, extra] = 0
constant supply = 4
"""
PROFILES = {"d": ["x", "y"], "p": ["kind", "priority", "width", "extra"]}


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_allocated_follows_the_supply(target):
    """More goes to both by the densities of their profiles at the priority that clears."""
    model = project(ALLOCATION.format(kind=4), dimensions=PROFILES, time=(0, 2, 1))
    program = compile_project(model, outputs=["given", "S"], inputs=["supply"])
    values, slopes = gradient(program, [0], target=target)
    centres, laplace = np.array([1.0, 2.0]), stats.laplace
    cut = optimize.brentq(lambda p: 3 * laplace.sf((p - centres) / 2).sum() - 4, -9, 9, xtol=1e-15)
    np.testing.assert_allclose(values[:2, 0], 3 * laplace.sf((cut - centres) / 2), rtol=1e-13)
    density = laplace.pdf((cut - centres) / 2)
    share = density / density.sum()
    np.testing.assert_allclose(slopes[:2, 0, 0], share, rtol=1e-7)
    np.testing.assert_allclose(slopes[2, :, 0], share[0] * np.arange(3), rtol=1e-7)


def test_where_there_is_enough_the_supply_does_not_matter():
    model = project(ALLOCATION.format(kind=2), dimensions=PROFILES)
    program = compile_project(model, outputs=["given"], inputs=["supply", "want"])
    _, slopes = gradient(program, [0, 1, 2], values=[9.0, 3.0, 3.0])
    np.testing.assert_array_equal(slopes[:, 0], [[0, 1, 0], [0, 0, 1]])


def test_a_market_price_follows_what_can_be_offered():
    """Of 100, (7 - p) / 4 are asked for, and of the room (p - 1) / 4 are offered."""
    text = """
    constant room[d] = 80
    constant wish[d] = 100
    array curve over d, p
    aux curve[d, kind] = 1
    aux curve[d, priority] = 5
    aux curve[d, width] = 4
    aux curve[d, extra] = 0
    array offer over d, p
    aux offer[d, kind] = 1
    aux offer[d, priority] = 3
    aux offer[d, width] = 4
    aux offer[d, extra] = 0
    aux price = FIND_MARKET_PRICE(wish[x], curve[x, kind], room[x], offer[x, kind])
    """
    dimensions = {**PROFILES, "d": ["x"]}
    program = compile_project(project(text, dimensions=dimensions), outputs=["price"])
    at = [i.name for i in program.inputs].index("room[x]")
    values, slopes = gradient(program, [at])
    np.testing.assert_allclose(values, 780 / 180, rtol=1e-14)
    np.testing.assert_allclose(slopes, -600 / 180**2, rtol=1e-7)


def test_a_rate_of_return_follows_what_was_paid():
    """100 are paid at the start, and 120 come in the third period: 100 (1 + r)^3 = 120."""
    text = """
    constant paid = -100
    aux stream = IF TIME = 2 THEN 120 ELSE 0
    aux r = INTERNAL_RATE_OF_RETURN(stream, 1, paid, 0)
    """
    program = compile_project(project(text, time=(0, 4, 1)), outputs=["r"], inputs=["paid"])
    values, slopes = gradient(program, [0])
    np.testing.assert_allclose(values[0, 2:], 1.2 ** (1 / 3) - 1, rtol=1e-13)
    np.testing.assert_allclose(slopes[0, 2:, 0], 1.2 ** (1 / 3) / 300, rtol=1e-7)
