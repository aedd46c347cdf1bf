"""How far a data series may lie from what it measures. Plain data; payoffs are elsewhere."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NormalError:
    """Gaussian around the model with standard deviation ``scale``, in the unit of the series.

    In every class a ``scale`` of None is not known: a fit estimates it with the constants.
    ``persistence`` is the correlation of the errors of two points one unit of time apart: they
    follow a stationary autoregressive process of first order. 0: errors know nothing of each
    other; None: estimated.
    """

    scale: float | None = None
    persistence: float | None = 0.0


@dataclass(frozen=True, slots=True)
class LogNormalError:
    """Log-normal with the model as median; ``scale`` is the standard deviation of the logarithm.

    For small values that is the relative error: 0.05 is about five per cent. ``persistence`` is
    that of the logarithms; see :class:`NormalError`.
    """

    scale: float | None = None
    persistence: float | None = 0.0


@dataclass(frozen=True, slots=True)
class StudentError:
    """Student's t around the model: like a Gaussian of that ``scale``, with outliers."""

    scale: float | None = None
    degrees: float = 4.0


@dataclass(frozen=True, slots=True)
class NegativeBinomialError:
    """Counts whose mean is the model: variance = mean + mean² × ``scale``².

    ``scale`` is the part of the relative error that more counting would not remove; at 0 the
    counts are Poisson's.
    """

    scale: float | None = None


MeasurementError = NormalError | LogNormalError | StudentError | NegativeBinomialError
