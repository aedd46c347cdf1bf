"""Curves between bounds and rounded corners, against closed forms worked out elsewhere."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, exprel

from compiler.test_derivatives import gradient
from headwater.compiler.pipeline import compile_project
from model_lines import project, run

X = np.arange(0, 10.5, 0.5)
NUMBER = st.floats(-20, 20).map(lambda x: round(x, 3))


def found(equation: str) -> np.ndarray:
    return run(project(f"aux y = {equation}", time=(0, 10, 0.5)))["y"]


@settings(max_examples=15)
@given(low=NUMBER, high=NUMBER, middle=st.floats(0, 10), speed=st.floats(0.01, 50))
def test_a_logistic_way(low: float, high: float, middle: float, speed: float) -> None:
    expected = low + (high - low) * expit(speed * (X - middle))
    y = found(f"LOGISTICBOUND({low}, {high}, TIME, {middle}, {speed})")
    np.testing.assert_allclose(y, expected, rtol=1e-12, atol=1e-12)


@settings(max_examples=15)
@given(start=st.floats(0, 4), finish=st.floats(6, 10), speed=st.floats(0.1, 5))
def test_a_logistic_way_from_one_place_to_another(
    start: float, finish: float, speed: float
) -> None:
    share, a, b = (expit(speed * (x - 5)) for x in (X, start, finish))
    call = f"LOGISTICBOUND(2, -3, TIME, 5, {speed}, {start}"
    both = 2 - 5 * np.clip((share - a) / (b - a), 0, 1)
    np.testing.assert_allclose(found(f"{call}, {finish})"), both, atol=1e-11)
    one = 2 - 5 * np.clip((share - a) / (1 - a), 0, 1)
    np.testing.assert_allclose(found(f"{call})"), one, atol=1e-11)
    np.testing.assert_allclose(found(f"{call}, INF)"), one, atol=1e-11)


def test_a_logistic_way_without_speed_is_straight_between_its_ends() -> None:
    y = found("LOGISTICBOUND(0, 6, TIME, 5, 0, 2, 8)")
    np.testing.assert_allclose(y, np.clip(X - 2, 0, 6), atol=1e-14)


@settings(max_examples=25)
@given(exponent=st.one_of(st.floats(-900, 900), st.floats(-1e-3, 1e-3), st.just(0.0)))
def test_an_exponential_way(exponent: float) -> None:
    """(exp(k u) - 1) / (exp(k) - 1), of which scipy knows each part divided by its argument."""
    u = np.clip((X - 2) / 6, 0, 1)
    if exponent > 0:
        # Turned round, so that nothing is too large for a number.
        share = 1 - (1 - u) * exprel(-exponent * (1 - u)) / exprel(-exponent)
    else:
        share = u * exprel(exponent * u) / exprel(exponent)
    y = found(f"EXPBOUND(1, 9, TIME, {exponent}, 2, 8)")
    np.testing.assert_allclose(y, 1 + 8 * share, atol=1e-9)
    assert (np.diff(y) >= 0).all()
    assert y[X <= 2].tolist() == [1] * 5
    assert y[X >= 8].tolist() == [9] * 5


@settings(max_examples=20)
@given(level=NUMBER, tolerance=st.floats(0, 8))
def test_rounded_corners(level: float, tolerance: float) -> None:
    """Between the two tangents that it joins; the extreme itself where they differ by enough."""
    least, most = found(f"MINSOFT(TIME, {level}, {tolerance})"), np.minimum(X, level)
    assert (least <= most + 1e-12).all()
    assert (least >= most - tolerance / 4 - 1e-12).all()
    apart = np.abs(X - level) >= tolerance
    assert least[apart].tolist() == most[apart].tolist()
    turned = -found(f"MAXSOFT(-TIME, {-level}, {tolerance})")
    np.testing.assert_allclose(turned, least, atol=1e-12)
    if tolerance > 0.1:
        middle = found(f"MINSOFT({level}, {level}, {tolerance})")
        np.testing.assert_allclose(middle, level - tolerance / 4, rtol=1e-12, atol=1e-12)


CURVES = {
    "LOGISTICBOUND(a, 2, b, 1, 3, 0.5)": (0.3, 1.2),
    "LOGISTICBOUND(1, 2, b, 1.5, a)": (0.7, 1.2),
    "EXPBOUND(0, 1, b, a, 0, 2)": (0.8, 1.3),
    "EXPBOUND(a, 1, b, -2, 0, 2)": (0.8, 1.3),
    "MINSOFT(a, b, 0.5)": (1.0, 1.2),
    "MAXSOFT(a * a, b, 2)": (1.0, 1.2),
    "EXPBOUND(a, 1, b, 0, 0, 2)": (0.8, 1.3),
}


@pytest.mark.parametrize("curve", CURVES)
def test_slopes(curve: str) -> None:
    """Central differences of the same curve, whose values the other tests hold."""

    def at(a: float, b: float) -> float:
        text = f"constant a = {a!r}\nconstant b = {b!r}\naux y = {curve}"
        return float(run(project(text))["y"][0])

    a, b = CURVES[curve]
    text = f"constant a = {a}\nconstant b = {b}\naux y = {curve} + 0 * TIME"
    _, slopes = gradient(compile_project(project(text)), (0, 1))
    h = 1e-5
    expected = [(at(a + h, b) - at(a - h, b)) / 2 / h, (at(a, b + h) - at(a, b - h)) / 2 / h]
    np.testing.assert_allclose(slopes[-1, 0], expected, rtol=1e-6)
