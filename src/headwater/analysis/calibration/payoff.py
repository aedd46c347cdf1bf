"""How well runs agree with a data series: densities of the stated measurement errors.

The payoff of a run is the logarithm of the probability density of the data, were the run the truth,
with every constant of the density kept, so that payoffs with different errors can be compared.

A Gaussian or log-normal error whose scale is not known has a scale of its own prior, which is
integrated out in closed form: the scale is ``reference / |x|`` with a standard normal ``x``, so its
median is one and a half times the reference, and nine tenths of it lie between half of it and
sixteen times of it. The data then follow a multivariate Student's t of one degree of freedom.

Errors that persist follow a stationary autoregressive process of first order. What is new in each
point, given the one before, is independent again, so that the density is that of the news (Box and
Jenkins 1970, *Time Series Analysis*). Points may be unevenly far apart.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from headwater.model.measurement import (
    LogNormalError,
    MeasurementError,
    NegativeBinomialError,
    NormalError,
    StudentError,
)

Floats = npt.NDArray[np.float64]

SMALLEST_SCALE = 1e-6
"""Below it a negative binomial is computed as the Poisson distribution that it tends to."""


def log_density(
    error: MeasurementError,
    scale: Floats,
    model: Floats,
    data: Floats,
    ties: Floats | None = None,
) -> Floats:
    """Return the payoff of one series in each run: shape ``(runs,)``.

    Args:
        error: the kind of the measurement error.
        scale: its scale in each run, shape ``(runs,)``; see :mod:`headwater.model.measurement`.
        model: the model at the data's times, shape ``(points, runs)``.
        data: the series, shape ``(points,)``.
        ties: where errors persist, the correlation of each point's error with that of the point
            before, ``(points - 1, runs)``; for normal and log-normal errors.

    A run that is not finite, or that the kind of error does not allow (a log-normal around 0), has
    the payoff minus infinity.
    """
    seen = data[:, None]
    with np.errstate(all="ignore"):
        match error:
            case NormalError():
                points = _normal(_news(seen - model, ties) / scale) - np.log(scale)
            case LogNormalError():
                logs = np.log(seen)
                points = _normal(_news(logs - np.log(model), ties) / scale) - np.log(scale) - logs
            case StudentError(degrees=degrees):
                points = _student((seen - model) / scale, degrees) - np.log(scale)
            case NegativeBinomialError():
                points = _counts(seen, model, scale)
        total = points.sum(axis=0) - _log_volume(ties)
    return np.where(np.isfinite(total), total, -np.inf)


def log_density_unscaled(
    error: NormalError | LogNormalError,
    reference: float,
    model: Floats,
    data: Floats,
    ties: Floats | None = None,
) -> Floats:
    """Return the payoff where the scale is not known: see :func:`log_density`.

    ``reference`` is the prior's, in the unit of the scale.
    """
    points = len(data)
    with np.errstate(all="ignore"):
        squares = _squares(error, model, data, ties)
        half = (points + 1) / 2
        norm = special.gammaln(half) - special.gammaln(0.5) + np.log(reference)
        total = norm - points / 2 * np.log(np.pi) - half * np.log(reference**2 + squares)
        if isinstance(error, LogNormalError):
            total = total - np.log(data).sum()
        total = total - _log_volume(ties)
    return np.where(np.isfinite(total), total, -np.inf)


def draw_scale(
    error: NormalError | LogNormalError,
    reference: float,
    model: Floats,
    data: Floats,
    generator: np.random.Generator,
    ties: Floats | None = None,
) -> Floats:
    """Return draws of a scale that is not known, given the model and the data: (runs,)."""
    squares = _squares(error, model, data, ties)
    shape = (len(data) + 1) / 2
    return np.asarray(
        np.sqrt((reference**2 + squares) / 2 / generator.gamma(shape, 1, squares.shape))
    )


def _squares(
    error: NormalError | LogNormalError, model: Floats, data: Floats, ties: Floats | None
) -> Floats:
    """Return the sum of squared residuals, of logarithms where the error is log-normal."""
    seen = data[:, None]
    gaps = np.log(seen / model) if isinstance(error, LogNormalError) else seen - model
    return np.asarray((_news(gaps, ties) ** 2).sum(axis=0))


def _news(gaps: Floats, ties: Floats | None) -> Floats:
    """Return what is new in each error, on the scale of the errors: the shape of ``gaps``."""
    if ties is None:
        return gaps
    later = (gaps[1:] - ties * gaps[:-1]) / np.sqrt(1 - ties**2)
    return np.concatenate([gaps[:1], later])


def _log_volume(ties: Floats | None) -> Floats | float:
    """Return the logarithm by which the news are denser than the errors: (runs,)."""
    return 0.0 if ties is None else np.asarray(0.5 * np.log1p(-(ties**2)).sum(axis=0))


def draw_data(
    error: MeasurementError,
    scale: Floats,
    model: Floats,
    generator: np.random.Generator,
    ties: Floats | None = None,
) -> Floats:
    """Return data as they might be measured were each run the truth: the shape of ``model``."""
    match error:
        case NormalError():
            return model + scale * _noise(model, generator, ties)
        case LogNormalError():
            return np.asarray(model * np.exp(scale * _noise(model, generator, ties)))
        case StudentError(degrees=degrees):
            return model + scale * generator.standard_t(degrees, model.shape)
        case NegativeBinomialError():
            spread = np.broadcast_to(np.maximum(scale, SMALLEST_SCALE) ** 2, model.shape)
            mean = generator.gamma(1 / spread, spread * np.maximum(model, 0.0))
            return generator.poisson(mean).astype(np.float64)


def _noise(model: Floats, generator: np.random.Generator, ties: Floats | None) -> Floats:
    """Return standard normal errors, which persist where there are ``ties``."""
    noise = generator.standard_normal(model.shape)
    if ties is not None:
        for k, tie in enumerate(ties, start=1):
            noise[k] = tie * noise[k - 1] + np.sqrt(1 - tie**2) * noise[k]
    return noise


def _normal(x: Floats) -> Floats:
    return np.asarray(-0.5 * x * x - 0.5 * np.log(2 * np.pi))


def _student(x: Floats, degrees: float) -> Floats:
    half = (degrees + 1) / 2
    norm = special.gammaln(half) - special.gammaln(degrees / 2) - 0.5 * np.log(degrees * np.pi)
    return np.asarray(norm - half * np.log1p(x * x / degrees))


def _counts(seen: Floats, mean: Floats, scale: Floats) -> Floats:
    """Negative binomial with size ``1 / scale²``; Poisson where the scale is next to nothing."""
    seen, mean, scale = np.broadcast_arrays(seen, mean, scale)
    mean = np.where(mean < 0, np.nan, mean)
    poisson = special.xlogy(seen, mean) - mean - special.gammaln(seen + 1)
    size = 1 / np.maximum(scale, SMALLEST_SCALE) ** 2
    choices = special.gammaln(seen + size) - special.gammaln(size) - special.gammaln(seen + 1)
    rest = special.xlogy(seen, mean / (size + mean)) - size * np.log1p(mean / size)
    return np.where(scale <= SMALLEST_SCALE, poisson, choices + rest)
