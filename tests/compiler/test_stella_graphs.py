"""Stella's readings of graphical functions, against areas and inverses worked out elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from formats.xmile.xmile_texts import aux, column, file, read, run, specs
from headwater.errors import HeadwaterError
from headwater.simulation.building import TargetName

X, Y = (0.0, 1.0, 3.0, 4.0), (2.0, 6.0, 4.0, 5.0)


def graph(kind: str, x: Sequence[float] = X, y: Sequence[float] = Y) -> str:
    points = f"<xpts>{','.join(map(repr, x))}</xpts><ypts>{','.join(map(repr, y))}</ypts>"
    return f'<gf name="g" type="{kind}">{points}</gf>'


def found(equation: str, function: str, target: TargetName = "reference") -> float:
    text = file(function + aux("a", equation), settings=specs(1))
    return column(run(text, target=target), "a")[0]


def straight(x: float) -> float:
    """The function with its end pieces going on."""
    if x < 0:
        return 2 + 4 * x
    return 5 + (x - 4) if x > 4 else float(np.interp(x, X, Y))


def within(x: float) -> float:
    return straight(x) if 0 <= x <= 4 else 0.0


def stepwise(x: float) -> float:
    return Y[int(np.searchsorted(X, x, side="right")) - 1] if 0 <= x <= 4 else 0.0


READ: dict[str, Callable[[float], float]] = {
    "continuous": within,
    "discrete": stepwise,
    "extrapolate": straight,
}


@pytest.mark.parametrize("kind", READ)
@pytest.mark.parametrize(("to", "start"), [(4, 0), (0, 4), (2.5, 0.5), (6, -2), (-1, -3), (7, 5)])
def test_areas(kind: str, to: float, start: float) -> None:
    """Beyond the ends there is nothing, but under a function that extrapolates."""
    low, high = min(to, start), max(to, start)
    expected = quad(READ[kind], low, high, points=[x for x in X if low < x < high], limit=200)[0]
    for target in ("reference", "llvm"):
        area = found(f"LOOKUPAREA(g, {to}, {start})", graph(kind), target)
        assert area == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("kind", READ)
@pytest.mark.parametrize(("to", "start"), [(4, 0), (0, 4), (2.5, 0.5), (6, -0.4), (7, 3)])
def test_means_weighted_by_the_function(kind: str, to: float, start: float) -> None:
    """The area under x times the function, divided by that under the function."""
    low, high = min(to, start), max(to, start)
    bends = [x for x in X if low < x < high]
    weight = READ[kind]
    area = quad(weight, low, high, points=bends, limit=200)[0]
    moment = quad(lambda x: x * weight(x), low, high, points=bends, limit=200)[0]
    for target in ("reference", "llvm"):
        mean = found(f"LOOKUPMEAN(g, {to}, {start})", graph(kind), target)
        assert mean == pytest.approx(moment / area, abs=1e-9)


def test_the_mean_of_a_triangle_and_of_nothing() -> None:
    """A triangle that falls from 0 to 3 has its mean at a third; without area it is 0."""
    falling = graph("continuous", (0, 3), (2, 0))
    assert found("LOOKUPMEAN(g)", falling) == pytest.approx(1)
    assert found("LOOKUPMEAN(g, 9, 5)", falling) == 0


def test_bounds_may_be_left_out() -> None:
    """Trapezoids of 4, 10 and 4.5; up to 2, of 4 and 5.5."""
    assert found("LOOKUPAREA(g)", graph("continuous")) == 18.5
    assert found("LOOKUPAREA(g, 2)", graph("continuous")) == 9.5
    assert found("LOOKUPAREA(g)", graph("discrete")) == 2 + 2 * 6 + 4


@pytest.mark.parametrize(
    ("y", "x"),
    [
        (2, 0),
        (4, 0.5),
        # 5 is reached on the way up to 6, though the last point is 5 as well.
        (5, 0.75),
        (6, 1),
        (9, 1),
        (1, 0),
    ],
)
def test_the_first_abscissa_of_an_ordinate(y: float, x: float) -> None:
    for target in ("reference", "llvm"):
        assert found(f"LOOKUPINV(g, {y})", graph("continuous"), target) == pytest.approx(x)


def test_an_inverse_leaps_where_the_function_dips() -> None:
    """Up to 3 at 1, down to 1, then up to 5 at 4: 3 is at 1, a little more beyond the dip."""
    dips = graph("continuous", (0, 1, 2, 4), (0, 3, 1, 5))
    assert found("LOOKUPINV(g, 3)", dips) == 1
    assert found("LOOKUPINV(g, 3.000001)", dips) == pytest.approx(3, abs=1e-5)
    assert found("LOOKUPINV(g, 4)", dips) == 3.5
    assert found("LOOKUPINV(g, -1)", dips) == 0


def test_an_extrapolated_function_is_inverted_beyond_its_ends() -> None:
    rises = graph("extrapolate", (0, 1, 3), (0, 2, 3))
    assert found("LOOKUPINV(g, -2)", rises) == -1
    assert found("LOOKUPINV(g, 4)", rises) == 5
    with pytest.raises(HeadwaterError, match="cannot be inverted"):
        found("LOOKUPINV(g, 1)", graph("extrapolate"))


@given(
    st.lists(st.integers(-20, 20), min_size=2, max_size=8),
    st.integers(-25, 25),
)
@settings(max_examples=25, deadline=None)
def test_no_abscissa_before_has_the_ordinate(y: list[int], wanted: int) -> None:
    """Searched for on a fine grid: the first crossing is the inverse."""
    x = [float(k) for k in range(len(y))]
    inverse = found(f"LOOKUPINV(g, {wanted})", graph("continuous", x, [float(v) for v in y]))
    if min(y) <= wanted <= max(y):
        assert float(np.interp(inverse, x, y)) == pytest.approx(wanted, abs=1e-9)
        before = np.linspace(0, max(inverse - 1e-6, 0), 200)
        sides = np.sign(np.interp(before, x, y) - wanted)
        assert inverse < 1e-6 or (sides == sides[0]).all()
    else:
        assert inverse == x[y.index(max(y) if wanted > max(y) else min(y))]


@pytest.mark.parametrize(
    ("equation", "why"),
    [
        ("CTMEAN(x)", "stamp what they move with the time"),
        ("ATTRMEAN(x)", "attributes"),
    ],
)
def test_what_is_not_published_in_full_is_refused(equation: str, why: str) -> None:
    text = file(graph("continuous") + aux("x", "TIME") + aux("a", equation) + aux("b", "a + 1"))
    with pytest.raises(HeadwaterError) as caught:
        run(text)
    assert why in caught.value.render()
    assert read(text)
