"""Plausible ranges: distributions, truncation, correlation. Plain data; sampling is elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field

from headwater.language.source import Span


@dataclass(frozen=True, slots=True)
class Range:
    """A closed interval of plausible or allowed values. Either end may be infinite."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Uniform:
    """Every value between ``low`` and ``high`` equally plausible."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Triangular:
    """Most plausible at ``mode``, falling linearly to zero at both ends."""

    low: float
    mode: float
    high: float


@dataclass(frozen=True, slots=True)
class Normal:
    """Gaussian with ``mean`` and standard deviation ``sd``."""

    mean: float
    sd: float


@dataclass(frozen=True, slots=True)
class LogNormal:
    """Log-normal by its median and geometric standard deviation (``gsd`` > 1)."""

    median: float
    gsd: float


@dataclass(frozen=True, slots=True)
class Beta:
    """Beta with shapes ``a`` and ``b``, stretched to ``low`` … ``high``."""

    a: float
    b: float
    low: float = 0.0
    high: float = 1.0


@dataclass(frozen=True, slots=True)
class Discrete:
    """Listed values with weights (any positive scale)."""

    values: tuple[float, ...]
    weights: tuple[float, ...]


Distribution = Uniform | Triangular | Normal | LogNormal | Beta | Discrete


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """The range of plausible values of a constant.

    ``truncation`` cuts the distribution; ``shared`` draws one value for all elements of an array.
    """

    distribution: Distribution
    truncation: Range | None = None
    shared: bool = False
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Correlation:
    """Spearman's rank correlation between two uncertain constants (each may name an element)."""

    first: str
    second: str
    coefficient: float
    span: Span | None = field(default=None, compare=False, repr=False)
