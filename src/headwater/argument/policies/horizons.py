"""At which times policies are compared, and from when they differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from headwater.argument.results import Fan
from headwater.argument.verdicts import Values
from headwater.language.syntax import Call, Expression, Number, Unary, walk
from headwater.model.case import Case, Expectation

# Functions of runs, and which of their arguments are times.
_TIMES = {
    "at": (1,),
    "mean": (1, 2),
    "min": (1, 2),
    "max": (1, 2),
    "change": (1, 2),
    "total": (1, 2),
}


def horizons(case: Case, split: float) -> tuple[float, float]:
    """Return a short and a long time at which to compare policies.

    They are the latest times that the expectations of either horizon name most often; where there
    are none, the end of the runs, and the middle between ``split`` and the end.
    """
    stop = case.project.sim_specs.stop
    expectations = case.expectations
    long = _usual([e for e in expectations if e.horizon == "long"], split, stop) or stop
    short = _usual([e for e in expectations if e.horizon == "short"], split, long)
    if short is None or short >= long:
        short = float(np.round(split + (long - split) / 2))
    return short, long


def _usual(expectations: Sequence[Expectation], after: float, until: float) -> float | None:
    latest = []
    for expectation in expectations:
        times = [t for t in _times(expectation.condition) if after < t <= until]
        if times:
            latest.append(max(times))
    counts = Counter(latest)
    return max(counts, key=lambda t: (counts[t], t)) if counts else None


def _times(condition: Expression) -> Iterator[float]:
    for node in walk(condition):
        if isinstance(node, Call):
            for place in _TIMES.get(node.function.key, ()):
                if place < len(node.arguments):
                    yield from _number(node.arguments[place])


def _number(node: Expression) -> Iterator[float]:
    if isinstance(node, Number):
        yield node.value
    elif isinstance(node, Unary) and node.operator == "-" and isinstance(node.operand, Number):
        yield -node.operand.value


def split_time(fans: Sequence[Fan]) -> float:
    """Return the last time until which every policy gives the same results."""
    if not fans:
        return 0.0
    times = fans[0].times
    last = len(times) - 1
    for fan in fans:
        twin = next(f for f in fans if f.outcome == fan.outcome and f.variant == fan.variant)
        differs = np.flatnonzero(~_same(fan.quantiles, twin.quantiles))
        if differs.size:
            last = min(last, max(0, int(differs[0]) - 1))
    return float(times[last])


def _same(first: Values, second: Values) -> np.typing.NDArray[np.bool_]:
    """Tell at which times two fans are the same but for rounding."""
    close = np.isclose(first, second, rtol=1e-9, atol=0, equal_nan=True)
    return np.asarray(close.all(axis=0))


def at(fan: Fan, time: float) -> Values:
    """Return the five percentiles of a fan at a time, linear between saved times."""
    return np.array([np.interp(time, fan.times, row) for row in fan.quantiles])
