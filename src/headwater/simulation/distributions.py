"""Plausible ranges as quantile functions: from a uniform number to a value.

Every distribution is sampled by inversion, so that a design that stratifies uniform numbers
stratifies the values too. Truncation is exact: the uniform number is spread over the part of the
cumulative distribution that is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, isfinite, log

import numpy as np
import numpy.typing as npt
from scipy import special

from headwater.errors import ModelError
from headwater.model.uncertainty import (
    Beta,
    Discrete,
    Distribution,
    LogNormal,
    Normal,
    Range,
    Triangular,
    Uncertainty,
    Uniform,
)

Floats = npt.NDArray[np.float64]
Curve = Callable[[Floats], Floats]

SMALLEST = 2.0**-54
LARGEST = 1.0 - 2.0**-53


def quantile(uncertainty: Uncertainty, u: Floats) -> Floats:
    """Return the values at cumulative probabilities ``u`` (any shape; 0 <= u <= 1).

    ``u`` is kept off 0 and 1 by less than 2**-53, so that unbounded distributions stay finite.
    Raises :class:`ModelError` where the parameters make no distribution or the truncation leaves
    nothing of it.
    """
    validate(uncertainty)
    u = np.clip(np.asarray(u, dtype=np.float64), SMALLEST, LARGEST)
    match uncertainty.distribution:
        case Discrete() as discrete:
            return _discrete(discrete, uncertainty, u)
        case LogNormal(median=median, gsd=gsd):
            cut = uncertainty.truncation
            limits = _in_logs(cut) if cut else None
            return _bounded(np.exp(_normal(log(median), log(gsd), limits, u)), uncertainty)
        case Normal(mean=mean, sd=sd):
            return _bounded(_normal(mean, sd, uncertainty.truncation, u), uncertainty)
        case distribution:
            cdf, ppf = _curves(distribution)
            if uncertainty.truncation is not None:
                low, high = _mass(cdf, uncertainty.truncation)
                u = low + u * (high - low)
            return _bounded(ppf(u), uncertainty)


def support(uncertainty: Uncertainty) -> Range:
    """Return the smallest interval that holds every value; an end may be infinite."""
    match uncertainty.distribution:
        case Uniform(low=low, high=high) | Triangular(low=low, high=high):
            pass
        case Beta(low=low, high=high):
            pass
        case Normal():
            low, high = -inf, inf
        case LogNormal():
            low, high = 0.0, inf
        case Discrete(values=values, weights=weights):
            kept = [v for v, w in zip(values, weights, strict=True) if w > 0]
            low, high = min(kept), max(kept)
    cut = uncertainty.truncation
    return Range(max(low, cut.low), min(high, cut.high)) if cut else Range(low, high)


def validate(uncertainty: Uncertainty) -> None:
    """Raise :class:`ModelError` when the parameters make no distribution."""
    problem = _problem(uncertainty.distribution)
    cut = uncertainty.truncation
    if not problem and cut is not None and not cut.low < cut.high:
        problem = f"the truncation's low end {cut.low:g} is not below its high end {cut.high:g}"
    if not problem and cut is not None and _kept_mass(uncertainty) <= 0:
        problem = f"the truncation {cut.low:g} to {cut.high:g} leaves nothing of the distribution"
    if problem:
        place = uncertainty.span.place if uncertainty.span else None
        raise ModelError(problem, place, "change the distribution's parameters")


def _problem(distribution: Distribution) -> str:
    match distribution:
        case Uniform(low=low, high=high) if not (isfinite(low) and isfinite(high) and low < high):
            return f"uniform({low:g}, {high:g}): the low end must be below the high end"
        case Triangular(low=low, mode=mode, high=high) if not (
            isfinite(low) and isfinite(high) and low <= mode <= high and low < high
        ):
            return f"triangular({low:g}, {mode:g}, {high:g}): needs low <= mode <= high, low < high"
        case Normal(mean=mean, sd=sd) if not (isfinite(mean) and 0 < sd < inf):
            return f"normal({mean:g}, {sd:g}): the standard deviation must be above 0"
        case LogNormal(median=median, gsd=gsd) if not (0 < median < inf and 1 < gsd < inf):
            return f"lognormal({median:g}, {gsd:g}): needs median > 0 and gsd > 1"
        case Beta(a=a, b=b, low=low, high=high) if not (
            0 < a < inf and 0 < b < inf and isfinite(low) and isfinite(high) and low < high
        ):
            return f"beta({a:g}, {b:g}, {low:g}, {high:g}): needs a > 0, b > 0 and low < high"
        case Discrete(values=values, weights=weights) if (
            not values
            or len(values) != len(weights)
            or not all(map(isfinite, values + weights))
            or min(weights) < 0
            or sum(weights) <= 0
        ):
            return "discrete(...): needs finite values, and weights of 0 or more that are not all 0"
        case _:
            return ""


def _kept_mass(uncertainty: Uncertainty) -> float:
    cut = uncertainty.truncation
    assert cut is not None
    match uncertainty.distribution:
        case Discrete() as discrete:
            return float(_kept_weights(discrete, cut).sum())
        case Normal(mean=mean, sd=sd):
            low, high, _ = _tail(mean, sd, cut)
            return high - low
        case LogNormal(median=median, gsd=gsd):
            if cut.high <= 0:
                return 0.0
            low, high, _ = _tail(log(median), log(gsd), _in_logs(cut))
            return high - low
        case distribution:
            low, high = _mass(_curves(distribution)[0], cut)
            return high - low


def _bounded(values: Floats, uncertainty: Uncertainty) -> Floats:
    limits = support(uncertainty)
    return np.clip(values, limits.low, limits.high)


def _in_logs(cut: Range) -> Range:
    return Range(log(cut.low) if cut.low > 0 else -inf, log(cut.high) if cut.high > 0 else -inf)


def _mass(cdf: Curve, cut: Range) -> tuple[float, float]:
    ends = cdf(np.array([cut.low, cut.high]))
    return float(ends[0]), float(ends[1])


def _curves(distribution: Uniform | Triangular | Beta) -> tuple[Curve, Curve]:
    """Return the cumulative distribution and its inverse."""
    match distribution:
        case Uniform(low=low, high=high):
            return (
                lambda x: np.clip((x - low) / (high - low), 0.0, 1.0),
                lambda u: low + u * (high - low),
            )
        case Triangular():
            return _triangular(distribution)
        case Beta(a=a, b=b, low=low, high=high):
            return (
                lambda x: special.betainc(a, b, np.clip((x - low) / (high - low), 0.0, 1.0)),
                lambda u: low + special.betaincinv(a, b, u) * (high - low),
            )


def _triangular(t: Triangular) -> tuple[Curve, Curve]:
    width, left, right = t.high - t.low, t.mode - t.low, t.high - t.mode

    def cdf(x: Floats) -> Floats:
        x = np.clip(x, t.low, t.high)
        with np.errstate(divide="ignore", invalid="ignore"):
            rising = (x - t.low) ** 2 / (width * left)
            falling = 1 - (t.high - x) ** 2 / (width * right)
        return np.where(x < t.mode, rising, falling) if right > 0 else rising

    def ppf(u: Floats) -> Floats:
        rising = t.low + np.sqrt(u * width * left)
        falling = t.high - np.sqrt((1 - u) * width * right)
        return np.where(u * width < left, rising, falling)

    return cdf, ppf


def _tail(mean: float, sd: float, cut: Range) -> tuple[float, float, bool]:
    """Return the probabilities of the ends, counted from the nearer tail, and whether from above.

    In the upper tail probabilities near 1 would lose digits.
    """
    low, high = (cut.low - mean) / sd, (cut.high - mean) / sd
    mirrored = low > 0
    if mirrored:
        low, high = -high, -low
    return float(special.ndtr(low)), float(special.ndtr(high)), mirrored


def _normal(mean: float, sd: float, cut: Range | None, u: Floats) -> Floats:
    if cut is None:
        return mean + sd * special.ndtri(u)
    low, high, mirrored = _tail(mean, sd, cut)
    if mirrored:
        return mean - sd * special.ndtri(low + (1 - u) * (high - low))
    return mean + sd * special.ndtri(low + u * (high - low))


def _kept_weights(discrete: Discrete, cut: Range | None) -> Floats:
    weights = np.array(discrete.weights, dtype=np.float64)
    if cut is not None:
        values = np.array(discrete.values)
        weights = np.where((values >= cut.low) & (values <= cut.high), weights, 0.0)
    return weights


def _discrete(discrete: Discrete, uncertainty: Uncertainty, u: Floats) -> Floats:
    """Invert the cumulative weights, values in increasing order."""
    weights = _kept_weights(discrete, uncertainty.truncation)
    order = np.argsort(discrete.values, kind="stable")
    order = order[weights[order] > 0]
    steps = np.cumsum(weights[order])
    position = np.searchsorted(steps[:-1], u * steps[-1], side="right")
    values: Floats = np.array(discrete.values, dtype=np.float64)[order][position]
    return values
