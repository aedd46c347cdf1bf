"""Quantiles that are found piece by piece are NumPy's, to the last bit."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.simulation.store.selection import InMemory, Source, narrow, select
from headwater.simulation.store.windows import (
    everything,
    nothing,
    positions,
    ragged,
    sift,
)

Floats = npt.NDArray[np.float64]
USUAL = (0.05, 0.25, 0.5, 0.75, 0.95)


def by_numpy(values: Floats, quantiles: Floats) -> Floats:
    rows = [row[np.isfinite(row)] + 0.0 for row in values]
    none = np.full(len(quantiles), np.nan)
    return np.stack([np.quantile(row, quantiles) if len(row) else none for row in rows])


def piecewise(
    values: Floats, quantiles: Floats, piece: int, first: int
) -> tuple[Floats, int, float]:
    """The quantiles, how many of them took a second look, and the share of values kept at most."""
    cells, runs = values.shape
    windows, known = everything(cells, len(quantiles)), nothing(cells, len(quantiles))
    start, stop, most = 0, first, 0
    while True:
        stop = min(stop, runs)
        parts = [
            sift(values[:, a : min(a + piece, stop)], windows) for a in range(start, stop, piece)
        ]
        most = max(most, len(known.values) + sum(len(p.values) for p in parts))
        sources: list[Source] = [InMemory(known), *map(InMemory, parts)]
        if stop == runs:
            break
        windows, known = narrow(windows, sources, quantiles, runs)
        start, stop = stop, 4 * stop
    found, there, elsewhere = select(windows, sources, quantiles)
    if not there.all():
        again = [InMemory(sift(values[:, a : a + piece], elsewhere)) for a in range(0, runs, piece)]
        second, now, _ = select(elsewhere, again, quantiles)
        assert now[~there].all()
        found = np.where(there, found, second)
    return found, int((~there).sum()), most / values.size


def shapes(runs: int) -> dict[str, Floats]:
    rng = np.random.default_rng(7)
    return {
        "normal": rng.normal(size=(8, runs)),
        "spread over hundreds of powers of ten": np.exp(100 * rng.normal(size=(3, runs))),
        "few values": rng.integers(0, 3, size=(4, runs)).astype(float),
        "one value": np.full((2, runs), 7.5),
        "a quarter is zero": np.where(rng.random((4, runs)) < 0.251, 0, rng.random((4, runs))),
        "some are no numbers": np.where(rng.random((3, runs)) < 0.1, np.nan, rng.random((3, runs))),
        "some are infinite": np.where(rng.random((3, runs)) < 0.1, -np.inf, rng.random((3, runs))),
        "none is a number": np.full((1, runs), np.nan),
        "zeros of both signs": np.where(rng.random((2, runs)) < 0.5, -0.0, 0.0),
    }


@pytest.mark.parametrize("kind", shapes(1))
def test_any_shape_of_distribution(kind: str) -> None:
    values = shapes(20_000)[kind]
    quantiles = np.array(USUAL)
    found, _, _ = piecewise(values, quantiles, 500, 1000)
    assert found.tobytes() == by_numpy(values, quantiles).tobytes()


def test_runs_in_order_take_a_second_look_and_are_right() -> None:
    values = np.sort(shapes(20_000)["normal"], axis=1)
    quantiles = np.array(USUAL)
    found, looked_again, _ = piecewise(values, quantiles, 500, 1000)
    assert looked_again > 0
    assert found.tobytes() == by_numpy(values, quantiles).tobytes()


def test_the_more_runs_the_smaller_the_share_that_is_kept() -> None:
    rng = np.random.default_rng(3)
    shares = []
    for runs in (4000, 64_000):
        values = rng.normal(size=(4, runs))
        found, again, share = piecewise(values, np.array(USUAL), 1000, 1000)
        assert found.tobytes() == by_numpy(values, np.array(USUAL)).tobytes()
        assert again == 0
        shares.append(share)
    assert shares[1] < shares[0] / 2


@given(st.data())
def test_whatever_the_pieces(data: st.DataObject) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    runs = data.draw(st.integers(1, 400))
    values = rng.normal(size=(3, runs)).round(data.draw(st.integers(0, 5)))
    if data.draw(st.booleans()):
        values.sort(axis=1)
    if data.draw(st.booleans()):
        values[rng.random(values.shape) < 0.3] = np.inf
    quantiles = np.unique(data.draw(st.lists(st.floats(0, 1), min_size=1, max_size=6)))
    piece, first = data.draw(st.integers(1, 200)), data.draw(st.integers(1, 300))
    found, _, _ = piecewise(values, quantiles, piece, first)
    assert found.tobytes() == by_numpy(values, quantiles).tobytes()


def test_positions_are_those_of_a_search() -> None:
    rng = np.random.default_rng(1)
    rows, wanted = np.sort(rng.random((5, 77)), axis=1), rng.random((5, 6))
    wanted[0, 0], wanted[0, 1], wanted[1, 2] = -np.inf, np.inf, rows[1, 5]
    expected = [np.searchsorted(r, w) for r, w in zip(rows, wanted, strict=True)]
    assert np.array_equal(positions(rows, wanted), expected)


def test_ragged_ranges() -> None:
    found = ragged(np.array([3, 10, 7]), np.array([2, 0, 3]))
    assert found.tolist() == [3, 4, 7, 8, 9]
