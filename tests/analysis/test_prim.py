"""Peeling against ema-workbench, step by step, and against boxes that are known.

The reference figures are those of ema-workbench 2.5.3: `prim.Prim(x, y, threshold=0.0001,
mass_min=0.05)` with `_paste` set to do nothing, on the points of `lattice`.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.analysis.discovery import quasi_p
from headwater.analysis.prim import Region, peel, score, whole

Array = np.ndarray


def lattice() -> Array:
    """211 points that fill four dimensions evenly; the last has five values."""
    i = np.arange(211)
    points = np.array([((i * g) % 211 + 0.5) / 211 for g in (1, 65, 33, 142)])
    points[3] = np.round(4 * points[3])
    return points


ONE_STRUCTURE = [
    *[(211, 95), (200, 95), (190, 95), (180, 95), (171, 95), (162, 95), (153, 95), (145, 95)],
    *[(137, 95), (130, 95), (123, 95), (116, 95), (110, 95), (104, 93), (98, 89), (93, 88)],
    *[(88, 86), (83, 83)],
]
THREE_STRUCTURES = [
    *[(633, 170), (422, 149), (400, 149), (380, 149), (360, 149), (342, 149), (324, 149)],
    *[(306, 149), (290, 149), (274, 149), (260, 149), (246, 149), (232, 149), (220, 149)],
    *[(208, 149), (196, 149), (186, 149), (176, 147), (166, 142), (156, 137), (148, 133)],
    *[(140, 129), (132, 125), (124, 121), (116, 116)],
]


def counts(trajectory: list[Region], x: Array, truth: Array) -> list[tuple[int, int]]:
    found = [score(region, x, truth) for region in trajectory]
    return [(s.cases, s.hits) for s in found]


def test_every_step_is_that_of_the_field_s_library() -> None:
    x = lattice()
    truth = (((x[0] > 0.3) & (x[1] < 0.6)) | (x[3] == 4))[None].astype(float)
    found = peel(x, truth)
    assert counts(found, x, truth) == ONE_STRUCTURE
    assert found[-1].low == pytest.approx([0.3127962085308057, -np.inf, -np.inf, -np.inf])
    assert found[-1].high == pytest.approx([np.inf, 0.5876777251184835, np.inf, np.inf])


def test_structures_are_left_out_as_the_library_leaves_out_categories() -> None:
    x = lattice()
    rules = [(x[0] > 0.3) & (x[1] < 0.6), (x[0] > 0.5) & (x[1] < 0.6), x[2] > 0.9]
    truth = np.stack(rules).astype(float)
    found = peel(x, truth)
    assert counts(found, x, truth) == THREE_STRUCTURES
    assert found[-1].structures.tolist() == [True, True, False]
    assert found[-1].low == pytest.approx([0.5165876777251185, -np.inf, -np.inf, -np.inf])
    assert found[-1].high == pytest.approx([np.inf, 0.5924170616113744, np.inf, np.inf])


def test_quasi_p_values_are_those_of_the_library() -> None:
    from headwater.analysis.discovery import _Part

    x = lattice()
    truth = ((x[0] > 0.3) & (x[1] < 0.6))[None].astype(float)
    box = Region(
        np.array([0.25, -np.inf, -np.inf, -np.inf]),
        np.array([np.inf, 0.7, np.inf, np.inf]),
        np.array([True]),
    )
    without_low = Region(np.full(4, -np.inf), box.high, box.structures)
    without_high = Region(box.low, np.full(4, np.inf), box.structures)
    part = _Part(x, truth)
    assert quasi_p(box, without_low, part) == pytest.approx(3.761240761557671e-06)
    assert quasi_p(box, without_high, part) == pytest.approx(7.820927090672415e-08)


def test_a_known_box_is_found_to_one_slice() -> None:
    """Truth is a box: the densest box found has its limits, to the slices of a twentieth."""
    x = np.random.default_rng(3).random((5, 4000))
    truth = ((x[1] > 0.35) & (x[3] < 0.55))[None].astype(float)
    last = peel(x, truth)[-1]
    assert score(last, x, truth).density == 1
    assert np.flatnonzero(last.limited).tolist() == [1, 3]
    assert 0.35 <= last.low[1] < 0.35 + 0.05 * 0.65
    assert 0.55 >= last.high[3] > 0.55 - 0.05 * 0.55


def test_scores_are_what_their_names_say() -> None:
    x = np.array([[0.1, 0.2, 0.3, 0.4, 0.5]])
    truth = np.array([[1, 0, 1, np.nan, 0], [1, 1, 0, 0, 1]])
    inner = Region(np.array([0.15]), np.array([0.45]), np.array([True, True]))
    found = score(inner, x, truth)
    assert (found.cases, found.hits) == (5, 2)  # of 9 known cases, 5 of them true
    assert found.density == pytest.approx(2 / 5)
    assert found.coverage == pytest.approx(2 / 5)
    assert found.mass == pytest.approx(5 / 9)
    first = Region(np.array([0.15]), np.array([0.45]), np.array([True, False]))
    assert (score(first, x, truth).cases, score(first, x, truth).hits) == (2, 1)


@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.booleans())
def test_boxes_are_nested_and_grow_denser(seed: int, structures: int, ties: bool) -> None:
    generator = np.random.default_rng(seed)
    x = generator.random((3, 60))
    if ties:
        x = np.round(4 * x)
    truth = (generator.random((structures, 60)) < x[0]).astype(float)
    truth[generator.random(truth.shape) < 0.05] = np.nan
    trajectory = peel(x, truth)
    found = [score(r, x, truth) for r in trajectory]
    assert trajectory[0].restrictions == whole(3, structures).restrictions == 0
    for a, b in itertools.pairwise(found):
        assert b.density > a.density
        assert b.cases < a.cases
        assert b.mass >= 0.05 - 1e-12
    for a, b in itertools.pairwise(trajectory):
        assert (b.low >= a.low).all()
        assert (b.high <= a.high).all()
        assert (a.structures | ~b.structures).all()
