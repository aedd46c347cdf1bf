"""Draws of uncertain constants: factors, designs and correlated marginals.

A *factor* is one sampled number: an uncertain constant, one element of it, or all its elements at
once (``shared``). A design gives every factor a uniform number in each run; the factor's quantile
function turns it into a value.

Designs (McKay, Beckman and Conover 1979 for the Latin hypercube; Owen 1998 for scrambled Sobol'
points; both by :mod:`scipy.stats.qmc`):

* ``latin``: every factor is stratified: of ``n`` runs, one falls in each of ``n`` equally probable
  slices.
* ``sobol``: scrambled Sobol' points; best balanced when the number of runs is a power of 2.
* ``random``: independent draws.

What stays the same when an experiment grows:

* A factor's stream is keyed by the seed and its own name. In ``latin`` and ``random`` designs other
  factors may come and go without changing its draws.
* ``sobol`` and ``random``: the first ``n`` runs of a longer experiment are the shorter experiment.
* ``latin``: more than ``BLOCK`` runs are drawn as independent hypercubes of ``BLOCK`` runs and
  one for the rest, so whole blocks stay the same, and memory does not grow with the runs.
  Below that, another number of runs is another hypercube.

Stated Spearman correlations are put in place by a Gaussian copula: Pearson's coefficient of the
normal scores is ``2 sin(pi rho / 6)`` (Kruskal 1958). In a Latin hypercube the scores only reorder
each factor's own draws (Iman and Conover 1982), so every marginal stays exact and stratified.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from math import pi, sin
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import special

from headwater.errors import ModelError, UsageError
from headwater.language.names import split_label
from headwater.model.project import Project
from headwater.model.uncertainty import Correlation, Uncertainty
from headwater.simulation.distributions import LARGEST, SMALLEST, quantile, validate
from headwater.simulation.labels import (
    element_labels,
    element_positions,
    elements_of,
    find_element,
    find_variable,
    label,
)

Floats = npt.NDArray[np.float64]
DesignName = Literal["latin", "sobol", "random"]
DESIGNS: tuple[DesignName, ...] = ("latin", "sobol", "random")
BLOCK = 65_536


@dataclass(frozen=True, slots=True)
class Factor:
    """One sampled number.

    ``variable`` is the look-up name of what is sampled, ``labels`` are those of the elements that
    it sets (``x`` itself for a scalar).
    """

    name: str
    variable: str
    labels: tuple[str, ...]
    uncertainty: Uncertainty

    @property
    def key(self) -> str:
        """The name for look-ups and for the factor's random stream."""
        return label(*split_label(self.name))


def factors_of(
    project: Project,
    *,
    fixed: Collection[str] = (),
    uncertain: Mapping[str, Uncertainty] | None = None,
) -> tuple[Factor, ...]:
    """Return the factors of a model, in the order of its variables and elements.

    ``fixed`` has labels of elements that are not sampled; ``uncertain`` gives variables, or single
    elements (``x[a]``), another uncertainty or one where they had none. Raises
    :class:`UsageError` for unknown names and :class:`ModelError` for parameters that make no
    distribution.
    """
    changed = _by_element(project, uncertain or {})
    found: list[Factor] = []
    inside = [find_variable(project, key) for key in changed if key not in project.by_key]
    for variable in (*project.variables, *inside):
        if variable.uncertainty is None and variable.key not in changed:
            continue
        labels = element_labels(project, variable)
        names = [label(variable.name, e) for e in elements_of(project, variable)]
        own = changed.get(variable.key, {})
        common = own.get("", variable.uncertainty)
        if common is not None and common.shared and variable.dimensions:
            found.append(Factor(variable.name, variable.key, tuple(labels), common))
            common = None
        for name, element in zip(names, labels, strict=True):
            uncertainty = own.get(element, common)
            if uncertainty is not None:
                found.append(Factor(name, variable.key, (element,), uncertainty))
    kept = [f for f in found if not all(name in fixed for name in f.labels)]
    for factor in kept:
        validate(factor.uncertainty)
    return tuple(kept)


def _by_element(
    project: Project, uncertain: Mapping[str, Uncertainty]
) -> dict[str, dict[str, Uncertainty]]:
    """Return uncertainties by variable and element label; the empty label is all elements."""
    changed: dict[str, dict[str, Uncertainty]] = {}
    for text, uncertainty in uncertain.items():
        variable, elements = find_element(project, text)
        own = changed.setdefault(variable.key, {})
        if elements:
            labels = element_labels(project, variable)
            own |= {labels[i]: uncertainty for i in element_positions(project, variable, elements)}
        else:
            own[""] = uncertainty
    return changed


@dataclass(frozen=True)
class Design:
    """The uniform numbers of an experiment, made when they are asked for.

    ``scores`` holds Pearson's correlations of the normal scores of the ``linked`` factors.
    """

    kind: DesignName
    runs: int
    seed: int
    keys: tuple[str, ...]
    linked: tuple[int, ...] = ()
    scores: Floats | None = None

    def rows(self, start: int, stop: int) -> Floats:
        """Return the numbers of runs ``start`` to ``stop`` (exclusive): (factors, runs)."""
        parts = []
        for number in range(start // BLOCK, -(-stop // BLOCK)):
            first = number * BLOCK
            block = self._block(number)
            parts.append(block[:, max(0, start - first) : stop - first])
        return np.concatenate(parts, axis=1) if parts else np.empty((len(self.keys), 0))

    def _block(self, number: int) -> Floats:
        kept = self._kept
        if number not in kept:
            kept.clear()
            kept[number] = self._make_block(number, min(BLOCK, self.runs - number * BLOCK))
        return kept[number]

    @cached_property
    def _kept(self) -> dict[int, Floats]:
        return {}

    def _make_block(self, number: int, runs: int) -> Floats:
        if self.kind == "sobol":
            block = self._sobol(number, runs)
        else:
            block = np.empty((len(self.keys), runs))
            for row, key in zip(block, self.keys, strict=True):
                row[:] = self._column(key, number, runs)
        if self.scores is not None:
            linked = list(self.linked)
            if self.kind == "latin":
                block[linked] = _reorder(block[linked], self.scores)
            else:
                block[linked] = _mix(block[linked], self.scores)
        return np.clip(block, SMALLEST, LARGEST)

    def _column(self, key: str, number: int, runs: int) -> Floats:
        generator = _generator(self.seed, key, number)
        if self.kind == "random":
            return generator.random(runs)
        from scipy.stats import qmc

        return np.asarray(qmc.LatinHypercube(1, rng=generator).random(runs)[:, 0])

    def _sobol(self, number: int, runs: int) -> Floats:
        from scipy.stats import qmc

        if not self.keys:
            return np.empty((0, runs))
        points = qmc.Sobol(len(self.keys), rng=_generator(self.seed, "sobol", 0))
        if number:
            points.fast_forward(number * BLOCK)
            return np.asarray(points.random(runs).T)
        # Asking for a power of 2 keeps scipy from warning of an unbalanced number of points.
        power = max(0, (runs - 1).bit_length())
        return np.asarray(points.random_base2(power)[:runs].T)


@dataclass(frozen=True)
class GivenDesign(Design):
    """Uniform numbers that are given, ``(factors, runs)``, and not drawn."""

    points: Floats | None = None

    def rows(self, start: int, stop: int) -> Floats:
        """Return the numbers of runs ``start`` to ``stop`` (exclusive)."""
        assert self.points is not None
        return np.clip(self.points[:, start:stop], SMALLEST, LARGEST)


def given_design(like: Design, points: Floats) -> GivenDesign:
    """Return a design of the same factors as another, with points of one's own."""
    if points.ndim != 2 or len(points) != len(like.keys):
        raise UsageError(f"points need {len(like.keys)} rows, one for each sampled number")
    return GivenDesign(like.kind, points.shape[1], like.seed, like.keys, points=points)


def make_design(
    kind: str,
    runs: int,
    seed: int,
    factors: Sequence[Factor],
    correlations: Sequence[Correlation] = (),
) -> Design:
    """Return the design of an experiment over ``factors``.

    Raises :class:`UsageError` for an unknown design or a number of runs below 1, and
    :class:`ModelError` for correlations that cannot hold together. Correlations that name a
    constant that is not sampled here are left out.
    """
    if kind not in DESIGNS:
        raise UsageError(f"no design `{kind}`", hint=f"choose one of {', '.join(DESIGNS)}")
    if runs < 1:
        raise UsageError(f"an ensemble needs at least 1 run, not {runs}")
    if seed < 0:
        raise UsageError(f"the seed must be 0 or more, not {seed}")
    keys = tuple(f.key for f in factors)
    linked, scores = _normal_scores(factors, correlations)
    return Design(kind, runs, seed, keys, linked, scores)


def draw(factors: Sequence[Factor], u: Floats) -> Floats:
    """Return the values of the factors at uniform numbers ``u``, both (factors, runs)."""
    values = np.empty_like(u)
    for row, factor, numbers in zip(values, factors, u, strict=True):
        row[:] = quantile(factor.uncertainty, numbers)
    return values


def check_correlations(project: Project, correlations: Sequence[Correlation]) -> None:
    """Raise where a correlation names no uncertain constant, or they cannot hold together."""
    factors = factors_of(project)
    for c in correlations:
        for text in (c.first, c.second):
            variable, elements = find_element(project, text)
            element_positions(project, variable, elements)
            if variable.uncertainty is None:
                raise ModelError(
                    f"`{variable.name}` is correlated but not uncertain",
                    c.span.place if c.span else None,
                    "give it an `uncertain` clause, or take the correlation out",
                )
    _normal_scores(factors, correlations)


def _generator(seed: int, key: str, block: int) -> np.random.Generator:
    words = np.frombuffer(sha256(key.encode()).digest(), dtype="<u4")
    entropy = [seed, block, *(int(w) for w in words)]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))


def _normal_scores(
    factors: Sequence[Factor], correlations: Sequence[Correlation]
) -> tuple[tuple[int, ...], Floats | None]:
    pairs = _pairs(factors, correlations)
    linked = tuple(sorted({i for pair in pairs for i in pair}))
    if not linked:
        return (), None
    scores = np.eye(len(linked))
    for (i, j), rho in pairs.items():
        a, b = linked.index(i), linked.index(j)
        scores[a, b] = scores[b, a] = 2 * sin(pi * rho / 6)
    _must_be_positive_definite(scores, [factors[i].name for i in linked], correlations)
    return linked, scores


def _pairs(
    factors: Sequence[Factor], correlations: Sequence[Correlation]
) -> dict[tuple[int, int], float]:
    """Return the coefficient of each pair of factors.

    Names of whole arrays pair element by element.
    """
    pairs: dict[tuple[int, int], float] = {}
    for c in correlations:
        place = c.span.place if c.span else None
        if not -1 < c.coefficient < 1:
            raise ModelError(
                f"correlation of `{c.first}` with `{c.second}` at {c.coefficient:g}",
                place,
                "a rank correlation must lie between -1 and 1; for 1, use one constant for both",
            )
        first, second = _matching(factors, c.first), _matching(factors, c.second)
        if not first or not second:
            continue
        if len(first) != len(second) and 1 not in (len(first), len(second)):
            raise ModelError(
                f"`{c.first}` has {len(first)} sampled elements, `{c.second}` has {len(second)}",
                place,
                "name the elements that go together",
            )
        width = max(len(first), len(second))
        for i, j in zip(
            first * (width // len(first)), second * (width // len(second)), strict=True
        ):
            if i == j:
                raise ModelError(f"`{c.first}` is correlated with itself", place)
            pairs[min(i, j), max(i, j)] = c.coefficient
    return pairs


def _matching(factors: Sequence[Factor], text: str) -> list[int]:
    name, elements = split_label(text)
    key = label(name, elements)
    return [
        i
        for i, f in enumerate(factors)
        if f.key == key or (f.variable == name and (not elements or len(f.labels) > 1))
    ]


def _must_be_positive_definite(
    scores: Floats, names: Sequence[str], correlations: Sequence[Correlation]
) -> None:
    values, vectors = np.linalg.eigh(scores)
    if values[0] > 1e-9:
        return
    involved = {n for n, x in zip(names, vectors[:, 0], strict=True) if abs(x) > 1e-6}
    keys = {label(*split_label(n)) for n in involved} | {split_label(n)[0] for n in involved}
    said = [
        c
        for c in correlations
        if {label(*split_label(c.first)), label(*split_label(c.second))} <= keys
    ]
    listed = "; ".join(f"{c.first} with {c.second} at {c.coefficient:g}" for c in said)
    place = next((c.span.place for c in said if c.span), None)
    raise ModelError(
        f"these correlations cannot hold together: {listed}",
        place,
        "bring some of them nearer to 0, or state the missing pairs between the same constants",
    )


def _reorder(u: Floats, scores: Floats) -> Floats:
    """Reorder each row so that the normal scores of the rows correlate as ``scores`` says."""
    runs = u.shape[1]
    if runs < 2:
        return u
    z = special.ndtri(np.clip(u, SMALLEST, LARGEST))
    # Take out the correlation that chance put there, where there are runs enough to tell.
    if runs > 4 * len(u):
        z = np.linalg.solve(np.linalg.cholesky(np.corrcoef(z)), z)
    z = np.linalg.cholesky(scores) @ z
    ranks = np.argsort(np.argsort(z, axis=1, kind="stable"), axis=1, kind="stable")
    return np.take_along_axis(np.sort(u, axis=1), ranks, axis=1)


def _mix(u: Floats, scores: Floats) -> Floats:
    """Correlate each run's normal scores; runs stay independent of each other."""
    z = special.ndtri(np.clip(u, SMALLEST, LARGEST))
    return np.asarray(special.ndtr(np.linalg.cholesky(scores) @ z))
