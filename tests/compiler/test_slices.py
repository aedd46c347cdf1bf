"""Circles of equations that lead along one dimension or two of large arrays, against loops."""

import math

import numpy as np
import pytest

from formats.vensim.running import run, values
from headwater.api import Model
from headwater.compiler.ordering import slices
from headwater.compiler.printer import to_text
from headwater.errors import ModelError
from headwater.formats.vensim import project_of
from headwater.language.source import Source
from headwater.simulation.building import TargetName

PASSES, HOURS, KINDS = 8, 24, 15

MARKET = f"""
kind: (k1-k{KINDS}) ~~|
hour: (h1-h{HOURS}) ~~|
pass: (p1-p{PASSES}) ~~|
later: (p2-p{PASSES}) ~~|
former: (p1-p{PASSES - 1}) -> later ~~|
capacity[kind] = kind ~~|
need[hour] = 100 + hour ~~|
price[hour, p1] = 1 + hour / 10 ~~|
price[hour, later] = price[hour, former] + 0.01 * (need[hour] - supply[hour, former]) ~~|
offer[kind, hour, pass] = MIN(capacity[kind], price[hour, pass] * SQRT(capacity[kind])) ~~|
supply[hour, pass] = SUM(offer[kind!, hour, pass]) + Time ~~|
best[kind] = VMAX(offer[kind, hour!, p{PASSES}]) ~~|
"""


def market(time: float) -> tuple[np.ndarray, np.ndarray]:
    """The offers and the prices, pass by pass."""
    capacity, hours = np.arange(1.0, KINDS + 1), np.arange(1.0, HOURS + 1)
    offer = np.empty((KINDS, HOURS, PASSES))
    price = np.empty((HOURS, PASSES))
    price[:, 0] = 1 + hours / 10
    for k in range(PASSES):
        if k:
            supply = offer[:, :, k - 1].sum(axis=0) + time
            price[:, k] = price[:, k - 1] + 0.01 * (100 + hours - supply)
        offer[:, :, k] = np.minimum(capacity[:, None], price[None, :, k] * capacity[:, None] ** 0.5)
    return offer, price


@pytest.mark.parametrize("target", ["llvm", "reference"])
def test_a_circle_over_passes_is_computed_pass_by_pass(target: TargetName) -> None:
    results = run(MARKET, 2, target=target)
    for time in range(3):
        offer, price = market(time)
        np.testing.assert_allclose(values(results, "offer")[time], offer, rtol=1e-13)
        np.testing.assert_allclose(values(results, "price")[time], price, rtol=1e-13)
        best = values(results, "best")[time]
        np.testing.assert_allclose(best, offer[:, :, -1].max(axis=1), rtol=1e-13)


def test_slices_stay_loops() -> None:
    """There are far fewer operations than elements."""
    text = MARKET + "FINAL TIME = 1 ~~|\nINITIAL TIME = 0 ~~|\nTIME STEP = 1 ~~|\n"
    program = Model(project_of(Source("m.mdl", text), None, "m")).program()
    assert KINDS * HOURS * PASSES > slices.MANY
    assert to_text(program).count("\n") < KINDS * HOURS * PASSES


def test_the_last_pass_may_come_first() -> None:
    text = (
        "pass: (p1-p9) ~~|\nfirst: (p1-p8) -> then ~~|\nthen: (p2-p9) ~~|\nx: (x1-x300) ~~|\n"
        "a[x, p9] = x ~~|\na[x, first] = 1 + b[x, then] ~~|\nb[x, pass] = 2 * a[x, pass] ~~|\n"
    )
    found = values(run(text, 1), "a")[-1]
    expected = np.arange(1.0, 301)
    for k in range(8, -1, -1):
        np.testing.assert_array_equal(found[:, k], expected)
        expected = 1 + 2 * expected


def test_a_circle_may_lead_along_two_dimensions() -> None:
    """Numbers of paths through a grid are binomial coefficients."""
    text = (
        "i: (i1-i9) ~~|\nj: (j1-j9) ~~|\nic: (i2-i9) ~~|\nib: (i1-i8) -> ic ~~|\n"
        "jc: (j2-j9) ~~|\njb: (j1-j8) -> jc ~~|\nx: (x1-x60) ~~|\n"
        "paths[x, i, j1] = x ~~|\npaths[x, i1, jc] = x ~~|\n"
        "paths[x, ic, jc] = left[x, ib, jc] + paths[x, ic, jb] ~~|\n"
        "left[x, i, j] = paths[x, i, j] ~~|\n"
    )
    found = values(run(text, 1), "paths")[-1]
    for i in range(9):
        for j in range(9):
            np.testing.assert_array_equal(found[:, i, j], math.comb(i + j, i) * np.arange(1.0, 61))


def test_initial_values_may_go_in_circles_too() -> None:
    text = (
        "pass: (p1-p9) ~~|\nthen: (p2-p9) ~~|\nfirst: (p1-p8) -> then ~~|\nx: (x1-x300) ~~|\n"
        "a[x, p1] = s0 ~~|\na[x, then] = b[x, first] + 1 ~~|\nb[x, pass] = a[x, pass] * 2 ~~|\n"
        "s[x] = INTEG(b[x, p9], a[x, p9]) ~~|\ns0 = 1 + Time ~~|\n"
    )
    level = values(run(text, 2), "s")
    a9 = [2**8 * (1 + t) + 2**8 - 1 for t in range(2)]
    assert level[0].tolist() == [a9[0]] * 300
    assert level[2].tolist() == [a9[0] + 2 * (a9[0] + a9[1])] * 300


def test_a_true_circle_is_still_an_error() -> None:
    text = (
        "pass: (p1-p9) ~~|\nx: (x1-x300) ~~|\n"
        "a[x, pass] = b[x, pass] + 1 ~~|\nb[x, pass] = a[x, pass] * 2 ~~|\n"
    )
    with pytest.raises(ModelError, match="depend on each other in a circle"):
        run(text, 1)
