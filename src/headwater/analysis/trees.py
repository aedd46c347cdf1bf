"""A small classification tree over the inputs: another way to say when a condition is met.

CART (Breiman, Friedman, Olshen and Stone 1984) by scikit-learn. Unlike a box, its leaves cover all
cases; so they show where several different regions hold a claim. Grown on the first three quarters
of the runs, measured on the last, as boxes are (:mod:`.discovery`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headwater.analysis.discovery import Limit
from headwater.analysis.prim import Region, score, whole
from headwater.analysis.regional import Inputs
from headwater.errors import MissingExtra

Values = npt.NDArray[np.float64]

LEAVES = 6
LEAST_LEAF = 0.05


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf: the cases within its limits, and the share of them in which the condition is met.

    ``structures`` is empty where every rival structure is in it. ``share``, ``mass`` (the leaf's
    share of all cases) and ``cases`` are over cases that had no part in growing the tree.
    """

    limits: tuple[Limit, ...]
    structures: tuple[str, ...]
    share: float
    mass: float
    cases: int


def grow(
    inputs: Inputs, truth: Values, structures: Sequence[str] = (), *, leaves: int = LEAVES
) -> tuple[Leaf, ...]:
    """Return the leaves of a tree, those with the highest share first.

    Args:
        inputs: Sampled inputs of each run.
        truth: Whether the condition is met: ``(structures, runs)``, 1, 0 or NaN.
        structures: Names of the rival structures; they share the runs' inputs.
        leaves: The most leaves the tree may have; each holds a twentieth of the cases at least.

    Raises:
        MissingExtra: scikit-learn is not installed.
    """
    try:
        from sklearn.tree import DecisionTreeClassifier
    except ImportError:
        raise MissingExtra(
            "classification trees need scikit-learn", hint='pip install "headwater[analysis]"'
        ) from None
    names = structures or [str(k) for k in range(len(truth))]
    count, runs = truth.shape
    last = runs - runs // 4
    known = ~np.isnan(truth[:, :last])
    rows = [_columns(inputs.values[:, :last], k, count)[known[k]] for k in range(count)]
    classes = np.concatenate([truth[k, :last][known[k]] for k in range(count)]) == 1
    if not classes.size or classes.all() or not classes.any():
        return ()
    tree = DecisionTreeClassifier(
        max_leaf_nodes=leaves, min_samples_leaf=LEAST_LEAF, random_state=0
    ).fit(np.concatenate(rows), classes)
    found = []
    start = whole(len(inputs.values), count)
    for region in _leaves(tree.tree_, 0, start):
        held = score(region, inputs.values[:, last:], truth[:, last:])
        limits = tuple(_limit(inputs, region, int(k)) for k in np.flatnonzero(region.limited))
        chosen = tuple(n for n, k in zip(names, region.structures, strict=True) if k)
        some = () if region.structures.all() else chosen
        found.append(Leaf(limits, some, held.density, held.mass, held.cases))
    return tuple(sorted(found, key=lambda f: -f.share))


def _columns(values: Values, structure: int, count: int) -> Values:
    """Return the features of a structure's cases: inputs, and which structure it is."""
    which = np.zeros((count if count > 1 else 0, values.shape[1]))
    if count > 1:
        which[structure] = 1.0
    return np.concatenate([values, which]).T


def _leaves(tree: object, node: int, region: Region) -> list[Region]:
    left = int(tree.children_left[node])  # type: ignore[attr-defined]
    if left < 0:
        return [region]
    right = int(tree.children_right[node])  # type: ignore[attr-defined]
    feature, limit = int(tree.feature[node]), float(tree.threshold[node])  # type: ignore[attr-defined]
    below, above = _split(region, feature, limit)
    return [*_leaves(tree, left, below), *_leaves(tree, right, above)]


def _split(region: Region, feature: int, limit: float) -> tuple[Region, Region]:
    inputs = region.low.size
    if feature >= inputs:
        one = np.arange(region.structures.size) == feature - inputs
        return (
            Region(region.low, region.high, region.structures & ~one),
            Region(region.low, region.high, region.structures & one),
        )
    high, low = region.high.copy(), region.low.copy()
    high[feature], low[feature] = limit, limit
    return Region(region.low, high, region.structures), Region(low, region.high, region.structures)


def _limit(inputs: Inputs, region: Region, k: int) -> Limit:
    low, high = float(region.low[k]), float(region.high[k])
    row = inputs.values[k]
    return Limit(
        inputs.names[k],
        low if np.isfinite(low) else None,
        high if np.isfinite(high) else None,
        None,
        None,
        float(np.mean((row >= low) & (row <= high))),
        inputs.units[k] if inputs.units else "",
        inputs.names[k] in inputs.by_place,
    )
